"""The pictures of compliance and certifications, and what needs attention, over the people in reach (spec: screens; G-05).

Public: `Board`, `Attention`, `build_board`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from certifications import attention as certified
from certifications.wording import STATE_TONES
from completions.compliance import Group, Selection, count_picture
from completions.wording import draw_groups
from lms.core.components import Bar, Tone, Words
from lms.imports.access import visible_batches
from lms.imports.models import State
from lms.people.models import User
from lms.people.selectors import reaches_everybody, visible_people
from offline_records.attention import count_states
from offline_records.states import State as Validity

# What somebody may have to do something about, the worst first.
_ATTENTION: Final[tuple[tuple[Group | certified.Group | Validity, Words, Tone], ...]] = (
    (Group.NON_COMPLIANT, Group.NON_COMPLIANT.label, "danger"),
    (Group.OVERDUE, Group.OVERDUE.label, "danger"),
    (certified.Group.EXPIRED, _("Certifications expired"), "danger"),
    (Validity.EXPIRED, _("Offline records expired"), "danger"),
    (Group.RETAKE_OPEN, Group.RETAKE_OPEN.label, "warning"),
    (Group.ENDS_SOON, Group.ENDS_SOON.label, "warning"),
    (certified.Group.EXPIRES_SOON, _("Certifications expire within 30 days"), "warning"),
    (Validity.EXPIRES_SOON, _("Offline records expire soon"), "warning"),
    (Group.DUE_SOON, Group.DUE_SOON.label, "info"),
)
_CERTIFIED: Final[dict[certified.Group, Words]] = {
    certified.Group.CERTIFIED: certified.Group.CERTIFIED.label,
    certified.Group.WINDOW_OPEN: _("Certified, window open"),
    certified.Group.NEVER: certified.Group.NEVER.label,
    certified.Group.EXPIRED: certified.Group.EXPIRED.label,
}


@dataclass(frozen=True, slots=True)
class Attention:
    """One reason to look closer, with how often it is there and the list behind it."""

    label: Words
    number: int
    url: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Board:
    """The pictures as bars, and what needs attention; `retake_open` people are among the compliant ones."""

    bars: list[Bar]
    total: int
    retake_open: int
    retake_url: str
    certifications: list[Bar]
    certified_total: int
    attention: list[Attention]


def build_board(actor: User, *, day: date, sees_imports: bool) -> Board:
    """Return the pictures of the actor's reach on `day`: a query each, and one for failed imports."""
    people = None if reaches_everybody(actor) else visible_people(actor)
    picture = count_picture(Selection(today=day, people=people))
    states = certified.count_groups(certified.Selection(today=day, people=people))
    offline = count_states(people, day=day)
    found = []
    for group, label, tone in _ATTENTION:
        if isinstance(group, certified.Group):
            number = states[group]
        else:
            number = offline[group] if isinstance(group, Validity) else picture.count(group)
        found.append(Attention(label, number, _list_of(group), tone))
    if sees_imports:
        failed = visible_batches(actor).filter(state=State.FAILED).count()
        url = f"{reverse('imports:list')}?{urlencode({'state': State.FAILED.value})}"
        found.append(Attention(_("Imports that failed on our side"), failed, url, "danger"))
    return Board(
        bars=draw_groups(picture, url=reverse("compliance_list")),
        total=picture.total,
        retake_open=picture.retake_open,
        retake_url=_list_of(Group.RETAKE_OPEN),
        certifications=[
            Bar(label, states[group], STATE_TONES.get(group.value, "neutral"), href=_list_of(group))
            for group, label in _CERTIFIED.items()
        ],
        certified_total=sum(states[group] for group in _CERTIFIED),
        attention=[one for one in found if one.number],
    )


def _list_of(group: Group | certified.Group | Validity) -> str:
    if isinstance(group, Validity):
        return f"{reverse('offline_record_list')}?{urlencode({'state': group.value, 'newest': 'counting'})}"
    if isinstance(group, certified.Group):
        return f"{reverse('certification_attention')}?{urlencode({'state': group.value})}"
    return f"{reverse('compliance_list')}?{urlencode({'standing': group.value})}"
