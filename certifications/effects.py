"""What imported completion records do to people, in words (T-40, T-46 to T-49). Public: `EFFECTS`."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certifications.choices import Basis
from lms.core.wording import say_date, say_number
from lms.imports.dates import parse_day
from lms.imports.effects import ASSIGNED, Effect

_COUNTED_FROM: Final[dict[str, Any]] = {
    Basis.COMPLETED: gettext_lazy("expires %(date)s, counted from the completion date"),
    Basis.DUE: gettext_lazy("expires %(date)s, counted from the due date"),
    Basis.PREVIOUS: gettext_lazy("expires %(date)s, counted from the previous expiry"),
    Basis.KEPT: gettext_lazy("expires %(date)s as before"),
}


def _say_until(plan: Mapping[str, Any]) -> str:
    """Return when the record expires and which date decided (T-40)."""
    until, basis = parse_day(plan.get("until")), plan.get("basis")
    if until is None or basis not in _COUNTED_FROM:
        return ""
    return str(_COUNTED_FROM[basis]) % {"date": say_date(until)}


def _say_days(days: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": say_number(days)}


def _say_days_lost(plan: Mapping[str, Any]) -> str:
    days = int(plan.get("days_lost") or 0)
    words = ngettext("loses %(n)s day", "loses %(n)s days", days) % {"n": say_number(days)}
    before, after = parse_day(plan.get("until_before")), parse_day(plan.get("until"))
    if before is None or after is None:
        return words
    span = {"words": words, "after": say_date(after), "before": say_date(before)}
    return _("%(words)s: expires %(after)s instead of %(before)s") % span


def _say_late(plan: Mapping[str, Any]) -> str:
    days = int(plan.get("late_days") or 0)
    return ngettext("%(n)s day after the due date", "%(n)s days after the due date", days) % {"n": say_number(days)}


def _say_archived(plan: Mapping[str, Any]) -> str:
    """Return which completion was current until now."""
    day = parse_day(plan.get("archived"))
    return _("the completion of %(date)s goes to the history") % {"date": say_date(day)} if day else ""


EFFECTS: Final = (
    Effect(
        key="days_lost",
        name="days_lost",
        label=gettext_lazy("Lose certified days"),
        say=lambda n, days: (
            ngettext("person loses %(days)s", "people lose %(days)s together", n) % {"days": _say_days(days)}
        ),
        counts_people=True,
        detail=_say_days_lost,
        one=_say_days_lost,
        tone="danger",
    ),
    Effect(
        key="expired",
        name="expired",
        label=gettext_lazy("Expired on arrival"),
        say=lambda n, _days: ngettext("expired on arrival", "expired on arrival", n),
        detail=_say_until,
        tone="danger",
    ),
    Effect(
        key="window_open",
        name="window_open",
        label=gettext_lazy("Recertification window open on arrival"),
        say=lambda n, _days: ngettext(
            "with its recertification window open on arrival", "with their recertification window open on arrival", n
        ),
        detail=_say_until,
        tone="warning",
    ),
    Effect(
        key="archived",
        name="archived",
        label=gettext_lazy("Current record goes to the history"),
        say=lambda n, _days: ngettext("current record goes to the history", "current records go to the history", n),
        detail=_say_archived,  # a row says it already: "current completion: a -> b"
    ),
    Effect(
        key="late_days",
        name="late",
        label=gettext_lazy("Completed after the due date"),
        say=lambda n, _days: ngettext("completed after the due date", "completed after the due date", n),
        detail=_say_late,
        tone="warning",
    ),
    Effect(
        key=ASSIGNED,
        name=ASSIGNED,
        label=gettext_lazy("Certification assigned"),
        say=lambda n, _days: ngettext(
            "assigns the certification to a person who does not have it yet",
            "assign the certification to people who do not have it yet",
            n,
        ),
        one=lambda _plan: _("certification assigned"),
    ),
    # Said of every record, and counted nowhere: which date decided when it expires (T-40).
    Effect(
        key="basis",
        name="basis",
        label=gettext_lazy("Expiry"),
        say=lambda _n, _days: "",
        one=_say_until,
        is_counted=False,
    ),
)
