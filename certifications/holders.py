"""Who is to hold a certification, and how each stands: the list of its people and their numbers.

A state is that of `rules.state_on` for today, so that a list is right before the daily run too; the condition for the
list says the same, and a test holds one against the other. Unlike `attention` this lists deactivated people too, and the
people of archived certifications. Public: `INCONSISTENT`, `LISTED`, `Holder`, `list_holders`,
`counts_active_people`, `read_holders`, `draw_states`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from certifications.attention import Group, Selection, count_groups
from certifications.choices import State
from certifications.models import Certification, CertificationAssignment, CertificationStatus
from certifications.records.checker import explain_status, inconsistent_statuses
from certifications.rules import state_on
from certifications.wording import STATE_TONES, say_inconsistency
from lms.core.components import Bar, Tone, Words
from lms.people.models import User

INCONSISTENT: Final = "inconsistent"
# What the list can be narrowed down to.
LISTED: Final = (
    *((group.value, group.label) for group in (Group.NEVER, Group.CERTIFIED, Group.WINDOW_OPEN, Group.EXPIRED)),
    (INCONSISTENT, _("Inconsistent dates")),
)
_DRAWN: Final = (Group.CERTIFIED, Group.WINDOW_OPEN, Group.NEVER, Group.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One person and the certification; `state` is empty for who was never certified."""

    person: User
    state: str
    label: Words
    tone: Tone
    assigned_on: date | None
    origin: Words
    completed_on: date | None
    window_opens_on: date | None  # None once expired
    expires_on: date | None  # for who has expired, when
    problems: list[str]


def list_holders(
    certification: Certification, *, people: "QuerySet[User]", group: str = "", today: date
) -> "QuerySet[User]":
    """Return who of these people is assigned to the certification or holds it, by name; by a state active people only (G-05)."""
    assigned = CertificationAssignment.objects.filter(certification=certification)
    statuses = CertificationStatus.objects.filter(certification=certification)
    if group == INCONSISTENT:
        broken = inconsistent_statuses().filter(certification=certification).order_by()
        found = people.filter(pk__in=broken.values("person_id"))
    elif group == Group.NEVER:
        found = people.filter(pk__in=assigned.values("person_id")).exclude(pk__in=statuses.values("person_id"))
    elif group:
        found = people.filter(pk__in=statuses.filter(_in_state(group, today=today)).values("person_id"))
    else:
        found = people.filter(Q(pk__in=assigned.values("person_id")) | Q(pk__in=statuses.values("person_id")))
    if counts_active_people(group):
        found = found.filter(is_active=True)
    return found.order_by("last_name", "first_name", "pk")


def counts_active_people(group: str) -> bool:
    """Return whether a list narrowed down so leaves deactivated people out; what has to be corrected shows everybody."""
    return group not in ("", INCONSISTENT)


def read_holders(people: Iterable[User], *, certification: Certification, today: date) -> list[Holder]:
    """Return how these people stand, in their order. Two queries."""
    listed = list(people)
    statuses = {
        status.person_id: status
        for status in CertificationStatus.objects.filter(certification=certification, person__in=listed).select_related(
            "record"
        )
    }
    assigned = {
        made.person_id: made
        for made in CertificationAssignment.objects.filter(certification=certification, person__in=listed)
    }
    return [_make_holder(person, statuses.get(person.pk), assigned.get(person.pk), today=today) for person in listed]


def draw_states(certification: Certification, *, people: "QuerySet[User] | None", url: str, today: date) -> list[Bar]:
    """Return the four states as bars, each with the list behind it: `url` narrowed down. One query.

    Active people only, of these (None: everybody); an archived certification counts nobody.
    """
    counts = count_groups(Selection(today=today, people=people, certification_id=certification.pk))
    return [
        Bar(
            group.label,
            counts[group],
            STATE_TONES.get(group.value, "neutral"),
            href=f"{url}?{urlencode({'status': group.value})}",
        )
        for group in _DRAWN
    ]


def _in_state(state: str, *, today: date) -> Q:
    """The twin of `rules.state_on`."""
    has_expired = Q(state=State.EXPIRED) | Q(expires_on__lt=today, expires_on__isnull=False)
    is_open = Q(state=State.WINDOW_OPEN) | Q(window_opens_on__lte=today, window_opens_on__isnull=False)
    if state == State.EXPIRED:
        return has_expired
    return ~has_expired & (is_open if state == State.WINDOW_OPEN else ~is_open)


def _make_holder(
    person: User, status: CertificationStatus | None, made: CertificationAssignment | None, *, today: date
) -> Holder:
    state, completed, expires, opens, problems = "", None, None, None, []
    if status is not None:
        state = state_on(
            today, state=status.state, window_opens_on=status.window_opens_on, expires_on=status.expires_on
        ).value
        completed = status.completed_on or (status.record.completed_on if status.record else None)
        expires = status.expires_on or (status.record.expires_on if status.record else None)
        opens = None if state == State.EXPIRED else status.window_opens_on
        problems = [say_inconsistency(found) for found in explain_status(status)]
    return Holder(
        person=person,
        state=state,
        label=State(state).label if state else Group.NEVER.label,
        tone=STATE_TONES.get(state, "neutral"),
        assigned_on=made.assigned_on if made else None,
        origin=made.get_origin_display() if made else "",
        completed_on=completed,
        window_opens_on=opens,
        expires_on=expires,
        problems=problems,
    )
