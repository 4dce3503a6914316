"""Course codes: generated, unique in the tenant without regard to case (L-21)."""

import pytest
from django.db import IntegrityError

from lms.courses.models import Course, CourseAssignment
from lms.courses.services import save_course, set_archived, suggest_code
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast, add_course


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Fire Safety Awareness", "FSA-1"),
        ("Induction", "IND-1"),
        ("Manual handling: lifting & carrying", "MHL-1"),
        ("Übung am Gerät", "UAG-1"),
        ("消防", "COURSE-1"),
    ],
)
def test_L21_a_code_is_made_from_the_name(cast: Cast, name: str, code: str) -> None:
    with tenant_scope(cast.acme.pk):
        assert suggest_code(name) == code


def test_L21_a_code_that_is_taken_is_counted_up(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        add_course(cast.acme, "fsa-1", "Another")

        course = Course(tenant=cast.acme, name="Fire Safety Awareness")
        save_course(course, actor=cast.adam)

        assert course.code == "FSA-2"


def test_L21_codes_are_unique_without_regard_to_case_but_tenants_may_share_one(cast: Cast) -> None:
    assert cast.safe.code == cast.zebra_safe.code
    with pytest.raises(IntegrityError, match="courses_course_code"), tenant_scope(cast.acme.pk):
        add_course(cast.acme, "safe-1", "Again")


def test_L88_a_course_that_comes_back_is_assigned_by_its_teams(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        set_archived(cast.safe, archived=True, actor=cast.adam)
        assert CourseAssignment.objects.count() == 0

        set_archived(cast.safe, archived=False, actor=cast.adam)

        assert CourseAssignment.objects.count() == 2
