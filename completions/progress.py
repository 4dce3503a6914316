"""What the catalogue is told about progress: who has started which course."""

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


def answer_started(pairs: Collection[Pair]) -> set[Pair]:
    """Return the (person, course) pairs with a completion, or with a result beyond "not started"."""
    if not pairs:
        return set()
    people, courses = zip(*pairs, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_STARTED, [list(people), list(courses)])
        return {(person, course) for person, course in cursor.fetchall()}
