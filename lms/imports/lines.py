"""An import as one line of a list, with its words. No queries. Public: `BatchLine`, `present_batch`, `kind_label`."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from lms.core.components import Tone
from lms.imports.importer import get_importer
from lms.imports.models import FINISHED_STATES, ImportBatch, State
from lms.imports.presenting import (
    has_percent,
    is_looking,
    percent_done,
    say_state,
    state_tone,
    step_address,
    undo_until,
)
from lms.imports.recognising import is_kind_open


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """An import as one line of a list."""

    batch: ImportBatch
    url: str
    kind: str
    state: str
    tone: Tone
    is_working: bool
    has_percent: bool
    percent: int
    has_results: bool
    undo_until: dt.date | None  # set where the reader may undo it now


def present_batch(batch: ImportBatch, *, undoable: bool) -> BatchLine:
    """Return an import as a line; `undoable`: whether the reader may undo it while its log exists."""
    is_applied = batch.state in FINISHED_STATES or (
        batch.state in {State.CANCELLED, State.FAILED} and batch.checkpoint > 0
    )
    has_rows = batch.rows_deleted_on is None
    return BatchLine(
        batch=batch,
        url=step_address(batch),
        kind=kind_label(batch),
        state=say_state(batch),
        tone=state_tone(batch),
        is_working=batch.is_working or is_looking(batch),
        has_percent=has_percent(batch),
        percent=percent_done(batch),
        has_results=has_rows
        and batch.state in {*FINISHED_STATES, State.UNDONE, State.CANCELLED, State.FAILED}
        and batch.confirmed_at is not None,
        undo_until=undo_until(batch) if undoable and is_applied and has_rows else None,
    )


def kind_label(batch: ImportBatch) -> str:
    """Return the kind of import in words; its key if the importer is no longer installed."""
    if is_kind_open(batch):
        return _("Not chosen yet")
    try:
        return str(get_importer(batch.kind).label)
    except LookupError:
        return batch.kind
