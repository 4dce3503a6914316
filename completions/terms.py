"""What a course says about compliance, due dates and messages, as the pure rules need it, and the dates that follow."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from completions.rules import ComplianceDates, compliance_dates, non_compliance_days
from lms.core.periods import Period
from lms.courses.rules import due_date, reminder_days


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseTerms:
    """The settings of one course; `sends` are the kinds of message that are on for it (E-72)."""

    course_id: int = 0
    code: str = ""
    name: str = ""
    is_active: bool = True
    compliant_for: Period | None = None  # None: for ever
    retake_days: int | None = None
    due_within: Period | None = None
    due_on: date | None = None
    remind_days_before: int | None = None
    remind_every: Period | None = None
    remind_at_most: int = 1
    sends: frozenset[str] = frozenset()

    def compliance_dates(self, completed_on: date) -> ComplianceDates:
        """Return until when a completion of this course counts, and when its retake opens."""
        return compliance_dates(completed_on, compliant_for=self.compliant_for, retake_days=self.retake_days)

    def non_compliance_days(self, compliant_until: date) -> list[date]:
        """Return the days on which lapsed compliance is told, oldest first."""
        return non_compliance_days(compliant_until, every=self.remind_every, at_most=self.remind_at_most)

    def due_date(self, assigned_on: date) -> date | None:
        """Return by when somebody who got the course on that day has to complete it."""
        return due_date(assigned_on=assigned_on, due_within=self.due_within, due_on=self.due_on)

    def reminder_days(self, due: date) -> list[date]:
        """Return the days on which a due date is reminded of, oldest first."""
        if self.remind_days_before is None:
            return []
        return reminder_days(
            due, days_before=self.remind_days_before, every=self.remind_every, at_most=self.remind_at_most
        )

    def describe(self, **days: date | None) -> dict[str, Any]:
        """Return the item of a message about this course: what the words need, in JSON types."""
        item: dict[str, Any] = {"course_id": self.course_id, "code": self.code, "course": self.name}
        return item | {name: day.isoformat() for name, day in days.items() if day is not None}
