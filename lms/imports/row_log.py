"""The row log as a check writes it: the staged rows in the order of application, block by block, each row once.

Works on the temporary tables of `staging` and `matching`. Public: `order_rows`, `read_block`, `write_log`.
"""

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection, transaction

from lms.imports.models import ImportBatch
from lms.imports.planning import read_whole_groups
from lms.imports.staging import BLOCK_ROWS

# Every staged row once: the fit ones first, in the order in which apply will visit them; a chunk never splits a group.
# Narrow on purpose: the cells stay in the stage and are looked up by row number.
_ORDER_ROWS: Final = """
SET LOCAL work_mem = '32MB';
CREATE UNIQUE INDEX ON imports_stage (row_no);
ANALYZE imports_stage (row_no, person_key, item_key);
DROP TABLE IF EXISTS imports_order;
CREATE TEMPORARY TABLE imports_order AS
SELECT row_number() OVER (
           ORDER BY NOT is_fit, CASE WHEN is_fit THEN person_id END, CASE WHEN is_fit THEN item_id END,
                    CASE WHEN is_fit THEN day END, row_no)::int AS place, row_no, person_id, item_id, is_fit
FROM (
    SELECT stage.row_no, person.person_id, item.item_id, stage.day,
           stage.is_open AND person.person_id IS NOT NULL
           AND (stage.item_key IS NULL OR (item.item_key IS NOT NULL AND item.problem IS NULL)) AS is_fit
    FROM imports_stage stage
    LEFT JOIN imports_person person USING (person_key)
    LEFT JOIN imports_item item USING (item_key)
) joined
ORDER BY place;
CREATE UNIQUE INDEX ON imports_order (place);
ANALYZE imports_order (place)
"""
_BLOCK: Final = """
SELECT row_no, ordered.person_id, ordered.item_id, stage.day, stage.values, stage.problems,
       person.problem, item.problem, warning.problems, ordered.is_fit, ordered.place
FROM imports_order ordered
JOIN imports_stage stage USING (row_no)
LEFT JOIN imports_person person ON NOT ordered.is_fit AND person.person_key = stage.person_key
LEFT JOIN imports_item item ON NOT ordered.is_fit AND item.item_key = stage.item_key
LEFT JOIN imports_warning warning ON warning.item_key = stage.item_key
WHERE ordered.place > %s AND ordered.place <= %s ORDER BY ordered.place
"""
_CREATE_PLANNED: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS imports_planned (
    row_no int, position int, person_id bigint, item_id bigint, outcome text, problems jsonb, plan jsonb,
    target_id bigint);
TRUNCATE imports_planned
"""
_COPY_PLANNED: Final = """
COPY imports_planned (row_no, position, person_id, item_id, outcome, problems, plan, target_id) FROM STDIN
"""
_WRITE_LOG: Final = """
INSERT INTO imports_importrow (purge_on, tenant_id, batch_id, row_no, position, person_id, item_id, day, cells, values,
                               outcome, problems, plan, target_id)
SELECT %(purge_on)s, %(tenant)s, %(batch)s, planned.row_no, planned.position, planned.person_id, planned.item_id,
       staged.day, staged.cells, staged.values - ARRAY['checks', 'skipped'], planned.outcome, planned.problems,
       planned.plan, planned.target_id
FROM imports_planned planned
CROSS JOIN LATERAL (
    SELECT day, cells, values FROM imports_stage WHERE row_no = planned.row_no LIMIT 1
) staged
"""


def order_rows() -> None:
    """Bring the staged rows into one order, fit ones first, by person, item, day and row."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ORDER_ROWS)


def read_block(after: int) -> list[tuple[Any, ...]]:
    """Return the next rows after a place, never a part of a group.

    Columns: row number, person, item, day, values, problems, problem of the person, of the item, warnings about the item, is it
    fit, place.
    """

    def read(limit: int) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(_BLOCK, [after, after + limit])
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    return read_whole_groups(
        read, limit=BLOCK_ROWS, group_of=lambda row: (row[1], row[2]) if row[9] else ("unfit", row[0])
    )


def write_log(rows: Sequence[tuple[Any, ...]], *, batch: ImportBatch) -> None:
    """Write planned rows, with the original cells of the stage, to the log of a batch; in the open scope."""
    with connection.cursor() as cursor:
        cursor.execute(_CREATE_PLANNED)
        with cursor.copy(_COPY_PLANNED) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(_WRITE_LOG, {"purge_on": batch.purge_on, "tenant": batch.tenant_id, "batch": batch.pk})
