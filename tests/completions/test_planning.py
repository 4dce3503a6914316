"""What becomes of a completion: pure decisions over facts (L-36 to L-44, L-88, L-90)."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completions.models import Policy, Status
from completions.planning import Action, Assigned, Choices, CurrentResult, Facts, KnownCompletion, plan_completions
from completions.terms import CourseTerms
from lms.imports.importer import Plan, RowFacts

BOB, SAFE = 1, 2
DAY = dt.date(2024, 5, 1)
TODAY = dt.date(2026, 3, 15)


def row(day: dt.date = DAY, **given_: Any) -> RowFacts:
    values: dict[str, Any] = {key: given_.pop(key) for key in ("score", "note") if key in given_}
    return RowFacts(2, BOB, SAFE, day, values, **given_)


def plan(one: RowFacts, facts: Facts, policy: str = Policy.LATEST_IMPORT) -> Plan:
    (found,) = plan_completions([one], facts=facts, choices=Choices(today=TODAY, policy=policy))
    return found


def shown(day: dt.date | None, *, status: str = Status.COMPLETED, achievement_id: int | None = 9) -> Facts:
    current = CurrentResult(7, status, 100 if day else 40, day, achievement_id)
    return Facts(results={(BOB, SAFE): current}, assigned={(BOB, SAFE): Assigned(DAY, None)})


def test_L31_L36_the_first_completion_is_created_shown_and_assigned() -> None:
    assert plan(row(), Facts()) == Plan(
        "created",
        effect={"before": None, "after": "2024-05-01", "assigned": True},
        action=Action(creates=True, becomes_current=True, assigns=True),
    )


def test_L35_progress_is_no_completion_to_replace() -> None:
    found = plan(row(), shown(None, status=Status.IN_PROGRESS, achievement_id=None))
    assert (found.outcome, found.problems, found.action) == ("created", [], Action(creates=True, becomes_current=True))


@pytest.mark.parametrize(
    ("policy", "day", "outcome", "codes"),
    [
        (Policy.LATEST_IMPORT, "2025-01-01", "updated", ["R402"]),
        (Policy.LATEST_IMPORT, "2023-01-01", "updated", []),
        (Policy.NEWEST_DATE, "2025-01-01", "added_to_history", ["R404"]),
        (Policy.NEWEST_DATE, "2023-01-01", "updated", []),
        (Policy.NEWEST_DATE, "2024-05-01", "added_to_history", ["R404"]),
        (Policy.HISTORY_ONLY, "2023-01-01", "added_to_history", ["R404"]),
    ],
)
def test_L37_L39_L44_who_wins_against_the_current_one(policy: str, day: str, outcome: str, codes: list[str]) -> None:
    found = plan(row(), shown(dt.date.fromisoformat(day)), policy)
    assert (found.outcome, [code for code, _, _ in found.problems]) == (outcome, codes)
    assert found.action.becomes_current is (outcome == "updated")
    assert found.action.creates


def test_L40_only_the_newest_of_the_file_can_become_current() -> None:
    found = plan(row(is_newest=False), Facts(assigned={(BOB, SAFE): Assigned(DAY, None)}))
    assert found == Plan("added_to_history", [("R404", "", {})], action=Action(creates=True))


def test_R403_a_repeat_in_the_file_does_nothing() -> None:
    assert plan(row(same_as=2, is_newest=False), Facts()) == Plan("unchanged", [("R403", "", {"n": 2})])


def known(facts: Facts, *, pk: int, score: Decimal | None = None, note: str = "") -> Facts:
    return Facts({(BOB, SAFE, DAY): KnownCompletion(pk, score, note)}, facts.results, facts.assigned)


def test_L41_R401_what_is_shown_already_stays() -> None:
    found = plan(row(), known(shown(DAY, achievement_id=5), pk=5))
    assert found == Plan("unchanged", [("R401", "", {})], target_id=5, action=Action(seen=5))


def test_L41_what_is_recorded_but_not_shown_becomes_current_again() -> None:
    found = plan(row(), known(shown(dt.date(2023, 1, 1)), pk=5))
    assert (found.outcome, found.target_id, found.action) == ("updated", 5, Action(becomes_current=True, seen=5))


def test_L41_X4_while_the_retake_is_open_the_shown_completion_is_no_new_one() -> None:
    found = plan(row(), known(shown(DAY, status=Status.NOT_STARTED, achievement_id=5), pk=5))
    assert (found.outcome, found.effect, found.action) == ("unchanged", {}, Action(seen=5))


@pytest.mark.parametrize(
    ("score", "note", "codes"),
    [
        (None, None, ["R401"]),
        ("87.5", "well", ["R401"]),
        ("87.50", None, ["R401"]),
        ("88", "well", ["R407"]),
        ("88", "bad", ["R407", "R407"]),
    ],
)
def test_R407_what_the_file_says_otherwise(score: str | None, note: str | None, codes: list[str]) -> None:
    given_: dict[str, Any] = {key: value for key, value in (("score", score), ("note", note)) if value is not None}
    found = plan(row(**given_), known(shown(DAY, achievement_id=5), pk=5, score=Decimal("87.50"), note="well"))
    assert (found.outcome, [code for code, _, _ in found.problems]) == ("unchanged", codes)


@pytest.mark.parametrize("policy", sorted(Policy))
def test_L88_an_archived_course_takes_history_only(policy: str) -> None:
    found = plan(row(), Facts(terms={SAFE: CourseTerms(is_active=False)}), policy)
    assert found == Plan("added_to_history", [("R409", "", {}), ("R404", "", {})], action=Action(creates=True))


def test_L90_history_only_assigns_nobody() -> None:
    found = plan(row(), Facts(), Policy.HISTORY_ONLY)
    assert found == Plan("added_to_history", [("R404", "", {})], action=Action(creates=True))


@given(
    days=st.lists(st.dates(dt.date(2020, 1, 1), dt.date(2020, 1, 9)), min_size=1, max_size=6, unique=True),
    current=st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2020, 1, 9)),
    policy=st.sampled_from(sorted(Policy)),
)
def test_at_most_one_row_of_a_person_and_course_becomes_current(
    days: list[dt.date], current: dt.date | None, policy: str
) -> None:
    rows = [
        RowFacts(number, BOB, SAFE, day, {}, is_newest=day == max(days)) for number, day in enumerate(sorted(days), 2)
    ]
    plans = plan_completions(
        rows, facts=shown(current) if current else Facts(), choices=Choices(today=TODAY, policy=policy)
    )
    becoming = [plan_ for plan_ in plans if plan_.action.becomes_current]
    wins = policy == Policy.LATEST_IMPORT or (policy == Policy.NEWEST_DATE and (current is None or max(days) > current))
    assert len(becoming) == wins
    assert all(plan_.action.creates for plan_ in plans)
