"""The people of a course, and the people an import made current: how they stand, within the reach."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from lms.core.periods import Period
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.completions.daily_data import TODAY, assign, change_course, complete, day
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

SignIn = Callable[[User], Client]
HEAD = "username,course code,completion date\n"
# Imports run on the real day: lapsed, still compliant, the newest.
LAPSED, RECENT, NEWEST = (f"{dt.datetime.now(tz=dt.UTC).date() - dt.timedelta(days=n)}" for n in (400, 60, 3))


@pytest.fixture
def march() -> Iterator[None]:
    """It is 2026-03-15."""
    with time_machine.travel(f"{TODAY.isoformat()}T12:00:00+00:00", tick=True):
        yield


@pytest.fixture
def standings(cast: Cast, march: None) -> None:  # noqa: ARG001 - the day
    """SAFE-1 for a year: Bob compliant, Ben overdue, Carl non-compliant, Lea with her retake open, Adam not completed."""
    change_course(cast.safe, compliant_for=Period.parse("365 days"), retake_days=30, due_within=Period.parse("30 days"))
    assign(cast.ben, cast.safe, "2026-01-05")
    assign(cast.adam, cast.safe, "2026-03-01")
    for person, on in ((cast.bob, "2026-01-10"), (cast.carl, "2025-03-14"), (cast.lea, "2025-04-01")):
        assign(person, cast.safe, "2025-01-01", due_on=None)
        complete(person, cast.safe, on)


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def listed(response: Any) -> list[tuple[str, str]]:
    return [(line.username, line.group.value) for line in response.context["lines"]]


@pytest.mark.usefixtures("standings")
def test_L43_the_people_of_a_course_by_compliance_status_within_the_reach(cast: Cast, client_for: SignIn) -> None:
    def found(person: User, query: str = "") -> list[tuple[str, str]]:
        return listed(client_for(person).get(f"/courses/{cast.safe.pk}/people/{query}"))

    assert found(cast.alice) == [
        ("adam", "not_completed"),
        ("lea", "retake_open"),
        ("ben", "overdue"),
        ("bob", "compliant"),
        ("carl", "non_compliant"),
    ]
    assert found(cast.lea) == [("ben", "overdue"), ("bob", "compliant")]
    assert found(cast.alice, "?standing=compliant") == [("lea", "retake_open"), ("bob", "compliant")]
    assert found(cast.alice, "?standing=retake_open") == [("lea", "retake_open")]
    assert found(cast.alice, "?standing=overdue") == [("ben", "overdue")]
    assert found(cast.alice, "?standing=non_compliant&q=carl") == [("carl", "non_compliant")]
    assert found(cast.alice, "?standing=not_completed") == [("adam", "not_completed")]
    assert len(found(cast.alice, "?standing=nonsense")) == 5


@pytest.mark.usefixtures("standings")
def test_L43_L54_every_line_carries_its_dates_and_tags(cast: Cast, client_for: SignIn) -> None:
    response = client_for(cast.adam).get(f"/courses/{cast.safe.pk}/people/")
    lines = {line.username: line for line in response.context["lines"]}
    page = words(response)

    assert (lines["ben"].standing.due_on, lines["ben"].standing.is_overdue) == (day("2026-02-04"), True)
    assert (lines["adam"].standing.due_on, lines["adam"].standing.is_overdue) == (day("2026-03-31"), False)
    assert {str(bar.label): bar.value for bar in response.context["bars"]} == {
        "Compliant": 2,
        "Not completed yet": 1,
        "Overdue": 1,
        "Non-compliant": 1,
    }
    assert lines["bob"].standing.compliant_until == day("2027-01-10")
    for piece in ("39 days over", "10 January 2027", "opens 11 December 2026", "1 day over", "4 February 2026"):
        assert piece in page


@pytest.mark.usefixtures("standings")
def test_G05_a_list_by_class_counts_active_people_only_and_says_so(cast: Cast, client_for: SignIn) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.ben.pk).update(is_active=False)
    client = client_for(cast.adam)
    everybody = client.get(f"/courses/{cast.safe.pk}/people/")
    overdue = client.get(f"/courses/{cast.safe.pk}/people/?standing=overdue")

    assert "ben" in [name for name, _ in listed(everybody)]
    assert listed(overdue) == []
    assert "counts active people only" in words(overdue)


def test_L91_the_people_an_import_made_current_by_class(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    change_course(cast.safe, compliant_for=Period.parse("365 days"), retake_days=30)
    first = imports.run("completions", HEAD + f"bob,SAFE-1,{RECENT}\nben,SAFE-1,{LAPSED}\ncarl,SAFE-1,{LAPSED}\n")
    client = client_for(cast.adam)
    path = f"/imports/{first.number}/people/"

    assert listed(client.get(path)) == [("ben", "non_compliant"), ("bob", "compliant"), ("carl", "non_compliant")]
    assert listed(client.get(f"{path}?standing=non_compliant")) == [("ben", "non_compliant"), ("carl", "non_compliant")]

    imports.run("completions", HEAD + f"carl,SAFE-1,{NEWEST}\n")
    assert listed(client.get(f"{path}?standing=non_compliant")) == [("ben", "non_compliant")]
    imports.undo(first)
    assert listed(client.get(path)) == []


def test_L69_L03_who_does_not_see_the_import_does_not_see_its_people(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    by_adam = imports.run("completions", HEAD + "bob,SAFE-1,2026-01-10\ncarl,SAFE-1,2025-03-14\n")
    by_lea = imports.run("completions", HEAD + "ben,SAFE-1,2026-01-10\n", as_="lea")
    with tenant_scope(cast.acme.pk):
        cast.ward_a.memberships.filter(person=cast.bob).delete()
    lea = client_for(cast.lea)

    assert lea.get(f"/imports/{by_adam.number}/people/").status_code == 404
    assert listed(lea.get(f"/imports/{by_lea.number}/people/")) == [("ben", "compliant")]
    assert client_for(cast.charlie).get(f"/imports/{by_adam.number}/people/").status_code == 404
    assert client_for(cast.bob).get(f"/imports/{by_adam.number}/people/").status_code == 403


@pytest.mark.parametrize("number", [1, 4])
def test_the_same_queries_whatever_is_listed(
    cast: Cast, client_for: SignIn, django_assert_max_num_queries: Callable[[int], Any], number: int
) -> None:
    for person in (cast.bob, cast.ben, cast.carl, cast.lea)[:number]:
        assign(person, cast.safe, "2025-01-01")
    client = client_for(cast.adam)

    with django_assert_max_num_queries(12):
        client.get(f"/courses/{cast.safe.pk}/people/")
