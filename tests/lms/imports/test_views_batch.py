"""The page of an import, its rows, downloads and undo, in every state it can end in."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.test import Client

from lms.imports.models import ImportBatch, State
from lms.imports.selectors import ROWS_PER_PAGE
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.batch_data import LogRow, make_batch, write_log
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports

SignIn = Callable[[User], Client]
ROWS = "username,course code,completion date\nbob,SAFE-1,2024-05-13\nben,SAFE-1,2024-05-01\nnobody,SAFE-1,2024-05-01\n"


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def get(client: Client, imported: Imported, page: str = "") -> Any:
    return client.get(f"/imports/{imported.number}/{page}")


def change(imported: Imported, **fields: Any) -> None:
    with tenant_scope(imported.batch.tenant_id):
        ImportBatch.objects.filter(pk=imported.batch.pk).update(**fields)


def load(imported: Imported) -> ImportBatch:
    with tenant_scope(imported.batch.tenant_id):
        return ImportBatch.objects.get(pk=imported.batch.pk)


def test_W15_E37_what_a_finished_import_did(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.run("completions", ROWS)
    response = get(client_for(cast.adam), imported)

    assert response.context["state_words"] == "Finished, 1 failed"
    assert response.context["result"] == (
        "2 rows imported, 1 failed. Download the failed rows, correct them and upload that file: "
        "only these rows are imported."
    )
    assert response.context["numbers"] == {"imported": 2, "evidence": 0, "unchanged": 0, "skipped": 0, "failed": 1}
    assert response.context["retention"].startswith("Can be undone until ")
    page = words(response)
    assert imported.batch.file_sha256 in page
    assert f"/imports/{imported.number}/results/failed.xlsx" in page
    assert f"/imports/{imported.number}/undo/" in page


def test_E29_the_first_import_counts_its_failed_rows_down(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    first = imports.run("completions", ROWS)
    client = client_for(cast.adam)
    failed = b"".join(get(client, first, "results/failed.csv")).decode("utf-8-sig")
    second = imports.run("completions", failed.replace("nobody", "carl"))

    assert "0 open." in words(get(client, first))
    assert f'This file corrects failed rows of <a href="/imports/{first.number}/">' in words(get(client, second))


def test_E64_while_it_runs_the_page_is_live_and_can_be_cancelled(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    imported = imports.run("completions", ROWS, check_only=True)
    imports.confirm(imported, works=False)
    client = client_for(cast.adam)
    queued = get(client, imported)
    client.post(f"/imports/{imported.number}/cancel/")
    cancelled = get(client, imported)

    assert f'hx-get="/imports/{imported.number}/progress/batch/"' in words(queued)
    assert "Yours starts by itself." in words(queued)
    assert load(imported).state == State.CANCELLED
    assert "Import the rest" in words(cancelled)


def test_E27_W13_a_queued_import_says_what_it_waits_for(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    checked = [imports.run("completions", ROWS, check_only=True) for _ in range(2)]
    first, second = [imports.confirm(imported, works=False) for imported in checked]
    client = client_for(cast.adam)

    assert get(client, first).context["waits_for"] == "Yours starts by itself."
    assert get(client, second).context["waits_for"] == (
        "Another import of your organisation runs first. Yours starts by itself."
    )


def test_the_rest_of_a_cancelled_import(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.confirm(imports.run("completions", ROWS, check_only=True), works=False)
    imports.cancel(imported)
    client = client_for(cast.adam)
    response = client.post(f"/imports/{imported.number}/continue/")
    imports.work()

    assert response["Location"] == f"/imports/{imported.number}/"
    assert load(imported).counts == {"created": 2, "rejected": 1}


def test_W16_our_fault_names_the_reference_and_the_way_on(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.run("completions", ROWS, check_only=True)
    imports.confirm(imported, works=False)
    change(imported, state=State.FAILED, failed_in="applying", reference="7F3K-2Q", counts={"created": 1}, checkpoint=1)
    page = words(get(client_for(cast.adam), imported))

    assert (
        "We could not finish this import; the fault is ours (reference 7F3K-2Q). 1 rows are in, 1 are not, "
        "none is half done."
    ) in page
    assert "Go on where it stopped" in page


def test_our_fault_in_the_check_offers_to_check_again(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.run("completions", ROWS, check_only=True)
    change(imported, state=State.FAILED, failed_in="checking", reference="7F3K-2Q")
    client = client_for(cast.adam)
    page = words(get(client, imported, "check/"))
    client.post(f"/imports/{imported.number}/check/again/")
    imports.work()

    assert "Reference 7F3K-2Q. Nothing was saved." in page
    assert load(imported).state == State.READY


def test_rows_failed_ones_first_searched_and_filtered(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.run("completions", ROWS)
    client = client_for(cast.adam)

    def listed(query: str = "") -> list[tuple[int, str]]:
        lines = get(client, imported, f"rows/{query}").context["lines"]
        return [(line["row_no"], line["outcome"]) for line in lines]

    assert listed() == [(4, "Failed"), (2, "Imported"), (3, "Imported")]
    assert listed("?outcome=created") == [(2, "Imported"), (3, "Imported")]
    assert listed("?q=ben") == [(3, "Imported")]
    assert listed("?q=2") == [(4, "Failed"), (2, "Imported"), (3, "Imported")]
    assert listed("?code=R102") == [(4, "Failed")]
    assert listed("?q=unheard") == []


def test_rows_go_on_by_key_not_by_page_number(cast: Cast, client_for: SignIn) -> None:
    batch = make_batch(cast, mapping={"columns": {"username": 0}}, counts={"created": 60, "rejected": 1})
    rows = [LogRow(row_no, "created", [f"u{row_no}"], position=row_no) for row_no in range(2, 62)]
    write_log(batch, [*rows, LogRow(62, "rejected", ["x"], [["R101", "username", {}]])])
    client = client_for(cast.adam)
    first = client.get("/imports/41/rows/")
    second = client.get(f"/imports/41/rows/{first.context['next']}")

    assert [line["row_no"] for line in first.context["lines"]] == [62, *range(2, ROWS_PER_PAGE + 1)]
    assert [line["row_no"] for line in second.context["lines"]] == list(range(ROWS_PER_PAGE + 1, 62))
    assert second.context["next"] == ""


def test_E67_L67_after_the_purge_the_page_stays_and_says_so(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.run("completions", ROWS)
    change(imported, rows_deleted_on=date(2026, 12, 14), file_key="")
    client = client_for(cast.adam)
    sentence = "The row details of this import were deleted on 14 December 2026. The records and this page stay."

    assert sentence in words(get(client, imported))
    assert sentence in words(get(client, imported, "rows/"))
    gone = get(client, imported, "results/all.csv")
    assert (gone.status_code, sentence in words(gone)) == (410, True)
    assert get(client, imported, "file/").status_code == 410


def test_E65_the_original_comes_back_as_it_was(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.run("completions", ROWS)
    response = get(client_for(cast.adam), imported, "file/")

    assert (response.getvalue(), response["Content-Disposition"]) == (
        ROWS.encode(),
        'attachment; filename="upload.csv"',
    )


def test_W17_E68_undo_shows_what_goes_and_what_stays_and_wants_a_reason(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    first = imports.run("completions", ROWS)
    second = imports.run("completions", "username,course code,completion date\nbob,SAFE-1,2025-01-01\n")
    client = client_for(cast.adam)
    shown = get(client, first, "undo/")
    without = client.post(f"/imports/{first.number}/undo/", {"reason": ""})
    done = client.post(f"/imports/{first.number}/undo/", {"reason": "wrong file"})
    imports.work()

    assert shown.context["sentences"][-1] == "1 stays as it is, because something newer happened."
    assert [(line["person"], line["why"]) for line in shown.context["kept"]] == [
        ("Bob O'Connor", f"import {second.number} came later")
    ]
    assert (without.status_code, done["Location"]) == (422, f"/imports/{first.number}/")
    page = words(get(client, first))
    assert load(first).state == State.UNDONE
    assert "wrong file" in page


def test_E68_who_may_not_undo_reads_who_may_and_until_when(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.run("completions", ROWS, as_="lea")
    change(imported, data_rows=501)
    page = get(client_for(cast.lea), imported, "undo/")

    assert page.status_code == 403
    assert "Only an administrator may undo this import, until " in words(page)


def test_nothing_to_undo_is_said(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.run("completions", ROWS, check_only=True)
    response = get(client_for(cast.adam), imported, "undo/")

    assert (response.status_code, "There is nothing to undo here." in words(response)) == (409, True)
