"""What the tables themselves refuse, whoever writes (L-36, L-41)."""

import datetime as dt

import pytest
from django.db import IntegrityError
from django.utils import timezone

from completions.models import Achievement, CourseResult
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast


def achieve(cast: Cast) -> Achievement:
    return Achievement.objects.create(
        tenant=cast.acme,
        person=cast.bob,
        course=cast.safe,
        completed_on=dt.date(2024, 5, 1),
        origin="manual",
        recorded_at=timezone.now(),
    )


def test_L41_a_person_completes_a_course_once_a_day(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        achieve(cast)
    with pytest.raises(IntegrityError, match="completions_achv_once"), tenant_scope(cast.acme.pk):
        achieve(cast)


def show(cast: Cast, **given: object) -> CourseResult:
    fields = {"status": "not_started", "updated_at": timezone.now()} | given
    return CourseResult.objects.create(tenant=cast.acme, person=cast.bob, course=cast.safe, **fields)


def test_L36_there_is_one_current_result(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        show(cast)
    with pytest.raises(IntegrityError, match="completions_courseresult_once"), tenant_scope(cast.acme.pk):
        show(cast)


def test_percent_is_a_percentage(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="completions_courseresult_percent"), tenant_scope(cast.acme.pk):
        show(cast, status="in_progress", percent=101)


def test_a_shown_completion_cannot_be_removed(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        achievement = achieve(cast)
        show(cast, status="completed", percent=100, completed_on=achievement.completed_on, achievement=achievement)
        assert str(achievement) == f"{cast.bob.pk} completed {cast.safe.pk} on 2024-05-01"
        with pytest.raises(Exception, match="protected foreign keys"):
            achievement.delete()
