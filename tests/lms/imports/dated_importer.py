"""A kind of import for tests, with everything that completions do not use: two dates, rows without an item, own words.

A course code that begins with "free" needs no course; its rows are kept as evidence, which writes nothing here.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pytest

from completions.importers import CompletionsImporter
from completions.planning import Facts
from lms.imports import importer as registry
from lms.imports.columns import Column, RowProblem
from lms.imports.importer import NO_ITEM, NoItem, Plan, RowFacts, RunContext, StagedRow, UndoRow
from lms.imports.models import Outcome
from lms.people.models import User

KEY = "dated"
HEAD = "username,course code,completion date,due date\n"
_FREE = "free"


class DatedImporter(CompletionsImporter):
    """Completions with a due date."""

    key = KEY
    label = "Dated completions"  # type: ignore[assignment]
    remembers_settings = True
    item_label = "certification"  # type: ignore[assignment]
    item_label_plural = "certifications"  # type: ignore[assignment]
    problem_words = {"R202": ("No certification “%(value)s”.", "Ask."), "R205": ("Becomes evidence.", "")}
    problem_titles = {"R202": "Certification not found", "R205": "Becomes evidence"}
    columns = (  # type: ignore[assignment]
        *CompletionsImporter.columns[:3],
        Column(
            key="due_on",
            label="Due Date",
            kind="date",
            required=True,
            unreadable="R305",
            absent_label="There are none",
            absent_option="no_due_dates",
            help="When it was due.",
        ),
    )

    def say_items(self, count: int) -> str:
        return super(CompletionsImporter, self).say_items(count)

    def date_formats(self, actor: User) -> Sequence[tuple[str, Any]]:
        del actor
        return [("yyyy-mm-dd", "ISO"), ("dd/mm/yyyy", "day first"), ("yy mm dd", "short")]

    def stage_row(self, values: dict[str, Any], *, problems: list[RowProblem], context: RunContext) -> StagedRow:
        staged = super().stage_row(values, problems=problems, context=context)
        due, code = values.get("due_on"), values.get("course_code")
        if due is not None:
            staged.values["due_on"] = due.isoformat()
        if values.get("due_on_text"):
            staged.values["due_on_text"] = values["due_on_text"]
        if code:
            staged.values["item"] = f"[{code}]"
        return staged

    def resolve_items(  # type: ignore[override]
        self, keys: Collection[str], *, context: RunContext
    ) -> Mapping[str, int | NoItem | RowProblem]:
        found: dict[str, int | NoItem | RowProblem] = {**super().resolve_items(keys, context=context)}
        found |= {key: NO_ITEM for key in keys if key.startswith(_FREE)}
        return found | {key: ("R203", "due_on", {}) for key in keys if key == "crossed"}

    def compare_keys(self, keys: Collection[str], *, context: RunContext) -> Mapping[str, Sequence[RowProblem]]:
        del context
        doubtful = [key for key in keys if key.endswith("2") and key[:-1] in keys]
        return {key: [("R204", "", {"id": key, "a": key[:-1], "b": key})] for key in doubtful}

    def load_facts(self, rows: Sequence[RowFacts], *, context: RunContext, lock: bool) -> Facts:
        return super().load_facts([row for row in rows if row.item_id is not None], context=context, lock=lock)

    def plan_rows(self, rows: Sequence[RowFacts], *, facts: Facts, context: RunContext) -> list[Plan]:
        listed = [row for row in rows if row.item_id is not None]
        plans = iter(super().plan_rows(listed, facts=facts, context=context))
        return [self._plan_free() if row.item_id is None else next(plans) for row in rows]

    def _plan_free(self) -> Plan:
        return Plan(Outcome.EVIDENCE, [("R205", "", {})])

    def tally(self, rows: Sequence[RowFacts], *, facts: Facts, context: RunContext) -> Mapping[str, int]:
        del facts, context
        return Counter("free" if row.item_id is None else "bound" for row in rows)

    def apply_rows(self, rows: Sequence[RowFacts], plans: Sequence[Plan], *, facts: Facts, context: RunContext) -> None:
        bound = [(row, plan) for row, plan in zip(rows, plans, strict=True) if row.item_id is not None]
        super().apply_rows([row for row, _ in bound], [plan for _, plan in bound], facts=facts, context=context)

    def undo_rows(self, rows: Sequence[UndoRow], *, context: RunContext) -> Any:
        self.undone = [row for row in rows if row.item_id is None]
        return super().undo_rows([row for row in rows if row.item_id is not None], context=context)


@pytest.fixture
def dated(monkeypatch: pytest.MonkeyPatch) -> DatedImporter:
    """The kind, registered while a test runs."""
    importer = DatedImporter()
    monkeypatch.setitem(registry._registry, KEY, importer)  # noqa: SLF001 - the product unregisters nothing
    return importer
