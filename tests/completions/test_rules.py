"""Compliance as spec/dates says it: every worked example, then what holds for any dates (L-49 to L-51, L-56, L-58)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completions.rules import (
    ComplianceDates,
    ComplianceStatus,
    Standing,
    compliance_dates,
    days_lost,
    latest_reached,
    non_compliance_days,
    standing,
    standing_of,
)
from lms.core.periods import Period

TODAY = dt.date(2026, 3, 15)
YEAR = Period.parse("365 days")
D = dt.date.fromisoformat


def dates(day: str, period: Period | None = YEAR, *, retake_days: int | None = 30) -> tuple[str, str]:
    """Compliant until and retake opens, as text."""
    found = compliance_dates(D(day), compliant_for=period, retake_days=retake_days)
    return str(found.compliant_until), str(found.retake_opens_on)


def stand(day: str, *, on: str = "2026-03-15", period: Period | None = YEAR) -> Standing:
    return standing(today=D(on), completed_on=D(day), compliant_for=period, retake_days=30)


@pytest.mark.parametrize(
    ("case", "day", "until", "opens", "status"),
    [
        ("A", "2026-01-10", "2027-01-10", "2026-12-11", "compliant"),
        ("B", "2025-04-01", "2026-04-01", "2026-03-02", "retake_open"),
        ("C", "2025-03-15", "2026-03-15", "2026-02-13", "retake_open"),  # the last compliant day
        ("D", "2025-03-14", "2026-03-14", "2026-02-12", "non_compliant"),
        ("E, imported", "2018-03-03", "2019-03-03", "2019-02-01", "non_compliant"),
        ("E, before", "2020-03-01", "2021-03-01", "2021-01-30", "non_compliant"),
        ("H, imported", "2025-06-01", "2026-06-01", "2026-05-02", "compliant"),
        ("H and I, before", "2026-02-01", "2027-02-01", "2027-01-02", "compliant"),
        ("X1, imported", "2026-03-10", "2027-03-10", "2027-02-08", "compliant"),
    ],
)
def test_L49_L50_cases_of_the_table(case: str, day: str, until: str, opens: str, status: str) -> None:
    assert (dates(day), stand(day).status) == ((until, opens), status), case


def test_case_A_the_whole_answer() -> None:
    assert stand("2026-01-10") == Standing(
        status=ComplianceStatus.COMPLIANT,
        compliant_until=D("2027-01-10"),
        retake_opens_on=D("2026-12-11"),
        days_left=301,
    )


def test_case_C_D_the_last_compliant_day_and_the_first_day_over() -> None:
    last, over = stand("2025-03-15"), stand("2025-03-14")
    assert (last.days_left, last.days_over, over.days_left, over.days_over) == (0, None, None, 1)


def test_case_H_loses_245_days() -> None:
    assert days_lost(D("2027-02-01"), D("2026-06-01"), today=TODAY) == 245


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "2026-06-01"),  # loses "for ever": no number of days
        ("2027-02-01", None),  # gains
        ("2026-06-01", "2027-02-01"),
        ("2026-03-14", "2019-03-03"),  # case E: non-compliant either way
    ],
)
def test_case_E_J_who_loses_no_days(before: str | None, after: str | None) -> None:
    assert days_lost(D(before) if before else None, D(after) if after else None, today=TODAY) == 0


@pytest.mark.parametrize("day", ["1990-01-01", "2018-03-03", "2026-03-15"])
def test_case_J_L51_for_ever_never_lapses(day: str) -> None:
    assert dates(day, None) == ("None", "None")
    assert stand(day, period=None, on="2090-01-01") == Standing(status=ComplianceStatus.COMPLIANT)


def test_L49_1_March_and_15_days_is_16_March() -> None:
    assert dates("2026-03-01", Period.parse("15 days"))[0] == "2026-03-16"


def test_L50_convention_1_and_2_90_days_and_30_from_1_January() -> None:
    period = Period.parse("90 days")
    assert dates("2026-01-01", period) == ("2026-04-01", "2026-03-02")
    on_days = ("2026-03-01", "2026-03-02", "2026-04-01", "2026-04-02")
    assert [stand("2026-01-01", on=day, period=period).status for day in on_days] == [
        ComplianceStatus.COMPLIANT,
        ComplianceStatus.RETAKE_OPEN,
        ComplianceStatus.RETAKE_OPEN,
        ComplianceStatus.NON_COMPLIANT,
    ]


def test_L52_365_days_become_180_in_case_A() -> None:
    assert dates("2026-01-10", Period.parse("180 days"))[0] == "2026-07-09"


@pytest.mark.parametrize(
    ("day", "period", "until"),
    [
        ("2024-08-31", "6 months", "2025-02-28"),
        ("2024-02-29", "1 year", "2025-02-28"),
        ("2024-02-29", "4 years", "2028-02-29"),
        ("2026-03-15", "2 weeks", "2026-03-29"),
    ],
)
def test_convention_4_months_and_years_clamp(day: str, period: str, until: str) -> None:
    assert dates(day, Period.parse(period))[0] == until


def test_no_retake_days_no_retake_opens_by_itself() -> None:
    assert dates("2026-01-10", retake_days=None) == ("2027-01-10", "None")


def test_U1_overdue_from_the_day_after_the_due_date() -> None:
    within = Period.parse("30 days")
    found = [
        standing(today=D(day), assigned_on=D("2026-01-05"), due_within=within) for day in ("2026-02-04", "2026-02-05")
    ]
    due = D("2026-02-04")
    assert found == [
        Standing(status=ComplianceStatus.NOT_COMPLETED, due_on=due),
        Standing(status=ComplianceStatus.OVERDUE, due_on=due, is_overdue=True, days_over=1),
    ]


def test_U4_L55_a_completion_removes_the_due_date() -> None:
    found = standing(
        today=TODAY, completed_on=D("2026-02-10"), assigned_on=D("2026-01-05"), due_within=Period.parse("30 days")
    )
    assert found == Standing(status=ComplianceStatus.COMPLIANT)


def test_X1_a_retake_opened_by_hand_is_open_before_its_day_and_compliant() -> None:
    found = standing_of(today=TODAY, completed_on=D("2026-01-10"), compliant_until=D("2027-01-10"), is_reset=True)
    assert (found.status, found.days_left) == (ComplianceStatus.RETAKE_OPEN, 301)


def test_X3_a_lapse_that_is_to_be_taken_again_is_non_compliant() -> None:
    found = standing_of(today=TODAY, completed_on=D("2025-03-14"), compliant_until=D("2026-03-14"), is_reset=True)
    assert (found.status, found.days_over) == (ComplianceStatus.NON_COMPLIANT, 1)


def test_neither_assigned_nor_completed_is_not_completed() -> None:
    assert standing(today=TODAY) == Standing(status=ComplianceStatus.NOT_COMPLETED)


def test_L58_non_compliance_is_told_on_the_first_day_and_then_by_the_rhythm() -> None:
    every = Period.parse("2 weeks")
    assert [str(day) for day in non_compliance_days(D("2026-03-14"), every=every, at_most=3)] == [
        "2026-03-15",
        "2026-03-29",
        "2026-04-12",
    ]
    assert non_compliance_days(D("2026-03-14"), every=None, at_most=3) == [D("2026-03-15")]


def test_E72_the_latest_day_that_has_come_counts() -> None:
    days = [D("2026-03-13"), D("2026-03-15"), D("2026-03-17")]
    assert (latest_reached(days, today=TODAY), latest_reached(days, today=D("2026-03-12"))) == (D("2026-03-15"), None)


any_day = st.dates(dt.date(1970, 1, 1), dt.date(2100, 1, 1))
any_period = st.builds(
    lambda count, unit: Period.parse(f"{count} {unit}"),
    st.integers(1, 100),
    st.sampled_from(["days", "weeks", "months"]),
)


@given(completed_on=any_day, period=any_period, retake_days=st.none() | st.integers(0, 90), today=any_day)
def test_the_standing_follows_from_the_stored_dates(
    completed_on: dt.date, period: Period, retake_days: int | None, today: dt.date
) -> None:
    found = standing(today=today, completed_on=completed_on, compliant_for=period, retake_days=retake_days)
    until, opens = compliance_dates(completed_on, compliant_for=period, retake_days=retake_days)
    assert until is not None
    assert until > completed_on
    assert (opens is None) == (retake_days is None)
    assert opens is None or opens <= until
    assert (found.status == ComplianceStatus.NON_COMPLIANT) == (today > until)
    assert (found.status == ComplianceStatus.RETAKE_OPEN) == (opens is not None and opens <= today <= until)
    assert (found.days_left, found.days_over) == (
        ((until - today).days, None) if today <= until else (None, (today - until).days)
    )
    stored = ComplianceDates(until, opens)
    assert found == standing_of(today=today, completed_on=completed_on, **stored._asdict())
