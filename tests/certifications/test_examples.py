"""The worked example of a certification says what the rules say (T-38 to T-44; K1, K3, R1 to R3)."""

import datetime as dt

import pytest

from certifications.choices import Method
from certifications.examples import make_examples
from certifications.rules import certification_dates
from certifications.terms import CertificationTerms
from lms.core.periods import Period

D = dt.date.fromisoformat
TERMS = CertificationTerms(
    active_period=Period.parse("12 months"),
    recertification_window=Period.parse("1 month"),
    minimum_active_period=Period.parse("1 month"),
)


def dates(method: str, **terms: object) -> list[tuple[str, str]]:
    found = make_examples(CertificationTerms(**({"method": method} | terms)), year=2026)[0]  # type: ignore[arg-type]
    return [(line.expires_on.isoformat(), line.window_opens_on.isoformat()) for line in found.lines]


def test_T38_by_the_completion_date_each_completion_counts_for_itself() -> None:
    assert dates(Method.COMPLETION_DATE) == [
        ("2027-01-01", "2026-12-01"),
        ("2027-06-17", "2027-05-17"),  # completed on 17 June 2026, before the window
        ("2027-12-16", "2027-11-16"),
        ("2028-02-15", "2028-01-15"),
    ]


def test_T39_T44_by_the_expiry_date_the_old_rhythm_is_kept_unless_late() -> None:
    assert dates(Method.EXPIRY_DATE) == [
        ("2027-01-01", "2026-12-01"),
        ("2027-03-31", "2027-02-28"),  # with a due date of 31 March 2026
        ("2027-01-01", "2026-12-01"),  # before the window: unchanged
        ("2028-01-01", "2027-12-01"),
        ("2028-02-15", "2028-01-15"),
    ]


def test_T39_by_the_fixed_date_it_is_the_same_day_each_time() -> None:
    assert dates(Method.FIXED_DATE, minimum_active_period=Period.parse("1 month")) == [
        ("2027-01-01", "2026-12-01"),
        ("2026-03-31", "2026-02-28"),
        ("2027-01-01", "2026-12-01"),
        ("2028-01-01", "2027-12-01"),
        ("2028-01-01", "2027-12-01"),
    ]


def test_the_chosen_method_stands_first_and_every_line_is_the_rules_answer() -> None:
    examples = make_examples(CertificationTerms(method=Method.FIXED_DATE), year=2026)
    assert [(example.method, example.is_chosen) for example in examples] == [
        ("fixed_date", True),
        ("completion_date", False),
        ("expiry_date", False),
    ]
    first = examples[0].lines[0]
    answer = certification_dates(
        method="fixed_date",
        completed_on=D("2026-01-01"),
        due_on=None,
        previous_expires_on=None,
        previous_window_opens_on=None,
        active=Period.parse("1 year"),
        window=Period.parse("1 month"),
    )
    assert (first.expires_on, first.window_opens_on) == (answer.expires_on, answer.window_opens_on)


@pytest.mark.parametrize(("active", "window"), [("1 day", "1 day"), ("1 week", "7 days"), ("200 years", "200 years")])
def test_odd_periods_have_an_example_too(active: str, window: str) -> None:
    for method in Method:
        found = dates(method, active_period=Period.parse(active), recertification_window=Period.parse(window))
        assert len(found) >= 3
