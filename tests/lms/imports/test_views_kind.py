"""A file dropped on the dashboard by somebody who may use several kinds: recognised, and confirmed by the person."""

import uuid
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lms.imports.models import ImportBatch
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

SignIn = Callable[[User], Client]
COURSES = b"Username,Course Code,Completion Date\nbob,SAFE-1,2024-05-13\n"
CERTIFICATIONS = b"username,certificationshortname,certificationidnumber,completiondate,duedate\nbob,FA,,2024-05-13,\n"
UNKNOWN = b"name,place,colour\nbob,here,red\n"


def drop(client: Client, content: bytes, *, name: str = "dropped.csv", **data: str) -> Any:
    form = {"header": "auto", "key": str(uuid.uuid4())} | data
    return client.post(reverse("imports:upload"), {**form, "file": SimpleUploadedFile(name, content)})


def load(cast: Cast) -> list[tuple[str, dict[str, Any]]]:
    with tenant_scope(cast.acme.pk):
        return list(ImportBatch.objects.order_by("number").values_list("kind", "options"))


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_kind_is_proposed_and_confirmed_before_the_mapping(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    client = client_for(cast.adam)
    sent = drop(client, CERTIFICATIONS)
    imports.work()
    first = client.get(sent["Location"])
    page = client.get(first["Location"])
    chosen = client.post("/imports/1/kind/", {"kind": "certifications"})

    assert (sent["Location"], first["Location"]) == ("/imports/1/map/", "/imports/1/kind/")
    assert "This looks like: Certification records (5 of 5 columns)" in words(page)
    assert [guess.importer.key for guess in page.context["guesses"]] == [
        "certifications",
        "completions",
        "offline_records",
    ]
    assert (chosen["Location"], load(cast)) == ("/imports/1/map/", [("certifications", {})])
    assert client.get("/imports/1/map/").status_code == 200
    assert client.get("/imports/1/kind/")["Location"] == "/imports/1/map/"


def test_the_person_has_the_last_word(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    client = client_for(cast.adam)
    drop(client, CERTIFICATIONS)
    imports.work()
    client.post("/imports/1/kind/", {"kind": "completions"})

    assert load(cast) == [("completions", {})]


def test_nothing_is_proposed_where_nothing_is_known(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    client = client_for(cast.adam)
    drop(client, UNKNOWN)
    imports.work()
    page = client.get("/imports/1/kind/")

    assert page.context["likely"] is None
    assert "The column names do not say what it is. Please choose." in words(page)
    assert client.post("/imports/1/kind/", {"kind": "unheard-of"}).status_code == 200
    assert load(cast)[0][1] == {"kind_open": True}


def test_T01_only_kinds_one_may_import_are_offered(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    client = client_for(cast.lea)
    sent = drop(client, CERTIFICATIONS)
    imports.work()

    # A leader may import course completions alone: there is nothing to choose.
    assert (sent["Location"], load(cast)) == ("/imports/1/map/", [("completions", {})])
    assert client.get("/imports/1/map/").status_code == 200
    assert drop(client, COURSES, kind="certifications").status_code == 403
    assert len(load(cast)) == 1


def test_G06_it_is_not_there_for_others(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    drop(client_for(cast.adam), COURSES)
    imports.work()

    answers = {
        name: client_for(getattr(cast, name)).post("/imports/1/kind/", {"kind": "completions"}).status_code
        for name in ("bob", "lea", "charlie", "alice")
    }
    assert answers == {"bob": 404, "lea": 404, "charlie": 404, "alice": 302}


def test_a_list_says_that_it_is_not_known_yet(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    client = client_for(cast.adam)
    drop(client, COURSES)
    imports.work()

    assert [line.kind for line in client.get("/imports/").context["lines"]] == ["Not chosen yet"]
    client.post("/imports/1/kind/", {"kind": "completions"})
    assert [line.kind for line in client.get("/imports/").context["lines"]] == ["Course completions"]


def test_F001_a_file_nobody_can_read_comes_back_on_a_page_for_every_kind(cast: Cast, client_for: SignIn) -> None:
    response = drop(client_for(cast.adam), b"%PDF-1.7 ...", name="old.pdf")

    page = words(response)
    assert (response.status_code, load(cast)) == (422, [])
    assert ("Not taken: old.pdf" in page, "Export the data as .csv or .xlsx." in page) == (True, True)
    assert ('name="kind"' in page, "<h1>Import a file</h1>" in page) == (False, True)
    assert drop(client_for(cast.lea), b"%PDF-1.7 ...").context["importer"].key == "completions"
