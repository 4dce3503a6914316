"""Undoing: the tenant as if the import had never been, in any order (E-33, E-34, E-68, L-35)."""

import datetime as dt
from collections.abc import Callable, Sequence

import pytest
from django.utils import timezone
from pytest_django import Settings

from completions.importers import CompletionsImporter
from completions.models import CourseResult, Origin, ResultChange
from completions.planning import Choices, plan_completions
from completions.recording import Source, record_completions
from completions.selectors import load_completion_facts
from lms.audit.models import AuditEvent
from lms.courses.models import CourseAssignment
from lms.imports import importer as registry
from lms.imports.importer import RowFacts, RunContext, UndoCounts, UndoRow
from lms.imports.lanes import claim_work, give_back
from lms.imports.models import ImportBatch
from lms.imports.transitions import StateConflict
from lms.imports.undoing import is_undoable, preview_undo, undo_chunk
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import completions, current_results, describe_standing, dump_tables

Run = Callable[..., Imported]
HEAD = "username,course code,completion date,score\n"
# Three imports that overlap: the same completion twice, others replaced, one newer and one older.
FILES = (
    HEAD + "bob,SAFE-1,2020-03-01,70\nben,SAFE-1,2020-03-01,\ncarl,FIRE-2,2020-03-01,\n",
    HEAD + "bob,SAFE-1,2018-03-03,\nben,SAFE-1,2020-03-01,\nben,SAFE-1,2022-03-01,\nlea,FIRE-2,2021-01-01,\n",
    HEAD + "bob,SAFE-1,2020-03-01,\nben,SAFE-1,2019-03-01,\ncarl,FIRE-2,2020-03-01,\nbob,OLD-9,2015-01-01,\n",
)


def record_by_hand(cast: Cast, name: str, day: str) -> None:
    """What the Record of Learning does when a person enters a completion."""
    row = RowFacts(0, getattr(cast, name).pk, cast.safe.pk, dt.date.fromisoformat(day), {})
    with tenant_scope(cast.acme.pk):
        facts = load_completion_facts([(row.person_id, row.item_id or 0, row.day)], lock=True)
        source = Source(
            tenant_id=cast.acme.pk,
            origin=Origin.MANUAL,
            batch_id=None,
            actor_id=cast.alice.pk,
            today=today(cast.acme),
            now=timezone.now(),
            reason="certificate seen",
        )
        record_completions(
            [row],
            plan_completions([row], facts=facts, choices=Choices(today=today(cast.acme), policy="latest_import")),
            facts=facts,
            source=source,
        )


def test_E33_undone_the_same_day_the_tables_are_as_before_to_the_row(
    cast: Cast, imports: Imports, run_import: Run
) -> None:
    run_import("completions", FILES[0])
    before = dump_tables(cast.acme)
    imported = run_import("completions", FILES[1])
    assert dump_tables(cast.acme) != before
    undone = imports.undo(imported)
    assert undone.state == "undone"
    assert dump_tables(cast.acme) == before


def test_L35_percent_from_before_comes_back(cast: Cast, imports: Imports, run_import: Run) -> None:
    with tenant_scope(cast.acme.pk):
        CourseResult.objects.create(
            tenant=cast.acme,
            person=cast.bob,
            course=cast.safe,
            status="in_progress",
            percent=40,
            updated_at=timezone.now(),
        )
        CourseAssignment.objects.create(
            tenant=cast.acme, person=cast.bob, course=cast.safe, assigned_on=dt.date(2024, 1, 1)
        )
    before = dump_tables(cast.acme)
    imported = run_import("completions", HEAD + "bob,SAFE-1,2024-03-01,\n")
    assert imported.rows == [(2, "created", [])]
    assert describe_standing(cast.acme)["results"] == [("bob", "SAFE-1", "completed", 100, dt.date(2024, 3, 1))]
    imports.undo(imported)
    assert dump_tables(cast.acme) == before


@pytest.mark.parametrize(
    ("policy", "undone"),
    [
        ("latest_import", (0,)),
        ("latest_import", (1, 0)),
        ("latest_import", (0, 2)),
        ("newest_date", (0,)),
        ("newest_date", (2, 0)),
        ("newest_date", (1,)),
    ],
)
def test_E33_E34_undone_in_any_order_the_tenant_equals_a_twin_without_those_imports(
    cast: Cast, imports: Imports, run_import: Run, undone: tuple[int, ...], policy: str
) -> None:
    batches = [run_import("completions", content, options={"policy": policy}) for content in FILES]
    for place in undone:
        assert imports.undo(batches[place]).state == "undone"
    standing = describe_standing(cast.acme, with_origin=False)
    # The twin: everything taken back, and only what stays imported again, in the same order.
    for place, batch in enumerate(batches):
        if place not in undone:
            imports.undo(batch)
    assert describe_standing(cast.acme) == {"results": [], "completions": [], "assignments": []}
    for place, content in enumerate(FILES):
        if place not in undone:
            run_import("completions", content, options={"policy": policy})
    assert standing == describe_standing(cast.acme, with_origin=False)


def test_E34_a_change_by_a_person_on_top_stays_and_is_listed(cast: Cast, imports: Imports, run_import: Run) -> None:
    imported = run_import("completions", HEAD + "bob,SAFE-1,2020-03-01,\nben,SAFE-1,2020-03-01,\n")
    record_by_hand(cast, "bob", "2023-05-05")
    with tenant_scope(cast.acme.pk):
        preview = preview_undo(imported.batch, tenant=Tenant.objects.get(pk=cast.acme.pk), actor=imports.cast.adam)
    assert (preview.removed, preview.restored, preview.kept) == (2, 0, 1)
    (example,) = preview.kept_examples
    assert {key: example[key] for key in ("person", "item", "batch_id", "reason")} == {
        "person": "Bob O'Connor",
        "item": "SAFE-1 Safety Basics",
        "batch_id": None,
        "reason": "certificate seen",
    }
    undone = imports.undo(imported)
    assert undone.batch.undo_summary == {"removed": 2, "restored": 0, "kept": 1}
    assert current_results(cast.acme) == [("bob", "SAFE-1", "2023-05-05")]
    assert completions(cast.acme) == [("bob", "SAFE-1", "2023-05-05")]


def test_E34_a_twin_with_the_same_manual_change_looks_the_same(cast: Cast, imports: Imports, run_import: Run) -> None:
    first = run_import("completions", HEAD + "bob,SAFE-1,2019-03-01,\n")
    second = run_import("completions", HEAD + "bob,SAFE-1,2020-03-01,\n")
    record_by_hand(cast, "bob", "2023-05-05")
    imports.undo(second)
    assert current_results(cast.acme) == [("bob", "SAFE-1", "2023-05-05")]
    assert completions(cast.acme) == [("bob", "SAFE-1", "2019-03-01"), ("bob", "SAFE-1", "2023-05-05")]
    imports.undo(first)
    assert completions(cast.acme) == [("bob", "SAFE-1", "2023-05-05")]
    assert current_results(cast.acme) == [("bob", "SAFE-1", "2023-05-05")]
    with tenant_scope(cast.acme.pk):
        link = ResultChange.objects.get()
        assert (link.before_status, link.before_achievement_id) == ("", None)


def test_E34_a_completion_that_a_later_import_found_passes_to_it(cast: Cast, imports: Imports, run_import: Run) -> None:
    first = run_import("completions", HEAD + "bob,SAFE-1,2020-03-01,\n")
    second = run_import("completions", HEAD + "bob,SAFE-1,2020-03-01,\n")
    assert second.outcomes == ["unchanged"]
    imports.undo(first)
    assert describe_standing(cast.acme) == {
        "results": [("bob", "SAFE-1", "completed", 100, dt.date(2020, 3, 1))],
        "completions": [("bob", "SAFE-1", dt.date(2020, 3, 1), None, "", "import", second.number)],
        "assignments": [("bob", "SAFE-1", dt.date(2020, 3, 1), "import", second.number)],
    }
    imports.undo(second)
    assert describe_standing(cast.acme) == {"results": [], "completions": [], "assignments": []}


def test_E68_what_can_be_undone(cast: Cast, imports: Imports, run_import: Run) -> None:
    imported = run_import("completions", HEAD + "bob,SAFE-1,2020-03-01,\n")
    checked = run_import("completions", HEAD + "ben,SAFE-1,2020-03-01,\n", check_only=True)
    tenant = Tenant.objects.get(pk=cast.acme.pk)
    with tenant_scope(tenant.pk):
        assert (is_undoable(imported.batch, tenant=tenant), is_undoable(checked.batch, tenant=tenant)) == (True, False)
        gone = ImportBatch.objects.get(pk=imported.batch.pk)
        gone.purge_on = today(tenant)
        assert not is_undoable(gone, tenant=tenant), "its row log is deleted today"
    with pytest.raises(StateConflict):
        imports.undo(checked)
    imports.undo(imported)
    with pytest.raises(StateConflict):
        imports.undo(imported)


def test_E68_it_says_why_and_by_whom(cast: Cast, imports: Imports, run_import: Run) -> None:
    imported = run_import("completions", HEAD + "bob,SAFE-1,2020-03-01,\n")
    undone = imports.undo(imported, as_="alice", reason="wrong year in the file").batch
    assert (undone.undone_by_id, undone.undo_reason, undone.checkpoint) == (
        cast.alice.pk,
        "wrong year in the file",
        0,
    )
    with tenant_scope(cast.acme.pk):
        event = AuditEvent.objects.get(action="imports.batch.undone")
    assert event.details == {"removed": 1, "restored": 0, "kept": 0, "reason": "wrong year in the file"}


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_P7_the_size_of_chunks_changes_nothing(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings, size: int
) -> None:
    settings.IMPORT_CHUNK_ROWS = size
    run_import("completions", FILES[0])
    before = dump_tables(cast.acme)
    imported = run_import("completions", FILES[2])
    undone = imports.undo(imported)
    assert (undone.batch.undo_summary, undone.batch.progress) == ({"removed": 2, "restored": 1, "kept": 0}, 4)
    assert dump_tables(cast.acme) == before


def test_E63_a_dead_workers_successor_goes_on_where_it_stopped(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings
) -> None:
    settings.IMPORT_CHUNK_ROWS = 1
    before = dump_tables(cast.acme)
    imported = run_import("completions", FILES[0])
    imports.undo(imported, works=False)
    claim = claim_work()
    assert claim is not None
    with tenant_scope(cast.acme.pk):
        assert undo_chunk(claim, tenant=cast.acme) is True
    give_back(claim)
    half = imports.load(imported.batch)
    assert (half.state, half.batch.checkpoint, half.batch.progress) == ("undoing", 2, 1)
    imports.work()
    undone = imports.load(imported.batch)
    assert (undone.state, undone.batch.undo_summary) == ("undone", {"removed": 3, "restored": 0, "kept": 0})
    assert dump_tables(cast.acme) == before


def test_the_outcomes_of_an_undone_import_stay_readable(imports: Imports, run_import: Run) -> None:
    imported = run_import("completions", FILES[0])
    undone = imports.undo(imported)
    assert (undone.rows, undone.counts) == (imported.rows, imported.counts)


def test_undo_touches_no_other_tenant(cast: Cast, imports: Imports, run_import: Run) -> None:
    run_import("completions", HEAD + "zoe,SAFE-1,2020-03-01,\n", as_="charlie")
    before = dump_tables(cast.zebra)
    imports.undo(run_import("completions", FILES[0]))
    assert dump_tables(cast.zebra) == before


class StubbornImporter(CompletionsImporter):
    """The completions importer with a bug when one person's rows are taken back."""

    stuck = 0

    def undo_rows(self, rows: Sequence[UndoRow], *, context: RunContext) -> UndoCounts:
        if any(row.person_id == self.stuck for row in rows):
            raise ZeroDivisionError
        return super().undo_rows(rows, context=context)


@pytest.mark.parametrize("goes_on", ["continue", "undo again"])
def test_P18_an_undo_that_fails_by_our_fault_goes_on_where_it_stopped(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch, goes_on: str
) -> None:
    settings.IMPORT_CHUNK_ROWS = 1
    monkeypatch.setattr("lms.imports.working.OUTAGE_SECONDS", 0)
    before = dump_tables(cast.acme)
    imported = run_import("completions", FILES[0])
    importer = StubbornImporter()
    importer.stuck = cast.ben.pk
    monkeypatch.setitem(registry._registry, "completions", importer)  # noqa: SLF001
    failed = imports.undo(imported)
    assert (failed.state, failed.batch.failed_in, failed.batch.checkpoint) == ("failed", "undoing", 2)
    assert failed.rows == imported.rows
    importer.stuck = 0
    undone = imports.go_on(failed) if goes_on == "continue" else imports.undo(failed)
    assert (undone.state, undone.batch.undo_summary) == ("undone", {"removed": 3, "restored": 0, "kept": 0})
    assert undone.rows == imported.rows
    assert dump_tables(cast.acme) == before
