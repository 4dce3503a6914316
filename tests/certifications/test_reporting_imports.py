"""Real imports in the certification import report: their rows, after the log is gone, and undone (T-63 to T-65, T-79)."""

import pytest

from tests.certifications.record_data import add_certification, day
from tests.certifications.report_data import delete_log
from tests.certifications.report_reading import lines_of, list_rows
from tests.plugins.cast import Cast
from tests.plugins.running import Imports


@pytest.fixture(autouse=True)
def _aid(cast: Cast) -> None:
    add_certification(cast.acme)


HEAD = "username,certificationshortname,certificationidnumber,completiondate,duedate\n"
FILE = (
    HEAD + "bob,FIRST-AID,,2026-01-01,\nbob,FIRST-AID,,2025-01-01,2024-12-31\nben,NONE,7,2026-01-01,\n"
    "nobody,FIRST-AID,,31.31.2026,\nbob,FIRST-AID,,2026-01-01,\n"
)


def test_T35_T63_T64_T65_a_real_import_row_by_row(cast: Cast, imports: Imports) -> None:
    options = {"action": "certify_uncertified", "evidence": True}
    imported = imports.run("certifications", FILE, options=options)
    found = [(number, row, outcome) for number, row, outcome in list_rows(cast, cast.adam)]

    assert found == [(imported.number, row_no, outcome) for row_no, outcome, _ in imported.rows]
    assert [outcome for *_, outcome in found] == ["created", "added_to_history", "evidence", "rejected", "unchanged"]
    lines = lines_of(cast, cast.adam)
    assert [[code for code, _ in line.problems] for line in lines] == [codes for *_, codes in imported.rows]
    assert list(lines[3].values) == ["nobody", "FIRST-AID", "", "31.31.2026", ""]
    assert [bool(line.record_url) for line in lines] == [True, True, True, False, True]
    assert [bool(line.editor_url) for line in lines] == [True, True, False, False, True]
    assert (lines[2].is_evidence, lines[0].person) == (True, cast.bob)


def test_T79_a_real_import_after_its_log_is_gone(cast: Cast, imports: Imports) -> None:
    options = {"action": "certify_uncertified", "evidence": True}
    imported = imports.run("certifications", FILE, options=options)
    before = {line.row_no: line.values[3:] for line in lines_of(cast, cast.adam)}
    rows = list_rows(cast, cast.adam)
    delete_log(imported.batch, on=day("2026-12-24"))

    assert list_rows(cast, cast.adam) == [row for row in rows if row[2] not in {"rejected", "unchanged"}]
    assert {line.row_no: line.values[3:] for line in lines_of(cast, cast.adam)} == {
        row_no: values for row_no, values in before.items() if row_no in {2, 3, 4}
    }


def test_E33_an_undone_import_stays_listed_without_records(cast: Cast, imports: Imports) -> None:
    imported = imports.run("certifications", FILE, options={"action": "certify_uncertified", "evidence": True})
    before = list_rows(cast, cast.adam)
    imports.undo(imported)

    assert list_rows(cast, cast.adam) == before
    assert {(line.is_undone, line.record_url, line.editor_url) for line in lines_of(cast, cast.adam)} == {
        (True, "", "")
    }
