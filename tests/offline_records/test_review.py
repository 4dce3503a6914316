"""From the check of a sign-in sheet to its records, on screen (S-13, S-20 to S-25, S-30, S-39, S-40, W19)."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
from django.test import Client

from lms.imports.models import ImportBatch
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from offline_records.models import OfflineRecord
from tests.offline_records.catalogue import HEAD, KIND, add_activity, choose
from tests.plugins.cast import Cast, add_person
from tests.plugins.running import Imports

SignIn = Callable[[User], Client]
GOOD = "bob,LIFT,clinical,2024-05-01\nben,,,2024-05-01\n"


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def count_records(cast: Cast) -> int:
    with tenant_scope(cast.acme.pk):
        return OfflineRecord.objects.count()


def test_S22_S23_S24_a_sheet_without_errors_becomes_records_by_one_button(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    activity = add_activity(cast.acme, name="Lifting and Handling")
    options = choose(activity, cast.clinical)
    ready = imports.check(imports.upload(KIND, f"{HEAD}\n{GOOD}"), options=options)
    client = client_for(cast.adam)
    page = client.get(f"/imports/{ready.number}/review/")
    shown = words(page)
    assert page.context["ready"] == (
        "2 records are ready for Lifting and Handling, user domain Clinical. Nothing is saved yet."
    )
    assert (page.context["button"], page.context["has_options"], count_records(cast)) == ("Create 2 records", False, 0)
    assert page.context["ready_rows"]["count"] == 2  # S-30: the group of the rows that are right can be opened
    assert ("This was only a check" in shown, 'id="options"' in shown, "Import 2" in shown) == (False, False, False)

    client.post(f"/imports/{ready.number}/confirm/")
    assert client.get(f"/imports/{ready.number}/").context["follow_ups"] == []  # there is nothing to show yet
    imports.work()
    page = client.get(f"/imports/{ready.number}/")
    assert (page.context["result"], count_records(cast)) == ("2 offline records created.", 2)
    assert f'href="/offline/{activity.pk}/records/?import={ready.number}"' in words(page)
    assert "Can be undone until" in words(page)


def test_S20_S21_S30_W19_one_bad_row_stops_all_and_every_error_is_listed(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    activity = add_activity(cast.acme, fields={"score": "optional", "result": "required"})
    with tenant_scope(cast.acme.pk):
        add_person(cast.acme, "nora", domain=cast.clinical, is_active=False)
    rows = (
        "bob,LIFT,clinical,2024-05-01,90,passed\n"
        "nora,LIFT,clinical,2024-05-01,90,passed\n"
        "stranger,OTHER,clinical,32/05/2024,many,past\n"
        "ben,LIFT,clinical,2024-05-01,90,\n"
        "bob,LIFT,clinical,2024-05-01,80,passed\n"
    )
    refused = imports.check(
        imports.upload(KIND, f"{HEAD},score,result\n{rows}"), options=choose(activity, cast.clinical)
    )
    client = client_for(cast.adam)
    page = client.get(f"/imports/{refused.number}/review/")
    assert (refused.state, count_records(cast)) == ("refused", 0)
    assert page.context["stopped"] == (
        "Nothing was saved: 3 of 5 rows have errors, and offline records are created only when every row is right."
    )
    cells = {(cell.row_no, cell.column, cell.code) for cell in page.context["bad_cells"]}
    assert cells == {
        (4, "username", "R102"),
        (4, "activity", "R209"),
        (4, "completed_on", "R302"),
        (4, "score", "R501"),
        (4, "result", "R503"),
        (5, "result", "R506"),
        (6, "", "R403"),
    }
    levels = [(problem["code"], problem["level"]) for problem in refused.summary["problems"]]
    assert (("R403", "row") in levels, levels[-1]) == (True, ("R104", "warning"))
    review = page.context["review"]
    assert page.context["ready_rows"]["count"] == 2
    assert [(group.code, group.rows) for group in review.noting] == [("R104", 1)]
    assert {group.code for group in review.failing} == {code for _row, _column, code in cells}
    assert page.context["blocked"] == "Offline records are created only when every row is right."
    assert [str(step.label) for step in page.context["steps"]][3:] == ["Review", "Create records"]
    assert client.post(f"/imports/{refused.number}/confirm/").status_code == 302
    imports.work()
    assert count_records(cast) == 0


def test_S39_the_sheet_with_its_problems_comes_back_as_it_is_and_the_stranger_can_be_left_out(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    activity = add_activity(cast.acme)
    options = choose(activity, cast.clinical)
    refused = imports.check(imports.upload(KIND, f"{HEAD}\n{GOOD}stranger,,,2024-05-01\n"), options=options)
    client = client_for(cast.adam)
    page = words(client.get(f"/imports/{refused.number}/review/"))
    assert "/offline/upload/?activity=LIFT&amp;domain=clinical&amp;identifier=username" in page
    assert "What you chose for this file stays chosen." in page

    data = b"".join(client.get(f"/imports/{refused.number}/results/all.xlsx"))
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    lines = [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]
    assert [line[5] for line in lines] == ["Rollbook outcome", "Without errors", "Without errors", "Failed"]
    assert lines[3][7].startswith('No person with Username "stranger" that you manage.')
    back = imports.upload(KIND, data, file_name="check.xlsx")
    imports.work()
    back = imports.load(back.batch)
    assert back.batch.options | options == back.batch.options  # recognised by its cells and its first column
    again = imports.check(back, options=options)
    assert (again.state, again.planned) == ("refused", {"created": 2, "rejected": 1})

    client.post(f"/imports/{refused.number}/review/leave-out/")
    imports.work()
    ready = imports.load(refused.batch)
    assert (ready.state, ready.planned) == ("ready", {"created": 2, "skipped": 1})
    done = imports.confirm(ready)
    assert (done.counts, count_records(cast)) == ({"created": 2, "skipped": 1}, 2)


def test_S40_one_button_leaves_out_exactly_what_is_recorded_already(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    options = choose(add_activity(cast.acme), cast.clinical)
    imports.run(KIND, f"{HEAD}\nbob,,,2024-05-01\n", options=options)
    mixed = imports.check(imports.upload(KIND, f"{HEAD}\n{GOOD}stranger,,,2024-05-01\n"), options=options)
    second = imports.check(imports.upload(KIND, f"{HEAD}\n{GOOD}"), options=options)
    client = client_for(cast.adam)
    pages = [client.get(f"/imports/{imported.number}/review/").context for imported in (mixed, second)]
    assert [(page["is_all_recorded"], page["bad_rows"]) for page in pages] == [(False, 2), (True, 1)]
    for imported in (mixed, second):
        client.post(f"/imports/{imported.number}/review/leave-out/", {"code": "R401"})
    imports.work()
    assert imports.load(mixed.batch).rows == [(2, "skipped", ["R211"]), (3, "created", []), (4, "rejected", ["R102"])]
    done = imports.confirm(imports.load(second.batch))
    assert (done.rows, count_records(cast)) == ([(2, "skipped", ["R211"]), (3, "created", [])], 2)


def test_S13_the_template_as_it_was_downloaded_has_nothing_to_create(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    activity = add_activity(cast.acme)
    address = f"/imports/new/{KIND}/template.xlsx?activity={activity.code}&domain=clinical&identifier=email"
    client = client_for(cast.adam)
    template = b"".join(client.get(address))
    uploaded = imports.upload(KIND, template, file_name="template.xlsx")
    checked = imports.check(uploaded, options=choose(activity, cast.clinical, identifier="email"), find_by="email")
    assert (checked.state, checked.planned) == ("ready", {"skipped": checked.batch.data_rows})
    page = client.get(f"/imports/{checked.number}/review/")
    assert page.context["nothing_to_do"].startswith("This is the template as it was downloaded")
    assert page.context["blocked"] == "There is no record to create."


def test_S25_what_changed_between_the_check_and_create_records_is_listed_and_nothing_is_written(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    options = choose(add_activity(cast.acme), cast.clinical)
    ready = imports.check(imports.upload(KIND, f"{HEAD}\n{GOOD}"), options=options)
    queued = imports.confirm(ready, works=False)
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.ben.pk).update(domain=None)  # moved to another user domain
    imports.work()
    client = client_for(cast.adam)
    page = client.get(f"/imports/{queued.number}/review/")
    assert page.context["changed"] == "Nothing was saved: 1 of 2 rows has changed since the check."
    assert [(row.row_no, row.person, [code for code, _words in row.sentences]) for row in page.context["rows"]] == [
        (3, "ben", ["R108"])
    ]
    with tenant_scope(cast.acme.pk):
        assert ImportBatch.objects.get(pk=queued.batch.pk).counts == {}
    assert count_records(cast) == 0


def test_S09_only_people_of_the_chosen_user_domain_are_suggested(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    options = choose(add_activity(cast.acme), cast.clinical)
    refused = imports.check(imports.upload(KIND, f"{HEAD}\nbobb,,,2024-05-01\ncarll,,,2024-05-01\n"), options=options)
    shown = words(client_for(cast.adam).get(f"/imports/{refused.number}/review/"))
    # carl is in no user domain: his row would only fail again.
    assert ("<strong>bob</strong>" in shown, "<strong>carl</strong>" in shown) == (True, False)
