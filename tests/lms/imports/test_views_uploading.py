"""The first step on screen: the start page, its templates, and receiving a file."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from lms.imports.models import ImportBatch, WorkItem
from lms.people.models import Promotion, User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
START = "/imports/new/completions/"
ROWS = b"username,course code,completion date\nbob,SAFE-1,2024-05-01\n"


def send(
    client: Client, content: bytes = ROWS, *, name: str = "export.csv", htmx: bool = False, **data: str
) -> HttpResponse:
    headers = {"HX-Request": "true"} if htmx else {}
    form = {"kind": "completions", "header": "auto", "note": "", "key": str(uuid.uuid4())} | data
    answer: Any = client.post(
        reverse("imports:upload"), {**form, "file": SimpleUploadedFile(name, content)}, headers=headers
    )
    return answer  # type: ignore[no-any-return]


def batches(cast: Cast) -> list[ImportBatch]:
    with tenant_scope(cast.acme.pk):
        return list(ImportBatch.objects.order_by("number"))


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_L60_the_start_page_has_help_rules_and_templates(cast: Cast, client_for: SignIn) -> None:
    page = words(client_for(cast.adam).get(START))

    assert (
        "up to 50,000 rows, .csv or .xlsx. Nothing is saved until you have seen the check and pressed Import." in page
    )
    assert f"{START}template.csv" in page
    assert f"{START}template.xlsx" in page
    assert reverse("course_report") in page
    assert "Choose File" in page
    assert "Row 1 holds the column names" in page


def test_L94_W2_a_leader_reads_over_whom_and_what_they_may_import(cast: Cast, client_for: SignIn) -> None:
    page = words(client_for(cast.lea).get(START))

    assert f'<a href="{reverse("people_list")}">2 people</a>' in page
    assert f'<a href="{reverse("course_list")}">1 course</a>' in page
    assert f'<a href="{reverse("team", args=[cast.ward_a.pk])}">Ward A</a>' in page
    assert f'<a href="{reverse("team", args=[cast.nights.pk])}">Nights</a>' in page
    assert "Rows for anyone else are reported as not found." in page


def test_L04_a_leader_of_no_team_reads_why_nothing_can_be_imported(cast: Cast, client_for: SignIn) -> None:
    with tenant_scope(cast.acme.pk):
        Promotion.objects.filter(person=cast.lea).delete()
    page = words(client_for(cast.lea).get(START))

    assert "You are a Team Leader, but of no team yet. Ask Maria Keller, training office." in page


def test_L61_next_stores_the_file_and_writes_no_record(cast: Cast, client_for: SignIn) -> None:
    response = send(client_for(cast.adam), note="Ticket 7")

    found = batches(cast)
    assert (response.status_code, response["Location"]) == (302, "/imports/1/map/")
    assert [(b.number, b.kind, b.state, b.file_name, b.note, b.uploaded_by_id) for b in found] == [
        (1, "completions", "uploaded", "export.csv", "Ticket 7", cast.adam.pk)
    ]
    assert list(WorkItem.objects.values_list("kind", "subject_id")) == [("sniff", found[0].pk)]


def test_the_script_is_told_where_to_go_on(cast: Cast, client_for: SignIn) -> None:
    response = send(client_for(cast.adam), htmx=True)

    assert (response.status_code, response["HX-Redirect"]) == (200, "/imports/1/map/")


def test_F8_the_same_form_sent_twice_is_one_import(cast: Cast, client_for: SignIn) -> None:
    client, key = client_for(cast.adam), str(uuid.uuid4())
    answers = [send(client, key=key)["Location"], send(client, key=key)["Location"]]
    other = send(client, ROWS + b"ben,SAFE-1,2024-05-01\n", key=key)

    assert answers == ["/imports/1/map/", "/imports/1/map/"]
    assert (other.status_code, len(batches(cast))) == (422, 1)
    assert "This page has already sent another file." in words(other)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Open it in Excel and save it as .xlsx."),
        (b"%PDF-1.7 ...", "Export the data as .csv or .xlsx."),
        (b"<!doctype html><table>", "Open it in Excel and save it as .xlsx."),
        (b"", "The file has no rows below the header."),
    ],
)
def test_F001_stands_beside_the_field_and_keeps_the_name(
    cast: Cast, client_for: SignIn, content: bytes, sentence: str
) -> None:
    response = send(client_for(cast.adam), content, name="old-export.csv", note="Ticket 7")

    page = words(response)
    assert (response.status_code, batches(cast)) == (422, [])
    assert sentence in page
    assert "Not taken: old-export.csv" in page
    assert 'value="Ticket 7"' in page


def test_no_file_at_all(cast: Cast, client_for: SignIn) -> None:
    response = client_for(cast.adam).post(reverse("imports:upload"), {"kind": "completions", "header": "auto"})

    assert response.status_code == 422
    assert "Choose a file first." in words(response)


def test_F010_a_file_above_the_ceiling_is_stopped_on_its_way(
    cast: Cast, client_for: SignIn, settings: Settings
) -> None:
    settings.IMPORT_UPLOAD_BYTES = 100_000
    client = client_for(cast.adam)
    answers = [send(client, b"x" * 150_000), send(client, b"x" * 2_000_000)]

    assert [response.status_code for response in answers] == [422, 422]
    assert ["The file is too large" in words(response) for response in answers] == [True, True]
    assert batches(cast) == []


def test_S34_another_site_cannot_send_a_file(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    foreign = client.post(
        reverse("imports:upload"), {"kind": "completions"}, headers={"Origin": "https://evil.example"}
    )
    client.handler.enforce_csrf_checks = True
    unsigned = send(client)

    assert [foreign.status_code, unsigned.status_code] == [403, 403]
    assert batches(cast) == []


def test_L01_learners_and_strangers_send_nothing(cast: Cast, client_for: SignIn, anonymous_client: Client) -> None:
    assert send(client_for(cast.bob)).status_code == 403
    anonymous = send(anonymous_client)
    assert (anonymous.status_code, anonymous["Location"].partition("?")[0]) == (302, reverse("sign_in"))
    assert batches(cast) == []


def test_L18_the_answer_no_column_names_is_kept(cast: Cast, client_for: SignIn) -> None:
    send(client_for(cast.adam), header="no")
    send(client_for(cast.adam), header="yes")

    assert [batch.read_options["header_row"] for batch in batches(cast)] == [0, None]


def test_L15_the_templates_can_be_downloaded(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.lea)
    kinds = [
        (response["Content-Type"].partition(";")[0], response["Content-Disposition"])
        for response in (client.get(f"{START}template.csv"), client.get(f"{START}template.xlsx?people=1"))
        if response.getvalue()
    ]

    assert kinds == [
        ("text/csv", 'attachment; filename="completions-template.csv"'),
        (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            'attachment; filename="completions-template.xlsx"',
        ),
    ]


def test_an_unknown_kind_is_not_there(cast: Cast, client_for: SignIn) -> None:
    assert client_for(cast.adam).get("/imports/new/unheard-of/").status_code == 404
