"""The help pages: the rules of courses, certifications and offline records in plain words (L-81, G-02).

Examples are worked out by the rules themselves.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from certifications.choices import Method
from certifications.examples import METHOD_WORDS
from certifications.kinds import KINDS
from certifications.options import CONSEQUENCES
from certifications.rules import DECISIONS, CertificationDates, Deed, Situation, certification_dates
from completions.rules import ComplianceDates, compliance_dates
from lms.core.components import Words
from lms.core.periods import Period, Unit
from lms.courses.rules import due_date, reminder_days
from lms.notifications.kinds import all_kinds
from lms.people.access import PersonRequest
from offline_records.choices import RESULT_SPELLINGS, Field, Identifier
from offline_records.kinds import KINDS as OFFLINE_KINDS
from offline_records.terms import ActivityTerms

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


# Kinds of message that are not about courses.
_ELSEWHERE: Final = frozenset((*KINDS, *OFFLINE_KINDS))


@require_GET
def due_dates_and_compliance(request: PersonRequest) -> HttpResponse:
    """Explain due dates, compliance, the retake box and messages; for everybody, learners too."""
    context = {
        "compliance": COMPLIANCE,
        "due": DUE,
        "retake_days": _RETAKE_DAYS,
        "kinds": [kind for kind in all_kinds() if kind.is_switchable and kind.key not in _ELSEWHERE],
        "crumbs": [(_("Help"), None), (_("Due dates and compliance"), None)],
    }
    return render(request, "dashboard/help_due_dates.html", context)


_SHORT: Final[dict[Method, Words]] = {
    Method.COMPLETION_DATE: gettext_lazy("By completion"),
    Method.EXPIRY_DATE: gettext_lazy("By expiry"),
    Method.FIXED_DATE: gettext_lazy("Fixed day"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationExample:
    """A completion, what was before it, and what each method makes of it: for 12 months, window and minimum one month."""

    situation: Words
    completed_on: date
    due_on: date | None = None
    previous_expires_on: date | None = None

    @property
    def dates(self) -> list[tuple[Words, CertificationDates]]:
        """The method in two words, and the expiry and window it gives."""
        return [(_SHORT[method], self._follow(method)) for method in Method]

    def _follow(self, method: Method) -> CertificationDates:
        month, previous = Period(1, Unit.MONTHS), self.previous_expires_on
        return certification_dates(
            method=method.value,
            completed_on=self.completed_on,
            due_on=self.due_on,
            previous_expires_on=previous,
            previous_window_opens_on=month.subtract(previous) if previous else None,
            active=Period(12, Unit.MONTHS),
            window=month,
            minimum_active=month,
        )


_DUE, _EXPIRY = date(2012, 6, 30), date(2024, 6, 30)
CERTIFICATIONS: Final = (
    CertificationExample(
        situation=gettext_lazy("First time, before the due date"), completed_on=date(2012, 3, 23), due_on=_DUE
    ),
    CertificationExample(
        situation=gettext_lazy("First time, after the due date"), completed_on=date(2012, 7, 15), due_on=_DUE
    ),
    CertificationExample(situation=gettext_lazy("First time, without a due date"), completed_on=date(2012, 3, 23)),
    CertificationExample(
        situation=gettext_lazy("Again, before the window has opened"),
        completed_on=date(2024, 3, 1),
        previous_expires_on=_EXPIRY,
    ),
    CertificationExample(
        situation=gettext_lazy("Again, while the window is open"),
        completed_on=date(2024, 6, 15),
        previous_expires_on=_EXPIRY,
    ),
    CertificationExample(
        situation=gettext_lazy("Again, after it has expired"),
        completed_on=date(2024, 8, 10),
        previous_expires_on=_EXPIRY,
    ),
)
_SITUATIONS: Final[dict[Situation, Words]] = {
    Situation.NOT_ASSIGNED: gettext_lazy("Not assigned"),
    Situation.ASSIGNED: gettext_lazy("Assigned, never certified"),
    Situation.CERTIFIED: gettext_lazy("Certified, window not open yet"),
    Situation.WINDOW_OPEN: gettext_lazy("Certified, window open"),
    Situation.EXPIRED: gettext_lazy("Expired"),
    Situation.BROKEN: gettext_lazy("Record with inconsistent dates"),
}
_DEEDS: Final[dict[Deed, Words]] = {
    Deed.HISTORY: gettext_lazy("to the history"),
    Deed.CERTIFY: gettext_lazy("certified by it"),
    Deed.ARCHIVE_AND_CERTIFY: gettext_lazy("certified by it; the current one goes to the history"),
}


@require_GET
def certifications(request: PersonRequest) -> HttpResponse:
    """Explain methods, windows, import actions, evidence and messages of certifications; for everybody."""
    kinds = {kind.key: kind for kind in all_kinds()}
    context = {
        "methods": [(method.label, METHOD_WORDS[method]) for method in Method],
        "examples": CERTIFICATIONS,
        "actions": [(action.label, sentence) for action, sentence in CONSEQUENCES.items()],
        "decisions": [
            (_SITUATIONS[situation], [_DEEDS[deed] for deed in decisions]) for situation, decisions in DECISIONS.items()
        ],
        "kinds": [kinds[key] for key in KINDS],
        "crumbs": [(_("Help"), None), (_("Certifications"), None)],
    }
    return render(request, "dashboard/help_certifications.html", context)


_VALID_FOR: Final = (
    (date(_YEAR, 3, 10), Period(2, Unit.YEARS), None),
    (date(_YEAR, 8, 31), Period(6, Unit.MONTHS), None),
    (date(_YEAR, 3, 10), Period(2, Unit.YEARS), date(_YEAR + 1, 12, 31)),
    (date(_YEAR, 3, 10), None, None),
)


@require_GET
def offline_records(request: PersonRequest) -> HttpResponse:
    """Explain the upload of offline records, its template, what an error is, and validity; for everybody."""
    kinds = {kind.key: kind for kind in all_kinds()}
    context = {
        "identifiers": [identifier.label for identifier in Identifier],
        "fields": [name.label for name in Field],
        "results": [
            (result.label, [word for word in words if word != str(result.label).lower()])
            for result, words in RESULT_SPELLINGS.items()
        ],
        "examples": [
            (day, period, stated, ActivityTerms(validity=period).expires_on(day, stated=stated))
            for day, period, stated in _VALID_FOR
        ],
        "kinds": [kinds[key] for key in OFFLINE_KINDS],
        "crumbs": [(_("Help"), None), (_("Offline records"), None)],
    }
    return render(request, "dashboard/help_offline_records.html", context)
