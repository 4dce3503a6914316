"""Certification dates as spec/dates says them: every worked example, and the states (T-36 to T-54, T-81)."""

import datetime as dt

import pytest

from certifications.choices import Basis
from certifications.rules import (
    CertificationDates,
    Inconsistency,
    RenewalEvent,
    find_inconsistencies,
    latest_event,
    renewal_events,
    state_on,
)
from lms.core.periods import Period
from tests.certifications.rules_data import HALF, METHODS, MONTH, D, dates, ends

# --- the tables of spec/dates ---------------------------------------------------------------------------------

TABLE = [
    ("K1", "2012-03-23", "2012-06-30", None, "completion_date", "2013-03-23", "2013-02-23"),
    ("K1", "2012-03-23", "2012-06-30", None, "expiry_date", "2013-06-30", "2013-05-30"),
    ("K1", "2012-03-23", "2012-06-30", None, "fixed_date", "2012-06-30", "2012-05-30"),
    ("K2", "2012-07-15", "2012-06-30", None, "completion_date", "2013-07-15", "2013-06-15"),
    ("K2", "2012-07-15", "2012-06-30", None, "expiry_date", "2013-07-15", "2013-06-15"),
    ("K2", "2012-07-15", "2012-06-30", None, "fixed_date", "2013-06-30", "2013-05-30"),
    ("K3", "2012-03-23", None, None, "completion_date", "2013-03-23", "2013-02-23"),
    ("K3", "2012-03-23", None, None, "expiry_date", "2013-03-23", "2013-02-23"),
    ("K3", "2012-03-23", None, None, "fixed_date", "2013-03-23", "2013-02-23"),
    ("R1", "2024-03-01", None, "2024-06-30", "completion_date", "2025-03-01", "2025-02-01"),
    ("R1", "2024-03-01", None, "2024-06-30", "expiry_date", "2024-06-30", "2024-05-30"),
    ("R1", "2024-03-01", None, "2024-06-30", "fixed_date", "2024-06-30", "2024-05-30"),
    ("R2", "2024-06-15", None, "2024-06-30", "completion_date", "2025-06-15", "2025-05-15"),
    ("R2", "2024-06-15", None, "2024-06-30", "expiry_date", "2025-06-30", "2025-05-30"),
    ("R2", "2024-06-15", None, "2024-06-30", "fixed_date", "2025-06-30", "2025-05-30"),
    ("R3", "2024-08-10", None, "2024-06-30", "completion_date", "2025-08-10", "2025-07-10"),
    ("R3", "2024-08-10", None, "2024-06-30", "expiry_date", "2025-08-10", "2025-07-10"),
    ("R3", "2024-08-10", None, "2024-06-30", "fixed_date", "2025-06-30", "2025-05-30"),
]


@pytest.mark.parametrize(
    ("case", "done", "due", "prev", "method", "expires", "opens"),
    TABLE,
    ids=[f"{case}_{method}" for case, _, _, _, method, _, _ in TABLE],
)
def test_T38_T39_T43_K1_K2_K3_R1_R2_R3(
    case: str, done: str, due: str | None, prev: str | None, method: str, expires: str, opens: str
) -> None:
    assert ends(dates(method, done, due=due, prev=prev)) == (expires, opens), case


@pytest.mark.parametrize(
    ("done", "due", "prev", "window", "minimum", "expires", "opens"),
    [
        ("2025-09-10", None, "2022-12-31", MONTH, HALF, "2026-12-31", "2026-11-30"),
        ("2021-02-28", "2021-12-31", None, MONTH, HALF, "2021-12-31", "2021-11-30"),
        ("2021-07-30", "2021-12-31", None, MONTH, HALF, "2022-12-31", "2022-11-30"),
        ("2021-06-30", "2021-12-31", None, MONTH, HALF, "2021-12-31", "2021-11-30"),
        ("2021-07-01", "2021-12-31", None, MONTH, HALF, "2022-12-31", "2022-11-30"),
    ],
    ids=["skips_years", "long_enough_left", "too_little_left", "just_enough_left", "a_day_too_little"],
)
def test_T39_fixed_method_more_examples(
    done: str, due: str | None, prev: str | None, window: Period, minimum: Period, expires: str, opens: str
) -> None:
    assert ends(dates("fixed_date", done, due=due, prev=prev, window=window, minimum=minimum)) == (expires, opens)


@pytest.mark.parametrize("method", METHODS)
def test_T40_without_due_date_and_previous_expiry_the_completion_alone_counts(method: str) -> None:
    found = dates(method, "2012-03-23")
    assert found == CertificationDates(
        expires_on=D("2013-03-23"),
        window_opens_on=D("2013-02-23"),
        basis=Basis.COMPLETED,
        anchor_on=D("2012-03-23"),
        steps=1,
    )


@pytest.mark.parametrize(
    ("method", "done", "due", "prev", "basis", "anchor", "steps"),
    [
        ("completion_date", "2012-03-23", "2012-06-30", None, Basis.COMPLETED, "2012-03-23", 1),
        ("expiry_date", "2012-03-23", "2012-06-30", None, Basis.DUE, "2012-06-30", 1),
        ("expiry_date", "2012-06-30", "2012-06-30", None, Basis.DUE, "2012-06-30", 1),
        ("expiry_date", "2012-07-15", "2012-06-30", None, Basis.COMPLETED, "2012-07-15", 1),
        ("expiry_date", "2024-03-01", None, "2024-06-30", Basis.KEPT, "2024-06-30", 0),
        ("expiry_date", "2024-06-15", None, "2024-06-30", Basis.PREVIOUS, "2024-06-30", 1),
        ("expiry_date", "2024-06-30", None, "2024-06-30", Basis.PREVIOUS, "2024-06-30", 1),
        ("expiry_date", "2024-08-10", None, "2024-06-30", Basis.COMPLETED, "2024-08-10", 1),
        ("fixed_date", "2012-03-23", "2012-06-30", None, Basis.DUE, "2012-06-30", 0),
        ("fixed_date", "2025-09-10", None, "2022-12-31", Basis.PREVIOUS, "2022-12-31", 3),
        ("fixed_date", "2012-03-23", None, None, Basis.COMPLETED, "2012-03-23", 1),
    ],
)
def test_T40_T81_which_date_decided(
    method: str, done: str, due: str | None, prev: str | None, basis: Basis, anchor: str, steps: int
) -> None:
    found = dates(method, done, due=due, prev=prev)
    assert (found.basis, str(found.anchor_on), found.steps) == (basis, anchor, steps)


@pytest.mark.parametrize("method", METHODS)
def test_T37_T38_a_due_date_beside_a_previous_expiry_decides_nothing(method: str) -> None:
    alone = dates(method, "2024-06-15", prev="2024-06-30")
    assert dates(method, "2024-06-15", due="2030-01-01", prev="2024-06-30") == alone


def test_T44_a_completion_after_the_expiry_counts_from_the_completion() -> None:
    assert ends(dates("expiry_date", "2024-07-01", prev="2024-06-30")) == ("2025-07-01", "2025-06-01")


def test_R2_on_the_very_day_of_the_expiry_is_in_time() -> None:
    assert ends(dates("expiry_date", "2024-06-30", prev="2024-06-30")) == ("2025-06-30", "2025-05-30")


@pytest.mark.parametrize(
    ("prev_window", "expires"),
    [(None, "2025-06-30"), ("2024-05-30", "2025-06-30"), ("2024-06-01", "2024-06-30")],
    ids=["counted_where_none_is_stored", "opens_that_day", "opens_later"],
)
def test_R1_R2_the_stored_window_says_whether_it_was_open(prev_window: str | None, expires: str) -> None:
    found = dates("expiry_date", "2024-05-30", prev="2024-06-30", prev_window=prev_window)
    assert str(found.expires_on) == expires


def test_K1_completed_on_the_due_date_is_in_time() -> None:
    assert ends(dates("expiry_date", "2012-06-30", due="2012-06-30")) == ("2013-06-30", "2013-05-30")


def test_T39_the_least_minimum_active_period_is_the_window() -> None:
    for window in (MONTH, HALF):
        for done in ("2012-05-29", "2012-05-30", "2012-05-31", "2012-01-15"):
            without = dates("fixed_date", done, due="2012-06-30", window=window, minimum=None)
            assert without == dates("fixed_date", done, due="2012-06-30", window=window, minimum=window)
    assert ends(dates("fixed_date", "2012-03-23", minimum=None)) == ("2013-03-23", "2013-02-23")


@pytest.mark.parametrize("method", ["completion_date", "expiry_date"])
def test_T38_the_minimum_active_period_counts_with_the_fixed_method_only(method: str) -> None:
    assert dates(method, "2012-06-15", due="2012-06-30", minimum=HALF) == dates(
        method, "2012-06-15", due="2012-06-30", minimum=None
    )


def test_another_method_is_refused() -> None:
    with pytest.raises(ValueError, match="no_such"):
        dates("no_such", "2012-03-23")


def test_T43_the_window_clamps_to_the_end_of_the_month() -> None:
    assert ends(dates("completion_date", "2023-03-31", window=MONTH)) == ("2024-03-31", "2024-02-29")


# --- the states -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "state"),
    [
        ("2025-05-29", "certified"),
        ("2025-05-30", "window_open"),
        ("2025-06-30", "window_open"),  # the last certified day
        ("2025-07-01", "expired"),
        ("2031-01-01", "expired"),  # however many days were missed
    ],
)
@pytest.mark.parametrize("before", ["certified", "window_open"])
def test_T48_state_on_each_day(day: str, state: str, before: str) -> None:
    found = state_on(D(day), state=before, window_opens_on=D("2025-05-30"), expires_on=D("2025-06-30"))
    assert found == ("window_open" if (state, before) == ("certified", "window_open") else state)


def test_T48_expired_stays_expired() -> None:
    assert state_on(D("2025-01-01"), state="expired", window_opens_on=None, expires_on=None) == "expired"


SOUND = {
    "state": "certified",
    "completed_on": D("2024-05-01"),
    "window_opens_on": D("2025-04-01"),
    "expires_on": D("2025-05-01"),
    "record": (D("2024-05-01"), D("2025-05-01")),
}
CLEARED = {"completed_on": None, "window_opens_on": None, "expires_on": None}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, ()),
        ({"state": "window_open"}, ()),
        ({"state": "expired", **CLEARED}, ()),
        ({"record": None}, (Inconsistency.RECORD_MISSING,)),
        ({"state": "expired", **CLEARED, "record": None}, (Inconsistency.RECORD_MISSING,)),
        ({"state": "expired"}, (Inconsistency.DATES_LEFT,)),
        ({"state": "expired", **CLEARED, "expires_on": D("2025-05-01")}, (Inconsistency.DATES_LEFT,)),
        ({"completed_on": None}, (Inconsistency.DATES_MISSING,)),
        ({"window_opens_on": None}, (Inconsistency.DATES_MISSING,)),
        ({"expires_on": None}, (Inconsistency.DATES_MISSING,)),
        ({"record": (D("2024-05-02"), D("2025-05-01"))}, (Inconsistency.RECORD_DIFFERS,)),
        ({"record": (D("2024-05-01"), D("2025-05-02"))}, (Inconsistency.RECORD_DIFFERS,)),
        ({"window_opens_on": D("2025-05-01")}, ()),
        ({"window_opens_on": D("2025-05-02")}, (Inconsistency.WINDOW_AFTER_EXPIRY,)),
        (
            {
                "completed_on": D("2025-05-01"),
                "window_opens_on": D("2025-05-01"),
                "record": (D("2025-05-01"), D("2025-05-01")),
            },
            (),
        ),
        (
            {"expires_on": D("2024-04-30"), "record": (D("2024-05-01"), D("2024-04-30"))},
            (Inconsistency.WINDOW_AFTER_EXPIRY, Inconsistency.EXPIRY_BEFORE_COMPLETION),
        ),
        (
            {"window_opens_on": D("2025-05-02"), "record": None},
            (Inconsistency.RECORD_MISSING, Inconsistency.WINDOW_AFTER_EXPIRY),
        ),
    ],
)
def test_T52_T72_what_contradicts_itself(changes: dict[str, object], found: tuple[Inconsistency, ...]) -> None:
    assert find_inconsistencies(**{**SOUND, **changes}) == found  # type: ignore[arg-type]


# --- what is told ---------------------------------------------------------------------------------------------


def events(days: int = 14) -> tuple[tuple[dt.date, RenewalEvent], ...]:
    return renewal_events(window_opens_on=D("2025-05-30"), expires_on=D("2025-06-30"), expiring_days=days)


def test_T70_the_days_of_the_series() -> None:
    assert events() == (
        (D("2025-05-30"), RenewalEvent.WINDOW_OPENS),
        (D("2025-06-16"), RenewalEvent.EXPIRES_SOON),
        (D("2025-07-01"), RenewalEvent.EXPIRED),
    )


def test_T70_expiring_soon_never_comes_before_the_window_opens() -> None:
    assert [str(day) for day, _ in events(90)] == ["2025-05-30", "2025-05-30", "2025-07-01"]


@pytest.mark.parametrize(
    ("today", "told", "latest"),
    [
        ("2025-05-29", None, None),
        ("2025-05-30", None, RenewalEvent.WINDOW_OPENS),
        ("2025-06-16", None, RenewalEvent.EXPIRES_SOON),
        ("2025-07-01", None, RenewalEvent.EXPIRED),
        ("2029-07-01", None, RenewalEvent.EXPIRED),
        ("2025-06-20", frozenset({RenewalEvent.WINDOW_OPENS, RenewalEvent.EXPIRED}), RenewalEvent.WINDOW_OPENS),
        ("2029-07-01", frozenset(), None),
    ],
)
def test_E72_of_one_series_the_latest_that_is_told(
    today: str, told: frozenset[RenewalEvent] | None, latest: RenewalEvent | None
) -> None:
    found = latest_event(events(), today=D(today), told=told)
    assert (found[1] if found else None) == latest
