"""Templates: what stands in them, how their cells are typed, and that our own readers read them back."""

import csv
import io
from datetime import date
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
    is_sample_text,
    sample_rows,
    show_date,
    write_csv_template,
)
from lms.imports.template_workbook import write_xlsx_template

PERSON = Column(key="username", label="Username", kind="person", required=True, sample="jane.doe", help="Who.")
DAY = Column(key="completed_on", label="Completion Date", kind="date", required=True, help="When.")
ITEM = Column(key="course_code", label="Course Code", kind="item", required=True, sample="SAFE-1", help="What.")
SCORE = Column(key="score", label="Score", kind="number", sample="87", help="How well.")
CODES = [("FIRE-2", "Fire"), ("00123", "Numbers"), ("=cmd", "Sly")]


def make_content(**changes: Any) -> TemplateContent:
    content: dict[str, Any] = {
        "title": "Import Course Completions",
        "columns": (PERSON, DAY, ITEM, SCORE),
        "date_format": "dd/mm/yyyy",
        "today": date(2026, 11, 14),
        "row_limit": 50_000,
        "item_label": "course",
        "code_names": ["Code", "Name"],
        "codes": CODES,
    }
    return TemplateContent(**{**content, **changes})


def write_workbook(content: TemplateContent, path: Path) -> openpyxl.Workbook:
    with path.open("wb") as file:
        write_xlsx_template(content, to=file)
    return openpyxl.load_workbook(path)


def read_csv(content: TemplateContent) -> list[list[str]]:
    file = io.BytesIO()
    write_csv_template(content, to=file)
    return list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig")), delimiter=content.delimiter))


@pytest.mark.parametrize(
    ("text", "is_sample"),
    [
        ("sample: jane.doe", True),
        ("Sample:jane.doe", True),
        ("\u00a0\u200bSAMPLE: x", True),
        ("sample\uff1a x", True),
        ("sample", False),
        ("jane.sample", False),
        ("jane.doe", False),
        ("", False),
    ],
)
def test_L15_a_sample_row_is_known_by_the_marker_before_the_identifier(text: str, is_sample: bool) -> None:  # noqa: FBT001
    assert is_sample_text(text) is is_sample


@pytest.mark.parametrize(
    ("date_format", "shown"),
    [
        ("dd/mm/yyyy", "03/04/2024"),
        ("mm/dd/yyyy", "04/03/2024"),
        ("dd.mm.yyyy", "03.04.2024"),
        ("yyyy-mm-dd", "2024-04-03"),
        ("dd-mm-yyyy", "03-04-2024"),
        ("dd/mm/yy", "03/04/24"),
    ],
)
def test_L16_dates_are_shown_in_the_format_of_the_profile(date_format: str, shown: str) -> None:
    assert show_date(date(2024, 4, 3), date_format=date_format) == shown


def test_L14_the_template_has_exactly_the_required_columns_and_marked_samples() -> None:
    assert read_csv(make_content()) == [
        ["Username", "Completion Date", "Course Code"],
        ["sample: jane.doe", "05/10/2026", "FIRE-2"],
        ["sample: jane.doe", "26/08/2026", "00123"],
    ]


REFERENCE = Column(key="number", label="Number", kind="item", required=True, sample="N-1", help="Which.")
DUE = Column(key="due_on", label="Due Date", header="duedate", kind="date", required=True, help="By when.")


def test_T74_a_file_with_two_references_and_two_dates_has_samples_of_all() -> None:
    columns = (PERSON, ITEM, REFERENCE, DAY, DUE)
    content = make_content(
        columns=columns, codes=[("FIRE", "F-1", "Fire", "1 year"), ("AID", "", "First aid", "2 years")]
    )

    assert read_csv(content) == [
        ["Username", "Course Code", "Number", "Completion Date", "duedate"],
        ["sample: jane.doe", "FIRE", "F-1", "05/10/2026", "19/10/2026"],
        ["sample: jane.doe", "AID", "", "26/08/2026", "09/09/2026"],
    ]
    assert read_csv(make_content(columns=columns, codes=()))[1][1:3] == ["SAFE-1", "N-1"]


def test_T74_the_sheet_of_codes_has_the_columns_of_the_kind(tmp_path: Path) -> None:
    names = ("Short name", "ID number", "Name", "Active period")
    codes = [("FIRE", "F-1", "Fire", "1 year"), ("=AID", "", "First aid", "2 years")]
    content = make_content(columns=(PERSON, ITEM, REFERENCE, DAY, DUE), codes=codes, code_names=names)
    book = write_workbook(content, tmp_path / "template.xlsx")

    assert [[cell.value for cell in row] for row in book["Codes"].iter_rows()] == [
        list(names),
        ["FIRE", "F-1", "Fire", "1 year"],
        ["=AID", None, "First aid", "2 years"],
    ]
    rules = {str(rule.sqref): rule.formula1 for rule in book["Data"].data_validations.dataValidation}
    assert {place: rules[place] for place in ("B2:B50001", "C2:C50001")} == {
        "B2:B50001": "Codes!$A$2:$A$3",
        "C2:C50001": "Codes!$B$2:$B$3",
    }
    assert all(isinstance(book["Data"][place].value, date) for place in ("D2", "E2", "D3", "E3"))


def test_L16_another_profile_gets_another_sample() -> None:
    american = read_csv(make_content(date_format="mm/dd/yyyy"))
    german = read_csv(make_content(date_format="dd.mm.yyyy", delimiter=";"))
    assert [american[1][1], german[1][1]] == ["10/05/2026", "05.10.2026"]


def test_L15_samples_use_the_columns_own_code_where_the_person_may_use_none() -> None:
    assert [row[2] for row in sample_rows(make_content(codes=[]))] == ["SAFE-1", "SAFE-1"]


def test_L15_codes_and_usernames_are_text_and_dates_are_dates(tmp_path: Path) -> None:
    book = write_workbook(make_content(), tmp_path / "template.xlsx")
    page = book["Data"]
    assert book.sheetnames == ["Data", "Instructions", "Codes"]
    assert [cell.value for cell in page[1]] == ["Username", "Completion Date", "Course Code"]
    assert [cell.number_format for cell in page[2]] == ["@", "dd\\/mm\\/yyyy", "@"]
    assert page.freeze_panes == "A2"
    # The formats hold for the whole columns, not only where samples stand.
    dimensions = page.column_dimensions
    assert [dimensions[letter].number_format for letter in "AC"] == ["@", "@"]
    assert dimensions["B"].number_format == "dd\\/mm\\/yyyy"
    assert {(str(rule.sqref), rule.type, rule.formula1) for rule in page.data_validations.dataValidation} == {
        ("B2:B50001", "date", "25569"),
        ("C2:C50001", "list", "Codes!$A$2:$A$4"),
    }


def test_L15_the_sheets_beside_the_data_explain_each_column_and_list_the_codes(tmp_path: Path) -> None:
    book = write_workbook(make_content(), tmp_path / "template.xlsx")
    lines = {row[0]: row[1] for row in book["Instructions"].iter_rows(min_row=3, values_only=True)}
    assert {key: lines[key] for key in ("Username", "Completion Date", "Course Code", "Optional columns")} == {
        "Username": "Who.",
        "Completion Date": "When. Format: dd/mm/yyyy, for example 14/11/2026.",
        "Course Code": "What.",
        "Optional columns": "Score",
    }
    assert "sample:" in str(lines["Sample rows"])
    assert list(book["Codes"].iter_rows(values_only=True)) == [("Code", "Name"), *CODES]
    assert [cell.data_type for cell in book["Codes"]["A"]] == ["s"] * 4


def test_L15_our_own_reader_reads_the_untouched_template_back(tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    write_workbook(make_content(), path)
    known = PERSON.header_keys | DAY.header_keys | ITEM.header_keys
    sniffed = sniff_file(path, options=ReadOptions(), limits=ReadLimits(), known_headers=known)
    assert (sniffed.sheet, sniffed.header_row, sniffed.data_rows) == ("Data", 1, 2)
    with read_rows(path, options=sniffed.resolve_options(ReadOptions()), limits=ReadLimits()) as rows:
        assert list(rows) == [
            (2, ["sample: jane.doe", {"d": "2026-10-05"}, "FIRE-2"]),
            (3, ["sample: jane.doe", {"d": "2026-08-26"}, "00123"]),
        ]


def test_with_my_people_the_usernames_stand_there_and_samples_do_not(tmp_path: Path) -> None:
    people = [
        TemplatePerson(identifier="0042", name="Ann Bell"),
        TemplatePerson(identifier="=zoe", name="Zoë Brontë"),
    ]
    content = make_content(people=people)
    page = write_workbook(content, tmp_path / "template.xlsx")["Data"]
    assert list(page.iter_rows(values_only=True)) == [
        ("Username", "Completion Date", "Course Code", "Name"),
        ("0042", None, None, "Ann Bell"),
        ("=zoe", None, None, "Zoë Brontë"),
    ]
    assert [cell.data_type for cell in page["A"]] == ["s", "s", "s"]
    assert read_csv(content)[1:] == [["0042", "", "", "Ann Bell"], ["'=zoe", "", "", "Zoë Brontë"]]
