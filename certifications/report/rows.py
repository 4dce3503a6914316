"""The rows of certification imports as the report reads them: from the row log, or from what was recorded once it is gone.

Set statements over all imports of a page at once; the row log is reached by its partition key alone. Rows are ordered by
import, newest first, then by row. Public: `BatchKey`, `RowWanted`, `Row`, `read_log`, `read_records`, `count_log`,
`count_records`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from django.db import connection

from lms.core.json_text import decode_json
from lms.tenancy.scope import current_tenant_id


class BatchKey(NamedTuple):
    """How the rows of one import are found; `place` orders the imports, newest first."""

    place: int
    batch_id: int
    purge_on: date
    through: int | None  # last position that was applied; None: all of them
    person_place: int | None  # of the person's column in the cells


@dataclass(frozen=True, slots=True, kw_only=True)
class RowWanted:
    """What narrows the rows down; None and empty narrow nothing."""

    row_no: int | None = None
    outcomes: Sequence[str] | None = None
    code: str = ""
    people: Sequence[int] | None = None  # who are looked for; with `text` also rows of nobody whose cell holds it
    text: str = ""
    reach: Sequence[int] | None = None  # whom the reader may see; None: everybody

    @property
    def is_empty(self) -> bool:
        """Whether nothing but the outcome narrows the rows."""
        return self.row_no is None and not self.code and self.people is None and self.reach is None


class Row(NamedTuple):
    """One row: of the log with its cells and problems, of a record or an evidence with what that keeps."""

    place: int
    row_no: int
    person_id: int | None
    item_id: int | None
    day: date | None
    outcome: str
    cells: list[Any] | None = None
    problems: list[list[Any]] | None = None
    due_on: date | None = None
    date_text: str = ""
    due_text: str = ""
    short_name: str = ""
    id_number: str = ""


_BATCHES: Final = """
(SELECT * FROM unnest(%(places)s::int[], %(batches)s::bigint[], %(purges)s::date[], %(through)s::int[], %(cells)s::int[])
 AS t (place, batch_id, purge_on, through, person_place) ORDER BY place) batch
"""
# The twin of `lms.imports.outcomes.final_outcome`: a row that was not reached before the import ended is not processed.
_FINAL: Final = """
CASE WHEN batch.through IS NOT NULL AND (r.outcome = '' OR r.position > batch.through) THEN 'not_processed'
     ELSE r.outcome END
"""
_LOG: Final = """
SELECT r.row_no, r.person_id, r.item_id, r.day, {final} AS outcome, r.cells, r.problems
FROM imports_importrow r
WHERE r.purge_on = batch.purge_on AND r.batch_id = batch.batch_id
  AND (%(row)s::int IS NULL OR r.row_no = %(row)s)
  AND (%(outcomes)s::text[] IS NULL OR {final} = ANY(%(outcomes)s))
  AND (%(code)s::jsonb IS NULL OR r.problems @> %(code)s::jsonb)
  AND (%(reach)s::bigint[] IS NULL OR r.person_id IS NULL OR r.person_id = ANY(%(reach)s))
  AND (%(people)s::bigint[] IS NULL OR r.person_id = ANY(%(people)s)
       OR (r.person_id IS NULL AND strpos(lower(r.cells->>batch.person_place), %(text)s) > 0))
""".replace("{final}", _FINAL)
# What a record became with its row is kept by the link in the chain of changes.
_RECORDS: Final = """
SELECT * FROM (
    SELECT r.row_no, r.person_id, r.certification_id, r.completed_on, r.due_on, r.date_text, r.due_text,
           '' AS short_name, '' AS id_number,
           CASE WHEN link.before_state IS NULL THEN 'added_to_history'
                WHEN link.before_state = '' THEN 'created' ELSE 'updated' END AS outcome
    FROM certifications_certificationrecord r
    LEFT JOIN LATERAL (
        SELECT before_state FROM certifications_statuschange link
        WHERE link.tenant_id = %(tenant)s AND link.batch_id = batch.batch_id AND link.row_no = r.row_no LIMIT 1
    ) link ON true
    WHERE r.tenant_id = %(tenant)s AND r.batch_id = batch.batch_id
    UNION ALL
    SELECT e.row_no, e.person_id, NULL, e.completed_on, e.due_on, e.date_text, e.due_text, e.short_name, e.id_number,
           'evidence'
    FROM certifications_evidence e WHERE e.tenant_id = %(tenant)s AND e.batch_id = batch.batch_id
) kept
WHERE (%(row)s::int IS NULL OR row_no = %(row)s)
  AND (%(outcomes)s::text[] IS NULL OR outcome = ANY(%(outcomes)s))
  AND (%(reach)s::bigint[] IS NULL OR person_id = ANY(%(reach)s))
  AND (%(people)s::bigint[] IS NULL OR person_id = ANY(%(people)s))
"""
_PAGE: Final = """
SELECT batch.place, found.*
FROM {batches} CROSS JOIN LATERAL (
    {rows} AND (batch.place > %(after_place)s OR row_no > %(after_row)s) ORDER BY row_no LIMIT %(limit)s
) found
ORDER BY batch.place, found.row_no LIMIT %(limit)s
"""
_COUNT: Final = """
SELECT found.outcome, count(*) FROM {batches} CROSS JOIN LATERAL ({rows}) found GROUP BY found.outcome
"""


def read_log(batches: Sequence[BatchKey], wanted: RowWanted, *, after: tuple[int, int], limit: int) -> list[Row]:
    """Return the next rows of the row log behind (place, row number). One statement; none without imports."""
    return [
        Row(place, row_no, person, item, day, outcome, decode_json(cells), decode_json(problems))
        for place, row_no, person, item, day, outcome, cells, problems in _ask(
            _PAGE, _LOG, batches, wanted, after=after, limit=limit
        )
    ]


def read_records(batches: Sequence[BatchKey], wanted: RowWanted, *, after: tuple[int, int], limit: int) -> list[Row]:
    """Return the next rows that left a record or an evidence (T-79). Problems are gone with the log."""
    if wanted.code:
        return []
    return [
        Row(
            place, row_no, person, item, day, outcome, due_on=due, date_text=date_text, due_text=due_text,
            short_name=short_name, id_number=id_number,
        )
        for place, row_no, person, item, day, due, date_text, due_text, short_name, id_number, outcome in _ask(
            _PAGE, _RECORDS, batches, wanted, after=after, limit=limit
        )
    ]  # fmt: skip


def count_log(batches: Sequence[BatchKey], wanted: RowWanted) -> Counter[str]:
    """Count the rows of the row log by outcome. One statement; none without imports."""
    return Counter(dict(_ask(_COUNT, _LOG, batches, wanted)))


def count_records(batches: Sequence[BatchKey], wanted: RowWanted) -> Counter[str]:
    """Count the records and evidence by the outcome they tell of. One statement; none without imports."""
    return Counter() if wanted.code else Counter(dict(_ask(_COUNT, _RECORDS, batches, wanted)))


def _ask(
    statement: str,
    rows: str,
    batches: Sequence[BatchKey],
    wanted: RowWanted,
    *,
    after: tuple[int, int] = (0, 0),
    limit: int = 0,
) -> list[tuple[Any, ...]]:
    left = [batch for batch in batches if batch.place >= after[0]]
    if not left:
        return []
    parameters: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "places": [batch.place for batch in left],
        "batches": [batch.batch_id for batch in left],
        "purges": [batch.purge_on for batch in left],
        "through": [batch.through for batch in left],
        "cells": [batch.person_place for batch in left],
        "row": wanted.row_no,
        "outcomes": None if wanted.outcomes is None else [str(outcome) for outcome in wanted.outcomes],
        "code": f'[["{wanted.code}"]]' if wanted.code else None,
        "people": None if wanted.people is None else list(wanted.people),
        "text": wanted.text.lower(),
        "reach": None if wanted.reach is None else list(wanted.reach),
        "after_place": after[0],
        "after_row": after[1],
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement.format(batches=_BATCHES, rows=rows), parameters)
        return [tuple(row) for row in cursor.fetchall()]
