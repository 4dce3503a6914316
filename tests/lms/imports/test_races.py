"""Two at the same moment, with real transactions in threads: one wins, the other sees it, nothing happens twice (S53)."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from completions.services import AlreadyRecorded, NewCompletion, add_completion
from lms.imports.checking import request_check
from lms.imports.confirming import cancel_batch, confirm_batch, continue_batch
from lms.imports.importer import ConcurrentChange
from lms.imports.models import ImportBatch, ResultsFile, WorkItem
from lms.imports.results import downloads, request_results
from lms.imports.transitions import StateConflict
from lms.imports.undoing import request_undo
from lms.imports.working import work_until_idle
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import completions, current_results, describe_standing

pytestmark = pytest.mark.django_db(transaction=True)
HEAD = "username,course code,completion date\n"
TEXT = HEAD + "bob,SAFE-1,2024-05-01\nben,SAFE-1,2024-05-01\n"
BOTH = [("ben", "SAFE-1", "2024-05-01"), ("bob", "SAFE-1", "2024-05-01")]
SECONDS = 30.0


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Begin all at the same moment, each with its own connection; return what each returned, or its exception."""
    answers: list[Any] = [None] * len(works)
    gate = threading.Barrier(len(works))

    def run(place: int, work: Callable[[], Any]) -> None:
        gate.wait()
        try:
            answers[place] = work()
        except (StateConflict, AlreadyRecorded, ConcurrentChange) as refusal:
            answers[place] = type(refusal).__name__
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def work() -> bool:
    return work_until_idle(seconds=SECONDS)


def on_batch(cast: Cast, imported: Imported, act: Callable[[ImportBatch], Any]) -> Callable[[], Any]:
    """Return work that reads the batch for itself and acts on it, in a scope of its own."""

    def run() -> Any:
        with tenant_scope(cast.acme.pk):
            return act(ImportBatch.objects.get(pk=imported.batch.pk))

    return run


def test_F7_E18_confirmed_four_times_at_once_is_one_import(cast: Cast, imports: Imports) -> None:
    imported = imports.check(imports.upload("completions", TEXT))
    confirm = on_batch(cast, imported, lambda batch: confirm_batch(batch, actor=cast.adam, answers={}).sequence)
    assert at_once(confirm, confirm, confirm, confirm) == [1, 1, 1, 1]
    assert WorkItem.objects.count() == 1
    assert at_once(work, work, work) == [False, False, False]
    assert (imports.load(imported.batch).counts, completions(cast.acme)) == ({"created": 2}, BOTH)


def test_a_check_asked_for_three_times_at_once_is_made_once(cast: Cast, imports: Imports) -> None:
    imported = imports.check(imports.upload("completions", TEXT))

    def check(batch: ImportBatch) -> None:
        request_check(batch, actor=cast.adam, mapping=batch.mapping, options=batch.options)

    again = on_batch(cast, imported, check)
    assert sorted(at_once(again, again, again), key=str) == [None, "StateConflict", "StateConflict"]
    at_once(work, work)
    found = imports.load(imported.batch)
    assert (found.state, found.outcomes) == ("ready", ["created", "created"])


@pytest.mark.parametrize("attempt", range(3))
def test_P4_the_same_completion_by_hand_and_by_import_is_recorded_once(
    cast: Cast, imports: Imports, attempt: int
) -> None:
    imported = imports.confirm(imports.check(imports.upload("completions", TEXT)), works=False)

    def enter() -> str:
        with tenant_scope(cast.acme.pk):
            entered = NewCompletion(course=cast.safe, completed_on=dt.date(2024, 5, 1))
            return add_completion(entered, tenant=cast.acme, actor=cast.adam, person=cast.bob)

    by_hand, _ = at_once(enter, work)
    found = imports.load(imported.batch)
    assert (by_hand, found.outcomes) in [
        ("created", ["unchanged", "created"]),
        ("AlreadyRecorded", ["created", "created"]),
        ("ConcurrentChange", ["created", "created"]),
    ], attempt
    assert completions(cast.acme) == current_results(cast.acme) == BOTH


@pytest.mark.parametrize("attempt", range(3))
def test_P11_E64_cancelled_while_a_worker_begins_is_all_or_nothing_of_its_rows(
    cast: Cast, imports: Imports, attempt: int
) -> None:
    imported = imports.confirm(imports.check(imports.upload("completions", TEXT)), works=False)
    cancel = on_batch(cast, imported, lambda batch: cancel_batch(batch, actor=cast.adam))
    answer, _ = at_once(cancel, work)
    found = imports.load(imported.batch)
    assert (found.state, completions(cast.acme)) in [("cancelled", []), ("completed", BOTH)], attempt
    assert found.state == "completed" or answer is None
    assert WorkItem.objects.count() == 0


def test_the_rest_of_a_cancelled_import_is_asked_for_once(cast: Cast, imports: Imports) -> None:
    imported = imports.cancel(imports.confirm(imports.check(imports.upload("completions", TEXT)), works=False))
    go_on = on_batch(cast, imported, lambda batch: continue_batch(batch, actor=cast.adam))
    assert sorted(at_once(go_on, go_on), key=str) == [None, "StateConflict"]
    at_once(work, work)
    assert (imports.load(imported.batch).counts, completions(cast.acme)) == ({"created": 2}, BOTH)


def test_E68_undone_twice_at_once_beside_an_import_that_waits_for_its_turn(cast: Cast, imports: Imports) -> None:
    first = imports.run("completions", TEXT)
    second = imports.check(imports.upload("completions", HEAD + "bob,SAFE-1,2024-06-01\n"))
    second = imports.confirm(second, works=False)
    undo = on_batch(
        cast, first, lambda batch: request_undo(batch, tenant=cast.acme, actor=cast.adam, reason="wrong file")
    )
    assert sorted(at_once(undo, undo), key=str) == [None, "StateConflict"]
    at_once(work, work, work)
    assert (imports.load(first.batch).state, imports.load(second.batch).state) == ("undone", "completed")
    assert describe_standing(cast.acme) == {
        "results": [("bob", "SAFE-1", "completed", 100, dt.date(2024, 6, 1))],
        "completions": [("bob", "SAFE-1", dt.date(2024, 6, 1), None, "", "import", second.number)],
        "assignments": [("bob", "SAFE-1", dt.date(2024, 6, 1), "import", second.number)],
    }


def test_a_large_results_file_asked_for_twice_at_once_is_made_once(
    cast: Cast, imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "AT_ONCE_ROWS", 0)
    imported = imports.run("completions", TEXT)

    def ask(batch: ImportBatch) -> int:
        answer = request_results(batch, content="all", file_format="csv", actor=cast.adam)
        assert isinstance(answer, ResultsFile)
        return answer.pk

    asked = on_batch(cast, imported, ask)
    first, second = at_once(asked, asked)
    assert (first, WorkItem.objects.count()) == (second, 1)
    at_once(work, work)
    with tenant_scope(cast.acme.pk):
        assert [bool(made.file_key) for made in ResultsFile.objects.all()] == [True]
