"""Takes the certifications of an import back: links leave their chains, records go unless somebody else has them (E-33, E-34).

Set statements only, in the caller's transaction. Where nothing has happened since, the current certification gets back what
its link replaced, as the daily job would have left it by now. Everything else is told again: `replaying`.
Public: `preview_undo`, `undo_certifications`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from certifications.chains import Standing
from certifications.kinds import OBLIGATIONS
from certifications.memberships import expand_team_certifications
from certifications.replaying import FIELDS, Pair, Start, name_columns, retell, show_live
from lms.imports.importer import UndoCounts, UndoRow
from lms.notifications.messages import withdraw_items
from lms.tenancy.models import Tenant

EXAMPLES: Final = 20

_LOCK_STATUSES: Final = """
SELECT status.id FROM certifications_certificationstatus status
WHERE status.tenant_id = current_setting('app.tenant')::int AND status.id IN (
    SELECT found.id FROM unnest(%(people)s::bigint[], %(certifications)s::bigint[]) AS pair(person_id, certification_id)
    CROSS JOIN LATERAL (
        SELECT id FROM certifications_certificationstatus
        WHERE tenant_id = current_setting('app.tenant')::int
          AND person_id = pair.person_id AND certification_id = pair.certification_id
        LIMIT 1
    ) found
)
ORDER BY status.person_id, status.certification_id FOR UPDATE
"""
_FORGET_SIGHTINGS: Final = """
DELETE FROM certifications_sighting WHERE tenant_id = current_setting('app.tenant')::int
  AND batch_id = %(batch)s AND row_no = ANY(%(rows)s::int[])
"""
# What a later import found already recorded passes to the first such import, with what its row says. Its dates are counted
# again by `replaying`. A record that a person has edited stays what it is.
_HAND_ON: Final = """
WITH heir AS (
    SELECT DISTINCT ON (own.id) seen.id, own.id AS own_id, seen.batch_id, seen.row_no, batch.confirmed_by_id,
           row.values, own.recorded_at,
           greatest(coalesce(batch.finished_at, batch.started_at), own.recorded_at + interval '1 microsecond') AS at
    FROM {table} own
    JOIN certifications_sighting seen ON seen.tenant_id = own.tenant_id AND seen.{column} = own.id
    LEFT JOIN imports_importbatch batch ON batch.tenant_id = seen.tenant_id AND batch.id = seen.batch_id
    LEFT JOIN imports_importrow row
           ON row.purge_on = batch.purge_on AND row.batch_id = batch.id AND row.row_no = seen.row_no
    WHERE own.tenant_id = current_setting('app.tenant')::int AND own.batch_id = %(batch)s
      AND own.row_no = ANY(%(rows)s::int[]) {condition}
    ORDER BY own.id, seen.id
), passed AS (
    UPDATE {table} own
    SET batch_id = heir.batch_id, row_no = heir.row_no,
        recorded_by_id = coalesce(heir.confirmed_by_id, own.recorded_by_id),
        recorded_at = coalesce(heir.at, own.recorded_at),
        due_on = CASE WHEN heir.values IS NULL THEN own.due_on ELSE nullif(heir.values->>'due_on', '')::date END,
        due_text = CASE WHEN heir.values IS NULL THEN own.due_text ELSE coalesce(heir.values->>'due_on_text', '') END,
        date_text = CASE WHEN heir.values IS NULL THEN own.date_text ELSE coalesce(heir.values->>'date_text', '') END{more}
    FROM heir WHERE own.id = heir.own_id RETURNING {returning}
), gone AS (
    DELETE FROM certifications_sighting seen USING heir WHERE seen.id = heir.id
)
SELECT * FROM passed
"""
_HAND_RECORDS_ON: Final = _HAND_ON.format(
    table="certifications_certificationrecord",
    column="record_id",
    condition="AND own.edited_at IS NULL",
    more="",
    returning="own.id, own.person_id, own.certification_id, heir.recorded_at",
)
_HAND_EVIDENCE_ON: Final = _HAND_ON.format(
    table="certifications_evidence",
    column="evidence_id",
    condition="",
    more=""", short_name = coalesce(heir.values->>'short_name', CASE WHEN heir.values IS NULL THEN own.short_name ELSE '' END),
        id_number = coalesce(heir.values->>'id_number', CASE WHEN heir.values IS NULL THEN own.id_number ELSE '' END)""",
    returning="own.id",
)
_REMOVE_EVIDENCE: Final = """
DELETE FROM certifications_evidence WHERE tenant_id = current_setting('app.tenant')::int AND batch_id = %(batch)s
  AND row_no = ANY(%(rows)s::int[])
"""
# The links of these rows, each with whether anything has come later, and the last day that has had its run since. Looked up
# link by link: with joins, also those that EXISTS among conditions becomes, the planner compares every link of the import
# with every row, and by "<>" it would find records by their imports. A person who has edited the record has made its
# certification their own.
_TAKE_LINKS: Final = """
CREATE TEMPORARY TABLE undone_link ON COMMIT DROP AS
SELECT link.*, EXISTS (
    SELECT 1 FROM certifications_statuschange following
    WHERE following.tenant_id = link.tenant_id AND following.person_id = link.person_id
      AND following.certification_id = link.certification_id AND following.id > link.id
) OR EXISTS (
    SELECT 1 FROM certifications_certificationrecord later
    WHERE later.tenant_id = link.tenant_id AND later.person_id = link.person_id
      AND later.certification_id = link.certification_id AND later.batch_id IS DISTINCT FROM link.batch_id
      AND later.recorded_at > link.changed_at
) AS has_later, (
    SELECT max(run.run_on) FROM daily_dailyrun run
    WHERE run.tenant_id = link.tenant_id AND run.started_at > link.changed_at
) AS run_on
FROM certifications_statuschange link
WHERE link.tenant_id = current_setting('app.tenant')::int AND link.batch_id = %(batch)s
  AND link.row_no = ANY(%(rows)s::int[])
  AND (SELECT shown.edited_at FROM certifications_certificationrecord shown WHERE shown.id = link.after_record_id) IS NULL
"""
_READ_STARTS: Final = f"""
SELECT person_id, certification_id, changed_at, id, {name_columns("before_")} FROM undone_link WHERE has_later
"""  # noqa: S608 - made of constants
_SETTLE: Final = "DELETE FROM undone_link WHERE has_later"
_DELETE_LINKS: Final = "DELETE FROM certifications_statuschange WHERE id = ANY(ARRAY(SELECT id FROM undone_link))"
_REMOVE_STATUSES: Final = """
DELETE FROM certifications_certificationstatus status USING undone_link link
WHERE link.before_state = '' AND status.tenant_id = link.tenant_id AND status.person_id = link.person_id
  AND status.certification_id = link.certification_id AND status.record_id IS NOT DISTINCT FROM link.after_record_id
RETURNING status.person_id, status.certification_id
"""
_RESTORE_STATUSES: Final = f"""
UPDATE certifications_certificationstatus status
SET ({", ".join(FIELDS)}, updated_at) = ({show_live("link")}, %(now)s)
FROM undone_link link
WHERE link.before_state <> '' AND status.tenant_id = link.tenant_id AND status.person_id = link.person_id
  AND status.certification_id = link.certification_id AND status.record_id IS NOT DISTINCT FROM link.after_record_id
RETURNING status.person_id, status.certification_id
"""  # noqa: S608 - made of constants
# What a person has edited, or still lets somebody show, stays.
_STAYS: Final = """
(own.edited_at IS NOT NULL
 OR EXISTS (SELECT 1 FROM certifications_certificationstatus status
            WHERE status.tenant_id = own.tenant_id AND status.record_id = own.id)
 OR EXISTS (SELECT 1 FROM certifications_statuschange link
            WHERE link.tenant_id = own.tenant_id AND link.person_id = own.person_id
              AND link.certification_id = own.certification_id
              AND own.id IN (link.before_record_id, link.after_record_id)))
"""
_REMOVE_RECORDS: Final = f"""
DELETE FROM certifications_certificationrecord own
WHERE own.tenant_id = current_setting('app.tenant')::int AND own.batch_id = %(batch)s
  AND own.row_no = ANY(%(rows)s::int[]) AND NOT {_STAYS}
"""  # noqa: S608 - made of constants
_COUNT_EDITED: Final = """
SELECT count(*) FROM certifications_certificationrecord
WHERE tenant_id = current_setting('app.tenant')::int AND batch_id = %(batch)s AND row_no = ANY(%(rows)s::int[])
  AND edited_at IS NOT NULL
"""
# The import's own assignments of these pairs, looked up pair by pair: a plain join expects one row of a new import and
# compares every assignment of the import with every pair.
_TAKE_ASSIGNMENTS: Final = """
CREATE TEMPORARY TABLE undone_assignment ON COMMIT DROP AS
SELECT found.id, pair.person_id, pair.certification_id
FROM unnest(%(people)s::bigint[], %(certifications)s::bigint[]) AS pair(person_id, certification_id)
CROSS JOIN LATERAL (
    SELECT id, batch_id FROM certifications_certificationassignment
    WHERE tenant_id = current_setting('app.tenant')::int
      AND person_id = pair.person_id AND certification_id = pair.certification_id
    LIMIT 1
) found
WHERE found.batch_id = %(batch)s
"""
_REMOVE_ASSIGNMENTS: Final = """
DELETE FROM certifications_certificationassignment WHERE id = ANY(ARRAY(SELECT id FROM undone_assignment))
RETURNING person_id
"""
# One that a later import or a person would have made is theirs now, unless a team has come before them; every import
# assigns, whatever its action (T-46).
_HAND_ASSIGNMENTS_ON: Final = """
INSERT INTO certifications_certificationassignment (
    tenant_id, person_id, certification_id, batch_id, origin, assigned_on)
SELECT current_setting('app.tenant')::int, pair.person_id, pair.certification_id, heir.batch_id, heir.origin,
       least(heir.day, heir.touched_on)
FROM undone_assignment pair
CROSS JOIN LATERAL (
    SELECT touch.batch_id, touch.origin, min(touch.day) AS day, (touch.at AT TIME ZONE %(zone)s)::date AS touched_on
    FROM (
        SELECT batch.id AS batch_id, 'import' AS origin, coalesce(batch.finished_at, batch.started_at) AS at,
               row.completed_on AS day
        FROM (
            SELECT own.batch_id, own.completed_on FROM certifications_certificationrecord own
            WHERE own.tenant_id = current_setting('app.tenant')::int AND own.person_id = pair.person_id
              AND own.certification_id = pair.certification_id
            UNION ALL
            SELECT seen.batch_id, own.completed_on FROM certifications_certificationrecord own
            JOIN certifications_sighting seen ON seen.tenant_id = own.tenant_id AND seen.record_id = own.id
            WHERE own.tenant_id = current_setting('app.tenant')::int AND own.person_id = pair.person_id
              AND own.certification_id = pair.certification_id
        ) row
        JOIN imports_importbatch batch ON batch.tenant_id = current_setting('app.tenant')::int
         AND batch.id = row.batch_id AND batch.id <> %(batch)s AND batch.state <> 'undone'
        UNION ALL
        SELECT NULL, 'manual', coalesce(own.edited_at, own.recorded_at), own.completed_on
        FROM certifications_certificationrecord own
        WHERE own.tenant_id = current_setting('app.tenant')::int AND own.person_id = pair.person_id
          AND own.certification_id = pair.certification_id AND (own.origin = 'manual' OR own.edited_at IS NOT NULL)
        UNION ALL
        SELECT NULL, 'manual', link.changed_at, link.after_completed_on
        FROM certifications_statuschange link
        WHERE link.tenant_id = current_setting('app.tenant')::int AND link.person_id = pair.person_id
          AND link.certification_id = pair.certification_id AND link.batch_id IS NULL AND link.after_state <> ''
    ) touch
    WHERE touch.at > (SELECT started_at FROM imports_importbatch
                      WHERE tenant_id = current_setting('app.tenant')::int AND id = %(batch)s)
    GROUP BY touch.batch_id, touch.origin, touch.at ORDER BY touch.at LIMIT 1
) heir
WHERE coalesce(heir.touched_on < (
    SELECT there.assigned_on FROM certifications_certificationassignment there
    WHERE there.tenant_id = current_setting('app.tenant')::int AND there.person_id = pair.person_id
      AND there.certification_id = pair.certification_id), true)
ORDER BY pair.person_id, pair.certification_id
ON CONFLICT (tenant_id, person_id, certification_id) DO UPDATE
SET batch_id = excluded.batch_id, origin = excluded.origin, assigned_on = excluded.assigned_on
"""
# Whether anything but the import can have assigned something since it ran: a daily run, or a change of teams.
_HAS_MOVED_ON: Final = """
SELECT EXISTS (SELECT 1 FROM daily_dailyrun run
               WHERE run.tenant_id = batch.tenant_id AND run.started_at > batch.started_at)
    OR EXISTS (SELECT 1 FROM people_membership member WHERE member.tenant_id = batch.tenant_id
               AND member.joined_on >= (batch.started_at AT TIME ZONE %(zone)s)::date)
    OR EXISTS (SELECT 1 FROM certifications_teamcertification taken WHERE taken.tenant_id = batch.tenant_id
               AND taken.assigned_on >= (batch.started_at AT TIME ZONE %(zone)s)::date)
FROM imports_importbatch batch WHERE batch.tenant_id = current_setting('app.tenant')::int AND batch.id = %(batch)s
"""
# A later import takes the place of what is undone if it has a link, or if its newest completion would certify now.
_PREVIEW: Final = """
WITH record AS (
    SELECT own.edited_at, EXISTS (
        SELECT 1 FROM certifications_sighting seen WHERE seen.tenant_id = own.tenant_id AND seen.record_id = own.id
    ) AS is_seen
    FROM certifications_certificationrecord own
    WHERE own.tenant_id = current_setting('app.tenant')::int AND own.batch_id = %(batch)s
), evidence AS (
    SELECT EXISTS (
        SELECT 1 FROM certifications_sighting seen WHERE seen.tenant_id = own.tenant_id AND seen.evidence_id = own.id
    ) AS is_seen
    FROM certifications_evidence own
    WHERE own.tenant_id = current_setting('app.tenant')::int AND own.batch_id = %(batch)s
), run AS (
    SELECT started_at, run_on FROM daily_dailyrun WHERE tenant_id = current_setting('app.tenant')::int
), link AS (
    SELECT own.before_state, EXISTS (
        SELECT 1 FROM certifications_statuschange following
        WHERE following.tenant_id = own.tenant_id AND following.person_id = own.person_id
          AND following.certification_id = own.certification_id AND following.id > own.id
    ) OR EXISTS (
        SELECT 1 FROM certifications_certificationrecord other
        LEFT JOIN certifications_sighting seen ON seen.tenant_id = other.tenant_id AND seen.record_id = other.id
         AND other.batch_id = own.batch_id
        JOIN imports_importbatch batch ON batch.tenant_id = own.tenant_id
         AND batch.id IN (other.batch_id, seen.batch_id) AND batch.id <> own.batch_id AND batch.state <> 'undone'
         AND coalesce(batch.finished_at, batch.started_at) > own.changed_at
        WHERE other.tenant_id = own.tenant_id AND other.person_id = own.person_id
          AND other.certification_id = own.certification_id AND batch.options->>'action' <> 'history'
          AND (own.before_state IN ('', 'expired')
               OR own.before_expires_on < (SELECT max(run_on) FROM run WHERE started_at > own.changed_at)
               OR batch.options->>'action' = 'certify_if_more_recent' AND other.completed_on > own.before_completed_on)
    ) AS is_covered
    FROM certifications_statuschange own
    WHERE own.tenant_id = current_setting('app.tenant')::int AND own.batch_id = %(batch)s
      AND (SELECT shown.edited_at FROM certifications_certificationrecord shown WHERE shown.id = own.after_record_id)
          IS NULL
)
SELECT
    (SELECT count(*) FROM record WHERE edited_at IS NULL AND NOT is_seen) + (SELECT count(*) FROM evidence WHERE NOT is_seen),
    (SELECT count(*) FROM link WHERE NOT is_covered AND before_state <> ''),
    (SELECT count(*) FROM link WHERE is_covered) + (SELECT count(*) FROM record WHERE edited_at IS NOT NULL)
"""
# The links that others follow, with the last of these; and the records that a person has edited.
_PREVIEW_KEPT: Final = """
SELECT DISTINCT ON (kept.person_id, kept.certification_id)
       person.id, person.username, person.first_name, person.last_name, certification.short_name, certification.name,
       kept.batch_id, kept.reason, kept.changed_at
FROM (
    SELECT own.person_id, own.certification_id, following.batch_id, following.reason, following.changed_at
    FROM certifications_statuschange own
    CROSS JOIN LATERAL (
        SELECT batch_id, reason, changed_at FROM certifications_statuschange later
        WHERE later.tenant_id = own.tenant_id AND later.person_id = own.person_id
          AND later.certification_id = own.certification_id AND later.id > own.id
        ORDER BY later.id DESC LIMIT 1
    ) following
    WHERE own.tenant_id = current_setting('app.tenant')::int AND own.batch_id = %(batch)s
    UNION ALL
    SELECT own.person_id, own.certification_id, NULL, coalesce((
        SELECT reason FROM certifications_statuschange later
        WHERE later.tenant_id = own.tenant_id AND later.person_id = own.person_id
          AND later.certification_id = own.certification_id AND later.batch_id IS NULL
          AND later.changed_at >= own.edited_at
        ORDER BY later.id DESC LIMIT 1), ''), own.edited_at
    FROM certifications_certificationrecord own
    WHERE own.tenant_id = current_setting('app.tenant')::int AND own.batch_id = %(batch)s AND own.edited_at IS NOT NULL
) kept
JOIN people_user person ON person.tenant_id = current_setting('app.tenant')::int AND person.id = kept.person_id
JOIN certifications_certification certification
  ON certification.tenant_id = person.tenant_id AND certification.id = kept.certification_id
ORDER BY kept.person_id, kept.certification_id, kept.changed_at DESC LIMIT %(limit)s
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
    person_id, username, first, last, short_name, name, batch_id, reason, changed_at = row
    return {
        "person_id": person_id,
        "person": f"{first} {last}".strip() or username,
        "item": f"{short_name} {name}",
        "batch_id": batch_id,
        "reason": reason,
        "changed_at": changed_at,
    }


def undo_certifications(rows: Sequence[UndoRow], *, batch_id: int, tenant: Tenant, now: datetime) -> UndoCounts:
    """Take back what the import did to these rows; return what was removed, restored and kept. Commits nothing itself.

    Whole groups of person and certification; rows without one are evidence. Current certifications are locked first, in
    the order person, certification, so that nobody changes them in between. What the daily job would have made of what
    comes back is made of it, without messages; what it has written and not sent is withdrawn.
    """
    pairs = sorted({(row.person_id, row.item_id) for row in rows if row.item_id is not None})
    parameters: dict[str, Any] = {
        "batch": batch_id,
        "rows": [row.row_no for row in rows],
        "people": [person for person, _ in pairs],
        "certifications": [certification for _, certification in pairs],
        "zone": tenant.time_zone,
        "now": now,
    }
    with connection.cursor() as cursor:
        # The planner expects one row of an import it has no statistics of, and would read whole tables once a row.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(_LOCK_STATUSES, parameters)
        cursor.execute(_FORGET_SIGHTINGS, parameters)
        cursor.execute(_HAND_EVIDENCE_ON, parameters)
        cursor.execute(_REMOVE_EVIDENCE, parameters)
        removed = cursor.rowcount
        cursor.execute(_HAND_RECORDS_ON, parameters)
        passed = cursor.fetchall()
        cursor.execute("DROP TABLE IF EXISTS undone_link, undone_assignment")
        cursor.execute(_TAKE_LINKS, parameters)
        cursor.execute(_COUNT_EDITED, parameters)
        (edited,) = cursor.fetchone()
        retelling = retell(
            cursor,
            _find_starts(cursor, passed),
            batch_id=batch_id,
            passed={record_id for record_id, *_ in passed},
            now=now,
            zone=tenant.zone,
        )
        changed = list(retelling.changed)
        cursor.execute(_SETTLE)
        cursor.execute(_DELETE_LINKS)
        cursor.execute(_REMOVE_STATUSES)
        changed += cursor.fetchall()
        cursor.execute(_RESTORE_STATUSES, parameters)
        restored = cursor.fetchall()
        changed += restored
        cursor.execute(_REMOVE_RECORDS, parameters)
        removed += cursor.rowcount
        _undo_assignments(cursor, parameters)
        cursor.execute("DROP TABLE undone_link, undone_assignment")
    withdraw_items(changed, kinds=OBLIGATIONS, name="certification_id")
    return UndoCounts(removed=removed, restored=len(restored) + retelling.restored, kept=retelling.kept + edited)


def _find_starts(cursor: CursorWrapper, passed: Sequence[tuple[int, int, int, datetime]]) -> dict[Pair, Start]:
    """Return the pairs of which something has to be told again: later changes, or records that are another import's now."""
    starts = {(person, certification): Start(since=recorded_at) for _, person, certification, recorded_at in passed}
    cursor.execute(_READ_STARTS)
    for person, certification, changed_at, link_id, *before in cursor.fetchall():
        starts[person, certification] = Start(since=changed_at, link_id=link_id, before=Standing(*before))
    return starts


def _undo_assignments(cursor: CursorWrapper, parameters: dict[str, Any]) -> None:
    """Take back the import's assignments; teams and later imports give theirs where they would have meanwhile."""
    cursor.execute(_TAKE_ASSIGNMENTS, parameters)
    cursor.execute(_REMOVE_ASSIGNMENTS)
    left = sorted({person for (person,) in cursor.fetchall()})
    cursor.execute(_HAS_MOVED_ON, parameters)
    found = cursor.fetchone()
    if left and found is not None and found[0]:
        expand_team_certifications(left)
    cursor.execute(_HAND_ASSIGNMENTS_ON, parameters)
