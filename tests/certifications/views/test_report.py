"""The page of the certification import report and its files (T-01, T-02, T-63, T-65, T-79)."""

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from certifications.models import Certification
from certifications.views import report as report_view
from lms.imports.models import State
from lms.people.models import RolePermission, User
from lms.tenancy.scope import tenant_scope
from tests.certifications.record_data import add_certification, add_record
from tests.certifications.report_data import add_batch, add_row, delete_log
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]


@pytest.fixture
def aid(cast: Cast) -> Certification:
    return add_certification(cast.acme)


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def page_of(client: Client, **wanted: Any) -> Any:
    return client.get(reverse("certification_report"), wanted)


def allow_imports(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        RolePermission.objects.create(
            tenant=cast.acme, role=cast.lea.role, permission="import_certifications", allowed=True
        )


def fill(cast: Cast, aid: Certification) -> None:
    batch = add_batch(cast.adam, 41)
    add_record(cast.bob, aid, "2024-04-03", batch_id=batch.pk, row_no=2)
    add_row(
        batch, 2, "created", "bob", "FIRST-AID", "", "2024-04-03", "",
        person_id=cast.bob.pk, item_id=aid.pk, day="2024-04-03",
    )  # fmt: skip
    add_row(batch, 3, "rejected", "nobody", "FIRST-AID", "", "=1+1", "", problems=["R102", "R302"])


def test_T01_the_report_is_for_who_may_import_certifications(cast: Cast, client_for: SignIn) -> None:
    assert [page_of(client_for(person)).status_code for person in (cast.alice, cast.adam, cast.lea, cast.bob)] == [
        200,
        200,
        403,
        403,
    ]
    allow_imports(cast)
    assert page_of(client_for(cast.lea)).status_code == 200


def test_without_imports_it_says_so(cast: Cast, client_for: SignIn) -> None:
    assert "No certification records imported yet." in words(page_of(client_for(cast.adam)))


def test_T63_T65_the_page_lists_rows_with_numbers_that_add_up_and_links(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    fill(cast, aid)
    response = page_of(client_for(cast.adam), number="41")
    page = words(response)

    assert [(str(label), number) for label, number, _href in response.context["groups"]] == [
        ("Imported", 1),
        ("Errors", 1),
        ("Imported as evidence", 0),
        ("Unchanged", 0),
        ("Skipped", 0),
    ]
    assert response.context["totals"].rows == 2
    found = [reverse("imports:batch", args=[41]), "#record-", "/records/", "R102", "R302", "Adam Admin"]
    assert [text in page for text in found] == [True] * 6
    assert response.context["groups"][1][2] == "?number=41&outcome=errors"


def test_T72_who_may_not_edit_finds_no_editor(cast: Cast, client_for: SignIn, aid: Certification) -> None:
    allow_imports(cast)
    batch = add_batch(cast.lea, 1)
    add_record(cast.bob, aid, "2024-04-03", batch_id=batch.pk, row_no=2)
    add_row(batch, 2, "created", "bob", person_id=cast.bob.pk, item_id=aid.pk, day="2024-04-03")
    pages = [page_of(client_for(person)) for person in (cast.adam, cast.lea)]

    assert [(bool(line.record_url), bool(line.editor_url)) for page in pages for line in page.context["lines"]] == [
        (True, True),
        (True, False),
    ]


def test_L69_S25_others_find_neither_rows_nor_names(cast: Cast, client_for: SignIn, aid: Certification) -> None:
    fill(cast, aid)
    allow_imports(cast)
    pages = {person.username: page_of(client_for(person)) for person in (cast.adam, cast.lea, cast.charlie)}

    assert {name: len(page.context["lines"]) for name, page in pages.items()} == {"adam": 2, "lea": 0, "charlie": 0}
    assert ["No certification records imported yet." in words(pages[name]) for name in ("lea", "charlie")] == [
        True,
        True,
    ]


def test_T79_an_import_without_row_texts_says_since_when(cast: Cast, client_for: SignIn) -> None:
    batch = add_batch(cast.adam, 7)
    add_row(batch, 2, "rejected", "nobody")
    delete_log(batch, on=date(2026, 1, 31))
    page = words(page_of(client_for(cast.adam)))

    assert "Import 7</a>: row texts were deleted on 31 January 2026" in page
    assert "Nothing is left to list" in page


def test_a_running_import_is_named(cast: Cast, client_for: SignIn) -> None:
    add_batch(cast.adam, 7, state=State.APPLYING, finished_at=None)

    assert "its rows are listed here once it has ended." in words(page_of(client_for(cast.adam)))


@pytest.mark.parametrize("wanted", [{"number": "x"}, {"row": "-1"}, {"code": "R999"}, {"first_day": "soon"}])
def test_a_wrong_answer_narrows_nothing(
    cast: Cast, client_for: SignIn, aid: Certification, wanted: dict[str, str]
) -> None:
    fill(cast, aid)

    assert len(page_of(client_for(cast.adam), **wanted).context["lines"]) == 2


def test_nothing_matches(cast: Cast, client_for: SignIn, aid: Certification) -> None:
    fill(cast, aid)

    assert "Nothing matches" in words(page_of(client_for(cast.adam), person="zoe"))


def test_more_rows_than_a_page_follow_with_the_same_filter(cast: Cast, client_for: SignIn) -> None:
    batch = add_batch(cast.adam, 1)
    for row_no in range(2, 54):
        add_row(batch, row_no, "rejected", "nobody")
    adam = client_for(cast.adam)
    first = page_of(adam, outcome="errors")
    rest = adam.get(reverse("certification_report") + first.context["next"])

    assert first.context["next"] == "?outcome=errors&after=1-51"
    assert [line.row_no for line in rest.context["lines"]] == [52, 53]
    assert (rest.context["next"], rest.context["first"]) == ("", "?outcome=errors")


def test_the_files_hold_what_is_filtered(cast: Cast, client_for: SignIn, aid: Certification) -> None:
    fill(cast, aid)
    adam = client_for(cast.adam)
    answers = {
        kind: adam.get(reverse("certification_report_export", args=[kind]), {"outcome": "errors"})
        for kind in ("csv", "xlsx")
    }
    text = answers["csv"].getvalue().decode("utf-8-sig")
    sheet = load_workbook(io.BytesIO(answers["xlsx"].getvalue())).active
    assert sheet is not None
    rows = {
        "csv": [row[1:3] + row[5:6] for row in csv.reader(io.StringIO(text))],
        "xlsx": [[str(row[1]), row[2], row[5]] for row in sheet.iter_rows(values_only=True)],
    }

    expected = [["Row", "Username", "Completion date"], ["3", "nobody", "'=1+1"]]
    assert rows == {"csv": expected, "xlsx": expected}
    assert adam.get(reverse("certification_report_export", args=["pdf"])).status_code == 404


def test_too_many_rows_for_a_file_are_refused_in_words(
    cast: Cast, client_for: SignIn, aid: Certification, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(cast, aid)
    monkeypatch.setattr(report_view, "FILE_ROWS", 1)
    response = client_for(cast.adam).get(reverse("certification_report_export", args=["csv"]), follow=True)

    assert "2 rows are too many for a file, 1 fit. Narrow them down, for example to one import." in words(response)


def test_T63_the_page_of_an_import_leads_to_its_rows_in_the_report(cast: Cast, client_for: SignIn) -> None:
    allow_imports(cast)
    add_batch(cast.lea, 41, sniffed={"headers": []})
    address = reverse("certification_report") + "?number=41"
    pages = [words(client_for(person).get(reverse("imports:batch", args=[41]))) for person in (cast.adam, cast.lea)]
    with tenant_scope(cast.acme.pk):
        RolePermission.objects.update(allowed=False)
    pages.append(words(client_for(cast.lea).get(reverse("imports:batch", args=[41]))))

    assert [address in page for page in pages] == [True, True, False]
