"""Plans the staged rows of a check block by block: what stands in the log of each row, and what the review counts.

Public: `BlockPlanner`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from lms.core.json_text import decode_json, encode_json
from lms.imports.importer import Importer, RunContext, UnfitRow
from lms.imports.models import Outcome
from lms.imports.planning import OpenRow, plan_open_rows, unfit_outcome
from lms.imports.summary import Summary


class _FailedRow(NamedTuple):
    """A row that cannot be planned, and why."""

    row_no: int
    person_id: int | None
    item_id: int | None
    day: date | None
    values: dict[str, Any]
    problems: list[Any]


class BlockPlanner:
    """Gives the fit rows of a check their plans and positions, and every row its line for the log."""

    def __init__(self, *, importer: Importer, context: RunContext, summary: Summary) -> None:
        self.importer, self.context, self.summary = importer, context, summary
        self.position = 0  # the last one given out
        self.fields = {kind: _first_field(importer, kind) for kind in ("person", "item")}

    def plan(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return the lines for the log of one block, as `row_log.read_block` gave it."""
        open_rows: list[OpenRow] = []
        failed: list[_FailedRow] = []
        for (
            row_no,
            person_id,
            item_id,
            day,
            values_json,
            problems_json,
            person_problem,
            item_problem,
            item_warnings,
            is_fit,
            _,
        ) in rows:
            values = decode_json(values_json)
            problems = [tuple(problem) for problem in decode_json(problems_json)] if problems_json != "[]" else []
            if item_warnings is not None:
                problems += self._name_fields(decode_json(item_warnings), values, kind="item")
            if is_fit:
                open_rows.append(OpenRow(row_no, person_id, item_id, day, values, problems))
                continue
            if not values.get("skipped"):
                for found, kind in ((person_problem, "person"), (item_problem, "item")):
                    if found is not None:  # a row can have several problems (T-64)
                        problems += self._name_fields([decode_json(found)], values, kind=kind)
            failed.append(_FailedRow(row_no, person_id, item_id, day, values, problems))
        lines = self._log_failed(failed)
        if open_rows:
            lines += self._plan_open(open_rows)
        return lines

    def _log_failed(self, rows: Sequence["_FailedRow"]) -> list[tuple[Any, ...]]:
        """Return the lines of rows that cannot be planned, with everything that is wrong with them (S-21)."""
        known = [
            UnfitRow(row.row_no, row.person_id, row.item_id, row.day, row.values)
            for row in rows
            if row.person_id is not None and not row.values.get("skipped")
        ]
        more = self.importer.judge_unfit(known, context=self.context) if known else {}
        return [
            self._log_row(
                row.row_no,
                None,
                row.person_id,
                row.item_id,
                row.day,
                Outcome.SKIPPED if row.values.get("skipped") else Outcome.REJECTED,
                [*row.problems, *more.get(row.row_no, ())],
            )
            for row in rows
        ]

    def _plan_open(self, open_rows: Sequence[OpenRow]) -> list[tuple[Any, ...]]:
        lines: list[tuple[Any, ...]] = []
        planned = plan_open_rows(open_rows, importer=self.importer, context=self.context, is_applying=False)
        for row, more in planned.unfit:
            problems = [*row.problems, *more]
            lines.append(
                self._log_row(row.row_no, None, row.person_id, row.item_id, row.day, unfit_outcome(more), problems)
            )
        self.summary.note_tally(self.importer.tally(planned.rows, facts=planned.facts, context=self.context))
        own = {row.row_no: row.problems for row in open_rows}
        for facts, plan in zip(planned.rows, planned.plans, strict=True):
            self.position += 1
            problems = [*own[facts.row_no], *plan.problems]
            self.summary.note_effect(plan)
            if plan.effect:
                self.summary.note_consequences(plan, facts=facts, person=planned.people[facts.person_id])
            lines.append(
                self._log_row(
                    facts.row_no, self.position, facts.person_id, facts.item_id, facts.day, plan.outcome, problems,
                    effect=plan.effect, target_id=plan.target_id,
                )
            )  # fmt: skip
        return lines

    def _name_fields(self, found: Sequence[Any], values: dict[str, Any], *, kind: str) -> list[Any]:
        """Return what matching found, in the words of the row's own cells."""
        own = self.fields[kind]
        return [(code, field or own, {"value": values.get(kind, ""), **params}) for code, field, params in found]

    def _log_row(  # noqa: PLR0913 - the columns of the log
        self, row_no: int, position: int | None, person_id: int | None, item_id: int | None, day: Any, outcome: str,
        problems: list[Any], *, effect: dict[str, Any] | None = None, target_id: int | None = None,
    ) -> tuple[Any, ...]:  # fmt: skip
        self.summary.note_row(
            row_no, outcome=outcome, problems=problems, person_id=person_id, item_id=item_id, day=day,
            is_visited=position is not None,
        )  # fmt: skip
        return (
            row_no, position, person_id, item_id, str(outcome), encode_json(problems) if problems else "[]",
            encode_json(effect) if effect else "{}", target_id,
        )  # fmt: skip


def _first_field(importer: Importer, kind: str) -> str:
    return next((column.key for column in importer.columns if column.kind == kind), "")
