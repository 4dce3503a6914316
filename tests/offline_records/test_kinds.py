"""The kinds of message about offline records: their words, their lines, their numbers (S-41)."""

import datetime as dt
from typing import Any

import pytest
from django.utils import translation

from lms.notifications.kinds import MessageKind, find_kind
from lms.notifications.selectors import switched_on
from lms.notifications.templates import render_message
from lms.tenancy.scope import tenant_scope
from offline_records.kinds import KINDS, OFFLINE_RECORD_CREATED, OFFLINE_RECORD_EXPIRES
from offline_records.terms import ActivityTerms
from tests.plugins.cast import Cast

TODAY = dt.date(2026, 4, 2)


def kind_of(key: str) -> MessageKind:
    kind = find_kind(key)
    assert kind is not None
    return kind


def item(
    code: str = "FAW-1", name: str = "First Aid at Work", result: str = "", **days: dt.date | None
) -> dict[str, Any]:
    told = {"result": result} if result else {}
    return ActivityTerms(activity_id=1, code=code, name=name).describe(**days) | told


def shift(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def test_S41_E20_a_mail_names_one_record_or_counts_several_and_leads_to_the_record_of_learning(cast: Cast) -> None:
    one = item(completed_on=shift(-2), expires_on=shift(363))
    several = [item(expires_on=shift(1)), item("EVAC", "EVAC", expires_on=shift(5))]
    with tenant_scope(cast.acme.pk):
        mail = render_message(OFFLINE_RECORD_CREATED, [one], person=cast.bob, tenant=cast.acme, today=TODAY)
        warning = render_message(OFFLINE_RECORD_EXPIRES, several, person=cast.bob, tenant=cast.acme, today=TODAY)
        assert switched_on() & set(KINDS) == set()

    assert mail.subject == "New in your Record of Learning: First Aid at Work"
    line = "First Aid at Work (FAW-1): completed on 31 March 2026, valid until 31 March 2027 (363 days left)"
    assert f"\n- {line}\n" in mail.text
    assert mail.text.rstrip().endswith("You get it because of your offline records.")
    assert f"http://{cast.acme.host}/people/{cast.bob.pk}/record/" in mail.text
    assert warning.subject == "Expires soon: 2 offline records"
    assert (
        "- First Aid at Work (FAW-1): valid until 3 April 2026 (1 day left)\n"
        "- EVAC: valid until 7 April 2026 (5 days left)" in warning.text
    )


@pytest.mark.parametrize(
    ("dates", "line"),
    [
        ({}, "First Aid at Work (FAW-1)"),
        ({"completed_on": shift(-2)}, "First Aid at Work (FAW-1): completed on 31 March 2026"),
        (
            {"completed_on": shift(-2), "result": "failed"},
            "First Aid at Work (FAW-1): completed on 31 March 2026 (Failed)",
        ),
        (
            {"completed_on": shift(-400), "expires_on": shift(-1)},
            "First Aid at Work (FAW-1): completed on 26 February 2025, was valid until 1 April 2026 (1 day over)",
        ),
        (
            {"completed_on": shift(-400), "expires_on": TODAY},
            "First Aid at Work (FAW-1): completed on 26 February 2025, valid until today, 2 April 2026",
        ),
    ],
)
def test_S41_the_line_says_what_is_true_when_the_mail_is_made(dates: dict[str, Any], line: str) -> None:
    assert kind_of(OFFLINE_RECORD_CREATED).describe([item(**dates)], TODAY) == [line]


def test_S41_of_several_records_the_most_urgent_gives_dates_and_days() -> None:
    items = [
        item(completed_on=shift(-9), expires_on=shift(9)),
        item(completed_on=shift(-1), expires_on=shift(4)),
        item(completed_on=shift(-5)),
    ]
    values = kind_of(OFFLINE_RECORD_EXPIRES).fill(items, TODAY)
    assert {name: values[name] for name in ("activity", "completed_on", "valid_until", "days", "count")} == {
        "activity": "3 offline records",
        "completed_on": "1 April 2026",
        "valid_until": "6 April 2026",
        "days": "4",
        "count": "3",
    }


@pytest.mark.parametrize("key", KINDS)
def test_S41_the_sample_fits_every_text(key: str) -> None:
    kind = kind_of(key)
    items = kind.sample(key, TODAY)
    values = kind.fill(items, TODAY)
    assert (len(items), kind.choose(items, TODAY), kind.is_on) == (3, key, False)
    assert [place.name for place in kind.placeholders if not values.get(place.name)] == []


def test_L77_in_a_language_without_pages_the_date_stands_alone() -> None:
    with translation.override("fr"):
        assert kind_of(OFFLINE_RECORD_CREATED).describe([item(completed_on=shift(-2), expires_on=shift(9))], TODAY) == [
            "First Aid at Work (FAW-1): 31 mars 2026"
        ]
