"""Periods: reading, clamping, and steps that never drift (spec: dates, convention 4)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.periods import Period, Unit

DAYS = st.dates(min_value=dt.date(1970, 1, 1), max_value=dt.date(2200, 12, 31))
PERIODS = st.builds(Period, st.integers(min_value=1, max_value=36), st.sampled_from(Unit))


def test_convention_4_months_and_years_clamp_to_the_months_end() -> None:
    assert Period.parse("6 months").add(dt.date(2024, 8, 31)) == dt.date(2025, 2, 28)
    assert Period.parse("1 month").subtract(dt.date(2013, 6, 30)) == dt.date(2013, 5, 30)
    assert Period.parse("1 month").subtract(dt.date(2024, 3, 31)) == dt.date(2024, 2, 29)
    assert Period.parse("1 year").add(dt.date(2024, 2, 29)) == dt.date(2025, 2, 28)
    assert Period.parse("4 years").add(dt.date(2024, 2, 29)) == dt.date(2028, 2, 29)


def test_convention_1_days_and_weeks_are_counted() -> None:
    assert Period.parse("90 days").add(dt.date(2026, 1, 1)) == dt.date(2026, 4, 1)
    assert Period.parse("15 days").add(dt.date(2026, 3, 1)) == dt.date(2026, 3, 16)
    assert Period.parse("2 weeks").subtract(dt.date(2026, 1, 1)) == dt.date(2025, 12, 18)


def test_convention_4_repeated_steps_are_counted_from_the_anchor() -> None:
    month = Period.parse("1 month")
    anchor = dt.date(2024, 1, 31)

    assert [month.add(anchor, times) for times in range(1, 4)] == [
        dt.date(2024, 2, 29),
        dt.date(2024, 3, 31),
        dt.date(2024, 4, 30),
    ]
    assert month.add(month.add(anchor)) == dt.date(2024, 3, 29), "step on step drifts; nothing may count so"


@given(day=DAYS, period=PERIODS, times=st.integers(min_value=0, max_value=40))
def test_convention_4_anchor_plus_k_periods_never_drifts(day: dt.date, period: Period, times: int) -> None:
    reached = period.add(day, times)

    if period.unit in (Unit.DAYS, Unit.WEEKS):
        assert (reached - day).days == period.days * times
    else:
        months = period.count * times * (12 if period.unit == Unit.YEARS else 1)
        assert (reached.year * 12 + reached.month) - (day.year * 12 + day.month) == months
        is_last = (reached + dt.timedelta(days=1)).month != reached.month
        assert reached.day == day.day or (reached.day < day.day and is_last)


@given(day=DAYS, period=PERIODS)
def test_later_days_lead_to_later_days_and_every_period_moves(day: dt.date, period: Period) -> None:
    assert period.subtract(day) < day < period.add(day)
    assert period.add(day) <= period.add(day + dt.timedelta(days=1))


@given(period=PERIODS)
def test_the_text_of_a_period_is_read_back(period: Period) -> None:
    assert Period.parse(str(period)) == period


def test_reading_forgives_case_spaces_and_number() -> None:
    assert Period.parse(" 1 Years ") == Period(1, Unit.YEARS) == Period.parse("1 year")
    assert Period.parse("12 month") == Period(12, Unit.MONTHS)


@pytest.mark.parametrize("text", ["", "12", "months", "0 days", "-1 days", "1.5 years", "12 months ago", "201 years"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="period"):
        Period.parse(text)


def test_periods_are_compared_by_where_they_lead() -> None:
    weeks, month, days = Period.parse("4 weeks"), Period.parse("1 month"), Period.parse("31 days")

    assert weeks < month
    assert month <= days <= month
    assert not Period.parse("1 year") < Period.parse("12 months")


def test_only_days_and_weeks_have_a_number_of_days() -> None:
    assert Period.parse("2 weeks").days == 14
    with pytest.raises(ValueError, match="no fixed number of days"):
        _ = Period.parse("1 month").days


def test_periods_in_words() -> None:
    assert [Period.parse(text).words for text in ("1 day", "2 weeks", "12 months", "1 year")] == [
        "1 day",
        "2 weeks",
        "12 months",
        "1 year",
    ]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("1 month", "12 months", True),
        ("12 months", "1 year", True),
        ("13 months", "1 year", False),
        ("28 days", "1 month", True),
        ("29 days", "1 month", False),  # February
        ("1 month", "31 days", True),
        ("1 month", "30 days", False),
        ("365 days", "1 year", True),
        ("1 year", "365 days", False),  # a leap year
        ("52 weeks", "1 year", True),
        ("53 weeks", "1 year", False),
        ("8 months", "244 days", False),  # May to December are 245
    ],
)
def test_a_period_is_within_another_only_if_it_is_from_every_day(one: str, other: str, expected: bool) -> None:  # noqa: FBT001
    assert Period.parse(one).is_within(Period.parse(other)) is expected
