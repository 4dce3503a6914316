"""E-01, L-18: where the column names stand."""

import pytest

from lms.imports.readers.facts import Cell, Row
from lms.imports.readers.headers import HeaderChoice, choose_header, show_cell

KNOWN = frozenset({"username", "coursecode", "completiondate"})
NAMES: Row = (1, ["User name", "Course_Code", "\ufeffCompletion Date"])


def test_E01_known_names_in_row_four() -> None:
    rows: list[Row] = [(1, ["Report"]), (2, ["username of the clerk: ann"]), (4, NAMES[1]), (5, ["ann", "A", "b"])]
    assert choose_header(rows, known_headers=KNOWN) == HeaderChoice(row_no=4, certain=True)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["username", "Kurs", "Datum"], HeaderChoice(row_no=1, certain=False)),
        (["username"], HeaderChoice(row_no=1, certain=True)),
        (["ann", "SAFE-1", "2024-05-01"], HeaderChoice(row_no=0, certain=False)),
    ],
)
def test_L18_ticked_if_a_known_name_matches(cells: list[str], expected: HeaderChoice) -> None:
    rows: list[Row] = [(1, [*cells]), (2, ["bob", "SAFE-2", "2024-05-02"])]
    assert choose_header(rows, known_headers=KNOWN) == expected


@pytest.mark.parametrize(
    ("rows", "row_no"),
    [
        ([(1, ["Name", "Day"]), (2, ["Ann", "2024-05-01"])], 1),
        ([(1, ["Ann", "2024-05-01"]), (2, ["Bob", "2024-05-02"])], 0),
        ([(1, ["A title"]), (3, ["Name", "Day", "Points"]), (4, ["Ann", "x", "1"]), (5, ["Bob", "y", "2"])], 3),
        ([(1, ["ann@example.org", "x"]), (2, ["bob@example.org", "y"])], 0),
        ([(1, ["Name", {"n": "1"}]), (2, ["Ann", {"n": "2"}])], 0),
        ([], 0),
    ],
)
def test_L18_without_known_names_it_is_a_guess(rows: list[Row], row_no: int) -> None:
    assert choose_header(rows, known_headers=frozenset()) == HeaderChoice(row_no=row_no, certain=False)


def test_cells_are_shown_as_text() -> None:
    cells: list[Cell] = ["a", None, {"n": "007"}, {"d": "2024-05-01"}, {"b": True}, {"e": "#N/A"}, "x" * 300]
    assert [show_cell(cell) for cell in cells] == ["a", "", "007", "2024-05-01", "True", "", "x" * 255]
