"""What the settings of an activity mean, in words: pure over its terms."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from lms.core.periods import Period
from offline_records.examples import make_example
from offline_records.terms import ActivityTerms, CustomTerms

TODAY = dt.date(2026, 11, 14)
UNTIL = "Who completes it on 14 November 2026 has a record that is valid until"


def test_S31_S45_the_example_names_every_column_and_what_becomes_of_a_completion() -> None:
    terms = ActivityTerms(
        code="FA-1",
        validity=Period.parse("1 year"),
        score_minimum=Decimal(50),
        score_maximum=Decimal("100.00"),
        earliest_date=dt.date(2020, 1, 1),
        provider="Red Cross",
        location="Hall",
        fields={"result": "required", "score": "optional", "expires_on": "optional"},
        custom=(CustomTerms(id=1, label="Shift", kind="choice", choices=("Early", "Late"), is_required=True),),
        open_to=frozenset({7}),
    )
    example = make_example(terms, today=TODAY, domain_names=["Clinical"])
    assert [(column.header, column.need, column.sample) for column in example.columns] == [
        ("username", "required; headed by the identifier you choose", "jane.doe"),
        ("activity", "filled in", "FA-1"),
        ("domain", "filled in", ""),
        ("completed_on", "required", "14 November 2026"),
        ("result", "required", "passed / failed / attended"),
        ("score", "optional", "100"),
        ("expires_on", "optional", "14 November 2027"),
        ("Shift", "required", "Early / Late"),
    ]
    assert example.summary == "The template has 8 columns."
    assert example.sentences == [
        f"{UNTIL} 14 November 2027; it counts as expiring soon from 15 October 2027.",
        "A last valid day that stands in the file counts instead.",
        "Scores below 50 or above 100 are refused.",
        "Completions before 1 January 2020 are refused.",
        "A record without a provider has “Red Cross”.",
        "A record without a location has “Hall”.",
        "Only people of these user domains can have records: Clinical.",
    ]


def test_an_activity_with_hardly_any_settings_says_little() -> None:
    example = make_example(ActivityTerms(code="X"), today=TODAY)
    assert [column.header for column in example.columns] == ["username", "activity", "domain", "completed_on"]
    assert example.sentences == ["Who completes it on 14 November 2026 has a record that is valid for ever."]
    scores = ActivityTerms(fields={"score": "optional"})
    assert make_example(scores, today=TODAY).sentences == example.sentences
    at_least = make_example(replace(scores, score_minimum=Decimal("50.50")), today=TODAY)
    assert at_least.sentences[1:] == ["Scores below 50.5 are refused."]
    short = make_example(ActivityTerms(validity=Period.parse("1 week")), today=TODAY)
    assert short.sentences == [f"{UNTIL} 21 November 2026; it counts as expiring soon from 14 November 2026."]
