"""What imported completion records do to people, in words (T-40, T-46 to T-49). Public: `EFFECTS`."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certifications.choices import Basis
from lms.core.wording import say_date
from lms.imports.dates import parse_day
from lms.imports.effects import ASSIGNED, LATE, Effect, make_days_lost

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


def _say_archived(plan: Mapping[str, Any]) -> str:
    """Return which completion was current until now."""
    day = parse_day(plan.get("archived"))
    return _("the completion of %(date)s goes to the history") % {"date": say_date(day)} if day else ""


EFFECTS: Final = (
    make_days_lost(
        label=gettext_lazy("Lose certified days"),
        change=gettext_lazy("%(words)s: expires %(after)s instead of %(before)s"),
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
    LATE,
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
