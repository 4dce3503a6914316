"""The check writes nothing outside the batch, asks what is open, gives every row one outcome (E-04, E-08, E-09, E-50, E-51)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from completions.importers import CompletionsImporter
from lms.audit.models import AuditEvent
from lms.imports import importer as registry
from lms.imports.checking import request_check
from lms.imports.importer import RunContext, StagedRow, get_importer
from lms.imports.mapping import Mapping, missing_columns
from lms.imports.models import ImportBatch
from lms.imports.transitions import StateConflict
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import current_results, dump_tables

Run = Callable[..., Imported]
HEAD = "username,course code,completion date\n"
UNDECIDED = HEAD + "bob,SAFE-1,1/2/2024\nben,SAFE-1,3/4/2024\n"


def test_L61_the_check_writes_nothing_outside_the_batch(cast: Cast, run_import: Run) -> None:
    before = dump_tables(cast.acme)
    checked = run_import("completions", HEAD + "bob,SAFE-1,2024-05-01\nnobody,SAFE-1,2024-05-01\n", check_only=True)
    assert (checked.state, checked.planned, checked.counts) == ("ready", {"created": 1, "rejected": 1}, {})
    assert dump_tables(cast.acme) == before


def test_the_worker_keeps_no_rows_of_the_tenant_in_its_session(run_import: Run) -> None:
    run_import("completions", HEAD + "bob,SAFE-1,2024-05-01\n", check_only=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relpersistence = 't' AND relkind = 'r' AND relname LIKE 'imports%'"
        )
        left = [name for (name,) in cursor.fetchall()]
        for name in left:
            cursor.execute(f'SELECT count(*) FROM "{name}"')  # noqa: S608
            assert cursor.fetchone() == (0,), name


def test_E51_row_numbers_are_those_of_a_spreadsheet(run_import: Run) -> None:
    content = (
        "username,course code,completion date,note\r\n"
        '"bob",SAFE-1,2024-05-01,"two\r\nlines"\r\n'
        ",,,\r\n"
        "\r\n"
        "ben,SAFE-1,2024-05-01,\r\n"
        "nobody,SAFE-1,2024-05-01,\r\n"
    )
    done = run_import("completions", content)
    assert done.rows == [(2, "created", []), (5, "created", []), (6, "rejected", ["R102"])]
    assert (done.batch.data_rows, done.batch.blank_rows) == (3, 2)


def test_E50_the_log_holds_the_original_cells_of_every_row(cast: Cast, run_import: Run) -> None:
    checked = run_import("completions", HEAD + " bob\u00a0,safe-1,1.5.2024\nnobody,,x\n", check_only=True)
    with tenant_scope(cast.acme.pk):
        cells = dict(checked.batch.rows().values_list("row_no", "cells"))
    assert cells == {2: [" bob\u00a0", "safe-1", "1.5.2024"], 3: ["nobody", None, "x"]}
    assert checked.summary["cleaned"] == 1


def test_several_problems_of_a_row_are_all_told(run_import: Run) -> None:
    checked = run_import("completions", HEAD + "nobody,NOPE,2024-05-01\nnobody,,31/31/2024\n", check_only=True)
    assert checked.rows == [(2, "rejected", ["R102", "R202"]), (3, "rejected", ["R302", "R201", "R102"])]


# --- the order of dates (E-04) ---------------------------------------------------------------------------------


def test_E04_F006_a_column_that_can_be_read_two_ways_is_asked_about(cast: Cast, imports: Imports) -> None:
    uploaded = imports.upload("completions", UNDECIDED)
    asked = imports.check(uploaded, is_date_order_answered=False)
    assert (asked.state, asked.rows, asked.planned) == ("refused", [], {})
    assert asked.batch.problems == [{"code": "F006", "params": {"field": "completed_on", "sample": "1/2/2024"}}]
    answered = imports.confirm(imports.check(asked, date_format="mm/dd/yyyy"))
    assert (answered.state, answered.codes) == ("completed", [])
    assert current_results(cast.acme) == [("ben", "SAFE-1", "2024-03-04"), ("bob", "SAFE-1", "2024-01-02")]


def test_E04_one_date_that_proves_the_order_needs_no_answer(imports: Imports) -> None:
    uploaded = imports.upload("completions", UNDECIDED + "carl,SAFE-1,13/1/2024\n")
    assert imports.check(uploaded, is_date_order_answered=False).state == "ready"


def test_E04_F007_rows_that_only_fit_the_other_order_are_errors_and_named(run_import: Run) -> None:
    checked = run_import("completions", UNDECIDED + "carl,SAFE-1,13/1/2024\nlea,SAFE-1,1/14/2024\n", check_only=True)
    assert checked.rows[-2:] == [(4, "created", []), (5, "rejected", ["R302"])]
    assert checked.batch.problems == [{"code": "F007", "params": {"field": "completed_on", "a": 4, "b": 5}}]
    assert checked.summary["dates"]["completed_on"] == {
        "ambiguous": 2,
        "sample": "1/2/2024",
        "only": {"dmy": 1, "mdy": 1},
        "first_row": {"dmy": 4, "mdy": 5},
        "first_text": {"dmy": "13/1/2024", "mdy": "1/14/2024"},
    }


# --- the mapping (E-08, E-09, F004) ------------------------------------------------------------------------------


def test_L62_F004_a_needed_field_without_a_column_cannot_be_checked(cast: Cast, imports: Imports) -> None:
    uploaded = imports.upload("completions", "username,completion date\nbob,2024-05-01\n")
    mapping = {"columns": {"username": 0, "completed_on": 1}, "fixed": {}}
    missing = missing_columns(get_importer("completions"), Mapping.from_json(mapping))
    assert [column.key for column in missing] == ["course_code"]
    with tenant_scope(cast.acme.pk), pytest.raises(StateConflict):
        request_check(uploaded.batch, actor=cast.adam, mapping=mapping, options={})


def test_E09_one_course_and_one_date_for_the_whole_file(cast: Cast, run_import: Run) -> None:
    done = run_import(
        "completions", "username\nbob\nben\n", fixed={"course_code": "SAFE-1", "completed_on": "2024-05-01"}
    )
    assert done.outcomes == ["created", "created"]
    assert current_results(cast.acme) == [("ben", "SAFE-1", "2024-05-01"), ("bob", "SAFE-1", "2024-05-01")]


@pytest.mark.parametrize(
    ("find_by", "value"), [("username", "BOB"), ("email", "Bob@ACME.example"), ("employee_id", "000123")]
)
def test_E08_people_are_found_by_one_of_three(cast: Cast, run_import: Run, find_by: str, value: str) -> None:
    done = run_import("completions", f"{HEAD}{value},SAFE-1,2024-05-01\n", find_by=find_by)
    assert done.outcomes == ["created"]
    assert current_results(cast.acme) == [("bob", "SAFE-1", "2024-05-01")]


def test_E57_columns_are_recognised_by_german_names_in_any_order(cast: Cast, run_import: Run) -> None:
    done = run_import("completions", "Abgeschlossen am;Kurscode;Bemerkung;Benutzername\n1.5.2024;SAFE-1;gut;bob\n")
    assert done.outcomes == ["created"]
    assert current_results(cast.acme) == [("bob", "SAFE-1", "2024-05-01")]


def test_L18_a_file_without_column_names_loses_no_record(run_import: Run) -> None:
    done = run_import(
        "completions",
        "bob,SAFE-1,2024-05-01\nben,SAFE-1,2024-05-01\n",
        read_options={"header_row": 0},
        fields={"username": "Column 1", "course_code": "Column 2", "completed_on": "Column 3"},
    )
    assert done.rows == [(1, "created", []), (2, "created", [])]


# --- whose reach counts, and faults of ours ------------------------------------------------------------------------


def test_a_check_can_be_made_again_after_a_refusal(imports: Imports, run_import: Run) -> None:
    stops = {"failure_mode": "stop_if_any"}
    refused = run_import("completions", HEAD + "bob,SAFE-1,2024-05-01\nnobody,SAFE-1,2024-05-01\n", options=stops)
    again = imports.check(refused)
    assert (refused.state, again.state, again.planned) == ("refused", "ready", {"created": 1, "rejected": 1})


class ForgetfulImporter(CompletionsImporter):
    """The completions importer with a bug while rows are read."""

    def stage_row(self, values: dict[str, Any], *, problems: list[Any], context: RunContext) -> StagedRow:
        raise KeyError(values["username"])


def test_P18_a_check_that_fails_by_our_fault_says_so_and_can_go_on(
    cast: Cast, imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lms.imports.working.OUTAGE_SECONDS", 0)
    uploaded = imports.upload("completions", HEAD + "bob,SAFE-1,2024-05-01\n")
    with monkeypatch.context() as broken:
        broken.setitem(registry._registry, "completions", ForgetfulImporter())  # noqa: SLF001
        failed = imports.check(uploaded)
    assert (failed.state, failed.batch.failed_in, failed.rows) == ("failed", "checking", [])
    assert len(failed.batch.reference) == 7
    again = imports.go_on(failed)
    assert (again.state, again.planned) == ("ready", {"created": 1})
    with tenant_scope(cast.acme.pk):
        assert AuditEvent.objects.filter(action="imports.batch.continued").count() == 1


def test_the_reach_of_who_uploaded_counts_at_the_check(cast: Cast, imports: Imports) -> None:
    uploaded = imports.upload("completions", HEAD + "bob,SAFE-1,2024-05-01\ncarl,SAFE-1,2024-05-01\n", as_="lea")
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.lea.pk).update(is_active=False)
    assert imports.check(uploaded).planned == {"rejected": 2}


def test_a_second_look_at_the_same_check_writes_the_log_anew(cast: Cast, imports: Imports, run_import: Run) -> None:
    checked = run_import("completions", HEAD + "bob,SAFE-1,2024-05-01\n", check_only=True)
    again = imports.check(checked)
    assert again.rows == checked.rows
    with tenant_scope(cast.acme.pk):
        assert ImportBatch.objects.get().rows().count() == 1
