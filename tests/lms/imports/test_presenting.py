"""Words of an import without a database: progress, time left, how a file was read, until when it can be undone."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from lms.imports.models import ImportBatch, State
from lms.imports.presenting import (
    has_changed_rows,
    percent_done,
    say_changed,
    say_interrupted,
    say_nothing_to_do,
    say_phase,
    say_read_as,
    say_result,
    say_retention,
    say_state,
    say_stopped,
    say_time_left,
    say_totals,
    step_name,
)

NOW = timezone.now()


def make(**fields: Any) -> ImportBatch:
    values = {"number": 41, "purge_on": date(2026, 12, 15), "sniffed": {"format": "csv"}} | fields
    return ImportBatch(**values)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": State.UPLOADED, "sniffed": None}, "Looking at the file"),
        ({"state": State.UPLOADED}, "Waiting for the mapping"),
        ({"state": State.CHECKING, "progress": 1, "progress_total": 3}, "Checking, 33 %"),
        ({"state": State.READY, "planned": {"created": 1}}, "Waiting for your OK"),
        ({"state": State.READY}, "Waiting for the mapping"),
        ({"state": State.REFUSED}, "Not imported: errors in the file"),
        ({"state": State.REFUSED, "problems": [{"code": "F006", "params": {}}]}, "A question is open"),
        ({"state": State.QUEUED}, "Waiting for its turn"),
        ({"state": State.COMPLETED}, "Finished"),
        ({"state": State.COMPLETED_WITH_ERRORS, "counts": {"rejected": 1057}}, "Finished, 1,057 failed"),
        ({"state": State.FAILED, "reference": "7F3K-2Q"}, "Failed on our side (reference 7F3K-2Q)"),
        ({"state": State.CANCELLED}, "Cancelled"),
        ({"state": State.CANCELLED, "counts": {"created": 23000}}, "Cancelled, 23,000 rows are in"),
        ({"state": State.UNDONE}, "Undone"),
    ],
)
def test_states_are_said_in_words(fields: dict[str, Any], words: str) -> None:
    assert say_state(make(**fields)) == words


def test_E64_a_hundred_percent_only_when_everything_is_done() -> None:
    assert percent_done(make(state=State.APPLYING, progress=999, progress_total=999)) == 99
    assert percent_done(make(state=State.COMPLETED, progress=999, progress_total=999)) == 100
    assert percent_done(make(state=State.QUEUED)) == 0


def test_E63_what_is_written_in_one_transaction_shows_no_percent() -> None:
    whole = make(
        state=State.APPLYING, kind="completions", options={"failure_mode": "stop_if_any"}, positions=1204, progress=600,
        progress_total=1204, phase="applying", phase_started_at=NOW - timedelta(minutes=5),
    )  # fmt: skip
    assert (say_state(whole), say_phase(whole), say_time_left(whole)) == ("Importing", "Writing 1,204 rows", "")
    whole.kind = "offline_records"
    assert say_phase(whole) == "Writing 1,204 records"
    whole.options = {}
    assert (say_state(whole), say_phase(whole)) == ("Importing, 49 %", "Importing")


def test_W19_why_nothing_of_an_import_of_all_or_nothing_is_saved() -> None:
    refused = make(state=State.REFUSED, kind="completions", planned={"created": 13, "rejected": 3}, data_rows=16)
    assert say_stopped(refused) == (
        "Nothing was saved: 3 of 16 rows have errors, and nothing is imported as long as any row is bad."
    )
    refused.kind, refused.planned = "offline_records", {"created": 15, "rejected": 1}
    assert say_stopped(refused) == (
        "Nothing was saved: 1 of 16 rows has errors, and offline records are created only when every row is right."
    )


def test_S25_an_import_refused_while_it_was_written_says_so() -> None:
    problems = [{"code": "F015", "params": {"n": 2}}]
    refused = make(state=State.REFUSED, problems=problems, changed_rows=2, data_rows=16)
    assert (has_changed_rows(refused), has_changed_rows(make(state=State.REFUSED))) == (True, False)
    assert say_changed(refused) == "Nothing was saved: 2 of 16 rows have changed since the check."


def test_S13_nothing_but_sample_rows_is_said_to_be_the_template() -> None:
    samples = {"problems": [{"code": "R208", "rows": 2}]}
    assert say_nothing_to_do(make(summary=samples, data_rows=2)) == (
        "This is the template as it was downloaded: there is nothing in it but sample rows. Fill in your own rows and "
        "upload it again."
    )
    words = "Nothing to do: all 3 rows are already recorded or left out."
    assert say_nothing_to_do(make(summary=samples, data_rows=3)) == words


@pytest.mark.parametrize(
    ("seconds", "done", "words"),
    [
        (10, 500, "less than a minute left"),
        (60, 250, "about 3 minutes left"),
        (60, 400, "about 2 minutes left"),
        (60, 0, ""),
        (60, 1000, ""),
    ],
)
def test_E64_time_left_is_said_roughly_or_not_at_all(seconds: int, done: int, words: str) -> None:
    batch = make(
        state=State.APPLYING, progress=done, progress_total=1000, phase_started_at=NOW - timedelta(seconds=seconds)
    )

    assert say_time_left(batch, now=NOW) == words


def test_W3_how_a_file_was_read() -> None:
    text = {"format": "csv", "delimiter": ";", "encoding": "cp1252", "header_row": 4, "data_rows": 49216}
    sheet = {"format": "xlsx", "sheet": "Sheet1", "header_row": 0, "data_rows": 1}

    assert say_read_as(make(sniffed=text)) == "Read as: semicolons, Windows-1252, column names in row 4, 49,216 rows."
    assert say_read_as(make(sniffed=sheet)) == "Read as: sheet “Sheet1”, no column names, 1 row."


def test_W6_the_sentence_of_the_specification() -> None:
    batch = make(
        kind="completions",
        state=State.READY,
        data_rows=49216,
        planned={"created": 41194, "updated": 1512, "added_to_history": 4196, "unchanged": 251, "skipped": 1006}
        | {"rejected": 1057},
        summary={
            "people": 11940,
            "items": 412,
            "first_day": "2009-01-04",
            "last_day": "2026-11-14",
            "problems": [{"code": "R207", "rows": 1006}],
        },
    )

    assert say_totals(batch) == (
        "49,216 rows for 11,940 people and 412 courses, completed between 4 January 2009 and 14 November 2026. "
        "46,902 will be imported, 251 are already recorded, 1,006 are left out (not completed), 1,057 cannot be imported."
    )


def test_W15_W16_what_is_in_and_what_is_not() -> None:
    finished = make(state=State.COMPLETED_WITH_ERRORS, counts={"created": 46902, "rejected": 1057})
    failed = make(state=State.FAILED, reference="7F3K-2Q", counts={"created": 23000}, positions=46902, checkpoint=23000)

    assert say_result(finished) == (
        "46,902 rows imported, 1,057 failed. Download the failed rows, correct them and upload that file: "
        "only these rows are imported."
    )
    assert say_interrupted(failed) == (
        "We could not finish this import; the fault is ours (reference 7F3K-2Q). 23,000 rows are in, 23,902 are not, "
        "none is half done."
    )


def test_E37_until_when_it_can_be_undone() -> None:
    assert say_retention(make(state=State.COMPLETED)) == (
        "Can be undone until 14 December 2026; row details are deleted on 15 December 2026."
    )
    assert say_retention(make(state=State.UNDONE)) == "Row details are deleted on 15 December 2026."


@pytest.mark.parametrize(
    ("fields", "page"),
    [
        ({"state": State.UPLOADED, "sniffed": None}, "map"),
        ({"state": State.UPLOADED}, "map"),
        ({"state": State.CHECKING}, "checking"),
        ({"state": State.READY, "planned": {"created": 1}}, "review"),
        ({"state": State.READY}, "map"),
        ({"state": State.REFUSED}, "map"),
        ({"state": State.REFUSED, "planned": {"rejected": 1}}, "review"),
        ({"state": State.FAILED, "failed_in": "checking"}, "checking"),
        ({"state": State.FAILED, "failed_in": "applying"}, "batch"),
        ({"state": State.CANCELLED}, "batch"),
        ({"state": State.QUEUED}, "batch"),
        ({"state": State.UNDONE}, "batch"),
    ],
)
def test_every_state_has_its_page(fields: dict[str, Any], page: str) -> None:
    assert step_name(make(**fields)) == page
