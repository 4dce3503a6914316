"""Lists of offline records: of one activity, or over all of them, narrowed down; for pages and files (S-34).

Everybody sees the records of the people in their reach. Two queries for a page, whatever there is.
Public: `Selection`, `Line`, `select_records`, `read_lines`, `seen_activities`, `domains_seen`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Q, QuerySet

from lms.core.components import Tone
from lms.imports.models import ImportBatch
from lms.people.domains import NO_DOMAIN
from lms.people.models import PeopleDomain, User
from lms.people.selectors import reaches_everybody, visible_people
from offline_records.attention import counting_records
from offline_records.choices import KIND
from offline_records.models import OfflineActivity, OfflineRecord
from offline_records.records.values import say_amount
from offline_records.selectors import usable_activities
from offline_records.states import STATE_TONES, State, in_state, state_on

_FEW: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which records, as they stand on a day. None and "" narrow nothing."""

    today: date
    people: "QuerySet[User] | None" = None  # None: everybody
    activity_id: int | None = None
    result: str = ""
    state: str = ""
    first_day: date | None = None
    last_day: date | None = None
    domain_id: int | None = None  # may be NO_DOMAIN
    number: int | None = None  # of an import
    counting_only: bool = False  # as on the dashboard: see `counting_records`


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record with person and activity, how long it counts, and the import it came by (None: by hand)."""

    record: OfflineRecord
    state: State
    tone: Tone
    score: str  # a dash for none
    number: int | None


def select_records(selection: Selection) -> QuerySet[OfflineRecord]:
    """Return the records of a selection, the newest first."""
    records = OfflineRecord.objects.filter(_narrow(selection))
    if selection.people is not None:
        records = records.filter(person_id__in=selection.people.order_by().values("pk"))
    if selection.counting_only:
        records = counting_records(records)
    return records.order_by("-completed_on", "-pk")


def _narrow(selection: Selection) -> Q:
    wanted = Q()
    if selection.activity_id is not None:
        wanted &= Q(activity_id=selection.activity_id)
    if selection.result:
        wanted &= Q(result=selection.result)
    if selection.state:
        wanted &= in_state(State(selection.state), day=selection.today)
    if selection.first_day is not None:
        wanted &= Q(completed_on__gte=selection.first_day)
    if selection.last_day is not None:
        wanted &= Q(completed_on__lte=selection.last_day)
    if selection.domain_id == NO_DOMAIN:
        wanted &= Q(person__domain__isnull=True)
    elif selection.domain_id is not None:
        wanted &= Q(person__domain_id=selection.domain_id)
    if selection.number is not None:
        batches = ImportBatch.objects.filter(kind=KIND, number=selection.number)
        wanted &= Q(batch_id__in=batches.values("pk"))
    return wanted


def name_few(people: "QuerySet[User] | None") -> "QuerySet[User] | None":
    """Return the same people, by their ids if they are few: their records are then looked up instead of searched for."""
    if people is None:
        return None
    found = list(people.order_by().values_list("pk", flat=True)[: _FEW + 1])
    return User.objects.filter(pk__in=found) if len(found) <= _FEW else people


def with_names(records: QuerySet[OfflineRecord]) -> QuerySet[OfflineRecord]:
    """Return the records with the people and activities that lines name."""
    return records.select_related("person__domain", "activity__category")


def read_lines(records: Iterable[OfflineRecord], *, day: date) -> list[Line]:
    """Return records as lines. One query; none where nothing was imported."""
    records = list(records)
    batches = {record.batch_id for record in records if record.batch_id is not None}
    numbers = dict(ImportBatch.objects.filter(pk__in=batches).values_list("pk", "number")) if batches else {}
    return [_make_line(record, day=day, number=numbers.get(record.batch_id or 0)) for record in records]


def _make_line(record: OfflineRecord, *, day: date, number: int | None) -> Line:
    state = state_on(
        day, result=record.result, expires_on=record.expires_on, expiring_days=record.activity.expiring_days
    )
    return Line(record=record, state=state, tone=STATE_TONES[state], score=say_amount(record.score), number=number)


def seen_activities(actor: User) -> QuerySet[OfflineActivity]:
    """Return the activities whose records the actor may look at, archived ones too.

    Owners and administrators: all. Team roles: those they may record for, and those of which people in their reach have
    records.
    """
    if reaches_everybody(actor):
        return OfflineActivity.objects.all()
    recorded = OfflineRecord.objects.filter(person_id__in=visible_people(actor).values("pk")).values("activity_id")
    usable = usable_activities(actor, with_archived=True)
    return OfflineActivity.objects.filter(Q(pk__in=usable.values("pk")) | Q(pk__in=recorded))


def domains_seen(actor: User) -> list[tuple[int, str]]:
    """Return (id, name) of the user domains of the people in the actor's reach; no other one is named to them (S-09)."""
    domains = PeopleDomain.objects.order_by("name", "pk")
    if not reaches_everybody(actor):
        own = visible_people(actor).filter(domain__isnull=False).values("domain_id")
        domains = domains.filter(pk__in=own)
    return list(domains.values_list("pk", "name"))
