"""Reach: one definition, by team and everything below it."""

import pytest
from django.db import DataError, transaction

from lms.people.models import Promotion, Role, User
from lms.people.selectors import list_candidates, narrow_people, teams_in_reach, visible_people
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast, add_person


def usernames(actor: User) -> list[str]:
    return sorted(visible_people(actor).values_list("username", flat=True))


def test_L03_a_leader_reaches_the_team_and_the_teams_below(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        assert usernames(cast.lea) == ["ben", "bob"]
        assert teams_in_reach(cast.lea) == [cast.ward_a.pk, cast.nights.pk]
        assert usernames(cast.adam) == ["adam", "alice", "ben", "bob", "carl", "lea"]


def test_L04_a_team_role_without_a_team_reaches_nobody(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        lone = add_person(cast.acme, "lone", role=Role.TEAM_LEADER)

        assert (usernames(lone), teams_in_reach(lone)) == ([], [])


def test_L05_two_team_roles_of_one_person_add_up(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        Promotion.objects.create(tenant=cast.acme, team=cast.ward_b, person=cast.lea, role=Role.TEAM_ADMIN)

        assert usernames(cast.lea) == ["ben", "bob", "carl"]


def test_L08_a_learner_reaches_nobody(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        assert usernames(cast.bob) == []


def test_S29_outside_of_a_scope_every_query_is_an_error(cast: Cast) -> None:
    with pytest.raises(DataError, match="invalid input syntax"), transaction.atomic():
        list(User.objects.all())
    with tenant_scope(cast.zebra.pk):
        assert sorted(User.objects.values_list("username", flat=True)) == ["charlie", "zoe"]
        assert not User.objects.filter(pk=cast.bob.pk).exists()


def test_L03_people_are_narrowed_down_within_reach_and_everybody_is_nobody_to_look_up(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        found = [
            narrow_people(cast.adam),
            narrow_people(cast.lea),
            narrow_people(cast.adam, query="ben"),
            narrow_people(cast.adam, team_id=cast.ward_a.pk),
            narrow_people(cast.lea, query="carl"),
        ]
        names = [None if people is None else sorted(person.username for person in people) for people in found]

    assert names == [None, ["ben", "bob"], ["ben"], ["ben", "bob"], []]


def test_L03_candidates_are_found_or_chosen_and_not_taken(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        people, bob = visible_people(cast.adam), User.objects.filter(pk=cast.bob.pk).values("pk")
        none = User.objects.none().values("pk")
        chosen = [cast.bob.pk, cast.ben.pk]
        found = [
            list_candidates(people, query="", chosen=[], taken=none, most=5),
            list_candidates(people, query="ben", chosen=[], taken=none, most=5),
            list_candidates(people, query="", chosen=chosen, taken=none, most=5),
            list_candidates(people, query="", chosen=chosen, taken=bob, most=5),
            list_candidates(people, query="a", chosen=[], taken=none, most=1),
        ]

    assert [[person.username for person in listed] for listed in found[:4]] == [[], ["ben"], ["ben", "bob"], ["ben"]]
    assert len(found[4]) == 2
