"""A course with all its rules, and what a completion of it leaves behind: for tests of compliance on 2026-03-15."""

import datetime as dt
from typing import Any

from completions.models import CourseResult
from lms.core.periods import Period
from lms.courses.models import Course, CourseAssignment
from lms.notifications.models import OutboxMessage
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

TODAY = "2026-03-15"
D = dt.date.fromisoformat


def prepare_yearly(cast: Cast) -> None:
    """SAFE-1 is compliant for 365 days, its retake open 30 days before, due within 30 days."""
    change(cast.safe, compliant_for=Period.parse("365 days"), retake_days=30, due_within=Period.parse("30 days"))


def change(course: Course, **fields: Any) -> None:
    """Set these settings of a course."""
    with tenant_scope(course.tenant_id):
        Course.objects.filter(pk=course.pk).update(**fields)


def assign(cast: Cast, day: str, due: str | None) -> None:
    """Assign SAFE-1 to bob on that day."""
    with tenant_scope(cast.acme.pk):
        CourseAssignment.objects.create(
            tenant=cast.acme, person=cast.bob, course=cast.safe, assigned_on=D(day), due_on=D(due) if due else None
        )


def result(cast: Cast) -> tuple[Any, ...]:
    """Status, percent, completed on, compliant until, retake opens on, left lapsed."""
    with tenant_scope(cast.acme.pk):
        found = CourseResult.objects.values_list(
            "status", "percent", "completed_on", "compliant_until", "retake_opens_on", "lapsed_on_arrival"
        )
        return tuple(str(value) if isinstance(value, dt.date) else value for value in found.get())


def mails(cast: Cast) -> list[tuple[str, str]]:
    """(Kind, state) of every mail about courses."""
    with tenant_scope(cast.acme.pk):
        found = OutboxMessage.objects.exclude(kind="import_finished").order_by("id")
        return list(found.values_list("kind", "state"))
