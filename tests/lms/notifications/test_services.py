"""When the end of an import is a notice, and when it is a mail too."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from lms.imports.models import ImportBatch, State
from lms.notifications.models import Notice, OutboxMessage
from lms.notifications.services import tell_import_finished, tell_import_needs_you, tell_undo_finished
from lms.notifications.wording import word_message
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.batch_data import make_batch
from tests.plugins.cast import Cast

START = timezone.now()
QUICK: dict[str, Any] = {"started_at": START, "finished_at": START + dt.timedelta(seconds=9), "sequence": 1}


def told(batch: ImportBatch) -> tuple[list[str], int]:
    """Return (subjects of notices, number of mails)."""
    with tenant_scope(batch.tenant_id):
        notices = [word_message(notice.kind, notice.params).subject for notice in Notice.objects.order_by("id")]
        return notices, OutboxMessage.objects.count()


def finish(batch: ImportBatch, *, times: int = 1) -> tuple[list[str], int]:
    with tenant_scope(batch.tenant_id):
        for _ in range(times):
            tell_import_finished(batch)
    return told(batch)


@pytest.mark.parametrize(
    ("fields", "subject", "mails"),
    [
        ({"counts": {"created": 46902}}, "Import 41 finished: 46,902 imported", 0),
        ({"counts": {"created": 46902, "rejected": 1057}}, "Import 41 finished: 46,902 imported, 1,057 failed", 1),
        ({"counts": {"created": 1}, "changed_rows": 1}, "Import 41 finished: 1 imported", 1),
        (
            {"counts": {"created": 1}, "finished_at": START + dt.timedelta(seconds=61)},
            "Import 41 finished: 1 imported",
            1,
        ),
        ({"counts": {"created": 1, "not_processed": 1}, "state": State.CANCELLED}, "Import 41 was cancelled", 0),
        (
            {"counts": {"created": 1, "not_processed": 1}, "state": State.FAILED, "reference": "7F3K-2Q"},
            "Import 41 could not be finished",
            1,
        ),
    ],
)
def test_E69_a_notice_always_a_mail_where_it_matters(
    cast: Cast, fields: dict[str, Any], subject: str, mails: int
) -> None:
    assert finish(make_batch(cast, **(QUICK | fields))) == ([subject], mails)


def test_F52_the_end_is_told_once_and_again_after_importing_the_rest(cast: Cast) -> None:
    batch = make_batch(cast, **QUICK, counts={"created": 1, "rejected": 1})

    assert finish(batch, times=3) == (["Import 41 finished: 1 imported, 1 failed"], 1)
    batch.sequence = 2
    assert finish(batch) == (["Import 41 finished: 1 imported, 1 failed"] * 2, 2)


def test_E68_who_asked_for_the_undo_is_told(cast: Cast) -> None:
    batch = make_batch(
        cast, state=State.UNDONE, undone_by=cast.adam, undo_summary={"removed": 1200, "restored": 3, "kept": 1}
    )
    with tenant_scope(cast.acme.pk):
        tell_undo_finished(batch)
        (notice,) = Notice.objects.all()

    words = word_message(notice.kind, notice.params)
    assert (notice.person_id, words.subject, words.paragraphs) == (
        cast.adam.pk,
        "Import 41 is undone",
        (
            "File: old-lms-export.csv",
            (
                "1,200 records were removed, 3 current completions got back what they were before, 1 stayed because "
                "something newer happened."
            ),
        ),
    )


def test_E69_each_kind_of_import_says_the_end_in_its_own_words(cast: Cast) -> None:
    batch = make_batch(cast, **QUICK, kind="offline_records", counts={"created": 5})
    with tenant_scope(cast.acme.pk):
        tell_import_finished(batch)
        (notice,) = Notice.objects.all()

    words = word_message(notice.kind, notice.params)
    of_a_kind_that_is_gone = word_message(notice.kind, {**notice.params, "kind": "gone"})
    assert words.paragraphs[:2] == ("File: old-lms-export.csv", "5 offline records created.")
    assert of_a_kind_that_is_gone.paragraphs[1] == "5 rows imported."


def test_E70_an_import_that_waits_at_the_review_says_why(cast: Cast) -> None:
    batch = make_batch(cast, state=State.READY, checked_at=START)
    with tenant_scope(cast.acme.pk):
        tell_import_needs_you(batch, why="numbers")
        tell_import_needs_you(batch, why="numbers")
        (notice,) = Notice.objects.all()

    words = word_message(notice.kind, notice.params)
    assert (words.subject, words.paragraphs[1], told(batch)[1]) == (
        "Import 41 needs you",
        "The numbers have changed since the check.",
        1,
    )
