"""One click where the headers match: the worker starts the check by itself, or says what it waits for (T-08, T-09, T-75)."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from lms.imports.models import HeaderMapping, ImportBatch
from lms.imports.recognising import KIND_OPEN
from lms.imports.remembering import Settings, recall_settings
from lms.imports.uploading import store_upload
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.dated_importer import HEAD, DatedImporter, dated
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import dump_tables

__all__ = ["dated"]
Upload = Callable[..., Imported]
SignIn = Callable[[User], Client]
ROWS = "bob,SAFE-1,2024-05-13,2024-06-13\nnobody,SAFE-1,2024-05-01,\n"


@pytest.fixture
def upload(cast: Cast, imports: Imports, dated: DatedImporter) -> Upload:
    """Upload as the start page does, and let a worker do what is due."""

    def store(content: str | bytes, *, who: str = "adam", works: bool = True, **given: Any) -> Imported:
        person: User = getattr(cast, who)
        with tenant_scope(person.tenant_id):
            actor = User.objects.select_related("tenant").get(pk=person.pk)
        batch = store_upload(
            tenant=Tenant.objects.get(pk=cast.acme.pk),
            actor=actor,
            importer=dated,
            chunks=[content.encode() if isinstance(content, str) else content],
            file_name="records.csv",
            idempotency_key=uuid.uuid4(),
            **{"starts_check": True, **given},
        )
        if works:
            imports.work()
        return imports.load(batch)

    return store


def test_a_file_with_the_fields_own_names_is_checked_at_once(cast: Cast, upload: Upload) -> None:
    before = dump_tables(cast.acme)
    checked = upload(HEAD + ROWS, options={"policy": "newest_date"}, date_format="yyyy-mm-dd")

    assert (checked.state, checked.planned) == ("ready", {"created": 1, "rejected": 1})
    batch = checked.batch
    assert batch.mapping == {
        "columns": {"username": 0, "course_code": 1, "completed_on": 2, "due_on": 3},
        "find_by": "username",
        "fixed": {},
        "checks": {},
        "date_format": "yyyy-mm-dd",
        "completed_statuses": None,
        "date_order_answered": False,
        "absent": [],
    }
    assert batch.options == {"policy": "newest_date", "opens_retakes": False, "failure_mode": "import_good"}
    assert (batch.confirmed_by_id, batch.confirmed_at, batch.confirm_when_checked) == (cast.adam.pk, None, None)
    assert dump_tables(cast.acme) == before


def test_afterwards_it_is_like_after_check_file(cast: Cast, imports: Imports, upload: Upload) -> None:
    assert imports.confirm(upload(HEAD + ROWS)).counts == {"created": 1, "rejected": 1}
    with tenant_scope(cast.acme.pk):
        assert set(HeaderMapping.objects.values_list("person_id", "name")) == {(cast.adam.pk, "")}


def test_without_the_wish_the_file_waits_for_its_mapping(upload: Upload) -> None:
    waiting = upload(HEAD + ROWS, starts_check=False, date_format="dd/mm/yyyy")
    assert (waiting.state, waiting.batch.mapping) == ("uploaded", {"date_format": "dd/mm/yyyy"})


@pytest.mark.parametrize(
    "content",
    [
        "user,course code,completion date,due date\n" + ROWS,  # a name that is not the field's own
        "username,course code,completion date\nbob,SAFE-1,2024-05-13\n",  # no due date, and nobody has said so
        "username,username,course code,completion date,due date\nbob,ben,SAFE-1,2024-05-13,\n",
        "bob,SAFE-1,2024-05-13,2024-06-13\n",
        (HEAD + "bob,SAFE-1,2024-05-13,\nbjörn,SAFE-1,2024-05-13,\n").encode("cp1252"),
    ],
)
def test_what_is_not_plain_waits_at_the_mapping_page(upload: Upload, content: str | bytes) -> None:
    waiting = upload(content)
    assert (waiting.state, waiting.rows) == ("uploaded", [])
    assert waiting.batch.mapping == {"starts_check": False}
    assert waiting.batch.sniffed


def test_an_encoding_that_was_chosen_is_no_guess(upload: Upload) -> None:
    content = (HEAD + "bob,SAFE-1,2024-05-13,\nbjörn,SAFE-1,2024-05-13,\n").encode("cp1252")
    assert upload(content, read_options={"encoding": "cp1252"}).state == "ready"


def test_F001_what_cannot_be_read_is_refused(upload: Upload) -> None:
    assert (upload(HEAD).state, upload(HEAD).codes) == ("refused", ["F002", "F008"])


def test_F006_the_question_about_the_order_of_dates_is_the_checks(
    cast: Cast, client_for: SignIn, upload: Upload
) -> None:
    content = HEAD + "bob,SAFE-1,1/2/2024,\nben,SAFE-1,3/4/2024,\n"
    asked = upload(content, date_format="dd/mm/yyyy")
    assert (asked.state, asked.codes) == ("refused", ["F006"])

    response: Any = client_for(cast.adam).get(f"/imports/{asked.number}/map/")
    (question,) = response.context["questions"]
    assert [(answer.value, answer.note) for answer in question.answers] == [
        ("dd/mm/yyyy", "as chosen"),
        ("mm/dd/yyyy", ""),
    ]


def test_F006_what_is_not_on_offer_is_no_answer(cast: Cast, client_for: SignIn, upload: Upload) -> None:
    asked = upload(HEAD + "bob,SAFE-1,1/2/2024,\nben,SAFE-1,3/4/2024,\n", date_format="dd/mm/yyyy")
    places = {"username": "0", "course_code": "1", "completed_on": "2", "due_on": "3"}
    data = {f"map-column_{key}": place for key, place in places.items()}
    data |= {"map-find_by": "username", "map-date_format": "dd/mm/yyyy", "action": "check", "date_order": "whenever"}
    address = f"/imports/{asked.number}/map/"

    response: Any = client_for(cast.adam).post(address, data)
    assert "Answer the question above first" in response.content.decode()
    assert client_for(cast.adam).post(address, {**data, "date_order": "mm/dd/yyyy"}).status_code == 302


def test_F006_a_format_whose_year_stands_first_is_among_the_answers(
    cast: Cast, client_for: SignIn, upload: Upload
) -> None:
    asked = upload(HEAD + "bob,SAFE-1,01/02/03,\n", date_format="yy mm dd")

    response: Any = client_for(cast.adam).get(f"/imports/{asked.number}/map/")
    (question,) = response.context["questions"]
    assert [(answer.value, answer.label, answer.note) for answer in question.answers] == [
        ("yy mm dd", "3 February 2001", "as chosen"),
        ("dd/mm/yy", "1 February 2003", ""),
        ("mm/dd/yy", "2 January 2003", ""),
    ]


def test_T04_what_was_said_at_the_upload_is_remembered_even_if_nothing_comes_of_it(
    cast: Cast, dated: DatedImporter, upload: Upload
) -> None:
    upload(HEAD, options={"policy": "newest_date"}, date_format="yy mm dd", read_options={"quote": "'"})
    upload(HEAD, who="alice")
    with tenant_scope(cast.acme.pk):
        people = [User.objects.select_related("tenant").get(pk=person.pk) for person in (cast.adam, cast.alice)]
        remembered = [recall_settings(person, dated) for person in people]
    assert remembered == [Settings({"policy": "newest_date"}, "yy mm dd", {"quote": "'"}), Settings()]


def test_T04_a_file_whose_kind_nobody_has_said_changes_no_settings(
    cast: Cast, dated: DatedImporter, upload: Upload
) -> None:
    upload(HEAD + ROWS, options={KIND_OPEN: True}, starts_check=False)
    with tenant_scope(cast.acme.pk):
        actor = User.objects.select_related("tenant").get(pk=cast.adam.pk)
        assert recall_settings(actor, dated) == Settings()
        assert not HeaderMapping.objects.exists()


def test_what_is_no_date_format_is_the_callers_fault(upload: Upload) -> None:
    with pytest.raises(ValueError, match="not a date format"):
        upload(HEAD + ROWS, date_format="whenever")


def test_who_may_no_longer_import_finds_it_waiting(cast: Cast, imports: Imports, upload: Upload) -> None:
    stored = upload(HEAD + ROWS, works=False)
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.adam.pk).update(is_active=False)
    imports.work()
    waiting = imports.load(stored.batch)
    assert (waiting.state, waiting.batch.mapping) == ("uploaded", {"starts_check": False})


def test_G01_a_file_that_is_too_large_for_a_team_role_waits(
    imports: Imports, monkeypatch: pytest.MonkeyPatch, upload: Upload
) -> None:
    monkeypatch.setattr("lms.imports.access.LARGE_IMPORT_ROWS", 1)
    waiting = upload(HEAD + ROWS, who="lea")
    assert (waiting.state, waiting.batch.mapping) == ("uploaded", {"starts_check": False})
    assert imports.load(upload(HEAD + ROWS).batch).state == "ready", "an administrator's does not"


def test_who_cancels_while_the_file_is_looked_at_has_cancelled_it(imports: Imports, upload: Upload) -> None:
    stored = upload(HEAD + ROWS, works=False)
    imports.cancel(stored)
    imports.work()
    assert imports.load(stored.batch).state == "cancelled"


def test_T09_the_page_names_what_is_missing_and_what_is_not_used(
    cast: Cast, client_for: SignIn, upload: Upload
) -> None:
    waiting = upload("username,course code,badcolumn,other\nbob,SAFE-1,2024-05-13,x\n")
    response: Any = client_for(cast.adam).get(f"/imports/{waiting.number}/map/")

    assert response.context["waits_because"] == [
        "No column holds Completion Date, Due Date.",
        "Not used: badcolumn, other.",
    ]
    page = " ".join(response.content.decode().split())
    assert "The check has not begun yet" in page
    assert [(row.label, row.is_open) for row in response.context["rows"]] == [
        ("Username", False),
        ("Completion Date", True),
        ("Course Code", False),
        ("Due Date", True),
    ]


def test_T75_a_file_without_due_dates_goes_on_once_that_was_picked(
    cast: Cast, client_for: SignIn, imports: Imports, upload: Upload
) -> None:
    waiting = upload("username,course code,completion date\nbob,SAFE-1,2024-05-13\n", date_format="yyyy-mm-dd")
    client = client_for(cast.adam)
    chosen = {
        "map-column_username": "0",
        "map-column_course_code": "1",
        "map-column_completed_on": "2",
        "map-find_by": "username",
        "map-date_format": "yyyy-mm-dd",
        "map-failure_mode": "import_good",
        "action": "check",
    }
    address = f"/imports/{waiting.number}/map/"
    page: Any = client.get(address)
    assert ("absent", "There are none") in page.context["form"].fields["column_due_on"].choices
    assert "absent" not in [key for key, _ in page.context["form"].fields["column_username"].choices]

    assert client.post(address, chosen).status_code == 422
    answered = client.post(address, {**chosen, "map-column_due_on": "absent"})
    assert (answered.status_code, answered["Location"]) == (302, f"/imports/{waiting.number}/check/")
    imports.work()
    checked = imports.load(waiting.batch)
    assert (checked.state, checked.planned, checked.batch.mapping["absent"]) == ("ready", {"created": 1}, ["due_on"])
    again: Any = client.get(address)
    assert again.context["form"]["column_due_on"].value() == "absent"


def test_a_second_look_at_the_file_starts_nothing(cast: Cast, client_for: SignIn, upload: Upload) -> None:
    waiting = upload("user,course code,completion date,due date\n" + ROWS, date_format="dd/mm/yyyy")
    client_for(cast.adam).post(f"/imports/{waiting.number}/map/reading/", {"read-delimiter": ";", "read-quote": '"'})
    with tenant_scope(cast.acme.pk):
        batch = ImportBatch.objects.get(pk=waiting.batch.pk)
    assert (batch.state, batch.mapping) == ("uploaded", {"date_format": "dd/mm/yyyy", "starts_check": False})
    assert (batch.sniffed or {})["delimiter"] == ";"
