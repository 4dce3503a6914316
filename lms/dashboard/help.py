"""The help page "Due dates and compliance" (L-81, G-02): the rules in plain words, its examples worked out by the rules."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from completions.rules import ComplianceDates, compliance_dates
from lms.core.periods import Period, Unit
from lms.courses.rules import due_date, reminder_days
from lms.notifications.kinds import all_kinds
from lms.people.access import PersonRequest

_YEAR: Final = 2026
_RETAKE_DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceExample:
    """A completion and what follows from it."""

    completed_on: date
    compliant_for: Period
    retake_days: int | None = None

    @property
    def dates(self) -> ComplianceDates:
        """The last compliant day, and when the course can be taken again."""
        return compliance_dates(self.completed_on, compliant_for=self.compliant_for, retake_days=self.retake_days)

    @property
    def over_from(self) -> date | None:
        """The first day on which the completion no longer counts."""
        return _day_after(self.dates.compliant_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueExample:
    """An assignment, its due date and its reminders."""

    assigned_on: date
    due_within: Period
    days_before: int
    every: Period
    at_most: int

    @property
    def due_on(self) -> date | None:
        """The last day in time."""
        return due_date(assigned_on=self.assigned_on, due_within=self.due_within, due_on=None)

    @property
    def overdue_from(self) -> date | None:
        """The first day on which the course is overdue."""
        return _day_after(self.due_on)

    @property
    def reminders(self) -> list[date]:
        """The days of the series."""
        due = self.due_on
        return reminder_days(due, days_before=self.days_before, every=self.every, at_most=self.at_most) if due else []


def _day_after(day: date | None) -> date | None:
    return day + timedelta(days=1) if day else None


COMPLIANCE: Final = (
    ComplianceExample(completed_on=date(_YEAR, 1, 1), compliant_for=Period(90, Unit.DAYS), retake_days=_RETAKE_DAYS),
    ComplianceExample(completed_on=date(_YEAR, 1, 10), compliant_for=Period(12, Unit.MONTHS), retake_days=_RETAKE_DAYS),
    ComplianceExample(completed_on=date(_YEAR, 8, 31), compliant_for=Period(6, Unit.MONTHS)),
    ComplianceExample(completed_on=date(_YEAR, 1, 10), compliant_for=Period(3, Unit.YEARS)),
)
DUE: Final = DueExample(
    assigned_on=date(_YEAR, 1, 5),
    due_within=Period(30, Unit.DAYS),
    days_before=7,
    every=Period(2, Unit.DAYS),
    at_most=4,
)


@require_GET
def due_dates_and_compliance(request: PersonRequest) -> HttpResponse:
    """Explain due dates, compliance, the retake box and messages; for everybody, learners too."""
    context = {
        "compliance": COMPLIANCE,
        "due": DUE,
        "retake_days": _RETAKE_DAYS,
        "kinds": [kind for kind in all_kinds() if kind.is_switchable],
        "crumbs": [(_("Help"), None), (_("Due dates and compliance"), None)],
    }
    return render(request, "dashboard/help_due_dates.html", context)
