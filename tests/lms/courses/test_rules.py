"""Due dates as spec/dates says them: the worked examples, then what holds for any dates (L-53, L-56)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.periods import Period
from lms.courses.rules import due_date, is_overdue, reminder_days

D = dt.date.fromisoformat
MONTH = Period.parse("30 days")


def test_U1_assigned_5_January_within_30_days_is_due_4_February() -> None:
    due = due_date(assigned_on=D("2026-01-05"), due_within=MONTH, due_on=None)
    assert due == D("2026-02-04")
    assert [is_overdue(due, today=D(day)) for day in ("2026-02-03", "2026-02-04", "2026-02-05")] == [False, False, True]


def test_U2_L56_reminders_from_7_days_before_every_2_days_at_most_4() -> None:
    days = reminder_days(D("2026-02-04"), days_before=7, every=Period.parse("2 days"), at_most=4)
    assert [str(day) for day in days] == ["2026-01-28", "2026-01-30", "2026-02-01", "2026-02-03"]


def test_U5_a_fixed_date_is_the_same_for_everybody() -> None:
    days = ("2025-11-02", "2026-03-01")
    assert {due_date(assigned_on=D(day), due_within=None, due_on=D("2026-02-28")) for day in days} == {D("2026-02-28")}


def test_U6_another_span_counts_from_the_same_assignment() -> None:
    assert due_date(assigned_on=D("2026-01-05"), due_within=Period.parse("60 days"), due_on=None) == D("2026-03-06")


def test_L53_without_span_and_date_nothing_is_due() -> None:
    assert due_date(assigned_on=D("2026-01-05"), due_within=None, due_on=None) is None
    assert not is_overdue(None, today=D("2090-01-01"))


def test_convention_4_a_span_of_months_clamps() -> None:
    assert due_date(assigned_on=D("2025-08-31"), due_within=Period.parse("6 months"), due_on=None) == D("2026-02-28")


@pytest.mark.parametrize(
    ("every", "at_most", "count"), [(None, 4, 1), ("1 week", 1, 1), ("1 week", 3, 3), (None, 0, 0)]
)
def test_L56_without_a_rhythm_there_is_one_reminder(every: str | None, at_most: int, count: int) -> None:
    period = Period.parse(every) if every else None
    assert len(reminder_days(D("2026-02-04"), days_before=7, every=period, at_most=at_most)) == count


def test_L56_a_series_ends_with_the_calendar() -> None:
    every = Period.parse("10400 weeks")
    days = reminder_days(D("2199-12-31"), days_before=0, every=every, at_most=99)
    assert (len(days), str(days[0]), days[-1].year) == (40, "2199-12-31", 9973)


@given(
    due=st.dates(dt.date(1971, 1, 1), dt.date(2100, 1, 1)),
    days_before=st.integers(0, 60),
    step=st.integers(1, 30),
    at_most=st.integers(0, 10),
)
def test_L56_a_series_begins_at_its_start_and_keeps_its_step(
    due: dt.date, days_before: int, step: int, at_most: int
) -> None:
    days = reminder_days(due, days_before=days_before, every=Period.parse(f"{step} days"), at_most=at_most)
    first = due - dt.timedelta(days=days_before)
    assert days == [first + dt.timedelta(days=step * number) for number in range(at_most)]
