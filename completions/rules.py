"""What becomes of an imported completion: pure decisions over facts (L-36 to L-44, L-88, L-90). No database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from completions.models import Policy, Status
from lms.imports.columns import RowProblem
from lms.imports.importer import Plan, RowFacts
from lms.imports.models import Outcome


@dataclass(frozen=True, slots=True)
class CurrentResult:
    """The current standing of a person in a course as it is now."""

    id: int
    status: str
    percent: int
    completed_on: date | None
    achievement_id: int | None


@dataclass(frozen=True, slots=True)
class KnownCompletion:
    """A completion that is recorded already."""

    id: int
    score: Decimal | None
    note: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is there now: (person, course[, day]) -> record; courses that take history only."""

    completions: Mapping[tuple[int, int, date], KnownCompletion] = field(default_factory=dict)
    results: Mapping[tuple[int, int], CurrentResult] = field(default_factory=dict)
    assigned: frozenset[tuple[int, int]] = frozenset()
    archived_courses: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Action:
    """What `services.record_completions` has to write for a row."""

    creates: bool = False  # a new completion
    becomes_current: bool = False
    assigns: bool = False
    seen: int | None = None  # id of the completion that is already recorded


def plan_completions(rows: Sequence[RowFacts], *, facts: Facts, policy: str) -> list[Plan]:
    """Return one plan a row. Rows of one person and course come together, ordered by day and row."""
    return [_plan_row(row, facts=facts, policy=policy) for row in rows]


def _plan_row(row: RowFacts, *, facts: Facts, policy: str) -> Plan:
    course_id = row.item_id or 0
    pair = (row.person_id, course_id)
    if row.same_as is not None:
        return Plan(Outcome.UNCHANGED, [("R403", "", {"n": row.same_as})])
    current = facts.results.get(pair)
    known = facts.completions.get((*pair, row.day))
    is_archived = course_id in facts.archived_courses
    only_history = is_archived or policy == Policy.HISTORY_ONLY
    assigns = not only_history and pair not in facts.assigned
    becomes_current = row.is_newest and not only_history and _wins(row.day, current, policy=policy)
    if becomes_current and known is not None and current is not None and current.achievement_id == known.id:
        becomes_current = current.status != Status.COMPLETED
    effect = _describe(row.day, current, becomes_current=becomes_current, assigns=assigns)
    problems: list[RowProblem] = [("R409", "", {})] if is_archived else []
    if becomes_current and current is not None and current.completed_on is not None and current.completed_on > row.day:
        problems.append(("R402", "", {"date": current.completed_on.isoformat()}))
    if known is not None:
        return _plan_known(row, known, problems, effect, becomes_current=becomes_current, assigns=assigns)
    action = Action(creates=True, becomes_current=becomes_current, assigns=assigns)
    if not becomes_current:
        return Plan(Outcome.ADDED_TO_HISTORY, [*problems, ("R404", "", {})], effect, action=action)
    replaces = current is not None and current.completed_on is not None
    return Plan(Outcome.UPDATED if replaces else Outcome.CREATED, problems, effect, action=action)


def _wins(day: date, current: CurrentResult | None, *, policy: str) -> bool:
    """Return whether the file's newest completion becomes the current one (L-37, L-44)."""
    if policy == Policy.LATEST_IMPORT or current is None or current.completed_on is None:
        return True
    return day > current.completed_on


def _plan_known(
    row: RowFacts,
    known: KnownCompletion,
    problems: list[RowProblem],
    effect: dict[str, Any],
    *,
    becomes_current: bool,
    assigns: bool,
) -> Plan:
    """Plan a row whose completion is recorded already (L-41, R401, R407)."""
    action = Action(becomes_current=becomes_current, assigns=assigns, seen=known.id)
    problems = [*problems, *_differences(row, known)]
    if becomes_current:
        return Plan(Outcome.UPDATED, problems, effect, target_id=known.id, action=action)
    if not any(code == "R407" for code, _, _ in problems):
        problems.append(("R401", "", {}))
    return Plan(Outcome.UNCHANGED, problems, effect, target_id=known.id, action=action)


def _differences(row: RowFacts, known: KnownCompletion) -> list[RowProblem]:
    found: list[RowProblem] = []
    score, note = row.values.get("score"), row.values.get("note")
    if score is not None and Decimal(score) != known.score:
        found.append(("R407", "score", {"a": "" if known.score is None else str(known.score), "b": score}))
    if note is not None and note != known.note:
        found.append(("R407", "note", {"a": known.note[:80], "b": note[:80]}))
    return found


def _describe(day: date, current: CurrentResult | None, *, becomes_current: bool, assigns: bool) -> dict[str, Any]:
    effect: dict[str, Any] = {}
    if becomes_current:
        before = current.completed_on if current else None
        effect = {"before": before.isoformat() if before else None, "after": day.isoformat()}
    if assigns:
        effect["assigned"] = True
    return effect
