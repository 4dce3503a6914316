"""What a template says about itself, and what has changed since it was made."""

import datetime as dt
from dataclasses import replace

from django.core import signing

from lms.people.domains import Domain
from offline_records.columns import make_columns
from offline_records.signature import PREFIX, Signature, describe_fields, find_changes, read_signature, sign_template
from offline_records.terms import ActivityTerms, CustomTerms

ROOM = CustomTerms(id=7, label="Room", kind="text")
LEVEL = CustomTerms(id=8, label="Level", kind="choice", choices=("basic", "expert"))
TERMS = ActivityTerms(
    activity_id=5, code="LIFT", fields={"score": "optional", "result": "required"}, custom=(ROOM, LEVEL)
)


def fields_of(terms: ActivityTerms) -> tuple[tuple[str, str, str, bool, int], ...]:
    return describe_fields(make_columns(terms, identifier="email", domain=Domain(3, "clinical", "Clinical")))


SIGNATURE = Signature(
    tenant_id=1,
    activity_id=5,
    domain_id=3,
    identifier="email",
    made_on=dt.date(2026, 11, 14),
    fields=fields_of(TERMS),
)


def test_S11_what_is_signed_is_read_again_and_fits_into_a_cell() -> None:
    text = sign_template(SIGNATURE)
    assert read_signature(text) == SIGNATURE
    assert read_signature(f"  {text}\n") == SIGNATURE
    many = [CustomTerms(id=n, label=f"Question {n}", kind="choice", choices=("yes", "no")) for n in range(60)]
    assert len(sign_template(replace(SIGNATURE, fields=fields_of(replace(TERMS, custom=tuple(many)))))) < 32_767


def test_S11_what_is_not_signed_by_us_says_nothing() -> None:
    text = sign_template(SIGNATURE)
    strange = signing.dumps({"a": 1}, salt="offline_records.template")
    for found in ("", "Signature", text[:-1], text.replace("rollbook", "rollbuch"), PREFIX, PREFIX + strange):
        assert read_signature(found) is None, found


def test_S43_what_has_changed_is_said_field_by_field() -> None:
    signed = fields_of(TERMS)
    assert find_changes(signed, now=fields_of(TERMS)) == []
    reordered = replace(LEVEL, choices=("expert", "basic"))
    assert find_changes(signed, now=fields_of(replace(TERMS, custom=(reordered, ROOM)))) == [], (
        "their order changes nothing"
    )
    changed = ActivityTerms(
        fields={"score": "required", "hours": "required", "notes": "optional"},
        custom=(replace(ROOM, label="Place"), replace(LEVEL, choices=("basic",))),
    )
    assert find_changes(signed, now=fields_of(changed)) == [
        "Score is now required",
        "Hours is new and required",
        "Notes is new",
        "Room is now called Place",
        "Level has other choices",
        "Result is no longer there",
    ]
    other = replace(
        TERMS, fields={"score": "optional", "result": "optional"}, custom=(replace(ROOM, kind="date"), LEVEL)
    )
    assert find_changes(signed, now=fields_of(other)) == ["Result is now optional", "Room holds something else"]
