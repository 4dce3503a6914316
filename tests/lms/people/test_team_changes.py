"""Apps hear who is in which team, and add to a team's page."""

from collections.abc import Callable, Collection

import pytest
from django.test import Client
from django.urls import reverse

from lms.courses.memberships import add_members, remove_members, set_teams_of_person
from lms.people import team_changes
from lms.people.models import Team, User
from lms.people.team_changes import TeamPanel, register_follower, register_team_panel
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import JOINED, Cast

SignIn = Callable[[User], Client]


def test_whoever_registered_hears_who_came_left_or_moved(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, client_for: SignIn
) -> None:
    heard: list[list[int]] = []

    def follow(people: Collection[int]) -> None:
        heard.append(sorted(people))

    monkeypatch.setattr(team_changes, "_followers", [])
    register_follower(follow)
    register_follower(follow)
    with tenant_scope(cast.acme.pk):
        add_members(cast.ward_a, people=[cast.bob, cast.carl], today=JOINED)  # bob is in it already
        add_members(cast.ward_a, people=[cast.bob], today=JOINED)
        remove_members(cast.ward_a, people=[cast.carl])
        set_teams_of_person(cast.carl, teams=[cast.nights], among=[cast.nights.pk], today=JOINED)
    client_for(cast.adam).post(
        reverse("team_edit", args=[cast.nights.pk]), {"name": "Nights", "parent": cast.ward_b.pk, "is_active": "on"}
    )
    assert heard == [[cast.carl.pk], [cast.carl.pk], [cast.carl.pk], sorted([cast.ben.pk, cast.carl.pk])]


def test_an_app_adds_to_the_page_of_a_team_for_whom_it_likes(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, client_for: SignIn
) -> None:
    def answer(actor: User, team: Team) -> TeamPanel | None:
        if actor.pk != cast.adam.pk:
            return None
        return TeamPanel(template="courses/_settings_facts.html", context={"team": team.name})

    monkeypatch.setattr(team_changes, "_panels", [])
    register_team_panel(answer)
    address = reverse("team", args=[cast.ward_a.pk])
    assert [panel.context for panel in client_for(cast.adam).get(address).context["panels"]] == [{"team": "Ward A"}]
    assert client_for(cast.lea).get(address).context["panels"] == []
