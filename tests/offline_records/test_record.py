"""Offline records on the Record of Learning: what stands on top, how long it counts, where it comes from (S-34, S-45, G-03)."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from offline_records.choices import Origin, Result
from offline_records.record import OfflinePart, build_offline_records, say_own_state
from offline_records.states import State
from tests.lms.imports.batch_data import make_batch
from tests.offline_records.catalogue import add_activity, add_record
from tests.plugins.cast import Cast

TODAY = dt.date(2026, 3, 15)
AT = dt.datetime(2026, 11, 14, 12, tzinfo=dt.UTC)
D = dt.date.fromisoformat


def part_of(person: User, *, is_own: bool = False) -> OfflinePart:
    with tenant_scope(person.tenant_id):
        return build_offline_records(person, is_own=is_own, day=TODAY)


def test_S34_the_newest_of_each_activity_is_on_top_and_the_others_are_history(cast: Cast) -> None:
    lift, aid = add_activity(cast.acme, "LIFT", is_active=False), add_activity(cast.acme, "AID")
    for day in ("2024-01-01", "2026-01-01", "2025-01-01"):
        add_record(cast.bob, lift, D(day))
    add_record(cast.bob, aid, D("2025-06-01"))
    add_record(cast.ben, aid, D("2026-02-01"))
    part = part_of(cast.bob)

    def listed(entries: list[Any]) -> list[tuple[str, str]]:
        return [(entry.activity.code, str(entry.record.completed_on)) for entry in entries]

    assert listed(part.current) == [("LIFT", "2026-01-01"), ("AID", "2025-06-01")]
    assert listed(part.history) == [("LIFT", "2025-01-01"), ("LIFT", "2024-01-01")]
    assert (part.is_empty, part_of(cast.carl).is_empty) == (False, True)


def test_a_failed_attempt_does_not_hide_what_still_counts(cast: Cast) -> None:
    lift = add_activity(cast.acme)
    for day, result in (
        ("2026-03-01", "failed"),
        ("2026-02-01", "failed"),
        ("2025-01-01", "passed"),
        ("2024-01-01", "passed"),
    ):
        add_record(cast.bob, lift, D(day), result=result, expires_on=D("2027-01-01"))
    part = part_of(cast.bob)

    assert [(str(entry.record.completed_on), entry.state) for entry in part.current] == [
        ("2026-03-01", State.NOT_VALID),
        ("2025-01-01", State.VALID),
    ]
    assert [str(entry.record.completed_on) for entry in part.history] == ["2026-02-01", "2024-01-01"]


def test_S31_S45_an_entry_says_how_long_it_counts_and_what_was_achieved(cast: Cast) -> None:
    lift = add_activity(cast.acme, provider="Now another one")
    add_record(
        cast.bob,
        lift,
        D("2025-06-01"),
        result=Result.PASSED,
        score=Decimal("87.50"),
        hours=Decimal("6.00"),
        cpd_points=Decimal("1.25"),
        provider="Red Cross",
        certificate_number="C-1001",
        expires_on=D("2026-04-01"),
    )
    (entry,) = part_of(cast.bob).current

    assert (entry.state, entry.tone) == (State.EXPIRES_SOON, "warning")
    assert entry.amounts == ["Score 87.5", "6 hours", "1.25 CPD points"]
    assert entry.details == ["Red Cross", "Certificate number C-1001"]


def test_the_learners_own_words() -> None:
    said = [
        say_own_state(State.NOT_VALID, expires_on=D("2027-02-01")),
        say_own_state(State.FOR_EVER, expires_on=None),
        say_own_state(State.VALID, expires_on=D("2027-02-01")),
        say_own_state(State.EXPIRES_SOON, expires_on=D("2026-04-01")),
        say_own_state(State.EXPIRED, expires_on=D("2026-02-28")),
    ]
    assert said == [
        "",
        "",
        "Valid until 1 February 2027.",
        "Expires soon: valid until 1 April 2026.",
        "Expired since 1 March 2026.",
    ]


def test_G03_W20_where_it_comes_from_and_the_learner_is_told_less(cast: Cast) -> None:
    lift = add_activity(cast.acme)
    batch = make_batch(cast, number=41, mapping={"date_format": "dd.mm.yyyy"})
    traced = {"batch_id": batch.pk, "row_no": 812, "recorded_by_id": cast.adam.pk, "date_text": "01.05.2024"}
    add_record(cast.bob, lift, D("2024-05-01"), origin=Origin.IMPORT, recorded_at=AT, **traced)
    add_record(cast.bob, lift, D("2023-05-01"), recorded_by_id=cast.adam.pk, recorded_at=AT)
    part, own = part_of(cast.bob), part_of(cast.bob, is_own=True)

    assert part.current[0].sentence == (
        "Recorded on 14 November 2026 by Adam Admin (Administrator) from row 812 of “old-lms-export.csv”, import 41. "
        "The date stood there as “01.05.2024” and was read as day.month.year."
    )
    assert (part.current[0].is_imported, part.current[0].batch_number) == (True, 41)
    assert part.current[0].facts == [("SHA-256 of the file", "0" * 64)]
    assert part.history[0].sentence == "Recorded on 14 November 2026 by Adam Admin (Administrator), entered by hand."
    told = [(entry.sentence, entry.batch_number, entry.facts) for entry in (*own.current, *own.history)]
    assert told == [("Imported on 14 November 2026.", None, []), ("Recorded on 14 November 2026.", None, [])]


def test_the_same_queries_whatever_is_recorded(cast: Cast, django_assert_num_queries: Callable[[int], Any]) -> None:
    lift = add_activity(cast.acme)
    add_record(cast.bob, lift, D("2024-05-01"), batch_id=make_batch(cast).pk, recorded_by_id=cast.adam.pk)
    with tenant_scope(cast.acme.pk), CaptureQueriesContext(connection) as one:
        build_offline_records(cast.bob, is_own=False, day=TODAY)
    for number in range(5):
        add_record(cast.bob, add_activity(cast.acme, f"A{number}"), D("2024-05-01"), recorded_by_id=cast.alice.pk)
    with tenant_scope(cast.acme.pk), django_assert_num_queries(len(one)):
        build_offline_records(cast.bob, is_own=False, day=TODAY)
