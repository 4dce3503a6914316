"""What a person decides about a checked import: confirm, cancel, go on, import the rest.

Public: `confirm_batch`, `confirm_checked`, `cancel_batch`, `continue_batch`, `needs_typed_number`, `is_stale`.
All run in the caller's scope and commit nothing themselves.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from lms.audit.services import record_event
from lms.imports.lanes import announce, take_sequence
from lms.imports.models import WAITING_STATES, FailureMode, ImportBatch, Outcome, State, WorkItem
from lms.imports.transitions import StateConflict, change_state
from lms.notifications.services import tell_import_needs_you
from lms.people.models import User
from lms.tenancy.models import Tenant

CHECK_HOLDS: Final = timedelta(hours=24)
# Fewer changed results than this never ask for the number to be typed: a share of next to nothing says little.
BRAKE_MINIMUM: Final = 10


class ConfirmationRefused(Exception):  # noqa: N818 - an answer
    """The import cannot be confirmed like this. `reason`: "number" (brake: type it), "bad_rows", "question"."""

    def __init__(self, reason: str, *, number: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.number = number


def needs_typed_number(batch: ImportBatch) -> int | None:
    """Return the number of changed current results if the big-change brake asks for it, else None (E-39)."""
    changed = int(batch.summary.get("changed_current", 0))
    existing = int(batch.summary.get("existing_current", 0))
    percent = Tenant.objects.values_list("change_threshold_percent", flat=True).get(pk=batch.tenant_id)
    return changed if changed >= BRAKE_MINIMUM and changed * 100 > existing * percent else None


def is_stale(batch: ImportBatch) -> bool:
    """Return whether the check is older than 24 hours or another import of the kind was applied or undone since (E-25)."""
    if batch.checked_at is None or batch.checked_at < timezone.now() - CHECK_HOLDS:
        return True
    others = ImportBatch.objects.filter(kind=batch.kind).exclude(pk=batch.pk)
    return others.filter(
        Q(finished_at__gt=batch.checked_at, checkpoint__gt=0) | Q(undone_at__gt=batch.checked_at)
    ).exists()


def confirm_batch(batch: ImportBatch, *, actor: User, answers: Mapping[str, Any]) -> ImportBatch:
    """Put a checked import into its tenant's lane; a second confirmation changes nothing (E-18, F7).

    A stale check is made again first, and confirms by itself unless a number changed (E-25). `answers` may hold
    "typed", the number the brake asks for, and "checked", the moment of the check whose numbers were shown.
    Raises ConfirmationRefused, or StateConflict if it is not waiting or was checked again since (S21).
    """
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.confirmed_at is not None and batch.state not in WAITING_STATES:
        return batch
    if batch.state != State.READY:
        message = f"{batch} is not waiting for a confirmation"
        raise StateConflict(message)
    if answers.get("checked") and (batch.checked_at is None or answers["checked"] != batch.checked_at.isoformat()):
        message = f"{batch} was checked again since"
        raise StateConflict(message)
    number = needs_typed_number(batch)
    if number is not None and _digits(answers.get("typed")) != str(number):
        raise ConfirmationRefused("number", number=number)
    if is_stale(batch):
        _check_again(batch, actor=actor, answers=answers)
        return batch
    _queue(batch, actor=actor)
    return batch


def _digits(typed: Any) -> str:
    return "".join(character for character in str(typed or "") if character.isdigit())


def _check_again(batch: ImportBatch, *, actor: User, answers: Mapping[str, Any]) -> None:
    change_state(
        batch,
        to=State.CHECKING,
        expected=[State.READY],
        confirm_when_checked={"actor": actor.pk, "answers": dict(answers), "expected": batch.planned},
        phase="reading",
        progress=0,
        phase_started_at=timezone.now(),
        cancel_requested=False,
    )
    announce(tenant_id=batch.tenant_id, kind=WorkItem.Kind.CHECK, subject_id=batch.pk)


def confirm_checked(batch: ImportBatch) -> None:
    """Confirm a just checked import with the answers given before the check, if nothing is open (E-25, E-70).

    Otherwise it waits at the review, and its uploader is told.
    """
    wanted = batch.confirm_when_checked
    if not wanted:
        return
    number = needs_typed_number(batch)
    typed = _digits(wanted.get("answers", {}).get("typed"))
    if batch.state != State.READY:
        tell_import_needs_you(batch, why="refused")
    elif batch.numbers_changed:
        tell_import_needs_you(batch, why="numbers")
    elif number is not None and typed != str(number):
        tell_import_needs_you(batch, why="threshold")
    else:
        _queue(batch, actor=User.objects.get(pk=wanted["actor"]))


def _queue(batch: ImportBatch, *, actor: User) -> None:
    sequence = take_sequence(batch.tenant_id)
    change_state(
        batch,
        to=State.QUEUED,
        expected=[State.READY],
        confirmed_by=actor,
        confirmed_at=timezone.now(),
        confirm_when_checked=None,
        sequence=sequence,
        phase="",
        progress=0,
        progress_total=batch.positions,
        cancel_requested=False,
        attempts=0,
        chunk_rows=0,
    )
    announce(tenant_id=batch.tenant_id, kind=WorkItem.Kind.APPLY, subject_id=batch.pk, sequence=sequence)
    record_event(
        action="imports.batch.confirmed",
        actor=actor,
        subject=batch,
        batch_id=batch.pk,
        details={"planned": batch.planned},
    )


def cancel_batch(batch: ImportBatch, *, actor: User) -> None:
    """Cancel an import: at once where it waits, after the current rows where a worker is on it (E-64).

    Raises StateConflict if it has ended already.
    """
    batch.refresh_from_db()
    if batch.state in (State.CHECKING, State.APPLYING):
        _request_stop(batch)
    else:
        change_state(
            batch,
            to=State.CANCELLED,
            expected=[*WAITING_STATES, State.QUEUED],
            counts=_counts_of_unapplied(batch),
            finished_at=timezone.now(),
            phase="",
        )
        WorkItem.objects.filter(subject_id=batch.pk, kind__in=[WorkItem.Kind.APPLY, WorkItem.Kind.SNIFF]).delete()
    record_event(action="imports.batch.cancelled", actor=actor, subject=batch, batch_id=batch.pk, details={})


def _request_stop(batch: ImportBatch) -> None:
    """Have the worker stop after the current rows; an all-or-nothing import that is being written goes on (E-64)."""
    is_whole = batch.options.get("failure_mode") == FailureMode.STOP_IF_ANY
    working = ImportBatch.objects.filter(pk=batch.pk, state=batch.state)
    if (batch.state == State.APPLYING and is_whole) or not working.update(cancel_requested=True):
        message = f"it is too late to cancel {batch}"
        raise StateConflict(message)


def _counts_of_unapplied(batch: ImportBatch) -> dict[str, int]:
    """Return what became of the rows of a checked import that ends before anything is applied (E-50)."""
    if not batch.planned:
        return {}
    if batch.checkpoint:  # the rest of a cancelled import waited in its lane
        left = {outcome: rows for outcome, rows in batch.counts.items() if outcome != Outcome.NOT_PROCESSED}
    else:
        left = dict(batch.summary.get("left_out", {}))
    waiting = batch.positions - batch.checkpoint
    return left | ({Outcome.NOT_PROCESSED.value: waiting} if waiting else {})


def continue_batch(batch: ImportBatch, *, actor: User) -> None:
    """Go on where a failed import stopped, or import the rest of a cancelled one; it takes a new place in the lane.

    Raises StateConflict if there is nothing to go on with.
    """
    batch.refresh_from_db()
    if batch.state == State.FAILED and batch.failed_in == "checking":
        change_state(
            batch, to=State.CHECKING, expected=[State.FAILED], failed_in="", reference="", cancel_requested=False
        )
        announce(tenant_id=batch.tenant_id, kind=WorkItem.Kind.CHECK, subject_id=batch.pk)
    elif batch.state == State.FAILED and batch.failed_in == "undoing":
        change_state(batch, to=State.UNDOING, expected=[State.FAILED], failed_in="", reference="", attempts=0)
        sequence = take_sequence(batch.tenant_id)
        announce(tenant_id=batch.tenant_id, kind=WorkItem.Kind.UNDO, subject_id=batch.pk, sequence=sequence)
    else:
        _apply_rest(batch, actor=actor)
    record_event(action="imports.batch.continued", actor=actor, subject=batch, batch_id=batch.pk, details={})


def _apply_rest(batch: ImportBatch, *, actor: User) -> None:
    if batch.sequence is None or batch.checkpoint >= batch.positions:
        message = f"nothing of {batch} is left to import"
        raise StateConflict(message)
    sequence = take_sequence(batch.tenant_id)
    counts = {outcome: rows for outcome, rows in batch.counts.items() if outcome != "not_processed"}
    change_state(
        batch,
        to=State.QUEUED,
        expected=[State.FAILED, State.CANCELLED],
        failed_in="",
        reference="",
        sequence=sequence,
        counts=counts,
        confirmed_by=actor,
        finished_at=None,
        cancel_requested=False,
        attempts=0,
        chunk_rows=0,
    )
    announce(tenant_id=batch.tenant_id, kind=WorkItem.Kind.APPLY, subject_id=batch.pk, sequence=sequence)
