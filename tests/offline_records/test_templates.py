"""The template of an activity: made for one choice, recognised when it comes back, refused where it does not fit."""

import csv
import datetime as dt
import io
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lms.core.periods import Period
from lms.imports.importer import get_importer
from lms.imports.mapping import digest_headers
from lms.imports.models import HeaderMapping, ImportBatch
from lms.imports.recognising import KIND_OPEN
from lms.imports.template_contents import preview_template
from lms.imports.uploading import store_upload
from lms.people.models import PeopleDomain, User
from lms.tenancy.scope import tenant_scope
from offline_records.models import CustomField, OfflineActivity
from tests.offline_records.catalogue import KIND, add_activity, add_field, allow_leader, choose
from tests.offline_records.filling import fill, fit, make_csv_template, make_template, read_sheet
from tests.plugins.cast import Cast, add_member, add_person
from tests.plugins.running import Imported, Imports

SignIn = Callable[[User], Client]
TEMPLATE = "imports:template_xlsx"
PAGE = "/offline/upload/"
BOB = {"username": "bob", "activity": "LIFT", "domain": "clinical", "completed_on": dt.date(2024, 5, 13)}


@pytest.fixture
def lift(cast: Cast) -> OfflineActivity:
    """An activity with fields of every kind."""
    activity = add_activity(
        cast.acme,
        validity=Period.parse("2 years"),
        score_minimum=0,
        score_maximum=100,
        fields={"result": "required", "score": "optional", "certificate_number": "optional", "expires_on": "optional"},
    )
    add_field(activity, "Room", "choice", choices=["A1", "B2"], is_required=True)
    return activity


def upload(
    imports: Imports,
    content: bytes | str,
    *,
    who: str = "adam",
    name: str = "filled.xlsx",
    is_open: bool = False,
    **options: Any,
) -> Imported:
    """Store the file as the page does, and let a worker do whatever follows by itself."""
    actor = imports.person(who)
    batch = store_upload(
        tenant=imports.tenant_of(actor),
        actor=actor,
        importer=get_importer(KIND),
        chunks=[content.encode() if isinstance(content, str) else content],
        file_name=name,
        idempotency_key=uuid.uuid4(),
        options={KIND_OPEN: True} if is_open else options,
        starts_check=not is_open,
    )
    imports.work()
    return imports.load(batch)


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def _add_domain(cast: Cast, slug: str) -> PeopleDomain:
    with tenant_scope(cast.acme.pk):
        return PeopleDomain.objects.create(tenant=cast.acme, slug=slug, name=slug.title())


def test_S11_S12_S14_S31_S35_the_template_is_made_for_the_choice(cast: Cast, lift: OfflineActivity) -> None:
    options = choose(lift, cast.clinical, identifier="email")
    book = make_template(options, actor=cast.adam, tenant=cast.acme)
    names = [
        "email", "activity", "domain", "completed_on", "result", "score", "certificate_number", "expires_on", "Room",
    ]  # fmt: skip
    fitted = fit(options, cast.acme)
    with tenant_scope(cast.acme.pk):
        shown = preview_template(fitted, actor=cast.adam, tenant=cast.acme)
    header, *rows = csv.reader(
        io.StringIO(make_csv_template(options, actor=cast.adam, tenant=cast.acme).decode("utf-8-sig"))
    )
    data = read_sheet(book, "Data")

    assert data[0] == header == [name for name, _ in shown.columns] == names
    assert rows == shown.rows
    assert [row[:3] for row in data[1:]] == [["sample: jane.doe@example.org", "LIFT", "clinical"]] * 2
    assert [row[4:6] for row in rows] == [["passed", "100"], ["failed", "100"]]
    guidance = {row[0]: row[1:3] for row in read_sheet(book, "Instructions")}
    assert guidance["score"] == ["A number in the activity's range. A number from 0 to 100.", "may be empty"]
    assert guidance["Room"] == ["A field of your organisation. One of: A1, B2.", "required"]
    assert read_sheet(book, "Lists") == [["result", "Room"], ["passed", "A1"], ["failed", "B2"], ["attended", None]]


@pytest.mark.parametrize("drops", [(), ("Instructions", "Lists")], ids=["signed", "lost its signature"])
def test_S11_S14_S36_a_filled_workbook_says_what_it_is_for_and_is_checked(
    cast: Cast, imports: Imports, lift: OfflineActivity, drops: tuple[str, ...]
) -> None:
    options = choose(lift, cast.clinical)
    row = {**BOB, "result": "bestanden", "score": 88.5, "certificate_number": "00123", "Room": "B2"}
    book = fill(make_template(options, actor=cast.adam, tenant=cast.acme), [row], drops=drops)
    done = upload(imports, book)

    assert (done.state, done.planned) == ("ready", {"created": 1})
    assert {name: done.batch.options[name] for name in options} == options
    assert bool((done.batch.sniffed or {})["signature"]) is not bool(drops)
    assert done.batch.mapping["find_by"] == "username"
    with tenant_scope(cast.acme.pk):
        values = done.batch.rows().get().values
        room = CustomField.objects.get().pk
    assert {name: values[name] for name in ("result", "score", "certificate_number", f"field_{room}")} == {
        "result": "passed", "score": "88.50", "certificate_number": "00123", f"field_{room}": "B2",
    }  # fmt: skip


def test_S14_S36_a_csv_with_the_same_columns_does_too(cast: Cast, imports: Imports, lift: OfflineActivity) -> None:
    options = choose(lift, cast.clinical, identifier="email")
    template = make_csv_template(options, actor=cast.adam, tenant=cast.acme).decode("utf-8-sig")
    row = "bob@acme.example,LIFT,clinical,2024-05-13,passed,,,,A1"
    done = upload(imports, f"{template}{row}\n", name="filled.csv")

    assert (done.state, done.planned) == ("ready", {"created": 1, "skipped": 2}), done.batch.problems
    assert {name: done.batch.options[name] for name in options} == options


def test_S13_an_untouched_template_is_noticed(cast: Cast, imports: Imports, lift: OfflineActivity) -> None:
    done = upload(imports, make_template(choose(lift, cast.clinical), actor=cast.adam, tenant=cast.acme))
    assert done.rows == [(2, "skipped", ["R208"]), (3, "skipped", ["R208"])]


def test_a_column_that_the_template_does_not_have_is_asked_about(
    cast: Cast, client_for: SignIn, imports: Imports, lift: OfflineActivity
) -> None:
    """Nothing that somebody has typed is left behind unsaid; names beside filled in people are ours."""
    del lift
    plain = "username,activity,domain,completed_on,result,Room,{}\nbob,LIFT,clinical,2024-05-13,passed,A1,x\n"
    named = upload(imports, plain.format("Name"), name="a.csv")
    strange = upload(imports, plain.format("Grade"), name="b.csv")
    page: Any = client_for(cast.adam).get(reverse("imports:map", args=[strange.number]))

    assert (named.state, strange.state) == ("ready", "uploaded")
    assert "Not used: Grade." in words(page)
    assert "find_by" not in page.context["form"].fields


def test_S26_a_template_for_another_choice_is_refused_with_both_names(
    cast: Cast, client_for: SignIn, imports: Imports, lift: OfflineActivity
) -> None:
    desk = add_activity(cast.acme, "DESK", name="Display screens")
    book = fill(make_template(choose(lift, cast.clinical), actor=cast.adam, tenant=cast.acme), [BOB])
    refused = upload(imports, book, **choose(desk, cast.clinical, identifier="email"))
    client = client_for(cast.adam)
    page = client.get(reverse("imports:map", args=[refused.number]))

    assert (refused.state, refused.codes, refused.rows) == ("refused", ["F009"], [])
    said = "Template is for LIFT LIFT course, username; you chose DESK Display screens, email."
    assert [text for text in ("This template is for something else", said) if text not in words(page)] == []
    own, other = (urlsplit(way.url) for way in page.context["ways_on"])
    named = {"activity": "LIFT", "domain": "clinical", "identifier": "username"}
    assert (own.path, dict(parse_qsl(own.query))) == (PAGE, named | {"import": str(refused.number)})
    assert (other.path, dict(parse_qsl(other.query))) == (
        reverse(TEMPLATE, args=[KIND]),
        {"activity": "DESK", "domain": "clinical", "identifier": "email"},
    )
    assert dict(parse_qsl(urlsplit(page.context["again"]).query)) == dict(parse_qsl(other.query))
    client.post(reverse("offline_upload_choose", args=[refused.number]), named)
    imports.work()
    again = imports.load(refused.batch)
    assert (again.state, again.codes, again.planned) == ("refused", [], {"rejected": 1}), "its room is missing"


def test_S15_a_choice_that_is_gone_shows_the_page_again_and_stores_nothing(
    cast: Cast, client_for: SignIn, lift: OfflineActivity
) -> None:
    add_activity(cast.acme, "CUT", domains=(_add_domain(cast, "surgery"),))
    allow_leader(cast.acme, cast.lea, cast.clinical)
    client = client_for(cast.lea)
    chosen = {"activity": "LIFT", "domain": "clinical", "identifier": "email"}
    row = b"email,completed_on\nbob@acme.example,2024-05-13\n"

    def send(**said: str) -> Any:
        form = {"kind": KIND, "header": "auto", "note": "", "asks": list(chosen), **chosen, **said}
        return client.post(reverse("imports:upload"), {**form, "file": SimpleUploadedFile("a.csv", row)})

    gone, foreign, fine = send(activity="GONE"), send(activity="CUT"), send()
    assert [answer.status_code for answer in (gone, foreign, fine)] == [422, 422, 302]
    for answer in (gone, foreign):  # in the same words: nobody learns which of the two it is
        assert "What you have chosen is not there any more, or not yours to import for." in words(answer)
        assert "There is no offline activity" not in words(answer)
    with tenant_scope(cast.acme.pk):
        (batch,) = ImportBatch.objects.all()
    assert batch.options == choose(lift, cast.clinical, identifier="email")
    assert batch.mapping == {"starts_check": True}


def test_S43_a_template_older_than_the_fields_is_refused_with_what_changed(
    cast: Cast, client_for: SignIn, imports: Imports, lift: OfflineActivity
) -> None:
    book = fill(make_template(choose(lift, cast.clinical), actor=cast.adam, tenant=cast.acme), [BOB])
    add_field(lift, "Ward", is_required=True)
    refused = upload(imports, book)
    page = client_for(cast.adam).get(reverse("imports:map", args=[refused.number]))

    assert (refused.state, refused.codes) == ("refused", ["F014"])
    said = (
        "This template is out of date",
        "LIFT course has changed: Ward is new and required.",
        "Download the new template.",
    )
    assert [text for text in said if text not in words(page)] == []
    assert f"{reverse(TEMPLATE, args=[KIND])}?activity=LIFT&amp;domain=clinical&amp;identifier=username" in words(page)


def test_S36_a_template_dropped_on_the_dashboard_is_known_and_goes_on_by_itself(
    cast: Cast, client_for: SignIn, imports: Imports, lift: OfflineActivity
) -> None:
    book = fill(
        make_template(choose(lift, cast.clinical), actor=cast.adam, tenant=cast.acme),
        [{**BOB, "result": "passed", "Room": "A1"}],
    )
    dropped, outdated = (upload(imports, book, is_open=True) for _ in range(2))
    client = client_for(cast.adam)
    with tenant_scope(cast.acme.pk):  # its signature says more than what was chosen for such columns before
        key = digest_headers((dropped.batch.sniffed or {})["headers"])
        HeaderMapping.objects.create(
            tenant=cast.acme,
            kind="completions",
            person=cast.adam,
            headers_key=key,
            mapping={},
            options={},
            read_options={},
        )
    page: Any = client.get(reverse("imports:kind", args=[dropped.number]))
    likely = page.context["likely"]
    client.post(reverse("imports:kind", args=[dropped.number]), {"kind": KIND})
    imports.work()
    done = imports.load(dropped.batch)

    assert (likely.importer.key, likely.is_own) == (KIND, True)
    assert "This is a template of: Offline records" in words(page)
    assert (done.state, done.planned) == ("ready", {"created": 1})
    assert done.batch.options["activity"] == lift.pk
    add_field(lift, "Ward")
    answer = client.post(reverse("imports:kind", args=[outdated.number]), {"kind": KIND})
    assert answer.headers["Location"] == reverse("imports:map", args=[outdated.number])
    assert (imports.load(outdated.batch).state, imports.load(outdated.batch).codes) == ("refused", ["F014", "F008"])


def test_S01_S08_S11_the_template_of_an_address(cast: Cast, client_for: SignIn) -> None:
    add_activity(cast.acme)
    add_activity(cast.acme, "CUT", domains=(_add_domain(cast, "surgery"),))
    add_activity(cast.zebra, "ZZB-1")
    with tenant_scope(cast.acme.pk):  # in the leader's team, in another user domain
        add_member(add_person(cast.acme, "nina", domain=None), cast.ward_a)
    allow_leader(cast.acme, cast.lea, cast.clinical)
    address = reverse(TEMPLATE, args=[KIND])
    chosen = {"activity": "lift", "domain": "clinical", "identifier": "email"}

    def ask(who: User, **said: str) -> int:
        answer: Any = client_for(who).get(address, said)
        if answer.streaming:
            assert answer.getvalue()
        return int(answer.status_code)

    own: Any = client_for(cast.lea).get(address, chosen)
    assert own.headers["Content-Disposition"] == 'attachment; filename="offline_records-LIFT-clinical-template.xlsx"'
    assert read_sheet(own.getvalue(), "Data")[0][0] == "email"
    people: Any = client_for(cast.lea).get(address, {**chosen, "people": "1"})
    assert [row[:3] + row[-1:] for row in read_sheet(people.getvalue(), "Data")[1:]] == [
        ["ben@acme.example", "LIFT", "clinical", cast.ben.full_name],
        ["bob@acme.example", "LIFT", "clinical", cast.bob.full_name],
    ]
    open_yet: Any = client_for(cast.lea).get(address, {"activity": "LIFT"})
    assert (open_yet.status_code, open_yet.headers["Location"]) == (302, f"/imports/new/{KIND}/?activity=LIFT")
    onwards: Any = client_for(cast.lea).get(open_yet.headers["Location"])
    assert onwards.headers["Location"] == f"{PAGE}?activity=LIFT"
    wrong = [{"activity": "NONE"}, {"activity": "ZZB-1"}, {"activity": "CUT"}, {"domain": "surgery"}, {"domain": "x"}]
    assert [ask(cast.lea, **chosen | other) for other in [*wrong, {"identifier": "shoe"}]] == [404] * 6
    assert [ask(cast.adam, **chosen | other) for other in wrong] == [404, 404, 200, 200, 404]
    assert ask(cast.bob, **chosen) == 403


def test_S11_an_import_follows_the_template_when_somebody_speaks_another_language(
    cast: Cast, imports: Imports, lift: OfflineActivity
) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.alice.pk).update(language="de")
    book = make_template(choose(lift, cast.clinical), actor=imports.person("adam"), tenant=cast.acme)
    done = upload(imports, fill(book, [{**BOB, "result": "passed", "Room": "A1"}]), who="alice")
    assert (done.state, done.codes, done.planned) == ("ready", [], {"created": 1})
    with tenant_scope(cast.acme.pk):
        assert ImportBatch.objects.get().options["domain"] == cast.clinical.pk
