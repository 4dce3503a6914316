"""Confirming, the brake, stale checks, cancelling and going on (E-15, E-18, E-25, E-39, E-64, E-70)."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from lms.audit.models import AuditEvent
from lms.courses.models import Course
from lms.imports.confirming import (
    BRAKE_MINIMUM,
    ConfirmationRefused,
    TypedNumber,
    cancel_batch,
    confirm_batch,
    continue_batch,
    is_stale,
    needs_typed_number,
)
from lms.imports.models import ImportBatch, State, WorkItem
from lms.imports.transitions import StateConflict
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast, add_person
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import completions, current_results

Run = Callable[..., Imported]
HEAD = "username,course code,completion date\n"
BOB = HEAD + "bob,SAFE-1,2024-05-01\n"


def make_old(imported: Imported, *, hours: int) -> None:
    with tenant_scope(imported.batch.tenant_id):
        ImportBatch.objects.filter(pk=imported.batch.pk).update(checked_at=timezone.now() - dt.timedelta(hours=hours))


# --- confirming (E-18) --------------------------------------------------------------------------------------


def test_E18_a_second_confirmation_changes_nothing(cast: Cast, imports: Imports, run_import: Run) -> None:
    checked = run_import("completions", BOB, check_only=True)
    imports.confirm(checked, works=False)
    again = imports.confirm(checked, works=False)
    assert (again.state, again.batch.sequence) == ("queued", 1)
    imports.work()
    done = imports.confirm(checked)
    assert (done.state, done.counts) == ("completed", {"created": 1})
    assert completions(cast.acme) == [("bob", "SAFE-1", "2024-05-01")]


def test_only_a_checked_import_can_be_confirmed(cast: Cast, imports: Imports) -> None:
    uploaded = imports.upload("completions", BOB)
    with tenant_scope(cast.acme.pk), pytest.raises(StateConflict):
        confirm_batch(uploaded.batch, actor=cast.adam, answers={})


def test_E15_options_can_be_switched_on_the_review_without_a_new_upload(imports: Imports, run_import: Run) -> None:
    run_import("completions", HEAD + "bob,SAFE-1,2025-05-01\n")
    checked = run_import("completions", BOB, check_only=True)
    switched = imports.check(checked, options={"policy": "newest_date"})
    assert (checked.planned, switched.planned) == ({"updated": 1}, {"added_to_history": 1})
    assert (switched.state, switched.number) == ("ready", checked.number)


# --- the check grows old (E-25) ------------------------------------------------------------------------------


def test_E18_E25_an_old_check_is_repeated_and_goes_on_by_itself_with_the_same_numbers(
    imports: Imports, run_import: Run
) -> None:
    checked = run_import("completions", BOB, check_only=True)
    make_old(checked, hours=25)
    going = imports.confirm(checked, works=False)
    assert going.state == "checking"
    imports.work()
    assert imports.load(checked.batch).state == "completed"


def test_E25_a_check_of_today_holds(cast: Cast, run_import: Run) -> None:
    checked = run_import("completions", BOB, check_only=True)
    with tenant_scope(cast.acme.pk):
        assert not is_stale(ImportBatch.objects.get(pk=checked.batch.pk))
    make_old(checked, hours=23)
    with tenant_scope(cast.acme.pk):
        assert not is_stale(ImportBatch.objects.get(pk=checked.batch.pk))
    make_old(checked, hours=25)
    with tenant_scope(cast.acme.pk):
        assert is_stale(ImportBatch.objects.get(pk=checked.batch.pk))


def test_E25_another_import_in_between_that_changes_a_number_asks_again(imports: Imports, run_import: Run) -> None:
    checked = run_import("completions", BOB, check_only=True)
    run_import("completions", BOB)
    asked = imports.confirm(checked)
    assert (asked.state, asked.batch.numbers_changed, asked.planned) == ("ready", True, {"unchanged": 1})
    assert imports.confirm(asked).counts == {"unchanged": 1}


def test_E25_another_import_in_between_that_changes_no_number_goes_on(imports: Imports, run_import: Run) -> None:
    checked = run_import("completions", BOB, check_only=True)
    run_import("completions", HEAD + "carl,FIRE-2,2024-05-01\n")
    assert imports.confirm(checked).counts == {"created": 1}


def test_E25_an_undo_in_between_counts_as_well(imports: Imports, run_import: Run) -> None:
    first = run_import("completions", BOB)
    checked = run_import("completions", BOB, check_only=True)
    assert checked.planned == {"unchanged": 1}
    imports.undo(first)
    asked = imports.confirm(checked)
    assert (asked.state, asked.batch.numbers_changed, asked.planned) == ("ready", True, {"created": 1})


def test_E25_what_changed_by_other_means_asks_again_too(cast: Cast, imports: Imports, run_import: Run) -> None:
    checked = run_import("completions", BOB, check_only=True)
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.safe.pk).update(open_for_import=False)
    make_old(checked, hours=25)
    asked = imports.confirm(checked)
    assert (asked.state, asked.batch.numbers_changed, asked.rows) == ("ready", True, [(2, "rejected", ["R206"])])


# --- the brake (E-39) -----------------------------------------------------------------------------------------


@pytest.fixture
def ward(cast: Cast) -> list[str]:
    """People enough for the brake."""
    names = [f"p{number:02}" for number in range(BRAKE_MINIMUM)]
    with tenant_scope(cast.acme.pk):
        for name in names:
            add_person(cast.acme, name)
    return names


def rows_of(names: list[str], day: str) -> str:
    return HEAD + "".join(f"{name},SAFE-1,{day}\n" for name in names)


def test_E39_many_changed_results_ask_for_the_number_to_be_typed(
    cast: Cast, imports: Imports, run_import: Run, ward: list[str]
) -> None:
    assert run_import("completions", rows_of(ward, "2020-01-01")).state == "completed", "nothing existed: no brake"
    checked = run_import("completions", rows_of(ward, "2021-01-01"), check_only=True)
    assert (checked.summary["changed_current"], checked.summary["existing_current"]) == (10, 10)
    for typed in ("", "9", "ten"):
        with pytest.raises(ConfirmationRefused) as refused:
            imports.confirm(checked, typed=typed)
        assert (refused.value.reason, refused.value.number) == ("number", 10)
    assert imports.load(checked.batch).state == "ready"
    assert imports.confirm(checked, typed=" 10 ").counts == {"updated": 10}
    assert len(current_results(cast.acme)) == 10


def test_E39_the_share_is_the_tenants_setting_and_a_handful_never_brakes(
    cast: Cast, run_import: Run, ward: list[str]
) -> None:
    run_import("completions", rows_of(ward, "2020-01-01"))
    few = run_import("completions", rows_of(ward[:-1], "2021-01-01"), check_only=True)
    many = run_import("completions", rows_of(ward, "2021-01-01"), check_only=True)
    with tenant_scope(cast.acme.pk):
        asked = (needs_typed_number(few.batch), needs_typed_number(many.batch))
        assert asked == (None, TypedNumber(10, "changes"))
        Tenant.objects.filter(pk=cast.acme.pk).update(change_threshold_percent=100)
        assert needs_typed_number(many.batch) is None


# --- check and import in one go (E-70) ------------------------------------------------------------------------


def test_E70_check_and_import_confirms_by_itself(cast: Cast, imports: Imports) -> None:
    answers = {"actor": cast.adam.pk, "answers": {}}
    done = imports.check(imports.upload("completions", BOB), confirm_with=answers)
    assert (done.state, done.counts) == ("completed", {"created": 1})


def test_E70_it_waits_where_the_brake_asks_or_a_question_is_open(
    cast: Cast, imports: Imports, run_import: Run, ward: list[str]
) -> None:
    run_import("completions", rows_of(ward, "2020-01-01"))
    answers = {"actor": cast.adam.pk, "answers": {}}
    braked = imports.check(imports.upload("completions", rows_of(ward, "2021-01-01")), confirm_with=answers)
    assert (braked.state, braked.planned) == ("ready", {"updated": 10})
    asked = imports.check(
        imports.upload("completions", HEAD + "bob,FIRE-2,1/2/2024\n"),
        confirm_with=answers,
        is_date_order_answered=False,
    )
    assert (asked.state, asked.codes) == ("refused", ["F006"])


def test_E70_with_the_number_typed_before_it_goes_through_the_brake(
    cast: Cast, imports: Imports, run_import: Run, ward: list[str]
) -> None:
    run_import("completions", rows_of(ward, "2020-01-01"))
    answers = {"actor": cast.adam.pk, "answers": {"typed": "10"}}
    done = imports.check(imports.upload("completions", rows_of(ward, "2021-01-01")), confirm_with=answers)
    assert done.counts == {"updated": 10}


# --- cancelling and going on (E-64) ----------------------------------------------------------------------------


def test_a_waiting_import_is_cancelled_at_once(cast: Cast, imports: Imports, run_import: Run) -> None:
    uploaded = imports.cancel(imports.upload("completions", BOB))
    checked = imports.cancel(run_import("completions", BOB, check_only=True))
    assert (uploaded.state, checked.state) == ("cancelled", "cancelled")
    assert completions(cast.acme) == []
    with tenant_scope(cast.acme.pk), pytest.raises(StateConflict):
        cancel_batch(checked.batch, actor=cast.adam)


def test_E50_a_cancelled_check_says_of_every_row_that_it_was_not_processed(imports: Imports, run_import: Run) -> None:
    checked = run_import("completions", BOB + "nobody,SAFE-1,2024-05-01\n", check_only=True)
    cancelled = imports.cancel(checked)
    assert cancelled.rows == [(2, "not_processed", []), (3, "rejected", ["R102"])]
    assert cancelled.counts == {"not_processed": 1, "rejected": 1}


def test_a_queued_import_is_cancelled_and_can_still_be_imported(imports: Imports, run_import: Run) -> None:
    checked = run_import("completions", BOB + "nobody,SAFE-1,2024-05-01\n", check_only=True)
    imports.confirm(checked, works=False)
    cancelled = imports.cancel(checked)
    assert (cancelled.state, cancelled.counts) == ("cancelled", {"not_processed": 1, "rejected": 1})
    imports.work()
    assert imports.load(checked.batch).state == "cancelled"
    done = imports.go_on(cancelled)
    assert (done.state, done.counts) == ("completed_with_errors", {"created": 1, "rejected": 1})


def test_an_import_that_ended_has_nothing_to_go_on_with(cast: Cast, run_import: Run) -> None:
    done = run_import("completions", BOB)
    with tenant_scope(cast.acme.pk), pytest.raises(StateConflict):
        continue_batch(done.batch, actor=cast.adam)


def test_a_check_that_is_under_way_stops_when_cancelled(cast: Cast, imports: Imports) -> None:
    uploaded = imports.upload("completions", BOB)
    imports.check(uploaded, works=False)
    assert imports.cancel(uploaded).state == "checking"
    imports.work()
    cancelled = imports.load(uploaded.batch)
    assert (cancelled.state, cancelled.rows) == ("cancelled", [])
    with tenant_scope(cast.acme.pk):
        assert not WorkItem.objects.filter(subject_id=uploaded.batch.pk).exists()


def test_L45_the_confirmation_is_an_event_with_file_mapping_options_and_counts(cast: Cast, run_import: Run) -> None:
    done = run_import("completions", BOB)
    with tenant_scope(cast.acme.pk):
        events = {event.action: event for event in AuditEvent.objects.filter(batch_id=done.batch.pk)}
    confirmed, applied = events["imports.batch.confirmed"], events["imports.batch.applied"]
    assert (confirmed.action, confirmed.actor_id, confirmed.details) == (
        "imports.batch.confirmed",
        cast.adam.pk,
        {"planned": {"created": 1}, "messages": "none", "send_at": None, "messages_shown": {}},
    )
    assert (applied.action, applied.actor_id) == ("imports.batch.applied", cast.adam.pk)
    assert applied.details == {
        "file": "upload.csv",
        "sha256": done.batch.file_sha256,
        "mapping": done.batch.mapping,
        "options": {"policy": "latest_import", "opens_retakes": False, "failure_mode": "import_good"},
        "counts": {"created": 1},
        "changed_since_check": 0,
        "messages": "none",
    }
    assert done.batch.state == State.COMPLETED
