"""Courses assigned to people by hand, and taken away again while nothing has been started (L-53).

By teams it is `memberships`. In the open scope; set statements; commits nothing.
Public: `find_unassigned`, `assign_pairs`, `settle_assignments`, `removable_assignments`, `remove_assignment`.
"""

from collections.abc import Collection
from datetime import date
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from lms.courses.due_dates import DUE_ON, clear_due_dates
from lms.courses.models import Course, CourseAssignment
from lms.courses.progress import Pair, find_completed, find_started
from lms.tenancy.scope import current_tenant_id

_UNASSIGNED: Final = """
SELECT u.id, course.id FROM people_user u CROSS JOIN courses_course course
WHERE u.id = ANY(%s::bigint[]) AND u.is_active AND course.id = ANY(%s::bigint[]) AND course.is_active
  AND NOT EXISTS (SELECT 1 FROM courses_courseassignment there
                  WHERE there.tenant_id = u.tenant_id AND there.person_id = u.id AND there.course_id = course.id)
ORDER BY u.id, course.id
"""
_ASSIGN: Final = f"""
INSERT INTO courses_courseassignment (tenant_id, person_id, course_id, assigned_on, due_on, origin)
SELECT %(tenant)s, assigned.person_id, assigned.course_id, assigned.assigned_on, {DUE_ON}, 'manual'
FROM (
    SELECT person_id, course_id, %(today)s::date AS assigned_on
    FROM unnest(%(people)s::bigint[], %(courses)s::bigint[]) AS pair (person_id, course_id)
) assigned
JOIN courses_course course ON course.id = assigned.course_id
ORDER BY assigned.person_id, assigned.course_id
ON CONFLICT (tenant_id, person_id, course_id) DO NOTHING
RETURNING person_id, course_id
"""  # noqa: S608 - made of constants
_SETTLE: Final = """
UPDATE courses_courseassignment assigned
SET messages_suppressed_through = greatest(assigned.messages_suppressed_through, %s::date)
FROM unnest(%s::bigint[], %s::bigint[]) AS pair (person_id, course_id)
WHERE assigned.tenant_id = current_setting('app.tenant')::int AND assigned.person_id = pair.person_id
  AND assigned.course_id = pair.course_id
"""


def find_unassigned(people: Collection[int], courses: Collection[int]) -> list[Pair]:
    """Return which of these people lack which of these courses; deactivated people and archived courses are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_UNASSIGNED, [list(people), list(courses)])
        return list(cursor.fetchall())


def assign_pairs(pairs: Collection[Pair], *, today: date) -> list[Pair]:
    """Assign by hand, each with its due date unless completed before; return the pairs that are new."""
    if not pairs:
        return []
    people, courses = zip(*pairs, strict=True)
    parameters: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "today": today,
        "people": list(people),
        "courses": list(courses),
    }
    with connection.cursor() as cursor:
        cursor.execute(_ASSIGN, parameters)
        new: list[Pair] = list(cursor.fetchall())
    clear_due_dates(find_completed(new))
    return new


def settle_assignments(pairs: Collection[Pair], *, through: date) -> None:
    """Let no later job tell anything about these assignments that is dated on or before that day (E-71)."""
    if not pairs:
        return
    people, courses = zip(*pairs, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [through, list(people), list(courses)])


def removable_assignments(course: Course) -> QuerySet[CourseAssignment]:
    """Return the assignments made by hand; those that somebody has started are among them, `remove_assignment` keeps them."""
    return CourseAssignment.objects.filter(course=course, origin=CourseAssignment.Origin.MANUAL)


def remove_assignment(assignment: CourseAssignment) -> bool:
    """Take a course away that was assigned by hand and not started; return whether it went."""
    if assignment.origin != CourseAssignment.Origin.MANUAL:
        return False
    if find_started([(assignment.person_id, assignment.course_id)]):
        return False
    assignment.delete()
    return True
