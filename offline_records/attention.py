"""Which offline records have expired or expire soon: for the dashboard and the pages of people and teams (S-34, G-05).

Of the records somebody has of an activity only the one counts that is valid for longest; whoever failed has nothing that
is valid. Active people and activities only. Public: `counting_records`, `count_states`, `answer_attention`.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

from django.db.models import Count, DateField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from lms.courses.attention import Trouble, TroubleKind
from lms.people.models import User
from offline_records.choices import Result
from offline_records.models import OfflineRecord
from offline_records.states import State, in_state

_FOR_EVER: Final = Value(date.max, output_field=DateField())


def counting_records(records: "QuerySet[OfflineRecord]") -> "QuerySet[OfflineRecord]":
    """Leave out the records that say nothing about how somebody stands today."""
    lasting = (
        OfflineRecord.objects.exclude(result=Result.FAILED)
        .alias(until=Coalesce("expires_on", _FOR_EVER), known=Coalesce(OuterRef("expires_on"), _FOR_EVER))
        .filter(
            Q(until__gt=F("known")) | Q(until=F("known"), completed_on__gt=OuterRef("completed_on")),
            person_id=OuterRef("person_id"),
            activity_id=OuterRef("activity_id"),
        )
    )
    return records.filter(~Q(result=Result.FAILED), ~Exists(lasting), person__is_active=True, activity__is_active=True)


def count_states(people: "QuerySet[User] | None", *, day: date) -> dict[State, int]:
    """Return how many of the records that count have expired, and how many expire soon; None: of everybody. One query."""
    expired, soon = (in_state(state, day=day) for state in (State.EXPIRED, State.EXPIRES_SOON))
    records = OfflineRecord.objects.filter(expired | soon)  # of many records few; the rest is not compared at all
    if people is not None:
        records = records.filter(person_id__in=people.order_by().values("pk"))
    found = counting_records(records).aggregate(expired=Count("pk", filter=expired), soon=Count("pk", filter=soon))
    return {State.EXPIRED: found["expired"], State.EXPIRES_SOON: found["soon"]}


def answer_attention(people: Collection[int], day: date) -> list[Trouble]:
    """Return which offline records of these people have expired by a day, for `lms.courses.attention`. One query."""
    records = OfflineRecord.objects.filter(in_state(State.EXPIRED, day=day), person_id__in=people)
    found = counting_records(records).values_list("person_id", "activity_id", "activity__name", "expires_on")
    return [
        Trouble(
            person_id=person,
            item_id=activity,
            name=name,
            kind=TroubleKind.EXPIRED,
            since=expires_on + timedelta(days=1),
        )
        for person, activity, name, expires_on in found
        if expires_on is not None
    ]
