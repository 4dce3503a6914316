"""What a course says about compliance, due dates and messages, as the pure rules need it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from lms.core.periods import Period


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

    def describe(self, **days: date | None) -> dict[str, Any]:
        """Return the item of a message about this course: what the words need, in JSON types."""
        item: dict[str, Any] = {"course_id": self.course_id, "code": self.code, "course": self.name}
        return item | {name: day.isoformat() for name, day in days.items() if day is not None}
