"""Assigning people to a certification on screen: first what follows, then the choice (L-03, T-70, E-60)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from certifications.models import Certification
from lms.notifications.models import OutboxMessage
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import assign, assignments, certification, record
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]


@pytest.fixture
def ils(cast: Cast) -> Certification:
    """A certification that nobody has."""
    return certification(cast.acme)


@pytest.fixture
def telling(cast: Cast) -> Certification:
    """One that tells people when it is assigned."""
    return certification(cast.acme, "NMP", message_switches={"certification_assigned": True})


def address(found: Certification) -> str:
    return reverse("certification_assign", args=[found.pk])


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def mails(cast: Cast) -> list[tuple[str, str]]:
    with tenant_scope(cast.acme.pk):
        return list(OutboxMessage.objects.order_by("to_address").values_list("to_address", "kind"))


def test_people_are_assigned_by_pasted_usernames_and_by_ticks(
    cast: Cast, client_for: SignIn, ils: Certification
) -> None:
    client = client_for(cast.adam)
    found = client.get(address(ils), {"q": "ben"}).context["people"]
    assert [person.username for person in found] == ["ben"]
    response = client.post(address(ils), {"people": [cast.ben.pk], "usernames": " BOB \n\nben\n"})
    assert response.headers["Location"] == reverse("certification_people", args=[ils.pk])
    day = today(cast.acme)
    assert assignments(cast.acme) == [("ben", "ILS", day, "manual"), ("bob", "ILS", day, "manual")]
    assert client.get(address(ils), {"q": "ben"}).context["people"] == []
    again = client.post(address(ils), {"usernames": "bob"}, follow=True)
    assert "These people have the certification already." in words(again)
    assert mails(cast) == []


def test_unknown_usernames_are_named_and_nobody_is_assigned(cast: Cast, client_for: SignIn, ils: Certification) -> None:
    client = client_for(cast.adam)
    response = client.post(address(ils), {"usernames": "bob\nnobody\nzoe"})
    assert (response.status_code, response.context["form"].errors["usernames"]) == (
        422,
        ["No active person with these usernames among the people you manage: “nobody”, “zoe”."],
    )
    assert client.post(address(ils), {}).status_code == 422
    assert assignments(cast.acme) == []


def test_S25_made_up_numbers_and_people_of_another_tenant_choose_nobody(
    cast: Cast, client_for: SignIn, ils: Certification
) -> None:
    client = client_for(cast.adam)
    for number in ("\u00b2", str(10**30), str(cast.zoe.pk)):
        assert client.post(address(ils), {"people": [number]}).status_code == 422, number
    assert (assignments(cast.acme), assignments(cast.zebra)) == ([], [])
    assert client.post(address(ils), {"people": [cast.bob.pk]}).status_code == 302
    assert client_for(cast.charlie).get(address(ils)).status_code == 404
    assert client_for(cast.lea).post(address(ils), {"people": [cast.bob.pk]}).status_code == 403


def test_E60_what_would_be_told_is_counted_and_asked_about_first(
    cast: Cast, client_for: SignIn, telling: Certification
) -> None:
    client = client_for(cast.adam)
    page = client.post(address(telling), {"usernames": "bob\nben"})
    assert "2 people get something new." in words(page)
    assert [(count.kind, count.messages) for count in page.context["preview"].messages] == [
        ("certification_assigned", 2)
    ]
    assert assignments(cast.acme) == []
    carried = {"people": [value for _, value in page.context["carried"]], "step": "assign"}
    assert client.post(address(telling), carried).status_code == 422
    assert assignments(cast.acme) == []
    assert client.post(address(telling), carried | {"messages": "send"}).status_code == 302
    assert len(assignments(cast.acme)) == 2
    assert mails(cast) == [
        ("ben@acme.example", "certification_assigned"),
        ("bob@acme.example", "certification_assigned"),
    ]


def test_E60_without_messages_nobody_is_told(cast: Cast, client_for: SignIn, telling: Certification) -> None:
    client_for(cast.adam).post(address(telling), {"people": [cast.bob.pk], "step": "assign", "messages": "suppress"})
    assert (len(assignments(cast.acme)), mails(cast)) == (1, [])


def test_an_assignment_by_hand_is_taken_back_while_nothing_is_recorded(
    cast: Cast, client_for: SignIn, ils: Certification
) -> None:
    for person in (cast.bob, cast.ben):
        assign(person, ils)
    record(cast.ben, ils, "2026-02-01")
    client = client_for(cast.adam)
    page = client.get(address(ils))
    assert page.context["recorded"] == {cast.ben.pk}
    addresses = {
        person.username: reverse("certification_unassign", args=[ils.pk, person.pk]) for person in (cast.bob, cast.ben)
    }
    assert (addresses["bob"] in words(page), addresses["ben"] in words(page)) == (True, False)
    assert "is not assigned to this certification any more" in words(client.post(addresses["bob"], follow=True))
    assert "keeps it: something is recorded" in words(client.post(addresses["ben"], follow=True))
    assert [name for name, *_ in assignments(cast.acme)] == ["ben"]


def test_S25_nobody_takes_back_what_is_not_theirs(cast: Cast, client_for: SignIn, ils: Certification) -> None:
    assign(cast.bob, ils)
    remove = reverse("certification_unassign", args=[ils.pk, cast.bob.pk])
    assert client_for(cast.lea).post(remove).status_code == 403
    assert client_for(cast.charlie).post(remove).status_code == 404
    assert len(assignments(cast.acme)) == 1
    assert client_for(cast.adam).post(remove).status_code == 302
    assert assignments(cast.acme) == []
