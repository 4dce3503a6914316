"""What imported completions do to people, in words (spec: dates, cases B to H). Public: `EFFECTS`."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lms.core.wording import say_date, say_number
from lms.imports.dates import parse_day
from lms.imports.effects import Effect


def _say_until(plan: Mapping[str, Any]) -> str:
    return _("compliant until %(date)s") % {"date": say_date(parse_day(plan.get("until")))} if plan.get("until") else ""


def _say_days(days: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": say_number(days)}


def _say_days_lost(plan: Mapping[str, Any]) -> str:
    days = int(plan.get("days_lost") or 0)
    words = ngettext("loses %(n)s day", "loses %(n)s days", days) % {"n": say_number(days)}
    before, after = parse_day(plan.get("until_before")), parse_day(plan.get("until"))
    if before is None or after is None:
        return words
    span = {"words": words, "after": say_date(after), "before": say_date(before)}
    return _("%(words)s: compliant until %(after)s instead of %(before)s") % span


def _say_late(plan: Mapping[str, Any]) -> str:
    days = int(plan.get("late_days") or 0)
    return ngettext("%(n)s day after the due date", "%(n)s days after the due date", days) % {"n": say_number(days)}


EFFECTS: Final = (
    Effect(
        key="days_lost",
        name="days_lost",
        label=gettext_lazy("Lose days of compliance"),
        say=lambda n, days: (
            ngettext("person loses %(days)s", "people lose %(days)s together", n) % {"days": _say_days(days)}
        ),
        counts_people=True,
        detail=_say_days_lost,
        one=_say_days_lost,
        tone="danger",
    ),
    Effect(
        key="lapsed",
        name="lapsed",
        label=gettext_lazy("Non-compliant on arrival"),
        say=lambda n, _days: ngettext("non-compliant on arrival", "non-compliant on arrival", n),
        detail=_say_until,
        tone="danger",
    ),
    Effect(
        key="reset",
        name="reset",
        label=gettext_lazy("Moved to the retake period"),
        say=lambda n, _days: ngettext(
            "of these moves to the retake period: the course is to be taken again",
            "of these move to the retake period: the course is to be taken again",
            n,
        ),
        detail=_say_until,
        one=lambda _plan: _("moved to the retake period"),
        is_part=True,
        tone="warning",
    ),
    Effect(
        key="retake_open",
        name="retake_open",
        label=gettext_lazy("In the retake window"),
        say=lambda n, _days: ngettext("in the retake window", "in the retake window", n),
        detail=_say_until,
        tone="warning",
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
        key="assigned",
        name="assigned",
        label=gettext_lazy("Course assigned"),
        say=lambda n, _days: ngettext(
            "assigns the course to a person who does not have it yet",
            "assign the course to people who do not have it yet",
            n,
        ),
        one=lambda _plan: _("course assigned"),
    ),
)
