"""Map Fields on screen: what is proposed, questions without a default, and the two ways to the check."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
from django.test import Client

from lms.imports.models import HeaderMapping, ImportBatch, State
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports

SignIn = Callable[[User], Client]
ROWS = "username,course code,completion date\nbob,SAFE-1,2024-05-13\nben,SAFE-1,2024-05-01\n"
CHOSEN = {
    "map-column_username": "0",
    "map-column_course_code": "1",
    "map-column_completed_on": "2",
    "map-find_by": "username",
    "map-date_format": "dd/mm/yyyy",
    "map-failure_mode": "import_good",
}


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def page_of(client: Client, imported: Imported) -> Any:
    response: Any = client.get(f"/imports/{imported.number}/map/")
    return response


def post(client: Client, imported: Imported, action: str, **fields: str) -> Any:
    return client.post(f"/imports/{imported.number}/map/", {**CHOSEN, "action": action, **fields})


def load(imported: Imported) -> ImportBatch:
    with tenant_scope(imported.batch.tenant_id):
        return ImportBatch.objects.get(pk=imported.batch.pk)


def make_xlsx(rows: list[list[str]], *, hidden: tuple[int, ...] = ()) -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for row_no in hidden:
        sheet.row_dimensions[row_no].hidden = True
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def test_E57_all_exact_names_make_one_line_and_a_button(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    response = page_of(client_for(cast.adam), imports.upload("completions", ROWS))

    assert response.context["is_folded"] is True
    assert response.context["reason"] == ""
    assert "Everything needed was recognised by name" in words(response)


def test_W3_how_the_file_was_read_with_names_that_show_its_encoding(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    content = "Export vom 1.1.\n\nPersonalnr.;Name;Kurs-Nr.;Abgeschlossen am\nbob;Jörg Müller;SAFE-1;13.05.2024\n"
    imported = imports.upload("completions", content.encode("cp1252"))
    response = page_of(client_for(cast.adam), imported)

    assert response.context["read_as"] == ("Read as: semicolons, Windows-1252, column names in row 3, 1 row.")
    assert "Are these names right? Jörg Müller." in words(response)
    assert [(row.label, row.samples, row.reason) for row in response.context["rows"]][:3] == [
        ("Username", ["bob"], "recognised by name"),
        ("Completion Date", ["13.05.2024"], "recognised by name"),
        ("Course Code", ["SAFE-1"], "recognised by name"),
    ]
    assert response.context["unused"] == ["Name"]


def test_L62_the_check_starts_only_when_every_needed_field_has_a_column(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    imported = imports.upload("completions", "username,course code,day\nbob,SAFE-1,2024-05-01\n")
    client = client_for(cast.adam)
    opened = page_of(client, imported)
    refused = post(client, imported, "check", **{"map-column_completed_on": ""})

    assert opened.context["reason"] == "Choose the column that holds Completion Date"
    assert (refused.status_code, load(imported).state) == (422, State.UPLOADED)
    assert "No column holds Completion Date." in words(refused)


def test_E57_a_change_shows_the_values_of_the_new_column_and_saves_nothing(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    imported = imports.upload("completions", ROWS)
    response = post(
        client_for(cast.adam), imported, "update", **{"map-column_username": "1", "map-column_course_code": ""}
    )

    assert response.status_code == 200
    assert [(row.samples, row.reason) for row in response.context["rows"]][:3] == [
        (["SAFE-1"], "chosen by you"),
        (["2024-05-13", "2024-05-01"], "recognised by name"),
        ([], ""),
    ]
    assert load(imported).mapping == {}


def test_E11_check_file_remembers_the_choice_and_starts_the_check(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    imported = imports.upload("completions", ROWS)
    response = post(client_for(cast.adam), imported, "check")

    batch = load(imported)
    assert (response.status_code, response["Location"]) == (302, f"/imports/{imported.number}/check/")
    assert (batch.state, batch.mapping["columns"], batch.options) == (
        State.CHECKING,
        {"username": 0, "completed_on": 2, "course_code": 1},
        {"policy": "latest_import", "opens_retakes": False, "failure_mode": "import_good"},
    )
    with tenant_scope(cast.acme.pk):
        assert list(HeaderMapping.objects.values_list("person_id", "name")) == [(cast.adam.pk, "")]


def test_E11_a_preset_is_shared_with_the_organisation(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.upload("completions", ROWS)
    client = client_for(cast.adam)
    nameless = post(client, imported, "preset")
    post(client, imported, "preset", **{"map-preset_name": "Old system"})

    assert nameless.status_code == 422
    with tenant_scope(cast.acme.pk):
        assert [(kept.person, kept.name) for kept in HeaderMapping.objects.all()] == [(None, "Old system")]


def test_E11_a_team_leader_adds_presets_but_does_not_replace_one(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    post(client_for(cast.adam), imports.upload("completions", ROWS), "preset", **{"map-preset_name": "Old system"})
    own = imports.upload("completions", ROWS, as_="lea")
    client = client_for(cast.lea)
    refused = post(client, own, "preset", **{"map-preset_name": "Old system"})
    added = post(client, own, "preset", **{"map-preset_name": "Ward A"})

    assert (refused.status_code, added.status_code) == (403, 200)
    with tenant_scope(cast.acme.pk):
        assert sorted(HeaderMapping.objects.values_list("name", flat=True)) == ["Old system", "Ward A"]


def test_E70_check_and_import_goes_on_by_itself(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.upload("completions", ROWS)
    client = client_for(cast.adam)
    response = post(client, imported, "check_import")
    page = words(client.get(response["Location"]))
    imports.work()

    assert "queued for import. Large files take a while" in page
    assert (load(imported).state, load(imported).counts) == (State.COMPLETED, {"created": 2})


def test_E70_check_and_import_waits_where_a_question_is_open(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.upload(
        "completions", ROWS.replace("2024-05-13", "03/04/2024").replace("2024-05-01", "05/06/2024")
    )
    client = client_for(cast.adam)
    post(client, imported, "check_import")
    imports.work()

    response = page_of(client, imported)
    question = response.context["questions"][0]
    assert (question.code, question.text) == (
        "F006",
        "Every date in “completion date” can be read two ways. What is 03/04/2024?",
    )
    assert [(answer.value, answer.label, answer.note) for answer in question.answers] == [
        ("dd/mm/yyyy", "3 April 2024", "as in your profile"),
        ("mm/dd/yyyy", "4 March 2024", ""),
    ]


def test_F006_W4_nothing_goes_on_without_an_answer(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.upload(
        "completions", ROWS.replace("2024-05-13", "03/04/2024").replace("2024-05-01", "05/06/2024")
    )
    client = client_for(cast.adam)
    post(client, imported, "check")
    imports.work()
    unanswered = post(client, imported, "check")
    answered = post(client, imported, "check", date_order="mm/dd/yyyy")
    imports.work()

    assert (unanswered.status_code, answered.status_code) == (200, 302)
    assert "Answer the question above first" in words(unanswered)
    batch = load(imported)
    with tenant_scope(cast.acme.pk):
        days = list(batch.rows().order_by("row_no").values_list("day", flat=True))
    assert [str(day) for day in days] == ["2024-03-04", "2024-05-06"]


def test_E04_the_same_person_is_not_asked_twice_for_the_same_columns(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    content = ROWS.replace("2024-05-13", "03/04/2024").replace("2024-05-01", "05/06/2024")
    client = client_for(cast.adam)
    first = imports.upload("completions", content)
    post(client, first, "check")
    imports.work()
    post(client, first, "check", date_order="mm/dd/yyyy")
    imports.work()
    second = imports.upload("completions", content.replace("bob", "carl"))
    post(client, second, "check", **{"map-date_format": "mm/dd/yyyy"})
    imports.work()

    assert load(second).state == State.READY


def test_F011_W5_hidden_rows_have_no_default(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    rows = [
        ["username", "course code", "completion date"],
        *[[name, "SAFE-1", "2024-05-01"] for name in ("bob", "ben", "carl")],
    ]
    imported = imports.upload("completions", make_xlsx(rows, hidden=(3, 4)), file_name="filtered.xlsx")
    client = client_for(cast.adam)
    response = page_of(client, imported)
    early = post(client, imported, "check")
    client.post(f"/imports/{imported.number}/map/reading/", {"read-hidden_rows": "visible"})

    question = response.context["questions"][0]
    assert question.text == (
        "2 rows of this sheet are hidden, probably by a filter. Import all 3 rows, or only the 1 you can see?"
    )
    assert response.context["reason"] == "Answer the question above first"
    assert (early.status_code, load(imported).state) == (200, State.UPLOADED)
    batch = load(imported)
    assert (batch.read_options["hidden_rows"], batch.data_rows, batch.problems) == ("visible", 1, [])
    assert page_of(client, imported).context["questions"] == []


def test_L18_row_1_without_known_names_is_asked_about(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.upload("completions", "bob,SAFE-1,2024-05-01\nben,SAFE-1,2024-05-01\n")
    client = client_for(cast.adam)
    opened = page_of(client, imported)
    client.post(f"/imports/{imported.number}/map/reading/", {"read-header_row": "0"})

    question = opened.context["questions"][0]
    assert (question.code, question.text) == ("L-18", "Is row 1 a record? It reads: bob, SAFE-1, 2024-05-01.")
    answered = page_of(client, imported)
    assert answered.context["questions"] == []
    assert (load(imported).data_rows, answered.context["headers"]) == (2, ["Column 1", "Column 2", "Column 3"])


def test_L18_unticked_but_row_1_holds_names(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.upload("completions", ROWS, read_options={"header_row": 0})
    client = client_for(cast.adam)
    question = page_of(client, imported).context["questions"][0]
    client.post(f"/imports/{imported.number}/map/reading/", {"read-header_row": "1"})

    assert question.text == "Is row 1 a record? It reads: username, course code, completion date."
    assert page_of(client, imported).context["questions"] == []
    assert load(imported).data_rows == 2


def test_E54_another_delimiter_gives_a_new_sample_at_once(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.upload("completions", "username|course code|completion date\nbob|SAFE-1|2024-05-01\n")
    client = client_for(cast.adam)
    client.post(f"/imports/{imported.number}/map/reading/", {"read-delimiter": ","})
    wrong = page_of(client, imported).context["headers"]
    client.post(f"/imports/{imported.number}/map/reading/", {"read-delimiter": "|"})

    assert wrong == ["Column 1"]
    assert page_of(client, imported).context["headers"] == [
        "username",
        "course code",
        "completion date",
    ]


def test_E01_any_sample_row_can_be_the_header(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.upload(
        "completions", "who,what,when\nusername,course code,completion date\nbob,SAFE-1,2024-05-01\n"
    )
    client = client_for(cast.adam)
    found = page_of(client, imported).context["headers"]
    client.post(f"/imports/{imported.number}/map/reading/", {"read-header_row": "1"})

    assert found == ["username", "course code", "completion date"]
    assert page_of(client, imported).context["headers"] == ["who", "what", "when"]
    assert load(imported).data_rows == 2


def test_a_way_of_reading_that_fails_leaves_the_file_as_it_was(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    imported = imports.upload("completions", ROWS.replace("bob", "jörg").encode("cp1252"))
    client = client_for(cast.adam)
    response = client.post(f"/imports/{imported.number}/map/reading/", {"read-encoding": "utf-8"}, follow=True)

    assert "Not read like this" in words(response)
    assert load(imported).sniffed == imported.batch.sniffed


def test_a_file_nobody_can_read_keeps_its_facts(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.upload("completions", "username,course code,completion date\n")
    response = page_of(client_for(cast.adam), imported)

    assert imported.state == State.REFUSED
    assert "The file has no rows below the header." in words(response)
    assert imported.batch.file_sha256 in words(response)


def test_the_page_that_waits_for_the_worker(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.upload("completions", ROWS)
    with tenant_scope(cast.acme.pk):
        ImportBatch.objects.filter(pk=imported.batch.pk).update(sniffed=None)
    client = client_for(cast.adam)
    waiting = client.get(f"/imports/{imported.number}/progress/map/")
    with tenant_scope(cast.acme.pk):
        ImportBatch.objects.filter(pk=imported.batch.pk).update(sniffed=imported.batch.sniffed)
    done = client.get(f"/imports/{imported.number}/progress/map/")

    assert (waiting.status_code, "HX-Refresh" in waiting) == (200, False)
    assert done["HX-Refresh"] == "true"
