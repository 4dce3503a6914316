"""Messages and what happens in between: changes before the apply, cancel, withdrawing, undo (E-19, E-21, E-61, P15, W17)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from lms.audit.models import AuditEvent
from lms.courses.models import Course
from lms.imports import applying
from lms.imports.applying import fail_batch
from lms.imports.confirming import continue_batch
from lms.imports.lanes import give_back
from lms.imports.messaging.counting import read_totals
from lms.imports.messaging.writing import withdraw_import_messages
from lms.imports.retention import run_retention
from lms.imports.transitions import StateConflict
from lms.notifications.messages import count_messages
from lms.notifications.models import MessageSwitch, OutboxMessage
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.message_data import (
    EXPECTED,
    HEAD,
    RETAKES,
    caused_mails,
    caused_notices,
    check,
    days_ago,
    mixed_file,
    prepare_courses,
    told,
)
from tests.lms.imports.test_applying import apply_one, take
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports

Run = Callable[..., Imported]


@pytest.fixture(autouse=True)
def _courses(cast: Cast) -> None:
    prepare_courses(cast)


# --- what changes between check and apply (E-25, E-61) -----------------------------------------------------------


def between(cast: Cast, imports: Imports, run_import: Run, change: Callable[[], object]) -> Imported:
    """Confirm, change something, then let the worker apply."""
    checked = check(cast, run_import)
    imports.confirm(checked, messages="send", works=False)
    with tenant_scope(cast.acme.pk):
        change()
    imports.work()
    return imports.load(checked.batch)


def test_E19_who_is_deactivated_in_between_gets_nothing(cast: Cast, imports: Imports, run_import: Run) -> None:
    people = User.objects.filter(pk=cast.bob.pk)
    done = between(cast, imports, run_import, lambda: people.update(is_active=False))
    assert told(cast, done) == [mail for mail in EXPECTED if mail[0] != "bob"]
    assert {notice[0] for notice in caused_notices(cast.acme, done.batch)} == {"ben", "carl"}
    with tenant_scope(cast.acme.pk):
        plans = {row.row_no: row.plan.get("messages") for row in done.batch.rows()}
    assert (plans[2], plans[3], plans[7]) == (None, None, ["course_assigned"]), "the results say what was sent"


def test_E61_a_switch_that_is_turned_off_in_between_counts(cast: Cast, imports: Imports, run_import: Run) -> None:
    courses = Course.objects.filter(pk=cast.safe.pk)
    done = between(cast, imports, run_import, lambda: courses.update(message_switches={"non_compliant": False}))
    assert told(cast, done) == [mail for mail in EXPECTED if mail[1] != "non_compliant"]


def test_E61_what_the_check_did_not_show_is_not_sent(cast: Cast, imports: Imports, run_import: Run) -> None:
    done = between(
        cast,
        imports,
        run_import,
        lambda: MessageSwitch.objects.create(tenant=cast.acme, kind="course_completed", is_on=True),
    )
    assert told(cast, done) == EXPECTED


def test_E61_midnight_in_between_adds_nothing(cast: Cast, imports: Imports, run_import: Run) -> None:
    """In the retake window when it was checked, non-compliant when it is applied: neither is told."""
    content = HEAD + f"bob,SAFE-1,{days_ago(cast.acme, 365)}\ncarl,SAFE-1,{days_ago(cast.acme, 334)}\n"
    checked = run_import("completions", content, check_only=True, options=RETAKES)
    assert {kind: counts["messages"] for kind, counts in checked.summary["messages"]["kinds"].items()} == {
        "course_assigned": 2,
        "retake_open": 1,
    }
    imports.confirm(checked, messages="send", works=False)
    with time_machine.travel(timezone.now() + dt.timedelta(days=1), tick=False):
        imports.work()
    done = imports.load(checked.batch)
    assert told(cast, done) == [("bob", "course_assigned", ["SAFE-1"]), ("carl", "course_assigned", ["SAFE-1"])]


def test_E19_nobody_is_told_about_the_time_away(cast: Cast, run_import: Run) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(active_since=days_ago(cast.acme, 3))
        User.objects.filter(pk=cast.ben.pk).update(is_active=False)
    checked = check(cast, run_import)
    shown = {row: plan for row, plan in _kinds_by_row(cast, checked).items() if plan}
    assert shown == {2: ["course_assigned"], 3: ["course_assigned"], 7: ["course_assigned"]}


def _kinds_by_row(cast: Cast, imported: Imported) -> dict[int, list[str]]:
    with tenant_scope(cast.acme.pk):
        return {row.row_no: row.plan.get("messages", []) for row in imported.batch.rows()}


# --- the end of the import, withdrawing, undo (E-21, P15) ----------------------------------------------------------


def test_E21_messages_wait_for_the_end_of_the_import(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings
) -> None:
    settings.IMPORT_CHUNK_ROWS = 1
    checked = check(cast, run_import)
    imports.confirm(checked, messages="send", works=False)
    apply_one(cast, take())
    assert {mail[2] for mail in caused_mails(cast.acme, checked.batch)} == {"held"}
    assert {notice[2] for notice in caused_notices(cast.acme, checked.batch)} == {True}


@pytest.mark.parametrize("minutes", [0, 2])
def test_E21_then_they_go_out_after_the_organisations_hold(
    cast: Cast, imports: Imports, run_import: Run, minutes: int
) -> None:
    type(cast.acme).objects.filter(pk=cast.acme.pk).update(message_hold_minutes=minutes)
    done = imports.confirm(check(cast, run_import), messages="send")
    first = _first_at(cast, done)
    waits = (first - done.batch.finished_at).total_seconds() if done.batch.finished_at else -1
    assert minutes * 60 - 1 <= waits <= minutes * 60 + 5


def test_E21_or_at_the_chosen_hour(cast: Cast, imports: Imports, run_import: Run) -> None:
    moment = timezone.now() + dt.timedelta(hours=20)
    done = imports.confirm(check(cast, run_import), messages="send", send_at=moment.isoformat())
    assert (_first_at(cast, done), done.batch.send_at) == (moment, moment)


def _first_at(cast: Cast, imported: Imported) -> dt.datetime:
    with tenant_scope(cast.acme.pk):
        first = count_messages(batch_id=imported.batch.pk).first_at
    assert first is not None
    return first


def test_E21_P15_cancelled_nobody_is_told_and_the_rest_is_told_once(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings
) -> None:
    settings.IMPORT_CHUNK_ROWS = 1
    checked = check(cast, run_import)
    imports.confirm(checked, messages="send", works=False)
    claim = take()
    apply_one(cast, claim)
    imports.cancel(checked)
    apply_one(cast, claim)
    stopped = imports.load(checked.batch)
    assert (stopped.state, stopped.batch.checkpoint) == ("cancelled", 1)
    assert {mail[2] for mail in caused_mails(cast.acme, stopped.batch)} == {"withdrawn"}
    assert caused_notices(cast.acme, stopped.batch) == []
    give_back(claim, wait_seconds=0)
    done = imports.go_on(stopped)
    assert done.state == "completed"
    sent = [mail for mail in caused_mails(cast.acme, done.batch) if mail[2] == "queued"]
    assert [(person, kind, codes) for person, kind, _, codes in sent] == [
        ("ben", "course_assigned", ["SAFE-1"]),
        ("ben", "non_compliant", ["SAFE-1"]),
        ("bob", "course_assigned", ["FIRE-2"]),
        ("bob", "retake_open", ["FIRE-2"]),
        ("carl", "course_assigned", ["SAFE-1"]),
    ]


def test_P15_undone_before_they_left_nobody_is_told(cast: Cast, imports: Imports, run_import: Run) -> None:
    done = imports.confirm(check(cast, run_import), messages="send")
    waiting = imports.undo(done, works=False)
    assert told(cast, waiting, state="withdrawn") == EXPECTED, "at once, not when the undo's turn comes"
    imports.work()
    undone = imports.load(done.batch)
    assert undone.batch.undo_summary == {
        "removed": 6,
        "restored": 0,
        "kept": 0,
        "messages_withdrawn": 6,
        "messages_sent": 0,
    }
    assert caused_notices(cast.acme, undone.batch) == []


def test_W17_undone_afterwards_it_says_how_many_cannot_be_called_back(
    cast: Cast, imports: Imports, run_import: Run
) -> None:
    done = imports.confirm(check(cast, run_import), messages="send")
    with tenant_scope(cast.acme.pk):
        sent = OutboxMessage.objects.filter(batch_id=done.batch.pk, recipient_id=cast.bob.pk).update(state="sent")
    undone = imports.undo(done).batch.undo_summary
    assert (undone["messages_sent"], undone["messages_withdrawn"]) == (sent, 3) == (3, 3)


def test_E21_they_can_be_withdrawn_by_hand(cast: Cast, imports: Imports, run_import: Run) -> None:
    done = imports.confirm(check(cast, run_import), messages="send")
    with tenant_scope(cast.acme.pk):
        assert withdraw_import_messages(done.batch, actor=cast.adam) == 6
        events = AuditEvent.objects.filter(action="imports.batch.messages_withdrawn", batch_id=done.batch.pk)
        assert [event.details for event in events] == [{"withdrawn": 6}]
    assert told(cast, done, state="withdrawn") == EXPECTED
    assert (imports.load(done.batch).batch.messages, caused_notices(cast.acme, done.batch)) == ("send", [])


def test_E21_withdrawn_while_it_runs_the_rest_sends_nothing(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings
) -> None:
    settings.IMPORT_CHUNK_ROWS = 1
    checked = check(cast, run_import)
    imports.confirm(checked, messages="send", works=False)
    claim = take()
    apply_one(cast, claim)
    with tenant_scope(cast.acme.pk):
        withdraw_import_messages(checked.batch, actor=cast.adam)
    while apply_one(cast, claim):
        pass
    done = imports.load(checked.batch)
    assert (done.state, done.batch.messages) == ("completed", "suppress")
    assert {mail[2] for mail in caused_mails(cast.acme, done.batch)} == {"withdrawn"}


def test_what_sends_nothing_cannot_be_withdrawn(cast: Cast, imports: Imports, run_import: Run) -> None:
    done = imports.confirm(check(cast, run_import), messages="suppress")
    with tenant_scope(cast.acme.pk), pytest.raises(StateConflict):
        withdraw_import_messages(done.batch, actor=cast.adam)


# --- faults of ours (E-63) -----------------------------------------------------------------------------------------


def fail_halfway(cast: Cast, imports: Imports, run_import: Run, settings: Settings) -> Imported:
    """Let the import fail after its first chunk."""
    settings.IMPORT_CHUNK_ROWS = 1
    checked = check(cast, run_import)
    imports.confirm(checked, messages="send", works=False)
    claim = take()
    apply_one(cast, claim)
    with tenant_scope(cast.acme.pk):
        fail_batch(claim, reference="7F3K-2Q")
    give_back(claim, wait_seconds=0)
    return imports.load(checked.batch)


def test_E61_failed_they_stay_held_and_going_on_sends_each_once(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings
) -> None:
    failed = fail_halfway(cast, imports, run_import, settings)
    assert failed.state == "failed"
    assert {mail[2] for mail in caused_mails(cast.acme, failed.batch)} == {"held"}
    done = imports.go_on(failed)
    assert (done.state, told(cast, done)) == ("completed", EXPECTED)


def test_P15_a_failed_import_that_goes_on_and_is_cancelled_in_its_lane_sends_nothing(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings
) -> None:
    failed = fail_halfway(cast, imports, run_import, settings)
    with tenant_scope(cast.acme.pk):
        continue_batch(failed.batch, actor=cast.adam)
    cancelled = imports.cancel(failed)
    assert cancelled.state == "cancelled"
    assert {mail[2] for mail in caused_mails(cast.acme, cancelled.batch)} == {"withdrawn"}
    assert caused_notices(cast.acme, cancelled.batch) == []


def test_E67_a_failed_import_whose_details_are_deleted_holds_nothing_any_more(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings
) -> None:
    failed = fail_halfway(cast, imports, run_import, settings)
    run_retention(cast.acme, today=failed.batch.purge_on)
    purged = imports.load(failed.batch)
    assert {mail[2] for mail in caused_mails(cast.acme, purged.batch)} == {"withdrawn"}
    totals = read_totals(purged.batch)
    assert (totals.messages, totals.sample) == (6, {}), "numbers stay, samples go"


def test_R902_a_row_that_is_passed_over_tells_nobody(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.IMPORT_CHUNK_ROWS = 1

    def die(name: str, *, rows: Any = ()) -> None:
        if name == "chunk.rows" and 7 in rows:
            raise MemoryError

    monkeypatch.setattr(applying, "reach", die)
    done = imports.confirm(check(cast, run_import), messages="send")
    assert (done.state, done.rows[5]) == ("completed_with_errors", (7, "errored", ["R902"]))
    assert told(cast, done) == [mail for mail in EXPECTED if mail[0] != "carl"]


def test_E58_an_import_that_stops_because_a_row_became_bad_tells_nobody(
    cast: Cast, imports: Imports, run_import: Run
) -> None:
    checked = run_import(
        "completions",
        mixed_file(cast.acme),
        check_only=True,
        options=RETAKES | {"failure_mode": "stop_if_any"},
    )
    imports.confirm(checked, messages="send", works=False)
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.fire.pk).update(open_for_import=False)
    imports.work()
    refused = imports.load(checked.batch)
    assert (refused.state, caused_mails(cast.acme, refused.batch)) == ("refused", [])
