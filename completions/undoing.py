"""Takes the completions of an import back: links leave their chains, records go unless something newer needs them (E-33, E-34).

Set statements only, in the caller's transaction. Every change of a current result, also by a person, is a link;
undoing one that is not the last hands its "before" to the next. What later imports would have made of the result
without this one is `replaying`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from completions.kinds import OBLIGATIONS
from completions.replaying import FIELDS, name_columns, replay_chains, show
from lms.courses.due_dates import DUE_ON, refresh_due_dates
from lms.courses.memberships import expand_team_courses
from lms.courses.progress import Pair
from lms.imports.importer import UndoCounts, UndoRow
from lms.notifications.messages import withdraw_items
from lms.tenancy.models import Tenant

EXAMPLES = 20

_LOCK_RESULTS = """
SELECT result.id FROM completions_courseresult result
WHERE result.tenant_id = current_setting('app.tenant')::int AND result.id IN (
    SELECT found.id FROM unnest(%(people)s::bigint[], %(courses)s::bigint[]) AS pair(person_id, course_id)
    CROSS JOIN LATERAL (
        SELECT id FROM completions_courseresult
        WHERE tenant_id = current_setting('app.tenant')::int
          AND person_id = pair.person_id AND course_id = pair.course_id
        LIMIT 1
    ) found
)
ORDER BY result.person_id, result.course_id FOR UPDATE
"""
# The links of these rows, each with the link that follows it in its chain, and whether the daily job looks at them.
# Looked up link by link: with joins the planner compares every link of the import with every row.
_LINKS = """
SELECT link.*, (
    SELECT following.id FROM completions_resultchange following
    WHERE following.tenant_id = link.tenant_id AND following.person_id = link.person_id
      AND following.course_id = link.course_id AND following.id > link.id
    ORDER BY following.id LIMIT 1
) AS following_id,
    (SELECT person.is_active FROM people_user person
     WHERE person.tenant_id = link.tenant_id AND person.id = link.person_id)
    AND (SELECT course.is_active FROM courses_course course
         WHERE course.tenant_id = link.tenant_id AND course.id = link.course_id) AS can_open
FROM completions_resultchange link
WHERE link.tenant_id = current_setting('app.tenant')::int AND link.batch_id = %(batch)s
  AND link.row_no = ANY(%(rows)s::int[])
"""
_TAKE_LINKS = f"CREATE TEMPORARY TABLE undone_link ON COMMIT DROP AS {_LINKS}"
_HAND_LINKS_ON = f"""
UPDATE completions_resultchange following
SET ({name_columns("before_")}) = ({name_columns("link.before_")})
FROM undone_link link WHERE following.id = link.following_id
"""  # noqa: S608 - made of constants
_DELETE_LINKS = "DELETE FROM completions_resultchange WHERE id = ANY(ARRAY(SELECT id FROM undone_link))"
_REMOVE_RESULTS = """
DELETE FROM completions_courseresult result USING undone_link link
WHERE link.following_id IS NULL AND link.before_status = '' AND result.tenant_id = link.tenant_id
  AND result.person_id = link.person_id AND result.course_id = link.course_id
  AND result.achievement_id IS NOT DISTINCT FROM link.after_achievement_id
"""
_RESTORE_RESULTS = f"""
UPDATE completions_courseresult result
SET ({", ".join(FIELDS)}, updated_at) = ({show("link", which="before")}, %(now)s)
FROM undone_link link
WHERE link.following_id IS NULL AND link.before_status <> '' AND result.tenant_id = link.tenant_id
  AND result.person_id = link.person_id AND result.course_id = link.course_id
  AND result.achievement_id IS NOT DISTINCT FROM link.after_achievement_id
"""  # noqa: S608 - made of constants
_FORGET_SIGHTINGS = """
DELETE FROM completions_sighting WHERE tenant_id = current_setting('app.tenant')::int
  AND batch_id = %(batch)s AND row_no = ANY(%(rows)s::int[])
"""
# A completion that a later import found already recorded passes to the first such import, with what its row says.
_HAND_COMPLETIONS_ON = """
WITH heir AS (
    SELECT DISTINCT ON (seen.achievement_id) seen.id, seen.achievement_id, seen.batch_id, seen.row_no,
           batch.confirmed_by_id, row.values
    FROM completions_sighting seen
    JOIN completions_achievement own ON own.tenant_id = seen.tenant_id AND own.id = seen.achievement_id
    LEFT JOIN imports_importbatch batch ON batch.tenant_id = seen.tenant_id AND batch.id = seen.batch_id
    LEFT JOIN imports_importrow row
           ON row.purge_on = batch.purge_on AND row.batch_id = batch.id AND row.row_no = seen.row_no
    WHERE own.tenant_id = current_setting('app.tenant')::int AND own.batch_id = %(batch)s
      AND own.row_no = ANY(%(rows)s::int[])
    ORDER BY seen.achievement_id, seen.id
), passed AS (
    UPDATE completions_achievement own
    SET batch_id = heir.batch_id, row_no = heir.row_no,
        recorded_by_id = coalesce(heir.confirmed_by_id, own.recorded_by_id),
        score = CASE WHEN heir.values IS NULL THEN own.score ELSE (heir.values->>'score')::numeric END,
        note = CASE WHEN heir.values IS NULL THEN own.note ELSE coalesce(heir.values->>'note', '') END,
        date_text = CASE WHEN heir.values IS NULL THEN own.date_text ELSE coalesce(heir.values->>'date_text', '') END
    FROM heir WHERE own.id = heir.achievement_id RETURNING own.id
)
DELETE FROM completions_sighting seen USING heir WHERE seen.id = heir.id
"""
_REMOVE_COMPLETIONS = """
DELETE FROM completions_achievement own
WHERE own.tenant_id = current_setting('app.tenant')::int AND own.batch_id = %(batch)s
  AND own.row_no = ANY(%(rows)s::int[])
  AND NOT EXISTS (
    SELECT 1 FROM completions_courseresult result
    WHERE result.tenant_id = own.tenant_id AND result.achievement_id = own.id)
  AND NOT EXISTS (
    SELECT 1 FROM completions_resultchange link
    WHERE link.tenant_id = own.tenant_id AND link.person_id = own.person_id AND link.course_id = own.course_id
      AND own.id IN (link.before_achievement_id, link.after_achievement_id))
"""
# The import's own assignments of these pairs, looked up pair by pair: a plain join expects one row of a new import and
# compares every assignment of the import with every pair.
_TAKE_ASSIGNMENTS = """
CREATE TEMPORARY TABLE undone_assignment ON COMMIT DROP AS
SELECT found.id, pair.person_id, pair.course_id
FROM unnest(%(people)s::bigint[], %(courses)s::bigint[]) AS pair(person_id, course_id)
CROSS JOIN LATERAL (
    SELECT id, batch_id FROM courses_courseassignment
    WHERE tenant_id = current_setting('app.tenant')::int AND person_id = pair.person_id AND course_id = pair.course_id
    LIMIT 1
) found
WHERE found.batch_id = %(batch)s
"""
# An assignment that a later import or person would have made is theirs now; one nobody else needs goes.
_HAND_ASSIGNMENTS_ON = """
UPDATE courses_courseassignment assignment
SET batch_id = heir.batch_id, origin = heir.origin, assigned_on = heir.assigned_on,
    messages_suppressed_through = heir.touched_on
FROM undone_assignment pair
CROSS JOIN LATERAL (
    SELECT touch.batch_id, touch.origin, touch.at, (touch.at AT TIME ZONE %(zone)s)::date AS touched_on,
           least(min(touch.day), (touch.at AT TIME ZONE %(zone)s)::date) AS assigned_on
    FROM (
        SELECT batch.id AS batch_id, 'import' AS origin, batch.started_at AS at, row.completed_on AS day
        FROM (
            SELECT own.batch_id, own.completed_on FROM completions_achievement own
            WHERE own.tenant_id = current_setting('app.tenant')::int AND own.person_id = pair.person_id
              AND own.course_id = pair.course_id
            UNION ALL
            SELECT seen.batch_id, own.completed_on FROM completions_achievement own
            JOIN completions_sighting seen ON seen.tenant_id = own.tenant_id AND seen.achievement_id = own.id
            WHERE own.tenant_id = current_setting('app.tenant')::int AND own.person_id = pair.person_id
              AND own.course_id = pair.course_id
        ) row
        JOIN imports_importbatch batch ON batch.tenant_id = current_setting('app.tenant')::int
         AND batch.id = row.batch_id AND batch.id <> %(batch)s AND batch.state <> 'undone'
         AND batch.options->>'policy' <> 'history_only'
        UNION ALL
        SELECT NULL, 'manual', own.recorded_at, own.completed_on
        FROM completions_achievement own
        WHERE own.tenant_id = current_setting('app.tenant')::int AND own.person_id = pair.person_id
          AND own.course_id = pair.course_id AND own.origin = 'manual'
        UNION ALL
        SELECT NULL, 'manual', link.changed_at,
               CASE WHEN link.after_achievement_id IS DISTINCT FROM link.before_achievement_id
                    THEN link.after_completed_on END
        FROM completions_resultchange link
        WHERE link.tenant_id = current_setting('app.tenant')::int AND link.person_id = pair.person_id
          AND link.course_id = pair.course_id AND link.batch_id IS NULL
    ) touch
    GROUP BY touch.batch_id, touch.origin, touch.at ORDER BY touch.at LIMIT 1
) heir
WHERE assignment.id = pair.id
"""
_REMOVE_ASSIGNMENTS = """
DELETE FROM courses_courseassignment
WHERE id = ANY(ARRAY(SELECT id FROM undone_assignment)) AND batch_id = %(batch)s
RETURNING person_id
"""
# Whether anything but the import can have given somebody a course since it ran: a daily run, or a change of teams.
_HAS_MOVED_ON = """
SELECT EXISTS (SELECT 1 FROM daily_dailyrun run
               WHERE run.tenant_id = batch.tenant_id AND run.started_at > batch.started_at)
    OR EXISTS (SELECT 1 FROM people_membership member WHERE member.tenant_id = batch.tenant_id
               AND member.joined_on >= (batch.started_at AT TIME ZONE %(zone)s)::date)
    OR EXISTS (SELECT 1 FROM courses_teamcourse taken WHERE taken.tenant_id = batch.tenant_id
               AND taken.assigned_on >= (batch.started_at AT TIME ZONE %(zone)s)::date)
FROM imports_importbatch batch WHERE batch.tenant_id = current_setting('app.tenant')::int AND batch.id = %(batch)s
"""
# A completion holds the due date it answered (L-42): the one that an assignment had waited for, made before it.
_ANSWER_DUE = f"""
UPDATE completions_achievement own
SET due_on = CASE WHEN first.id IS NOT NULL THEN coalesce(own.due_on, {DUE_ON}) END
FROM unnest(%(first_people)s::bigint[], %(first_courses)s::bigint[]) AS pair (person_id, course_id)
JOIN courses_course course ON course.id = pair.course_id
LEFT JOIN courses_courseassignment assigned ON assigned.tenant_id = course.tenant_id
 AND assigned.person_id = pair.person_id AND assigned.course_id = pair.course_id
CROSS JOIN LATERAL (
    SELECT id, batch_id, completed_on, recorded_at FROM completions_achievement
    WHERE tenant_id = current_setting('app.tenant')::int AND person_id = pair.person_id AND course_id = pair.course_id
) told
LEFT JOIN LATERAL (
    SELECT link.id FROM completions_resultchange link
    WHERE link.tenant_id = course.tenant_id AND link.person_id = pair.person_id AND link.course_id = pair.course_id
      AND link.before_achievement_id IS NULL AND link.after_achievement_id = told.id
      AND link.batch_id IS NOT DISTINCT FROM told.batch_id
      AND (link.batch_id IS NOT NULL OR link.changed_at = told.recorded_at)
      AND assigned.id IS NOT NULL AND assigned.batch_id IS DISTINCT FROM coalesce(link.batch_id, 0)
      AND NOT (link.batch_id IS NULL AND assigned.origin = 'manual'
               AND assigned.assigned_on = least(told.completed_on, (link.changed_at AT TIME ZONE %(zone)s)::date))
    LIMIT 1
) first ON true
WHERE own.id = told.id
"""  # noqa: S608 - made of constants
_PREVIEW = """
WITH link AS (
    SELECT own.before_status, EXISTS (
        SELECT 1 FROM completions_resultchange following
        WHERE following.tenant_id = own.tenant_id AND following.person_id = own.person_id
          AND following.course_id = own.course_id AND following.id > own.id
    ) OR EXISTS (
        -- A later import that found the same completion, or an older one, takes its place.
        SELECT 1 FROM completions_achievement other
        LEFT JOIN completions_sighting seen ON seen.tenant_id = other.tenant_id AND seen.achievement_id = other.id
        JOIN imports_importbatch batch ON batch.tenant_id = own.tenant_id
         AND batch.id IN (other.batch_id, seen.batch_id) AND batch.id <> own.batch_id AND batch.state <> 'undone'
         AND coalesce(batch.finished_at, batch.started_at) > own.changed_at
        JOIN courses_course course ON course.tenant_id = own.tenant_id AND course.id = own.course_id AND course.is_active
        WHERE other.tenant_id = own.tenant_id AND other.person_id = own.person_id AND other.course_id = own.course_id
          AND other.id IS DISTINCT FROM own.before_achievement_id
          AND (batch.options->>'policy' = 'latest_import' OR batch.options->>'policy' = 'newest_date'
               AND (own.before_completed_on IS NULL OR other.completed_on > own.before_completed_on))
    ) AS is_covered
    FROM completions_resultchange own
    WHERE own.tenant_id = current_setting('app.tenant')::int AND own.batch_id = %(batch)s
)
SELECT
    (SELECT count(*) FROM completions_achievement own
     WHERE own.tenant_id = current_setting('app.tenant')::int AND own.batch_id = %(batch)s
       AND NOT EXISTS (SELECT 1 FROM completions_sighting seen
                       WHERE seen.tenant_id = own.tenant_id AND seen.achievement_id = own.id)),
    (SELECT count(*) FROM link WHERE NOT is_covered AND before_status <> ''),
    (SELECT count(*) FROM link WHERE is_covered)
"""
_PREVIEW_KEPT = """
SELECT person.id, person.username, person.first_name, person.last_name, course.code, course.name, following.batch_id,
       following.reason, following.changed_at
FROM completions_resultchange own
CROSS JOIN LATERAL (
    SELECT batch_id, reason, changed_at FROM completions_resultchange later
    WHERE later.tenant_id = own.tenant_id AND later.person_id = own.person_id
      AND later.course_id = own.course_id AND later.id > own.id
    ORDER BY later.id DESC LIMIT 1
) following
JOIN people_user person ON person.tenant_id = own.tenant_id AND person.id = own.person_id
JOIN courses_course course ON course.tenant_id = own.tenant_id AND course.id = own.course_id
WHERE own.tenant_id = current_setting('app.tenant')::int AND own.batch_id = %(batch)s
ORDER BY own.id LIMIT %(limit)s
"""


def preview_undo(*, batch_id: int) -> UndoCounts:
    """Return what undoing the import would remove, restore and keep, with examples of what stays. Writes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_PREVIEW, {"batch": batch_id})
        removed, restored, kept = cursor.fetchone()
        cursor.execute(_PREVIEW_KEPT, {"batch": batch_id, "limit": EXAMPLES})
        examples = tuple(_kept_example(row) for row in cursor.fetchall())
    return UndoCounts(removed=removed, restored=restored, kept=kept, kept_examples=examples)


def _kept_example(row: Sequence[Any]) -> dict[str, Any]:
    person_id, username, first, last, code, name, batch_id, reason, changed_at = row
    return {
        "person_id": person_id,
        "person": f"{first} {last}".strip() or username,
        "item": f"{code} {name}",
        "batch_id": batch_id,
        "reason": reason,
        "changed_at": changed_at,
    }


def undo_completions(rows: Sequence[UndoRow], *, batch_id: int, tenant: Tenant, now: datetime) -> UndoCounts:
    """Take back what the import did to these rows; return what was removed, restored and kept. Commits nothing itself.

    Current results are locked first, in the order person, course, so that nobody changes them in between. What the daily
    job would have made of what comes back is made of it, without messages; what it has written and not sent is withdrawn.
    """
    pairs = sorted({(row.person_id, row.item_id or 0) for row in rows})
    parameters: dict[str, Any] = {
        "batch": batch_id,
        "rows": [row.row_no for row in rows],
        "people": [person for person, _ in pairs],
        "courses": [course for _, course in pairs],
        "zone": tenant.time_zone,
        "now": now,
    }
    with connection.cursor() as cursor:
        # The planner expects one row of an import it has no statistics of, and would read whole tables once a row.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(_LOCK_RESULTS, parameters)
        cursor.execute("DROP TABLE IF EXISTS undone_link, undone_assignment")
        cursor.execute(_TAKE_LINKS, parameters)
        cursor.execute(
            "SELECT person_id, course_id, following_id IS NULL, before_achievement_id IS NULL FROM undone_link"
        )
        undone = cursor.fetchall()
        cursor.execute(_FORGET_SIGHTINGS, parameters)
        cursor.execute(_HAND_COMPLETIONS_ON, parameters)
        cursor.execute(_DELETE_LINKS, parameters)
        kept = sum(not is_last for _, _, is_last, _ in undone)
        kept += replay_chains(cursor, now=now, zone=tenant.time_zone)
        cursor.execute(_HAND_LINKS_ON, parameters)
        cursor.execute(_REMOVE_RESULTS, parameters)
        cursor.execute(_RESTORE_RESULTS, parameters)
        restored = cursor.rowcount
        cursor.execute(_REMOVE_COMPLETIONS, parameters)
        removed = cursor.rowcount
        assigned = _undo_assignments(cursor, parameters)
        refresh_due_dates({*assigned, *((person, course) for person, course, *_ in undone)})
        firsts = [(person, course) for person, course, _, is_first in undone if is_first]
        cursor.execute(
            _ANSWER_DUE,
            parameters
            | {"first_people": [person for person, _ in firsts], "first_courses": [course for _, course in firsts]},
        )
        cursor.execute("DROP TABLE undone_link, undone_assignment")
    gone = [(person, course) for person, course, is_last, _ in undone if is_last]
    withdraw_items(gone, kinds=OBLIGATIONS, name="course_id")
    return UndoCounts(removed=removed, restored=restored, kept=kept)


def _undo_assignments(cursor: CursorWrapper, parameters: dict[str, Any]) -> list[Pair]:
    """Take back or hand on the import's assignments; teams give theirs where they would have meanwhile.

    Returns whose assignments were the import's, as (person, course).
    """
    cursor.execute(_TAKE_ASSIGNMENTS, parameters)
    cursor.execute(_HAND_ASSIGNMENTS_ON, parameters)
    cursor.execute("SELECT person_id, course_id FROM undone_assignment")
    assigned: list[Pair] = cursor.fetchall()
    cursor.execute(_REMOVE_ASSIGNMENTS, parameters)
    left = sorted({person for (person,) in cursor.fetchall()})
    cursor.execute(_HAS_MOVED_ON, parameters)
    found = cursor.fetchone()
    if left and found is not None and found[0]:
        expand_team_courses(left)
    return assigned
