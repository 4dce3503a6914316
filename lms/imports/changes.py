"""Rows that turn out differently from the check when they are applied: found, and written to the log (R901, R903, E-28).

Public: `Change`, `find_changes`, `log_changes`.
"""

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from lms.core.json_text import decode_json, encode_json
from lms.imports.models import ImportBatch
from lms.imports.planning import PlannedRows, unfit_outcome

# Besides R4xx, what only a plan says of a row; another plan takes its place.
_PLANNED_CODES: Final = ("R205", "R306")
_CHANGE_ROWS: Final = """
UPDATE imports_importrow logged
SET outcome = changed.outcome, problems = changed.problems::jsonb, plan = changed.plan::jsonb,
    target_id = changed.target_id
FROM unnest(%(rows)s::int[], %(outcomes)s::text[], %(problems)s::text[], %(plans)s::text[], %(targets)s::bigint[])
     AS changed(row_no, outcome, problems, plan, target_id)
WHERE logged.purge_on = %(purge_on)s AND logged.batch_id = %(batch)s AND logged.row_no = changed.row_no
"""


class Change:
    """A row that turned out differently from the check; `is_listed` says whether its outcome did (R901, R903)."""

    __slots__ = ("effect", "is_listed", "outcome", "problems", "row_no", "target_id")

    def __init__(
        self, row_no: int, outcome: str, problems: list[Any], effect: dict[str, Any], target_id: int | None
    ) -> None:
        self.row_no, self.outcome, self.problems = row_no, outcome, problems
        self.effect, self.target_id = effect, target_id
        self.is_listed = True


def find_changes(logged: Sequence[tuple[Any, ...]], planned: PlannedRows) -> list[Change]:
    """Return the rows that become something else than the check said (R901, R903), or change something else (E-28)."""
    before = {row[0]: (row[6], row[5], row[7]) for row in logged}
    changes = []
    for facts, plan in zip(planned.rows, planned.plans, strict=True):
        said, problems, effect = before[facts.row_no]
        if said != plan.outcome or decode_json(effect) != plan.effect:
            again = {*_PLANNED_CODES, *(problem[0] for problem in plan.problems)}
            own = [
                problem
                for problem in decode_json(problems)
                if not problem[0].startswith("R4") and problem[0] not in again
            ]
            note = [("R903", "", {"a": said, "b": str(plan.outcome)})] if said != plan.outcome else []
            changes.append(
                Change(facts.row_no, plan.outcome, [*own, *plan.problems, *note], plan.effect, plan.target_id)
            )
            changes[-1].is_listed = bool(note)
    for row, problems in planned.unfit:
        changes.append(Change(row.row_no, unfit_outcome(problems), list(problems), {}, None))
    return changes


def log_changes(batch: ImportBatch, changes: Sequence[Change]) -> None:
    """Write these rows to the log of their batch, in the open transaction."""
    if not changes:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _CHANGE_ROWS,
            {
                "purge_on": batch.purge_on,
                "batch": batch.pk,
                "rows": [change.row_no for change in changes],
                "outcomes": [str(change.outcome) for change in changes],
                "problems": [encode_json(change.problems) for change in changes],
                "plans": [encode_json(change.effect) for change in changes],
                "targets": [change.target_id for change in changes],
            },
        )
