"""Chunks, the lane's fence, what changed since the check, faults of ours (E-25, E-50, E-58, E-62 to E-64)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from lms.courses.models import Course
from lms.imports.applying import LOSSES_BEFORE_SHRINKING, apply_chunk, make_reference, note_attempt
from lms.imports.lanes import Claim, LostLease, claim_work, give_back
from lms.imports.models import ImportBatch, WorkLane
from lms.imports.working import work_once
from lms.notifications.models import MessageSwitch
from lms.people.models import Membership, Promotion, User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import completions, current_results, describe_standing, dump_tables

Run = Callable[..., Imported]
HEAD = "username,course code,completion date\n"
PEOPLE = ("adam", "alice", "ben", "bob", "carl", "lea")
# Groups of one, two and three rows, rows that fail, rows that repeat.
MANY = (
    HEAD
    + "".join(f"{name},SAFE-1,2024-05-01\n" for name in PEOPLE)
    + "bob,SAFE-1,2022-05-01\nbob,SAFE-1,2023-05-01\nben,FIRE-2,2023-05-01\nben,FIRE-2,2023-05-01\nnobody,SAFE-1,2024-05-01\n"
    + "carl,OLD-9,2014-05-01\nbob,SAFE-1,31/02/2024\n"
)


def take() -> Claim:
    claim = claim_work()
    assert claim is not None
    return claim


def expire_leases() -> None:
    """Whoever holds a lane has been silent for too long."""
    WorkLane.objects.update(lease_until=timezone.now() - dt.timedelta(minutes=1))


def apply_one(cast: Cast, claim: Claim) -> bool:
    with tenant_scope(cast.acme.pk):
        return apply_chunk(claim, tenant=Tenant.objects.get(pk=cast.acme.pk))


def queue(imports: Imports, run_import: Run, content: str, **answers: Any) -> Imported:
    return imports.confirm(run_import("completions", content, check_only=True, **answers), works=False)


# --- chunks ----------------------------------------------------------------------------------------------------


def test_P7_the_size_of_chunks_changes_nothing(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings
) -> None:
    pictures = []
    for size in (1, 3, 1000):
        settings.IMPORT_CHUNK_ROWS = size
        before = dump_tables(cast.acme)
        imported = run_import("completions", MANY)
        pictures.append(
            (imported.state, imported.counts, imported.rows, describe_standing(cast.acme, with_origin=False))
        )
        undone = imports.undo(imported)
        assert undone.batch.undo_summary == {"removed": 10, "restored": 0, "kept": 0}
        assert dump_tables(cast.acme) == before
    assert pictures[0] == pictures[1] == pictures[2]
    assert pictures[0][1] == {"created": 7, "added_to_history": 3, "unchanged": 1, "rejected": 2}


def test_E63_a_chunk_never_splits_a_person_and_course(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings
) -> None:
    settings.IMPORT_CHUNK_ROWS = 2
    queue(imports, run_import, HEAD + "bob,SAFE-1,2021-05-01\nbob,SAFE-1,2022-05-01\nbob,SAFE-1,2023-05-01\n")
    assert apply_one(cast, take()) is False
    assert len(completions(cast.acme)) == 3


def test_E63_E64_progress_is_committed_chunk_by_chunk(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings
) -> None:
    settings.IMPORT_CHUNK_ROWS = 2
    queued = queue(imports, run_import, MANY)
    claim = take()
    seen = []
    more = True
    while more:
        more = apply_one(cast, claim)
        batch = imports.load(queued.batch).batch
        done = sum(batch.counts.values())
        seen.append((batch.state, batch.progress, done - batch.counts["rejected"], len(completions(cast.acme))))
    assert seen == [
        ("applying", 2, 2, 2),
        ("applying", 3, 3, 3),
        ("applying", 6, 6, 6),
        ("applying", 7, 7, 7),
        ("applying", 9, 9, 8),
        ("completed_with_errors", 11, 11, 10),
    ]


# Tenant, batch (read, locked), actor, lane, rows, people, courses; 9 of facts, among them switches and courses' terms;
# 6 of writing; 2 that take back mails and notices of obligations now met; progress; scope.
STATEMENTS_OF_A_CHUNK = 30
STATEMENTS_AROUND = 6
# With messages to send: fill the temporary table (2), notices, mails. At the end: release both, announce.
STATEMENTS_OF_MESSAGES = 4
STATEMENTS_OF_RELEASING = 3


@pytest.mark.parametrize(("size", "chunks"), [(100, 1), (2, 3)])
def test_the_number_of_statements_depends_on_chunks_not_on_rows(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings, size: int, chunks: int
) -> None:
    settings.IMPORT_CHUNK_ROWS = size
    queue(imports, run_import, HEAD + "".join(f"{name},SAFE-1,2024-05-01\n" for name in PEOPLE))
    claim = take()
    with CaptureQueriesContext(
        connection,
    ) as captured:
        for _ in range(chunks):
            apply_one(cast, claim)
    assert len(captured) == STATEMENTS_AROUND + chunks * STATEMENTS_OF_A_CHUNK


@pytest.mark.parametrize(("choice", "more"), [("suppress", False), ("send", True)])
@pytest.mark.parametrize(("size", "chunks"), [(100, 1), (2, 3)])
def test_messages_cost_statements_only_where_some_are_sent(
    cast: Cast,
    imports: Imports,
    run_import: Run,
    settings: Settings,
    *,
    size: int,
    chunks: int,
    choice: str,
    more: bool,
) -> None:
    settings.IMPORT_CHUNK_ROWS = size
    with tenant_scope(cast.acme.pk):
        MessageSwitch.objects.create(tenant=cast.acme, kind="course_assigned", is_on=True)
    content = HEAD + "".join(f"{name},SAFE-1,2024-05-01\n" for name in PEOPLE)
    imports.confirm(run_import("completions", content, check_only=True), messages=choice, works=False)
    claim = take()
    with CaptureQueriesContext(connection) as captured:
        for _ in range(chunks):
            apply_one(cast, claim)
    expected = STATEMENTS_AROUND + chunks * STATEMENTS_OF_A_CHUNK
    expected += (chunks * STATEMENTS_OF_MESSAGES + STATEMENTS_OF_RELEASING) if more else 0
    assert len(captured) == expected


# --- the fence (E-62) --------------------------------------------------------------------------------------------


def test_E62_a_worker_that_lost_its_lease_can_commit_nothing(cast: Cast, imports: Imports, run_import: Run) -> None:
    queue(imports, run_import, MANY)
    zombie = take()
    assert claim_work() is None, "the lane is held"
    expire_leases()
    successor = take()
    assert successor.fencing_token == zombie.fencing_token + 1
    with pytest.raises(LostLease):
        apply_one(cast, zombie)
    assert completions(cast.acme) == []
    assert apply_one(cast, successor) is False
    with pytest.raises(LostLease):
        apply_one(cast, zombie)
    assert len(completions(cast.acme)) == 10


def test_E62_imports_are_applied_in_the_order_of_their_confirmation(
    cast: Cast, imports: Imports, run_import: Run
) -> None:
    first = run_import("completions", HEAD + "bob,SAFE-1,2020-05-01\n", check_only=True)
    second = run_import("completions", HEAD + "bob,SAFE-1,2024-05-01\n", check_only=True)
    imports.confirm(second, works=False)
    imports.confirm(first, works=False)
    imports.work()
    assert current_results(cast.acme) == [("bob", "SAFE-1", "2020-05-01")]


# --- what changed since the check (E-25) ---------------------------------------------------------------------------


def test_L09_E25_R901_a_promotion_taken_away_in_between_fails_the_rows(
    cast: Cast, imports: Imports, run_import: Run
) -> None:
    queued = queue(imports, run_import, HEAD + "bob,SAFE-1,2024-05-01\nben,SAFE-1,2024-05-01\n", as_="lea")
    with tenant_scope(cast.acme.pk):
        Promotion.objects.filter(person=cast.lea).delete()
    imports.work()
    done = imports.load(queued.batch)
    assert [(row, outcome, codes[0]) for row, outcome, codes in done.rows] == [
        (2, "rejected", "R901"),
        (3, "rejected", "R901"),
    ]
    assert (done.state, done.counts, done.batch.changed_rows) == ("completed_with_errors", {"rejected": 2}, 2)
    assert completions(cast.acme) == []


def test_E25_R901_one_person_who_moved_fails_alone(cast: Cast, imports: Imports, run_import: Run) -> None:
    queued = queue(imports, run_import, HEAD + "bob,SAFE-1,2024-05-01\nben,SAFE-1,2024-05-01\n", as_="lea")
    with tenant_scope(cast.acme.pk):
        Membership.objects.filter(person=cast.ben).update(team=cast.ward_b)
    imports.work()
    assert imports.load(queued.batch).rows == [(2, "created", []), (3, "rejected", ["R901"])]


def test_E25_R901_a_course_closed_in_between_fails_its_rows(cast: Cast, imports: Imports, run_import: Run) -> None:
    queued = queue(imports, run_import, HEAD + "bob,SAFE-1,2024-05-01\nbob,FIRE-2,2024-05-01\n")
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.fire.pk).update(open_for_import=False)
    imports.work()
    assert imports.load(queued.batch).rows == [(2, "created", []), (3, "rejected", ["R901"])]


def test_E25_R903_a_row_that_turns_out_differently_is_applied_and_listed(
    cast: Cast, imports: Imports, run_import: Run
) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.ben.pk).update(is_active=False)
    content = HEAD + "bob,SAFE-1,2024-05-01\nben,SAFE-1,2024-05-01\n"
    first = run_import("completions", content, check_only=True)
    second = run_import("completions", HEAD + "bob,SAFE-1,2020-05-01\nben,SAFE-1,2024-05-01\n", check_only=True)
    for imported in (first, second):
        imports.confirm(imported, works=False)
    assert (first.planned, second.planned) == ({"created": 2}, {"created": 2})
    imports.work()
    assert imports.load(first.batch).rows == [(2, "created", []), (3, "created", ["R104"])]
    done = imports.load(second.batch)
    assert done.rows == [(2, "updated", ["R402", "R903"]), (3, "unchanged", ["R104", "R401", "R903"])]
    assert (done.counts, done.batch.changed_rows) == ({"updated": 1, "unchanged": 1}, 2)
    assert current_results(cast.acme) == [("ben", "SAFE-1", "2024-05-01"), ("bob", "SAFE-1", "2020-05-01")]


# --- stop if any row is bad (E-58) -----------------------------------------------------------------------------------


def test_E58_stop_if_any_is_judged_on_the_check(cast: Cast, run_import: Run) -> None:
    refused = run_import("completions", MANY, options={"failure_mode": "stop_if_any"})
    assert (refused.state, refused.counts) == ("refused", {})
    assert refused.planned == {"created": 7, "added_to_history": 3, "unchanged": 1, "rejected": 2}
    assert completions(cast.acme) == []


def test_E58_stop_if_any_applies_in_one_transaction(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings
) -> None:
    settings.IMPORT_CHUNK_ROWS = 1
    queue(imports, run_import, HEAD + "bob,SAFE-1,2024-05-01\nben,SAFE-1,2024-05-01\n",
          options={"failure_mode": "stop_if_any"})  # fmt: skip
    assert apply_one(cast, take()) is False
    assert len(completions(cast.acme)) == 2


def test_E58_R901_stop_if_any_also_stops_for_what_became_bad_since(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings
) -> None:
    settings.IMPORT_CHUNK_ROWS = 1
    queued = queue(
        imports,
        run_import,
        HEAD + "ben,FIRE-2,2024-05-01\nbob,SAFE-1,2024-05-01\n",
        options={"failure_mode": "stop_if_any"},
    )
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.safe.pk).update(open_for_import=False)
    imports.work()
    refused = imports.load(queued.batch)
    assert (refused.state, refused.codes, refused.counts) == ("refused", ["F015"], {})
    assert refused.rows == [(2, "created", []), (3, "rejected", ["R901"])]
    assert refused.planned == {"created": 1, "rejected": 1}
    assert completions(cast.acme) == []
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.safe.pk).update(open_for_import=True)
    again = imports.confirm(imports.check(refused, options={"failure_mode": "stop_if_any"}))
    assert (again.state, again.counts) == ("completed", {"created": 2})


# --- cancelling between chunks (E-64) ----------------------------------------------------------------------------------


def test_E64_E50_cancelled_between_chunks_and_the_rest_imported_later(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings
) -> None:
    settings.IMPORT_CHUNK_ROWS = 2
    queued = queue(imports, run_import, MANY)
    claim = take()
    assert apply_one(cast, claim) is True
    assert imports.cancel(queued).state == "applying"
    give_back(claim)
    imports.work()
    cancelled = imports.load(queued.batch)
    assert (cancelled.state, cancelled.counts) == ("cancelled", {"created": 2, "not_processed": 9, "rejected": 2})
    assert len(completions(cast.acme)) == 2
    assert cancelled.outcomes.count("not_processed") == 9
    done = imports.go_on(cancelled)
    assert done.counts == {"created": 7, "added_to_history": 3, "unchanged": 1, "rejected": 2}
    assert len(completions(cast.acme)) == 10
    undone = imports.undo(done)
    assert (undone.state, completions(cast.acme)) == ("undone", [])


def test_E68_a_cancelled_import_can_be_undone(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings
) -> None:
    settings.IMPORT_CHUNK_ROWS = 2
    before = dump_tables(cast.acme)
    queued = queue(imports, run_import, MANY)
    claim = take()
    apply_one(cast, claim)
    imports.cancel(queued)
    give_back(claim)
    imports.work()
    assert imports.undo(queued).state == "undone"
    assert dump_tables(cast.acme) == before


# --- losses (E-63) ---------------------------------------------------------------------------------------------------


def test_E63_a_chunk_lost_twice_is_tried_at_a_tenth_of_its_size(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings
) -> None:
    """A killed worker leaves nothing but its claim."""
    settings.IMPORT_CHUNK_ROWS = 100
    queued = queue(imports, run_import, MANY)
    sizes = []
    for _ in range(2 * LOSSES_BEFORE_SHRINKING + 1):
        expire_leases()
        with tenant_scope(cast.acme.pk):
            note_attempt(take())
            sizes.append(ImportBatch.objects.get(pk=queued.batch.pk).chunk_rows)
    assert sizes == [0, 0, 10, 10, 1]
    expire_leases()
    imports.work()
    assert imports.load(queued.batch).counts == {"created": 7, "added_to_history": 3, "unchanged": 1, "rejected": 2}


def test_P18_references_have_no_letters_that_look_alike() -> None:
    made = {make_reference() for _ in range(200)}
    assert len(made) > 190
    assert all(len(one) == 7 and set(one).isdisjoint("01IOL") for one in made)


def test_a_message_too_many_finds_nothing_to_do(imports: Imports, run_import: Run) -> None:
    run_import("completions", MANY)
    assert work_once() is False
    imports.work()
