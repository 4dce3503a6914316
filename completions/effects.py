"""What imported completions do to people, in words (spec: dates, cases B to H). Public: `EFFECTS`."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lms.core.wording import say_date
from lms.imports.dates import parse_day
from lms.imports.effects import ASSIGNED, LATE, Effect, make_days_lost


def _say_until(plan: Mapping[str, Any]) -> str:
    return _("compliant until %(date)s") % {"date": say_date(parse_day(plan.get("until")))} if plan.get("until") else ""


EFFECTS: Final = (
    make_days_lost(
        label=gettext_lazy("Lose days of compliance"),
        change=gettext_lazy("%(words)s: compliant until %(after)s instead of %(before)s"),
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
    LATE,
    Effect(
        key=ASSIGNED,
        name=ASSIGNED,
        label=gettext_lazy("Course assigned"),
        say=lambda n, _days: ngettext(
            "assigns the course to a person who does not have it yet",
            "assign the course to people who do not have it yet",
            n,
        ),
        one=lambda _plan: _("course assigned"),
    ),
)
