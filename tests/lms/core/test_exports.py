"""Files on the way out: nothing runs in a spreadsheet, everything comes back as it was."""

import csv
import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.http import FileResponse
from hypothesis import given
from hypothesis import strategies as st

from lms.core.exports import (
    CSV_TYPE,
    TABLE_TYPES,
    attach_file,
    attach_table,
    neutralise_formula,
    restore_formula,
    write_csv,
    write_xlsx,
)

PAYLOADS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1,1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\0=1",
    " =1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff20SUM(1)",
    "'=1",
    "''=1",
    '=HYPERLINK("http://x")',
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_E66_a_formula_is_neutralised_and_comes_back(payload: str) -> None:
    neutral = neutralise_formula(payload)

    assert neutral == "'" + payload
    assert restore_formula(neutral) == payload


@pytest.mark.parametrize("text", ["", "SAFE-1", "O'Connor", "'quoted'", "a=b", "1-2", "'", "mail@example.org"])
def test_E66_other_text_stays_as_it_is(text: str) -> None:
    assert (neutralise_formula(text), restore_formula(text)) == (text, text)


@given(st.text(alphabet=st.sampled_from("'=+-@ \t\u200bab1\uff1d")))
def test_E66_every_text_comes_back(text: str) -> None:
    assert restore_formula(neutralise_formula(text)) == text


def test_E66_csv_quotes_texts_and_keeps_types() -> None:
    file = io.BytesIO()

    count = write_csv([["name", "n", "day"], ['=1;"x"', 5, dt.date(2024, 2, 29)], ["a\nb", None, True]], to=file)

    assert count == 3
    assert file.getvalue() == (b'\xef\xbb\xbf"name","n","day"\r\n"\'=1;""x""",5,"2024-02-29"\r\n"a\nb","","yes"\r\n')
    rows = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))
    assert [restore_formula(row[0]) for row in rows] == ["name", '=1;"x"', "a\nb"]


def test_E66_xlsx_holds_texts_never_formulas() -> None:
    file = io.BytesIO()

    rows: list[list[str | int | dt.date]] = [["code", "n", "day"]]
    rows += [[payload, 7, dt.date(2024, 2, 29)] for payload in PAYLOADS if "\0" not in payload]
    write_xlsx(rows, to=file)

    file.seek(0)
    sheet = openpyxl.load_workbook(file).active
    assert sheet is not None
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {(row[1].value, row[2].value) for row in sheet.iter_rows(min_row=2)} == {(7, dt.datetime(2024, 2, 29))}  # noqa: DTZ001


def test_E65_xlsx_holds_every_kind_of_value() -> None:
    file = io.BytesIO()
    moment = dt.datetime(2026, 3, 1, 8, 30, tzinfo=dt.UTC)
    row = [None, "", True, Decimal("7.50"), 3, dt.date(2026, 3, 1), moment, dt.date(1899, 5, 1), "a <&> b"]

    count = write_xlsx([[f"c{place}" for place in range(len(row))], row], to=file, sheet="A & B")

    book = openpyxl.load_workbook(file)
    read = [cell.value for cell in book["A & B"][2]]
    naive = moment.replace(tzinfo=None)
    assert count == 2
    assert read == [None, None, "yes", 7.5, 3, naive.replace(hour=0, minute=0), naive, "1899-05-01", "a <&> b"]


def test_S9_a_download_is_never_shown_in_place() -> None:
    response = attach_file(io.BytesIO(b"x"), name='we"ird\r\n.csv', content_type=CSV_TYPE)

    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert "\n" not in response.headers["Content-Disposition"]
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def read_download(response: FileResponse) -> bytes:
    assert response.file_to_stream is not None
    with response.file_to_stream as file:
        return file.read()


def test_E65_a_table_is_a_download_of_the_type_asked_for() -> None:
    as_csv = attach_table([["code"], ["=1"]], name="codes", file_format="csv", sheet="Codes")
    as_xlsx = attach_table([["code"], ["=1"]], name="codes", file_format="xlsx", sheet="Codes", widths=(9,))

    types = {"csv": as_csv.headers["Content-Type"], "xlsx": as_xlsx.headers["Content-Type"]}
    assert types == TABLE_TYPES
    assert as_csv.headers["Content-Disposition"] == 'attachment; filename="codes.csv"'
    assert read_download(as_csv) == b'\xef\xbb\xbf"code"\r\n"\'=1"\r\n'
    workbook = openpyxl.load_workbook(io.BytesIO(read_download(as_xlsx)))
    assert workbook.sheetnames == ["Codes"]
    assert [[cell.value for cell in row] for row in workbook["Codes"]] == [["code"], ["'=1"]]
