"""Upload Completion Records: the page a file of certification records is dropped on, and what it leaves to the worker."""

import time
import uuid
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from certifications.models import CertificationRecord
from lms.imports.models import ImportBatch, WorkItem
from lms.people.models import Promotion, RolePermission, User
from lms.people.permissions import Permission
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import certification, give_team
from tests.certifications.import_data import HEAD
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

SignIn = Callable[[User], Client]
PAGE = "/courses/upload-completion-records/"
ROWS = HEAD + "bob,ILS,,2025-05-13,\n"
DEFAULTS = {
    "delimiter": "auto",
    "quote": "auto",
    "encoding": "auto",
    "date_order": "dmy",
    "date_separator": "slash",
    "date_years": "yyyy",
    "action": "history",
}


def send(client: Client, content: str | bytes = ROWS, *, name: str = "export.csv", **data: str) -> Any:
    """Press Upload on the page."""
    form = {"kind": "certifications", "header": "auto", "note": "", "key": str(uuid.uuid4())} | DEFAULTS | data
    body = content.encode() if isinstance(content, str) else content
    return client.post(reverse("imports:upload"), {**form, "file": SimpleUploadedFile(name, body)})


def batches(cast: Cast) -> list[ImportBatch]:
    with tenant_scope(cast.acme.pk):
        return list(ImportBatch.objects.order_by("number"))


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def allow_leaders(cast: Cast, permission: Permission, *, allowed: bool = True) -> None:
    with tenant_scope(cast.acme.pk):
        RolePermission.objects.create(tenant=cast.acme, role="team_leader", permission=permission, allowed=allowed)


def menu(client: Client) -> list[tuple[str, str]]:
    (section,) = [
        section for section in client.get("/").context["menu"] if str(section.label) == "Upload Completion Records"
    ] or [None]
    return [(str(item.label), item.url) for item in section.items] if section else []


def shown(page: Any) -> dict[str, Any]:
    """What the settings of the page show."""
    start, options = page.context["start"], page.context["options"]
    return {name: bound.form[name].value() for form in (start, options) for bound in form for name in [bound.name]}


# --- who, and where ---


def test_T01_owners_and_administrators_may_leaders_once_allowed(cast: Cast, client_for: SignIn) -> None:
    answers = {name: client_for(getattr(cast, name)).get(PAGE).status_code for name in ("alice", "adam", "lea", "bob")}
    before = menu(client_for(cast.lea))
    allow_leaders(cast, Permission.IMPORT_CERTIFICATIONS)
    client = client_for(cast.lea)

    assert answers == {"alice": 200, "adam": 200, "lea": 403, "bob": 403}
    assert [label for label, _url in before] == ["Upload course CSV"]
    assert (client.get(PAGE).status_code, [label for label, _url in menu(client)]) == (
        200,
        ["Upload course CSV", "Upload certification CSV", "Certification import report"],
    )


def test_T01_a_file_is_refused_without_the_right(cast: Cast, client_for: SignIn) -> None:
    refused = send(client_for(cast.lea))
    allow_leaders(cast, Permission.IMPORT_CERTIFICATIONS)
    taken = send(client_for(cast.lea))

    assert (refused.status_code, taken.status_code, len(batches(cast))) == (403, 302, 1)


def test_T02_both_kinds_are_reached_from_the_menu(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)

    assert menu(client) == [
        ("Upload course CSV", "/imports/new/completions/"),
        ("Upload certification CSV", PAGE),
        ("Certification import report", reverse("certification_report")),
    ]
    assert [client.get(url).status_code for _label, url in menu(client)] == [200, 200, 200]
    assert client.get("/imports/new/certifications/")["Location"] == PAGE


def test_T02_the_course_file_stands_above_the_certification_file(cast: Cast, client_for: SignIn) -> None:
    page = words(client_for(cast.adam).get(PAGE))
    allow_leaders(cast, Permission.IMPORT_CERTIFICATIONS)
    allow_leaders(cast, Permission.IMPORT_COMPLETIONS, allowed=False)
    without = words(client_for(cast.lea).get(PAGE))
    main = page[page.index("<h1>") :]

    assert 0 < main.index("Upload course CSV") < main.index("Upload certification CSV") < main.index("Choose File")
    assert 'href="/imports/new/completions/"' in main
    assert ("Upload course CSV" in without, "Upload certification CSV" in without) == (False, True)


def test_T76_the_quick_access_menu_leads_here_and_the_button_is_upload(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    quick = words(client.get("/content/"))

    assert f'<a href="{PAGE}">Upload Completion Records</a>' in quick
    assert PAGE not in words(client_for(cast.lea).get("/content/"))
    assert "<span>Upload</span></button>" in words(client.get(PAGE)).replace("</svg> ", "</svg>").replace(
        "</span> </button>", "</span></button>"
    )


def test_L94_W2_a_leader_reads_over_whom_and_what_they_may_import(cast: Cast, client_for: SignIn) -> None:
    allow_leaders(cast, Permission.IMPORT_CERTIFICATIONS)
    give_team(cast.ward_a, certification(cast.acme))
    certification(cast.acme, "NMP")
    page = words(client_for(cast.lea).get(PAGE))

    assert f'<a href="{reverse("people_list")}">2 people</a>' in page
    assert f'<a href="{reverse("certification_list")}">1 certification</a>' in page
    assert "Rows for anyone else are reported as not found." in page


def test_L04_a_leader_of_no_team_reads_why_nothing_can_be_uploaded(cast: Cast, client_for: SignIn) -> None:
    allow_leaders(cast, Permission.IMPORT_CERTIFICATIONS)
    with tenant_scope(cast.acme.pk):
        Promotion.objects.filter(person=cast.lea).delete()
    page = words(client_for(cast.lea).get(PAGE))

    assert ("You are a Team Leader, but of no team yet." in page, "data-drop-zone" in page) == (True, False)


# --- what it asks, and remembers ---


def test_T11_T12_T30_T45_a_fresh_form(cast: Cast, client_for: SignIn) -> None:
    response = client_for(cast.adam).get(PAGE)

    assert shown(response) == DEFAULTS | {"evidence": False, "ignore_case": False}
    assert '<output class="strong mono" data-date-sample="2026-01-31">31/01/2026</output>' in words(response)
    assert "Reset to defaults" not in words(response)


def test_T37_the_five_columns_are_explained(cast: Cast, client_for: SignIn) -> None:
    page = words(client_for(cast.adam).get(PAGE))

    for name in HEAD.strip().split(","):
        assert f'<dt class="mono strong">{name}</dt>' in page
    assert "By when it was due as the person completed it; not the expiry date." in page


def test_T04_the_settings_of_the_last_upload_are_the_defaults_of_the_next(cast: Cast, client_for: SignIn) -> None:
    client, other = client_for(cast.adam), client_for(cast.alice)
    chosen = {
        "delimiter": "semicolon",
        "quote": "single",
        "encoding": "cp1252",
        "date_order": "mdy",
        "date_separator": "stop",
        "date_years": "yy",
        "action": "certify_if_more_recent",
        "evidence": "on",
        "ignore_case": "on",
    }
    send(client, HEAD.replace(",", ";") + "bob;ILS;;05.13.25;\n", **chosen)
    again = client.get(PAGE)

    assert shown(again) == chosen | {"evidence": True, "ignore_case": True}
    assert "05.13.25".replace("05.13", "01.31").replace("25", "26") in words(again)
    assert shown(other.get(PAGE)) == DEFAULTS | {"evidence": False, "ignore_case": False}
    assert shown(client.get(PAGE))["action"] == "certify_if_more_recent"  # looking changes nothing


def test_T04_reset_to_defaults(cast: Cast, client_for: SignIn) -> None:
    client, other = client_for(cast.adam), client_for(cast.alice)
    for each in (client, other):
        send(each, action="certify_uncertified")
    assert "Reset to defaults" in words(client.get(PAGE))
    response = client.post("/imports/new/certifications/forget/", follow=True)

    assert (response.request["PATH_INFO"], shown(response)["action"]) == (PAGE, "history")
    assert "The settings are back to their defaults." in words(response)
    assert shown(other.get(PAGE))["action"] == "certify_uncertified"


def test_T02_each_kind_keeps_its_own_settings(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    client = client_for(cast.adam)
    send(client, date_order="mdy")
    imports.upload("completions", "username,course code,completion date\nbob,SAFE-1,13/05/2024\n")

    assert client.get("/imports/2/map/").context["form"]["date_format"].value() == "dd/mm/yyyy"
    assert shown(client.get(PAGE))["date_order"] == "mdy"


# --- the file ---


def test_T05_T61_what_was_chosen_goes_to_the_worker_with_the_file(cast: Cast, client_for: SignIn) -> None:
    response = send(client_for(cast.adam), note="Ticket 7", delimiter="comma", date_separator="stop", evidence="on")

    (batch,) = batches(cast)
    assert (response.status_code, response["Location"]) == (302, "/imports/1/map/")
    assert (batch.kind, batch.state, batch.note, batch.uploaded_by_id) == (
        "certifications",
        "uploaded",
        "Ticket 7",
        cast.adam.pk,
    )
    assert {name: batch.options[name] for name in ("action", "evidence", "ignore_case")} == {
        "action": "history",
        "evidence": True,
        "ignore_case": False,
    }
    assert (batch.read_options["delimiter"], batch.read_options["encoding"]) == (",", None)
    assert list(WorkItem.objects.values_list("kind", "subject_id")) == [("sniff", batch.pk)]


def test_T05_nothing_chosen_is_said_beside_the_field_and_the_settings_stay(cast: Cast, client_for: SignIn) -> None:
    form = {"kind": "certifications", "header": "auto"} | DEFAULTS
    response = client_for(cast.adam).post(
        reverse("imports:upload"), form | {"date_order": "ymd", "action": "certify_uncertified", "evidence": "on"}
    )

    page = words(response)
    assert (response.status_code, batches(cast)) == (422, [])
    assert '<div class="field-errors" id="id_file_error">' in page
    assert "Choose a file first." in page
    assert shown(response) == DEFAULTS | {
        "date_order": "ymd",
        "action": "certify_uncertified",
        "evidence": True,
        "ignore_case": False,
    }


def test_T05_a_program_is_refused_by_its_content_and_its_name_is_kept(cast: Cast, client_for: SignIn) -> None:
    # Whatever it calls itself.
    answers = [
        send(client_for(cast.adam), b"MZ\x90\x00" + b"\0" * 300, name=name, date_order="ymd", note="Ticket 7")
        for name in ("setup.exe", "records.csv")
    ]

    assert [(answer.status_code, shown(answer)["date_order"]) for answer in answers] == [(422, "ymd")] * 2
    assert ["Not taken: setup.exe" in words(answers[0]), "Not taken: records.csv" in words(answers[1])] == [True] * 2
    assert ['value="Ticket 7"' in words(answer) for answer in answers] == [True] * 2
    assert batches(cast) == []


def test_a_refused_upload_changes_no_remembered_settings(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    send(client, b"MZ\x90\x00" + b"\0" * 300, action="certify_uncertified")

    assert shown(client.get(PAGE))["action"] == "history"


def test_an_answer_that_is_none_is_refused_in_words(cast: Cast, client_for: SignIn) -> None:
    response = send(client_for(cast.adam), date_order="ydm", action="delete")

    assert (response.status_code, batches(cast)) == (422, [])
    assert (sorted(response.context["start"].errors), sorted(response.context["options"].errors)) == (
        ["date_order"],
        ["action"],
    )


def test_T60_the_request_only_stores_the_file(cast: Cast, client_for: SignIn) -> None:
    certification(cast.acme)
    client = client_for(cast.adam)
    content = HEAD + "".join(f"person{n},ILS,,13/05/2025,\n" for n in range(49_999)) + "bob,ILS,,13/05/2025,\n"
    began = time.perf_counter()
    send(client, content)
    seconds = time.perf_counter() - began

    (batch,) = batches(cast)
    with tenant_scope(cast.acme.pk):
        assert (batch.state, batch.sniffed, CertificationRecord.objects.count()) == ("uploaded", None, 0)
    assert seconds < 1


def test_T08_T10_exact_names_in_any_order_and_spelling_begin_the_check(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    certification(cast.acme)
    head = "\ufeffDue Date,User Name,COMPLETION_DATE,Certification ID number,certificationshortname\n"
    send(client_for(cast.adam), head + ",bob,13/05/2025,,ILS\n")
    imports.work()

    (batch,) = batches(cast)
    assert (batch.state, batch.planned) == ("ready", {"added_to_history": 1})


def test_T09_an_unknown_name_and_a_missing_one_are_both_named(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    certification(cast.acme)
    client = client_for(cast.adam)
    sent = send(client, ROWS.replace("duedate", "badcolumn"))
    imports.work()
    page = words(client.get(sent["Location"]))

    assert batches(cast)[0].state == "uploaded"
    assert ("Choose the column that holds Due date" in page, "badcolumn" in page) == (True, True)
    with tenant_scope(cast.acme.pk):
        assert CertificationRecord.objects.count() == 0


def test_T63_the_result_page_leads_to_the_rows_of_this_import_in_the_report(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    certification(cast.acme)
    imported = imports.run("certifications", ROWS)
    client = client_for(cast.adam)
    link = f"{reverse('certification_report')}?number={imported.number}"

    assert f'<a href="{link}">Certification import report</a>' in words(client.get(f"/imports/{imported.number}/"))
    assert client.get(link).status_code == 200


# --- no due dates ---


def test_T75_no_due_dates_is_picked_and_never_assumed(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    certification(cast.acme)
    client = client_for(cast.adam)
    sent = send(client, "username,certificationshortname,certificationidnumber,completiondate\nbob,ILS,,13/05/2025\n")
    imports.work()
    page = client.get(sent["Location"])
    fields = {bound.html_name: bound.value() or "" for bound in page.context["form"]}
    unpicked = client.post(sent["Location"], fields | {"action": "check"})
    (absent,) = [
        value
        for value, label in page.context["form"].fields["column_duedate"].choices
        if "My file has no due dates" in str(label)
    ]
    picked = client.post(sent["Location"], fields | {"map-column_duedate": absent, "action": "check"})
    imports.work()

    assert (unpicked.status_code, picked.status_code) == (422, 302)
    assert "Choose the column that holds Due date" in words(page)
    assert batches(cast)[0].planned == {"added_to_history": 1}
