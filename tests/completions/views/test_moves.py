"""Chosen people are moved, reminded or reset: first the numbers, then a reason and a choice without a default (L-91)."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from completions.models import CourseResult, ResultChange
from lms.core.periods import Period
from lms.courses.models import TeamCourse
from lms.notifications.models import Notice, OutboxMessage
from lms.people.models import Role, RolePermission, User
from lms.tenancy.scope import tenant_scope
from tests.completions.daily_data import TODAY, assign, change_course, complete
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

SignIn = Callable[[User], Client]
HEAD = "username,course code,completion date\n"
LAPSED = "2025-03-14"
# Imports run on the real day.
LONG_AGO, RECENT = (f"{dt.datetime.now(tz=dt.UTC).date() - dt.timedelta(days=n)}" for n in (400, 60))


@pytest.fixture
def march() -> Iterator[None]:
    """It is 2026-03-15."""
    with time_machine.travel(f"{TODAY.isoformat()}T12:00:00+00:00", tick=True):
        yield


@pytest.fixture
def lapsed(cast: Cast, march: None) -> str:  # noqa: ARG001 - the day
    """SAFE-1 for a year: Bob and Ben are lapsed, Carl too; Adam has never completed it. Returns the address of the move."""
    change_course(cast.safe, compliant_for=Period.parse("365 days"), retake_days=30)
    assign(cast.adam, cast.safe, "2026-03-01")
    for person in (cast.bob, cast.ben, cast.carl):
        assign(person, cast.safe, "2025-01-01")
        complete(person, cast.safe, LAPSED, lapsed_on_arrival=True)
    return f"/courses/{cast.safe.pk}/people/move/"


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def statuses(cast: Cast) -> dict[str, tuple[str, str | None]]:
    with tenant_scope(cast.acme.pk):
        found = CourseResult.objects.filter(course=cast.safe).select_related("person")
        return {one.person.username: (one.status, str(one.completed_on)) for one in found}


def box(person: User, cast: Cast) -> str:
    return f"{person.pk}-{cast.safe.pk}"


def post(client: Client, address: str, **answers: str) -> Any:
    seen = client.get(address).context["seen"]
    return client.post(address, {"seen": seen, "reason": "audit", **answers})


def test_L91_nothing_happens_until_the_numbers_were_seen_and_a_choice_made(
    cast: Cast, client_for: SignIn, lapsed: str
) -> None:
    client = client_for(cast.alice)
    address = f"{lapsed}?move=retake&everybody=1"
    before = statuses(cast)
    shown = client.get(address)

    assert (shown.context["chosen"], shown.context["preview"].applies) == (4, 3)
    assert shown.context["refused"] == [("never completed", 1)]
    assert [(kind.label, kind.messages) for kind in shown.context["preview"].messages] == [("No longer compliant", 3)]
    assert 'name="messages" value="send" checked' not in words(shown)
    assert post(client, address).status_code == 422
    assert post(client, address, messages="suppress", reason=" ").status_code == 422
    assert client.post(address, {"seen": "3 non_compliant:2", "reason": "x", "messages": "send"}).status_code == 422
    assert statuses(cast) == before


def test_L91_L47_moved_later_is_the_same_as_with_the_box_on(cast: Cast, client_for: SignIn, lapsed: str) -> None:
    address = f"{lapsed}?move=retake&everybody=1&standing=non_compliant"
    response = post(client_for(cast.alice), address, messages="send")

    assert response["Location"] == f"/courses/{cast.safe.pk}/people/?standing=non_compliant"
    assert statuses(cast) == dict.fromkeys(("bob", "ben", "carl"), ("not_started", LAPSED))
    with tenant_scope(cast.acme.pk):
        assert list(ResultChange.objects.values_list("reason", flat=True)) == ["audit"] * 3
        assert Notice.objects.filter(kind="non_compliant").count() == 3
        assert OutboxMessage.objects.filter(kind="non_compliant").count() == 3


def test_S24_made_up_numbers_choose_nobody(cast: Cast, client_for: SignIn, lapsed: str) -> None:
    client = client_for(cast.alice)
    for pair in (
        f"{10**30}-{cast.safe.pk}",
        f"{cast.bob.pk}-{10**19}",
        "\u00b2-\u00b2",
        f"{cast.zoe.pk}-{cast.safe.pk}",
    ):
        assert client.get(lapsed, {"move": "reset", "pair": pair}).status_code == 302, pair


def test_L91_do_not_send_sends_nothing(cast: Cast, client_for: SignIn, lapsed: str) -> None:
    post(client_for(cast.alice), f"{lapsed}?move=retake&pair={box(cast.bob, cast)}", messages="suppress")

    assert statuses(cast)["bob"] == ("not_started", LAPSED)
    assert statuses(cast)["ben"] == ("completed", LAPSED)
    with tenant_scope(cast.acme.pk):
        assert (Notice.objects.count(), OutboxMessage.objects.count()) == (0, 0)
        assert CourseResult.objects.get(person=cast.bob).messages_suppressed_through == TODAY


def test_E19_people_without_an_address_are_counted_apart(cast: Cast, client_for: SignIn, lapsed: str) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.ben.pk).update(email="", email_key="")
    page = words(client_for(cast.alice).get(f"{lapsed}?move=retake&everybody=1"))

    assert 'data-label="By e-mail">2</td> <td class="num" data-label="Only in Rollbook">1</td>' in page


def test_L91_remind_and_reset(cast: Cast, client_for: SignIn, lapsed: str) -> None:
    client = client_for(cast.alice)
    choice = f"pair={box(cast.bob, cast)}&pair={box(cast.ben, cast)}"
    post(client, f"{lapsed}?move=remind&{choice}")
    with tenant_scope(cast.acme.pk):
        assert OutboxMessage.objects.filter(kind="non_compliant").count() == 2
    assert statuses(cast)["bob"] == ("completed", LAPSED)

    post(client, f"{lapsed}?move=reset&pair={box(cast.bob, cast)}")
    assert (statuses(cast)["bob"], statuses(cast)["ben"]) == (("not_started", "None"), ("completed", LAPSED))


def test_L03_L91_a_leader_moves_people_of_the_own_teams_alone(cast: Cast, client_for: SignIn, lapsed: str) -> None:
    client = client_for(cast.lea)
    assert client.get(f"{lapsed}?move=retake&everybody=1").context["chosen"] == 2
    outside = f"{lapsed}?move=retake&pair={box(cast.carl, cast)}"
    assert client.get(outside)["Location"] == f"/courses/{cast.safe.pk}/people/"
    both = f"{lapsed}?move=retake&pair={box(cast.carl, cast)}&pair={box(cast.bob, cast)}"
    post(client, both)

    assert statuses(cast) == {
        "bob": ("not_started", LAPSED),
        "ben": ("completed", LAPSED),
        "carl": ("completed", LAPSED),
    }


def test_G01_who_may_not_send_moves_without_messages_and_reminds_nobody(
    cast: Cast, client_for: SignIn, lapsed: str
) -> None:
    client = client_for(cast.lea)
    choice = f"pair={box(cast.bob, cast)}"
    page = client.get(f"{lapsed}?move=retake&{choice}")
    assert "done without messages" in words(page)
    assert 'name="messages"' not in words(page)
    assert client.get(f"{lapsed}?move=remind&{choice}").context["can_go"] is False
    post(client, f"{lapsed}?move=remind&{choice}")
    post(client, f"{lapsed}?move=retake&{choice}", messages="send")

    assert statuses(cast)["bob"] == ("not_started", LAPSED)
    with tenant_scope(cast.acme.pk):
        assert OutboxMessage.objects.count() == 0
        RolePermission.objects.create(tenant=cast.acme, role=Role.TEAM_LEADER, permission="send_messages", allowed=True)
    post(client, f"{lapsed}?move=remind&pair={box(cast.ben, cast)}")
    with tenant_scope(cast.acme.pk):
        assert list(OutboxMessage.objects.values_list("recipient_id", flat=True)) == [cast.ben.pk]


def test_nobody_chosen_leads_back_with_words(cast: Cast, client_for: SignIn, lapsed: str) -> None:
    client = client_for(cast.alice)
    response = client.get(f"{lapsed}?move=retake&q=zzz&pair=x&pair=1-&pair=9999999-1", follow=True)

    assert response.redirect_chain == [(f"/courses/{cast.safe.pk}/people/?q=zzz", 302)]
    assert "Choose at least one person." in words(response)
    assert client.get(f"{lapsed}?move=nonsense")["Location"] == f"/courses/{cast.safe.pk}/people/"


def test_L91_the_17_lapsed_of_an_import_are_moved_from_its_page(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    change_course(cast.safe, compliant_for=Period.parse("365 days"), retake_days=30)
    imported = imports.run(
        "completions",
        HEAD + f"bob,SAFE-1,{RECENT}\nben,SAFE-1,{LONG_AGO}\ncarl,SAFE-1,{LONG_AGO}\ncarl,FIRE-2,2020-01-01\n",
    )
    address = f"/imports/{imported.number}/people/move/?move=retake&everybody=1&standing=non_compliant"
    client = client_for(cast.adam)
    assert client.get(address).context["chosen"] == 2
    response = post(client, address, messages="suppress")

    assert response["Location"] == f"/imports/{imported.number}/people/?standing=non_compliant"
    assert statuses(cast) == {
        "bob": ("completed", RECENT),
        "ben": ("not_started", LONG_AGO),
        "carl": ("not_started", LONG_AGO),
    }


def test_L69_the_moves_of_an_import_are_for_those_who_see_it(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.run("completions", HEAD + f"bob,SAFE-1,{RECENT}\n")
    address = f"/imports/{imported.number}/people/move/?move=reset&everybody=1"

    answers = [client_for(person).get(address).status_code for person in (cast.lea, cast.charlie, cast.bob, cast.adam)]
    assert answers == [404, 404, 403, 200]


def test_L11_courses_that_a_leader_may_not_use_are_left_out(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.run("completions", HEAD + f"bob,SAFE-1,{RECENT}\n", as_="lea")
    with tenant_scope(cast.acme.pk):
        TeamCourse.objects.all().delete()
    address = f"/imports/{imported.number}/people/move/?move=reset&everybody=1"

    assert client_for(cast.lea).get(address).status_code == 302
    assert client_for(cast.adam).get(address).context["chosen"] == 1
