"""Undoes an applied import, in chunks from its end to its beginning, each in one transaction (E-33, E-34, E-68).

Public: `preview_undo`, `request_undo`, `undo_chunk`, `is_undoable`.
"""

from collections import Counter
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.utils import timezone

from lms.audit.services import record_event
from lms.core.failpoints import reach
from lms.imports.checking import describe_context
from lms.imports.importer import UndoCounts, UndoRow, get_importer
from lms.imports.lanes import Claim, announce, finish_work, hold, take_sequence
from lms.imports.messaging.writing import count_after_undo, withdraw_for_undo
from lms.imports.models import FINISHED_STATES, IMPORTED, ImportBatch, Outcome, State, WorkItem
from lms.imports.planning import read_whole_groups
from lms.imports.transitions import StateConflict, change_state
from lms.notifications.services import tell_undo_finished
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant

UNDOABLE: Final = (*FINISHED_STATES, State.CANCELLED, State.FAILED)

# The last rows that were applied and are not undone yet, whole groups only.
_ROWS: Final = """
SELECT row_no, person_id, item_id, position, outcome FROM imports_importrow
WHERE purge_on = %s AND batch_id = %s AND position <= %s AND position > %s ORDER BY position DESC
"""


def is_undoable(batch: ImportBatch, *, tenant: Tenant) -> bool:
    """Return whether something of the import is in and its row log is still there."""
    return batch.state in UNDOABLE and batch.checkpoint > 0 and batch.purge_on > today(tenant)


def preview_undo(batch: ImportBatch, *, tenant: Tenant, actor: User) -> UndoCounts:
    """Return what undoing would take back and what stays, with names. Writes nothing."""
    context = describe_context(batch, tenant=tenant, actor=actor)
    return get_importer(batch.kind).preview_undo(context=context)


def request_undo(batch: ImportBatch, *, tenant: Tenant, actor: User, reason: str) -> None:
    """Put the undoing of the import into its tenant's lane; in the caller's scope. Raises StateConflict if it cannot be."""
    batch.refresh_from_db()
    if not is_undoable(batch, tenant=tenant):
        message = f"{batch} cannot be undone"
        raise StateConflict(message)
    # An undo that failed on the way goes on: it remembers where it began and what it has taken back.
    begun = batch.failed_in == State.UNDOING
    change_state(
        batch,
        to=State.UNDOING,
        expected=UNDOABLE,
        undone_by=actor,
        undo_reason=reason[:500],
        undo_summary=batch.undo_summary if begun else {},
        failed_in="",
        reference="",
        phase="undoing",
        phase_started_at=timezone.now(),
        progress=batch.progress if begun else 0,
        progress_total=batch.progress_total if begun else batch.checkpoint,
        attempts=0,
        chunk_rows=0,
    )
    withdrawn = withdraw_for_undo(batch)  # at once: none of them may leave while the undo waits for its turn
    if withdrawn:
        batch.undo_summary |= withdrawn
        ImportBatch.objects.filter(pk=batch.pk).update(undo_summary=batch.undo_summary)
    sequence = take_sequence(batch.tenant_id)
    announce(tenant_id=batch.tenant_id, kind=WorkItem.Kind.UNDO, subject_id=batch.pk, sequence=sequence)
    record_event(
        action="imports.batch.undo_requested", actor=actor, subject=batch, batch_id=batch.pk, details={"reason": reason}
    )


def undo_chunk(claim: Claim, *, tenant: Tenant) -> bool:
    """Take the next chunk of the claimed import back; return whether more is to come. Runs in the open scope.

    `batch.checkpoint` goes down; a killed worker's successor goes on from there. Raises LostLease.
    """
    hold(claim)
    batch = ImportBatch.objects.select_for_update().get(pk=claim.subject_id)
    if batch.state != State.UNDOING:
        finish_work(claim)
        return False
    reach("undo.begin")
    if batch.checkpoint > 0:
        _undo_rows(batch, tenant=tenant)
    if batch.checkpoint > 0:
        ImportBatch.objects.filter(pk=batch.pk).update(
            checkpoint=batch.checkpoint,
            progress=batch.progress_total - batch.checkpoint,
            undo_summary=batch.undo_summary,
            attempts=0,
        )
        reach("undo.before_commit")
        return True
    _end(batch, claim)
    return False


def _undo_rows(batch: ImportBatch, *, tenant: Tenant) -> None:
    size = batch.chunk_rows or settings.IMPORT_CHUNK_ROWS
    rows = _read_rows(batch, size=size)
    context = describe_context(
        batch, tenant=tenant, actor=User.objects.get(pk=batch.undone_by_id or batch.uploaded_by_id)
    )
    touched = [
        UndoRow(row_no, person_id, item_id)
        for row_no, person_id, item_id, _, outcome in rows
        if outcome in (*IMPORTED, Outcome.EVIDENCE, Outcome.UNCHANGED)
    ]
    if touched:
        counts = get_importer(batch.kind).undo_rows(touched, context=context)
        summary = Counter(batch.undo_summary)
        summary.update(removed=counts.removed, restored=counts.restored, kept=counts.kept)
        batch.undo_summary = dict(summary)
    batch.checkpoint = rows[-1][3] - 1


def _read_rows(batch: ImportBatch, *, size: int) -> list[tuple[Any, ...]]:
    def read(limit: int) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(_ROWS, [batch.purge_on, batch.pk, batch.checkpoint, batch.checkpoint - limit])
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    return read_whole_groups(read, limit=size, group_of=lambda row: (row[1], row[2]))


def _end(batch: ImportBatch, claim: Claim) -> None:
    now = timezone.now()
    batch.undo_summary |= count_after_undo(batch)
    change_state(
        batch,
        to=State.UNDONE,
        expected=[State.UNDOING],
        undone_at=now,
        undo_summary=batch.undo_summary,
        checkpoint=0,
        progress=batch.progress_total,
        attempts=0,
        phase="",
    )
    finish_work(claim)
    record_event(
        action="imports.batch.undone",
        actor=batch.undone_by,
        subject=batch,
        batch_id=batch.pk,
        details={**batch.undo_summary, "reason": batch.undo_reason},
    )
    tell_undo_finished(batch)
    reach("undo.before_finish")
