"""Reads of completions: facts for the rules, current results, the Record of Learning."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import connection

from completions.models import Achievement, CompletionSettings, CourseResult, Policy
from completions.rules import CurrentResult, Facts, KnownCompletion
from lms.courses.models import Course
from lms.people.models import User
from lms.people.selectors import reaches_everybody, visible_people

_PAIRS = "unnest(%s::bigint[], %s::bigint[]) AS pair(person_id, course_id)"
# Looked up pair by pair through the unique indexes: a plain join would make the planner read the whole tenant.
_COMPLETIONS = """
SELECT wanted.person_id, wanted.course_id, wanted.day, found.id, found.score, found.note
FROM unnest(%s::bigint[], %s::bigint[], %s::date[]) AS wanted(person_id, course_id, day)
CROSS JOIN LATERAL (
    SELECT id, score, note FROM completions_achievement
    WHERE tenant_id = current_setting('app.tenant')::int AND person_id = wanted.person_id
      AND course_id = wanted.course_id AND completed_on = wanted.day
    LIMIT 1
) found
"""
_RESULTS = f"""
SELECT pair.person_id, pair.course_id, found.id, found.status, found.percent, found.completed_on, found.achievement_id
FROM {_PAIRS}
CROSS JOIN LATERAL (
    SELECT id, status, percent, completed_on, achievement_id FROM completions_courseresult
    WHERE tenant_id = current_setting('app.tenant')::int AND person_id = pair.person_id AND course_id = pair.course_id
    LIMIT 1
) found
"""
_LOCK_RESULTS = """
SELECT id FROM completions_courseresult
WHERE tenant_id = current_setting('app.tenant')::int AND id IN (
    SELECT found.id FROM unnest(%s::bigint[], %s::bigint[]) AS pair(person_id, course_id)
    CROSS JOIN LATERAL (
        SELECT id FROM completions_courseresult
        WHERE tenant_id = current_setting('app.tenant')::int
          AND person_id = pair.person_id AND course_id = pair.course_id
        LIMIT 1
    ) found
)
ORDER BY person_id, course_id FOR UPDATE
"""
_ASSIGNED = f"""
SELECT pair.person_id, pair.course_id FROM {_PAIRS}
CROSS JOIN LATERAL (
    SELECT 1 FROM courses_courseassignment
    WHERE tenant_id = current_setting('app.tenant')::int AND person_id = pair.person_id AND course_id = pair.course_id
    LIMIT 1
) found
"""


def default_policy() -> str:
    """Return the open tenant's default for the current completion (L-44)."""
    found = CompletionSettings.objects.values_list("default_policy", flat=True).first()
    return found or Policy.LATEST_IMPORT.value


def load_completion_facts(wanted: Sequence[tuple[int, int, date]], *, lock: bool) -> Facts:
    """Return what is recorded for these (person, course, day), in a constant number of statements.

    With `lock`, the current results are locked first, in the order person, course, and read by a later statement, so
    that they show what a predecessor committed.
    """
    people, courses, days = _columns(wanted)
    pairs = sorted({(person, course) for person, course, _ in wanted})
    pair_people, pair_courses = [person for person, _ in pairs], [course for _, course in pairs]
    with connection.cursor() as cursor:
        if lock:
            cursor.execute(_LOCK_RESULTS, [pair_people, pair_courses])
        cursor.execute(_COMPLETIONS, [people, courses, days])
        completions = {
            (person, course, day): KnownCompletion(pk, score, note)
            for person, course, day, pk, score, note in cursor.fetchall()
        }
        cursor.execute(_RESULTS, [pair_people, pair_courses])
        results = {(row[0], row[1]): CurrentResult(*row[2:]) for row in cursor.fetchall()}
        cursor.execute(_ASSIGNED, [pair_people, pair_courses])
        assigned = frozenset((person, course) for person, course in cursor.fetchall())
    archived = Course.objects.filter(pk__in=sorted(set(courses)), is_active=False).values_list("pk", flat=True)
    return Facts(completions, results, assigned, frozenset(archived))


def _columns(wanted: Iterable[tuple[int, int, date]]) -> tuple[list[int], list[int], list[date]]:
    people, courses, days = [], [], []
    for person, course, day in wanted:
        people.append(person)
        courses.append(course)
        days.append(day)
    return people, courses, days


def count_current_results(actor: User) -> int:
    """Return the number of completed current results of the people the actor reaches (E-39)."""
    results = CourseResult.objects.filter(completed_on__isnull=False)
    if not reaches_everybody(actor):
        results = results.filter(person_id__in=visible_people(actor).values("pk"))
    return results.count()


def history_of(person_id: int) -> list[Achievement]:
    """Return every completion of a person, newest first, with its course."""
    found = Achievement.objects.filter(person_id=person_id).select_related("course")
    return list(found.order_by("-completed_on", "-id"))
