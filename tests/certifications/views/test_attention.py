"""The list of people and their certifications: reach, filters, files."""

import csv
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from certifications.models import Certification
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import assign, certification, certify, give_team
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
LIST = "/reports/certifications/"


@pytest.fixture(autouse=True)
def ils(cast: Cast) -> Iterator[Certification]:
    """On 2026-03-15: Ben (Nights) expired, Bob (Ward A) has his window open, Carl (Ward B) is certified; NMP is Bob's."""
    with time_machine.travel("2026-03-15T12:00:00+00:00", tick=True):
        made = certification(cast.acme, "ILS")
        give_team(cast.ward_a, made)
        for person in (cast.ben, cast.bob, cast.carl):
            assign(person, made)
        assign(cast.bob, certification(cast.acme, "NMP"))
        certify(cast.ben, made, "2025-03-14", state="expired")
        certify(cast.bob, made, "2025-03-20", state="window_open")
        certify(cast.carl, made, "2026-01-10")
        yield made


def listed(client: Client, **query: Any) -> list[tuple[str, str]]:
    response = client.get(LIST, query)
    return [(line.username, line.short_name) for line, _ in response.context["lines"]]


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_list_shows_every_assignment_in_reach(cast: Cast, client_for: SignIn) -> None:
    everybody = [("ben", "ILS"), ("bob", "ILS"), ("bob", "NMP"), ("carl", "ILS")]

    assert listed(client_for(cast.adam)) == everybody
    assert listed(client_for(cast.lea)) == everybody[:3]
    assert listed(client_for(cast.charlie)) == []
    assert client_for(cast.bob).get(LIST).status_code == 403


def test_it_is_narrowed_down_by_state_certification_team_and_words(
    cast: Cast, ils: Certification, client_for: SignIn
) -> None:
    client = client_for(cast.adam)

    assert listed(client, state="expired") == [("ben", "ILS")]
    assert listed(client, state="window_open") == [("bob", "ILS")]
    assert listed(client, state="never") == [("bob", "NMP")]
    assert listed(client, state="expires_soon") == [("bob", "ILS")]
    assert listed(client, certification=ils.pk) == [("ben", "ILS"), ("bob", "ILS"), ("carl", "ILS")]
    assert listed(client, team=cast.ward_b.pk) == [("carl", "ILS")]
    assert listed(client, team=cast.ward_a.pk, q="müll") == [("ben", "ILS")]
    assert listed(client, state="none of these") == listed(client)
    assert "Nobody matches" in words(client.get(LIST, {"q": "xyz"}))


def test_a_leader_is_offered_and_shown_the_own_teams_only(cast: Cast, ils: Certification, client_for: SignIn) -> None:
    client = client_for(cast.lea)
    response = client.get(LIST)

    offered = dict(response.context["form"].fields["certification"].choices)
    assert set(offered) == {"", str(ils.pk)}
    assert str(cast.ward_b.pk) not in dict(response.context["form"].fields["team"].choices)
    assert listed(client, team=cast.ward_b.pk) == listed(client)
    assert "The people in your teams" in words(response)


def test_the_files_hold_what_the_list_shows(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.lea)
    response = client.get(f"{LIST}file.csv", {"state": "expired"})
    content = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]

    assert response.headers["Content-Disposition"] == 'attachment; filename="certifications-2026-03-15.csv"'
    assert list(csv.reader(content.splitlines())) == [
        ["Name", "Username", "Short name", "ID number", "Certification", "State", "Assigned", "Completed", "Expires",
         "Window opens"],
        ["Ben Müller", "ben", "ILS", "", "ILS certification", "Expired", "2026-01-01", "2025-03-14", "2026-03-14", ""],
    ]  # fmt: skip
    workbook = client.get(f"{LIST}file.xlsx")
    assert b"".join(workbook.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    assert client.get(f"{LIST}file.pdf").status_code == 404


def test_a_page_costs_the_same_queries_whatever_it_shows(
    cast: Cast, client_for: SignIn, django_assert_num_queries: Callable[[int], Any]
) -> None:
    client = client_for(cast.lea)
    with django_assert_num_queries(27):
        client.get(LIST)
    more = certification(cast.acme, "MORE")
    with tenant_scope(cast.acme.pk):
        people = list(User.objects.exclude(pk__in=[cast.alice.pk, cast.adam.pk]))
    for person in people:
        assign(person, more)
    with django_assert_num_queries(27):
        client.get(LIST)
