"""The compliance picture and what needs attention, over the people in reach (spec: screens, Dashboard; G-05).

Public: `Board`, `Attention`, `build_board`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from completions.compliance import Group, Selection, count_picture
from completions.wording import draw_groups
from lms.core.components import Bar, Tone, Words
from lms.imports.access import visible_batches
from lms.imports.models import State
from lms.people.models import User
from lms.people.selectors import reaches_everybody, visible_people

# What somebody may have to do something about, the worst first.
_ATTENTION: Final[tuple[tuple[Group, Tone], ...]] = (
    (Group.NON_COMPLIANT, "danger"),
    (Group.OVERDUE, "danger"),
    (Group.RETAKE_OPEN, "warning"),
    (Group.ENDS_SOON, "warning"),
    (Group.DUE_SOON, "info"),
)


@dataclass(frozen=True, slots=True)
class Attention:
    """One reason to look closer, with how often it is there and the list behind it."""

    label: Words
    number: int
    url: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Board:
    """The picture as bars, and what needs attention; `retake_open` people are among the compliant ones."""

    bars: list[Bar]
    total: int
    retake_open: int
    retake_url: str
    attention: list[Attention]


def build_board(actor: User, *, day: date, sees_imports: bool) -> Board:
    """Return the picture of the actor's reach on `day`: one query, and one for failed imports."""
    people = None if reaches_everybody(actor) else visible_people(actor)
    picture = count_picture(Selection(today=day, people=people))
    found = [Attention(group.label, picture.count(group), _list_of(group), tone) for group, tone in _ATTENTION]
    if sees_imports:
        failed = visible_batches(actor).filter(state=State.FAILED).count()
        url = f"{reverse('imports:list')}?{urlencode({'state': State.FAILED.value})}"
        found.append(Attention(_("Imports that failed on our side"), failed, url, "danger"))
    return Board(
        bars=draw_groups(picture, url=reverse("compliance_list")),
        total=picture.total,
        retake_open=picture.retake_open,
        retake_url=_list_of(Group.RETAKE_OPEN),
        attention=[one for one in found if one.number],
    )


def _list_of(group: Group) -> str:
    return f"{reverse('compliance_list')}?{urlencode({'standing': group.value})}"
