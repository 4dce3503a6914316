"""One rule for what became of a row, in Python and in the database."""

from typing import Any

import pytest

from lms.imports.models import State
from lms.imports.outcomes import failed_rows_filter, final_outcome, final_outcome_case, is_still_planned
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.batch_data import LogRow, make_batch, write_log
from tests.plugins.cast import Cast

ROWS = [
    LogRow(2, "created", ["a"], position=1),
    LogRow(3, "rejected", ["b"]),
    LogRow(4, "updated", ["c"], position=2),
    LogRow(5, "created", ["d"], position=3),
    LogRow(6, "skipped", ["e"]),
]
ALL_DONE = ["created", "rejected", "updated", "created", "skipped"]
REST_OPEN = ["created", "rejected", "updated", "not_processed", "skipped"]


@pytest.mark.parametrize(
    ("state", "fields", "expected", "failed"),
    [
        (State.COMPLETED_WITH_ERRORS, {"checkpoint": 3}, ALL_DONE, [3]),
        (State.READY, {}, ALL_DONE, [3]),
        (State.CANCELLED, {"checkpoint": 2}, REST_OPEN, [3, 5]),
        (State.FAILED, {"checkpoint": 2, "failed_in": "applying"}, REST_OPEN, [3, 5]),
        (State.CANCELLED, {}, ["not_processed", "rejected", "not_processed", "not_processed", "skipped"], [2, 3, 4, 5]),
        (State.UNDONE, {"checkpoint": 0, "progress_total": 2}, REST_OPEN, [3, 5]),
        (State.FAILED, {"checkpoint": 1, "progress_total": 3, "failed_in": "undoing"}, ALL_DONE, [3]),
    ],
)
def test_E50_rows_never_reached_are_not_processed(
    cast: Cast, state: str, fields: dict[str, Any], expected: list[str], failed: list[int]
) -> None:
    batch = make_batch(cast, state=state, positions=3, **fields)
    write_log(batch, ROWS)

    with tenant_scope(cast.acme.pk):
        rows = list(batch.rows().annotate(final=final_outcome_case(batch)).order_by("row_no"))
        found = batch.rows().filter(failed_rows_filter(batch)).order_by("row_no").values_list("row_no", flat=True)

        assert [row.final for row in rows] == expected
        assert [final_outcome(row, batch=batch) for row in rows] == expected
        assert list(found) == failed


def test_E17_what_lies_ahead_is_still_planned(cast: Cast) -> None:
    batch = make_batch(cast, state=State.APPLYING, positions=3, checkpoint=1)

    assert [is_still_planned(position, batch=batch) for position in (None, 1, 2)] == [False, False, True]
