"""What is overdue or lapsed, on the pages of people and teams."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from lms.core.periods import Period
from lms.courses.attention import Trouble, TroubleCounts, TroubleKind, count_by_person, find_troubles
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.completions.daily_data import TODAY, assign, change_course, complete
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture(autouse=True)
def _standings(cast: Cast) -> Iterator[None]:
    """On 2026-03-15: Bob is overdue in SAFE-1 and lapsed in FIRE-2, Carl is lapsed in FIRE-2, Ben on his last days."""
    with time_machine.travel(f"{TODAY.isoformat()}T12:00:00+00:00", tick=True):
        change_course(cast.fire, compliant_for=Period.parse("365 days"), retake_days=30)
        assign(cast.bob, cast.safe, "2026-01-05", due_on=date(2026, 2, 4))
        assign(cast.ben, cast.safe, "2026-01-05", due_on=TODAY)
        for person, on in ((cast.bob, "2025-03-14"), (cast.carl, "2025-03-14"), (cast.ben, "2025-03-15")):
            assign(person, cast.fire, "2025-01-01", due_on=None)
            complete(person, cast.fire, on)
        yield


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_L54_G05_troubles_begin_the_day_after_and_are_those_of_active_people(
    cast: Cast, django_assert_num_queries: Callable[[int], Any]
) -> None:
    people = [cast.bob.pk, cast.ben.pk, cast.carl.pk]
    with tenant_scope(cast.acme.pk):
        with django_assert_num_queries(3):  # one for each app that answers
            found = find_troubles(people, day=TODAY)
        User.objects.filter(pk=cast.carl.pk).update(is_active=False)
        without_carl = find_troubles(people, day=TODAY)
        assert find_troubles([cast.ben.pk], day=TODAY + timedelta(days=1)) != []
        assert find_troubles([], day=TODAY) == []
    with tenant_scope(cast.zebra.pk):
        assert find_troubles(people, day=TODAY) == []

    assert found == [
        Trouble(
            person_id=cast.bob.pk,
            item_id=cast.safe.pk,
            name="Safety Basics",
            kind=TroubleKind.OVERDUE,
            since=date(2026, 2, 5),
        ),
        Trouble(
            person_id=cast.bob.pk,
            item_id=cast.fire.pk,
            name="Fire Safety Awareness",
            kind=TroubleKind.NON_COMPLIANT,
            since=TODAY,
        ),
        Trouble(
            person_id=cast.carl.pk,
            item_id=cast.fire.pk,
            name="Fire Safety Awareness",
            kind=TroubleKind.NON_COMPLIANT,
            since=TODAY,
        ),
    ]
    assert without_carl == found[:2]
    assert count_by_person(found) == {cast.bob.pk: TroubleCounts(1, 1), cast.carl.pk: TroubleCounts(0, 1)}


def test_L54_the_page_of_a_person_says_what_is_overdue_and_lapsed(cast: Cast, client_for: SignIn) -> None:
    page = words(client_for(cast.adam).get(f"/people/{cast.bob.pk}/"))

    for piece in ("1 overdue", "1 non-compliant", "overdue since 5 February 2026", "not compliant since 15 March 2026"):
        assert piece in page
    assert "Needs attention" not in words(client_for(cast.adam).get(f"/people/{cast.ben.pk}/"))
    assert client_for(cast.lea).get(f"/people/{cast.carl.pk}/").status_code == 404


def test_L54_the_page_of_a_team_counts_for_each_member(cast: Cast, client_for: SignIn) -> None:
    def counts(person: User, team: int) -> dict[str, TroubleCounts]:
        response = client_for(person).get(f"/teams/{team}/")
        return {membership.person.username: found for membership, found in response.context["members"]}

    assert counts(cast.lea, cast.ward_a.pk) == {"bob": TroubleCounts(1, 1)}
    assert counts(cast.lea, cast.nights.pk) == {"ben": TroubleCounts()}
    assert counts(cast.adam, cast.ward_b.pk) == {"carl": TroubleCounts(0, 1)}
    assert client_for(cast.lea).get(f"/teams/{cast.ward_b.pk}/").status_code == 404


@pytest.mark.parametrize("number", [0, 3])
def test_the_page_of_a_team_asks_once_for_all_members(
    cast: Cast, client_for: SignIn, django_assert_num_queries: Callable[[int], Any], number: int
) -> None:
    with tenant_scope(cast.acme.pk):
        for person in (cast.ben, cast.carl, cast.adam)[:number]:
            cast.ward_a.memberships.create(tenant=cast.acme, person=person, joined_on=TODAY)
    client = client_for(cast.adam)

    with django_assert_num_queries(22):
        client.get(f"/teams/{cast.ward_a.pk}/")
