"""Cells become values or problems (E-55, E-56, R105, R501, R502, R504, R505)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.imports.columns import (
    Cell,
    Column,
    RowProblem,
    cell_text,
    parse_code,
    parse_identifier,
    parse_number,
    parse_text,
    shorten,
)

PERSON = Column(key="username", label="Username", kind="person", max_length=10)
NUMBER = Column(key="score", label="Score", kind="number", minimum=Decimal(0), maximum=Decimal(1000))
NOTE = Column(key="note", label="Note", kind="text", max_length=5)


@pytest.mark.parametrize(
    ("cell", "value", "problem"),
    [
        (None, None, None),
        ("", None, None),
        ("\u200b \u00a0", None, None),
        (" bob\u00a0", "bob", None),
        ("00123", "00123", None),
        ({"n": "123"}, "123", None),
        ({"n": "1.2E+05", "x": 1}, None, ("R105", "username", {"value": "1.2E+05"})),
        ("1.2E+05", None, ("R105", "username", {"value": "1.2E+05"})),
        ("1e5", None, ("R105", "username", {"value": "1e5"})),
        ("e100", "e100", None),
        ({"d": "2024-05-01"}, None, ("R105", "username", {"value": "2024-05-01"})),
        ({"b": True}, None, ("R105", "username", {"value": "TRUE"})),
        ({"e": "#REF!"}, None, ("R504", "username", {"value": "#REF!"})),
        ({"e": "nul", "at": 3}, None, ("R505", "username", {"character": "U+0000", "n": 3})),
        ({"e": "too_long", "len": 99}, None, ("R502", "username", {"n": 99, "max": 10})),
        ("x" * 11, None, ("R502", "username", {"n": 11, "max": 10, "value": "x" * 11})),
        ("bo\x07b", None, ("R505", "username", {"character": "U+0007", "n": 3})),
        ("b\u202eob", None, ("R505", "username", {"character": "U+202E", "n": 2})),
        ("b\u00adob", "bob", None),
    ],
)
def test_E56_identifiers_come_out_as_written_or_with_a_problem(
    cell: Cell, value: str | None, problem: RowProblem | None
) -> None:
    assert parse_identifier(cell, PERSON) == (value, problem)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (None, None),
        (" ", None),
        ("87", "87.00"),
        ("87,5", "87.50"),
        ("87.456", "87.46"),
        ("87 %", "87.00"),
        ("+5", "5.00"),
        ({"n": "0.30000000000000004"}, "0.30"),
        ({"n": "100"}, "100.00"),
        ("1000", "1000.00"),
    ],
)
def test_numbers_are_read_as_people_write_them(cell: Cell, value: str | None) -> None:
    assert parse_number(cell, NUMBER) == (value, None)


@pytest.mark.parametrize(
    "cell", ["NaN", "Infinity", "1e3", "1_000", "1,000.5", "-1", "1000.01", "٣", "0x10", "many", "9" * 200, {"b": True}]
)
def test_R501_what_is_no_plain_number_in_range_is_a_problem(cell: Cell) -> None:
    value, problem = parse_number(cell, NUMBER)
    assert value is None
    assert problem is not None
    assert problem[:2] == ("R501", "score")


def test_R502_free_text_is_trimmed_and_limited() -> None:
    assert parse_text("  hi \u00a0", NOTE) == ("hi", None)
    assert parse_text({"n": "12"}, NOTE) == ("12", None)
    assert parse_text("sixsix", NOTE) == (None, ("R502", "note", {"n": 6, "max": 5}))
    assert parse_text({"e": "#N/A"}, NOTE) == (None, ("R504", "note", {"value": "#N/A"}))


@pytest.mark.parametrize(
    ("cell", "value", "shown"),
    [
        ("00123", "00123", ""),
        ("12E5", "12E5", ""),
        ({"n": "123"}, "123", ""),
        (None, None, ""),
        ("1.23457E+18", None, "1.23457E+18"),
        ({"n": "1234567890123460000", "x": 1}, None, "1234567890123460000"),
        ({"d": "2024-02-01"}, None, "2024-02-01"),
    ],
)
def test_R105_a_code_that_a_spreadsheet_has_changed_is_not_taken_for_one(
    cell: Cell, value: str | None, shown: str
) -> None:
    column = Column(key="number", label="Certificate number", kind="text", is_code=True)
    assert parse_code(cell, column) == (value, ("R105", "number", {"value": shown}) if shown else None)
    assert parse_code({"e": "#N/A"}, column) == (None, ("R504", "number", {"value": "#N/A"}))


def test_names_of_columns_are_compared_without_case_space_and_underscore() -> None:
    column = Column(key="completed_on", label="x", kind="date", aliases=("Date Completed", "datum"))
    assert column.header_keys == {"completedon", "datecompleted", "datum"}


def test_cells_are_shown_as_a_person_reads_them() -> None:
    cells: list[Cell] = [None, "a", {"n": "1"}, {"d": "2024-05-01"}, {"b": True}, {"b": False}, {"e": "#N/A"}]
    assert [cell_text(cell) for cell in cells] == ["", "a", "1", "2024-05-01", "TRUE", "FALSE", "#N/A"]
    assert shorten("x" * 81) == "x" * 79 + "…"


@given(
    st.one_of(st.text(), st.none(), st.fixed_dictionaries({"n": st.text()}), st.fixed_dictionaries({"e": st.text()}))
)
def test_a_parser_gives_a_value_or_a_problem_never_both(cell: Cell) -> None:
    for parse, column in ((parse_identifier, PERSON), (parse_number, NUMBER), (parse_text, NOTE)):
        value, problem = parse(cell, column)
        assert value is None or problem is None
