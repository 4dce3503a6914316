"""Every completion record says in one sentence why it expires when it does (T-81)."""

from datetime import date

import pytest

from certifications.choices import Basis, Method, State
from certifications.models import CertificationRecord
from certifications.rules import Inconsistency, certification_dates
from certifications.wording import count_late_days, say_certified, say_inconsistency, say_reason
from lms.core.periods import Period

YEAR = Period.parse("12 months")
MONTH = Period.parse("1 month")


def record(
    method: Method,
    completed_on: str,
    *,
    due_on: str = "",
    previous: str = "",
    minimum: str = "1 month",
) -> CertificationRecord:
    """A record with the dates that follow from the worked examples' settings."""
    dates = certification_dates(
        method=method,
        completed_on=date.fromisoformat(completed_on),
        due_on=date.fromisoformat(due_on) if due_on else None,
        previous_expires_on=date.fromisoformat(previous) if previous else None,
        previous_window_opens_on=None,
        active=YEAR,
        window=MONTH,
        minimum_active=Period.parse(minimum),
    )
    return CertificationRecord(
        completed_on=date.fromisoformat(completed_on),
        due_on=date.fromisoformat(due_on) if due_on else None,
        expires_on=dates.expires_on,
        window_opens_on=dates.window_opens_on,
        basis=dates.basis,
        anchor_on=dates.anchor_on,
        steps=dates.steps,
        active_period=YEAR,
    )


K1, K2, K3 = ("2012-03-23", "2012-06-30"), ("2012-07-15", "2012-06-30"), ("2012-03-23", "")


@pytest.mark.parametrize(
    ("method", "case", "words"),
    [
        (Method.COMPLETION_DATE, K1, "23 March 2013: 12 months after the completion date 23 March 2012."),
        (Method.EXPIRY_DATE, K1, "30 June 2013: 12 months after the due date 30 June 2012."),
        (Method.FIXED_DATE, K1, "30 June 2012: this is the due date 30 June 2012."),
        (Method.COMPLETION_DATE, K2, "15 July 2013: 12 months after the completion date 15 July 2012."),
        (Method.EXPIRY_DATE, K2, "15 July 2013: 12 months after the completion date 15 July 2012."),
        (Method.FIXED_DATE, K2, "30 June 2013: 12 months after the due date 30 June 2012."),
        (Method.EXPIRY_DATE, K3, "23 March 2013: 12 months after the completion date 23 March 2012."),
        (Method.FIXED_DATE, K3, "23 March 2013: 12 months after the completion date 23 March 2012."),
    ],
)
def test_T81_K1_K2_K3_the_reason_names_the_date_that_decided(method: Method, case: tuple[str, str], words: str) -> None:
    completed, due = case

    assert say_reason(record(method, completed, due_on=due)) == f"Expires on {words}"


@pytest.mark.parametrize(
    ("method", "completed", "words"),
    [
        (
            Method.EXPIRY_DATE,
            "2024-03-01",
            "Expires on 30 June 2024, unchanged: completed before the recertification window opened.",
        ),
        (Method.FIXED_DATE, "2024-03-01", "Expires on 30 June 2024: this is the previous expiry 30 June 2024."),
        (
            Method.EXPIRY_DATE,
            "2024-06-15",
            "Expires on 30 June 2025: 12 months after the previous expiry 30 June 2024.",
        ),
        (
            Method.EXPIRY_DATE,
            "2024-08-10",
            "Expires on 10 August 2025: 12 months after the completion date 10 August 2024.",
        ),
        (Method.FIXED_DATE, "2024-08-10", "Expires on 30 June 2025: 12 months after the previous expiry 30 June 2024."),
    ],
    ids=["R1-expiry", "R1-fixed", "R2", "R3-expiry", "R3-fixed"],
)
def test_T81_R1_R2_R3_with_a_previous_expiry(method: Method, completed: str, words: str) -> None:
    assert say_reason(record(method, completed, previous="2024-06-30")) == words


def test_T81_the_fixed_method_says_how_many_periods() -> None:
    after = record(Method.FIXED_DATE, "2025-09-10", previous="2022-12-31", minimum="6 months")
    before = record(Method.FIXED_DATE, "2019-05-01", due_on="2023-12-31", minimum="6 months")

    assert (
        say_reason(after)
        == "Expires on 31 December 2026: 4 times 12 months after the previous expiry 31 December 2022."
    )
    assert say_reason(before) == "Expires on 31 December 2019: 4 times 12 months before the due date 31 December 2023."


def test_T81_dates_entered_by_hand_say_so() -> None:
    entered = record(Method.COMPLETION_DATE, "2024-03-01")
    entered.basis, entered.expires_on = Basis.ENTERED, date(2030, 1, 1)

    assert say_reason(entered) == "Expires on 1 January 2030: entered by hand."


@pytest.mark.parametrize(("due", "days"), [("", 0), ("2024-03-01", 0), ("2024-03-02", 0), ("2024-02-28", 2)])
def test_T42_late_is_after_the_due_date(due: str, days: int) -> None:
    assert count_late_days(record(Method.COMPLETION_DATE, "2024-03-01", due_on=due)) == days


def test_every_inconsistency_has_words() -> None:
    assert sorted(say_inconsistency(found) for found in Inconsistency) == [
        "Certified, but a date is missing.",
        "Expired, but still with the dates of a certification.",
        "It expires before it was completed.",
        "The completion record behind it has another completion date or expiry.",
        "The recertification window opens after the expiry.",
        "There is no completion record behind it.",
    ]


def test_a_current_certification_in_words() -> None:
    days = {"completed_on": date(2024, 3, 1), "expires_on": date(2025, 3, 1)}

    assert [say_certified(state, **days) for state in ("", *State.values)] == [
        "never certified",
        "certified by the completion of 1 March 2024, until 1 March 2025",
        "certified by the completion of 1 March 2024, until 1 March 2025",
        "expired",
    ]
