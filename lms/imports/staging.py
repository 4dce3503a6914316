"""First pass of a check: reads the file, parses every cell, and brings the rows into a temporary table by COPY.

The table `imports_stage` lives in the worker's database session and holds one tenant's rows while one check runs.
Nothing outside of it is written. Public: `Stage`, `stage_file`.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction

from lms.core.exports import restore_formula
from lms.core.json_text import encode_json
from lms.imports.columns import (
    Cell,
    Column,
    RowProblem,
    cell_text,
    parse_choice,
    parse_code,
    parse_identifier,
    parse_number,
    parse_text,
    shorten,
)
from lms.imports.dates import DateFormat, DateReader
from lms.imports.importer import Importer, RunContext
from lms.imports.problems import is_fatal
from lms.imports.readers.facts import ReadLimits, ReadOptions
from lms.imports.readers.reading import read_rows

BLOCK_ROWS: Final = 10_000
MAX_STATUSES: Final = 200
SHOWN_DATE: Final = 60

_CREATE: Final = """
DROP TABLE IF EXISTS imports_stage;
CREATE TEMPORARY TABLE imports_stage (
    row_no int NOT NULL, person_key text, item_key text, day date, is_open boolean NOT NULL,
    cells jsonb NOT NULL, values jsonb NOT NULL, problems jsonb NOT NULL
)
"""
_COPY: Final = "COPY imports_stage (row_no, person_key, item_key, day, is_open, cells, values, problems) FROM STDIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPlan:
    """How the columns of a file become fields: the mapping a person made."""

    columns: dict[str, int]  # field -> index of the file's column
    fixed: dict[str, str]  # field -> one value for the whole file (E-09)
    checks: dict[str, int]  # check-only field of a person -> index (E-10)
    date_format: DateFormat
    width: int  # number of columns of the header
    strict_width: bool  # a CSV row with another number of cells is an error (T-15)
    unescape: bool  # the file is one of ours: formula guards come off (E-66)
    left_out: frozenset[int] = frozenset()  # rows that somebody leaves out (S-39) ...
    left_out_by: str = ""  # ... and who


@dataclass(slots=True)
class Stage:
    """What the first pass found out about the file as a whole."""

    data_rows: int = 0
    blank_rows: int = 0
    cleaned: int = 0  # identifiers and dates that had white space or invisible characters around them
    statuses: Counter[str] = field(default_factory=Counter)
    dates: dict[str, DateReader] = field(default_factory=dict)


def stage_file(
    path: Path,
    *,
    importer: Importer,
    plan: ReadPlan,
    options: ReadOptions,
    limits: ReadLimits,
    context: RunContext,
    on_progress: Callable[[int], None],
) -> Stage:
    """Read the whole file into `imports_stage` and return what was found; `on_progress(rows)` after every block.

    `on_progress` may raise to stop. Raises FileRefused as the readers do. Needs a connection outside of a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CREATE)
    stage = Stage()
    staging = _Staging(importer, plan, context, stage)
    with read_rows(path, options=options, limits=limits) as stream:
        rows = iter(stream)
        while True:
            with transaction.atomic(), connection.cursor() as cursor, cursor.copy(_COPY) as copy:
                count = 0
                for row_no, cells in rows:
                    copy.write_row(staging.read_row(row_no, cells))
                    count += 1
                    if count == BLOCK_ROWS:
                        break
            stage.data_rows += count
            on_progress(stage.data_rows)
            if count < BLOCK_ROWS:
                break
        stage.blank_rows = stream.blank_rows or 0
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE imports_stage (person_key, item_key)")
    return stage


def drop_stage() -> None:
    """Remove the temporary tables of a check."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS imports_stage, imports_person, imports_item, imports_warning, imports_order, "
            "imports_planned"
        )


class _Staging:
    """Turns the cells of one row after the other into the row that is copied."""

    def __init__(self, importer: Importer, plan: ReadPlan, context: RunContext, stage: Stage) -> None:
        self.importer, self.plan, self.context, self.stage = importer, plan, context, stage
        self.mapped = [column for column in importer.columns if column.key in plan.columns or column.key in plan.fixed]
        self.person_field = next(column.key for column in importer.columns if column.kind == "person")
        self.item_field = next((column.key for column in importer.columns if column.kind == "item"), "")
        self.day_field = next((column.key for column in importer.columns if column.kind == "date"), "")
        for column in self.mapped:
            if column.kind == "date":
                stage.dates[column.key] = DateReader(column, date_format=plan.date_format, zone=context.tenant.zone)

    def read_row(self, row_no: int, cells: list[Cell]) -> tuple[Any, ...]:
        """Return the values of one row of `imports_stage`."""
        values: dict[str, Any] = {}
        problems: list[RowProblem] = []
        original = encode_json(cells)
        is_left_out = row_no in self.plan.left_out
        if self._has_wrong_width(cells):
            if is_left_out:
                return self._leave_out(row_no, original)
            problems.append(("R601", "", {"a": len(cells), "b": self.plan.width}))
            return row_no, None, None, None, False, original, "{}", encode_json(problems)
        for column in self.mapped:
            value, problem = self._read_cell(column, self._cell_of(column, cells), row_no, values)
            if problem is not None:
                problems.append(problem)
            values[column.key] = value
        if is_left_out:  # what its cells say about the file as a whole has been heard
            return self._leave_out(row_no, original)
        checks = {name: cell_text(cells[index]) for name, index in self.plan.checks.items() if index < len(cells)}
        staged = self.importer.stage_row(values, problems=problems, context=self.context)
        if checks:
            staged.values["checks"] = checks
        levels = self.importer.problem_levels
        is_open = not staged.is_skipped and not any(is_fatal(code, levels=levels) for code, _, _ in staged.problems)
        if staged.is_skipped:
            staged.values["skipped"] = True
        if staged.person_key is not None:
            staged.values["person"] = shorten(values.get(self.person_field) or "")
        if staged.item_key is not None and "item" not in staged.values:
            staged.values["item"] = shorten(values.get(self.item_field) or "")
        return (
            row_no,
            staged.person_key,
            staged.item_key,
            staged.day,
            is_open,
            original,
            encode_json(staged.values),
            encode_json(staged.problems) if staged.problems else "[]",
        )

    def _leave_out(self, row_no: int, original: str) -> tuple[Any, ...]:
        """Return a row that somebody leaves out: its cells stay, nothing is looked up (S-39)."""
        problems = [("R211", "", {"person": self.plan.left_out_by})]
        return row_no, None, None, None, False, original, encode_json({"skipped": True}), encode_json(problems)

    def _has_wrong_width(self, cells: list[Cell]) -> bool:
        if len(cells) > self.plan.width:
            return any(cell_text(cell).strip() for cell in cells[self.plan.width :])
        return self.plan.strict_width and len(cells) < self.plan.width

    def _cell_of(self, column: Column, cells: list[Cell]) -> Cell:
        index = self.plan.columns.get(column.key)
        if index is None:
            return self.plan.fixed.get(column.key)
        cell = cells[index] if index < len(cells) else None
        return restore_formula(cell) if self.plan.unescape and isinstance(cell, str) else cell

    def _read_cell(
        self, column: Column, cell: Cell, row_no: int, values: dict[str, Any]
    ) -> tuple[Any, RowProblem | None]:
        if column.kind == "date":
            if cell is not None:
                text = cell.strip() if isinstance(cell, str) else cell_text(cell)
                values["date_text" if column.key == self.day_field else f"{column.key}_text"] = text[:SHOWN_DATE]
            return self.stage.dates[column.key].read(cell, row_no=row_no)
        if column.kind in ("person", "item"):
            value, problem = parse_identifier(cell, column)
            if value is not None and value != cell and isinstance(cell, str):
                self.stage.cleaned += 1
            return value, problem
        if column.kind == "number":
            return parse_number(cell, column)
        if column.kind == "choice":
            return parse_choice(cell, column)
        value, problem = (parse_code if column.is_code else parse_text)(cell, column)
        if column.kind == "status" and (
            len(self.stage.statuses) < MAX_STATUSES or (value or "") in self.stage.statuses
        ):
            self.stage.statuses[value or ""] += 1
        return value, problem


def iterate_distinct(column: str) -> Iterator[list[str]]:
    """Yield the distinct keys of `imports_stage` in blocks; `column` is person_key or item_key."""
    last = ""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT DISTINCT {column} FROM imports_stage WHERE {column} > %s ORDER BY 1 LIMIT %s",  # noqa: S608
                [last, BLOCK_ROWS],
            )
            keys = [row[0] for row in cursor.fetchall()]
        if keys:
            yield keys
        if len(keys) < BLOCK_ROWS:
            return
        last = keys[-1]
