"""Due dates as they stand on assignments (L-53, L-55).

Always what `rules.due_date` makes of the day of the assignment and the course's settings, and none once the course is
completed; a retake has none.

Everything that assigns without the engine sets them here. Set statements in the open scope; commits nothing.
Public: `DUE_ON`, `refresh_due_dates`, `clear_due_dates`.
"""

from collections.abc import Collection
from typing import Final

from django.db import connection

from lms.courses.progress import Pair, find_completed

# `rules.due_date` in SQL, for the aliases `course` and `assigned` (with `assigned_on`): a period's text is an interval
# that leads to the same day (a test holds one against the other).
DUE_ON: Final = """
CASE WHEN course.due_within IS NOT NULL THEN (assigned.assigned_on + course.due_within::interval)::date
     ELSE course.due_on END
"""
_REFRESH: Final = f"""
UPDATE courses_courseassignment stored
SET due_on = fresh.due_on
FROM (
    SELECT assigned.id, CASE WHEN NOT pair.is_completed THEN {DUE_ON} END AS due_on
    FROM unnest(%s::bigint[], %s::bigint[], %s::boolean[]) AS pair (person_id, course_id, is_completed)
    CROSS JOIN LATERAL (
        SELECT id, assigned_on FROM courses_courseassignment
        WHERE tenant_id = current_setting('app.tenant')::int AND person_id = pair.person_id
          AND course_id = pair.course_id
        LIMIT 1
    ) assigned
    JOIN courses_course course ON course.id = pair.course_id
) fresh
WHERE stored.id = fresh.id AND stored.due_on IS DISTINCT FROM fresh.due_on
"""  # noqa: S608 - made of constants
_CLEAR: Final = """
UPDATE courses_courseassignment assigned SET due_on = NULL
FROM unnest(%s::bigint[], %s::bigint[]) AS pair (person_id, course_id)
WHERE assigned.tenant_id = current_setting('app.tenant')::int AND assigned.person_id = pair.person_id
  AND assigned.course_id = pair.course_id AND assigned.due_on IS NOT NULL
"""


def refresh_due_dates(pairs: Collection[Pair]) -> int:
    """Set the due dates of these (person, course) pairs as they follow from assignment and settings; return how many changed.

    Pairs with a current completion lose theirs; pairs without an assignment are passed over.
    """
    listed = sorted(set(pairs))
    if not listed:
        return 0
    completed = find_completed(listed)
    people, courses = zip(*listed, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH, [list(people), list(courses), [pair in completed for pair in listed]])
        return int(cursor.rowcount)


def clear_due_dates(pairs: Collection[Pair]) -> int:
    """Take the due dates of these pairs away: they have completed the course (L-55). Return how many had one."""
    if not pairs:
        return 0
    people, courses = zip(*pairs, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_CLEAR, [list(people), list(courses)])
        return int(cursor.rowcount)
