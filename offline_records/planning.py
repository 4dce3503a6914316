"""What becomes of a row of offline records: pure decisions over facts (S-09, S-16 to S-20, S-25, S-27, S-28). No database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from lms.imports.columns import RowProblem
from lms.imports.importer import Plan, PlannedMessage, RowFacts, UnfitRow
from lms.imports.models import Outcome
from offline_records.choices import Result
from offline_records.kinds import KINDS, OFFLINE_RECORD_CREATED, OFFLINE_RECORD_EXPIRES
from offline_records.rules import expires_soon_on, is_expired, judge_values
from offline_records.terms import ActivityTerms

_NO_TERMS = ActivityTerms(is_active=False)


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """A record of the same person, activity and day that is there already; `import_number` 0: entered by hand."""

    id: int
    import_number: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is there now, for the one activity of a file."""

    terms: ActivityTerms = _NO_TERMS
    domain_id: int = 0  # for which the file is
    domain_name: str = ""
    domains: Mapping[int, tuple[int, str]] = field(default_factory=dict)  # person -> id and name of their user domain
    known: Mapping[tuple[int, date], KnownRecord] = field(default_factory=dict)  # person and day -> record
    latest: Mapping[int, date] = field(default_factory=dict)  # person -> last day on which a record of theirs is valid
    names_domains: bool = False  # whether the importer may hear of other people's user domains (S-09)


@dataclass(frozen=True, slots=True)
class Recording:
    """What `recording.record_offline` has to write for a row."""

    expires_on: date | None
    is_expiry_stated: bool
    lasts_longest: bool = False  # of the person's records of the activity; an older warning no longer holds


def plan_records(rows: Sequence[RowFacts], *, facts: Facts, today: date) -> list[Plan]:
    """Return one plan a row: a new record, or everything that speaks against it. Rows come ordered by person and day."""
    lasting = _find_lasting(rows, facts) if OFFLINE_RECORD_EXPIRES in facts.terms.sends else frozenset()
    return [_plan_row(row, facts=facts, today=today, lasts_longest=row.row_no in lasting) for row in rows]


def _find_lasting(rows: Sequence[RowFacts], facts: Facts) -> frozenset[int]:
    """Return the rows, one a person at most, whose record is valid for longer than all others of the person.

    Whoever failed has nothing that is valid.
    """
    lasting: dict[int, tuple[date, date, int]] = {}
    for row in rows:
        if row.values.get("result") == Result.FAILED:
            continue
        until = facts.terms.expires_on(row.day, stated=read_stated(row.values)) or date.max
        known = facts.latest.get(row.person_id)
        if known is None or until > known:
            found = (until, row.day, row.row_no)
            lasting[row.person_id] = max(found, lasting.get(row.person_id, found))
    return frozenset(row_no for *_, row_no in lasting.values())


def _plan_row(row: RowFacts, *, facts: Facts, today: date, lasts_longest: bool) -> Plan:
    problems = [*_judge_place(row, facts), *_judge_repeats(row, facts)]
    problems += judge_values(row.values, day=row.day, terms=facts.terms)
    if problems:
        return Plan(Outcome.REJECTED, problems)
    stated = read_stated(row.values)
    expires_on = facts.terms.expires_on(row.day, stated=stated)
    until = (
        None if row.values.get("result") == Result.FAILED else expires_on
    )  # whoever failed has nothing that is valid
    effect: dict[str, Any] = {"until": until.isoformat()} if until else {}
    noted: list[RowProblem] = []
    if until is not None and is_expired(until, today=today):
        noted.append(("R405", "", {"date": (until + timedelta(days=1)).isoformat()}))
        effect["expired"] = True
    recording = Recording(expires_on, is_expiry_stated=stated is not None, lasts_longest=lasts_longest)
    messages = _tell(row, recording, terms=facts.terms, today=today)
    return Plan(Outcome.CREATED, noted, effect, action=recording, messages=messages)


def judge_unfit(rows: Sequence[UnfitRow], *, facts: Facts) -> dict[int, list[RowProblem]]:
    """Return what else speaks against rows whose cells are wrong already: one upload says everything (S-21)."""
    return {row.row_no: [*_judge_place(row, facts), *_judge_known(row, facts)] for row in rows}


def read_stated(values: Mapping[str, Any]) -> date | None:
    """Return the expiry that stands in the row itself (S-45)."""
    text = values.get("expires_on")
    return date.fromisoformat(text) if text else None


def _judge_place(row: RowFacts | UnfitRow, facts: Facts) -> list[RowProblem]:
    """Return what speaks against this person and this activity in this user domain (S-09, S-19)."""
    terms = facts.terms
    if not terms.is_active:
        return [("R206", "activity", {"value": terms.name})]
    if not terms.is_open_to(facts.domain_id):
        return [("R210", "domain", {"value": terms.name, "domain": facts.domain_name})]
    domain_id, domain_name = facts.domains.get(row.person_id, (0, ""))
    if domain_id == facts.domain_id:
        return []
    # Whoever may not see everybody learns no other domain.
    own = f" ({domain_name})" if facts.names_domains and domain_name else ""
    return [("R108", "username", {"value": row.values.get("person", ""), "own": own, "domain": facts.domain_name})]


def _judge_repeats(row: RowFacts, facts: Facts) -> list[RowProblem]:
    """Return what is there already, in the file or in the database (S-27)."""
    twice: list[RowProblem] = [("R403", "", {"n": row.same_as})] if row.same_as is not None else []
    return [*twice, *_judge_known(row, facts)]


def _judge_known(row: RowFacts | UnfitRow, facts: Facts) -> list[RowProblem]:
    if row.day is None:
        return []
    known = facts.known.get((row.person_id, row.day))
    return [("R401", "", {"date": row.day.isoformat(), "number": known.import_number})] if known else []


def _tell(row: RowFacts, recording: Recording, *, terms: ActivityTerms, today: date) -> tuple[PlannedMessage, ...]:
    """Return what is told because of a row, and what the next night would have told of today and before (E-22, S-41)."""
    if terms.sends.isdisjoint(KINDS):
        return ()
    result, found = row.values.get("result"), []
    expires_on = None if result == Result.FAILED else recording.expires_on
    item = terms.describe(completed_on=row.day, expires_on=expires_on)
    if result == Result.FAILED:
        item["result"] = str(result)
    if OFFLINE_RECORD_CREATED in terms.sends:
        found.append(PlannedMessage(OFFLINE_RECORD_CREATED, row.day, item))
    if recording.lasts_longest and expires_on is not None and not is_expired(expires_on, today=today):
        soon = expires_soon_on(expires_on, expiring_days=terms.expiring_days)
        if soon <= today:
            found.append(PlannedMessage(OFFLINE_RECORD_EXPIRES, soon, item))
    return tuple(found)
