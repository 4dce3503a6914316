"""The nights after: who is told that an offline record expires soon (S-41, E-71, E-72), by hand and against the rules."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lms.daily.parts import DailyContext
from lms.daily.services import run_daily
from lms.notifications.models import MessageSwitch, Notice, OutboxMessage
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from offline_records.choices import Origin, Result
from offline_records.daily import run_offline_records
from offline_records.kinds import OFFLINE_RECORD_EXPIRES
from offline_records.models import Category, OfflineActivity, OfflineRecord
from offline_records.rules import expires_soon_on, is_expired
from tests.completions.daily_data import run_nights
from tests.plugins.cast import Cast

DAY: Final = dt.timedelta(days=1)
FIRST: Final = dt.date(2026, 3, 10)  # the day of the run before


def have_activity(tenant: Tenant, code: str, **fields: Any) -> OfflineActivity:
    """An activity whose records count as expiring soon 10 days before."""
    with tenant_scope(tenant.pk):
        category, _ = Category.objects.get_or_create(tenant=tenant, name="Safety")
        settings = {"name": code.title(), "expiring_days": 10, "category": category} | fields
        return OfflineActivity.objects.get_or_create(tenant=tenant, code=code, defaults=settings)[0]


def record(person: User, activity: OfflineActivity, *, until: int | None, done: int = -400, **fields: Any) -> None:
    """A record; days are counted from FIRST."""
    with tenant_scope(person.tenant_id):
        OfflineRecord.objects.create(
            tenant_id=person.tenant_id,
            person=person,
            activity=activity,
            completed_on=FIRST + done * DAY,
            expires_on=shift(until),
            origin=Origin.MANUAL,
            recorded_at=timezone.now(),
            **fields,
        )


def shift(days: int | None) -> dt.date | None:
    return None if days is None else FIRST + days * DAY


def switch_on(tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        MessageSwitch.objects.update_or_create(tenant=tenant, kind=OFFLINE_RECORD_EXPIRES, defaults={"is_on": True})


def told(tenant: Tenant) -> list[tuple[int, str, tuple[str, ...]]]:
    """Return what was told: on which day, whom, about which activities; by notice and mail alike."""
    with tenant_scope(tenant.pk):
        people = dict(User.objects.values_list("pk", "username"))
        notices = sorted(_read(one, people[one.person_id]) for one in Notice.objects.all())
        assert notices == sorted(_read(one, people[one.recipient_id or 0]) for one in OutboxMessage.objects.all())
    return notices


def _read(message: Notice | OutboxMessage, person: str) -> tuple[int, str, tuple[str, ...]]:
    assert message.kind == OFFLINE_RECORD_EXPIRES
    day = dt.date.fromisoformat(message.dedup_key.rpartition("day:")[2])
    return (day - FIRST).days, person, tuple(item["code"] for item in message.params["items"])


def test_S41_E20_one_message_a_person_on_the_first_day_lists_all_records(cast: Cast) -> None:
    switch_on(cast.acme)
    first, second = have_activity(cast.acme, "AID"), have_activity(cast.acme, "BOAT", expiring_days=8)
    record(cast.bob, first, until=12)
    record(cast.bob, second, until=10)
    record(cast.ben, first, until=13)
    record(cast.lea, have_activity(cast.acme, "OLD", is_active=False), until=12)
    run_nights(cast.acme, "2026-03-11", "2026-03-11")
    run = run_daily(cast.acme, as_of=FIRST + 2 * DAY)
    assert run is not None
    assert run.counts["offline_records"] == {OFFLINE_RECORD_EXPIRES: 1}
    run_nights(cast.acme, "2026-03-13", "2026-03-24")
    assert told(cast.acme) == [(2, "bob", ("BOAT", "AID")), (3, "ben", ("AID",))]
    with tenant_scope(cast.acme.pk):
        (item,) = OutboxMessage.objects.get(recipient_id=cast.ben.pk).params["items"]
    assert item == {
        "activity_id": first.pk,
        "code": "AID",
        "activity": "Aid",
        "completed_on": (FIRST - 400 * DAY).isoformat(),
        "expires_on": "2026-03-23",
    }


def test_S41_E71_quiet_records_are_not_told_of_the_past_and_are_of_what_comes_later(cast: Cast) -> None:
    switch_on(cast.acme)
    aid = have_activity(cast.acme, "AID")
    record(cast.bob, aid, until=11, messages_suppressed_through=shift(1))
    record(cast.ben, aid, until=12, messages_suppressed_through=shift(1))
    record(cast.carl, aid, until=30, done=0)
    record(cast.carl, aid, until=12)
    run_nights(cast.acme, "2026-03-11", "2026-03-15")
    assert told(cast.acme) == [(2, "ben", ("AID",))]


@pytest.mark.parametrize("people", [0, 1, 3])
def test_S41_E72_the_number_of_statements_does_not_grow_and_what_is_off_is_not_told(
    cast: Cast, django_assert_num_queries: Any, people: int
) -> None:
    aid = have_activity(cast.acme, "AID")
    for person in (cast.bob, cast.ben, cast.carl):
        record(person, aid, until=12)
    record(cast.zoe, have_activity(cast.zebra, "AID"), until=12)
    context = DailyContext(tenant=cast.acme, as_of=FIRST + 2 * DAY, previous=FIRST, now=timezone.now())
    if people:
        switch_on(cast.acme)
    with tenant_scope(cast.acme.pk):
        OfflineRecord.objects.exclude(person__in=[cast.bob, cast.ben, cast.carl][:people]).update(expires_on=shift(400))
        with django_assert_num_queries(8 if people else 1):
            assert run_offline_records(context) == {OFFLINE_RECORD_EXPIRES: people}


# --- Against the rules ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """A record of somebody, as stored; numbers are days from FIRST."""

    person: int
    activity: int
    done: int
    until: int | None
    settled: int | None
    has_failed: bool


near = st.integers(-4, 14)
held = st.builds(
    Held,
    person=st.integers(0, 3),
    activity=st.integers(0, 3),
    done=st.integers(-9, -1),
    until=near | near | near | st.none(),
    settled=st.none() | st.none() | near,
    has_failed=st.sampled_from([False, False, False, True]),
)
WARNINGS = (0, 3, 8, 5)  # days before, of the activities; the last one is archived


def expect(as_of: dt.date, *, previous: dt.date) -> set[tuple[int, int, dt.date]]:
    """Return who is to be told of which record by a run, from what is stored, by the pure rules alone."""
    found = set()
    records = list(OfflineRecord.objects.select_related("person", "activity").exclude(result=Result.FAILED))
    for one in records:
        lasting = max(
            (other for other in records if (other.person_id, other.activity_id) == (one.person_id, one.activity_id)),
            key=lambda other: (other.expires_on or dt.date.max, other.completed_on),
        )
        if lasting != one or one.expires_on is None or is_expired(one.expires_on, today=as_of):
            continue
        soon = expires_soon_on(one.expires_on, expiring_days=one.activity.expiring_days)
        settled, back = one.messages_suppressed_through, one.person.active_since
        if (
            previous < soon <= as_of
            and (settled is None or soon > settled)
            and (back is None or soon >= back)
            and one.person.is_active
            and one.activity.is_active
        ):
            found.add((one.person_id, one.activity_id, one.completed_on))
    return found


def write(cast: Cast, activities: Sequence[OfflineActivity], written: Sequence[Held]) -> None:
    """Replace what acme has by these."""
    Notice.objects.all().delete()
    OfflineRecord.objects.all().delete()
    people = [cast.bob, cast.ben, cast.carl, cast.lea]
    OfflineRecord.objects.bulk_create(
        OfflineRecord(
            tenant=cast.acme,
            person=people[one.person],
            activity=activities[one.activity],
            completed_on=FIRST + one.done * DAY,
            expires_on=shift(one.until),
            result=Result.FAILED if one.has_failed else "",
            messages_suppressed_through=shift(one.settled),
            origin=Origin.MANUAL,
            recorded_at=timezone.now(),
        )
        for one in {(one.person, one.activity, one.done): one for one in written}.values()
    )


LATER = Held(0, 1, -1, 9, None, has_failed=False)
SAME_END = Held(0, 1, -2, 9, None, has_failed=False)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(held, min_size=6, max_size=16), gap=st.integers(1, 12), came_back=near)
@example(written=[Held(0, 0, -1, 6, None, has_failed=False)], gap=6, came_back=0)
@example(written=[Held(3, 1, -1, 9, None, has_failed=False)], gap=6, came_back=6)
@example(written=[LATER, SAME_END], gap=6, came_back=0)
@example(written=[SAME_END, Held(0, 1, -1, None, None, has_failed=False)], gap=6, came_back=0)
@example(written=[SAME_END, Held(0, 1, -1, None, None, has_failed=True)], gap=6, came_back=0)
def test_S41_E19_E72_every_run_tells_what_the_rules_say(
    cast: Cast, written: list[Held], gap: int, came_back: int
) -> None:
    switch_on(cast.acme)
    activities = [have_activity(cast.acme, f"A-{days}", expiring_days=days) for days in WARNINGS]
    with tenant_scope(cast.acme.pk):
        OfflineActivity.objects.filter(pk=activities[-1].pk).update(is_active=False)
        User.objects.filter(pk=cast.carl.pk).update(is_active=False)
        User.objects.filter(pk=cast.lea.pk).update(active_since=shift(came_back))
        write(cast, activities, written)
        as_of = FIRST + gap * DAY
        expected = expect(as_of, previous=FIRST)
        context = DailyContext(tenant=cast.acme, as_of=as_of, previous=FIRST, now=timezone.now())
        assert run_offline_records(context) == {OFFLINE_RECORD_EXPIRES: len({person for person, *_ in expected})}
        assert {
            (notice.person_id, item["activity_id"], dt.date.fromisoformat(item["completed_on"]))
            for notice in Notice.objects.all()
            for item in notice.params["items"]
        } == expected
