"""The workers' loop: whatever happens in a piece of work ends as a state, never as a dead worker (P18, E-63, F32)."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.utils import timezone

from completions.importers import CompletionsImporter
from lms.imports import importer as registry
from lms.imports import working
from lms.imports.importer import ConcurrentChange, Plan, RowFacts, RunContext
from lms.imports.lanes import claim_work
from lms.imports.models import WorkItem, WorkLane
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import completions

Run = Callable[..., Imported]
CONTENT = "username,course code,completion date\nbob,SAFE-1,2024-05-01\n"


class UnluckyImporter(CompletionsImporter):
    """The completions importer with something happening the first times rows are written."""

    def __init__(self, trouble: list[BaseException]) -> None:
        self.trouble = trouble

    def apply_rows(self, rows: Sequence[RowFacts], plans: Sequence[Plan], *, facts: Any, context: RunContext) -> None:
        super().apply_rows(rows, plans, facts=facts, context=context)
        if self.trouble:
            raise self.trouble.pop()


@pytest.fixture
def be_unlucky(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let these exceptions come out of the importer, one after the other."""
    del cast
    for name in ("OUTAGE_SECONDS", "CONFLICT_SECONDS"):
        monkeypatch.setattr(working, name, 0)

    def arrange(*trouble: BaseException) -> None:
        monkeypatch.setitem(registry._registry, "completions", UnluckyImporter(list(trouble)))  # noqa: SLF001

    return arrange


def test_P9_rows_that_somebody_else_changed_are_tried_again(
    cast: Cast, run_import: Run, be_unlucky: Callable[..., None]
) -> None:
    be_unlucky(ConcurrentChange(), ConcurrentChange())
    done = run_import("completions", CONTENT)
    assert (done.state, done.batch.attempts) == ("completed", 0)
    assert completions(cast.acme) == [("bob", "SAFE-1", "2024-05-01")]


@pytest.mark.parametrize("error", [MemoryError, RecursionError, SystemExit, ZeroDivisionError])
def test_P18_a_fault_that_passes_leaves_no_trace_but_in_the_log(
    cast: Cast, run_import: Run, be_unlucky: Callable[..., None], caplog: pytest.LogCaptureFixture,
    error: type[BaseException],
) -> None:  # fmt: skip
    be_unlucky(error())
    done = run_import("completions", CONTENT)
    assert (done.state, done.counts) == ("completed", {"created": 1})
    assert completions(cast.acme) == [("bob", "SAFE-1", "2024-05-01")]
    assert "failed, reference" in caplog.text


def test_E63_work_of_a_silent_worker_is_taken_over(cast: Cast, imports: Imports, run_import: Run) -> None:
    imports.confirm(run_import("completions", CONTENT, check_only=True), works=False)
    assert claim_work() is not None
    imports.work()
    assert completions(cast.acme) == [], "it may still be alive"
    WorkLane.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    imports.work()
    assert completions(cast.acme) == [("bob", "SAFE-1", "2024-05-01")]


def test_nothing_to_do_is_nothing_done(cast: Cast) -> None:
    del cast
    assert working.work_once() is False
    assert working.work_until_idle(seconds=5) is False


def test_time_that_is_up_leaves_the_rest_to_others(cast: Cast, imports: Imports, run_import: Run) -> None:
    imports.confirm(run_import("completions", CONTENT, check_only=True), works=False)
    assert working.work_until_idle(seconds=0) is True
    assert completions(cast.acme) == []


def test_nothing_of_the_work_is_left_behind(imports: Imports, run_import: Run) -> None:
    imports.undo(run_import("completions", CONTENT))
    assert WorkItem.objects.count() == 0
