"""Certification dates: what holds for any dates, periods and settings (T-39, T-43, T-52, T-81)."""

import datetime as dt
from dataclasses import dataclass

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from certifications.choices import Basis, Method
from certifications.rules import (
    certification_dates,
    find_inconsistencies,
)
from lms.core.periods import Period
from tests.certifications.rules_data import METHODS, MONTH, D, P, dates

# --- what holds for any dates ---------------------------------------------------------------------------------

DAYS = st.dates(min_value=dt.date(1970, 1, 1), max_value=dt.date(2100, 12, 31))
PERIODS = st.one_of(
    st.integers(1, 1500).map(lambda n: P(f"{n} days")),
    st.integers(1, 200).map(lambda n: P(f"{n} weeks")),
    st.integers(1, 60).map(lambda n: P(f"{n} months")),
    st.integers(1, 10).map(lambda n: P(f"{n} years")),
)


@dataclass(frozen=True)
class Settings:
    """W <= M <= A."""

    window: Period
    minimum: Period
    active: Period


SETTINGS = st.tuples(PERIODS, PERIODS, PERIODS).map(lambda found: Settings(*sorted(found)))


@st.composite
def cases(draw: st.DrawFn, *, method: str = "") -> dict[str, object]:
    found = draw(SETTINGS)
    return {
        "method": method or draw(st.sampled_from(METHODS)),
        "completed_on": draw(DAYS),
        "due_on": draw(st.none() | DAYS),
        "previous_expires_on": (previous := draw(st.none() | DAYS)),
        "previous_window_opens_on": found.window.subtract(previous) if previous and draw(st.booleans()) else None,
        "active": found.active,
        "window": found.window,
        "minimum_active": draw(st.sampled_from([found.minimum, None])),
    }


@given(case=cases())
def test_T43_no_expiry_before_the_completion_and_the_window_before_the_expiry(case: dict[str, object]) -> None:
    """The fixed method says "the day nearest after"; even there a certification never ends before it was earned."""
    found = certification_dates(**case)  # type: ignore[arg-type]
    assert case["completed_on"] <= found.expires_on  # type: ignore[operator]
    assert found.window_opens_on < found.expires_on
    assert found.window_opens_on == case["window"].subtract(found.expires_on)  # type: ignore[attr-defined]


@given(case=cases())
def test_T81_the_expiry_is_the_anchor_and_so_many_periods_counted_in_one_go(case: dict[str, object]) -> None:
    found = certification_dates(**case)  # type: ignore[arg-type]
    assert found.expires_on == case["active"].add(found.anchor_on, found.steps)  # type: ignore[attr-defined]
    anchors = {
        Basis.COMPLETED: case["completed_on"],
        Basis.DUE: case["due_on"],
        Basis.PREVIOUS: case["previous_expires_on"],
        Basis.KEPT: case["previous_expires_on"],
    }
    assert found.anchor_on == anchors[found.basis]


@given(case=cases())
def test_T52_a_record_by_the_rules_is_never_inconsistent(case: dict[str, object]) -> None:
    found = certification_dates(**case)  # type: ignore[arg-type]
    day = case["completed_on"]
    assert isinstance(day, dt.date)
    for state in ("certified", "window_open"):
        assert (
            find_inconsistencies(
                state=state,
                completed_on=day,
                window_opens_on=found.window_opens_on,
                expires_on=found.expires_on,
                record=(day, found.expires_on),
            )
            == ()
        )


@given(case=cases(method="fixed_date"))
def test_T39_the_fixed_expiry_leaves_the_minimum_active_period(case: dict[str, object]) -> None:
    found = certification_dates(**case)  # type: ignore[arg-type]
    minimum = case["minimum_active"] or case["window"]
    assert found.expires_on >= minimum.add(case["completed_on"])  # type: ignore[attr-defined]


def walk(*, anchor: dt.date, done: dt.date, active: Period, minimum: Period) -> dt.date:
    """The two loops of spec/dates as they stand there, every step counted from the anchor."""
    step = 0
    while minimum.subtract(active.add(anchor, step)) >= done:
        step -= 1
    while active.add(anchor, step + 1) < minimum.add(done):
        step += 1
    return active.add(anchor, step + 1)


@given(anchor=DAYS, done=DAYS, periods=SETTINGS)
def test_T39_the_fixed_expiry_is_where_the_loops_of_the_spec_stop(
    anchor: dt.date, done: dt.date, periods: Settings
) -> None:
    assume(abs((anchor - done).days) / (periods.active.add(done) - done).days < 400)
    found = certification_dates(
        method=Method.FIXED_DATE,
        completed_on=done,
        due_on=None,
        previous_expires_on=anchor,
        previous_window_opens_on=None,
        active=periods.active,
        window=periods.window,
        minimum_active=periods.minimum,
    )
    assert found.expires_on == walk(anchor=anchor, done=done, active=periods.active, minimum=periods.minimum)


@pytest.mark.parametrize("minimum", ["1 day", "5 years", "40 years"])
@pytest.mark.parametrize("active", ["1 day", "1 month", "3 years"])
def test_T39_periods_that_the_settings_would_refuse_end_all_the_same(active: str, minimum: str) -> None:
    found = dates("fixed_date", "2024-06-15", due="2012-02-29", active=P(active), minimum=P(minimum))
    assert found.expires_on == walk(anchor=D("2012-02-29"), done=D("2024-06-15"), active=P(active), minimum=P(minimum))


MONTH_ENDS = [
    dt.date(year, month, 1) - dt.timedelta(days=1) for year in (2023, 2024, 2025) for month in (1, 2, 3, 4, 5, 12)
] + [dt.date(2024, 2, 29), dt.date(2000, 2, 29), dt.date(2024, 1, 30)]


@pytest.mark.parametrize("anchor", MONTH_ENDS, ids=str)
@pytest.mark.parametrize("active", ["1 month", "3 months", "12 months", "1 year", "4 years", "18 months"])
def test_T39_forty_years_of_steps_do_not_drift(anchor: dt.date, active: str) -> None:
    """Whoever completes in any later year ends on the day of the anchor, or on the last day of a shorter month."""
    period = P(active)
    for year in range(41):
        done = dt.date(anchor.year + year, 6, 15)
        found = dates("fixed_date", done.isoformat(), due=anchor.isoformat(), active=period, window=P("1 day"))
        end = found.expires_on
        last_of_month = (end.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
        assert end.day == min(anchor.day, last_of_month.day), (anchor, active, done, end)
        assert period.subtract(end) <= MONTH.add(done)
