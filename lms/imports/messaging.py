"""The messages of an import: which rows cause them, how many that is, who chooses, when they are written and let go.

The check counts what would be sent (E-22); only that is ever sent because of the import (E-61). Kinds and words belong to
`lms.notifications`, occasions and items to the importer.

Public: `keep_messages`, `find_allowed`, `read_shown`; `MessageTally`, `MessageTotals`, `read_totals`,
`message_numbers`; `Choice`, `ChoiceRefused`, `needs_choice`, `may_send`, `read_choice`; `write_planned_messages`,
`end_messages`, `drop_held_messages`, `withdraw_import_messages`, `withdraw_for_undo`, `count_after_undo`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from lms.audit.services import record_event
from lms.core.json_text import decode_json, encode_json
from lms.imports.importer import PersonFact, Plan, PlannedMessage, RowFacts, RunContext
from lms.imports.models import FailureMode, ImportBatch, ImportRow, State
from lms.imports.transitions import StateConflict
from lms.notifications.choices import KindCount, MessageChoice
from lms.notifications.messages import (
    NewMessage,
    count_messages,
    release_messages,
    withdraw_messages,
    write_messages,
)
from lms.people.models import User
from lms.people.permissions import Permission, may
from lms.people.selectors import reaches_everybody, visible_people
from lms.tenancy.models import Tenant

SEND_WITHIN: Final = timedelta(days=7)
# A sample is a real message; of one with more items than this the first are shown.
SAMPLE_ITEMS: Final = 200

Group = tuple[int, int | None]
Shown = Mapping[Group, frozenset[str]]


# --- planning ---------------------------------------------------------------------------------------------------


def keep_messages(
    plans: Sequence[Plan], *, rows: Sequence[RowFacts], people: Mapping[int, PersonFact], shown: Shown | None
) -> list[Plan]:
    """Return the plans with the messages that may go out, their kinds in `effect["messages"]` (E-28).

    Deactivated people get none, nor anybody one about the time away (E-19). Rows of a person and item that say the same
    say it once. With `shown`, what the check did not show for that person and item is dropped (E-61).
    """
    said: set[tuple[int, int | None, str, str]] = set()
    kept = []
    for row, plan in zip(rows, plans, strict=True):
        if not plan.messages:
            kept.append(plan)
            continue
        group = (row.person_id, row.item_id)
        messages = []
        for message in plan.messages:
            key = (*group, message.kind, encode_json(message.item))
            is_shown = shown is None or message.kind in shown.get(group, ())
            if is_shown and key not in said and _may_be_told(people[row.person_id], message):
                said.add(key)
                messages.append(message)
        kinds = {"messages": sorted({message.kind for message in messages})} if messages else {}
        kept.append(replace(plan, messages=tuple(messages), effect={**plan.effect, **kinds}))
    return kept


def _may_be_told(person: PersonFact, message: PlannedMessage) -> bool:
    return person.is_active and (person.active_since is None or message.occasion_on >= person.active_since)


def read_shown(rows: Iterable[tuple[int, int | None, str]]) -> Shown:
    """Return which kinds the check showed for each person and item; rows are (person, item, stored plan as text)."""
    shown: dict[Group, frozenset[str]] = {}
    for person_id, item_id, plan in rows:
        if '"messages"' in plan:  # most rows have none, and need no decoding
            kinds = decode_json(plan).get("messages", ())
            shown[person_id, item_id] = shown.get((person_id, item_id), frozenset()) | frozenset(kinds)
    return shown


def find_allowed(batch: ImportBatch, rows: Iterable[tuple[int, int | None, str]], *, actor: User) -> Shown:
    """Return what these rows may still tell: what the check showed, if the actor has not lost the right to send (E-25).

    No query for owners and administrators, two for team roles.
    """
    is_lost = batch.messages == MessageChoice.SEND and not may(actor, Permission.SEND_MESSAGES)
    return {} if is_lost else read_shown(rows)


# --- counting ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class MessageTally:
    """Counts, while rows are planned in the order of people, what would be sent: one of a kind per person (E-20, E-22)."""

    mailed: dict[str, set[int]] = field(default_factory=dict)  # kind -> people with an address
    noticed: dict[str, set[int]] = field(default_factory=dict)  # kind -> people who only get the notice
    _person: PersonFact | None = None
    _items: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    # kind -> (has an address, number of items, person, first items): the person with the most items.
    _samples: dict[str, tuple[bool, int, int, list[dict[str, Any]]]] = field(default_factory=dict)

    def note(self, messages: Sequence[PlannedMessage], *, person: PersonFact) -> None:
        """Count the messages of one row."""
        if self._person is None or self._person.id != person.id:
            self._close_person()
            self._person = person
        counted = self.mailed if person.email else self.noticed
        for message in messages:
            counted.setdefault(message.kind, set()).add(person.id)
            self._items.setdefault(message.kind, []).append(message.item)

    def _close_person(self) -> None:
        if self._person is not None:
            has_email = bool(self._person.email)
            for kind, items in self._items.items():
                if (has_email, len(items)) > self._samples.get(kind, (False, 0))[:2]:
                    self._samples[kind] = (has_email, len(items), self._person.id, items[:SAMPLE_ITEMS])
        self._items = {}

    def as_json(self) -> dict[str, Any]:
        """Return the numbers as `ImportBatch.summary["messages"]` holds them; empty if nothing would be sent."""
        self._close_person()
        kinds = {kind: self._count_kind(kind) for kind in sorted(self.mailed.keys() | self.noticed.keys())}
        if not kinds:
            return {}
        mails = Counter(person for people in self.mailed.values() for person in people)
        without = set().union(*self.noticed.values())
        biggest = max(kinds, key=lambda kind: kinds[kind]["messages"])
        _, items_total, person_id, items = self._samples[biggest]
        return {
            "kinds": kinds,
            "messages": sum(counts["messages"] for counts in kinds.values()),
            "emails": mails.total(),
            "people": len(mails) + len(without),
            "people_with_email": len(mails),
            "people_without_email": len(without),
            "most": max(mails.values(), default=0),
            "sample": {"kind": biggest, "person_id": person_id, "items": items, "items_total": items_total},
        }

    def _count_kind(self, kind: str) -> dict[str, int]:
        mailed, noticed = len(self.mailed.get(kind, ())), len(self.noticed.get(kind, ()))
        return {
            "messages": mailed + noticed,
            "with_email": mailed,
            "without_email": noticed,
            "people": mailed + noticed,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTotals:
    """What the check says would be sent; the biggest kind first. `most` is the most mails one person gets (E-20)."""

    kinds: tuple[KindCount, ...] = ()
    messages: int = 0
    emails: int = 0
    people: int = 0
    people_with_email: int = 0
    people_without_email: int = 0  # who get the notice only; not among the e-mails
    most: int = 0
    # {"kind", "person_id", "items", "items_total"} of one real message; empty once the details are deleted.
    sample: Mapping[str, Any] = field(default_factory=dict)


def read_totals(batch: ImportBatch) -> MessageTotals:
    """Return the message numbers of the batch's check."""
    stored = dict((batch.summary or {}).get("messages") or {})
    kinds = [
        KindCount(kind=kind, with_email=counts["with_email"], without_email=counts["without_email"])
        for kind, counts in stored.pop("kinds", {}).items()
    ]
    sample = stored.pop("sample", None) or {}
    ordered = sorted(kinds, key=lambda count: (-count.messages, count.kind))
    return MessageTotals(kinds=tuple(ordered), sample=sample, **stored)


def message_numbers(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers that were shown, for comparing two checks (E-25): everything but the sample."""
    return {name: value for name, value in (summary.get("messages") or {}).items() if name != "sample"}


# --- choosing ---------------------------------------------------------------------------------------------------


class ChoiceRefused(Exception):  # noqa: N818 - an answer
    """The answer about messages will not do. `reason`: "messages" (missing), "may_not_send", "send_at"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of the messages: send or suppress, empty where there is nothing to choose; `send_at` None: at once."""

    messages: str = ""
    send_at: datetime | None = None


def needs_choice(batch: ImportBatch) -> bool:
    """Return whether the import would send something, so that somebody has to choose (E-60)."""
    return read_totals(batch).messages > 0


def may_send(batch: ImportBatch, actor: User) -> bool:
    """Return whether the actor may send messages to everybody whom this import would tell something (G-01).

    One more query for team roles: a person may lead one team as a role that may send, and another as one that may not.
    """
    if not may(actor, Permission.SEND_MESSAGES):
        return False
    if reaches_everybody(actor):
        return True
    allowed = visible_people(actor, permission=Permission.SEND_MESSAGES)
    told: QuerySet[ImportRow] = batch.rows().filter(plan__has_key="messages")
    return not told.exclude(person_id__in=allowed.values("pk")).exists()


def read_choice(
    batch: ImportBatch, *, answers: Mapping[str, Any], actor: User, is_late_allowed: bool = False
) -> Choice:
    """Return what `answers` say about messages: {"messages": "send" or "suppress", "send_at": ISO moment or None}.

    A moment without a zone is the organisation's time. Raises ChoiceRefused. With `is_late_allowed` the moment may have
    passed since the answer was given: then they go out at once (E-21, E-70).
    """
    if not needs_choice(batch):
        return Choice()
    wanted = str(answers.get("messages") or "")
    if wanted not in MessageChoice.values:
        raise ChoiceRefused("messages")
    if wanted == MessageChoice.SUPPRESS:
        return Choice(MessageChoice.SUPPRESS.value)
    if not may_send(batch, actor):
        raise ChoiceRefused("may_not_send")
    moment = _read_moment(answers.get("send_at"), tenant=batch.tenant)
    now = timezone.now()
    if moment is not None and (moment > now + SEND_WITHIN or (moment <= now and not is_late_allowed)):
        raise ChoiceRefused("send_at")
    return Choice(MessageChoice.SEND.value, moment)


def _read_moment(given: Any, *, tenant: Tenant) -> datetime | None:
    if not given:
        return None
    try:
        moment = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
    except ValueError:
        raise ChoiceRefused("send_at") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=tenant.zone)


# --- writing, letting go, taking back ----------------------------------------------------------------------------


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
    is_whole = batch.options.get("failure_mode") == FailureMode.STOP_IF_ANY
    if is_whole and ImportBatch.objects.filter(pk=batch.pk, state=State.APPLYING).exists():
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
