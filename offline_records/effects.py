"""What imported offline records do to people, in words (S-18, S-45). Public: `EFFECTS`."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lms.core.wording import say_date
from lms.imports.dates import parse_day
from lms.imports.effects import Effect


def _say_until(plan: Mapping[str, Any]) -> str:
    until = parse_day(plan.get("until"))
    return _("valid until %(date)s") % {"date": say_date(until)} if until else ""


EFFECTS: Final = (
    Effect(
        key="expired",
        name="expired",
        label=gettext_lazy("Expired on arrival"),
        say=lambda n, _days: ngettext("no longer valid on arrival", "no longer valid on arrival", n),
        detail=_say_until,
        tone="warning",
    ),
    # Said of every record, and counted nowhere.
    Effect(
        key="until",
        name="until",
        label=gettext_lazy("Valid until"),
        say=lambda _n, _days: "",
        one=_say_until,
        is_counted=False,
    ),
)
