"""What an entry says about its origin: everything for those in charge, how and when for the learner (G-03, W20)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lms.imports.origins import Sources, Trace, load_sources, say_actor, say_origin
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.batch_data import make_batch
from tests.plugins.cast import Cast

AT = datetime(2026, 11, 14, 12, tzinfo=UTC)


def say(cast: Cast, *, is_own: bool = False, date_format: str = "dd.mm.yyyy", **more: Any) -> str:
    """What is said about row 812 of import 41, with these changes."""
    batch = make_batch(cast, number=41, file_name="old-lms-export.csv", mapping={"date_format": date_format})
    trace = Trace(
        **{
            "recorded_at": AT,
            "recorded_by_id": cast.adam.pk,
            "is_imported": True,
            "batch_id": batch.pk,
            "row_no": 812,
            "date_text": "03.04.2024",
            **more,
        }
    )
    with tenant_scope(cast.acme.pk):
        sources = load_sources(batch_ids=[trace.batch_id, None], actor_ids=[trace.recorded_by_id], is_own=is_own)
        return say_origin(trace, sources=sources)


BY_ADAM = "Recorded on 14 November 2026 by Adam Admin (Administrator)"
FROM_ROW = f"{BY_ADAM} from row 812 of “old-lms-export.csv”, import 41."


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, f"{FROM_ROW} The date stood there as “03.04.2024” and was read as day.month.year."),
        (
            {"date_text": "2024-04-03"},
            f"{FROM_ROW} The date stood there as “2024-04-03” and was read as year-month-day.",
        ),
        ({"date_format": "auto"}, f"{FROM_ROW} The date stood there as “03.04.2024”."),
        ({"date_text": ""}, FROM_ROW),
        ({"is_imported": False, "is_by_hand": True, "batch_id": None}, f"{BY_ADAM}, entered by hand."),
        ({"is_imported": False, "batch_id": None}, "Recorded on 14 November 2026."),
        ({"batch_id": None}, "Imported on 14 November 2026."),
        ({"batch_id": 10**9}, "Imported on 14 November 2026."),
        ({"is_own": True}, "Imported on 14 November 2026."),
        ({"is_own": True, "is_imported": False, "is_by_hand": True}, "Recorded on 14 November 2026."),
    ],
)
def test_G03_W20_what_an_entry_says_about_its_origin(cast: Cast, more: dict[str, Any], said: str) -> None:
    assert say(cast, **more) == said


def test_G03_who_is_gone_and_who_was_nobody() -> None:
    assert [say_actor(pk, sources=Sources()) for pk in (7, None)] == ["somebody who is no longer here", "the system"]


def test_L08_a_learner_is_told_of_no_file(cast: Cast) -> None:
    batch = make_batch(cast, number=41)
    with tenant_scope(cast.acme.pk):
        told = [
            load_sources(batch_ids=[batch.pk], actor_ids=[cast.adam.pk], is_own=is_own).describe_file(batch.pk)
            for is_own in (False, True)
        ]
    assert told == [[("SHA-256 of the file", batch.file_sha256)], []]
