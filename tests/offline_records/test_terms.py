"""What an offline activity says."""

import datetime as dt

from lms.core.periods import Period, Unit
from offline_records.choices import Field
from offline_records.terms import ActivityTerms

DAY = dt.date(2024, 2, 29)


def test_S18_S31_S45_the_expiry_is_the_stated_one_else_by_the_validity_period() -> None:
    stated = dt.date(2024, 12, 31)
    yearly = ActivityTerms(validity=Period(1, Unit.YEARS))
    assert yearly.expires_on(DAY) == Period(1, Unit.YEARS).add(DAY)
    assert yearly.expires_on(DAY, stated=stated) == stated
    assert ActivityTerms().expires_on(DAY) is None
    assert ActivityTerms().expires_on(DAY, stated=stated) == stated


def test_S19_who_it_is_open_to() -> None:
    assert ActivityTerms().is_open_to(0)
    limited = ActivityTerms(open_to=frozenset({3}))
    assert [limited.is_open_to(domain) for domain in (3, 4, 0)] == [True, False, False]


def test_S31_the_settings_say_which_fields_there_are() -> None:
    terms = ActivityTerms(fields={"score": "required", "notes": "optional"})
    assert [name for name in Field if terms.has(name)] == [Field.SCORE, Field.NOTES]
    assert [name for name in Field if terms.needs(name)] == [Field.SCORE]


def test_S41_an_item_of_a_message_holds_plain_data() -> None:
    terms = ActivityTerms(activity_id=5, code="LIFT", name="Lifting")
    assert terms.describe(completed_on=DAY, expires_on=None) == {
        "activity_id": 5,
        "code": "LIFT",
        "activity": "Lifting",
        "completed_on": "2024-02-29",
    }
