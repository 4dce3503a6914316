"""E-55: stored values of cells."""

import pytest

from lms.imports.readers.facts import Cell
from lms.imports.readers.xlsx_cells import CellFormat, convert_iso_date, convert_number, decode_escapes, read_format

DATE = CellFormat("date")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("123", {"n": "123"}),
        ("0", {"n": "0"}),
        ("-0", {"n": "0"}),
        ("-7", {"n": "-7"}),
        ("123.0", {"n": "123"}),
        ("00123", {"n": "123"}),
        ("999999999999999", {"n": "999999999999999"}),
        ("1234567890123456", {"n": "1234567890123456", "x": 1}),
        ("12345678901234567890", {"n": "12345678901234567890", "x": 1}),
        ("1.2E+5", {"n": "120000", "x": 1}),
        ("0.5", {"n": "0.5", "x": 1}),
        ("95.000000000000014", {"n": "95"}),
        ("45.299999999999997", {"n": "45.3", "x": 1}),
        ("1e-5", {"n": "0.00001", "x": 1}),
        ("1E400", {"n": "1E400", "x": 1}),
        ("NaN", {"e": "number"}),
        ("١٢", {"e": "number"}),
        ("1_000", {"e": "number"}),
        ("9" * 500, {"e": "number"}),
    ],
)
def test_E55_numbers_come_out_as_written(raw: str, expected: Cell) -> None:
    assert convert_number(raw, cell_format=None, epoch_1904=False) == expected


def test_E55_zero_padding_formats_are_honoured() -> None:
    zeros = read_format(164, "00000")
    assert zeros == CellFormat("zeros", width=5)
    for raw, shown in (("123", "00123"), ("123.0", "00123"), ("1234567", "1234567"), ("-3", "-3")):
        assert convert_number(raw, cell_format=zeros, epoch_1904=False) == {"n": shown}


def test_E55_a_percentage_is_the_number_that_was_typed() -> None:
    for percent in (read_format(9, None), read_format(164, "0.0 %")):
        for raw, shown in (("0.85", "85%"), ("1", "100%"), ("0.055", "5.5%"), ("0.33333333333333331", "33.333333%")):
            assert convert_number(raw, cell_format=percent, epoch_1904=False) == {"n": shown, "x": 1}


@pytest.mark.parametrize(
    ("raw", "epoch_1904", "expected"),
    [
        ("45413", False, {"d": "2024-05-01"}),
        ("45413.4166666667", False, {"d": "2024-05-01T10:00:00"}),
        ("45413.999999999", False, {"d": "2024-05-02"}),
        ("1", False, {"d": "1900-01-01"}),
        ("59", False, {"d": "1900-02-28"}),
        ("60", False, {"e": "date"}),
        ("61", False, {"d": "1900-03-01"}),
        ("2958465", False, {"d": "9999-12-31"}),
        ("2958466", False, {"e": "date"}),
        ("-1", False, {"e": "date"}),
        ("1E400", False, {"e": "date"}),
        ("0.5", False, {"n": "0.5", "x": 1}),
        ("0", True, {"d": "1904-01-01"}),
        ("43951", True, {"d": "2024-05-01"}),
        ("2957003", True, {"d": "9999-12-31"}),
        ("2957004", True, {"e": "date"}),
    ],
)
def test_E55_dates_of_both_calendars(raw: str, epoch_1904: bool, expected: Cell) -> None:  # noqa: FBT001
    assert convert_number(raw, cell_format=DATE, epoch_1904=epoch_1904) == expected


@pytest.mark.parametrize(
    ("format_id", "code", "kind"),
    [
        (0, None, None),
        (14, None, "date"),
        (22, None, "date"),
        (20, None, "time"),
        (164, "General", None),
        (164, "0.00", None),
        (164, "#,##0 [$€-407]", None),
        (164, 'dd"." mmmm yyyy', "date"),
        (164, "[$-409]d-mmm-yy;@", "date"),
        (164, "mmm", "date"),
        (164, "yyyy\\-mm\\-dd hh:mm", "date"),
        (164, "hh:mm:ss", "time"),
        (164, "[h]:mm", "time"),
        (164, '"day" 0', None),
        (164, "[Red]0.0", None),
        (164, "0.00E+00", None),
        (10, None, "percent"),
        (164, "0.0%;[Red]-0.0%", "percent"),
        (164, '0" % of all"', None),
        (14, "000", "zeros"),
    ],
)
def test_E55_which_formats_are_dates(format_id: int, code: str | None, kind: str | None) -> None:
    found = read_format(format_id, code)
    assert (found.kind if found else None) == kind


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-01-31", {"d": "2026-01-31"}),
        ("2026-01-31T00:00:00", {"d": "2026-01-31"}),
        ("2026-01-31T10:30:00.500Z", {"d": "2026-01-31T10:30:00"}),
        ("2026-02-30", {"e": "date"}),
        ("31.01.2026", {"e": "date"}),
    ],
)
def test_E55_dates_stored_as_text_by_strict_workbooks(raw: str, expected: Cell) -> None:
    assert convert_iso_date(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("plain", "plain"),
        ("", None),
        ("_x003D_1+1", "=1+1"),
        ("a_x005F_x0041_b", "a_x0041_b"),
        ("CS_x000D_1", "CS\r1"),
        ("js_x0000_m", {"e": "nul", "at": 3}),
        ("_xD83D__xDE00_", "😀"),
        ("_xD83D_", {"e": "surrogate"}),
        ("max_xyz", "max_xyz"),
    ],
)
def test_E55_escapes_are_decoded_once(raw: str, expected: Cell) -> None:
    assert decode_escapes(raw) == expected
