"""Reads the audit history. Public: `EventFilter`, `find_events`, `list_actions`, `iterate_export`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.audit.actions import name_action
from lms.audit.models import AuditEvent
from lms.core.exports import Cell
from lms.core.text import match_key
from lms.core.wording import NOTHING
from lms.people.models import Role, User
from lms.tenancy.models import Tenant

_PAGE_EVENTS: Final = 2_000


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What to look for (G-04); empty fields do not narrow."""

    person: str = ""  # username of whom it is about
    actor: str = ""  # a part of the name of who did it
    batch_id: int | None = None
    action: str = ""
    subject: str = ""  # a part of the name of what it was done to
    first_day: date | None = None  # in the tenant's time zone, inclusive
    last_day: date | None = None


def find_events(wanted: EventFilter, *, tenant: Tenant) -> "QuerySet[AuditEvent]":
    """Return the events that fit, newest first."""
    fits = Q()
    if wanted.person:
        ids = User.objects.filter(username_key=match_key(wanted.person)).values_list("pk", flat=True)
        fits &= Q(person_id__in=list(ids))
    if wanted.actor:
        fits &= Q(actor_name__icontains=wanted.actor)
    if wanted.batch_id is not None:
        fits &= Q(batch_id=wanted.batch_id)
    if wanted.action:
        fits &= Q(action=wanted.action)
    if wanted.subject:
        fits &= Q(subject_label__icontains=wanted.subject)
    if wanted.first_day:
        fits &= Q(at__gte=datetime.combine(wanted.first_day, time.min, tenant.zone))
    if wanted.last_day:
        fits &= Q(at__lt=datetime.combine(wanted.last_day + timedelta(days=1), time.min, tenant.zone))
    return AuditEvent.objects.filter(fits).order_by("-at", "-id")


def list_actions() -> list[str]:
    """Return the actions that occur in the open tenant."""
    return list(AuditEvent.objects.order_by("action").values_list("action", flat=True).distinct())


def name_people(ids: set[int]) -> dict[int, str]:
    """Return the names of people by id. One query."""
    return {person.pk: person.full_name for person in User.objects.filter(pk__in=ids)}


def describe_details(details: dict[str, Any]) -> str:
    """Return the details of an event as one line: "rows 5, active yes"."""
    return ", ".join(f"{key.replace('_', ' ')} {_word(value)}" for key, value in sorted(details.items()))


def _word(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return NOTHING
    match value:
        case bool():
            return _("yes") if value else _("no")
        case list():
            return " ".join(_word(item) for item in value)
        case dict():
            return f"({describe_details(value)})"
        case _:
            return str(value)


def iterate_export(events: "QuerySet[AuditEvent]") -> Iterator[list[Cell]]:
    """Yield column names, then one row an event, oldest first, in pages by number."""
    yield [
        _("Number"),
        _("When"),
        _("Who"),
        _("Role"),
        _("What"),
        _("Code"),
        _("Kind"),
        _("On"),
        _("About"),
        _("Import"),
        _("Details"),
        _("Seal"),
    ]
    roles = {role.value: str(role.label) for role in Role}
    ordered, last = events.order_by("id"), 0
    while page := list(ordered.filter(id__gt=last)[:_PAGE_EVENTS]):
        people = name_people({event.person_id for event in page if event.person_id})
        for event in page:
            yield [
                event.pk,
                timezone.localtime(event.at).replace(tzinfo=None),
                event.actor_name or _("the system"),
                roles.get(event.actor_role, event.actor_role),
                str(name_action(event.action)),
                event.action,
                event.subject_kind,
                event.subject_label,
                people.get(event.person_id or 0, ""),
                event.batch_id,
                describe_details(event.details),
                event.chain_hash,
            ]
        last = page[-1].pk
