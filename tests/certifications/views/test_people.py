"""The people of a certification on screen, within the reach."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from certifications.models import Certification, CertificationStatus
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import YEAR, assign, certification, certify, give_team
from tests.plugins.cast import Cast, add_person

SignIn = Callable[[User], Client]


@pytest.fixture
def ils(cast: Cast) -> Certification:
    """Bob certified today, Ben not certified, Carl (another ward) expired."""
    found = certification(cast.acme)
    give_team(cast.ward_a, found)
    for person in (cast.bob, cast.ben, cast.carl):
        assign(person, found)
    certify(cast.bob, found, today(cast.acme).isoformat())
    certify(cast.carl, found, "2020-01-01", state="expired")
    return found


def show(client: Client, found: Certification, query: str = "") -> Any:
    return client.get(reverse("certification_people", args=[found.pk]) + query)


def names(response: Any) -> list[str]:
    return [line.person.username for line in response.context["holders"]]


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_people_are_narrowed_down_by_status_and_search(cast: Cast, client_for: SignIn, ils: Certification) -> None:
    client = client_for(cast.adam)
    assert names(show(client, ils)) == ["ben", "bob", "carl"]
    assert names(show(client, ils, "?status=certified")) == ["bob"]
    assert names(show(client, ils, "?status=never")) == ["ben"]
    assert names(show(client, ils, "?status=expired")) == ["carl"]
    assert names(show(client, ils, "?status=window_open")) == []
    assert names(show(client, ils, "?status=inconsistent")) == []
    assert names(show(client, ils, "?q=carl")) == ["carl"]
    assert names(show(client, ils, "?q=carl&status=never")) == []
    assert names(show(client, ils, "?status=bogus")) == ["ben", "bob", "carl"]


def test_L07_a_leader_sees_the_own_people_alone(cast: Cast, client_for: SignIn, ils: Certification) -> None:
    response = show(client_for(cast.lea), ils)
    assert names(response) == ["ben", "bob"]
    assert [bar.value for bar in response.context["bars"]] == [1, 0, 1, 0]
    assert [bar.value for bar in show(client_for(cast.adam), ils).context["bars"]] == [1, 0, 1, 1]
    assert names(show(client_for(cast.lea), ils, "?q=carl")) == []
    assert show(client_for(cast.bob), ils).status_code == 403
    assert show(client_for(cast.charlie), ils).status_code == 404


def test_T72_inconsistent_dates_are_named(cast: Cast, client_for: SignIn, ils: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        CertificationStatus.objects.filter(person=cast.bob).update(expires_on=YEAR.add(today(cast.acme), times=3))
    response = show(client_for(cast.adam), ils, "?status=inconsistent")
    assert names(response) == ["bob"]
    assert "The completion record behind it has another completion date or expiry." in words(response)


def test_lists_by_status_say_that_they_count_active_people(cast: Cast, client_for: SignIn, ils: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.ben.pk).update(is_active=False)
    client = client_for(cast.adam)
    assert names(show(client, ils)) == ["ben", "bob", "carl"]
    by_status = show(client, ils, "?status=never")
    assert names(by_status) == []
    assert "A list by status counts active people only." in words(by_status)


def test_pages_of_many_people_take_the_same_queries(
    cast: Cast, client_for: SignIn, ils: Certification, django_assert_max_num_queries: Any
) -> None:
    with tenant_scope(cast.acme.pk):
        crowd = [add_person(cast.acme, f"person{number:03}", last_name="Zz") for number in range(60)]
    for person in crowd:
        assign(person, ils)
    client = client_for(cast.adam)
    with django_assert_max_num_queries(20):
        first = show(client, ils)
    assert (len(names(first)), first.context["page_obj"].paginator.count) == (50, 63)
    assert len(names(show(client, ils, "?page=2"))) == 13
