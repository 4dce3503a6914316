"""The compliance picture, what needs attention, and one's own learning on the dashboard (G-05)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from lms.core.periods import Period
from lms.imports.models import State
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.certifications import catalogue_data as held
from tests.completions.daily_data import TODAY, assign, change_course, complete
from tests.lms.imports.batch_data import make_batch
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _standings(cast: Cast) -> Iterator[None]:
    """On 2026-03-15, SAFE-1: Bob compliant, Ben overdue, Carl lapsed, Lea with her retake open; Ben has FIRE-2 to do."""
    with time_machine.travel(f"{TODAY.isoformat()}T12:00:00+00:00", tick=True):
        change_course(
            cast.safe, compliant_for=Period.parse("365 days"), retake_days=30, due_within=Period.parse("30 days")
        )
        assign(cast.ben, cast.safe, "2026-01-05")
        assign(cast.ben, cast.fire, "2026-01-05", due_on=TODAY)
        for person, on in ((cast.bob, "2026-01-10"), (cast.carl, "2025-03-14"), (cast.lea, "2025-04-01")):
            assign(person, cast.safe, "2025-01-01", due_on=None)
            complete(person, cast.safe, on)
        yield


@pytest.fixture
def _certified(cast: Cast) -> None:
    """On 2026-03-15, ILS for a year with a window of a month: Ben expired, Bob's window open, Carl certified, Lea never."""
    ils = held.certification(cast.acme, "ILS", name="Immediate Life Support")
    for person in (cast.ben, cast.bob, cast.carl, cast.lea):
        held.assign(person, ils)
    held.certify(cast.ben, ils, "2025-03-14", state="expired")
    held.certify(cast.bob, ils, "2025-03-20", state="window_open")
    held.certify(cast.carl, ils, "2026-01-10")


def picture(response: Any) -> dict[str, int]:
    return {str(bar.label): bar.value for bar in response.context["board"].bars}


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_G05_four_disjoint_classes_of_active_people_in_reach(cast: Cast, client_for: SignIn) -> None:
    response = client_for(cast.adam).get("/")

    assert picture(response) == {"Compliant": 2, "Not completed yet": 1, "Overdue": 1, "Non-compliant": 1}
    assert (response.context["board"].retake_open, response.context["board"].total) == (1, 5)
    assert "Counts active people and courses only." in words(response)
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.carl.pk).update(is_active=False)
    assert picture(client_for(cast.adam).get("/"))["Non-compliant"] == 0


def test_L03_a_leader_sees_the_picture_of_the_own_teams_another_tenant_its_own(cast: Cast, client_for: SignIn) -> None:
    response = client_for(cast.lea).get("/")

    assert picture(response) == {"Compliant": 1, "Not completed yet": 1, "Overdue": 1, "Non-compliant": 0}
    assert "Your teams only." in words(response)
    assert client_for(cast.charlie).get("/").context["board"].total == 0
    assert "board" not in client_for(cast.bob).get("/").context


def test_every_number_leads_to_the_list_that_has_as_many(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    board = client.get("/").context["board"]
    numbers = {bar.href: bar.value for bar in board.bars} | {one.url: one.number for one in board.attention}

    assert [(str(one.label), one.number) for one in board.attention] == [
        ("Non-compliant", 1),
        ("Overdue", 1),
        ("Compliant, retake open", 1),
        ("Compliance ends within 30 days", 1),
        ("Due within 30 days", 1),
    ]
    assert {url: len(client.get(url).context["lines"]) for url in numbers} == numbers


@pytest.mark.usefixtures("_certified")
def test_G05_certifications_have_a_picture_and_need_attention_once_expired_or_soon(
    cast: Cast, client_for: SignIn
) -> None:
    client = client_for(cast.adam)
    response = client.get("/")
    board = response.context["board"]

    assert [(str(bar.label), bar.value) for bar in board.certifications] == [
        ("Certified", 1),
        ("Certified, window open", 1),
        ("Not certified yet", 1),
        ("Expired", 1),
    ]
    assert [(str(one.label), one.number) for one in board.attention if "ertification" in str(one.label)] == [
        ("Certifications expired", 1),
        ("Certifications expire within 30 days", 1),
    ]
    assert "4 certifications assigned to people." in words(response)
    numbers = {bar.href: bar.value for bar in board.certifications}
    numbers |= {one.url: one.number for one in board.attention}
    assert {url: len(client.get(url).context["lines"]) for url in numbers} == numbers


@pytest.mark.usefixtures("_certified")
def test_G05_L03_certifications_are_counted_for_active_people_in_reach(cast: Cast, client_for: SignIn) -> None:
    def total(person: User) -> int:
        number: int = client_for(person).get("/").context["board"].certified_total
        return number

    assert [total(cast.adam), total(cast.lea), total(cast.charlie)] == [4, 2, 0]
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.ben.pk).update(is_active=False)
    assert [total(cast.adam), total(cast.lea)] == [3, 1]


def test_without_certifications_there_is_no_picture_of_them(cast: Cast, client_for: SignIn) -> None:
    assert "/reports/certifications/" not in words(client_for(cast.adam).get("/")).partition("<main")[2]


@pytest.mark.usefixtures("_certified")
def test_learners_read_of_their_certifications_among_what_is_to_do(cast: Cast, client_for: SignIn) -> None:
    def tasks(person: User) -> list[tuple[str, str]]:
        own = client_for(person).get("/").context["own"]
        return [(task.name, task.words) for task in own.tasks if not task.is_course]

    assert tasks(cast.ben) == [
        ("Immediate Life Support", "Expired since 15 March 2026. Recertify to be certified again.")
    ]
    assert tasks(cast.bob) == [
        ("Immediate Life Support", "Your recertification window is open: recertify by 20 March 2026.")
    ]
    assert (tasks(cast.carl), tasks(cast.lea)) == ([], [("Immediate Life Support", "Not certified yet.")])
    ben, carl = (client_for(person).get("/").context["own"] for person in (cast.ben, cast.carl))
    assert [(own.certifications, own.certified) for own in (ben, carl)] == [(1, 0), (1, 1)]
    assert [task.name for task in ben.tasks] == ["Safety Basics", "Immediate Life Support", "Fire Safety Awareness"]


def test_imports_that_failed_need_attention(cast: Cast, client_for: SignIn) -> None:
    make_batch(cast, number=1, state=State.FAILED)
    (found,) = [one for one in client_for(cast.alice).get("/").context["board"].attention if "failed" in str(one.label)]

    assert (found.number, found.url) == (1, "/imports/?state=failed")
    assert client_for(cast.alice).get(found.url).context["page_obj"].paginator.count == 1


def test_the_pictures_are_a_query_each_whatever_there_is(
    cast: Cast, client_for: SignIn, django_assert_num_queries: Callable[[int], Any]
) -> None:
    client = client_for(cast.adam)
    with django_assert_num_queries(16):
        client.get("/")
    for person in (cast.bob, cast.ben, cast.carl, cast.lea):
        assign(person, cast.shut, "2026-01-01")
    with django_assert_num_queries(16):
        client.get("/")


def test_L54_L58_learners_read_what_is_due_in_plain_words_the_most_urgent_first(cast: Cast, client_for: SignIn) -> None:
    own = client_for(cast.ben).get("/").context["own"]

    assert [(task.name, task.words) for task in own.tasks] == [
        ("Safety Basics", "Overdue: it was due on 4 February 2026. The course stays open to you."),
        ("Fire Safety Awareness", "Complete the course by 15 March 2026."),
    ]
    assert (own.assigned, own.compliant) == (2, 0)
    bob = client_for(cast.bob).get("/").context["own"]
    assert (bob.assigned, bob.compliant, bob.tasks) == (1, 1, [])
    assert [task.words for task in client_for(cast.carl).get("/").context["own"].tasks] == [
        "Not compliant since 15 March 2026. Complete the course again."
    ]
    assert [task.words for task in client_for(cast.lea).get("/").context["own"].tasks] == [
        "Your retake is open: complete the course again by 1 April 2026."
    ]
