"""What is deleted when, and what never is. Nights are run by hand; the clock is moved."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from completions.models import Achievement
from lms.audit.models import AuditEvent
from lms.imports import partitions, retention
from lms.imports.models import ImportBatch, ResultsFile, State, WorkItem
from lms.imports.results.downloads import results_key
from lms.imports.retention import blank_samples, earliest_today, run_partition_upkeep, run_retention
from lms.notifications.models import Notice, OutboxMessage
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.batch_data import LogRow, make_batch, write_log
from tests.plugins.cast import Cast

NOON = dt.datetime(2026, 11, 14, 12, tzinfo=ZoneInfo("Europe/London"))
ROWS = [LogRow(2, "created", ["bob"], position=1), LogRow(3, "rejected", ["nobody"])]


def on_day(number: int) -> time_machine.travel:
    """The clock at noon, so many days after the upload."""
    return time_machine.travel(NOON + dt.timedelta(days=number), tick=False)


def state_of(batch: ImportBatch) -> str:
    with tenant_scope(batch.tenant_id):
        return ImportBatch.objects.get(pk=batch.pk).state


def told(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.pk):
        return list(Notice.objects.order_by("id").values_list("kind", flat=True))


@pytest.fixture
def partitions_of_2026(transactional_db: None) -> Iterator[None]:  # noqa: ARG001 - commits for real
    """Partitions as they are on the day of the upload, the ones of the real date put back afterwards."""
    with on_day(0):
        run_partition_upkeep(today=today_of_all())
    yield
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'imports_importrow'::regclass"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TABLE "{name}"')
    partitions.make_partitions(connections["owner"], today=timezone.now().date())


def today_of_all() -> dt.date:
    return timezone.now().astimezone(ZoneInfo("Europe/London")).date()


def run_night(cast: Cast) -> None:
    """What the maintenance worker does, for the one organisation."""
    run_retention(cast.acme, today=today(cast.acme))
    run_partition_upkeep(today=earliest_today())


def count_log_rows() -> int:
    """Rows in the partitions themselves, seen by their owner."""
    total = 0
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^imports_importrow_\\d{8}$'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{name}"')  # noqa: S608 - a name from the catalogue
            total += cursor.fetchone()[0]
    return total


@pytest.mark.usefixtures("partitions_of_2026")
def test_L67_L68_E67_day_30_all_there_day_31_only_the_record_and_the_counts(cast: Cast) -> None:
    with on_day(0):
        key = default_storage.save("tenants/1/imports/a", ContentFile(b"x"))
        summary = {"people": 1, "problems": [{"code": "R102", "rows": 1, "values": [{"value": "nobody"}]}]}
        batch = make_batch(cast, file_key=key, counts={"created": 1, "rejected": 1}, summary=summary)
        write_log(batch, ROWS)
        with tenant_scope(cast.acme.pk):
            results = ResultsFile.objects.create(
                tenant=cast.acme, batch=batch, content="all", file_format="csv", version="en|x", file_key="made"
            )
            Achievement.objects.create(
                tenant=cast.acme,
                person=cast.bob,
                course=cast.safe,
                completed_on=dt.date(2024, 4, 3),
                batch_id=batch.pk,
                origin="import",
                recorded_at=timezone.now(),
            )
        results_at = default_storage.save(results_key(results), ContentFile(b"y"))

    with on_day(30):
        run_night(cast)
        with tenant_scope(cast.acme.pk):
            there = (batch.rows().count(), default_storage.exists(key), default_storage.exists(results_at))
            assert (there, ImportBatch.objects.get(pk=batch.pk).rows_deleted_on) == ((2, True, True), None)

    with on_day(31):
        run_night(cast)
        run_night(cast)
        with tenant_scope(cast.acme.pk):
            after = ImportBatch.objects.get(pk=batch.pk)
            assert (count_log_rows(), batch.rows().count()) == (0, 0)
            assert (default_storage.exists(key), default_storage.exists(results_at)) == (False, False)
            assert (after.file_key, after.rows_deleted_on, after.counts) == (
                "",
                dt.date(2026, 12, 15),
                {"created": 1, "rejected": 1},
            )
            assert after.summary == {"people": 1, "problems": [{"code": "R102", "rows": 1, "values": []}]}
            assert ResultsFile.objects.count() == 0
            assert list(Achievement.objects.values_list("person_id", "batch_id")) == [(cast.bob.pk, batch.pk)]
            assert AuditEvent.objects.filter(action="imports.batch.purged", batch_id=batch.pk).count() == 1


@pytest.mark.usefixtures("partitions_of_2026")
def test_F64_a_purge_that_was_killed_half_way_is_completed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with on_day(0):
        key = default_storage.save("tenants/1/imports/b", ContentFile(b"x"))
        batch = make_batch(cast, file_key=key)
        write_log(batch, ROWS)
    with on_day(31):
        with monkeypatch.context() as killed:
            killed.setattr(retention, "blank_samples", lambda _: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                run_retention(cast.acme, today=today(cast.acme))
        assert default_storage.exists(key) is False

        assert run_retention(cast.acme, today=today(cast.acme)) == 1
        assert run_retention(cast.acme, today=today(cast.acme)) == 0
        assert connections["owner"].in_atomic_block is False
        dropped, made = run_partition_upkeep(today=earliest_today())
        assert (partitions.partition_name(dt.date(2026, 12, 15)) in dropped, bool(made)) == (True, True)
        assert run_partition_upkeep(today=earliest_today()) == ([], [])


@pytest.mark.usefixtures("cast", "partitions_of_2026")
def test_trap_7_7_a_partition_left_half_detached_is_finished() -> None:
    name = partitions.partition_name(dt.date(2026, 11, 20))
    with connections["owner"].cursor() as cursor:
        cursor.execute(f'ALTER TABLE imports_importrow DETACH PARTITION "{name}" CONCURRENTLY')

    with on_day(8):
        dropped, _ = run_partition_upkeep(today=earliest_today())

    assert name in dropped


def test_E67_rows_go_only_when_the_day_has_come_everywhere(cast: Cast) -> None:
    Tenant.objects.filter(pk=cast.zebra.pk).update(time_zone="Pacific/Honolulu")

    with time_machine.travel(dt.datetime(2026, 11, 14, 5, tzinfo=dt.UTC)):
        assert (today(cast.acme), earliest_today()) == (dt.date(2026, 11, 14), dt.date(2026, 11, 13))


def test_trap_7_3_the_application_role_cannot_read_a_partition(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname ~ '^imports_importrow_\\d{8}$' AND has_table_privilege(oid, 'SELECT')"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize("state", [State.UPLOADED, State.READY])
def test_E18_an_unconfirmed_import_is_announced_on_day_6_and_cancelled_on_day_7(cast: Cast, state: str) -> None:
    with on_day(0):
        batch = make_batch(cast, state=state)
        with tenant_scope(cast.acme.pk):
            WorkItem.objects.create(
                tenant_id=cast.acme.pk,
                kind="sniff",
                subject_id=batch.pk,
                not_before=timezone.now(),
                lease_until=timezone.now(),
                created_at=timezone.now(),
            )
    seen = []
    for day in (1, 5, 6, 6, 7, 7, 8):
        with on_day(day):
            run_retention(cast.acme, today=today(cast.acme))
            seen.append((day, state_of(batch), len(told(cast.acme))))

    cancelled = State.CANCELLED
    assert seen == [
        (1, state, 0),
        (5, state, 0),
        (6, state, 1),
        (6, state, 1),
        (7, cancelled, 2),
        (7, cancelled, 2),
        (8, cancelled, 2),
    ]
    assert told(cast.acme) == ["import_waiting", "import_cancelled"]
    assert WorkItem.objects.count() == 0
    with tenant_scope(cast.acme.pk):
        mails = list(OutboxMessage.objects.order_by("id").values_list("kind", "to_address"))
    assert mails == [("import_waiting", "alice@acme.example"), ("import_cancelled", "alice@acme.example")]


def test_E18_who_was_not_told_is_told_first(cast: Cast) -> None:
    with on_day(0):
        batch = make_batch(cast, state=State.READY)
    seen = []
    for day in (12, 13):
        with on_day(day):
            run_retention(cast.acme, today=today(cast.acme))
            seen.append((state_of(batch), told(cast.acme)))

    assert seen == [("ready", ["import_waiting"]), ("cancelled", ["import_waiting", "import_cancelled"])]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.READY, ["ready", "ready", "cancelled"]),
        (State.QUEUED, ["queued", "queued", "cancelled"]),
        (State.CHECKING, ["checking", "checking", "cancelled"]),
        (State.REFUSED, ["refused", "refused", "refused"]),
        (State.COMPLETED, ["completed", "completed", "completed"]),
    ],
)
def test_E67_waiting_imports_are_cancelled_the_day_before_the_purge(
    cast: Cast, state: str, expected: list[str]
) -> None:
    with on_day(0):
        batch = make_batch(cast, state=state, purge_on=dt.date(2026, 11, 18))
    seen = []
    for day in (1, 2, 3):
        with on_day(day):
            run_retention(cast.acme, today=today(cast.acme))
            seen.append(state_of(batch))

    assert seen == expected
    assert told(cast.acme) == (["import_waiting", "import_cancelled"] if expected[-1] == "cancelled" else [])


def test_E67_an_import_that_runs_is_asked_to_stop_and_purged_later(cast: Cast) -> None:
    with on_day(0):
        batch = make_batch(cast, state=State.APPLYING, purge_on=dt.date(2026, 11, 18))
    with on_day(4):
        run_retention(cast.acme, today=today(cast.acme))

    with tenant_scope(cast.acme.pk):
        after = ImportBatch.objects.get(pk=batch.pk)
    assert (after.state, after.cancel_requested, after.rows_deleted_on) == ("applying", True, None)


def test_E67_only_values_of_the_file_are_blanked() -> None:
    summary: dict[str, Any] = {
        "people": 3,
        "statuses": [{"value": "passed", "rows": 3}],
        "dates": {"completed_on": {"ambiguous": False, "sample": "03/04/2024", "first_text": "3.4.", "only": "dmy"}},
    }

    assert blank_samples(summary) == {
        "people": 3,
        "statuses": [],
        "dates": {"completed_on": {"ambiguous": False, "sample": [], "first_text": [], "only": "dmy"}},
    }


@pytest.mark.usefixtures("transactional_db")
def test_keep_partitions_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    run_partition_upkeep(today=earliest_today())

    call_command("keep_partitions")

    assert capsys.readouterr().out == "0 partitions made, 0 dropped\n"
