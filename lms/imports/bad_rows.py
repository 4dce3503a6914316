"""The errors of a check row by row, all of them: which cell, what is wrong with it, what to do (S-21, S-25).

Public: `BadCell`, `BadCells`, `ChangedRow`, `list_bad_cells`, `list_changed_rows`, `PAGE_LINES`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db import connection

from lms.core.json_text import decode_json
from lms.imports.columns import cell_text
from lms.imports.importer import Importer
from lms.imports.mapping import header_names
from lms.imports.models import ImportBatch, Outcome
from lms.imports.problems import CATALOGUE, is_fatal
from lms.imports.reviewing import label_field, suggest_values, word_problem
from lms.people.models import User

PAGE_LINES: Final = 50
# One line for each thing that fails a row. Together: rows and lines, counted.
_FAILING: Final = """
FROM imports_importrow row
CROSS JOIN LATERAL jsonb_array_elements(row.problems) WITH ORDINALITY AS found(problem, place)
WHERE row.purge_on = %(purge_on)s AND row.batch_id = %(batch)s AND row.outcome = ANY(%(outcomes)s)
  AND found.problem ->> 0 = ANY(%(fatal)s)
"""
_COUNT: Final = f"SELECT count(*) {_FAILING}"
_PAGE: Final = f"""
SELECT row.row_no, row.cells, row.values ->> 'person', found.problem {_FAILING}
ORDER BY row.row_no, found.place OFFSET %(offset)s LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadCell:
    """One thing that is wrong with one row; `column` is empty where it is the row as a whole."""

    row_no: int
    person: str  # as the file names them
    column: str
    value: str
    code: str
    sentence: str
    fix: str
    suggestions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row that became impossible between the check and the writing."""

    row_no: int
    person: str
    sentences: Sequence[tuple[str, str]]  # (code, what changed)


class BadCells:
    """Every error of a check in the order of the file, read page by page: what a Paginator takes. A query a page."""

    def __init__(self, batch: ImportBatch, *, importer: Importer) -> None:
        self.batch, self.importer = batch, importer
        self.find_by = batch.mapping.get("find_by", "username")
        levels = importer.problem_levels
        self._params: dict[str, Any] = {
            "purge_on": batch.purge_on,
            "batch": batch.pk,
            "outcomes": [str(Outcome.REJECTED), str(Outcome.ERRORED)],
            "fatal": [code for code in CATALOGUE if is_fatal(code, levels=levels)],
        }

    def __len__(self) -> int:
        return self._length

    @cached_property
    def _length(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, self._params)
            return int(cursor.fetchone()[0])

    def __getitem__(self, wanted: slice) -> list[BadCell]:
        start, stop = wanted.start or 0, wanted.stop if wanted.stop is not None else len(self)
        with connection.cursor() as cursor:
            cursor.execute(_PAGE, {**self._params, "offset": start, "limit": max(stop - start, 0)})
            return [self._word(*row) for row in cursor.fetchall()]

    def _word(self, row_no: int, cells: str, person: str | None, problem: str) -> BadCell:
        code, key, params = decode_json(problem)
        sentence, fix = word_problem(code, params, field_key=key, importer=self.importer, find_by=self.find_by)
        return BadCell(
            row_no=row_no,
            person=person or "",
            column=self._name_column(key),
            value=self._find_value(decode_json(cells), key, params),
            code=code,
            sentence=sentence,
            fix=fix,
        )

    def _name_column(self, key: str) -> str:
        """Return a column by its name in the file, else by what it holds."""
        if not key:
            return ""
        return self._headers.get(key) or label_field(self.importer, key, find_by=self.find_by)

    def _find_value(self, cells: Sequence[Any], key: str, params: Mapping[str, Any]) -> str:
        place = self._places.get(key)
        if place is None:
            return str(params.get("value") or "")
        return cell_text(cells[place]) if place < len(cells) else ""

    @cached_property
    def _places(self) -> dict[str, int]:
        mapping = self.batch.mapping or {}
        return {**(mapping.get("checks") or {}), **(mapping.get("columns") or {})}

    @cached_property
    def _headers(self) -> dict[str, str]:
        names = header_names(self.batch)
        return {key: names[place] for key, place in self._places.items() if place < len(names)}


def _read_page(batch: ImportBatch, *, importer: Importer, page: str) -> Page[Any]:
    cells: Paginator[Any] = Paginator(BadCells(batch, importer=importer), PAGE_LINES)  # type: ignore[arg-type]
    return cells.get_page(page)


def list_bad_cells(importer: Importer, *, batch: ImportBatch, actor: User, page: str) -> Page[Any]:
    """Return a page of the errors, with what may have been meant by values that were not found (S-21). Four queries."""
    shown = _read_page(batch, importer=importer, page=page)
    lines: list[BadCell] = list(shown.object_list)
    near = suggest_values(
        importer,
        [(line.code, line.value) for line in lines],
        find_by=batch.mapping.get("find_by", "username"),
        actor=actor,
    )
    shown.object_list = [replace(line, suggestions=near.get((line.code, line.value), ())) for line in lines]
    return shown


def list_changed_rows(importer: Importer, *, batch: ImportBatch, page: str) -> Page[Any]:
    """Return a page of the rows that changed since the check, with what changed (S-25). Two queries.

    The person stands there as the file names them: who is out of reach by now is not told apart from a stranger.
    """
    shown = _read_page(batch, importer=importer, page=page)
    rows: dict[int, ChangedRow] = {}
    for line in shown.object_list:
        row = rows.get(line.row_no, ChangedRow(line.row_no, line.person, ()))
        rows[line.row_no] = replace(row, sentences=[*row.sentences, (line.code, line.sentence)])
    shown.object_list = list(rows.values())
    return shown
