"""The columns of a file follow the activity and the identifier."""

from decimal import Decimal
from itertools import combinations

import pytest

from lms.people.domains import Domain
from offline_records.choices import Field
from offline_records.columns import make_columns
from offline_records.terms import ActivityTerms, CustomTerms

CLINICAL = Domain(3, "clinical", "Clinical")


@pytest.mark.parametrize(("identifier", "sample"), [("username", "jane.doe"), ("email", "@"), ("employee_id", "00")])
def test_S10_S11_the_first_column_is_headed_by_the_identifier(identifier: str, sample: str) -> None:
    column = make_columns(ActivityTerms(), identifier=identifier)[0]
    assert (column.key, column.header, column.kind, column.required) == ("username", identifier, "person", True)
    assert sample in column.sample


def test_S11_without_an_activity_every_file_has_these() -> None:
    columns = make_columns(None)
    assert [(c.header, c.kind, c.required) for c in columns] == [
        ("username", "person", True),
        ("activity", "item", False),
        ("domain", "text", False),
        ("completed_on", "date", True),
    ]


def test_S11_S31_S45_the_columns_follow_the_activity_in_one_order() -> None:
    custom = (
        CustomTerms(id=7, label="Room", is_required=True),
        CustomTerms(id=9, label="Level", kind="choice", choices=("basic", "expert")),
        CustomTerms(id=8, label="Checked on", kind="date"),
        CustomTerms(id=10, label="Lifts", kind="number"),
    )
    terms = ActivityTerms(
        code="LIFT",
        fields={str(name): "optional" for name in reversed(Field)} | {"score": "required"},
        score_minimum=Decimal(10),
        score_maximum=Decimal(50),
        custom=custom,
    )
    columns = make_columns(terms, identifier="email", domain=CLINICAL)
    assert [(c.key, c.header, c.kind, c.required) for c in columns[4:]] == [
        ("result", "result", "choice", False),
        ("score", "score", "number", True),
        ("hours", "hours", "number", False),
        ("cpd_points", "cpd_points", "number", False),
        ("provider", "provider", "text", False),
        ("location", "location", "text", False),
        ("certificate_number", "certificate_number", "text", False),
        ("expires_on", "expires_on", "date", False),
        ("notes", "notes", "text", False),
        ("field_7", "Room", "text", True),
        ("field_9", "Level", "choice", False),
        ("field_8", "Checked on", "date", False),
        ("field_10", "Lifts", "number", False),
    ]
    by_key = {column.key: column for column in columns}
    assert (by_key["activity"].filled, by_key["domain"].filled) == ("LIFT", "clinical")
    assert (by_key["score"].minimum, by_key["score"].maximum, by_key["score"].sample) == (
        Decimal(10),
        Decimal(50),
        "50",
    )
    assert list(by_key["result"].choices) == ["passed", "failed", "attended"]
    assert by_key["field_9"].choices == {"basic": ("basic",), "expert": ("expert",)}


def test_no_two_columns_can_be_taken_for_each_other() -> None:
    labels = ("Gültig bis", "User domain", "Score", "Date", "E-mail", "Ergebnis", "field_5", "Room", "room ")
    custom = tuple(CustomTerms(id=number, label=label) for number, label in enumerate(labels, start=1))
    terms = ActivityTerms(fields={str(name): "optional" for name in Field}, custom=custom)
    for identifier in ("username", "email", "employee_id"):
        columns = make_columns(terms, identifier=identifier, domain=CLINICAL)
        for one, other in combinations(columns, 2):
            assert one.header_keys.isdisjoint(other.header_keys), (one.key, other.key)
        assert all(str(column.label) and str(column.help) for column in columns)
    headers = [column.header for column in make_columns(terms, identifier="email")[-9:]]
    assert headers[:3] == ["Gültig bis (field_1)", "User domain (field_2)", "Score (field_3)"]
    assert headers[-2:] == ["Room", "room  (field_9)"]
