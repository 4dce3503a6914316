"""Messages of applied rows: written and held, let go at the end, taken back (E-21, E-61, W17).

Public: `write_planned_messages`, `end_messages`, `drop_held_messages`, `withdraw_import_messages`, `withdraw_for_undo`,
`count_after_undo`.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from lms.audit.services import record_event
from lms.imports.importer import Plan, RowFacts, RunContext
from lms.imports.models import ImportBatch, State
from lms.imports.transitions import StateConflict
from lms.notifications.choices import MessageChoice
from lms.notifications.messages import (
    NewMessage,
    count_messages,
    release_messages,
    withdraw_messages,
    write_messages,
)
from lms.people.models import User
from lms.tenancy.models import Tenant


def write_planned_messages(
    rows: Sequence[RowFacts], plans: Sequence[Plan], *, batch: ImportBatch, context: RunContext
) -> None:
    """Write the messages of applied rows, held until the import has ended; no statement where there is nothing to send."""
    if batch.messages != MessageChoice.SEND:
        return
    messages = [
        NewMessage(row.person_id, message.kind, message.item)
        for row, plan in zip(rows, plans, strict=True)
        for message in plan.messages
    ]
    if messages:
        write_messages(messages, group=f"import:{batch.pk}", now=context.now, batch_id=batch.pk, is_held=True)


def end_messages(batch: ImportBatch, *, tenant: Tenant) -> None:
    """Let the messages of an import that has ended go out, or take them back if it was cancelled (E-21, E-61)."""
    if batch.messages != MessageChoice.SEND:
        return
    if batch.state == State.CANCELLED:
        withdraw_messages(batch_id=batch.pk)
        return
    at = batch.send_at if batch.send_at is not None and batch.send_at > timezone.now() else None
    release_messages(batch_id=batch.pk, at=at, hold=timedelta(minutes=tenant.message_hold_minutes))


def drop_held_messages(batch: ImportBatch) -> None:
    """Take back what a failed import held until it would go on, because it never will."""
    if batch.messages == MessageChoice.SEND:
        withdraw_messages(batch_id=batch.pk)


def withdraw_import_messages(batch: ImportBatch, *, actor: User) -> int:
    """Take back what the import has not sent yet, and send nothing of the rest of it; return the number of mails (E-21).

    Raises StateConflict if it sends nothing, or is being written as a whole just now.
    """
    if batch.is_all_or_nothing and ImportBatch.objects.filter(pk=batch.pk, state=State.APPLYING).exists():
        message = f"{batch} is being written; its messages can be withdrawn once it has ended"
        raise StateConflict(message)
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.messages != MessageChoice.SEND or batch.state in (State.UNDOING, State.UNDONE):
        message = f"{batch} has no messages to withdraw"
        raise StateConflict(message)
    withdrawn = withdraw_messages(batch_id=batch.pk)
    if batch.checkpoint < batch.positions:  # rows that are still to come must not send what was just taken back
        ImportBatch.objects.filter(pk=batch.pk).update(messages=MessageChoice.SUPPRESS, send_at=None)
    record_event(
        action="imports.batch.messages_withdrawn",
        actor=actor,
        subject=batch,
        batch_id=batch.pk,
        details={"withdrawn": withdrawn},
    )
    return withdrawn


def withdraw_for_undo(batch: ImportBatch) -> dict[str, int]:
    """Take back what was not sent yet, because the import is undone; return what the undo's summary says of it (W17)."""
    if batch.messages != MessageChoice.SEND:
        return {}
    already = int(batch.undo_summary.get("messages_withdrawn", 0))
    return {"messages_withdrawn": already + withdraw_messages(batch_id=batch.pk)}


def count_after_undo(batch: ImportBatch) -> dict[str, int]:
    """Return, at the end of an undo, how many mails were withdrawn, and how many could not be called back."""
    withdrawn = withdraw_for_undo(batch)
    if not withdrawn:
        return {}
    counts = count_messages(batch_id=batch.pk)
    return {**withdrawn, "messages_sent": counts.sent + counts.waiting}
