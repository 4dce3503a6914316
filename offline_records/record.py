"""The offline records of a person on the Record of Learning: the newest of each activity on top (S-34, G-03).

Public: `RecordEntry`, `OfflinePart`, `build_offline_records`, `make_entry`, `trace_of`, `say_own_state`. The same queries
whatever is recorded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from lms.core.components import Tone
from lms.core.wording import say_date
from lms.imports.origins import Sources, Trace, load_sources, say_origin
from lms.people.models import User
from offline_records.choices import Origin, Result
from offline_records.models import OfflineActivity, OfflineRecord
from offline_records.records.values import say_amount
from offline_records.states import STATE_TONES, State, state_on


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEntry:
    """One record, how long it counts, and where it comes from (W20)."""

    record: OfflineRecord
    activity: OfflineActivity
    state: State
    tone: Tone
    words: str  # how long it counts, for the person's own eyes; may be empty
    amounts: list[str]  # score, hours and points, each with its name
    details: list[str]  # by whom, where, under which number
    is_imported: bool
    sentence: str
    batch_number: int | None
    facts: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class OfflinePart:
    """What a Record of Learning says about offline activities: the newest record of each, and the others.

    Where the newest was failed, the newest that was not stands beside it: it may still count.
    """

    current: list[RecordEntry]
    history: list[RecordEntry]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is recorded."""
        return not self.current


def build_offline_records(person: User, *, is_own: bool, day: date) -> OfflinePart:
    """Return the offline records of a person as they stand on `day`, newest first; archived activities too.

    `is_own`: a learner looks at their own; they see no file, row or colleague.
    """
    records = list(
        OfflineRecord.objects.filter(person=person).select_related("activity").order_by("-completed_on", "-pk")
    )
    sources = load_record_sources(records, is_own=is_own)
    current: list[RecordEntry] = []
    history: list[RecordEntry] = []
    failed: dict[int, bool] = {}  # activity -> whether all so far were
    for record in records:
        is_failed = record.result == Result.FAILED
        is_shown = record.activity_id not in failed or (failed[record.activity_id] and not is_failed)
        (current if is_shown else history).append(make_entry(record, sources=sources, day=day))
        failed[record.activity_id] = failed.get(record.activity_id, True) and is_failed
    return OfflinePart(current=current, history=history)


def load_record_sources(records: Iterable[OfflineRecord], *, is_own: bool) -> Sources:
    """Return the imports and people behind records. Two queries."""
    found = list(records)
    return load_sources(
        batch_ids=[record.batch_id for record in found],
        actor_ids=[record.recorded_by_id for record in found],
        is_own=is_own,
    )


def make_entry(record: OfflineRecord, *, sources: Sources, day: date) -> RecordEntry:
    """Return a record (with its activity) as an entry."""
    batch = sources.batch_of(record.batch_id)
    state = state_on(
        day, result=record.result, expires_on=record.expires_on, expiring_days=record.activity.expiring_days
    )
    return RecordEntry(
        record=record,
        activity=record.activity,
        state=state,
        tone=STATE_TONES[state],
        words=say_own_state(state, expires_on=record.expires_on),
        amounts=_list_amounts(record),
        details=_list_details(record),
        is_imported=record.origin == Origin.IMPORT,
        sentence=say_origin(trace_of(record), sources=sources),
        batch_number=batch.number if batch else None,
        facts=sources.describe_file(record.batch_id),
    )


def trace_of(record: OfflineRecord) -> Trace:
    """Return what a record keeps of its origin."""
    return Trace(
        recorded_at=record.recorded_at,
        recorded_by_id=record.recorded_by_id,
        is_imported=record.origin == Origin.IMPORT,
        is_by_hand=record.origin == Origin.MANUAL,
        batch_id=record.batch_id,
        row_no=record.row_no,
        date_text=record.date_text,
    )


def say_own_state(state: State, *, expires_on: date | None) -> str:
    """Return what a learner reads about how long one of their records counts, if its state does not say it all."""
    if state == State.NOT_VALID or expires_on is None:
        return ""
    if state == State.EXPIRED:
        return _("Expired since %(date)s.") % {"date": say_date(expires_on + timedelta(days=1))}
    words = _("Expires soon: valid until %(date)s.") if state == State.EXPIRES_SOON else _("Valid until %(date)s.")
    return words % {"date": say_date(expires_on)}


def _list_amounts(record: OfflineRecord) -> list[str]:
    """Return the numbers of a record, each with what it counts."""
    amounts = (
        (record.score, _("Score %(number)s")),
        (record.hours, _("%(number)s hours")),
        (record.cpd_points, _("%(number)s CPD points")),
    )
    return [words % {"number": say_amount(number)} for number, words in amounts if number is not None]


def _list_details(record: OfflineRecord) -> list[str]:
    number = record.certificate_number
    found = [
        record.provider,
        record.location,
        _("Certificate number %(number)s") % {"number": number} if number else "",
    ]
    return [text for text in found if text]
