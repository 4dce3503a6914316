"""The chain of changes of one current certification without an import that is taken out of it: pure decisions (E-33, E-34).

What people changed stays. What later imports brought is decided again as `planning` decides it, by the action each was run
with, on what is there now and what the daily job has made of it by then; expiries that were counted from what is gone are
counted again. Dates whose base is the same as before stay as they were stored, whatever the settings say today; the others
follow the settings of the certification as they are now, with the active period that the record holds.
Public: `Standing`, `Link`, `Entry`, `Visit`, `Run`, `Retold`, `replay_chain`, `live_through`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from certifications.choices import State
from certifications.planning import Choices, CurrentStatus, Facts, Recording, plan_certifications
from certifications.rules import CertificationDates, state_on
from certifications.terms import CertificationTerms
from lms.core.periods import Period
from lms.imports.importer import RowFacts


@dataclass(frozen=True, slots=True)
class Standing:
    """What a current certification shows; an empty state says that there is none."""

    state: str = ""
    record_id: int | None = None
    completed_on: date | None = None
    window_opens_on: date | None = None
    expires_on: date | None = None
    messages_suppressed_through: date | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """One change in the chain of a current certification; `batch_id` None is a change by a person."""

    batch_id: int | None
    row_no: int | None
    actor_id: int | None
    reason: str
    changed_at: datetime
    before: Standing
    after: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A completion record as it is stored."""

    id: int
    completed_on: date
    expires_on: date
    window_opens_on: date
    due_on: date | None = None
    active_period: str = ""
    batch_id: int | None = None  # the import whose row it is
    row_no: int | None = None
    edited_at: datetime | None = None
    is_entered: bool = False  # its dates were entered by a person
    is_passed: bool = False  # the row of another import than the one its dates were counted for


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A later import that brought records of this person and certification."""

    batch_id: int
    actor_id: int | None
    action: str
    at: datetime
    on: date  # the tenant's day
    newest_on: date  # the newest completion of its file, also one that was recorded already


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the daily job."""

    started_at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Retold:
    """What follows from `replay_chain`."""

    links: list[Link]
    standing: Standing  # in the end, after the last run
    dates: dict[int, CertificationDates]  # id of a record -> the dates it has now, where they are others


def replay_chain(
    before: Standing,
    *,
    since: datetime,
    tail: Sequence[Link],
    visits: Iterable[Visit],
    entries: Mapping[int, Entry],
    runs: Sequence[Run],
    terms: CertificationTerms,
) -> Retold:
    """Return what follows `before`, which began to count at `since`: the changes of `tail` and `visits`, told in their order.

    `tail` are the links after `since`, without those of the import that is undone, and `entries` all records that stay.
    `runs` come oldest first.
    """
    story = _Story(standing=before, moment=since, runs=runs, entries=dict(entries), stored=entries, terms=terms)
    owners = {entry.id: entry.batch_id for entry in entries.values()}
    visiting = {visit.batch_id: visit for visit in visits}
    retold = {link.batch_id: link for link in tail if _is_retold(link, visiting=visiting, owners=owners)}
    final = [link for link in tail if link.batch_id not in retold]
    story.untouchable = {link.after.record_id for link in final}
    decided = {link.batch_id for link in final}
    events: list[Link | Visit] = [*final, *visiting.values()]
    for event in sorted(events, key=_order):
        if isinstance(event, Link):
            story.tell(event)
        else:
            story.visit(event, old=retold.get(event.batch_id), decides=event.batch_id not in decided)
    story.live(until=None)
    return Retold(links=story.links, standing=story.standing, dates=story.dates)


def live_through(standing: Standing, *, runs: Iterable[Run]) -> Standing:
    """Return what the daily job's runs make of a standing (T-48); who expires has no dates any more."""
    day = max((run.day for run in runs), default=None)
    if day is None or not standing.state:
        return standing
    state = state_on(
        day, state=standing.state, window_opens_on=standing.window_opens_on, expires_on=standing.expires_on
    )
    if state == standing.state:
        return standing
    if state == State.EXPIRED:
        return replace(standing, state=state.value, completed_on=None, window_opens_on=None, expires_on=None)
    return replace(standing, state=state.value)


def _is_retold(link: Link, *, visiting: Mapping[int, Visit], owners: Mapping[int, int | None]) -> bool:
    """Whether the change is an import's that can be decided again: its record is still there, and still its own."""
    if link.batch_id is None or link.batch_id not in visiting or link.after.record_id is None:
        return False
    return owners.get(link.after.record_id) == link.batch_id


def _order(event: Link | Visit) -> tuple[datetime, int]:
    moment = event.changed_at if isinstance(event, Link) else event.at
    return moment, event.batch_id or 0


@dataclass
class _Story:
    """Where the telling has come to."""

    standing: Standing
    moment: datetime
    runs: Sequence[Run]
    entries: dict[int, Entry]
    stored: Mapping[int, Entry]
    terms: CertificationTerms
    untouchable: set[int | None] = field(default_factory=set)
    links: list[Link] = field(default_factory=list)
    dates: dict[int, CertificationDates] = field(default_factory=dict)

    def live(self, *, until: datetime | None) -> None:
        """Let the daily job run up to a moment; None: up to now."""
        runs = (run for run in self.runs if run.started_at > self.moment)
        self.standing = live_through(
            self.standing, runs=(run for run in runs if until is None or run.started_at <= until)
        )

    def tell(self, link: Link) -> None:
        """Tell a change that stays as it is, on top of what is there now."""
        self.live(until=link.changed_at)
        self.links.append(replace(link, before=self.standing))
        self.standing, self.moment = link.after, link.changed_at

    def visit(self, visit: Visit, *, old: Link | None, decides: bool) -> None:
        """Decide again what an import does with its records; the newest of its file may become the current one."""
        self.live(until=visit.at)
        before = self.standing
        for entry in sorted(self.stored.values(), key=lambda entry: entry.completed_on):
            if entry.batch_id != visit.batch_id:
                continue
            is_newest = decides and entry.completed_on == visit.newest_on
            was_current = old is not None and old.after.record_id == entry.id
            recording = self._plan(entry, visit, is_newest=is_newest, was_active=was_current)
            is_settled = entry.is_entered or entry.edited_at is not None or entry.id in self.untouchable
            if recording.dates is not None and not is_settled:
                was = old.before if old is not None and was_current else None
                if entry.is_passed or not self._is_as_it_was(visit, certifies=recording.certifies, was=was, now=before):
                    self._recount(entry, recording.dates)
            if recording.certifies:
                self._certify(entry, visit, old=old)

    def _plan(self, entry: Entry, visit: Visit, *, is_newest: bool, was_active: bool) -> Recording:
        terms = self.terms
        if entry.active_period and entry.active_period != str(terms.active_period):
            terms = replace(terms, active_period=Period.parse(entry.active_period))
        if was_active and not terms.is_active:  # archived since
            terms = replace(terms, is_active=True)
        pair = (0, terms.certification_id)
        values = {"due_on": entry.due_on.isoformat()} if entry.due_on else {}
        row = RowFacts(0, *pair, entry.completed_on, values, is_newest=is_newest)
        status = _show(self.standing, at=visit.at, entries=self.entries)
        facts = Facts(
            statuses={pair: status} if status else {}, assigned=frozenset({pair}), terms={terms.certification_id: terms}
        )
        (plan,) = plan_certifications([row], facts=facts, choices=Choices(today=visit.on, action=visit.action))
        recording: Recording = plan.action
        return recording

    def _is_as_it_was(self, visit: Visit, *, certifies: bool, was: Standing | None, now: Standing) -> bool:
        """Whether the dates of a record have the base they were counted from (T-54); `was`: what it replaced, if it did."""
        if was is None or not certifies:
            return was is None and not certifies
        if was.record_id is not None and was.record_id not in self.stored:
            return False
        found = _find_base(was, at=visit.at, entries=self.stored)
        return found == _find_base(now, at=visit.at, entries=self.entries)

    def _recount(self, entry: Entry, dates: CertificationDates) -> None:
        changed = replace(entry, expires_on=dates.expires_on, window_opens_on=dates.window_opens_on)
        self.entries[entry.id] = changed
        self.dates[entry.id] = dates

    def _certify(self, entry: Entry, visit: Visit, *, old: Link | None) -> None:
        now = self.entries[entry.id]
        if old is not None and entry.id not in self.dates:
            link = replace(old, before=self.standing)
        else:
            after = Standing(
                state=State.CERTIFIED.value,
                record_id=entry.id,
                completed_on=now.completed_on,
                window_opens_on=now.window_opens_on,
                expires_on=now.expires_on,
                messages_suppressed_through=visit.on,
            )
            actor, reason = (old.actor_id, old.reason) if old is not None else (visit.actor_id, "")
            link = Link(visit.batch_id, entry.row_no, actor, reason, visit.at, self.standing, after)
        self.links.append(link)
        self.standing, self.moment = link.after, visit.at


def _find_base(standing: Standing, *, at: datetime, entries: Mapping[int, Entry]) -> tuple[date | None, date | None]:
    """Return the earlier expiry and window that the next expiry is counted from, if any (T-54)."""
    status = _show(standing, at=at, entries=entries)
    if status is None or status.inconsistencies:
        return None, None
    return status.last_expires_on, status.last_window_opens_on


def _show(standing: Standing, *, at: datetime, entries: Mapping[int, Entry]) -> CurrentStatus | None:
    """Return what `planning` sees of a standing. A record that was edited later was then as the standing has it."""
    if not standing.state:
        return None
    record = entries.get(standing.record_id or 0)
    last: tuple[date | None, date | None, date | None] = (None, None, None)
    if record is not None:
        last = (record.completed_on, record.expires_on, record.window_opens_on)
    edited_at = record.edited_at if record else None
    if edited_at is not None and edited_at > at and standing.expires_on is not None:
        last = (standing.completed_on, standing.expires_on, standing.window_opens_on)
    return CurrentStatus(
        id=0,
        state=standing.state,
        record_id=standing.record_id,
        completed_on=standing.completed_on,
        window_opens_on=standing.window_opens_on,
        expires_on=standing.expires_on,
        last_completed_on=last[0],
        last_expires_on=last[1],
        last_window_opens_on=last[2],
    )
