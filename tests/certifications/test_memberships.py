"""Teams carry certifications: joining, leaving, moving (T-46, L-53 as for courses)."""

import datetime as dt
from typing import Any

from certifications.memberships import (
    assign_team_certifications,
    expand_team_certifications,
    find_recorded,
    settle_people,
    withdraw_team_certifications,
)
from certifications.models import Certification
from lms.courses.memberships import add_members, remove_members, set_teams_of_person
from lms.people.models import Membership, Team, User
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import D, assign, assignments, certification, certify, give_team, record
from tests.plugins.cast import JOINED, Cast, add_person

TODAY = D("2026-11-14")
SINCE = D("2026-01-01")


def test_a_certification_of_a_team_reaches_the_teams_below(cast: Cast) -> None:
    ils = certification(cast.acme)
    with tenant_scope(cast.acme.pk):
        new = assign_team_certifications(cast.ward_a, certification_ids=[ils.pk], today=TODAY)
        assert sorted(new) == sorted([(cast.ben.pk, ils.pk), (cast.bob.pk, ils.pk)])
        assert assign_team_certifications(cast.ward_a, certification_ids=[ils.pk], today=TODAY) == []
        assert expand_team_certifications() == 0
    assert assignments(cast.acme) == [("ben", "ILS", TODAY, "team"), ("bob", "ILS", TODAY, "team")]


def test_what_was_missing_besides_is_assigned_but_not_named_as_new(cast: Cast) -> None:
    ils, nmp = certification(cast.acme), certification(cast.acme, "NMP")
    give_team(cast.nights, nmp)  # not expanded yet
    with tenant_scope(cast.acme.pk):
        new = assign_team_certifications(cast.nights, certification_ids=[ils.pk], today=TODAY)
    assert new == [(cast.ben.pk, ils.pk)]
    assert len(assignments(cast.acme)) == 2


def test_who_joins_gets_them_on_the_later_day(cast: Cast) -> None:
    give_team(cast.ward_a, certification(cast.acme))
    with tenant_scope(cast.acme.pk):
        add_members(cast.nights, people=[cast.carl], today=TODAY)
    assert assignments(cast.acme) == [("carl", "ILS", TODAY, "team")]
    with tenant_scope(cast.acme.pk):
        Membership.objects.filter(person=cast.ben).update(joined_on=JOINED)
        expand_team_certifications([cast.ben.pk])
    assert assignments(cast.acme)[0] == ("ben", "ILS", SINCE, "team")


def test_who_leaves_keeps_only_what_is_recorded(cast: Cast) -> None:
    ils, nmp = certification(cast.acme), certification(cast.acme, "NMP")
    for found in (ils, nmp):
        give_team(cast.ward_a, found)
    with tenant_scope(cast.acme.pk):
        expand_team_certifications()
    certify(cast.bob, ils, "2026-02-01")
    record(cast.ben, nmp, "2026-02-01")  # in the history only
    with tenant_scope(cast.acme.pk):
        remove_members(cast.ward_a, people=[cast.bob])
        remove_members(cast.nights, people=[cast.ben])
        assert find_recorded([(cast.bob.pk, ils.pk), (cast.bob.pk, nmp.pk), (cast.ben.pk, nmp.pk)]) == {
            (cast.bob.pk, ils.pk),
            (cast.ben.pk, nmp.pk),
        }
    assert assignments(cast.acme) == [("ben", "NMP", SINCE, "team"), ("bob", "ILS", SINCE, "team")]


def test_who_has_it_by_another_team_or_by_hand_keeps_it(cast: Cast) -> None:
    ils, nmp = certification(cast.acme), certification(cast.acme, "NMP")
    give_team(cast.ward_a, ils)
    give_team(cast.ward_b, ils)
    assign(cast.carl, nmp)
    with tenant_scope(cast.acme.pk):
        add_members(cast.ward_b, people=[cast.bob], today=TODAY)
        remove_members(cast.ward_a, people=[cast.bob])
        remove_members(cast.ward_b, people=[cast.carl])
    assert assignments(cast.acme) == [("bob", "ILS", SINCE, "team"), ("carl", "NMP", SINCE, "manual")]


def test_taking_it_from_a_team_reaches_the_teams_below(cast: Cast) -> None:
    ils = certification(cast.acme)
    give_team(cast.ward_a, ils)
    with tenant_scope(cast.acme.pk):
        expand_team_certifications()
        withdraw_team_certifications(cast.ward_a, certification_ids=[ils.pk])
    assert assignments(cast.acme) == []


def test_moving_a_team_and_choosing_the_teams_of_a_person_change_it(cast: Cast) -> None:
    ils, nmp = certification(cast.acme), certification(cast.acme, "NMP")
    give_team(cast.ward_a, ils)
    give_team(cast.ward_b, nmp)
    with tenant_scope(cast.acme.pk):
        expand_team_certifications()
        Team.objects.filter(pk=cast.nights.pk).update(parent=cast.ward_b)
        settle_people([cast.ben.pk])
        set_teams_of_person(cast.bob, teams=[cast.nights], among=[cast.ward_a.pk, cast.nights.pk], today=TODAY)
    assert assignments(cast.acme) == [
        ("ben", "NMP", SINCE, "team"),
        ("bob", "NMP", TODAY, "team"),
        ("carl", "NMP", SINCE, "team"),
    ]


def test_T80_archived_certifications_and_deactivated_people_are_left_out_until_they_are_back(cast: Cast) -> None:
    ils = certification(cast.acme, is_active=False)
    give_team(cast.ward_a, ils)
    with tenant_scope(cast.acme.pk):
        assert expand_team_certifications() == 0
        Certification.objects.filter(pk=ils.pk).update(is_active=True)
        User.objects.filter(pk=cast.ben.pk).update(is_active=False)
        expand_team_certifications()
    assert assignments(cast.acme) == [("bob", "ILS", SINCE, "team")]


def test_S25_teams_of_another_tenant_carry_nothing(cast: Cast) -> None:
    give_team(cast.herd, certification(cast.zebra))
    with tenant_scope(cast.acme.pk):
        assert expand_team_certifications() == 0
    with tenant_scope(cast.zebra.pk):
        assert expand_team_certifications() == 1
    assert (assignments(cast.acme), assignments(cast.zebra)) == ([], [("zoe", "ILS", SINCE, "team")])


def test_a_constant_number_of_statements(cast: Cast, django_assert_num_queries: Any) -> None:
    give_team(cast.ward_a, certification(cast.acme))
    with tenant_scope(cast.acme.pk):
        crowd = [add_person(cast.acme, f"person{n}") for n in range(20)]
        Membership.objects.bulk_create(
            Membership(tenant=cast.acme, team=cast.ward_a, person=one, joined_on=dt.date(2026, 2, 1)) for one in crowd
        )
        with django_assert_num_queries(2):
            settle_people([one.pk for one in crowd])
    assert len(assignments(cast.acme)) == 20
