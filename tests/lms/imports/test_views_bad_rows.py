"""An import of all or nothing on screen: three ways on, leaving rows out, and what the page says while it is written."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from lms.imports.models import FailureMode, ImportBatch, State
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports

SignIn = Callable[[User], Client]
STOPS = {"failure_mode": FailureMode.STOP_IF_ANY.value}
CONTENT = "username,course code,completion date\nbob,SAFE-1,2024-05-01\nbobb,SAFE-1,2024-05-01\n"


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def refuse(imports: Imports, content: str = CONTENT) -> Imported:
    return imports.check(imports.upload("completions", content), options=STOPS)


def test_S39_the_bad_rows_are_left_out_by_one_button_and_by_those_who_manage_the_import(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    refused = refuse(imports)
    client = client_for(cast.adam)
    address = f"/imports/{refused.number}/review/leave-out/"
    page = client.get(f"/imports/{refused.number}/review/")
    shown = words(page)
    assert page.context["stopped"] == (
        "Nothing was saved: 1 of 2 rows has errors, and nothing is imported as long as any row is bad."
    )
    assert f'action="{address}"' in shown
    assert "Leave out this 1 row and check again" in shown
    assert f'href="/imports/{refused.number}/results/all.xlsx"' in shown
    assert 'href="/imports/new/completions/"' in shown
    assert "A file with the same columns is read as this one was." in shown
    assert "1 has no errors, 1 cannot be imported." in page.context["totals"]
    assert f'action="/imports/{refused.number}/confirm/"' not in shown

    useless = refuse(imports, content=CONTENT.replace("\nbob,", "\nbobby,"))  # nothing would be left
    assert "leave-out" not in words(client.get(f"/imports/{useless.number}/review/"))

    # from the wrong side: another tenant, a leader whose import it is not, somebody who may not import
    assert [client_for(who).post(address).status_code for who in (cast.charlie, cast.lea, cast.bob)] == [404, 404, 404]
    recorded = client.post(address, {"code": "R401"}, follow=True)  # nothing of this kind is bad
    assert "There is no such row." in words(recorded)

    left_out = client.post(address, follow=True)
    assert "1 row is left out; checking the others again." in words(left_out)
    imports.work()
    page = client.get(f"/imports/{refused.number}/review/")
    assert page.context["totals"].endswith("1 will be imported, 1 is left out.")
    assert [(line.rows, line.words) for line in page.context["review"].unchanged] == [
        (1, "Left out by Adam Admin after the check.")
    ]
    rows = words(client.get(f"/imports/{refused.number}/rows/"))
    assert "Left out by Adam Admin after the check." in rows
    imports.confirm(imports.load(refused.batch))
    page = client.get(f"/imports/{refused.number}/")
    assert ("Left out after the check", "Adam Admin, rows 3") in page.context["options"]
    assert "No rows can be left out now; this is how the import stands." in words(client.post(address, follow=True))


def test_E63_while_it_is_written_as_a_whole_the_page_counts_records_and_offers_no_cancel(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    content = CONTENT.replace("bobb", "ben")
    queued = imports.confirm(imports.check(imports.upload("completions", content), options=STOPS), works=False)
    client = client_for(cast.adam)

    def show(state: str) -> Any:
        with tenant_scope(cast.acme.pk):
            ImportBatch.objects.filter(pk=queued.batch.pk).update(state=state, phase="applying")
        return client.get(f"/imports/{queued.number}/")

    waiting, writing = show(State.QUEUED), show(State.APPLYING)
    cancel = f'action="/imports/{queued.number}/cancel/"'
    assert (cancel in words(waiting), cancel in words(writing)) == (True, False)
    assert ("Writing 2 rows" in words(writing), "%" in words(writing).split("<main")[1]) == (True, False)
    late = client.post(f"/imports/{queued.number}/cancel/", follow=True)
    assert "It was too late to cancel; this is how the import stands." in words(late)


def test_S25_what_changed_since_the_check_is_listed_and_the_check_can_be_repeated(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    content = CONTENT.replace("bobb", "ben")
    queued = imports.confirm(imports.check(imports.upload("completions", content), options=STOPS), works=False)
    with tenant_scope(cast.acme.pk):
        cast.safe.open_for_import = False
        cast.safe.save()
    imports.work()
    client = client_for(cast.adam)
    page = client.get(f"/imports/{queued.number}/review/")
    shown = words(page)
    assert page.context["changed"] == "Nothing was saved: 2 of 2 rows have changed since the check."
    assert [(row.row_no, row.person) for row in page.context["rows"]] == [(2, "bob"), (3, "ben")]
    assert "SAFE-1 Safety Basics" not in shown
    assert shown.count("is closed for imports.") == 2
    assert f'action="/imports/{queued.number}/check/again/"' in shown
    with tenant_scope(cast.acme.pk):
        batch = ImportBatch.objects.get(pk=queued.batch.pk)
    assert (batch.confirmed_at, batch.sequence, batch.counts) == (None, None, {})
    told = words(client.get("/notices/"))
    assert f"Import {queued.number} needs you" in told
    assert "Will be imported" not in words(client.get(f"/imports/{queued.number}/rows/"))

    client.post(f"/imports/{queued.number}/check/again/")
    imports.work()
    again = client.get(f"/imports/{queued.number}/review/")
    assert (again.context["bad_rows"], [group.code for group in again.context["review"].failing]) == (2, ["R206"])
