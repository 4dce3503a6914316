"""The record editor (T-72): corrects, deletes or shows one completion record by hand, with a reason.

In the open scope, everything in one go; commits nothing itself. The current certification is locked first, as imports do,
and left with dates that agree with its record. Public: `Correction`, `Change`, `Held`, `hold_records`, `correct_record`,
`delete_record`, `make_current`, `EditRefused`, `ChoiceNeeded`, `fingerprint`.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certifications.choices import Basis, State
from certifications.kinds import EVENT_KINDS, OBLIGATIONS
from certifications.models import CertificationRecord, CertificationStatus, StatusChange
from certifications.records.chain_repairs import Picture, drop_from_chain, find_base, picture_of, take_new_dates
from certifications.rules import CertificationDates, RenewalEvent, find_inconsistencies, latest_event, state_on
from certifications.selectors import load_terms
from certifications.terms import CertificationTerms
from certifications.wording import say_inconsistency
from lms.audit.services import record_event
from lms.core.components import Words
from lms.notifications.choices import MessageChoice
from lms.notifications.messages import NewMessage, withdraw_items, write_messages
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant

_CHANGED_MEANWHILE: Final = gettext_lazy("Somebody else has just changed this record. Look at it, then try again.")
_NO_STATUS: Final = Picture()
_DATES: Final = ("completed_on", "due_on", "expires_on", "window_opens_on")


class EditRefused(Exception):  # noqa: N818 - an answer
    """The change would leave something that contradicts itself; nothing was written. `field` is where to say it."""

    def __init__(self, words: Words, *, field: str | None = None) -> None:
        super().__init__(words)
        self.words, self.field = words, field


class ChoiceNeeded(Exception):  # noqa: N818 - an answer
    """A message would be sent, and nobody has said whether it is to be; nothing was written (E-60)."""

    def __init__(self, kinds: tuple[str, ...]) -> None:
        super().__init__(*kinds)
        self.kinds = kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a record is to say. Without an entered expiry, expiry and window follow from the rules.

    `seen` is the `fingerprint` of what the person who corrects it had before their eyes.
    """

    completed_on: date
    due_on: date | None = None
    expires_on: date | None = None
    window_opens_on: date | None = None
    seen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changes something, why, and whether the person is told; `messages` may be empty where nobody would be."""

    tenant: Tenant
    actor: User
    reason: str
    messages: str = ""

    def __post_init__(self) -> None:
        if not self.reason.strip():
            message = "a reason is needed"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The locked records and current certification of one person and certification, and what is known about them."""

    person: User
    terms: CertificationTerms
    status: CertificationStatus | None
    records: Mapping[int, CertificationRecord]
    links: list[StatusChange]  # oldest first

    def get(self, record_id: int) -> CertificationRecord:
        """Return one of the records; refuse if somebody has deleted it."""
        record = self.records.get(record_id)
        if record is None:
            raise EditRefused(_("This completion record is not there any more."))
        return record

    def shows(self, record: CertificationRecord) -> bool:
        """Whether it is the current one."""
        return self.status is not None and self.status.record_id == record.pk


def fingerprint(record: CertificationRecord) -> str:
    """Return what a form carries, so that nobody overwrites a correction they have not seen."""
    return " ".join(str(getattr(record, name)) for name in _DATES)


def hold_records(person: User, *, certification_id: int) -> Held:
    """Lock what is recorded for a person and certification: the current certification first, then the records."""
    pair = {"person_id": person.pk, "certification_id": certification_id}
    status = CertificationStatus.objects.select_for_update().filter(**pair).first()
    records = CertificationRecord.objects.select_for_update().filter(**pair).order_by("pk")
    return Held(
        person=person,
        terms=load_terms([certification_id])[certification_id],
        status=status,
        records={record.pk: record for record in records},
        links=list(StatusChange.objects.filter(**pair).order_by("pk")),
    )


def correct_record(held: Held, *, record_id: int, correction: Correction, change: Change) -> CertificationRecord:
    """Give a record other dates, and the current certification with it; return the record.

    Raises EditRefused, and ChoiceNeeded.
    """
    record = held.get(record_id)
    before = _describe(record)
    if correction.seen and correction.seen != fingerprint(record):
        raise EditRefused(_CHANGED_MEANWHILE)
    _refuse_double(held, record, completed_on=correction.completed_on)
    _fill(held, record, correction)
    if before == _describe(record):
        raise EditRefused(_("Nothing was changed: these are the dates that are recorded."))
    _refuse_contradictions(record)
    now, day = timezone.now(), today(change.tenant)
    after = _picture(record, day=day) if held.shows(record) else picture_of(held.status)
    told = _ask(held, after, shown=record if held.shows(record) else None, change=change, day=day)
    record.edited_at = now
    record.save()
    take_new_dates(held.links, record=record)
    _write_status(held, after, change=change, now=now, day=day)
    _tell(told, change=change, now=now)
    _note("corrected", held, record, change=change, details={"before": before, "after": _describe(record)})
    return record


def delete_record(held: Held, *, record_id: int, successor_id: int | None, change: Change) -> None:
    """Take a record away; if it is the current one, the `successor` is from then on, or nobody is certified any more.

    Raises EditRefused, and ChoiceNeeded.
    """
    record = held.get(record_id)
    successor = held.get(successor_id) if successor_id is not None else None
    if successor is not None and (successor.pk == record.pk or not held.shows(record)):
        raise EditRefused(_("Only the current record is followed by another one."), field="successor")
    now, day = timezone.now(), today(change.tenant)
    after = picture_of(held.status)
    if held.shows(record):
        if successor is not None:
            _refuse_contradictions(successor)
        after = _picture(successor, day=day) if successor is not None else _NO_STATUS
    told = _ask(held, after, shown=successor, change=change, day=day)
    drop_from_chain(held.links, record_id=record.pk)
    _write_status(held, after, change=change, now=now, day=day)
    before, pk = _describe(record), record.pk
    record.delete()
    record.pk = pk
    _tell(told, change=change, now=now)
    _note("deleted", held, record, change=change, details={"before": before})


def make_current(held: Held, *, record_id: int, change: Change) -> CertificationRecord:
    """Let a record be the current certification, with the dates it has; return the record.

    Raises EditRefused, and ChoiceNeeded.
    """
    record = held.get(record_id)
    _refuse_contradictions(record)
    now, day = timezone.now(), today(change.tenant)
    after = _picture(record, day=day)
    if replace(after, messages_suppressed_through=None) == replace(
        picture_of(held.status), messages_suppressed_through=None
    ):
        raise EditRefused(_("This record is the current certification already."))
    told = _ask(held, after, shown=record, change=change, day=day)
    record.edited_at = now
    record.save(update_fields=["edited_at"])
    _write_status(held, after, change=change, now=now, day=day)
    _tell(told, change=change, now=now)
    _note("made_current", held, record, change=change, details={"state": after.state})
    return record


def _refuse_double(held: Held, record: CertificationRecord, *, completed_on: date) -> None:
    if any(other.completed_on == completed_on and other.pk != record.pk for other in held.records.values()):
        raise EditRefused(_("A completion on this day is recorded already."), field="completed_on")


def _fill(held: Held, record: CertificationRecord, correction: Correction) -> None:
    """Put the new dates into a record: those of the rules as the certification is set now, or the entered ones."""
    record.completed_on, record.due_on = correction.completed_on, correction.due_on
    if correction.expires_on is not None and correction.window_opens_on is not None:
        record.expires_on, record.window_opens_on = correction.expires_on, correction.window_opens_on
        record.basis, record.anchor_on, record.steps = Basis.ENTERED, correction.completed_on, 0
        return
    dates = _by_rules(held, record)
    record.expires_on, record.window_opens_on = dates.expires_on, dates.window_opens_on
    record.basis, record.anchor_on, record.steps = dates.basis, dates.anchor_on, dates.steps
    record.active_period = held.terms.active_period


def _by_rules(held: Held, record: CertificationRecord) -> CertificationDates:
    """Count from the earlier expiry only if the record was made current on top of one (T-54)."""
    base = find_base(record, links=held.links, records=held.records)
    try:
        return held.terms.dates(
            record.completed_on,
            due_on=record.due_on,
            previous_expires_on=base.expires_on,
            previous_window_opens_on=base.window_opens_on,
        )
    except (ValueError, OverflowError) as error:
        raise EditRefused(_("No expiry can be counted from these dates."), field="completed_on") from error


def _refuse_contradictions(record: CertificationRecord) -> None:
    """Refuse dates that the checker would list (T-52)."""
    found = find_inconsistencies(
        state=State.CERTIFIED,
        completed_on=record.completed_on,
        window_opens_on=record.window_opens_on,
        expires_on=record.expires_on,
        record=(record.completed_on, record.expires_on),
    )
    if found:
        raise EditRefused(" ".join(say_inconsistency(what) for what in found), field="expires_on")


def _picture(record: CertificationRecord, *, day: date) -> Picture:
    """Return the current certification that shows a record, as the daily job of `day` leaves it."""
    state = state_on(day, state=State.CERTIFIED, window_opens_on=record.window_opens_on, expires_on=record.expires_on)
    if state == State.EXPIRED:
        return Picture(state=state, record_id=record.pk)
    return Picture(
        state=state,
        record_id=record.pk,
        completed_on=record.completed_on,
        window_opens_on=record.window_opens_on,
        expires_on=record.expires_on,
    )


def _ask(
    held: Held, after: Picture, *, shown: CertificationRecord | None, change: Change, day: date
) -> NewMessage | None:
    """Return what the person is to be told: a state they get into by the change. Refuse without a choice (E-60)."""
    terms, person = held.terms, held.person
    if shown is None or after.record_id != shown.pk or not (person.is_active and terms.is_active):
        return None
    told = frozenset(event for event, kind in EVENT_KINDS.items() if kind in terms.sends)
    reached = latest_event(
        terms.renewal_events(window_opens_on=shown.window_opens_on, expires_on=shown.expires_on),
        today=day,
        told=told,
    )
    if reached is None or reached[1] == _reached_before(held, told=told, day=day):
        return None
    if person.active_since is not None and reached[0] < person.active_since:
        return None  # nobody is told about the time away (E-19)
    if change.messages not in MessageChoice.values:
        raise ChoiceNeeded((EVENT_KINDS[reached[1]],))
    days = {"completed_on": shown.completed_on, "expires_on": shown.expires_on}
    item = terms.describe(**days, window_opens_on=shown.window_opens_on)
    return NewMessage(person.pk, EVENT_KINDS[reached[1]], item)


def _reached_before(held: Held, *, told: frozenset[RenewalEvent], day: date) -> RenewalEvent | None:
    """Return the last chapter of the story that had come before the change (E-72)."""
    status = held.status
    if status is None:
        return None
    if status.state == State.EXPIRED:
        return RenewalEvent.EXPIRED
    if status.window_opens_on is None or status.expires_on is None:
        return None
    events = held.terms.renewal_events(window_opens_on=status.window_opens_on, expires_on=status.expires_on)
    reached = latest_event(events, today=day, told=told)
    return reached[1] if reached else None


def _write_status(held: Held, after: Picture, *, change: Change, now: datetime, day: date) -> None:
    """Write the current certification and the link in its chain, if it changes; settle its messages (E-34, E-71)."""
    before = picture_of(held.status)
    if replace(after, messages_suppressed_through=before.messages_suppressed_through) == before:
        return
    pair = {
        "tenant_id": change.tenant.pk,
        "person_id": held.person.pk,
        "certification_id": held.terms.certification_id,
    }
    if after.state:
        after = replace(after, messages_suppressed_through=day)
        _save_status(held.status or CertificationStatus(**pair), after, now=now)
    elif held.status is not None:
        held.status.delete()
    held.links.append(
        StatusChange.objects.create(
            **pair,
            actor_id=change.actor.pk,
            reason=change.reason,
            changed_at=now,
            **before.as_fields(prefix="before_"),
            **after.as_fields(prefix="after_"),
        )
    )
    withdraw_items([(held.person.pk, held.terms.certification_id)], kinds=OBLIGATIONS, name="certification_id")


def _save_status(status: CertificationStatus, picture: Picture, *, now: datetime) -> None:
    for name, value in picture.as_fields().items():
        setattr(status, name, value)
    status.updated_at = now
    try:
        with transaction.atomic():
            status.save()
    except IntegrityError as error:  # there was none to lock, and somebody has made one
        raise EditRefused(_CHANGED_MEANWHILE) from error


def _tell(told: NewMessage | None, *, change: Change, now: datetime) -> None:
    if told is not None and change.messages == MessageChoice.SEND:
        write_messages([told], group=f"change:{uuid.uuid4()}", now=now)


def _describe(record: CertificationRecord) -> dict[str, Any]:
    """Return the dates of a record as the audit history keeps them."""
    found = {name: getattr(record, name) for name in _DATES}
    return {name: value.isoformat() if value else None for name, value in found.items()} | {"basis": str(record.basis)}


def _note(action: str, held: Held, record: CertificationRecord, *, change: Change, details: Mapping[str, Any]) -> None:
    terms = held.terms
    record_event(
        f"certifications.record.{action}",
        actor=change.actor,
        subject_kind="certification",
        subject_id=terms.certification_id,
        subject_label=f"{terms.short_name} {terms.name}",
        person_id=held.person.pk,
        details={
            "record": record.pk,
            "completed_on": record.completed_on.isoformat(),
            "reason": change.reason,
            "messages": change.messages,
            **details,
        },
    )
