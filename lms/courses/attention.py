"""What is overdue or lapsed, for the pages of people and teams: answered by the app that keeps results.

Public: `Trouble`, `TroubleKind`, `register_attention`, `find_troubles`, `count_by_person`.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class TroubleKind(StrEnum):
    """Why a course of a person needs attention."""

    OVERDUE = "overdue"  # never completed, past its due date
    NON_COMPLIANT = "non_compliant"  # completed once, lapsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A course of an active person that is overdue or lapsed since a day."""

    person_id: int
    course_id: int
    course_name: str
    kind: TroubleKind
    since: date  # the first day over


@dataclass(frozen=True, slots=True)
class TroubleCounts:
    """How many courses of a person are overdue, and how many lapsed."""

    overdue: int = 0
    non_compliant: int = 0


Answer = Callable[[Collection[int], date], Iterable[Trouble]]
_answers: list[Answer] = []


def register_attention(answer: Answer) -> None:
    """Let an app say which courses of some people are overdue or lapsed on a day; one query. Called when the app is ready."""
    if answer not in _answers:
        _answers.append(answer)


def find_troubles(people: Collection[int], *, day: date) -> list[Trouble]:
    """Return what is overdue or lapsed for these people on `day`, by person, the oldest first. Active people only (G-05)."""
    found = [trouble for answer in _answers for trouble in answer(people, day)] if people else []
    return sorted(found, key=lambda trouble: (trouble.person_id, trouble.since, trouble.course_name))


def count_by_person(troubles: Iterable[Trouble]) -> dict[int, TroubleCounts]:
    """Return the counts of each person who has any."""
    kinds: dict[int, list[TroubleKind]] = defaultdict(list)
    for trouble in troubles:
        kinds[trouble.person_id].append(trouble.kind)
    return {
        person: TroubleCounts(found.count(TroubleKind.OVERDUE), found.count(TroubleKind.NON_COMPLIANT))
        for person, found in kinds.items()
    }
