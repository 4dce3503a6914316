"""Takes the completions of an import back: links leave their chains, records go unless something newer needs them (E-33, E-34).

Set statements only, in the caller's transaction. Every change of a current result, also by a person, is a link;
undoing one that is not the last hands its "before" to the next. What later imports would have made of the result
without this one is `replaying`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from completions.replaying import replay_later_imports
from lms.imports.importer import UndoCounts, UndoRow

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
# The links of these rows, each with the link that follows it in its chain.
_LINKS = """
SELECT link.*, (
    SELECT following.id FROM completions_resultchange following
    WHERE following.tenant_id = link.tenant_id AND following.person_id = link.person_id
      AND following.course_id = link.course_id AND following.id > link.id
    ORDER BY following.id LIMIT 1
) AS following_id
FROM completions_resultchange link
WHERE link.tenant_id = current_setting('app.tenant')::int AND link.batch_id = %(batch)s
  AND link.row_no = ANY(%(rows)s::int[])
"""
_TAKE_LINKS = f"CREATE TEMPORARY TABLE undone_link ON COMMIT DROP AS {_LINKS}"
_HAND_LINKS_ON = """
UPDATE completions_resultchange following
SET before_status = link.before_status, before_percent = link.before_percent,
    before_completed_on = link.before_completed_on, before_achievement_id = link.before_achievement_id
FROM undone_link link WHERE following.id = link.following_id
"""
_DELETE_LINKS = "DELETE FROM completions_resultchange WHERE id = ANY(ARRAY(SELECT id FROM undone_link))"
_REMOVE_RESULTS = """
DELETE FROM completions_courseresult result USING undone_link link
WHERE link.following_id IS NULL AND link.before_status = '' AND result.tenant_id = link.tenant_id
  AND result.person_id = link.person_id AND result.course_id = link.course_id
  AND result.achievement_id IS NOT DISTINCT FROM link.after_achievement_id
"""
_RESTORE_RESULTS = """
UPDATE completions_courseresult result
SET status = link.before_status, percent = link.before_percent, completed_on = link.before_completed_on,
    achievement_id = link.before_achievement_id, updated_at = %(now)s
FROM undone_link link
WHERE link.following_id IS NULL AND link.before_status <> '' AND result.tenant_id = link.tenant_id
  AND result.person_id = link.person_id AND result.course_id = link.course_id
  AND result.achievement_id IS NOT DISTINCT FROM link.after_achievement_id
"""
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
SET batch_id = heir.batch_id, origin = heir.origin, assigned_on = heir.assigned_on
FROM undone_assignment pair
CROSS JOIN LATERAL (
    SELECT touch.batch_id, touch.origin, touch.at, min(touch.assigned_on) AS assigned_on
    FROM (
        SELECT batch.id AS batch_id, 'import' AS origin, coalesce(batch.finished_at, batch.started_at) AS at,
               least(row.completed_on, batch.started_at::date) AS assigned_on
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
        SELECT NULL, 'manual', own.recorded_at, least(own.completed_on, own.recorded_at::date)
        FROM completions_achievement own
        WHERE own.tenant_id = current_setting('app.tenant')::int AND own.person_id = pair.person_id
          AND own.course_id = pair.course_id AND own.origin = 'manual'
        UNION ALL
        SELECT NULL, 'manual', link.changed_at, least(link.after_completed_on, link.changed_at::date)
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
"""
_PREVIEW = """
WITH link AS (
    SELECT own.before_status, EXISTS (
        SELECT 1 FROM completions_resultchange following
        WHERE following.tenant_id = own.tenant_id AND following.person_id = own.person_id
          AND following.course_id = own.course_id AND following.id > own.id
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
SELECT person.username, person.first_name, person.last_name, course.code, course.name, following.batch_id,
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
    username, first, last, code, name, batch_id, reason, changed_at = row
    return {
        "person": f"{first} {last}".strip() or username,
        "item": f"{code} {name}",
        "batch_id": batch_id,
        "reason": reason,
        "changed_at": changed_at,
    }


def undo_completions(rows: Sequence[UndoRow], *, batch_id: int, now: datetime) -> UndoCounts:
    """Take back what the import did to these rows; return what was removed, restored and kept. Commits nothing itself.

    Current results are locked first, in the order person, course, so that nobody changes them in between.
    """
    pairs = sorted({(row.person_id, row.item_id or 0) for row in rows})
    parameters: dict[str, Any] = {
        "batch": batch_id,
        "rows": [row.row_no for row in rows],
        "people": [person for person, _ in pairs],
        "courses": [course for _, course in pairs],
        "now": now,
    }
    with connection.cursor() as cursor:
        # The planner expects one row of an import it has no statistics of, and would read whole tables once a row.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(_LOCK_RESULTS, parameters)
        cursor.execute("DROP TABLE IF EXISTS undone_link, undone_assignment")
        cursor.execute(_TAKE_LINKS, parameters)
        cursor.execute("SELECT count(*) FROM undone_link WHERE following_id IS NOT NULL")
        kept = cursor.fetchone()[0]
        cursor.execute(_FORGET_SIGHTINGS, parameters)
        cursor.execute(_HAND_COMPLETIONS_ON, parameters)
        cursor.execute(_HAND_LINKS_ON, parameters)
        cursor.execute(_DELETE_LINKS, parameters)
        kept += replay_later_imports(cursor, now=now)
        cursor.execute(_REMOVE_RESULTS, parameters)
        cursor.execute(_RESTORE_RESULTS, parameters)
        restored = cursor.rowcount
        cursor.execute(_REMOVE_COMPLETIONS, parameters)
        removed = cursor.rowcount
        cursor.execute(_TAKE_ASSIGNMENTS, parameters)
        cursor.execute(_HAND_ASSIGNMENTS_ON, parameters)
        cursor.execute(_REMOVE_ASSIGNMENTS, parameters)
        cursor.execute("DROP TABLE undone_link, undone_assignment")
    return UndoCounts(removed=removed, restored=restored, kept=kept)
