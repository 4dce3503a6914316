"""manage.py inspect_file: what it prints and how it ends; no database."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.lms.imports.readers.workbooks import ANN_ROW, HEADER_ROW, build_workbook

TEXT = "user name;Course code;Completion date\nann;SAFE-1;2024-05-01\nbob;SAFE-2;2024-05-02\n"


def inspect(path: Path, *arguments: str) -> tuple[str, int]:
    """Return what is printed and the exit status."""
    out = io.StringIO()
    try:
        call_command("inspect_file", str(path), *arguments, stdout=out)
    except SystemExit as ended:
        return out.getvalue(), int(ended.code or 0)
    return out.getvalue(), 0


def inspect_json(path: Path, *arguments: str) -> tuple[dict[str, Any], int]:
    printed, status = inspect(path, "--json", *arguments)
    return json.loads(printed), status


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "completions.csv"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_text_file_in_words(text_file: Path) -> None:
    printed, status = inspect(text_file)
    assert (printed.splitlines(), status) == (
        [
            "format:        csv",
            "encoding:      utf-8",
            "delimiter:     semicolon",
            'quote:         "',
            "line ends:     lf",
            "header row:    1",
            "headers:       'user name', 'Course code', 'Completion date'",
            "data rows:     2",
            "blank rows:    0",
        ],
        0,
    )


def test_a_text_file_as_json(text_file: Path) -> None:
    answer, status = inspect_json(text_file)
    wanted = ("file", "format", "encoding", "delimiter", "headers", "data_rows", "header_row")
    assert ({name: answer[name] for name in wanted}, status) == (
        {
            "file": "completions.csv",
            "format": "csv",
            "encoding": "utf-8",
            "delimiter": ";",
            "headers": ["user name", "Course code", "Completion date"],
            "data_rows": 2,
            "header_row": 1,
        },
        0,
    )


def test_a_workbook_names_its_sheet(tmp_path: Path) -> None:
    path = tmp_path / "completions.xlsx"
    path.write_bytes(build_workbook(HEADER_ROW + ANN_ROW))
    assert inspect(path)[0].splitlines()[:2] == ["format:        xlsx", "sheet:         'Sheet1'"]


def test_E54_a_proposed_encoding_says_so(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes(TEXT.replace("ann", "Zoë").encode("cp1252"))
    assert "cp1252 (proposed: not UTF-8 from row 2, byte 40; confirm with --encoding:" in inspect(path)[0]
    assert inspect_json(path, "--encoding", "cp1252")[0]["encoding_certain"] is True


def test_L18_no_header(text_file: Path) -> None:
    answer, _ = inspect_json(text_file, "--no-header")
    assert (answer["header_row"], answer["data_rows"]) == (0, 3)


@pytest.mark.parametrize("delimiter", [",", "comma"])
def test_E54_a_given_delimiter(text_file: Path, delimiter: str) -> None:
    assert inspect_json(text_file, "--delimiter", delimiter)[0]["delimiter"] == ","


def test_F001_the_sentence_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    path.write_bytes(b"%PDF-1.7")
    assert inspect(path) == ("F001 This is a PDF, not a table. Export the data as .csv or .xlsx.\n", 2)
    assert inspect_json(path) == (
        {
            "file": "report.xlsx",
            "code": "F001",
            "sentence": "This is a PDF, not a table. Export the data as .csv or .xlsx.",
            "params": {"kind": "pdf"},
        },
        2,
    )


def test_F010_the_sentence_names_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(["x"] * 300) + "\n", encoding="utf-8")
    assert inspect(path) == (
        "F010 The file has 300 columns, 256 are allowed. Remove the columns that are not needed.\n",
        2,
    )


def test_F011_hidden_rows_are_a_question(tmp_path: Path) -> None:
    path = tmp_path / "filtered.xlsx"
    path.write_bytes(build_workbook(HEADER_ROW + ANN_ROW + '<row r="3" hidden="1"><c><v>7</v></c></row>'))
    printed, status = inspect(path)
    assert (printed.splitlines()[-1], status) == (
        "F011:          1 rows of this sheet are hidden. Import all 2 rows, or only the 1 you can see?",
        0,
    )


@pytest.mark.parametrize("arguments", [["no-such-file.csv"], ["--delimiter", "xx"]])
def test_misuse_exits_2(text_file: Path, arguments: list[str]) -> None:
    path = str(text_file) if arguments[0].startswith("--") else arguments.pop(0)
    with pytest.raises(CommandError) as caught:
        call_command("inspect_file", path, *arguments)
    assert caught.value.returncode == 2
