"""Our own faults while an import is applied: one row, all or nothing, too many of them (E-63)."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from pytest_django import Settings

from completions.importers import CompletionsImporter
from lms.imports import importer as registry
from lms.imports.importer import Plan, RowFacts, RunContext
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import completions

Run = Callable[..., Imported]
HEAD = "username,course code,completion date\n"
PEOPLE = ("adam", "alice", "ben", "bob", "carl", "lea")


class FaultyImporter(CompletionsImporter):
    """The completions importer with a bug: rows on one day break it."""

    bad_day = "2023-05-01"

    def apply_rows(self, rows: Sequence[RowFacts], plans: Sequence[Plan], *, facts: Any, context: RunContext) -> None:
        super().apply_rows(rows, plans, facts=facts, context=context)
        if any(str(row.day) == self.bad_day for row in rows):
            message = "a bug"
            raise RuntimeError(message)


@pytest.fixture
def faulty(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> FaultyImporter:
    """Completions with a bug, for this test."""
    del cast
    importer = FaultyImporter()
    monkeypatch.setattr("lms.imports.working.OUTAGE_SECONDS", 0)
    monkeypatch.setitem(
        registry._registry,  # noqa: SLF001 - the one place to swap an importer
        "completions",
        importer,
    )
    return importer


@pytest.mark.usefixtures("faulty")
def test_E63_R902_a_row_that_breaks_us_is_isolated_and_the_others_are_in(
    cast: Cast, run_import: Run, caplog: pytest.LogCaptureFixture
) -> None:
    content = HEAD + "".join(f"{name},SAFE-1,2024-05-01\n" for name in PEOPLE) + "bob,FIRE-2,2023-05-01\n"
    done = run_import("completions", content)
    assert [row for row in done.rows if row[1] != "created"] == [(8, "errored", ["R902"])]
    assert (done.state, done.counts) == ("completed_with_errors", {"created": 6, "errored": 1})
    assert len(completions(cast.acme)) == 6
    assert "lost repeatedly" in caplog.text


@pytest.mark.usefixtures("faulty")
def test_E63_E58_all_or_nothing_stays_so_when_we_break(
    cast: Cast, imports: Imports, run_import: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = HEAD + "alice,SAFE-1,2024-05-01\nbob,FIRE-2,2023-05-01\n"
    failed = run_import("completions", content, options={"failure_mode": "stop_if_any"})
    assert (failed.state, failed.batch.failed_in, completions(cast.acme)) == ("failed", "applying", [])
    assert failed.rows == [(2, "not_processed", []), (3, "not_processed", [])]
    assert failed.batch.reference
    monkeypatch.setattr(FaultyImporter, "bad_day", "")
    done = imports.go_on(failed)
    assert (done.state, done.counts) == ("completed", {"created": 2})


def test_E63_too_many_faults_mean_that_the_fault_is_not_in_the_rows(
    cast: Cast, imports: Imports, run_import: Run, faulty: FaultyImporter, settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    settings.IMPORT_CHUNK_ROWS = 1
    monkeypatch.setattr("lms.imports.applying.ERRORED_ROWS_BEFORE_FAILING", 2)
    faulty.bad_day = "2024-05-01"
    failed = run_import("completions", HEAD + "".join(f"{name},SAFE-1,2024-05-01\n" for name in PEOPLE))
    assert (failed.state, failed.counts) == ("failed", {"errored": 2, "not_processed": 4})
    faulty.bad_day = ""
    done = imports.go_on(failed)
    assert (done.state, done.counts) == ("completed_with_errors", {"created": 4, "errored": 2})
    assert len(completions(cast.acme)) == 4
