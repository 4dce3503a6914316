"""What makes an offline record right: everything that is wrong is said, not only the first thing."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from offline_records.rules import expires_soon_on, is_expired, judge_values, score_range
from offline_records.terms import ActivityTerms, CustomTerms

DAY = dt.date(2024, 5, 1)
LEVEL = CustomTerms(id=8, label="Level", kind="choice", choices=("basic", "expert"))
ROOM = CustomTerms(id=7, label="Room", is_required=True)
TERMS = ActivityTerms(
    fields={"score": "required", "hours": "optional", "cpd_points": "optional", "expires_on": "optional"},
    score_minimum=Decimal(10),
    score_maximum=Decimal(50),
    earliest_date=dt.date(2024, 1, 1),
    custom=(ROOM, LEVEL),
)
GOOD = {"score": "20.00", "field_7": "12"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, None),
        ({"score": "10.00"}, None),
        ({"score": "50.00"}, None),
        ({"score": "9.99"}, ("R501", "score", {"value": "9.99", "min": "10", "max": "50"})),
        ({"score": "50.01"}, ("R501", "score", {"value": "50.01", "min": "10", "max": "50"})),
        ({"score": ""}, ("R506", "score", {})),
        ({"hours": "0.00"}, None),
        ({"hours": "-0.01"}, ("R501", "hours", {"value": "-0.01", "min": "0", "max": "10000"})),
        ({"cpd_points": "10000.01"}, ("R501", "cpd_points", {"value": "10000.01", "min": "0", "max": "10000"})),
        ({"field_7": ""}, ("R506", "field_7", {})),
        ({"field_8": "expert"}, None),
        ({"field_8": "master"}, ("R503", "field_8", {"value": "master", "list": "basic, expert"})),
        ({"expires_on": "2024-05-01"}, None),
        ({"expires_on": "2024-04-30"}, ("R507", "expires_on", {"date": "2024-04-30", "a": "2024-05-01"})),
    ],
)
def test_S16_S18_R501_R503_R506_R507_each_rule_by_one_row(change: dict[str, str], problem: Any) -> None:
    assert judge_values(GOOD | change, day=DAY, terms=TERMS) == ([problem] if problem else [])


def test_S18_the_earliest_date_of_the_activity() -> None:
    assert judge_values(GOOD, day=dt.date(2024, 1, 1), terms=TERMS) == []
    early = judge_values(GOOD, day=dt.date(2023, 12, 31), terms=TERMS)
    assert early == [("R304", "completed_on", {"date": "2023-12-31", "a": "2024-01-01"})]
    assert judge_values(GOOD, day=None, terms=TERMS) == [], "a date that could not be read is not judged again"


def test_S21_all_of_it_is_said_at_once() -> None:
    values = {"hours": "-1.00", "field_8": "master", "expires_on": "2020-01-01"}
    found = judge_values(values, day=dt.date(2023, 1, 1), terms=TERMS)
    assert [(code, name) for code, name, _ in found] == [
        ("R506", "score"),
        ("R506", "field_7"),
        ("R304", "completed_on"),
        ("R501", "hours"),
        ("R507", "expires_on"),
        ("R503", "field_8"),
    ]


def test_S18_without_a_range_a_score_is_any_that_fits_its_column() -> None:
    assert score_range(ActivityTerms()) == (Decimal(0), Decimal("999999.99"))
    assert score_range(ActivityTerms(score_minimum=Decimal(-5))) == (Decimal(-5), Decimal("999999.99"))


def test_S31_the_last_valid_day_is_included() -> None:
    until = dt.date(2024, 5, 31)
    assert [is_expired(until, today=dt.date(2024, month, day)) for month, day in ((5, 31), (6, 1))] == [False, True]
    assert not is_expired(None, today=dt.date(2999, 1, 1))
    assert expires_soon_on(until, expiring_days=30) == dt.date(2024, 5, 1)
