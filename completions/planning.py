"""What becomes of an imported completion: pure decisions over facts (L-36 to L-58, L-88, L-90). No database.

The dates come from `completions.rules`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from completions.kinds import COURSE_ASSIGNED, COURSE_COMPLETED, NON_COMPLIANT, RETAKE_OPEN
from completions.models import Policy
from completions.rules import days_lost, latest_reached
from completions.terms import CourseTerms
from lms.imports.columns import RowProblem
from lms.imports.importer import Plan, PlannedMessage, RowFacts
from lms.imports.models import Outcome


@dataclass(frozen=True, slots=True)
class CurrentResult:
    """The current standing of a person in a course as it is now."""

    id: int
    status: str
    percent: int
    completed_on: date | None
    achievement_id: int | None
    compliant_until: date | None = None
    retake_opens_on: date | None = None
    lapsed_on_arrival: bool = False
    messages_suppressed_through: date | None = None


@dataclass(frozen=True, slots=True)
class KnownCompletion:
    """A completion that is recorded already."""

    id: int
    score: Decimal | None
    note: str


@dataclass(frozen=True, slots=True)
class Assigned:
    """An assignment that is there already."""

    assigned_on: date
    due_on: date | None
    is_imported: bool = False  # made by an import, on the day of a completion


@dataclass(frozen=True, slots=True)
class Facts:
    """What is there now: (person, course[, day]) -> record; course -> what it says."""

    completions: Mapping[tuple[int, int, date], KnownCompletion] = field(default_factory=dict)
    results: Mapping[tuple[int, int], CurrentResult] = field(default_factory=dict)
    assigned: Mapping[tuple[int, int], Assigned] = field(default_factory=dict)
    terms: Mapping[int, CourseTerms] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the importer chose, and the day on which it counts."""

    today: date
    policy: str = Policy.LATEST_IMPORT.value
    opens_retakes: bool = False  # "move non-compliant people into their retake period" (L-47)


@dataclass(frozen=True, slots=True)
class Action:
    """What `recording.record_completions` has to write for a row."""

    creates: bool = False  # a new completion
    becomes_current: bool = False
    assigns: bool = False
    seen: int | None = None  # id of the completion that is already recorded
    compliant_until: date | None = None
    retake_opens_on: date | None = None
    lapsed_on_arrival: bool = False  # left complete and non-compliant (D-01)
    opens_retake: bool = False  # becomes current and is at once to be taken again (L-47)
    answers_due: date | None = None  # the due date that goes with this completion (L-55)


_NO_TERMS = CourseTerms()


def plan_completions(rows: Sequence[RowFacts], *, facts: Facts, choices: Choices) -> list[Plan]:
    """Return one plan a row. Rows of one person and course come together, ordered by day and row."""
    return [_plan_row(row, facts=facts, choices=choices) for row in rows]


def _plan_row(row: RowFacts, *, facts: Facts, choices: Choices) -> Plan:
    course_id = row.item_id or 0
    pair = (row.person_id, course_id)
    if row.same_as is not None:
        return Plan(Outcome.UNCHANGED, [("R403", "", {"n": row.same_as})])
    terms = facts.terms.get(course_id, _NO_TERMS)
    current, assigned = facts.results.get(pair), facts.assigned.get(pair)
    known = facts.completions.get((*pair, row.day))
    only_history = not terms.is_active or choices.policy == Policy.HISTORY_ONLY
    assigns = not only_history and assigned is None
    becomes_current = row.is_newest and not only_history and _wins(row.day, current, policy=choices.policy)
    if known is not None and current is not None and current.achievement_id == known.id:
        becomes_current = False  # shown already, also while its retake is open (X4)
    problems: list[RowProblem] = [] if terms.is_active else [("R409", "", {})]
    if becomes_current and current is not None and current.completed_on is not None and current.completed_on > row.day:
        problems.append(("R402", "", {"date": current.completed_on.isoformat()}))
    action = _act(row.day, terms, choices, becomes_current=becomes_current, assigns=assigns)
    if becomes_current and assigned is not None:
        action = replace(action, answers_due=assigned.due_on)
    problems += _judge_dates(row.day, action, assigned, today=choices.today)
    effect = _describe(row.day, current, action, today=choices.today)
    if assigns and row.is_newest:  # once for a person and course, however many rows there are
        effect["assigned"] = True
    if row.is_newest and not only_history and not becomes_current:
        effect |= _describe_kept(row.day, current)
    messages = _messages(row.day, action, terms, today=choices.today)
    if known is not None:
        return _plan_known(row, known, Plan("", problems, effect, action=action, messages=messages))
    action = replace(action, creates=True)
    if not becomes_current:
        return Plan(Outcome.ADDED_TO_HISTORY, [*problems, ("R404", "", {})], effect, action=action, messages=messages)
    replaces = current is not None and current.completed_on is not None
    outcome = Outcome.UPDATED if replaces else Outcome.CREATED
    return Plan(outcome, problems, effect, action=action, messages=messages)


def _wins(day: date, current: CurrentResult | None, *, policy: str) -> bool:
    """Return whether the file's newest completion becomes the current one (L-37, L-44)."""
    if policy == Policy.LATEST_IMPORT or current is None or current.completed_on is None:
        return True
    return day > current.completed_on


def _act(day: date, terms: CourseTerms, choices: Choices, *, becomes_current: bool, assigns: bool) -> Action:
    until, opens_on = terms.compliance_dates(day)
    lapsed = becomes_current and until is not None and choices.today > until
    return Action(
        becomes_current=becomes_current,
        assigns=assigns,
        compliant_until=until,
        retake_opens_on=opens_on,
        lapsed_on_arrival=lapsed and not choices.opens_retakes,
        opens_retake=lapsed and choices.opens_retakes,
    )


def _judge_dates(day: date, action: Action, assigned: Assigned | None, *, today: date) -> list[RowProblem]:
    """Return what is worth saying about a row that becomes current (R306, R405, R406, R410)."""
    if not action.becomes_current:
        return []
    found: list[RowProblem] = []
    if action.answers_due is not None and day > action.answers_due:
        found.append(("R306", "", {"n": (day - action.answers_due).days}))
    if assigned is not None and not assigned.is_imported and day < assigned.assigned_on:
        found.append(("R410", "", {"date": assigned.assigned_on.isoformat()}))
    until = action.compliant_until
    if until is not None and (action.lapsed_on_arrival or action.opens_retake):
        found.append(("R405", "", {"date": (until + timedelta(days=1)).isoformat()}))
    elif action.retake_opens_on is not None and action.retake_opens_on <= today:
        found.append(("R406", "", {}))
    return found


def _plan_known(row: RowFacts, known: KnownCompletion, plan: Plan) -> Plan:
    """Plan a row whose completion is recorded already (L-41, R401, R407)."""
    problems = [*plan.problems, *_differences(row, known)]
    plan = replace(plan, target_id=known.id, action=replace(plan.action, seen=known.id))
    if plan.action.becomes_current:
        return replace(plan, outcome=Outcome.UPDATED, problems=problems)
    if not any(code == "R407" for code, _, _ in problems):
        problems.append(("R401", "", {}))
    return replace(plan, outcome=Outcome.UNCHANGED, problems=problems)


def _differences(row: RowFacts, known: KnownCompletion) -> list[RowProblem]:
    found: list[RowProblem] = []
    score, note = row.values.get("score"), row.values.get("note")
    if score is not None and Decimal(score) != known.score:
        found.append(("R407", "score", {"a": "" if known.score is None else str(known.score), "b": score}))
    if note is not None and note != known.note:
        found.append(("R407", "note", {"a": known.note[:80], "b": note[:80]}))
    return found


def _describe(day: date, current: CurrentResult | None, action: Action, *, today: date) -> dict[str, Any]:
    """Return what changes, for people: only what applies, so that the log stays small."""
    effect: dict[str, Any] = {}
    if action.becomes_current:
        before = current.completed_on if current else None
        effect = {"before": before.isoformat() if before else None, "after": day.isoformat()}
        effect |= _describe_compliance(current, action, today=today)
        if action.answers_due is not None and day > action.answers_due:
            effect["late_days"] = (day - action.answers_due).days
    return effect


def _describe_kept(day: date, current: CurrentResult | None) -> dict[str, Any]:
    """Return the newer completion that stays what the person shows (W9)."""
    shown = current.completed_on if current else None
    return {"kept": shown.isoformat()} if shown is not None and shown > day else {}


def _describe_compliance(current: CurrentResult | None, action: Action, *, today: date) -> dict[str, Any]:
    until = action.compliant_until
    if until is None:
        return {}
    effect: dict[str, Any] = {"until": until.isoformat()}
    if current is not None and current.compliant_until is not None:
        effect["until_before"] = current.compliant_until.isoformat()
        lost = days_lost(current.compliant_until, until, today=today)
        if lost:
            effect["days_lost"] = lost
    if action.opens_retake or action.lapsed_on_arrival:
        effect["lapsed"] = True
    elif action.retake_opens_on is not None and today >= action.retake_opens_on:
        effect["retake_open"] = True
    if action.opens_retake:
        effect["reset"] = True
    return effect


def _messages(day: date, action: Action, terms: CourseTerms, *, today: date) -> tuple[PlannedMessage, ...]:
    """Return what is told about the states that are reached on the day of the import (E-22, E-71).

    Nothing about a result that is left lapsed (D-01), nothing about one that goes to the history.
    """
    found: list[PlannedMessage] = []
    until, opens_on = action.compliant_until, action.retake_opens_on
    if action.assigns and COURSE_ASSIGNED in terms.sends:
        found.append(PlannedMessage(COURSE_ASSIGNED, today, terms.describe()))
    if action.becomes_current and COURSE_COMPLETED in terms.sends:
        found.append(PlannedMessage(COURSE_COMPLETED, day, terms.describe(completed_on=day)))
    if action.opens_retake and until is not None and NON_COMPLIANT in terms.sends:
        reached = latest_reached(terms.non_compliance_days(until), today=today) or today
        found.append(PlannedMessage(NON_COMPLIANT, reached, terms.describe(compliant_until=until)))
    is_open = opens_on is not None and opens_on <= today and until is not None and today <= until
    if action.becomes_current and is_open and opens_on is not None and RETAKE_OPEN in terms.sends:
        found.append(PlannedMessage(RETAKE_OPEN, opens_on, terms.describe(compliant_until=until)))
    return tuple(found)
