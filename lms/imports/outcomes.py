"""What became of each row, all told: the one rule for rows that were planned but never reached (E-50).

The row log holds a planned outcome from the check on; applying overwrites only what turned out differently. A row
that applying did not reach before the import ended is `not_processed`. Public: `applied_through`, `final_outcome`,
`final_outcome_case`, `failed_rows_filter`, `is_still_planned`.
"""

from typing import Final

from django.db.models import Case, CharField, F, Q, Value, When

from lms.imports.models import ImportBatch, ImportRow, Outcome, State

# States in which nothing more comes by itself; what lies behind the checkpoint has not been done.
_ENDED: Final = (State.CANCELLED, State.FAILED, State.UNDOING, State.UNDONE)
# States in which what lies behind the checkpoint may still be done.
_AHEAD: Final = (State.CHECKING, State.READY, State.REFUSED, State.QUEUED, State.APPLYING)
_FAILED: Final = (Outcome.REJECTED, Outcome.ERRORED)


def applied_through(batch: ImportBatch) -> int:
    """Return the last position that was applied, also while and after it is undone.

    Undoing counts `checkpoint` down and remembers in `progress_total` where it began.
    """
    is_undo = batch.state in {State.UNDOING, State.UNDONE} or batch.failed_in == State.UNDOING
    return batch.progress_total if is_undo else batch.checkpoint


def final_outcome(row: ImportRow, *, batch: ImportBatch) -> str:
    """Return the outcome of a row as people see it (E-50). The twin of `final_outcome_case`."""
    is_unreached = not row.outcome or (row.position is not None and row.position > applied_through(batch))
    return Outcome.NOT_PROCESSED if is_unreached and batch.state in _ENDED else row.outcome


def final_outcome_case(batch: ImportBatch) -> Case | F:
    """Return the expression that gives `final_outcome` of a row in a query over `batch.rows()`."""
    if batch.state not in _ENDED:
        return F("outcome")
    return Case(
        When(_unreached(batch), then=Value(str(Outcome.NOT_PROCESSED))),
        default=F("outcome"),
        output_field=CharField(),
    )


def failed_rows_filter(batch: ImportBatch) -> Q:
    """Return the condition for the rows of the failed-rows file: failed, or never reached (E-65)."""
    failed = Q(outcome__in=_FAILED)
    return failed | _unreached(batch) if batch.state in _ENDED else failed


def is_still_planned(position: int | None, *, batch: ImportBatch) -> bool:
    """Return whether the outcome of a row with this position is what would happen, not what has happened (E-17)."""
    return batch.state in _AHEAD and position is not None and position > batch.checkpoint


def _unreached(batch: ImportBatch) -> Q:
    return Q(outcome="") | Q(position__gt=applied_through(batch))
