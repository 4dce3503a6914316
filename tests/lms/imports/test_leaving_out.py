"""Leaving bad rows out of an import of all or nothing (S-39): what is staged, counted, remembered and told."""

import pytest

from lms.audit.models import AuditEvent
from lms.imports.importer import get_importer
from lms.imports.leaving_out import find_bad_rows, leave_out_rows, say_ranges
from lms.imports.models import ImportBatch
from lms.imports.transitions import StateConflict
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import completions

STOPS = {"failure_mode": "stop_if_any"}
CONTENT = (
    "username,course code,completion date\n"
    "bob,SAFE-1,2024-05-01\n"
    "stranger,SAFE-1,2024-05-01\n"
    "ben,SAFE-1,31/12/2024,too wide\n"
    "ben,FIRE-2,2024-05-01\n"
    "ben,NONE-1,never\n"
)


def leave_out(imports: Imports, imported: Imported, *, as_: str = "adam") -> int:
    actor = imports.person(as_)
    with tenant_scope(imported.batch.tenant_id):
        return leave_out_rows(imported.batch, actor=actor)


@pytest.mark.parametrize(
    ("rows", "words"),
    [([], ""), ([7], "7"), ([9, 2, 5, 6, 7], "2, 5-7, 9"), ([1, 3, 5, 7], "1, 3, 5, …")],
)
def test_S39_rows_are_named_as_ranges_and_not_without_end(rows: list[int], words: str) -> None:
    assert say_ranges(rows, most=3) == words


def test_S39_R211_bad_rows_are_left_out_named_in_the_audit_history_and_the_others_go_in(
    cast: Cast, imports: Imports
) -> None:
    refused = imports.check(imports.upload("completions", CONTENT), options=STOPS)
    assert (refused.state, refused.planned) == ("refused", {"created": 2, "rejected": 3})

    assert leave_out(imports, refused) == 3
    imports.work()
    ready = imports.load(refused.batch)
    assert (ready.state, ready.planned) == ("ready", {"created": 2, "skipped": 3})  # E-50: every row is counted
    assert ready.rows == [
        (2, "created", []),
        (3, "skipped", ["R211"]),
        (4, "skipped", ["R211"]),
        (5, "created", []),
        (6, "skipped", ["R211"]),
    ]
    with tenant_scope(cast.acme.pk):
        row = ready.batch.rows().get(row_no=4)
        event = AuditEvent.objects.get(action="imports.batch.rows_left_out")
    assert (row.cells[:3], row.problems) == (
        ["ben", "SAFE-1", "31/12/2024"],
        [["R211", "", {"person": "Adam Admin"}]],
    )
    assert (event.actor_id, event.batch_id, event.details) == (
        cast.adam.pk,
        ready.batch.pk,
        {"rows": "3-4, 6", "number": 3},
    )
    done = imports.confirm(ready)
    assert (done.state, done.counts) == ("completed", {"created": 2, "skipped": 3})
    assert completions(cast.acme) == [("ben", "FIRE-2", "2024-05-01"), ("bob", "SAFE-1", "2024-05-01")]


def test_S39_left_out_rows_add_up_stay_for_the_same_check_and_come_back_with_another(
    cast: Cast, imports: Imports
) -> None:
    refused = imports.check(imports.upload("completions", CONTENT), options=STOPS)
    leave_out(imports, refused)
    imports.work()
    with tenant_scope(cast.acme.pk):  # a row becomes bad that was not
        cast.safe.open_for_import = False
        cast.safe.save()
    again = imports.check(imports.load(refused.batch), options=STOPS)
    assert (again.state, again.planned) == ("refused", {"created": 1, "rejected": 1, "skipped": 3})
    assert leave_out(imports, again, as_="alice") == 1
    imports.work()
    ready = imports.load(refused.batch)
    assert (ready.batch.left_out_rows, ready.batch.left_out_by) == ([2, 3, 4, 6], "Adam Admin, Alice Owner")
    assert (ready.state, ready.planned) == ("ready", {"created": 1, "skipped": 4})

    other = imports.check(ready, options=STOPS | {"policy": "newest_date"})
    assert (other.planned, other.batch.left_out_rows, other.batch.left_out_by) == (
        {"created": 1, "rejected": 4},
        [],
        "",
    )


def test_S39_nothing_is_left_out_of_an_import_that_takes_the_good_rows_or_waits_no_more(
    cast: Cast, imports: Imports
) -> None:
    partial = imports.check(imports.upload("completions", CONTENT))
    fine = imports.check(imports.upload("completions", CONTENT.split("stranger", maxsplit=1)[0]), options=STOPS)
    with pytest.raises(StateConflict):
        leave_out(imports, partial)
    assert leave_out(imports, fine) == 0
    imports.confirm(fine)
    with pytest.raises(StateConflict):
        leave_out(imports, fine)
    with tenant_scope(cast.acme.pk):
        assert ImportBatch.objects.exclude(left_out_rows=[]).count() == 0
        assert AuditEvent.objects.filter(action="imports.batch.rows_left_out").count() == 0


def test_S40_rows_in_which_something_else_is_wrong_too_are_not_among_those_already_recorded(
    cast: Cast, imports: Imports
) -> None:
    refused = imports.check(imports.upload("completions", CONTENT), options=STOPS)
    importer = get_importer("completions")
    with tenant_scope(cast.acme.pk):
        rows = refused.batch.rows()
        assert find_bad_rows(importer, batch=refused.batch, code="R102") == [3]
        rows.filter(row_no=3).update(problems=[["R102", "username", {}], ["R302", "completed_on", {}]])
        assert find_bad_rows(importer, batch=refused.batch, code="R102") == []
        rows.filter(row_no=3).update(problems=[["R102", "username", {}], ["R104", "", {}]])  # a warning does not count
        assert find_bad_rows(importer, batch=refused.batch, code="R102") == [3]
        assert find_bad_rows(importer, batch=refused.batch) == [3, 4, 6]
