"""Every error of a check row by row (S-21), and the rows that changed since (S-25)."""

import pytest

from lms.imports.bad_rows import PAGE_LINES, BadCell, list_bad_cells, list_changed_rows
from lms.imports.importer import importer_of
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

CONTENT = (
    "Person,course code,completion date,score\n"
    "bob,SAFE-1,2024-05-01,90\n"
    "bobb,SAFE-1,31/31/2024,many\n"
    "ben,SAFE-1,,1001\n"
)


def test_S21_every_error_of_every_row_by_row_column_and_value(
    cast: Cast, imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lms.imports.bad_rows.PAGE_LINES", 3)
    upload = imports.upload("completions", CONTENT)
    checked = imports.check(upload, fields={"username": "Person"}, options={"failure_mode": "stop_if_any"})
    with tenant_scope(cast.acme.pk):
        importer = importer_of(checked.batch)
        pages = [list_bad_cells(importer, batch=checked.batch, actor=cast.adam, page=page) for page in ("1", "2")]
    assert [(len(page), page.paginator.count, page.paginator.num_pages) for page in pages] == [(3, 5, 2), (2, 5, 2)]
    cells: list[BadCell] = [cell for page in pages for cell in page]
    assert [(cell.row_no, cell.column, cell.value, cell.code) for cell in cells] == [
        (3, "completion date", "31/31/2024", "R302"),
        (3, "score", "many", "R501"),
        (3, "Person", "bobb", "R102"),
        (4, "score", "1001", "R501"),
        (4, "completion date", "", "R301"),
    ]
    assert [(cells[2].suggestions, cells[2].fix), (cells[4].suggestions, cells[4].sentence)] == [
        (["bob"], "Check the spelling, or ask an administrator."),
        ((), "Completion Date is empty."),
    ]


def test_S21_the_pages_are_of_fifty() -> None:
    assert PAGE_LINES == 50


def test_S25_what_changed_stands_once_a_row_with_the_person_as_the_file_names_them(
    cast: Cast, imports: Imports
) -> None:
    content = "username,course code,completion date\nbob,SAFE-1,2024-05-01\nben,FIRE-2,2024-05-01\n"
    checked = imports.check(imports.upload("completions", content), options={"failure_mode": "stop_if_any"})
    with tenant_scope(cast.acme.pk):
        problems = [
            ["R901", "", {"code": "R102", "field": "username", "value": "bob"}],
            ["R901", "course_code", {"code": "R206", "value": "SAFE-1"}],
            ["R903", "", {"a": "created", "b": "rejected"}],  # says nothing that the others do not
        ]
        checked.batch.rows().filter(row_no=2).update(outcome="rejected", problems=problems)
        changed = list_changed_rows(importer_of(checked.batch), batch=checked.batch, page="")
        assert [(row.row_no, row.person, list(row.sentences)) for row in changed] == [
            (
                2,
                "bob",
                [
                    ("R901", 'Changed since the check: No person with username "bob" that you manage.'),
                    ("R901", 'Changed since the check: "SAFE-1" is closed for imports.'),
                ],
            )
        ]
