"""What a person decides about a checked import: confirm, cancel, go on, import the rest.

Public: `confirm_batch`, `confirm_checked`, `cancel_batch`, `continue_batch`, `needs_typed_number`, `TypedNumber`,
`is_stale`, `ConfirmationRefused`. All run in the caller's scope and commit nothing themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.audit.services import record_event
from lms.core.wording import say_number
from lms.imports.lanes import announce, take_sequence
from lms.imports.messaging.choosing import Choice, ChoiceRefused, read_choice
from lms.imports.messaging.counting import message_numbers, read_totals
from lms.imports.messaging.writing import end_messages
from lms.imports.models import WAITING_STATES, ImportBatch, Outcome, State, WorkItem
from lms.imports.transitions import StateConflict, change_state
from lms.notifications.choices import MessageChoice
from lms.notifications.services import tell_import_needs_you
from lms.people.models import User
from lms.tenancy.models import Tenant

CHECK_HOLDS: Final = timedelta(hours=24)
# Fewer changed results than this never ask for the number to be typed: a share of next to nothing says little.
BRAKE_MINIMUM: Final = 10


_WORDS: Final = {
    "messages": _("Choose whether to send the messages of this import."),
    "may_not_send": _("You may not send messages from imports. Choose not to send them, or ask an administrator."),
    "send_at": _("Choose a time that lies ahead, within the next 7 days."),
    "changes": _("This import changes %(n)s current results. Type the number to confirm."),
    "mails": _("This import sends %(n)s messages. Type the number to confirm."),
}


@dataclass(frozen=True, slots=True)
class TypedNumber:
    """The number the confirmation threshold asks for. `reason`: "changes" of current results, or "messages" (E-39)."""

    number: int
    reason: str


class ConfirmationRefused(Exception):  # noqa: N818 - an answer
    """The import cannot be confirmed like this.

    `reason`: "number" (type `typed_number`), "messages" (choose), "may_not_send", "send_at". `words` say what to do.
    """

    def __init__(self, reason: str, *, typed_number: TypedNumber | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.typed_number = typed_number

    @property
    def number(self) -> int | None:
        """The number to be typed, if that is what is missing."""
        return self.typed_number.number if self.typed_number else None

    @property
    def words(self) -> str:
        """What to do, in one or two sentences."""
        if self.typed_number is None:
            return str(_WORDS[self.reason])
        words = _WORDS["mails" if self.typed_number.reason == "messages" else "changes"]
        return str(words) % {"n": say_number(self.typed_number.number)}


def needs_typed_number(batch: ImportBatch, *, messages: str = "") -> TypedNumber | None:
    """Return the number to be typed, if one of the thresholds is passed with this choice about messages (E-39).

    Many changed current results ask for their number whatever is chosen; many messages for theirs if they are sent.
    """
    tenant = Tenant.objects.only("change_threshold_percent", "message_threshold").get(pk=batch.tenant_id)
    changed = int(batch.summary.get("changed_current", 0))
    existing = int(batch.summary.get("existing_current", 0))
    if changed >= BRAKE_MINIMUM and changed * 100 > existing * tenant.change_threshold_percent:
        return TypedNumber(changed, "changes")
    sent = read_totals(batch).messages if messages == MessageChoice.SEND else 0
    return TypedNumber(sent, "messages") if sent > tenant.message_threshold else None


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
    "typed", the number the thresholds ask for, "checked", the moment of the check whose numbers were shown, and the
    choice about messages ("messages", "send_at"; see `messaging.choosing.read_choice`).
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
    choice = _judge(batch, actor=actor, answers=answers)
    if is_stale(batch):
        _check_again(batch, actor=actor, answers=answers)
        return batch
    _queue(batch, actor=actor, choice=choice)
    return batch


def _judge(batch: ImportBatch, *, actor: User, answers: Mapping[str, Any], is_late_allowed: bool = False) -> Choice:
    """Return the choice about messages; raise ConfirmationRefused if it, or the typed number, is missing or wrong."""
    try:
        choice = read_choice(batch, answers=answers, actor=actor, is_late_allowed=is_late_allowed)
    except ChoiceRefused as refused:
        raise ConfirmationRefused(refused.reason) from None
    asked = needs_typed_number(batch, messages=choice.messages)
    if asked is not None and _digits(answers.get("typed")) != str(asked.number):
        raise ConfirmationRefused("number", typed_number=asked)
    return choice


def _digits(typed: Any) -> str:
    return "".join(character for character in str(typed or "") if character.isdigit())


def _check_again(batch: ImportBatch, *, actor: User, answers: Mapping[str, Any]) -> None:
    change_state(
        batch,
        to=State.CHECKING,
        expected=[State.READY],
        confirm_when_checked={
            "actor": actor.pk,
            "answers": dict(answers),
            "expected": {"planned": batch.planned, "messages": message_numbers(batch.summary)},
        },
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
    actor = User.objects.get(pk=wanted["actor"])
    if batch.state != State.READY:
        tell_import_needs_you(batch, why="refused")
    elif batch.numbers_changed:
        tell_import_needs_you(batch, why="numbers")
    else:
        try:
            choice = _judge(batch, actor=actor, answers=wanted.get("answers", {}), is_late_allowed=True)
        except ConfirmationRefused as refused:
            tell_import_needs_you(batch, why="threshold" if refused.reason == "number" else "question")
        else:
            _queue(batch, actor=actor, choice=choice)


def _queue(batch: ImportBatch, *, actor: User, choice: Choice) -> None:
    sequence = take_sequence(batch.tenant_id)
    change_state(
        batch,
        to=State.QUEUED,
        expected=[State.READY],
        confirmed_by=actor,
        confirmed_at=timezone.now(),
        confirm_when_checked=None,
        messages=choice.messages,
        send_at=choice.send_at,
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
        details={
            "planned": batch.planned,
            "messages": choice.messages or "none",
            "send_at": choice.send_at.isoformat() if choice.send_at else None,
            "messages_shown": message_numbers(batch.summary),
        },
    )


def may_cancel(batch: ImportBatch) -> bool:
    """Return whether a confirmed import can still be cancelled: not while it is written as a whole (E-63, E-64)."""
    if batch.state == State.APPLYING and batch.is_all_or_nothing:
        return False
    return batch.state in {State.QUEUED, State.APPLYING} and not batch.cancel_requested


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
        end_messages(batch, tenant=batch.tenant)  # of the part that was in, where the rest waited in its lane
    record_event(action="imports.batch.cancelled", actor=actor, subject=batch, batch_id=batch.pk, details={})


def _request_stop(batch: ImportBatch) -> None:
    """Have the worker stop after the current rows; an all-or-nothing import that is being written goes on (E-64)."""
    working = ImportBatch.objects.filter(pk=batch.pk, state=batch.state)
    if (batch.state == State.APPLYING and batch.is_all_or_nothing) or not working.update(cancel_requested=True):
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
