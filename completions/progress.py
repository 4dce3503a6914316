"""What the catalogue is told about progress: who has started, and who has completed which course."""

from collections.abc import Collection

from django.db import connection

from lms.courses.progress import Pair

_STARTED = """
SELECT gone.person_id, gone.course_id FROM unnest(%s::bigint[], %s::bigint[]) AS gone (person_id, course_id)
WHERE EXISTS (SELECT 1 FROM completions_achievement a
              WHERE a.person_id = gone.person_id AND a.course_id = gone.course_id)
   OR EXISTS (SELECT 1 FROM completions_courseresult r
              WHERE r.person_id = gone.person_id AND r.course_id = gone.course_id AND r.status <> 'not_started')
"""
_COMPLETED = """
SELECT pair.person_id, pair.course_id FROM unnest(%s::bigint[], %s::bigint[]) AS pair (person_id, course_id)
CROSS JOIN LATERAL (
    SELECT completed_on FROM completions_courseresult
    WHERE tenant_id = current_setting('app.tenant')::int AND person_id = pair.person_id AND course_id = pair.course_id
    LIMIT 1
) result
WHERE result.completed_on IS NOT NULL
"""


def answer_started(pairs: Collection[Pair]) -> set[Pair]:
    """Return the (person, course) pairs with a completion, or with a result beyond "not started"."""
    return _ask(_STARTED, pairs)


def answer_completed(pairs: Collection[Pair]) -> set[Pair]:
    """Return the (person, course) pairs with a current completion; it stays while a retake is open."""
    return _ask(_COMPLETED, pairs)


def _ask(statement: str, pairs: Collection[Pair]) -> set[Pair]:
    if not pairs:
        return set()
    people, courses = zip(*pairs, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(people), list(courses)])
        return {(person, course) for person, course in cursor.fetchall()}
