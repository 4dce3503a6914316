"""What is deleted when (E-67, E-18, L-67, L-68): waiting imports are given up, details of old ones go, records stay.

Public: `run_retention` (a tenant's day), `run_partition_upkeep` (the row log's tables, owner connection only),
`earliest_today`. All of it is safe to repeat, and goes on where it was killed. Nothing here touches what an import
has recorded: achievements keep their origin, batches their counts.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from lms.audit.services import record_event
from lms.imports.messaging.writing import drop_held_messages, end_messages
from lms.imports.models import ImportBatch, ResultsFile, State, WorkItem
from lms.imports.partitions import drop_partitions, make_partitions
from lms.imports.results.downloads import results_key
from lms.imports.transitions import StateConflict, change_state
from lms.notifications.models import Notice
from lms.notifications.services import tell_import_cancelled, tell_import_waiting
from lms.tenancy import clock
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

logger = logging.getLogger(__name__)
# An import that nobody has confirmed this many days after its upload is cancelled (E-18).
UNCONFIRMED_DAYS: Final = 7
# A refused import waits for nobody: it is over, unless somebody changes something.
_UNCONFIRMED: Final = (State.UPLOADED, State.READY)
_NOT_STARTED: Final = (*_UNCONFIRMED, State.CHECKING, State.QUEUED)
# Somebody is at work on its rows; a later run purges it.
_AT_WORK: Final = (State.APPLYING, State.UNDOING)
_OWNER: Final = "owner"
_LOCK: Final = 7_305  # advisory lock: one process at a time changes the row log's tables
_LOCK_WAIT: Final = "3s"
_ATTEMPTS: Final = 3
# What the review remembers of single values; counts and codes stay (E-67).
_SAMPLE_KEYS: Final = ("values", "statuses", "sample", "first_text", "kept_examples", "examples")


def run_retention(tenant: Tenant, *, today: date) -> int:
    """Do what is due in the tenant on `today`, its own date; return how many imports lost their details.

    Announces and cancels imports nobody confirmed, then deletes files and samples of imports whose purge date has
    come. Opens a scope for each import.
    """
    _give_up_waiting(tenant, today=today)
    return _purge(tenant, today=today)


# --- imports nobody confirms ----------------------------------------------------------------------------


def _give_up_waiting(tenant: Tenant, *, today: date) -> None:
    with tenant_scope(tenant.pk):
        waiting = ImportBatch.objects.filter(state__in=[*_NOT_STARTED, State.APPLYING], rows_deleted_on=None)
        numbers = list(waiting.order_by("pk").values_list("pk", flat=True))
    for pk in numbers:
        with tenant_scope(tenant.pk):
            batch = ImportBatch.objects.select_for_update().get(pk=pk)
            try:
                _judge_waiting(batch, tenant=tenant, today=today)
            except StateConflict:
                logger.info("import %s moved on while it was being given up", pk)


def _judge_waiting(batch: ImportBatch, *, tenant: Tenant, today: date) -> None:
    """Tell, the day before, that an import will be cancelled; cancel it on the day.

    Who has not been told because the job did not run is told first and has a day more, unless the purge comes.
    """
    last_day = batch.purge_on - timedelta(days=1)
    if batch.state == State.APPLYING:
        if today >= last_day:
            ImportBatch.objects.filter(pk=batch.pk, state=State.APPLYING).update(cancel_requested=True)
        return
    cancelled_on = last_day
    if batch.state in _UNCONFIRMED:
        uploaded_on = batch.uploaded_at.astimezone(tenant.zone).date()
        cancelled_on = min(last_day, uploaded_on + timedelta(days=UNCONFIRMED_DAYS))
    if today >= cancelled_on and (today >= last_day or _was_told(batch, tenant=tenant, before=today)):
        _cancel(batch)
        return
    tomorrow = today + timedelta(days=1)
    if tomorrow >= cancelled_on and not _was_told(batch, tenant=tenant, before=tomorrow):
        tell_import_waiting(batch, cancelled_on=max(cancelled_on, tomorrow))


def _was_told(batch: ImportBatch, *, tenant: Tenant, before: date) -> bool:
    """Return whether the notice about the coming end was written before this day began."""
    moment = datetime.combine(before, time.min, tenant.zone)
    return Notice.objects.filter(
        person_id=batch.uploaded_by_id,
        dedup_key__startswith=f"import_waiting:{batch.pk}:",
        created_at__lt=moment,
    ).exists()


def _cancel(batch: ImportBatch) -> None:
    change_state(batch, to=State.CANCELLED, expected=_NOT_STARTED, finished_at=timezone.now(), phase="")
    kinds = [WorkItem.Kind.SNIFF, WorkItem.Kind.CHECK, WorkItem.Kind.APPLY]
    WorkItem.objects.filter(subject_id=batch.pk, kind__in=kinds, tenant_id=batch.tenant_id).delete()
    end_messages(batch, tenant=batch.tenant)
    record_event("imports.batch.cancelled", subject=batch, batch_id=batch.pk, details={"reason": "not confirmed"})
    tell_import_cancelled(batch)


# --- details of old imports -----------------------------------------------------------------------------


def _purge(tenant: Tenant, *, today: date) -> int:
    with tenant_scope(tenant.pk):
        due = ImportBatch.objects.filter(purge_on__lte=today, rows_deleted_on=None).exclude(state__in=_AT_WORK)
        numbers = list(due.order_by("pk").values_list("pk", flat=True))
    purged = 0
    for pk in numbers:
        purged += _purge_batch(tenant, pk, today=today)
    return purged


def _purge_batch(tenant: Tenant, pk: int, *, today: date) -> bool:
    """Delete what is left of an import's details: files first, so that a crash in between is made up for next time."""
    with tenant_scope(tenant.pk):
        batch = ImportBatch.objects.get(pk=pk)
        keys = [results_key(results) for results in ResultsFile.objects.filter(batch_id=pk)]
    for key in [*keys, batch.file_key]:
        if key:
            default_storage.delete(key)
    with tenant_scope(tenant.pk):
        batch = ImportBatch.objects.select_for_update().get(pk=pk)
        if batch.rows_deleted_on is not None:
            return False
        results = ResultsFile.objects.filter(batch_id=pk)
        WorkItem.objects.filter(
            tenant_id=tenant.pk, kind=WorkItem.Kind.RESULTS, subject_id__in=list(results.values_list("pk", flat=True))
        ).delete()
        results.delete()
        if batch.state == State.FAILED:  # nobody can go on without its rows
            drop_held_messages(batch)
        ImportBatch.objects.filter(pk=pk).update(
            file_key="",
            rows_deleted_on=today,
            summary=blank_samples(batch.summary),
            sniffed=_blank_sniffed(batch.sniffed),
        )
        record_event("imports.batch.purged", subject=batch, batch_id=pk, details={"rows": batch.data_rows})
    return True


def blank_samples(value: Any) -> Any:
    """Return a summary without the values that stood in the file; numbers, codes and dates stay."""
    if isinstance(value, dict):
        return {key: [] if key in _SAMPLE_KEYS else blank_samples(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [blank_samples(inner) for inner in value]
    return value


def _blank_sniffed(sniffed: dict[str, Any] | None) -> dict[str, Any] | None:
    return (
        None if sniffed is None else {**sniffed, **{key: [] for key in ("top_rows", "sample_rows") if key in sniffed}}
    )


# --- the row log's tables ---------------------------------------------------------------------------------


def earliest_today() -> date:
    """Return the calendar day that has begun everywhere: no organisation loses its rows before its own date comes."""
    tenants = Tenant.objects.filter(is_active=True)
    return min((clock.today(tenant) for tenant in tenants), default=timezone.now().date())


def run_partition_upkeep(*, today: date) -> tuple[list[str], list[str]]:
    """Drop the row log's partitions whose purge date has come and make the coming ones; return (dropped, made).

    Needs the owner's connection, which exists only where DATABASE_OWNER_URL is set; does nothing elsewhere. Must not
    run inside a transaction. Waits a few seconds at most for running transactions and leaves the rest to its next
    run, so that it never stands in anybody's way. Cost does not depend on the number of rows.
    """
    if _OWNER not in settings.DATABASES:
        return [], []
    connection = connections[_OWNER]
    with _alone(connection) as is_alone:
        if not is_alone:
            return [], []
        made = _patiently(connection, make_partitions, today=today)
        dropped = _patiently(connection, drop_partitions, today=today)
    if made or dropped:
        logger.info("row log: %s partitions made, %s dropped", len(made), len(dropped))
    return dropped, made


def _patiently(connection: BaseDatabaseWrapper, work: Any, *, today: date) -> list[str]:
    for attempt in range(_ATTEMPTS):
        try:
            return list(work(connection, today=today))
        except OperationalError:  # somebody's transaction is in the way; what was done so far stays done
            logger.warning("row log: %s had to wait, attempt %s", work.__name__, attempt + 1)
    return []


@contextmanager
def _alone(connection: BaseDatabaseWrapper) -> Iterator[bool]:
    """Hold the advisory lock and a short lock time-out on the owner's connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        found = cursor.fetchone()
        if not (found and found[0]):
            yield False
            return
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [_LOCK_WAIT])
    try:
        yield True
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
