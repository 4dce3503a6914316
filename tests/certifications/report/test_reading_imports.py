"""Real imports in the certification import report: rows, without the log, undone; who is told (T-62 to T-65, T-79)."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from lms.imports.models import State
from lms.notifications.models import Notice
from lms.notifications.services import tell_import_finished
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.certifications.import_data import HEAD
from tests.certifications.record_data import add_certification, day
from tests.certifications.report_data import delete_log
from tests.certifications.report_reading import lines_of, list_rows
from tests.lms.imports.batch_data import make_batch
from tests.plugins.cast import Cast
from tests.plugins.running import Imports


@pytest.fixture(autouse=True)
def _aid(cast: Cast) -> None:
    add_certification(cast.acme)


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


@pytest.mark.parametrize(
    ("rows", "title"),
    [
        ("bob,FIRST-AID,,2026-01-01,\n", "Import 1 finished: 1 imported"),
        ("bob,FIRST-AID,,2026-01-01,\nnobody,FIRST-AID,,2026-01-01,\n", "Import 1 finished: 1 imported, 1 failed"),
    ],
)
def test_T62_the_uploader_is_told_at_the_end_and_led_to_the_report(
    cast: Cast, imports: Imports, client_for: Callable[[User], Client], rows: str, title: str
) -> None:
    imports.run("certifications", HEAD + rows)
    client = client_for(cast.adam)

    assert title in client.get(reverse("notifications:list")).content.decode()
    assert titles_of(cast.alice) == []
    with tenant_scope(cast.acme.pk):
        notice = Notice.objects.get(person=cast.adam, kind="import_finished")
    page = client.post(reverse("notifications:open", args=[notice.pk]), follow=True)
    assert page.redirect_chain[-1][0] == "/imports/1/"
    assert f'href="{reverse("certification_report")}?number=1"' in page.content.decode()


def test_T61_T62_the_uploader_is_told_of_a_failure_with_its_reference(cast: Cast) -> None:
    batch = make_batch(
        cast, number=1, kind="certifications", state=State.FAILED, uploaded_by=cast.adam, reference="7F3K-2Q"
    )
    with tenant_scope(cast.acme.pk):
        tell_import_finished(batch)

    assert titles_of(cast.adam) == [("import_finished", True, "7F3K-2Q")]


def titles_of(person: User) -> list[tuple[str, bool, str]]:
    """What somebody was told: kind, whether it failed, reference."""
    with tenant_scope(person.tenant_id):
        found = Notice.objects.filter(person=person)
        return [(notice.kind, notice.params["is_failure"], notice.params["reference"]) for notice in found]
