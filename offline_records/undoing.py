"""Takes an import of offline records back (E-33, E-34). An import records each of its rows anew, so they simply go.

What a person has edited since stays, and is counted. Public: `preview_undo`, `undo_records`.
"""

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from lms.imports.importer import UndoCounts, UndoRow
from lms.notifications.messages import withdraw_items
from offline_records.kinds import OFFLINE_RECORD_EXPIRES

EXAMPLES: Final = 20

_COUNT: Final = """
SELECT count(*) FILTER (WHERE edited_at IS NULL), count(*) FILTER (WHERE edited_at IS NOT NULL)
FROM offline_records_offlinerecord
WHERE tenant_id = current_setting('app.tenant')::int AND batch_id = %(batch)s
"""
_KEPT: Final = """
SELECT kept.person_id, person.username, person.first_name, person.last_name, activity.code, activity.name, kept.edited_at
FROM offline_records_offlinerecord kept
JOIN people_user person ON person.tenant_id = kept.tenant_id AND person.id = kept.person_id
JOIN offline_records_offlineactivity activity
  ON activity.tenant_id = kept.tenant_id AND activity.id = kept.activity_id
WHERE kept.tenant_id = current_setting('app.tenant')::int AND kept.batch_id = %(batch)s AND kept.edited_at IS NOT NULL
ORDER BY kept.person_id, kept.row_no LIMIT %(limit)s
"""
# One statement sees what it deletes and what it leaves.
_REMOVE: Final = """
WITH own AS (
    SELECT row_no FROM unnest(%(rows)s::int[]) AS asked(row_no)
), removed AS (
    DELETE FROM offline_records_offlinerecord
    WHERE tenant_id = current_setting('app.tenant')::int AND batch_id = %(batch)s
      AND row_no = ANY(ARRAY(SELECT row_no FROM own)) AND edited_at IS NULL
    RETURNING person_id, activity_id, expires_on
)
SELECT (SELECT count(*) FROM removed),
       (SELECT array_agg(DISTINCT ARRAY[person_id, activity_id]) FROM removed
        WHERE expires_on IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM offline_records_offlinerecord other
            WHERE other.tenant_id = current_setting('app.tenant')::int AND other.person_id = removed.person_id
              AND other.activity_id = removed.activity_id AND other.batch_id IS DISTINCT FROM %(batch)s
              AND coalesce(other.expires_on >= removed.expires_on, true))),
       (SELECT count(*) FROM offline_records_offlinerecord
        WHERE tenant_id = current_setting('app.tenant')::int AND batch_id = %(batch)s
          AND row_no = ANY(ARRAY(SELECT row_no FROM own)) AND edited_at IS NOT NULL)
"""


def preview_undo(*, batch_id: int) -> UndoCounts:
    """Return what undoing the import would remove and keep, with examples of what stays. Writes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"batch": batch_id})
        removed, kept = cursor.fetchone()
        cursor.execute(_KEPT, {"batch": batch_id, "limit": EXAMPLES})
        examples = tuple(_kept_example(row) for row in cursor.fetchall())
    return UndoCounts(removed=removed, kept=kept, kept_examples=examples)


def _kept_example(row: Sequence[Any]) -> dict[str, Any]:
    person_id, username, first, last, code, name, edited_at = row
    return {
        "person_id": person_id,
        "person": f"{first} {last}".strip() or username,
        "item": f"{code} {name}",
        "batch_id": None,
        "reason": "",
        "changed_at": edited_at,
    }


def undo_records(rows: Sequence[UndoRow], *, batch_id: int) -> UndoCounts:
    """Remove the records of these rows of the import; return what was removed and kept. Commits nothing itself.

    Warnings that wait to be sent are withdrawn where they may be about them: nothing else is valid as long.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REMOVE, {"batch": batch_id, "rows": [row.row_no for row in rows]})
        removed, warned, kept = cursor.fetchone()
    pairs = [(person_id, activity_id) for person_id, activity_id in warned or ()]
    withdraw_items(pairs, kinds=[OFFLINE_RECORD_EXPIRES], name="activity_id")
    return UndoCounts(removed=removed, kept=kept)
