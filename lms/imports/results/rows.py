"""The lines of a results file, streamed from the row log (E-65, E-28, L-66).

Public: `Content`, `original_headers`, `count_lines`, `iterate_lines`. Reads pages by row number, because server-side
cursors are off; holds one page at a time.
"""

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import F, Func, IntegerField, Max, QuerySet
from django.utils.translation import gettext_lazy as _

from lms.core.exports import restore_formula
from lms.imports.importer import importer_of
from lms.imports.models import ImportBatch, ImportRow, Outcome, ResultsFile
from lms.imports.outcome_words import words_for
from lms.imports.outcomes import failed_rows_filter, final_outcome_case, is_still_planned
from lms.imports.problems import describe_problem
from lms.imports.results.columns import is_added_header
from lms.notifications.choices import MessageChoice
from lms.notifications.kinds import all_kinds

Content = ResultsFile.Content
PAGE_ROWS: Final = 2_000
_REMEMBERED_SENTENCES: Final = 5_000

# What would happen, while nothing has (E-17).
_PLANNED_WORDS: Final = {
    Outcome.UPDATED: _("Will be imported and become current"),
    Outcome.ADDED_TO_HISTORY: _("Will be added to history"),
    Outcome.EVIDENCE: _("Will be kept as other evidence"),
}


class Line(NamedTuple):
    """One row: the original cells, then the added ones without the number of the import."""

    cells: list[Any]
    row_no: int
    outcome: str
    codes: str
    sentences: str
    before: Any
    after: Any
    until_before: Any
    until: Any
    assigned: str
    messages: str


def original_headers(batch: ImportBatch) -> list[str]:
    """Return the file's own column names, as wide as its widest row, without those of an earlier results file.

    A file without column names gets the names of the fields its columns were mapped to, so that it can be uploaded
    again as it is.
    """
    sniffed = batch.sniffed or {}
    headers = [str(header or "") for header in sniffed.get("headers") or []]
    length = Func(F("cells"), function="jsonb_array_length", output_field=IntegerField())
    width = batch.rows().aggregate(width=Max(length))["width"] or 0
    headers += [""] * (width - len(headers))
    if not sniffed.get("header_row"):
        headers = [""] * len(headers)
        for field, index in _mapped_columns(batch).items():
            if index < len(headers):
                headers[index] = field.replace("_", " ")
    return [header for index, header in enumerate(headers) if index not in _added_columns(batch)]


def _added_columns(batch: ImportBatch) -> frozenset[int]:
    """Return the places of columns that we added to the uploaded file; they are replaced, not repeated (E-65)."""
    headers = (batch.sniffed or {}).get("headers") or []
    return frozenset(index for index, header in enumerate(headers) if is_added_header(str(header or "")))


def _mapped_columns(batch: ImportBatch) -> dict[str, int]:
    mapping = batch.mapping.get("columns", batch.mapping)
    return {field: index for field, index in mapping.items() if isinstance(index, int)}


def count_lines(batch: ImportBatch, *, content: str) -> int:
    """Return the number of lines a results file has."""
    return _select(batch, content=content).count()


def _select(batch: ImportBatch, *, content: str) -> "QuerySet[ImportRow]":
    rows = batch.rows()
    return rows.filter(failed_rows_filter(batch)) if content == Content.FAILED else rows


def iterate_lines(batch: ImportBatch, *, content: str) -> Iterator[Line]:
    """Yield the lines in the order of the file, worded in the active language."""
    wording = _Wording(batch)
    added = _added_columns(batch)
    last = -1
    while page := _read_page(batch, content=content, after=last):
        for row_no, cells, outcome, position, problems, plan in page:
            codes, sentences = wording.word_problems(problems) if problems else ("", "")
            yield Line(
                _own_cells(cells, added=added) if added else cells,
                row_no,
                wording.word_outcome(outcome, is_planned=is_still_planned(position, batch=batch)),
                codes,
                sentences,
                plan.get("before"),
                plan.get("after"),
                plan.get("until_before"),
                plan.get("until"),
                wording.yes if plan.get("assigned") else "",
                wording.word_messages(plan["messages"], outcome=outcome) if "messages" in plan else "",
            )
        last = page[-1][0]


def _own_cells(cells: list[Any], *, added: frozenset[int]) -> list[Any]:
    """Return the cells of the file a person wrote, as they were before we neutralised them (E-66)."""
    return [
        restore_formula(cell) if isinstance(cell, str) else cell
        for index, cell in enumerate(cells)
        if index not in added
    ]


def _read_page(batch: ImportBatch, *, content: str, after: int) -> list[list[Any]]:
    """Return the next rows as one JSON array made by the database: decoding row by row costs twice as much."""
    rows = (
        _select(batch, content=content)
        .filter(row_no__gt=after)
        .annotate(final=final_outcome_case(batch))
        .order_by("row_no")
        .values_list("row_no", "cells", "final", "position", "problems", "plan")[:PAGE_ROWS]
    )
    sql, params = rows.query.sql_with_params()
    columns = "row_no, cells, final, position, problems, plan"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT json_agg(json_build_array({columns}) ORDER BY row_no) FROM ({sql}) page",  # noqa: S608 - no input
            params,
        )
        found = cursor.fetchone()
    return found[0] if found and found[0] else []


class _Wording:
    """Words in the active language, each made once: a file says the same sentences again and again."""

    def __init__(self, batch: ImportBatch) -> None:
        self.yes = str(_("yes"))
        importer, words = importer_of(batch), words_for(batch)
        own = {Outcome.CREATED.value: str(words.created)}
        self._done = {outcome.value: str(outcome.label) for outcome in Outcome} | own
        own = {Outcome.CREATED.value: str(words.will_create)}
        self._planned = self._done | {outcome.value: str(text) for outcome, text in _PLANNED_WORDS.items()} | own
        self._labels = {column.key: str(column.label) for column in importer.columns}
        self._item, self._problem_words = str(importer.item_label), importer.problem_words
        self._sentences: dict[str, tuple[str, str]] = {}
        self._is_silent = batch.messages == MessageChoice.SUPPRESS
        self._kinds = {kind.key: str(kind.label) for kind in all_kinds()}

    def word_outcome(self, outcome: str, *, is_planned: bool) -> str:
        return (self._planned if is_planned else self._done).get(outcome, outcome)

    def word_messages(self, kinds: list[str], *, outcome: str) -> str:
        """Return what the row's person is told, or would have been told; of a row that was not reached nothing."""
        if outcome == Outcome.NOT_PROCESSED:
            return ""
        words = "; ".join(self._kinds.get(kind, kind) for kind in kinds)
        return str(_("not sent: %(messages)s")) % {"messages": words} if self._is_silent else words

    def word_problems(self, problems: list[list[Any]]) -> tuple[str, str]:
        """Return (codes, sentences) of a row, each joined by a space."""
        key = json.dumps(problems)
        words = self._sentences.get(key)
        if words is None:
            codes = " ".join(dict.fromkeys(code for code, _, _ in problems))
            sentences = " ".join(self._word(code, field, params) for code, field, params in problems)
            words = codes, sentences
            if len(self._sentences) < _REMEMBERED_SENTENCES:
                self._sentences[key] = words
        return words

    def _word(self, code: str, field: str, params: dict[str, Any]) -> str:
        label = self._labels.get(field)
        shown = params if label is None or "field" in params else {**params, "field": label}
        return describe_problem(code, {"item": self._item, **shown}, words=self._problem_words)
