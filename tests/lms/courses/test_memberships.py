"""Teams carry courses: joining, leaving, moving."""

import datetime as dt

import pytest
from django.utils import timezone

from completions.models import CourseResult, Status
from lms.courses.memberships import (
    add_members,
    assign_team_courses,
    expand_team_courses,
    remove_members,
    set_teams_of_person,
    withdraw_team_courses,
    withdraw_unbacked,
)
from lms.courses.models import Course, CourseAssignment
from lms.people.models import Membership, Team, User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import ASSIGNED, JOINED, Cast, add_person

TODAY = dt.date(2026, 11, 14)


def assignments() -> list[tuple[str, str, dt.date, str]]:
    rows = CourseAssignment.objects.order_by("person__username", "course__code")
    return list(rows.values_list("person__username", "course__code", "assigned_on", "origin"))


def start(person: User, course: Course) -> None:
    CourseResult.objects.create(
        tenant_id=person.tenant_id,
        person=person,
        course=course,
        status=Status.IN_PROGRESS,
        percent=40,
        updated_at=timezone.now(),
    )


def test_a_course_of_a_team_reaches_the_teams_below(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        assert expand_team_courses() == 2
        assert expand_team_courses() == 0
        assert assignments() == [("ben", "SAFE-1", ASSIGNED, "team"), ("bob", "SAFE-1", ASSIGNED, "team")]


def test_who_joins_gets_the_courses_on_the_later_day(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        assert add_members(cast.nights, people=[cast.carl, cast.ben], today=TODAY) == 1
        assert assignments() == [("carl", "SAFE-1", TODAY, "team")]

        Membership.objects.filter(person=cast.carl).update(joined_on=JOINED)
        CourseAssignment.objects.all().delete()
        expand_team_courses([cast.carl.pk])
        assert assignments() == [("carl", "SAFE-1", ASSIGNED, "team")]


def test_who_leaves_keeps_only_what_was_started(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        expand_team_courses()
        start(cast.bob, cast.safe)

        assert remove_members(cast.ward_a, people=[cast.bob]) == 1
        assert remove_members(cast.nights, people=[cast.ben]) == 1

        assert assignments() == [("bob", "SAFE-1", ASSIGNED, "team")]


def test_who_has_the_course_by_another_team_or_by_hand_keeps_it(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        assign_team_courses(cast.ward_b, course_ids=[cast.safe.pk], today=TODAY)
        add_members(cast.ward_b, people=[cast.bob], today=TODAY)
        CourseAssignment.objects.create(
            tenant=cast.acme,
            person=cast.carl,
            course=cast.fire,
            assigned_on=JOINED,
            origin=CourseAssignment.Origin.MANUAL,
        )

        remove_members(cast.ward_a, people=[cast.bob])
        remove_members(cast.ward_b, people=[cast.carl])

        assert assignments() == [("bob", "SAFE-1", ASSIGNED, "team"), ("carl", "FIRE-2", JOINED, "manual")]


def test_taking_a_course_from_a_team_reaches_the_teams_below(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        expand_team_courses()

        withdraw_team_courses(cast.ward_a, course_ids=[cast.safe.pk])

        assert assignments() == []


def test_moving_a_team_changes_its_courses(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        assign_team_courses(cast.ward_b, course_ids=[cast.fire.pk], today=TODAY)
        expand_team_courses()
        Team.objects.filter(pk=cast.nights.pk).update(parent=cast.ward_b)

        expand_team_courses([cast.ben.pk])
        withdraw_unbacked([cast.ben.pk])

        assert assignments() == [
            ("ben", "FIRE-2", TODAY, "team"),
            ("bob", "SAFE-1", ASSIGNED, "team"),
            ("carl", "FIRE-2", TODAY, "team"),
        ]


def test_L88_archived_courses_and_deactivated_people_are_left_out(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.ben.pk).update(is_active=False)

        assign_team_courses(cast.ward_a, course_ids=[cast.old.pk], today=TODAY)

        assert assignments() == [("bob", "SAFE-1", ASSIGNED, "team")]


def test_teams_of_a_person_change_only_among_those_in_reach(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        set_teams_of_person(cast.bob, teams=[cast.nights], among=[cast.ward_a.pk, cast.nights.pk], today=TODAY)
        set_teams_of_person(cast.carl, teams=[], among=[cast.ward_a.pk], today=TODAY)

        members = Membership.objects.order_by("person__username", "team__name").values_list(
            "person__username", "team__name"
        )
        assert list(members) == [("ben", "Nights"), ("bob", "Nights"), ("carl", "Ward B")]


@pytest.mark.parametrize("people", [1, 30])
def test_a_constant_number_of_statements(cast: Cast, people: int, django_assert_num_queries: object) -> None:
    with tenant_scope(cast.acme.pk):
        new = [add_person(cast.acme, f"new{number}") for number in range(people)]
        with django_assert_num_queries(6):  # type: ignore[operator] # two are those of the certifications
            add_members(cast.ward_a, people=new, today=TODAY)


def test_another_tenants_teams_stay_untouched(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        expand_team_courses()
    with tenant_scope(cast.zebra.pk):
        assert assignments() == []
