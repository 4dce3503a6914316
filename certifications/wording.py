"""Completion records and current certifications in plain words. No queries.

Public: `say_reason`, `say_certified`, `say_inconsistency`, `count_late_days`, `STATE_TONES`.
"""

from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certifications.choices import Basis, State
from certifications.models import CertificationRecord
from certifications.rules import Inconsistency
from lms.core.components import Tone
from lms.core.wording import say_date, say_number

STATE_TONES: Final[dict[str, Tone]] = {
    State.CERTIFIED: "success",
    State.WINDOW_OPEN: "warning",
    State.EXPIRED: "danger",
}
_ANCHORS: Final[dict[str, Any]] = {
    Basis.COMPLETED: gettext_lazy("the completion date %(date)s"),
    Basis.DUE: gettext_lazy("the due date %(date)s"),
    Basis.PREVIOUS: gettext_lazy("the previous expiry %(date)s"),
}
_INCONSISTENCIES: Final[dict[str, Any]] = {
    Inconsistency.DATES_MISSING: gettext_lazy("Certified, but a date is missing."),
    Inconsistency.DATES_LEFT: gettext_lazy("Expired, but still with the dates of a certification."),
    Inconsistency.RECORD_MISSING: gettext_lazy("There is no completion record behind it."),
    Inconsistency.RECORD_DIFFERS: gettext_lazy(
        "The completion record behind it has another completion date or expiry."
    ),
    Inconsistency.WINDOW_AFTER_EXPIRY: gettext_lazy("The recertification window opens after the expiry."),
    Inconsistency.EXPIRY_BEFORE_COMPLETION: gettext_lazy("It expires before it was completed."),
}


def say_reason(record: CertificationRecord) -> str:
    """Return in one sentence why a record expires when it does (T-81)."""
    expires = {"expires": say_date(record.expires_on)}
    if record.basis == Basis.ENTERED:
        return _("Expires on %(expires)s: entered by hand.") % expires
    if record.basis == Basis.KEPT:
        return _("Expires on %(expires)s, unchanged: completed before the recertification window opened.") % expires
    anchor = str(_ANCHORS[record.basis]) % {"date": say_date(record.anchor_on)}
    if not record.steps:
        return _("Expires on %(expires)s: this is %(anchor)s.") % {**expires, "anchor": anchor}
    parts = {**expires, "anchor": anchor, "period": _say_periods(record)}
    if record.steps < 0:
        return _("Expires on %(expires)s: %(period)s before %(anchor)s.") % parts
    return _("Expires on %(expires)s: %(period)s after %(anchor)s.") % parts


def _say_periods(record: CertificationRecord) -> str:
    """Return the distance to the anchor: "12 months", "3 times 12 months"."""
    period = record.active_period.words if record.active_period else ""
    times = abs(record.steps)
    if times == 1:
        return period
    return ngettext("%(n)s time %(period)s", "%(n)s times %(period)s", times) % {
        "n": say_number(times),
        "period": period,
    }


def say_certified(state: str, *, completed_on: date | None, expires_on: date | None) -> str:
    """Return a current certification as a part of a sentence; an empty state is none."""
    if not state:
        return _("never certified")
    if state == State.EXPIRED:
        return _("expired")
    return _("certified by the completion of %(completed)s, until %(expires)s") % {
        "completed": say_date(completed_on),
        "expires": say_date(expires_on),
    }


def say_inconsistency(found: Inconsistency) -> str:
    """Return what is wrong with the dates of a current certification (T-72)."""
    return str(_INCONSISTENCIES[found])


def count_late_days(record: CertificationRecord) -> int:
    """Return by how many days a record was completed after its due date (T-42); 0 for on time or without one."""
    return max((record.completed_on - record.due_on).days, 0) if record.due_on else 0
