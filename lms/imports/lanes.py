"""Who works on what: work items, one lane per tenant, leases by the database clock, fencing tokens (E-62, E-63).

The database is the truth; a Celery message only says "look". A worker that lost its lease can commit nothing, because
every transaction of its work begins with `hold`, which locks the lane or item under the worker's fencing token.
Public: `announce`, `claim_work`, `hold`, `give_back`, `finish_work`, `take_number`, `take_sequence`, `wake_workers`.
"""

import logging
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import connection, transaction

from lms.imports.models import WorkItem

logger = logging.getLogger(__name__)

LANE_KINDS: Final = (WorkItem.Kind.APPLY, WorkItem.Kind.UNDO)

_ADD_LANE = """
INSERT INTO imports_worklane
    (tenant_id, fencing_token, lease_until, served_at, checks_served_at, next_sequence, next_number)
VALUES (%s, 0, 'epoch', clock_timestamp(), clock_timestamp(), 1, 1) ON CONFLICT DO NOTHING
"""
_ADD_ITEM = """
INSERT INTO imports_workitem
    (tenant_id, kind, subject_id, sequence, not_before, attempts, fencing_token, lease_until, created_at)
VALUES (%s, %s, %s, %s, clock_timestamp(), 0, 0, 'epoch', clock_timestamp())
ON CONFLICT (kind, subject_id) DO UPDATE SET sequence = EXCLUDED.sequence, not_before = EXCLUDED.not_before, attempts = 0
"""
# The lane served longest ago that has something to do. Materialised: a plan may run a subquery again for each
# candidate, and what it chose first is then locked, so that it would choose, and lease, another one too.
_CLAIM_LANE = """
WITH chosen AS MATERIALIZED (
    SELECT tenant_id FROM imports_worklane free
    WHERE lease_until < clock_timestamp() AND EXISTS (
        SELECT 1 FROM imports_workitem item WHERE item.tenant_id = free.tenant_id
          AND item.kind IN ('apply', 'undo') AND item.not_before <= clock_timestamp())
    ORDER BY served_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE imports_worklane lane
SET fencing_token = fencing_token + 1, served_at = clock_timestamp(),
    lease_until = clock_timestamp() + %(lease)s * interval '1 second'
FROM chosen
WHERE lane.tenant_id = chosen.tenant_id
RETURNING lane.tenant_id, lane.fencing_token
"""
_FIRST_IN_LANE = """
UPDATE imports_workitem SET attempts = attempts + 1 WHERE id = (
    SELECT id FROM imports_workitem
    WHERE tenant_id = %s AND kind IN ('apply', 'undo') AND not_before <= clock_timestamp()
    ORDER BY sequence, id LIMIT 1)
RETURNING id, kind, subject_id, attempts
"""
_CLAIM_ITEM = """
WITH chosen AS MATERIALIZED (
    SELECT free.id, free.tenant_id FROM imports_workitem free
    JOIN imports_worklane lane ON lane.tenant_id = free.tenant_id
    WHERE free.kind NOT IN ('apply', 'undo') AND free.lease_until < clock_timestamp()
      AND free.not_before <= clock_timestamp()
    ORDER BY lane.checks_served_at, free.id LIMIT 1 FOR UPDATE OF free SKIP LOCKED
)
UPDATE imports_workitem item
SET fencing_token = fencing_token + 1, attempts = attempts + 1,
    lease_until = clock_timestamp() + %(lease)s * interval '1 second'
FROM chosen
WHERE item.id = chosen.id
RETURNING item.id, item.tenant_id, item.kind, item.subject_id, item.fencing_token, item.attempts
"""
_NOTE_CHECK_SERVED = "UPDATE imports_worklane SET checks_served_at = clock_timestamp() WHERE tenant_id = %s"
# Somebody's long lock makes the work wait, not hang (F37). A worker that freezes inside a transaction would keep its
# locks, and nobody could take over: the database ends a transaction that is silent for longer than the lease (F23).
_LIMIT = """
SELECT set_config('lock_timeout', '5s', true),
       set_config('idle_in_transaction_session_timeout', (%s * 1000)::text, true)
"""
_HOLD_LANE = """
UPDATE imports_worklane SET lease_until = clock_timestamp() + %s * interval '1 second'
WHERE tenant_id = %s AND fencing_token = %s
"""
_HOLD_ITEM = """
UPDATE imports_workitem SET lease_until = clock_timestamp() + %s * interval '1 second'
WHERE id = %s AND fencing_token = %s
"""
_FREE_LANE = """
UPDATE imports_worklane SET lease_until = 'epoch', served_at = clock_timestamp()
WHERE tenant_id = %s AND fencing_token = %s
"""
_FREE_ITEM = "UPDATE imports_workitem SET lease_until = 'epoch' WHERE id = %s AND fencing_token = %s"
_FORGET_ATTEMPT = "UPDATE imports_workitem SET attempts = greatest(attempts - 1, 0) WHERE id = %s"
_POSTPONE = "UPDATE imports_workitem SET not_before = clock_timestamp() + %s * interval '1 second' WHERE id = %s"
_COUNT_DUE = """
SELECT EXISTS (
    SELECT 1 FROM imports_workitem item LEFT JOIN imports_worklane lane USING (tenant_id)
    WHERE item.not_before <= clock_timestamp()
      AND CASE WHEN item.kind IN ('apply', 'undo') THEN lane.lease_until ELSE item.lease_until END < clock_timestamp())
"""


class LostLease(Exception):  # noqa: N818 - not an error: another worker has taken over
    """Another worker holds the lane or item now; stop and touch nothing."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's hold on one piece of work."""

    item_id: int
    tenant_id: int
    kind: str
    subject_id: int
    fencing_token: int
    attempts: int  # claims of this item so far, this one included

    @property
    def is_lane(self) -> bool:
        """Whether the work runs in the tenant's lane."""
        return self.kind in LANE_KINDS


def announce(*, tenant_id: int, kind: str, subject_id: int, sequence: int = 0) -> None:
    """Write a work item in the open transaction, and wake a worker once it is committed."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD_LANE, [tenant_id])
        cursor.execute(_ADD_ITEM, [tenant_id, kind, subject_id, sequence])
    transaction.on_commit(wake_workers, robust=True)


def wake_workers() -> None:
    """Tell a worker to look for work. Best effort: a lost message is made up for by the sweep (F5, F26)."""
    from lms.celery import app

    try:
        app.send_task("imports.wake", ignore_result=True, retry=False)
    except Exception as error:  # noqa: BLE001 - whatever the broker's trouble is, the work item is committed
        logger.warning("no wake-up sent, the sweep will find the work: %s", type(error).__name__)


def take_number(tenant_id: int) -> int:
    """Return the tenant's next import number."""
    return _take(tenant_id, "next_number")


def take_sequence(tenant_id: int) -> int:
    """Return the next place in the tenant's order of application."""
    return _take(tenant_id, "next_sequence")


def _take(tenant_id: int, column: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_ADD_LANE, [tenant_id])
        cursor.execute(
            f'UPDATE imports_worklane SET "{column}" = "{column}" + 1 WHERE tenant_id = %s RETURNING "{column}" - 1',  # noqa: S608
            [tenant_id],
        )
        return int(cursor.fetchone()[0])


def is_work_due() -> bool:
    """Return whether something waits that nobody holds."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_DUE)
        return bool(cursor.fetchone()[0])


def claim_work(*, lane_first: bool = True) -> Claim | None:
    """Take the next piece of work, or return None. Commits by itself; safe to call from any number of workers.

    `lane_first` decides between the lanes (apply, undo) and everything else where both wait; a worker alternates.
    """
    order = (_claim_lane, _claim_item) if lane_first else (_claim_item, _claim_lane)
    for claim in order:
        found = claim()
        if found is not None:
            return found
    return None


def _claim_lane() -> Claim | None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM_LANE, {"lease": settings.WORK_LEASE_SECONDS})
        lane = cursor.fetchone()
        if lane is None:
            return None
        tenant_id, token = lane
        cursor.execute(_FIRST_IN_LANE, [tenant_id])
        item = cursor.fetchone()
        if item is None:
            cursor.execute(_FREE_LANE, [tenant_id, token])
            return None
        item_id, kind, subject_id, attempts = item
        return Claim(item_id, tenant_id, kind, subject_id, token, attempts)


def _claim_item() -> Claim | None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM_ITEM, {"lease": settings.WORK_LEASE_SECONDS})
        item = cursor.fetchone()
        if item is None:
            return None
        item_id, tenant_id, kind, subject_id, token, attempts = item
        cursor.execute(_NOTE_CHECK_SERVED, [tenant_id])
        return Claim(item_id, tenant_id, kind, subject_id, token, attempts)


def hold(claim: Claim, *, seconds: int | None = None) -> None:
    """Lock the claimed lane or item until the open transaction ends, and renew its lease; raise LostLease if it is gone.

    First statement of every transaction of a piece of work: what follows commits under the fencing token or not at all.
    """
    lease = seconds or settings.WORK_LEASE_SECONDS
    with connection.cursor() as cursor:
        cursor.execute(_LIMIT, [settings.WORK_LEASE_SECONDS])
        if claim.is_lane:
            cursor.execute(_HOLD_LANE, [lease, claim.tenant_id, claim.fencing_token])
        else:
            cursor.execute(_HOLD_ITEM, [lease, claim.item_id, claim.fencing_token])
        if cursor.rowcount != 1:
            raise LostLease(claim)


def finish_work(claim: Claim) -> None:
    """Remove the work item, in the transaction of what it led to."""
    WorkItem.objects.filter(pk=claim.item_id).delete()


def give_back(claim: Claim, *, wait_seconds: float = 0, forgets_attempt: bool = False) -> None:
    """Free the lane or item for the next worker; the item is not due again before `wait_seconds` have passed.

    With `forgets_attempt` this claim does not count: the work could not be tried (F32).
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if forgets_attempt:
            cursor.execute(_FORGET_ATTEMPT, [claim.item_id])
        if wait_seconds:
            cursor.execute(_POSTPONE, [wait_seconds, claim.item_id])
        if claim.is_lane:
            cursor.execute(_FREE_LANE, [claim.tenant_id, claim.fencing_token])
        else:
            cursor.execute(_FREE_ITEM, [claim.item_id, claim.fencing_token])
