"""Upload Offline Records: one page that leads from the category to the file, its answers in the address."""

import csv
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lms.core.periods import Period
from lms.imports.models import ImportBatch
from lms.people.models import PeopleDomain, User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.offline_records.catalogue import (
    HEAD,
    KIND,
    add_activity,
    add_category,
    add_field,
    add_record,
    allow_leader,
    choose,
)
from tests.offline_records.filling import fill
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

SignIn = Callable[[User], Client]
PAGE = "/offline/upload/"
CHOSEN = {"activity": "LIFT", "domain": "clinical", "identifier": "username"}


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def choice(response: Any) -> Any:
    panel = response.context["panel"]
    return (panel["context"] if isinstance(panel, dict) else panel.context)["choice"]


def add_domain(tenant: Tenant, slug: str, name: str) -> PeopleDomain:
    with tenant_scope(tenant.pk):
        return PeopleDomain.objects.create(tenant=tenant, slug=slug, name=name)


def send(client: Client, content: bytes | str, *, name: str = "filled.xlsx", **data: Any) -> Any:
    """Press Upload and check."""
    body = content.encode() if isinstance(content, str) else content
    form = {"kind": KIND, "header": "auto", "note": "", "key": str(uuid.uuid4())} | data
    return client.post(f"{reverse('imports:upload')}?kind={KIND}", {**form, "file": SimpleUploadedFile(name, body)})


def download(client: Client, chosen: Mapping[str, str] = CHOSEN) -> bytes:
    """The template for a choice."""
    answer: Any = client.get(reverse("imports:template_xlsx", args=[KIND]), chosen)
    return b"".join(answer.streaming_content)


def latest(cast: Cast) -> ImportBatch:
    with tenant_scope(cast.acme.pk):
        return ImportBatch.objects.order_by("-number")[0]


# --- who, and where ---


def test_S01_S02_the_menu_leads_there_for_who_may(cast: Cast, client_for: SignIn) -> None:
    entries = [
        (str(section.label), str(item.label), item.url)
        for section in client_for(cast.adam).get("/").context["menu"]
        for item in section.items
        if item.url == PAGE
    ]
    leader = client_for(cast.lea)
    refused = leader.get(PAGE)

    assert entries == [("Offline Activities", "Upload Offline Records", PAGE)]
    assert PAGE not in leader.get("/").content.decode()
    assert refused.status_code == 403
    assert "Maria Keller, training office" in words(refused)
    assert client_for(cast.bob).get(PAGE).status_code == 403


def test_S01_a_team_role_without_a_user_domain_hears_whom_to_ask(cast: Cast, client_for: SignIn) -> None:
    add_activity(cast.acme)
    allow_leader(cast.acme, cast.lea)
    page = client_for(cast.lea).get(PAGE)

    assert page.status_code == 200
    assert "No user domain yet" in words(page)
    assert "Ask Maria Keller, training office." in words(page)
    assert "data-drop-zone" not in words(page)


# --- the five parts ---


def test_S04_S05_S06_S07_category_then_activity(cast: Cast, client_for: SignIn) -> None:
    top, other = add_category(cast.acme, "Health"), add_category(cast.acme, "Office")
    below = add_category(cast.acme, "First aid", parent=top)
    add_category(cast.acme, "Past", is_active=False)
    add_category(cast.zebra, "ZZB stable")
    lift = add_activity(cast.acme, category=below, provider="Red Cross", validity=Period.parse("2 years"))
    desk = add_activity(cast.acme, "DESK", category=other)
    add_activity(cast.acme, "GONE", category=below, is_active=False)
    add_activity(cast.zebra, "ZZB-1")
    add_record(cast.bob, lift, lift.created_at.date())
    client = client_for(cast.adam)
    fresh = client.get(PAGE)
    page = client.get(PAGE, {"category": top.pk})

    assert [(offer.place.path, offer.activities) for offer in choice(fresh).categories] == [
        (("Health",), 1),
        (("Health", "First aid"), 1),
        (("Office",), 1),
    ]
    assert (choice(fresh).category, choice(fresh).open_part, choice(fresh).offers) == (None, 1, [])
    assert [(one.activity.code, one.records) for one in choice(page).offers] == [("LIFT", 1)]
    assert [text for text in ("Red Cross", "2 years", "Health \u203a First aid") if text not in words(page)] == []
    # What is archived, elsewhere, of another category or nowhere at all is not chosen.
    for code in ("GONE", "ZZB-1", desk.code, "NEVER"):
        assert choice(client.get(f"{PAGE}?category={top.pk}&activity={code}")).activity is None
    assert choice(client.get(PAGE, {"activity": "lift"})).category.id == below.pk
    assert choice(client.get(f"{PAGE}?category={9**30}&activity={'x' * 999}")).open_part == 1


def test_S04_the_only_category_and_the_only_user_domain_are_chosen_and_said(cast: Cast, client_for: SignIn) -> None:
    add_activity(cast.acme, domains=(cast.clinical,))
    fresh = client_for(cast.adam).get(PAGE)
    page = client_for(cast.adam).get(PAGE, {"activity": "LIFT"})

    assert (choice(fresh).category.name, choice(fresh).open_part) == ("Courses in person", 2)
    assert "Courses in person is the only category" in words(fresh)
    assert (choice(page).domain.name, choice(page).open_part) == ("Clinical", 4)
    assert "Clinical: there is no other to choose from" in words(page)
    assert "Not here: People without a user domain." in words(page)


def test_S06_a_long_list_is_searched_and_shown_piece_by_piece(cast: Cast, client_for: SignIn) -> None:
    category = add_category(cast.acme, "Talks")
    for number in range(23):
        add_activity(cast.acme, f"TALK-{number:02}", category=category)
    client = client_for(cast.adam)
    page = client.get(PAGE)

    assert (len(choice(page).offers), choice(page).found) == (20, 23)
    assert f"{PAGE}?category={category.pk}&amp;rows=40" in words(page)
    assert len(choice(client.get(PAGE, {"rows": "40"})).offers) == 23
    assert [one.activity.code for one in choice(client.get(PAGE, {"q": "talk-1 course"})).offers] == [
        f"TALK-{number}" for number in range(10, 20)
    ]


def test_S08_S09_S19_a_leader_sees_the_granted_user_domain_and_nothing_else(cast: Cast, client_for: SignIn) -> None:
    support, surgery = add_domain(cast.acme, "support", "Support"), add_domain(cast.acme, "surgery", "Surgery")
    add_activity(cast.acme)
    add_activity(cast.acme, "CUT", domains=(surgery,))
    allow_leader(cast.acme, cast.lea, cast.clinical, support)
    client = client_for(cast.lea)
    fresh, page = client.get(PAGE), client.get(PAGE, {"activity": "LIFT", "domain": "surgery"})
    everywhere = client_for(cast.adam).get(PAGE, {"activity": "LIFT", "domain": "surgery"})

    assert [one.activity.code for one in choice(fresh).offers] == ["LIFT"]
    assert [domain.code for domain in choice(page).domains] == ["clinical", "support"]
    assert (choice(page).domain, choice(page).open_part) == (None, 3)
    assert "Surgery" not in words(page)
    assert "For another one, ask Maria Keller, training office." in words(page)
    assert choice(client.get(PAGE, {"activity": "CUT"})).activity is None
    assert [domain.code for domain in choice(everywhere).domains] == ["clinical", "support", "surgery", "(none)"]
    assert choice(everywhere).domain.code == "surgery"
    closed = client_for(cast.adam).get(PAGE, {"activity": "CUT", "domain": "clinical"})
    assert [domain.name for domain in choice(closed).closed] == ["Clinical", "Support", "People without a user domain"]


def test_S10_S11_S35_the_picture_is_that_of_the_file(cast: Cast, client_for: SignIn) -> None:
    activity = add_activity(cast.acme, fields={"score": "required", "notes": "optional"}, score_maximum=100)
    add_field(activity, "Instructor", is_required=True)
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.ben.pk).update(email="", email_key="")
    client = client_for(cast.adam)
    page = client.get(PAGE, CHOSEN | {"identifier": "email"})
    picture = page.context["panel"].context["picture"]
    file: Any = client.get(reverse("imports:template_csv", args=[KIND]), CHOSEN | {"identifier": "email"})
    lines = list(csv.reader(b"".join(file.streaming_content).decode("utf-8-sig").splitlines()))

    assert (choice(page).is_complete, choice(page).open_part) == (True, 5)
    assert picture.columns == [
        ("email", True),
        ("activity", False),
        ("domain", False),
        ("completed_on", True),
        ("score", True),
        ("notes", False),
        ("Instructor", True),
    ]
    assert lines == [[name for name, _ in picture.columns], *picture.rows]
    assert [row[0].partition(":")[0] for row in picture.rows] == ["sample", "sample"]
    assert [(offer.value, offer.missing) for offer in choice(page).identifiers] == [
        ("username", 0),
        ("email", 1),
        ("employee_id", 0),
    ]
    assert "1 person of Clinical has none" in words(page)
    assert "Template with the 2 people of Clinical" in words(page)
    assert "activity=LIFT&amp;domain=clinical&amp;identifier=email&amp;people=1" in words(page)


def test_S42_an_empty_search_offers_to_create_or_names_who_may(cast: Cast, client_for: SignIn) -> None:
    add_activity(cast.acme)
    allow_leader(cast.acme, cast.lea, cast.clinical)
    own, other = (client_for(person).get(PAGE, {"q": "welding"}) for person in (cast.adam, cast.lea))

    assert [("No activity in Courses in person matches" in words(page)) for page in (own, other)] == [True, True]
    create = f"/offline/new/?category={choice(own).category.id}&amp;name=welding"
    assert [("Create an offline activity" in words(page)) for page in (own, other)] == [True, False]
    assert [create in words(page) for page in (own, other)] == [True, False]
    assert "These people can create it: Adam Admin, Alice Owner. Or ask Maria Keller" in words(other)
    assert "No categories yet" in words(client_for(cast.charlie).get(PAGE))


# --- the file ---


def test_S15_an_error_of_the_file_loses_nothing(cast: Cast, client_for: SignIn) -> None:
    add_activity(cast.acme)
    other = add_category(cast.acme, "Health")
    client = client_for(cast.adam)
    asks = {"asks": list(CHOSEN), **CHOSEN}
    refused = send(client, b"%PDF-1.7", name="list.pdf", note="from Mia", **asks)
    half = send(client, b"%PDF-1.7", name="list.pdf", category=other.pk, q="lift")

    assert refused.status_code == 422
    assert choice(refused).named == CHOSEN
    assert [
        text
        for text in ("Not taken: list.pdf", "from Mia", 'name="domain" value="clinical" form="upload-form"')
        if text not in words(refused)
    ] == []
    assert (choice(half).category.name, choice(half).asked.text, choice(half).open_part) == ("Health", "lift", 2)


def test_S36_a_filled_template_on_the_fresh_page_sets_everything(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    activity = add_activity(cast.acme)
    client = client_for(cast.adam)
    row = {"username": "bob", "activity": "LIFT", "domain": "clinical", "completed_on": "2024-05-13"}
    answer = send(client, fill(download(client), [row]))
    imports.work()
    batch = latest(cast)
    review = client.get(reverse("imports:review", args=[batch.number]))

    assert answer.status_code == 302
    assert {name: batch.options[name] for name in CHOSEN} == choose(activity, cast.clinical)
    assert (batch.state, batch.planned) == ("ready", {"created": 1})
    assert f'href="{PAGE}?import={batch.number}"' in words(review)
    page = client.get(PAGE, {"import": batch.number})
    assert choice(page).named == CHOSEN
    assert f"“filled.xlsx” is uploaded and kept as import {batch.number}" in words(page)


def test_S36_a_file_that_says_nothing_is_kept_until_it_is_said(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    add_activity(cast.acme, fields={"score": "optional"})
    client = client_for(cast.adam)
    send(client, "who,day,score\nbob,2024-05-13,7\n", name="list.csv")
    imports.work()
    batch = latest(cast)
    where = client.get(reverse("imports:map", args=[batch.number]))
    address = reverse("offline_upload_choose", args=[batch.number])
    incomplete = client.post(address, {"activity": "LIFT", "identifier": "username"})

    assert (batch.state, where.headers["Location"]) == ("uploaded", f"{PAGE}?import={batch.number}")
    assert incomplete.status_code == 422
    assert [text for text in ("list.csv", "Next: choose the user domain.") if text not in words(incomplete)] == []
    assert (choice(incomplete).activity.activity.code, choice(incomplete).identifier.value) == ("LIFT", "username")
    done = client.post(address, CHOSEN)
    assert done.headers["Location"] == reverse("imports:map", args=[batch.number])
    imports.work()
    page = client.get(reverse("imports:map", args=[batch.number]))  # its columns have other names: asked
    assert [str(column.label) for column in page.context["importer"].columns if column.required] == [
        "Username",
        "Completed on",
    ]


def test_S26_S39_another_choice_checks_the_kept_file_anew(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    lift, desk = add_activity(cast.acme), add_activity(cast.acme, "DESK")
    client = client_for(cast.adam)
    send(client, f"{HEAD}\nbob,,,2024-05-13\ncarl,,,2024-05-13\n", name="a.csv", asks=list(CHOSEN), **CHOSEN)
    imports.work()
    batch = latest(cast)
    client.post(reverse("imports:leave_out", args=[batch.number]))
    imports.work()
    before = latest(cast)
    client.post(reverse("offline_upload_choose", args=[batch.number]), CHOSEN | {"activity": "DESK"})
    imports.work()
    after = latest(cast)

    assert (batch.state, batch.options["activity"]) == ("refused", lift.pk)
    assert (before.state, before.left_out_rows) == ("ready", [3])
    assert (after.state, after.options["activity"], after.left_out_rows) == ("refused", desk.pk, [])
    imports.cancel(imports.load(after))
    late = client.post(reverse("offline_upload_choose", args=[batch.number]), CHOSEN)
    assert late.headers["Location"] == reverse("imports:batch", args=[batch.number])
    assert latest(cast).options["activity"] == desk.pk


def test_S01_S09_a_choice_that_is_not_theirs_is_not_kept(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    surgery = add_domain(cast.acme, "surgery", "Surgery")
    add_activity(cast.acme)
    add_activity(cast.acme, "CUT", domains=(surgery,))
    allow_leader(cast.acme, cast.lea, cast.clinical)
    client = client_for(cast.lea)
    send(client, "who,day\nbob,2024-05-13\n", name="list.csv")
    imports.work()
    batch = latest(cast)
    address = reverse("offline_upload_choose", args=[batch.number])

    for wrong in ({"activity": "CUT"}, {"activity": "ZZB-1"}, {"activity": "\x00", "q": "\x00"}):
        answer = client.post(address, CHOSEN | wrong)
        assert (answer.status_code, choice(answer).activity) == (422, None)
    only = client.post(address, CHOSEN | {"domain": "surgery"})  # the one granted is the one it is for
    assert (only.status_code, latest(cast).options["domain"]) == (302, cast.clinical.pk)
    stranger = client_for(cast.charlie)
    assert stranger.post(address, CHOSEN).status_code == 404
    assert stranger.get(PAGE, {"import": batch.number}).status_code == 404
    assert client_for(cast.adam).get(PAGE, {"import": batch.number}).status_code == 302  # being looked at
