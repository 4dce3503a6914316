"""How people stand in courses, in plain words for themselves and as bars for others.

Public: `say_own_standing`, `draw_groups`.
"""

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from completions.compliance import GROUPS, Group, Picture
from completions.rules import ComplianceStatus, Standing
from lms.core.components import Bar, Tone
from lms.core.wording import say_date

_TONES: Final[dict[Group, Tone]] = {
    Group.COMPLIANT: "success",
    Group.NOT_COMPLETED: "neutral",
    Group.OVERDUE: "warning",
    Group.NON_COMPLIANT: "danger",
}


def say_own_standing(standing: Standing, *, is_retake_open: bool) -> str:
    """Return what a learner reads about one of their courses: how they stand, and what to do by when."""
    until = standing.compliant_until
    match standing.status:
        case ComplianceStatus.OVERDUE | ComplianceStatus.NOT_COMPLETED:
            return _say_due(standing)
        case ComplianceStatus.NON_COMPLIANT if until:
            since = {"date": say_date(until + timedelta(days=1))}
            return _("Not compliant since %(date)s. Complete the course again.") % since
    if is_retake_open:
        words = _("Your retake is open: complete the course again by %(date)s.")
        return words % {"date": say_date(until)} if until else _("Your retake is open: complete the course again.")
    if until is None:
        return _("Compliant. This completion counts for ever.")
    return _("Compliant until %(date)s.") % {"date": say_date(until)}


def _say_due(standing: Standing) -> str:
    due = {"date": say_date(standing.due_on)}
    if standing.is_overdue:
        return _("Overdue: it was due on %(date)s. The course stays open to you.") % due
    return _("Complete the course by %(date)s.") % due if standing.due_on else _("Not completed yet.")


def draw_groups(picture: Picture, *, url: str) -> list[Bar]:
    """Return the four classes of a picture as bars, each with the list behind it: `url` narrowed down."""
    return [
        Bar(group.label, picture.count(group), _TONES[group], href=f"{url}?{urlencode({'standing': group.value})}")
        for group in GROUPS
    ]
