"""State changes of a batch: compare-and-swap in the database, the only way a state ever changes."""

from collections.abc import Iterable
from typing import Any, Final

from lms.imports.models import ImportBatch, State

# From each state, the states that may follow (spec: engine, "Batch and row").
NEXT: Final[dict[str, frozenset[str]]] = {
    State.UPLOADED: frozenset({State.CHECKING, State.REFUSED, State.CANCELLED}),
    State.CHECKING: frozenset({State.READY, State.REFUSED, State.FAILED, State.CANCELLED}),
    State.READY: frozenset({State.QUEUED, State.CHECKING, State.CANCELLED}),
    State.REFUSED: frozenset({State.CHECKING, State.CANCELLED}),
    State.QUEUED: frozenset({State.APPLYING, State.CANCELLED}),
    State.APPLYING: frozenset(
        {State.COMPLETED, State.COMPLETED_WITH_ERRORS, State.FAILED, State.CANCELLED, State.REFUSED}
    ),
    State.COMPLETED: frozenset({State.UNDOING}),
    State.COMPLETED_WITH_ERRORS: frozenset({State.UNDOING}),
    State.FAILED: frozenset({State.CHECKING, State.QUEUED, State.UNDOING, State.CANCELLED}),
    State.CANCELLED: frozenset({State.QUEUED, State.UNDOING}),
    State.UNDOING: frozenset({State.UNDONE, State.FAILED}),
    State.UNDONE: frozenset(),
}


class StateConflict(Exception):  # noqa: N818 - somebody else was faster; show the state as it is
    """The batch is not, or no longer, in a state from which this can be done."""


def change_state(batch: ImportBatch, *, to: str, expected: Iterable[str], **changes: Any) -> None:
    """Move the batch to a state if it is in one of the `expected` ones, writing `changes` with it.

    Raises StateConflict if it is not. Commits nothing itself. `batch` shows the new values afterwards.
    """
    sources = [state for state in expected if to in NEXT[state]]
    updated = ImportBatch.objects.filter(pk=batch.pk, state__in=sources).update(state=to, **changes)
    if not updated:
        message = f"{batch} cannot become {to}"
        raise StateConflict(message)
    for name, value in {"state": to, **changes}.items():
        setattr(batch, name, value)
