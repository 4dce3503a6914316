"""The workbook of a kind whose template has everything: typed columns, lists, guidance, a signature (S-11, S-12)."""

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from lms.imports.columns import Column
from lms.imports.readers.facts import ReadLimits, ReadOptions
from lms.imports.readers.reading import read_rows, sniff_file
from lms.imports.template_files import (
    TemplateContent,
    TemplatePerson,
    header_row,
    is_name_header,
    sample_rows,
    write_csv_template,
)
from lms.imports.template_workbook import write_xlsx_template

SIGNATURE = "rollbook-template:eyJ0IjoxfQ:signed"
ROOMS = {f"Room {number}, floor {number // 100}": () for number in range(1, 401)}
COLUMNS = (
    Column(
        key="username", header="email", label="E-mail", kind="person", required=True, sample="jane@x.org", help="Who."
    ),
    Column(key="activity", header="activity", label="Activity", kind="item", filled="FIRST-AID", help="What."),
    Column(key="domain", header="domain", label="Domain", kind="text", filled="clinical", help="Whose."),
    Column(key="completed_on", header="completed_on", label="Day", kind="date", required=True, help="When."),
    Column(key="result", label="Result", kind="choice", choices={"passed": ("ok", "p"), "failed": ()}, help="How."),
    Column(key="room", label="Room", kind="choice", choices=ROOMS, required=True),
    Column(key="score", label="Score", kind="number", minimum=Decimal(10), maximum=Decimal("5000.5"), sample="12.5"),
    Column(key="expires_on", label="Valid until", kind="date", sample="365"),
    Column(key="notes", label="Notes", kind="text", max_length=2_000, help="Anything."),
)
KNOWN = frozenset().union(*(column.header_keys for column in COLUMNS))


def make_content(**changes: Any) -> TemplateContent:
    content: dict[str, Any] = {
        "title": "Upload Offline Records",
        "columns": COLUMNS,
        "date_format": "dd/mm/yyyy",
        "today": date(2026, 11, 14),
        "row_limit": 50_000,
        "item_label": "offline activity",
        "code_names": ["Code", "Name"],
        "codes": [("FIRST-AID", "First aid")],
        "has_all": True,
        "signature": SIGNATURE,
    }
    return TemplateContent(**{**content, **changes})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A template as a file."""
    made = tmp_path / "template.xlsx"
    with made.open("wb") as file:
        write_xlsx_template(make_content(), to=file)
    return made


def test_S11_S14_all_columns_and_the_same_in_both_formats(path: Path) -> None:
    page = openpyxl.load_workbook(path)["Data"]
    file = io.BytesIO()
    write_csv_template(make_content(), to=file)
    lines = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"))))
    names = ["email", "activity", "domain", "completed_on", "Result", "Room", "Score", "Valid until", "Notes"]

    assert [cell.value for cell in page[1]] == lines[0] == header_row(make_content()) == names
    assert lines[1:] == [
        ["sample: jane@x.org", "FIRST-AID", "clinical", "05/10/2026", "ok", "Room 1, floor 0", "12.5", "05/10/2027", ""],
        ["sample: jane@x.org", "FIRST-AID", "clinical", "26/08/2026", "failed", "Room 2, floor 0", "12.5", "26/08/2027", ""],
    ]  # fmt: skip
    shown = [page.cell(2, column).value for column in range(1, 10)]
    assert [str(cell)[:10] for cell in shown] == [
        "sample: ja", "FIRST-AID", "clinical", "2026-10-05", "ok", "Room 1, fl", "12.5", "2027-10-05", "None",
    ]  # fmt: skip
    assert isinstance(shown[6], float)


def test_S12_columns_are_typed_and_offer_what_may_stand_in_them(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    rules = {str(rule.sqref): rule for rule in book["Data"].data_validations.dataValidation}
    formats = {letter: book["Data"].column_dimensions[letter].number_format for letter in "ADGH"}

    assert formats == {"A": "@", "D": "dd\\/mm\\/yyyy", "G": "General", "H": "dd\\/mm\\/yyyy"}
    assert {place: (rule.type, rule.formula1, rule.formula2) for place, rule in rules.items()} == {
        "D2:D50001": ("date", "25569", None),
        "E2:E50001": ("list", "Lists!$A$2:$A$3", None),
        "F2:F50001": ("list", "Lists!$B$2:$B$401", None),
        "G2:G50001": ("decimal", "10.0", "5000.5"),
        "H2:H50001": ("date", "25569", None),
    }
    assert {rule.errorStyle for rule in rules.values()} == {"warning"}
    assert (book.sheetnames, book["Lists"].sheet_state) == (["Data", "Instructions", "Lists"], "hidden")
    assert [cell.value for cell in book["Lists"]["A"]][:3] == ["Result", "ok", "failed"]
    assert [cell.value for cell in book["Lists"]["B"]] == ["Room", *ROOMS]


def test_S12_the_guidance_has_a_line_for_every_column(path: Path) -> None:
    page = openpyxl.load_workbook(path)["Instructions"]
    lines = [row[:3] for row in page.iter_rows(min_row=3, max_col=3, values_only=True)]

    assert lines[:9] == [
        ("email", "Who.", "required"),
        ("activity", "What.", "may be empty"),
        ("domain", "Whose.", "may be empty"),
        ("completed_on", "When. Format: dd/mm/yyyy, for example 14/11/2026.", "required"),
        ("Result", "How. One of: ok, failed.", "may be empty"),
        ("Room", f"One of: {', '.join(ROOMS)}.", "required"),
        ("Score", "A number from 10 to 5,000.5.", "may be empty"),
        ("Valid until", "Format: dd/mm/yyyy, for example 14/11/2026.", "may be empty"),
        ("Notes", "Anything. Up to 2,000 characters.", "may be empty"),
    ]
    assert [name for name, *_ in lines[9:]] == ["Sample rows", "Limit", "This sheet"]
    assert page["E1"].value == SIGNATURE


def test_S11_S13_our_own_reader_finds_signature_and_marked_samples(path: Path) -> None:
    sniffed = sniff_file(path, options=ReadOptions(), limits=ReadLimits(), known_headers=KNOWN)
    with read_rows(path, options=sniffed.resolve_options(ReadOptions()), limits=ReadLimits()) as rows:
        cells = [row[:5] for _, row in rows]

    assert (sniffed.sheet, sniffed.sheets, sniffed.signature) == ("Data", ["Data", "Instructions"], SIGNATURE)
    assert cells == [
        ["sample: jane@x.org", "FIRST-AID", "clinical", {"d": "2026-10-05"}, "ok"],
        ["sample: jane@x.org", "FIRST-AID", "clinical", {"d": "2026-08-26"}, "failed"],
    ]


def test_S11_S12_saved_by_libreoffice_it_reads_the_same(path: Path) -> None:
    """The file is this template, opened and saved by LibreOffice 7.4; `make office` does the same with the one installed."""
    saved = Path(__file__).parent / "files" / "template_saved_by_libreoffice.xlsx"
    pictures = []
    for file in (path, saved):
        sniffed = sniff_file(file, options=ReadOptions(), limits=ReadLimits(), known_headers=KNOWN)
        with read_rows(file, options=sniffed.resolve_options(ReadOptions()), limits=ReadLimits()) as rows:
            pictures.append((sniffed, [(row_no, cells + [None] * (9 - len(cells))) for row_no, cells in rows]))
    rules = openpyxl.load_workbook(saved)["Data"].data_validations.dataValidation

    assert pictures[0] == pictures[1]
    assert pictures[1][0].signature == SIGNATURE
    assert [(rule.type, rule.formula1) for rule in rules] == [
        ("date", "25569"),
        ("list", "Lists!$A$2:$A$3"),
        ("list", "Lists!$B$2:$B$401"),
        ("decimal", "10"),
        ("date", "25569"),
    ]


def test_S11_people_stand_with_the_codes_filled_in() -> None:
    people = [TemplatePerson(identifier="ann@x.org", name="Ann Bell")]
    file = io.BytesIO()
    write_csv_template(make_content(people=people), to=file)
    header, row = csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig")))

    assert (row[:4], row[-1], header[-1]) == (["ann@x.org", "FIRST-AID", "clinical", ""], "Ann Bell", "Name")
    assert [name for name in header if is_name_header(name)] == ["Name"]


def test_L14_without_all_columns_the_file_has_the_needed_ones() -> None:
    content = make_content(has_all=False, signature="")
    assert header_row(content) == ["email", "completed_on", "Room"]
    assert [len(row) for row in sample_rows(content)] == [3, 3]
