"""Which offline records need attention: on the dashboard, in the list behind it, on the pages of people and teams (G-05)."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from lms.courses.attention import Trouble, TroubleKind
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from offline_records.attention import answer_attention, count_states, counting_records
from offline_records.models import OfflineActivity, OfflineRecord
from offline_records.states import State
from tests.offline_records.catalogue import add_activity, add_record
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
TODAY = dt.date(2026, 3, 15)
DONE = dt.date(2025, 1, 1)


def shift(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


@pytest.fixture
def lift(cast: Cast) -> Iterator[OfflineActivity]:
    """On 15 March, LIFT: Ben's expired yesterday, Bob's and Carl's expire soon; Lea has renewed hers, and Adam failed."""
    with time_machine.travel(f"{TODAY.isoformat()}T12:00:00+00:00", tick=True):
        activity = add_activity(cast.acme, name="Lift Operator", expiring_days=20)
        add_record(cast.ben, activity, DONE, expires_on=shift(-1))
        add_record(cast.bob, activity, DONE, expires_on=shift(20))
        add_record(cast.carl, activity, DONE, expires_on=TODAY)
        add_record(cast.lea, activity, DONE, expires_on=shift(-1))
        add_record(cast.lea, activity, shift(-90), expires_on=shift(21))
        add_record(cast.adam, activity, DONE, expires_on=shift(-1), result="failed")
        gone = add_activity(cast.acme, "GONE", is_active=False)
        add_record(cast.bob, gone, DONE, expires_on=shift(-1))
        yield activity


def test_G05_the_dashboard_counts_what_the_list_behind_it_has_and_leaders_see_their_own(
    cast: Cast, lift: OfflineActivity, client_for: SignIn
) -> None:
    def found(person: User) -> dict[str, int]:
        client = client_for(person)
        numbers = {}
        for one in client.get("/").context["board"].attention:
            numbers[str(one.label)] = one.number
            assert len(client.get(one.url).context["lines"]) == one.number
        return numbers

    assert found(cast.adam) == {"Offline records expired": 1, "Offline records expire soon": 2}
    assert found(cast.lea) == {"Offline records expired": 1, "Offline records expire soon": 1}
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    assert found(cast.adam)["Offline records expire soon"] == 1
    assert found(cast.charlie) == {}
    with tenant_scope(cast.acme.pk):
        OfflineActivity.objects.filter(pk=lift.pk).update(is_active=False)
    assert found(cast.adam) == {}


def test_G05_an_expired_record_needs_attention_from_the_day_after(
    cast: Cast, lift: OfflineActivity, client_for: SignIn, django_assert_num_queries: Any
) -> None:
    people = [cast.ben.pk, cast.bob.pk, cast.carl.pk, cast.lea.pk, cast.adam.pk]
    ben = Trouble(person_id=cast.ben.pk, item_id=lift.pk, name="Lift Operator", kind=TroubleKind.EXPIRED, since=TODAY)
    with tenant_scope(cast.acme.pk), django_assert_num_queries(2):
        assert answer_attention(people, TODAY) == [ben]
        assert sorted(one.person_id for one in answer_attention(people, shift(1))) == sorted(
            [cast.ben.pk, cast.carl.pk]
        )
    with tenant_scope(cast.zebra.pk):
        assert answer_attention(people, TODAY) == []
    page = " ".join(client_for(cast.lea).get(f"/people/{cast.ben.pk}/").content.decode().split())
    assert '<li>Lift Operator <span class="muted small">expired since 15 March 2026</span></li>' in page


def test_S34_of_each_person_and_activity_the_record_counts_that_is_valid_longest(cast: Cast) -> None:
    held: tuple[tuple[tuple[int | None, str], ...], ...] = (  # days left and result, day by day; the first one counts
        ((None, ""), (5, "passed"), (400, "attended")),
        ((5, "passed"), (5, "failed"), (4, "")),
        ((-1, ""), (40, "failed"), (None, "failed"), (-2, "passed")),
        ((None, ""), (None, "failed")),
    )
    counting = set()
    for number, records in enumerate(held):
        activity = add_activity(cast.acme, f"A{number}")
        for place, (left, result) in enumerate(records):
            ends = None if left is None else shift(left)
            day = DONE - dt.timedelta(days=place)
            record = add_record(cast.bob, activity, day, expires_on=ends, result=result)
            if place == 0:
                counting.add(record.pk)
    # The same end twice: the later completion counts.
    again = add_activity(cast.acme, "AGAIN")
    add_record(cast.bob, again, DONE, expires_on=shift(5))
    counting.add(add_record(cast.bob, again, shift(-7), expires_on=shift(5)).pk)
    with tenant_scope(cast.acme.pk):
        found = set(counting_records(OfflineRecord.objects.all()).values_list("pk", flat=True))
        assert found == counting
        assert count_states(User.objects.none(), day=TODAY) == {State.EXPIRED: 0, State.EXPIRES_SOON: 0}
