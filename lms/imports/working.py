"""The workers' loop: claim, do a slice, give back. Celery tasks and `import_file --wait` run the very same functions.

Public: `work_once`, `work_until_idle`. Whatever happens in a piece of work ends here as a state, never as a dead worker.
"""

import gc
import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from django.db import InterfaceError, InternalError, OperationalError, connection

from lms.core.failpoints import reach
from lms.imports.applying import (
    BadRowsFound,
    apply_chunk,
    fail_batch,
    forget_attempt,
    is_hopeless,
    make_reference,
    note_attempt,
    refuse_for_bad_rows,
)
from lms.imports.checking import check_batch
from lms.imports.importer import ConcurrentChange
from lms.imports.lanes import Claim, LostLease, claim_work, give_back
from lms.imports.models import ImportBatch, WorkItem
from lms.imports.results import drop_results_file, write_results_file
from lms.imports.starting import start_by_itself
from lms.imports.undoing import undo_chunk
from lms.imports.uploading import refuse_unreadable, sniff_batch
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

logger = logging.getLogger(__name__)

# A lane is given back after this time of chunks, so that the other tenants get theirs (E-62).
SLICE_SECONDS: Final = 5.0
CONFLICTS_BEFORE_WAITING: Final = 5
TRIES_BEFORE_FAILING: Final = 3
# Work that loses its worker so often is given up too, though nothing was raised (P18).
LOST_BEFORE_FAILING: Final = 5
OUTAGE_SECONDS: Final = 1.0
# What a database says that refuses for now: idle transaction ended, read only after a failover (F23, F35).
OUTAGE_STATES: Final = ("25P03", "25006")
CONFLICT_SECONDS: Final = 0.2

Chunk = Callable[..., bool]


class LostWorkers(Exception):  # noqa: N818 - stands for whatever killed them
    """The work has cost several workers their lives; it is not given another one."""


def work_until_idle(*, seconds: float) -> bool:
    """Work until nothing is due or the time is up; return whether something may be left."""
    deadline = time.monotonic() + seconds
    lane_first = True
    while time.monotonic() < deadline:
        if not work_once(lane_first=lane_first):
            return False
        lane_first = not lane_first
    return True


def work_once(*, lane_first: bool = True) -> bool:
    """Do one slice of one piece of work; return whether there was any. Raises only what the database's absence raises."""
    claim = claim_work(lane_first=lane_first)
    if claim is None:
        return False
    try:
        with _without_garbage_collection():
            _run(claim)
    except LostLease:
        logger.warning("another worker took over %s %s", claim.kind, claim.subject_id)
    except (Exception, MemoryError, RecursionError, SystemExit) as error:  # noqa: BLE001 - ends as a state (E-63)
        if _is_outage(error):
            _wait_for_database(claim, error)
        else:
            _blame_us(claim, error)
    else:
        _release(claim)
    return True


def _is_outage(error: BaseException) -> bool:
    """Return whether the database went away or refuses for now: nothing was committed, the work is as it was."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    return isinstance(error, InternalError) and getattr(error.__cause__, "sqlstate", "") in OUTAGE_STATES


def _wait_for_database(claim: Claim, error: BaseException) -> None:
    logger.warning("%s %s waits for the database: %s", claim.kind, claim.subject_id, type(error).__name__)
    connection.close()
    time.sleep(OUTAGE_SECONDS)
    try:
        if claim.is_lane:
            with tenant_scope(claim.tenant_id):
                forget_attempt(claim)
        give_back(claim, wait_seconds=OUTAGE_SECONDS, forgets_attempt=True)
    except LostLease:
        logger.warning("another worker took over %s %s", claim.kind, claim.subject_id)
    except (OperationalError, InterfaceError):
        connection.close()  # the lease runs out by itself


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Rows hold no cycles: looking for them costs a tenth of a slice's time and finds nothing."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _release(claim: Claim, *, wait_seconds: float = 0) -> None:
    try:
        give_back(claim, wait_seconds=wait_seconds)
    except (OperationalError, InterfaceError):
        connection.close()  # the lease runs out by itself


def _run(claim: Claim) -> None:
    tenant = Tenant.objects.get(pk=claim.tenant_id)
    if claim.is_lane:
        with tenant_scope(tenant.pk):
            goes_on = note_attempt(claim)
        if goes_on:
            _run_lane(claim, tenant)
    elif claim.attempts > LOST_BEFORE_FAILING:
        message = f"{claim.attempts - 1} workers were lost"
        raise LostWorkers(message)
    elif claim.kind == WorkItem.Kind.CHECK:
        check_batch(claim, tenant=tenant)
    elif claim.kind == WorkItem.Kind.SNIFF:
        sniff_batch(claim, tenant=tenant, then=start_by_itself)
    else:
        write_results_file(claim, tenant=tenant)


def _run_lane(claim: Claim, tenant: Tenant) -> None:
    if claim.kind == WorkItem.Kind.UNDO:
        _run_chunks(undo_chunk, claim, tenant)
        return
    try:
        _run_chunks(apply_chunk, claim, tenant)
    except BadRowsFound as found:
        with tenant_scope(tenant.pk):
            refuse_for_bad_rows(claim, found)


def _run_chunks(chunk: Chunk, claim: Claim, tenant: Tenant) -> None:
    deadline = time.monotonic() + SLICE_SECONDS
    more = True
    while more and time.monotonic() < deadline:
        more = _run_chunk(chunk, claim, tenant)
        reach("chunk.after_commit")


def _run_chunk(chunk: Chunk, claim: Claim, tenant: Tenant) -> bool:
    for _ in range(CONFLICTS_BEFORE_WAITING):
        try:
            with tenant_scope(tenant.pk):
                return chunk(claim, tenant=tenant)
        except ConcurrentChange:
            time.sleep(random.uniform(0, CONFLICT_SECONDS))  # noqa: S311 - spreads retries, guards nothing
    return True


def _blame_us(claim: Claim, error: BaseException) -> None:
    """Turn an error of our own into a state: smaller chunks first, then failed with a reference (P18, T-61)."""
    reference = make_reference()
    logger.error("%s %s failed, reference %s", claim.kind, claim.subject_id, reference, exc_info=error)
    try:
        with tenant_scope(claim.tenant_id):
            is_final = _is_final(claim)
            if is_final:
                _give_up(claim, reference=reference)
        # In a lane the next try is a smaller one, and their number is limited; a file or its store may need a moment.
        _release(claim, wait_seconds=0 if is_final or claim.is_lane else OUTAGE_SECONDS)
    except LostLease:
        logger.warning("another worker took over %s %s", claim.kind, claim.subject_id)
    except (OperationalError, InterfaceError):
        connection.close()


def _is_final(claim: Claim) -> bool:
    if claim.is_lane:
        return is_hopeless(ImportBatch.objects.get(pk=claim.subject_id))
    return claim.attempts >= TRIES_BEFORE_FAILING


def _give_up(claim: Claim, *, reference: str) -> None:
    """End the work by our fault: a file nobody could look at is refused, a download is dropped, the rest is failed."""
    if claim.kind == WorkItem.Kind.SNIFF:
        refuse_unreadable(claim, reference=reference)
    elif claim.kind == WorkItem.Kind.RESULTS:
        drop_results_file(claim)
    else:
        fail_batch(claim, reference=reference)
