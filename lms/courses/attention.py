"""What is overdue, lapsed or expired, for the pages of people and teams: answered by the apps that keep results.

Public: `Trouble`, `TroubleKind`, `register_attention`, `find_troubles`, `count_by_person`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class TroubleKind(StrEnum):
    """Why something that a person has, or should have, learned needs attention."""

    OVERDUE = "overdue"  # a course never completed, past its due date
    NON_COMPLIANT = "non_compliant"  # a course completed once, lapsed
    EXPIRED = "expired"  # a certification or an offline record that has expired


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something of an active person that is over since a day."""

    person_id: int
    item_id: int  # of the course, certification or offline activity
    name: str
    kind: TroubleKind
    since: date  # the first day over


@dataclass(frozen=True, slots=True)
class TroubleCounts:
    """How many courses of a person are overdue, how many lapsed, and how much has expired."""

    overdue: int = 0
    non_compliant: int = 0
    expired: int = 0


Answer = Callable[[Collection[int], date], Iterable[Trouble]]
_answers: list[Answer] = []


def register_attention(answer: Answer) -> None:
    """Let an app say what of some people is over on a day; one query. Called when the app is ready."""
    if answer not in _answers:
        _answers.append(answer)


def find_troubles(people: Collection[int], *, day: date) -> list[Trouble]:
    """Return what is over for these people on `day`, by person, the oldest first. Active people only (G-05)."""
    found = [trouble for answer in _answers for trouble in answer(people, day)] if people else []
    return sorted(found, key=lambda trouble: (trouble.person_id, trouble.since, trouble.name))


def count_by_person(troubles: Iterable[Trouble]) -> dict[int, TroubleCounts]:
    """Return the counts of each person who has any."""
    kinds: dict[int, list[TroubleKind]] = defaultdict(list)
    for trouble in troubles:
        kinds[trouble.person_id].append(trouble.kind)
    return {person: TroubleCounts(**Counter(kind.value for kind in found)) for person, found in kinds.items()}
