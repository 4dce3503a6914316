"""Compliance, due dates and messages of an imported completion, row by row of spec/dates (L-47 to L-58).

"Today" is 2026-03-15.
"""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from completions.kinds import COURSE_ASSIGNED, COURSE_COMPLETED, NON_COMPLIANT, OBLIGATIONS, RETAKE_OPEN
from completions.models import Policy, Status
from completions.planning import Action, Assigned, Choices, CurrentResult, Facts, KnownCompletion, plan_completions
from completions.terms import CourseTerms
from lms.core.periods import Period
from lms.imports.importer import Plan, PlannedMessage, RowFacts

BOB, SAFE = 1, 2
TODAY = dt.date(2026, 3, 15)
D = dt.date.fromisoformat
YEARLY = CourseTerms(
    course_id=SAFE, code="SAFE-1", name="Safety", compliant_for=Period.parse("365 days"), retake_days=30,
    sends=frozenset(OBLIGATIONS),
)  # fmt: skip
ITEM = {"course_id": SAFE, "code": "SAFE-1", "course": "Safety"}


def current(day: str, *, status: str = Status.COMPLETED, percent: int = 100) -> CurrentResult:
    """A current completion with the dates of 365 days, its retake open 30 days before."""
    until = D(day) + dt.timedelta(days=365)
    return CurrentResult(7, status, percent, D(day), 9, until, until - dt.timedelta(days=30))


def plan(
    day: str,
    *,
    shown: CurrentResult | None = None,
    assigned: Assigned | None = None,
    terms: CourseTerms = YEARLY,
    **choices: Any,
) -> Plan:
    """Plan one completion of bob in a course that he has had for years, unless `assigned` says otherwise."""
    facts = Facts(
        results={(BOB, SAFE): shown} if shown else {},
        assigned={(BOB, SAFE): assigned or Assigned(D("1990-01-01"), None)},
        terms={SAFE: terms},
    )
    row = RowFacts(2, BOB, SAFE, D(day), {})
    (found,) = plan_completions([row], facts=facts, choices=Choices(today=TODAY, **choices))
    return found


def codes(found: Plan) -> list[str]:
    return [code for code, _, _ in found.problems]


def told(found: Plan) -> list[tuple[str, str]]:
    return [(message.kind, str(message.occasion_on)) for message in found.messages]


BECOMES = Action(creates=True, becomes_current=True)


@pytest.mark.parametrize("opens", [False, True], ids=["box off", "box on"])
@pytest.mark.parametrize(
    ("case", "day", "until", "opens_on", "warned", "effect"),
    [
        ("A", "2026-01-10", "2027-01-10", "2026-12-11", [], {}),
        ("B", "2025-04-01", "2026-04-01", "2026-03-02", ["R406"], {"retake_open": True}),
        ("C", "2025-03-15", "2026-03-15", "2026-02-13", ["R406"], {"retake_open": True}),
    ],
)
def test_L47_R406_cases_A_B_C_are_complete_whatever_the_box_says(
    case: str,
    day: str,
    until: str,
    opens_on: str,
    warned: list[str],
    effect: dict[str, Any],
    *,
    opens: bool,
) -> None:
    found = plan(day, opens_retakes=opens)
    assert found.action == replace(BECOMES, compliant_until=D(until), retake_opens_on=D(opens_on)), case
    assert (found.outcome, codes(found)) == ("created", warned)
    assert found.effect == {"before": None, "after": day, "until": until, **effect}
    wanted = [] if case == "A" else [(RETAKE_OPEN, opens_on)]
    assert told(found) == wanted


def test_case_D_R405_box_off_is_left_complete_and_non_compliant_and_nobody_is_told() -> None:
    found = plan("2025-03-14")
    assert found.action == replace(
        BECOMES, compliant_until=D("2026-03-14"), retake_opens_on=D("2026-02-12"), lapsed_on_arrival=True
    )
    assert found.problems == [("R405", "", {"date": "2026-03-15"})]
    assert found.effect == {"before": None, "after": "2025-03-14", "until": "2026-03-14", "lapsed": True}
    assert found.messages == ()


def test_case_D_L47_box_on_is_to_be_taken_again_and_is_told_so() -> None:
    found = plan("2025-03-14", opens_retakes=True)
    assert found.action == replace(
        BECOMES, compliant_until=D("2026-03-14"), retake_opens_on=D("2026-02-12"), opens_retake=True
    )
    assert found.problems == [("R405", "", {"date": "2026-03-15"})]
    assert found.effect == {
        "before": None, "after": "2025-03-14", "until": "2026-03-14", "lapsed": True, "reset": True,
    }  # fmt: skip
    assert found.messages == (PlannedMessage(NON_COMPLIANT, TODAY, ITEM | {"compliant_until": "2026-03-14"}),)


@pytest.mark.parametrize("opens", [False, True], ids=["box off", "box on"])
def test_case_E_an_older_completion_wins_and_is_lapsed(*, opens: bool) -> None:
    found = plan("2018-03-03", shown=current("2020-03-01"), opens_retakes=opens)
    assert (found.action.compliant_until, found.action.retake_opens_on) == (D("2019-03-03"), D("2019-02-01"))
    assert (found.action.opens_retake, found.action.lapsed_on_arrival, found.action.creates) == (opens, not opens, True)
    assert codes(found) == ["R402", "R405"]
    wanted = {"before": "2020-03-01", "after": "2018-03-03", "until": "2019-03-03", "until_before": "2021-03-01"}
    assert found.effect == wanted | {"lapsed": True} | ({"reset": True} if opens else {})


def test_case_H_the_latest_import_wins_and_loses_245_days() -> None:
    found = plan("2025-06-01", shown=current("2026-02-01"))
    assert found.action == replace(BECOMES, compliant_until=D("2026-06-01"), retake_opens_on=D("2026-05-02"))
    assert (found.outcome, codes(found)) == ("updated", ["R402"])
    assert found.effect == {
        "before": "2026-02-01", "after": "2025-06-01", "until": "2026-06-01", "until_before": "2027-02-01",
        "days_lost": 245,
    }  # fmt: skip


def test_case_I_the_newest_date_wins_so_this_one_is_history() -> None:
    found = plan("2025-06-01", shown=current("2026-02-01"), policy=Policy.NEWEST_DATE)
    assert (found.outcome, codes(found), found.effect) == (
        "added_to_history", ["R404"], {"kept": "2026-02-01"},
    )  # fmt: skip
    assert (found.action.becomes_current, found.action.compliant_until) == (False, D("2026-06-01"))
    assert found.messages == ()


@pytest.mark.parametrize("opens", [False, True], ids=["box off", "box on"])
@pytest.mark.parametrize("day", ["1999-01-01", "2026-03-15"])
def test_case_J_L51_for_ever_the_box_has_no_effect(day: str, *, opens: bool) -> None:
    found = plan(day, terms=replace(YEARLY, compliant_for=None), opens_retakes=opens)
    assert (found.action, codes(found), found.messages) == (BECOMES, [], ())
    assert found.effect == {"before": None, "after": day}


def test_L47_L48_the_box_acts_only_on_rows_that_become_current() -> None:
    day = "2020-01-01"
    histories = [
        plan(day, policy=Policy.HISTORY_ONLY, opens_retakes=True),
        plan(day, shown=current("2026-02-01"), policy=Policy.NEWEST_DATE, opens_retakes=True),
        plan(day, terms=replace(YEARLY, is_active=False), opens_retakes=True),
    ]
    assert [(found.action.opens_retake, found.action.lapsed_on_arrival, found.messages) for found in histories] == [
        (False, False, ())
    ] * 3


def test_L58_E72_with_a_rhythm_the_latest_of_the_series_is_told() -> None:
    terms = replace(YEARLY, remind_every=Period.parse("2 weeks"), remind_at_most=3)
    days = {day: told(plan(day, terms=terms, opens_retakes=True)) for day in ("2025-03-14", "2025-02-25", "2018-03-03")}
    assert days == {
        "2025-03-14": [(NON_COMPLIANT, "2026-03-15")],
        "2025-02-25": [(NON_COMPLIANT, "2026-03-12")],  # told on 26 February, due again on 12 March
        "2018-03-03": [(NON_COMPLIANT, "2019-04-01")],  # the third and last
    }


def test_E72_what_is_off_is_not_planned() -> None:
    silent = replace(YEARLY, sends=frozenset())
    assert [plan(day, terms=silent, opens_retakes=True).messages for day in ("2025-03-14", "2025-04-01")] == [(), ()]


def test_L32_assigned_and_completed_are_told_only_where_switched_on() -> None:
    terms = replace(YEARLY, sends=frozenset({COURSE_ASSIGNED, COURSE_COMPLETED}))
    facts = Facts(terms={SAFE: terms})
    (found,) = plan_completions(
        [RowFacts(2, BOB, SAFE, D("2026-01-10"), {})], facts=facts, choices=Choices(today=TODAY)
    )
    assert found.messages == (
        PlannedMessage(COURSE_ASSIGNED, TODAY, ITEM),
        PlannedMessage(COURSE_COMPLETED, D("2026-01-10"), ITEM | {"completed_on": "2026-01-10"}),
    )


# --- due dates -------------------------------------------------------------------------------------------


def test_U4_R306_L55_completed_six_days_late_and_the_due_date_is_answered() -> None:
    found = plan("2026-02-10", assigned=Assigned(D("2026-01-05"), D("2026-02-04")))
    assert ("R306", "", {"n": 6}) in found.problems
    assert (found.action.answers_due, found.effect["late_days"]) == (D("2026-02-04"), 6)


@pytest.mark.parametrize("day", ["2026-01-29", "2026-02-04"])
def test_U3_in_time_is_not_late(day: str) -> None:
    found = plan(day, assigned=Assigned(D("2026-01-05"), D("2026-02-04")))
    assert (codes(found), found.action.answers_due) == ([], D("2026-02-04"))
    assert "late_days" not in found.effect


def test_U5_not_assigned_with_a_fixed_due_date_no_due_date_and_no_message() -> None:
    terms = replace(YEARLY, compliant_for=None, due_on=D("2026-02-28"))
    row = RowFacts(2, BOB, SAFE, D("2025-11-02"), {})
    (found,) = plan_completions([row], facts=Facts(terms={SAFE: terms}), choices=Choices(today=TODAY))
    assert (found.outcome, codes(found), found.messages) == ("created", [], ())
    assert found.action == replace(BECOMES, assigns=True)
    assert found.effect == {"before": None, "after": "2025-11-02", "assigned": True}


@pytest.mark.parametrize(("is_imported", "wanted"), [(False, [("R410", "", {"date": "2026-02-01"})]), (True, [])])
def test_U9_R410_completed_before_the_assignment_is_accepted_and_said(
    *,
    is_imported: bool,
    wanted: list[Any],
) -> None:
    found = plan("2026-01-10", assigned=Assigned(D("2026-02-01"), None, is_imported))
    assert (found.outcome, found.problems) == ("created", wanted)


# --- after a reset ---------------------------------------------------------------------------------------


def test_X1_a_completion_during_the_retake_is_complete_again() -> None:
    found = plan("2026-03-10", shown=current("2025-04-01", status=Status.IN_PROGRESS, percent=40))
    assert found.action == replace(BECOMES, compliant_until=D("2027-03-10"), retake_opens_on=D("2027-02-08"))
    assert (found.outcome, codes(found), found.messages) == ("updated", [], ())


def test_X2_an_older_one_is_history_and_the_retake_stays_open() -> None:
    shown = current("2025-04-01", status=Status.IN_PROGRESS, percent=40)
    found = plan("2025-03-20", shown=shown, policy=Policy.NEWEST_DATE)
    assert (found.outcome, found.effect, found.messages) == ("added_to_history", {"kept": "2025-04-01"}, ())
    assert not found.action.becomes_current


def test_X3_a_completion_after_the_lapse_is_compliant_from_its_date() -> None:
    found = plan("2026-03-10", shown=current("2024-01-01", status=Status.NOT_STARTED, percent=0))
    assert found.action.compliant_until == D("2027-03-10")
    assert found.effect == {
        "before": "2024-01-01", "after": "2026-03-10", "until": "2027-03-10", "until_before": "2024-12-31",
    }  # fmt: skip


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.NOT_STARTED])
def test_X4_the_same_date_again_changes_nothing(status: str) -> None:
    shown = replace(current("2026-01-10", status=status), achievement_id=5)
    facts = Facts(
        {(BOB, SAFE, D("2026-01-10")): KnownCompletion(5, None, "")},
        {(BOB, SAFE): shown},
        {(BOB, SAFE): Assigned(D("1990-01-01"), None)},
        {SAFE: YEARLY},
    )
    row = RowFacts(2, BOB, SAFE, D("2026-01-10"), {})
    (found,) = plan_completions([row], facts=facts, choices=Choices(today=TODAY))
    assert (found.outcome, codes(found), found.effect, found.messages) == ("unchanged", ["R401"], {}, ())
    assert not found.action.becomes_current
