"""Due dates on assignments follow from the day of the assignment, the settings and whether the course is completed."""

import datetime as dt

from django.utils import timezone

from completions.models import CourseResult, Status
from lms.core.periods import Period
from lms.courses.due_dates import clear_due_dates, refresh_due_dates
from lms.courses.memberships import add_members, assign_team_courses, expand_team_courses
from lms.courses.models import Course, CourseAssignment
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import ASSIGNED, Cast

TODAY = dt.date(2026, 1, 5)


def due_dates() -> dict[str, dt.date | None]:
    return dict(CourseAssignment.objects.order_by("person__username").values_list("person__username", "due_on"))


def assign(person: User, course: Course, day: dt.date = TODAY) -> tuple[int, int]:
    CourseAssignment.objects.create(tenant_id=person.tenant_id, person=person, course=course, assigned_on=day)
    return person.pk, course.pk


def complete(person: User, course: Course, *, status: str = Status.COMPLETED) -> None:
    CourseResult.objects.create(
        tenant_id=person.tenant_id,
        person=person,
        course=course,
        status=status,
        completed_on=ASSIGNED,
        updated_at=timezone.now(),
    )


def set_terms(course: Course, **terms: object) -> None:
    Course.objects.filter(pk=course.pk).update(**terms)


def test_U1_the_due_date_is_the_span_after_the_assignment(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        set_terms(cast.fire, due_within=Period.parse("30 days"))
        assert refresh_due_dates([assign(cast.bob, cast.fire)]) == 1
        assert due_dates() == {"bob": dt.date(2026, 2, 4)}
        assert refresh_due_dates([(cast.bob.pk, cast.fire.pk)]) == 0


def test_L53_a_fixed_date_is_the_same_for_everybody_and_none_without_either(cast: Cast) -> None:
    fixed = dt.date(2026, 2, 28)
    with tenant_scope(cast.acme.pk):
        pairs = [assign(cast.bob, cast.fire), assign(cast.ben, cast.fire, ASSIGNED)]
        set_terms(cast.fire, due_on=fixed)
        assert refresh_due_dates(pairs) == 2
        assert due_dates() == {"ben": fixed, "bob": fixed}

        set_terms(cast.fire, due_on=None)
        assert refresh_due_dates(pairs) == 2
        assert due_dates() == {"ben": None, "bob": None}


def test_L55_who_has_completed_has_no_due_date_also_while_the_retake_is_open(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        pairs = [assign(person, cast.fire) for person in (cast.bob, cast.ben, cast.carl)]
        set_terms(cast.fire, due_within=Period.parse("1 month"))
        refresh_due_dates(pairs)
        complete(cast.bob, cast.fire)
        complete(cast.ben, cast.fire, status=Status.NOT_STARTED)

        assert refresh_due_dates(pairs) == 2
        assert due_dates() == {"ben": None, "bob": None, "carl": dt.date(2026, 2, 5)}
        assert clear_due_dates(pairs) == 1
        assert due_dates() == {"ben": None, "bob": None, "carl": None}


def test_pairs_without_an_assignment_are_passed_over(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        assert refresh_due_dates([(cast.bob.pk, cast.fire.pk)]) == 0
        assert refresh_due_dates([]) == 0


def test_L53_courses_of_teams_come_with_their_due_dates(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        set_terms(cast.fire, due_within=Period.parse("6 months"))
        complete(cast.ben, cast.fire)
        new = assign_team_courses(cast.ward_a, course_ids=[cast.fire.pk], today=dt.date(2025, 8, 31))

        assert sorted(new) == sorted([(cast.bob.pk, cast.fire.pk), (cast.ben.pk, cast.fire.pk)])
        of_fire = CourseAssignment.objects.filter(course=cast.fire).values_list("person__username", "due_on")
        assert dict(of_fire) == {"ben": None, "bob": dt.date(2026, 2, 28)}


def test_L53_who_joins_a_team_is_due_from_the_day_of_joining(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        set_terms(cast.safe, due_within=Period.parse("30 days"))
        expand_team_courses()
        add_members(cast.nights, people=[cast.carl], today=TODAY)

        first = ASSIGNED + dt.timedelta(days=30)
        assert due_dates() == {"ben": first, "bob": first, "carl": dt.date(2026, 2, 4)}
