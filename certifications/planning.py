"""What becomes of an imported certification record: pure decisions over facts (T-25 to T-54, T-77, T-80). No database.

Dates and the decision table are `certifications.rules`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from certifications.choices import Action, Basis, State
from certifications.kinds import CERTIFICATION_ASSIGNED, CERTIFICATION_COMPLETED, EVENT_KINDS
from certifications.references import folded
from certifications.rules import (
    CertificationDates,
    Deed,
    Inconsistency,
    Situation,
    decide,
    find_inconsistencies,
    latest_event,
    state_on,
)
from certifications.terms import CertificationTerms
from lms.imports.columns import RowProblem
from lms.imports.importer import Plan, PlannedMessage, RowFacts
from lms.imports.models import Outcome

EvidenceKey = tuple[int, str, str, date]  # person, folded short name, folded id number, completed on


@dataclass(frozen=True, slots=True)
class CurrentStatus:
    """The current certification of a person as it is now; the `last_` days are those of the record behind it."""

    id: int
    state: str
    record_id: int | None
    completed_on: date | None
    window_opens_on: date | None
    expires_on: date | None
    messages_suppressed_through: date | None = None
    last_completed_on: date | None = None
    last_expires_on: date | None = None
    last_window_opens_on: date | None = None

    @property
    def inconsistencies(self) -> tuple[Inconsistency, ...]:
        """What is wrong with it; nothing for a sound one."""
        behind = None
        if self.last_completed_on is not None and self.last_expires_on is not None:
            behind = (self.last_completed_on, self.last_expires_on)
        return find_inconsistencies(
            state=self.state,
            completed_on=self.completed_on,
            window_opens_on=self.window_opens_on,
            expires_on=self.expires_on,
            record=behind,
        )


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """A completion, or an evidence, that is recorded already."""

    id: int
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is there now: (person, certification[, day]) -> record; certification -> what it says."""

    records: Mapping[tuple[int, int, date], KnownRecord] = field(default_factory=dict)
    statuses: Mapping[tuple[int, int], CurrentStatus] = field(default_factory=dict)
    assigned: frozenset[tuple[int, int]] = frozenset()
    terms: Mapping[int, CertificationTerms] = field(default_factory=dict)
    evidence: Mapping[EvidenceKey, KnownRecord] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the importer chose, and the day on which it counts."""

    today: date
    action: str = Action.HISTORY.value


@dataclass(frozen=True, slots=True)
class Recording:
    """What `recording.record_certifications` has to write for a row."""

    creates: bool = False  # a new record
    certifies: bool = False  # it becomes the current one
    assigns: bool = False
    makes_evidence: bool = False
    seen: int | None = None  # id of the record, or of the evidence, that is there already
    due_on: date | None = None
    dates: CertificationDates | None = None
    active_period: str = ""


_NO_TERMS: Final = CertificationTerms()
_ACTIONS: Final = (Action.HISTORY, Action.CERTIFY_UNCERTIFIED, Action.CERTIFY_IF_MORE_RECENT)


def plan_certifications(rows: Sequence[RowFacts], *, facts: Facts, choices: Choices) -> list[Plan]:
    """Return one plan a row. Rows of one person and certification come together, ordered by day and row."""
    noted: dict[EvidenceKey, int] = {}
    return [
        _plan_evidence(row, facts=facts, noted=noted)
        if row.item_id is None
        else _plan_row(row, row.item_id, facts=facts, choices=choices)
        for row in rows
    ]


def situation_of(status: CurrentStatus | None, *, is_assigned: bool) -> Situation:
    """Return the line of the decision table that somebody stands in."""
    if status is None:
        return Situation.ASSIGNED if is_assigned else Situation.NOT_ASSIGNED
    if status.inconsistencies:
        return Situation.BROKEN
    return Situation(status.state)


def read_due(row: RowFacts) -> date | None:
    """Return the uploaded due date of a row."""
    text = row.values.get("due_on")
    return date.fromisoformat(text) if text else None


def evidence_key(row: RowFacts) -> EvidenceKey:
    """Return what makes the evidence of a row the same as another (T-29)."""
    short_name, id_number = row.values.get("short_name", ""), row.values.get("id_number", "")
    return row.person_id, folded(short_name), folded(id_number), row.day


def _plan_evidence(row: RowFacts, *, facts: Facts, noted: dict[EvidenceKey, int]) -> Plan:
    """Plan a row whose certification does not exist (T-29, T-31); the engine compares no rows without an item."""
    key = evidence_key(row)
    if key in noted:
        return Plan(Outcome.UNCHANGED, [("R403", "", {"n": noted[key]})])
    noted[key] = row.row_no
    known = facts.evidence.get(key)
    if known is not None:
        problems = _compare_known(row, known)
        return Plan(Outcome.UNCHANGED, problems, target_id=known.id, action=Recording(seen=known.id))
    values = row.values
    named = {"value": values.get("item", ""), "short": values.get("short_name", ""), "id": values.get("id_number", "")}
    problem: RowProblem = ("R205", "", {name: text for name, text in named.items() if text})
    return Plan(Outcome.EVIDENCE, [problem], action=Recording(makes_evidence=True, due_on=read_due(row)))


def _plan_row(row: RowFacts, certification_id: int, *, facts: Facts, choices: Choices) -> Plan:
    if row.same_as is not None:
        return Plan(Outcome.UNCHANGED, [("R403", "", {"n": row.same_as})])
    pair = (row.person_id, certification_id)
    terms = facts.terms.get(certification_id, _NO_TERMS)
    is_assigned = pair in facts.assigned
    assigns = terms.is_active and not is_assigned
    effect: dict[str, Any] = {"assigned": True} if assigns and row.is_newest else {}
    problems: list[RowProblem] = [] if terms.is_active else [("R409", "", {})]
    known = facts.records.get((*pair, row.day))
    if known is not None:
        problems += _compare_known(row, known)
        recording = Recording(assigns=assigns, seen=known.id)
        messages = _tell(row, recording, terms, today=choices.today)
        return Plan(Outcome.UNCHANGED, problems, effect, target_id=known.id, action=recording, messages=messages)
    status = facts.statuses.get(pair)
    deed = Deed.HISTORY
    if row.is_newest and terms.is_active:
        is_newer = status is None or status.completed_on is None or row.day > status.completed_on
        situation = situation_of(status, is_assigned=is_assigned)
        deed = decide(situation, action=choices.action, is_newer=is_newer)
    recording = _make_recording(row, status, terms, deed=deed, assigns=assigns)
    problems += [*_compare_current(row, status, recording), *_judge(row, recording, today=choices.today)]
    effect |= _describe(row, status, recording, deed=deed, today=choices.today)
    outcome = Outcome.ADDED_TO_HISTORY
    if recording.certifies:
        outcome = Outcome.CREATED if status is None else Outcome.UPDATED
    messages = _tell(row, recording, terms, today=choices.today)
    return Plan(outcome, problems, effect, action=recording, messages=messages)


def _make_recording(
    row: RowFacts, status: CurrentStatus | None, terms: CertificationTerms, *, deed: Deed, assigns: bool
) -> Recording:
    """Return what to write. History knows no earlier expiry (T-54), and contradicting dates are no base (T-52)."""
    due = read_due(row)
    certifies = deed != Deed.HISTORY
    base = status if certifies and status is not None and not status.inconsistencies else None
    dates = terms.dates(
        row.day,
        due_on=due,
        previous_expires_on=base.last_expires_on if base else None,
        previous_window_opens_on=base.last_window_opens_on if base else None,
    )
    return Recording(
        creates=True,
        certifies=certifies,
        assigns=assigns,
        due_on=due,
        dates=dates,
        active_period=str(terms.active_period),
    )


def _compare_known(row: RowFacts, known: KnownRecord) -> list[RowProblem]:
    """Return what is said about a completion that is recorded already (T-51): R401, or R407 with another due date."""
    due = read_due(row)
    if due is None or due == known.due_on:
        return [("R401", "", {})]
    shown = known.due_on.isoformat() if known.due_on else ""
    return [("R407", "duedate", {"a": shown, "b": due.isoformat()})]


def _compare_current(row: RowFacts, status: CurrentStatus | None, recording: Recording) -> list[RowProblem]:
    """Return R402 where the record takes the place of a newer one: of an expired, or of a broken one (the decision table)."""
    days = (status.completed_on, status.last_completed_on) if status is not None and recording.certifies else ()
    newer = [day for day in days if day is not None and day > row.day]
    return [("R402", "", {"date": max(newer).isoformat()})] if newer else []


def _judge(row: RowFacts, recording: Recording, *, today: date) -> list[RowProblem]:
    """Return what is worth saying about a new record (R306, R404, R405, R406, R408)."""
    found: list[RowProblem] = []
    if recording.due_on is not None and row.day > recording.due_on:
        found.append(("R306", "", {"n": (row.day - recording.due_on).days}))
    dates = recording.dates
    if not recording.certifies or dates is None:
        return [*found, ("R404", "", {})]
    if dates.basis == Basis.KEPT:
        found.append(("R408", "", {"date": dates.expires_on.isoformat()}))
    state = _state_of(dates, today=today)
    if state == State.EXPIRED:
        found.append(("R405", "", {"date": (dates.expires_on + timedelta(days=1)).isoformat()}))
    elif state == State.WINDOW_OPEN:
        found.append(("R406", "", {}))
    return found


def _describe(
    row: RowFacts, status: CurrentStatus | None, recording: Recording, *, deed: Deed, today: date
) -> dict[str, Any]:
    """Return what changes, for people: only what applies, so that the log stays small."""
    effect: dict[str, Any] = {}
    dates = recording.dates
    if recording.due_on is not None and row.day > recording.due_on:
        effect["late_days"] = (row.day - recording.due_on).days
    if dates is None:
        return effect
    effect |= {"until": dates.expires_on.isoformat(), "basis": str(dates.basis)}
    if not recording.certifies:
        if status is not None and status.completed_on is not None and status.completed_on > row.day:
            effect["kept"] = status.completed_on.isoformat()
        return effect
    before = status.completed_on if status else None
    effect |= {"before": before.isoformat() if before else None, "after": row.day.isoformat()}
    if status is not None and status.expires_on is not None:
        effect["until_before"] = status.expires_on.isoformat()
        if status.expires_on >= today and dates.expires_on < status.expires_on:
            effect["days_lost"] = (status.expires_on - dates.expires_on).days
    if deed == Deed.ARCHIVE_AND_CERTIFY and before is not None:
        effect["archived"] = before.isoformat()
    state = _state_of(dates, today=today)
    if state != State.CERTIFIED:
        effect[str(state)] = True
    return effect


def _state_of(dates: CertificationDates, *, today: date) -> State:
    """Return what the next daily run makes of a record that becomes current today (T-48)."""
    return state_on(today, state=State.CERTIFIED, window_opens_on=dates.window_opens_on, expires_on=dates.expires_on)


def _tell(row: RowFacts, recording: Recording, terms: CertificationTerms, *, today: date) -> tuple[PlannedMessage, ...]:
    """Return what is told about the states that are reached on the day of the import (E-22, E-71, T-68)."""
    found: list[PlannedMessage] = []
    if recording.assigns and row.is_newest and CERTIFICATION_ASSIGNED in terms.sends:
        found.append(PlannedMessage(CERTIFICATION_ASSIGNED, today, terms.describe()))
    dates = recording.dates
    if not recording.certifies or dates is None:
        return tuple(found)
    days = {"completed_on": row.day, "expires_on": dates.expires_on, "window_opens_on": dates.window_opens_on}
    if CERTIFICATION_COMPLETED in terms.sends:
        found.append(PlannedMessage(CERTIFICATION_COMPLETED, row.day, terms.describe(**days)))
    told = frozenset(event for event, kind in EVENT_KINDS.items() if kind in terms.sends)
    events = terms.renewal_events(window_opens_on=dates.window_opens_on, expires_on=dates.expires_on)
    reached = latest_event(events, today=today, told=told)
    if reached is not None:
        found.append(PlannedMessage(EVENT_KINDS[reached[1]], reached[0], terms.describe(**days)))
    return tuple(found)


def tally_actions(rows: Sequence[RowFacts], *, facts: Facts, today: date) -> Counter[str]:
    """Count how people would end under each action (T-77): "history.unchanged", "certify_uncertified.expired" and so on.

    One count for each person and certification of the rows; the ends are the states after the next daily run.
    """
    return Counter(
        f"{action.value}.{end}"
        for row in rows
        if row.is_newest and row.item_id is not None
        for action, end in _ends(row, row.item_id, facts=facts, today=today)
    )


def _ends(row: RowFacts, certification_id: int, *, facts: Facts, today: date) -> Iterator[tuple[Action, str]]:
    pair = (row.person_id, certification_id)
    terms = facts.terms.get(certification_id, _NO_TERMS)
    status = facts.statuses.get(pair)
    situation = situation_of(status, is_assigned=pair in facts.assigned)
    is_newer = status is None or status.completed_on is None or row.day > status.completed_on
    stays = (*pair, row.day) in facts.records or not terms.is_active
    end = ""
    for action in _ACTIONS:
        deed = Deed.HISTORY if stays else decide(situation, action=action, is_newer=is_newer)
        if deed == Deed.HISTORY:
            yield action, "unchanged"
            continue
        if not end:  # the same for every action that certifies
            recording = _make_recording(row, status, terms, deed=deed, assigns=False)
            end = _state_of(recording.dates, today=today).value if recording.dates else ""
        yield action, end
