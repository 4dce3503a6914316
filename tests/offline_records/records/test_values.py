"""What a record holds, as rules and forms take it and as people read it. No database."""

from datetime import date
from decimal import Decimal

from lms.core.wording import NOTHING
from offline_records.choices import Kind
from offline_records.models import CustomField, OfflineRecord
from offline_records.records.values import Labels, say_amount, values_of


def test_S31_a_record_reads_like_the_row_it_could_have_come_from() -> None:
    record = OfflineRecord(
        completed_on=date(2026, 1, 1),
        result="passed",
        score=Decimal("87.50"),
        provider="Red Cross",
        expires_on=date(2027, 1, 1),
        custom={"7": "Anna", "8": ""},
    )

    said = {"result": "passed", "score": "87.50", "provider": "Red Cross", "field_7": "Anna"}
    assert values_of(record) == said
    record.is_expiry_stated = True
    assert values_of(record) == said | {"expires_on": "2027-01-01"}


def test_numbers_have_no_zeros_behind_their_point() -> None:
    numbers = (None, Decimal("0.00"), Decimal("100.00"), Decimal("7.50"), Decimal("1234.25"))
    assert [say_amount(number) for number in numbers] == [NOTHING, "0", "100", "7.5", "1,234.25"]


def test_names_and_values_in_words_in_the_order_of_the_template() -> None:
    labels = Labels.of(
        [
            CustomField(pk=9, label="Trained on", kind=Kind.DATE),
            CustomField(pk=7, label="Bags", kind=Kind.NUMBER),
            CustomField(pk=8, label="Kit", kind=Kind.CHOICE),
        ]
    )
    values = {
        "field_4": "gone",
        "field_7": "2.00",
        "field_8": "Red bag",
        "field_9": "2026-02-28",
        "notes": "late",
        "score": "87.50",
        "result": "attended",
        "completed_on": "2026-01-01",
    }

    assert [(str(labels.name(key)), labels.say(key, values[key])) for key in labels.order(values)] == [
        ("Completed on", "1 January 2026"),
        ("Result", "Attended"),
        ("Score", "87.5"),
        ("Notes", "late"),
        ("Trained on", "28 February 2026"),
        ("Bags", "2"),
        ("Kit", "Red bag"),
        ("Removed field", "gone"),
    ]
    assert labels.say("score", "") == NOTHING
