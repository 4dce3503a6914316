"""What course completions add to the pages of an import (L-46, L-48, L-81, L-91, W9)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from completions import panels
from completions.models import CourseResult
from lms.core.periods import Period
from lms.courses.models import Course
from lms.imports.models import ImportBatch
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast, add_course
from tests.plugins.running import Imported, Imports

SignIn = Callable[[User], Client]
HEAD = "username,course code,completion date\n"


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def set_yearly(cast: Cast, *codes: str) -> None:
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(code__in=codes).update(compliant_for=Period.parse("365 days"), retake_days=30)


def ago(cast: Cast, days: int) -> str:
    return (today(cast.acme) - dt.timedelta(days=days)).isoformat()


def load(imported: Imported) -> ImportBatch:
    with tenant_scope(imported.batch.tenant_id):
        return ImportBatch.objects.get(pk=imported.batch.pk)


def review(client: Client, imported: Imported) -> Any:
    return client.get(f"/imports/{imported.number}/review/")


@pytest.mark.parametrize(("person", "number"), [("adam", 2), ("lea", 1)])
def test_L81_the_upload_page_counts_courses_with_a_period_in_reach(
    cast: Cast, client_for: SignIn, person: str, number: int
) -> None:
    set_yearly(cast, "SAFE-1", "FIRE-2", "OLD-9")  # OLD-9 is archived
    client = client_for(getattr(cast, person))
    response = client.get("/imports/new/completions/")
    listed = client.get(response.context["panel"].context["courses_url"])

    assert response.context["panel"].context["with_period"] == number
    assert '<a href="/help/due-dates-and-compliance/">Help: Due dates and compliance</a>' in words(response)
    assert len(listed.context["page_obj"].object_list) == number


def test_L48_the_retake_box_is_disabled_with_the_reason_without_a_period(cast: Cast, client_for: SignIn) -> None:
    page = words(client_for(cast.adam).get("/imports/new/completions/"))

    assert '<input type="checkbox" disabled aria-describedby="no-retakes">' in page
    assert "Not available: no course in your reach has a compliance period" in page
    assert 'name="asks"' not in page


@pytest.mark.parametrize(
    ("answers", "options"),
    [
        ({"asks": "opens_retakes", "opens_retakes": "on"}, {"opens_retakes": True}),
        ({"asks": "opens_retakes"}, {"opens_retakes": False}),
        ({"opens_retakes": "on"}, {}),  # a page that did not ask
    ],
)
def test_L48_the_box_becomes_an_option_of_the_import(
    cast: Cast, client_for: SignIn, answers: dict[str, str], options: dict[str, bool]
) -> None:
    file = SimpleUploadedFile("a.csv", (HEAD + "bob,SAFE-1,2024-05-13\n").encode())
    client_for(cast.adam).post("/imports/upload/", {"kind": "completions", "header": "auto", "file": file, **answers})

    with tenant_scope(cast.acme.pk):
        assert ImportBatch.objects.get().options == options


def test_an_answer_that_is_none_stores_no_file(cast: Cast, client_for: SignIn) -> None:
    file = SimpleUploadedFile("a.csv", (HEAD + "bob,SAFE-1,2024-05-13\n").encode())
    answers = {"kind": "completions", "header": "auto", "asks": "policy", "policy": "nonsense"}
    response = client_for(cast.adam).post("/imports/upload/", {**answers, "file": file})

    with tenant_scope(cast.acme.pk):
        assert (response.status_code, ImportBatch.objects.count()) == (422, 0)


def test_L48_the_box_stays_ticked_when_the_file_is_refused(cast: Cast, client_for: SignIn) -> None:
    set_yearly(cast, "SAFE-1")
    file = SimpleUploadedFile("a.pdf", b"%PDF-1.7")
    response = client_for(cast.adam).post(
        "/imports/upload/", {"kind": "completions", "file": file, "asks": "opens_retakes", "opens_retakes": "on"}
    )

    assert response.status_code == 422
    assert '<input type="checkbox" name="opens_retakes" checked>' in words(response)


def test_L48_the_box_of_the_last_file_is_not_remembered(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    client = client_for(cast.adam)
    numbers = []
    for asked in (True, False):
        imported = imports.upload("completions", HEAD + "bob,SAFE-1,2024-05-13\n")
        with tenant_scope(cast.acme.pk):
            ImportBatch.objects.filter(pk=imported.batch.pk).update(options={"opens_retakes": True} if asked else {})
        shown = client.get(f"/imports/{imported.number}/map/").context["form"]
        data = {shown[name].html_name: shown[name].value() or "" for name in shown.fields}
        client.post(f"/imports/{imported.number}/map/", {**data, "action": "check"})
        numbers.append(load(imported).options["opens_retakes"])

    assert numbers == [True, False]


def test_L46_the_review_shows_the_settings_of_every_course_in_the_file(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    set_yearly(cast, "SAFE-1")
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(code="FIRE-2").update(due_within=Period.parse("2 weeks"))
    content = HEAD + f"bob,SAFE-1,{ago(cast, 400)}\nbob,FIRE-2,{ago(cast, 9)}\nben,FIRE-2,{ago(cast, 9)}\n"
    imported = imports.run("completions", content, check_only=True)
    panel = review(client_for(cast.adam), imported).context["panel"].context

    assert [(row.code, row.compliant_for, row.retake, row.due) for row in panel["settings"]] == [
        ("FIRE-2", "for ever", "", "2 weeks after the assignment"),
        ("SAFE-1", "365 days", "opens 30 days before", ""),
    ]
    assert (panel["number"], panel["with_period"], panel["with_due"], panel["lapsed"]) == (2, 1, 1, 1)


def test_L46_more_courses_than_fit_are_counted(
    cast: Cast, client_for: SignIn, imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panels, "COURSES_SHOWN", 2)
    with tenant_scope(cast.acme.pk):
        for number in range(3):
            add_course(cast.acme, f"X-{number}", f"Course {number}")
    content = HEAD + "".join(f"bob,X-{number},2024-05-13\n" for number in range(3))
    response = review(client_for(cast.adam), imports.run("completions", content, check_only=True))

    assert (len(response.context["panel"].context["settings"]), "and 1 more" in words(response)) == (2, True)


def test_E15_L48_the_box_is_asked_again_on_the_review_with_its_numbers(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    set_yearly(cast, "SAFE-1")
    imported = imports.run("completions", HEAD + f"bob,SAFE-1,{ago(cast, 400)}\n", check_only=True)
    client = client_for(cast.adam)
    before = review(client, imported)
    client.post(
        f"/imports/{imported.number}/review/options/",
        {"policy": "latest_import", "failure_mode": "import_good", "opens_retakes": "on"},
    )
    imports.work()
    after = review(client, imported)

    assert "1 non-compliant on arrival: shown as completed and non-compliant." in words(before)
    assert "1 non-compliant on arrival: the course is to be taken again (resit/retake)." in words(after)
    assert (before.context["about"].needs_choice, after.context["about"].needs_choice) == (False, True)


def test_dates_H_the_review_names_who_loses_days(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    set_yearly(cast, "SAFE-1")
    imports.run("completions", HEAD + f"bob,SAFE-1,{ago(cast, 20)}\n")
    imported = imports.run("completions", HEAD + f"bob,SAFE-1,{ago(cast, 265)}\n", check_only=True)
    changes = review(client_for(cast.adam), imported).context["review"].changes

    (loss,) = [change for change in changes if "loses" in change.words]
    assert (loss.rows, loss.words, loss.href) == (1, "person loses 245 days", "/imports/2/rows/?effect=days_lost")
    assert [(one.row_no, one.person, one.item, one.detail.split(":")[0]) for one in loss.examples] == [
        (2, "Bob O'Connor", "SAFE-1 Safety Basics", "loses 245 days")
    ]


def test_W9_two_buttons_switch_who_wins_and_leave_the_rest(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    set_yearly(cast, "SAFE-1", "FIRE-2")
    imports.run("completions", HEAD + f"bob,SAFE-1,{ago(cast, 20)}\nben,SAFE-1,{ago(cast, 300)}\n")
    rows = f"bob,SAFE-1,{ago(cast, 265)}\nben,SAFE-1,{ago(cast, 9)}\ncarl,FIRE-2,{ago(cast, 400)}\n"
    options = {"opens_retakes": True, "failure_mode": "stop_if_any"}
    imported = imports.run("completions", HEAD + rows, check_only=True, options=options)
    client = client_for(cast.adam)
    shown = []
    for policy in ("newest_date", "latest_import"):
        shown.append(review(client, imported).context["review"].newer)
        client.post(f"/imports/{imported.number}/review/options/", {"only": "policy", "policy": policy})
        imports.work()
        shown.append((load(imported).planned, load(imported).options))

    newer, kept = shown[0], shown[2]
    assert (newer.people, newer.is_kept, newer.href) == (1, False, "/imports/2/rows/?code=R402")
    assert shown[1] == ({"created": 1, "updated": 1, "added_to_history": 1}, {**options, "policy": "newest_date"})
    assert (kept.people, kept.is_kept, kept.href) == (1, True, "/imports/2/rows/?effect=kept")
    assert shown[3] == ({"created": 1, "updated": 2}, {**options, "policy": "latest_import"})
    found = client.get(kept.href).context["lines"]
    assert found == []  # this file's date is used again


def test_L91_the_import_page_leads_to_who_was_left_non_compliant(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    set_yearly(cast, "SAFE-1", "FIRE-2")
    rows = f"bob,SAFE-1,{ago(cast, 400)}\nbob,FIRE-2,{ago(cast, 400)}\nben,SAFE-1,{ago(cast, 9)}\n"
    imports.run("completions", HEAD + rows)
    client = client_for(cast.adam)
    before = client.get("/imports/1/").context["follow_ups"]
    with tenant_scope(cast.acme.pk):
        CourseResult.objects.update(lapsed_on_arrival=False, status="not_started")  # moved to the retake since
    after = client.get("/imports/1/").context["follow_ups"]

    everybody = ("See how the people of this import stand now", "/imports/1/people/")
    assert [(str(found.words), found.url) for found in before] == [
        (
            "1 person is non-compliant: move them to their retake period, or remind them.",
            "/imports/1/people/?standing=non_compliant",
        ),
        everybody,
    ]
    assert [(str(found.words), found.url) for found in after] == [everybody]
