"""What becomes of a row: the 24 cells of the decision table, history, evidence, what is said about it (T-25 to T-54, T-80)."""

import pytest

from certifications.choices import Basis
from certifications.planning import (
    Choices,
    CurrentStatus,
    Facts,
    KnownRecord,
    Recording,
    evidence_key,
    plan_certifications,
    situation_of,
)
from certifications.rules import DECISIONS, Situation
from lms.core.periods import Period
from lms.imports.models import Outcome
from tests.certifications.planning_data import (
    ALL_KINDS,
    CERT,
    CURRENT,
    NEWER,
    OLDER,
    PAIR,
    TODAY,
    D,
    broken,
    codes,
    facts,
    make_evidence,
    make_row,
    plan,
    status,
    terms,
)

# --- the decision table ---------------------------------------------------------------------------------------

HISTORY, CERTIFY, ARCHIVE = "history", "certify", "archive + certify"
# The table of the spec as it stands there; "N" the imported completion is newer than the current one, "O" older.
TABLE: dict[str, tuple[str, str, str, str]] = {
    #                save to history, certify uncertified, if more recent N, if more recent O
    "not_assigned": (HISTORY, CERTIFY, CERTIFY, CERTIFY),
    "assigned":     (HISTORY, CERTIFY, CERTIFY, CERTIFY),
    "certified":    (HISTORY, HISTORY, ARCHIVE, HISTORY),
    "window_open":  (HISTORY, HISTORY, CERTIFY, HISTORY),
    "expired":      (HISTORY, CERTIFY, CERTIFY, CERTIFY),
    "broken":       (HISTORY, ARCHIVE, ARCHIVE, ARCHIVE),
}  # fmt: skip
COLUMNS = [
    ("history", NEWER),
    ("certify_uncertified", NEWER),
    ("certify_if_more_recent", NEWER),
    ("certify_if_more_recent", OLDER),
]
CELLS = [
    pytest.param(situation, action, day, deed, id=f"T45_{situation}_{action}{'_older' if day == OLDER else ''}")
    for situation, deeds in TABLE.items()
    for (action, day), deed in zip(COLUMNS, deeds, strict=True)
]


@pytest.mark.parametrize(("situation", "action", "day", "deed"), CELLS)
def test_T45_T46_T47_decision_table(situation: str, action: str, day: str, deed: str) -> None:
    found = plan(make_row(day), facts(Situation(situation)), action=action)
    recording = found.action
    assert isinstance(recording, Recording)
    assert (recording.creates, recording.certifies) == (True, deed != HISTORY)
    assert recording.assigns is (situation == "not_assigned")
    assert found.effect.get("assigned", False) is (situation == "not_assigned")
    assert found.effect.get("archived") == (CURRENT if deed == ARCHIVE else None)
    never = situation in ("not_assigned", "assigned")
    expected = Outcome.ADDED_TO_HISTORY if deed == HISTORY else Outcome.CREATED if never else Outcome.UPDATED
    assert found.outcome == expected
    assert found.effect.get("after") == (None if deed == HISTORY else day)
    assert ("R404" in codes(found)) is (deed == HISTORY)


def test_T45_the_table_is_complete() -> None:
    assert {str(situation) for situation in DECISIONS} == set(TABLE) == {str(situation) for situation in Situation}
    assert len(CELLS) == 24


@pytest.mark.parametrize("action", ["certify_uncertified", "certify_if_more_recent"])
def test_T45_the_older_of_the_two_columns_of_certify_uncertified_is_the_same(action: str) -> None:
    """Only "certify if more recent" looks at which is newer."""
    outcomes = [plan(make_row(day), facts(Situation.EXPIRED), action=action).outcome for day in (OLDER, NEWER)]
    assert outcomes == [Outcome.UPDATED, Outcome.UPDATED]


@pytest.mark.parametrize(
    ("current", "is_assigned", "situation"),
    [
        (None, False, Situation.NOT_ASSIGNED),
        (None, True, Situation.ASSIGNED),
        (status(), True, Situation.CERTIFIED),
        (status(), False, Situation.CERTIFIED),  # taken out of the certification, and certified all the same
        (status("window_open"), True, Situation.WINDOW_OPEN),
        (status("expired"), True, Situation.EXPIRED),
        (broken(), True, Situation.BROKEN),
        (status(record_id=None, last_completed_on=None), True, Situation.BROKEN),
        (status(last_expires_on=D("2026-07-01")), True, Situation.BROKEN),
        (status("expired", expires_on=D("2026-06-01")), True, Situation.BROKEN),
    ],
)
def test_T52_the_line_of_the_table(current: CurrentStatus | None, is_assigned: bool, situation: Situation) -> None:  # noqa: FBT001
    assert situation_of(current, is_assigned=is_assigned) == situation


# --- several rows, and what is there already -------------------------------------------------------------------


def test_T25_T50_of_several_rows_the_newest_gets_the_action() -> None:
    rows = [
        make_row(OLDER, number=4, is_newest=False),
        make_row(CURRENT, number=2, is_newest=False),
        make_row(number=3),
    ]
    plans = plan_certifications(rows, facts=facts(Situation.ASSIGNED), choices=Choices(TODAY, "certify_if_more_recent"))
    assert [found.outcome for found in plans] == ["added_to_history", "added_to_history", "created"]
    assert [found.action.creates for found in plans] == [True, True, True]


def test_T46_a_person_is_assigned_once_for_all_rows_of_a_file() -> None:
    rows = [make_row(OLDER, number=2, is_newest=False), make_row(number=3)]
    plans = plan_certifications(rows, facts=facts(Situation.NOT_ASSIGNED), choices=Choices(TODAY))
    assert [found.action.assigns for found in plans] == [True, True]  # the earliest day counts
    assert [found.effect.get("assigned") for found in plans] == [None, True]


def test_T26_R403_the_same_day_again_in_the_file_writes_nothing() -> None:
    found = plan(make_row(same_as=2, is_newest=False), facts(Situation.NOT_ASSIGNED), action="certify_uncertified")
    assert (found.outcome, found.problems, found.action) == (Outcome.UNCHANGED, [("R403", "", {"n": 2})], None)


@pytest.mark.parametrize("action", ["history", "certify_uncertified", "certify_if_more_recent"])
@pytest.mark.parametrize("situation", list(Situation))
def test_T51_R401_an_equal_record_writes_nothing(situation: Situation, action: str) -> None:
    known = {(*PAIR, D(NEWER)): KnownRecord(5, None)}
    found = plan(make_row(), facts(situation, records=known), action=action)
    assert (found.outcome, codes(found), found.target_id) == (Outcome.UNCHANGED, ["R401"], 5)
    assert (found.action.creates, found.action.certifies, found.action.seen) == (False, False, 5)
    assert found.action.assigns is (situation == Situation.NOT_ASSIGNED)  # T-46: whatever the outcome


@pytest.mark.parametrize(
    ("recorded", "uploaded", "problems"),
    [
        (None, "", [("R401", "", {})]),
        ("2025-12-31", "2025-12-31", [("R401", "", {})]),
        ("2025-12-31", "", [("R401", "", {})]),
        ("2025-12-31", "2025-12-30", [("R407", "duedate", {"a": "2025-12-31", "b": "2025-12-30"})]),
        (None, "2025-12-30", [("R407", "duedate", {"a": "", "b": "2025-12-30"})]),
    ],
    ids=["none", "same", "left_out", "another", "new"],
)
def test_T51_R407_another_due_date_for_the_same_completion_changes_nothing(
    recorded: str | None, uploaded: str, problems: list[object]
) -> None:
    known = {(*PAIR, D(NEWER)): KnownRecord(5, D(recorded) if recorded else None)}
    found = plan(make_row(due=uploaded), facts(Situation.ASSIGNED, records=known))
    assert (found.outcome, found.problems) == (Outcome.UNCHANGED, problems)


def test_T51_the_same_expiry_by_another_completion_is_another_record() -> None:
    """With the fixed method many days end on the same one."""
    fixed = {CERT: terms(method="fixed_date", minimum_active_period=Period.parse("6 months"))}
    known = {(*PAIR, D("2025-12-02")): KnownRecord(5, None)}
    found = plan(make_row(due="2026-12-31"), facts(Situation.ASSIGNED, terms=fixed, records=known))
    assert (found.outcome, found.action.creates, found.effect["until"]) == ("added_to_history", True, "2026-12-31")


# --- dates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "until", "basis"),
    [("history", "2026-12-01", "completed"), ("certify_if_more_recent", "2026-06-01", "kept")],
)
def test_T54_history_ignores_the_earlier_expiry_and_the_current_record_uses_it(
    action: str, until: str, basis: str
) -> None:
    known = facts(Situation.CERTIFIED, terms={CERT: terms(method="expiry_date")})
    found = plan(make_row(), known, action=action)
    assert (found.effect["until"], found.effect["basis"]) == (until, basis)


def test_T54_after_the_expiry_the_last_record_is_still_the_base() -> None:
    current = status(
        "expired",
        last_completed_on=D("2024-06-01"),
        last_window_opens_on=D("2025-05-01"),
        last_expires_on=D("2025-06-01"),
    )
    known = facts(statuses={PAIR: current}, terms={CERT: terms(method="fixed_date")})
    found = plan(make_row("2025-12-01"), known, action="certify_uncertified")
    assert (found.effect["until"], found.effect["basis"]) == ("2026-06-01", "previous")


def test_T52_contradicting_dates_are_no_base() -> None:
    known = facts(Situation.BROKEN, terms={CERT: terms(method="expiry_date")})
    found = plan(make_row(), known, action="certify_uncertified")
    assert (found.effect["until"], found.effect["basis"]) == ("2026-12-01", "completed")


def test_R1_T54_the_stored_window_counts_not_the_one_of_todays_settings() -> None:
    wide = terms(method="expiry_date", recertification_window=Period.parse("12 months"))
    found = plan(make_row(), facts(Situation.CERTIFIED, terms={CERT: wide}), action="certify_if_more_recent")
    assert found.action.dates.basis == Basis.KEPT


def test_T39_T40_the_due_date_decides_where_it_may_and_the_row_says_so() -> None:
    known = facts(Situation.ASSIGNED, terms={CERT: terms(method="expiry_date")})
    found = plan(make_row(due="2026-02-28"), known, action="certify_uncertified")
    assert (found.effect["until"], found.effect["basis"]) == ("2027-02-28", "due")
    assert found.action.due_on == D("2026-02-28")
    assert plan(make_row(), known, action="certify_uncertified").effect["basis"] == "completed"


def test_T42_R306_completed_after_the_due_date_is_late_and_legal() -> None:
    found = plan(make_row(due="2025-11-29"), facts(Situation.ASSIGNED), action="certify_uncertified")
    assert ("R306", "", {"n": 2}) in found.problems
    assert (found.outcome, found.effect["late_days"]) == (Outcome.CREATED, 2)
    on_time = plan(make_row(due=NEWER), facts(Situation.ASSIGNED))
    assert ("R306" in codes(on_time), "late_days" in on_time.effect) == (False, False)


def test_R408_completed_before_the_window_opened() -> None:
    known = facts(Situation.CERTIFIED, terms={CERT: terms(method="expiry_date")})
    found = plan(make_row(), known, action="certify_if_more_recent")
    assert found.problems == [("R408", "", {"date": "2026-06-01"})]


@pytest.mark.parametrize(
    ("day", "problems", "effect"),
    [
        ("2025-03-14", [("R405", "", {"date": "2026-03-15"})], "expired"),
        ("2025-03-15", [("R406", "", {})], "window_open"),  # the last certified day
        ("2025-04-15", [("R406", "", {})], "window_open"),
        ("2025-04-16", [], None),
    ],
)
def test_T48_R405_R406_expired_and_window_open_on_arrival(day: str, problems: list[object], effect: str | None) -> None:
    found = plan(make_row(day), facts(Situation.ASSIGNED), action="certify_uncertified")
    assert found.problems == problems
    assert {key for key in ("expired", "window_open") if found.effect.get(key)} == ({effect} if effect else set())
    history = plan(make_row(day), facts(Situation.ASSIGNED))
    assert (codes(history), "expired" in history.effect, "window_open" in history.effect) == (["R404"], False, False)


def test_what_changes_for_a_person_in_full() -> None:
    found = plan(make_row(), facts(Situation.CERTIFIED), action="certify_if_more_recent")
    assert found.effect == {
        "before": CURRENT,
        "after": NEWER,
        "until": "2026-12-01",
        "until_before": "2026-06-01",
        "basis": "completed",
        "archived": CURRENT,
    }
    assert plan(make_row(OLDER), facts(Situation.CERTIFIED)).effect == {
        "until": "2026-01-10",
        "basis": "completed",
        "kept": CURRENT,
    }


def test_a_shorter_certification_loses_days() -> None:
    short = {CERT: terms(active_period=Period.parse("4 months"))}
    found = plan(make_row(), facts(Situation.CERTIFIED, terms=short), action="certify_if_more_recent")
    assert (found.effect["until"], found.effect["days_lost"]) == ("2026-04-01", 61)


def test_days_that_are_over_are_not_lost() -> None:
    """Before the night that lets it expire, the current record still has its dates."""
    over = {"expires_on": D("2026-03-14"), "window_opens_on": D("2026-02-14")}
    behind = {f"last_{name}": day for name, day in over.items()}
    known = facts(
        statuses={PAIR: status("window_open", **over, **behind)},
        terms={CERT: terms(active_period=Period.parse("3 months"))},
    )
    found = plan(make_row(), known, action="certify_if_more_recent")
    assert (found.effect["until"], found.effect["until_before"]) == ("2026-03-01", "2026-03-14")
    assert "days_lost" not in found.effect


@pytest.mark.parametrize(
    ("situation", "problems"),
    [
        (Situation.BROKEN, [("R402", "", {"date": CURRENT})]),
        (Situation.EXPIRED, [("R402", "", {"date": CURRENT})]),
        (Situation.CERTIFIED, []),
    ],
)
def test_R402_a_newer_record_loses_its_place(situation: Situation, problems: list[object]) -> None:
    found = plan(make_row(OLDER), facts(situation), action="certify_if_more_recent")
    assert [problem for problem in found.problems if problem[0] == "R402"] == problems
    newer = plan(make_row(), facts(situation), action="certify_if_more_recent")
    assert "R402" not in codes(newer)


# --- archived certifications ----------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["history", "certify_uncertified", "certify_if_more_recent"])
def test_T80_R409_an_archived_certification_takes_history_alone(action: str) -> None:
    archived = {CERT: terms(is_active=False, sends=ALL_KINDS)}
    found = plan(make_row(), facts(Situation.NOT_ASSIGNED, terms=archived), action=action)
    assert (found.outcome, codes(found)) == (Outcome.ADDED_TO_HISTORY, ["R409", "R404"])
    assert (found.action.creates, found.action.certifies, found.action.assigns) == (True, False, False)
    assert (found.messages, "assigned" in found.effect) == ((), False)


# --- evidence -------------------------------------------------------------------------------------------------


def test_T29_T31_R205_what_fits_no_certification_becomes_evidence() -> None:
    found = plan(make_evidence(short="Basics", id_number="101", due="2025-12-24"), Facts())
    named = {"value": "Basics", "short": "Basics", "id": "101"}
    assert (found.outcome, found.problems) == (Outcome.EVIDENCE, [("R205", "", named)])
    assert found.action == Recording(makes_evidence=True, due_on=D("2025-12-24"))
    assert found.messages == ()


def test_T29_the_same_evidence_twice_in_the_file_or_recorded_already() -> None:
    rows = [
        make_evidence(short="Basics"),
        make_evidence(short="BASICS ", number=3),
        make_evidence(OLDER, short="Basics"),
    ]
    plans = plan_certifications(rows, facts=Facts(), choices=Choices(TODAY))
    assert [found.outcome for found in plans] == ["evidence", "unchanged", "evidence"]
    assert (plans[1].problems, plans[1].action) == ([("R403", "", {"n": 2})], None)
    known = Facts(evidence={evidence_key(rows[0]): KnownRecord(9, D("2025-12-24"))})
    again, _, other = plan_certifications(rows, facts=known, choices=Choices(TODAY))
    assert (again.outcome, again.problems, again.target_id) == ("unchanged", [("R401", "", {})], 9)
    assert (again.action, other.outcome) == (Recording(seen=9), "evidence")


def test_T51_R407_evidence_with_another_due_date_stays_as_it_is() -> None:
    row = make_evidence(short="Basics", due="2025-12-25")
    found = plan(row, Facts(evidence={evidence_key(row): KnownRecord(9, D("2025-12-24"))}))
    assert (found.outcome, codes(found)) == ("unchanged", ["R407"])
