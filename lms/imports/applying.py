"""Applies a confirmed import in chunks: lock, plan again, write, log, checkpoint, all in one transaction (E-25, E-62, E-63).

What a chunk does commits under the lane's fencing token or not at all, so a killed worker, a doubled message or a zombie
changes nothing twice. Public: `apply_chunk`, `note_attempt`, `forget_attempt`, `fail_batch`.
"""

import logging
import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models import Count, F
from django.utils import timezone

from lms.audit.services import record_event
from lms.core.failpoints import reach
from lms.core.json_text import decode_json
from lms.imports.changes import Change, find_changes, log_changes
from lms.imports.checking import describe_context
from lms.imports.importer import Importer, RunContext, importer_of
from lms.imports.lanes import Claim, finish_work, hold
from lms.imports.messaging.keeping import find_allowed
from lms.imports.messaging.writing import end_messages, write_planned_messages
from lms.imports.models import ImportBatch, Outcome, State
from lms.imports.planning import OpenRow, PlannedRows, plan_open_rows, read_whole_groups, unfit_outcome
from lms.imports.transitions import change_state
from lms.notifications.services import tell_import_finished, tell_import_needs_you
from lms.people.models import User
from lms.tenancy.models import Tenant

logger = logging.getLogger(__name__)

# A chunk lost this often is tried again at a tenth of its size (E-63).
LOSSES_BEFORE_SHRINKING: Final = 2
# So many single rows lost by our own fault mean that the fault is not in the rows.
ERRORED_ROWS_BEFORE_FAILING: Final = 10
# What cannot be cut into smaller chunks (a whole file, an undo, the very end) is given up after so many losses.
LOSSES_BEFORE_FAILING: Final = 3
# One transaction over the whole file may take this long before another worker takes over (seconds).
WHOLE_FILE_LEASE: Final = 900

_ROWS: Final = """
SELECT row_no, person_id, item_id, day, values, problems, outcome, plan, position FROM imports_importrow
WHERE purge_on = %s AND batch_id = %s AND position > %s AND position <= %s ORDER BY position
"""


class BadRowsFound(Exception):  # noqa: N818 - the wish of who chose "stop if any row is bad"
    """A row became impossible since the check, and the import is to stop if any row is bad (E-58)."""

    def __init__(self, changes: Sequence[Change]) -> None:
        super().__init__()
        self.changes = changes


def apply_chunk(claim: Claim, *, tenant: Tenant) -> bool:
    """Apply the next chunk of the claimed import; return whether more is to come. Runs in the open scope of its tenant.

    Raises LostLease if another worker holds the lane, ConcurrentChange if somebody changed the same records meanwhile
    (try again), BadRowsFound in the mode that stops.
    """
    batch = ImportBatch.objects.get(pk=claim.subject_id)
    is_whole = batch.is_all_or_nothing
    hold(claim, seconds=WHOLE_FILE_LEASE if is_whole else None)
    batch = ImportBatch.objects.select_for_update().get(pk=claim.subject_id)
    if batch.state == State.QUEUED:
        _start(batch)
    if batch.state != State.APPLYING:
        finish_work(claim)
        return False
    if batch.cancel_requested:
        _end(batch, claim, tenant=tenant, state=State.CANCELLED)
        return False
    reach("chunk.begin")
    context = describe_context(
        batch, tenant=tenant, actor=User.objects.get(pk=batch.confirmed_by_id or batch.uploaded_by_id)
    )
    size, before = batch.chunk_rows or settings.IMPORT_CHUNK_ROWS, batch.checkpoint
    bad: list[Change] = []
    while batch.checkpoint < batch.positions:
        # Once a row is bad nothing more is written; the rest is looked through, so that all that changed is listed.
        bad += _apply_rows(batch, context=context, size=size, is_whole=is_whole, is_lost=bool(bad))
        if not is_whole:
            break
    if bad:
        raise BadRowsFound(bad)
    if batch.checkpoint >= batch.positions:
        _end(batch, claim, tenant=tenant, state=None)
        reach("finish.before_commit")
        return False
    batch.chunk_rows = _size_after(batch, before=before)
    _store_progress(batch)
    reach("chunk.before_commit")
    return True


def _start(batch: ImportBatch) -> None:
    now = timezone.now()
    counts = batch.counts or dict(batch.summary.get("left_out", {}))
    change_state(
        batch,
        to=State.APPLYING,
        expected=[State.QUEUED],
        started_at=batch.started_at or now,
        phase="applying",
        phase_started_at=now,
        progress=batch.checkpoint,
        progress_total=batch.positions,
        counts=counts,
    )


def _apply_rows(batch: ImportBatch, *, context: RunContext, size: int, is_whole: bool, is_lost: bool) -> list[Change]:
    """Write the next rows; return the bad ones where they stop the whole file, and write nothing then."""
    importer = importer_of(batch)
    logged = _read_rows(batch, size=size)
    reach("chunk.rows", rows=(row[0] for row in logged))
    rows = [
        OpenRow(row_no, person_id, item_id, day, decode_json(values), [])
        for row_no, person_id, item_id, day, values, *_ in logged
    ]
    told = ((person_id, item_id, plan) for _, person_id, item_id, *_, plan, _ in logged)
    shown = find_allowed(batch, told, actor=context.actor)
    planned = plan_open_rows(rows, importer=importer, context=context, is_applying=True, shown=shown)
    changes = find_changes(logged, planned)
    bad = [change for change in changes if change.outcome == Outcome.REJECTED]
    batch.checkpoint = logged[-1][-1]
    if is_whole and (bad or is_lost):
        return bad
    _write(planned, batch=batch, importer=importer, context=context)
    log_changes(batch, changes)
    counts = Counter(batch.counts)
    counts.update(str(plan.outcome) for plan in planned.plans)
    counts.update(unfit_outcome(problems) for _, problems in planned.unfit)
    batch.counts = dict(counts)
    batch.changed_rows += sum(change.is_listed for change in changes)
    batch.attempts = 0
    return []


def _read_rows(batch: ImportBatch, *, size: int) -> list[tuple[Any, ...]]:
    def read(limit: int) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(_ROWS, [batch.purge_on, batch.pk, batch.checkpoint, batch.checkpoint + limit])
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    return read_whole_groups(read, limit=size, group_of=lambda row: (row[1], row[2]))


def _write(planned: PlannedRows, *, batch: ImportBatch, importer: Importer, context: RunContext) -> None:
    if planned.rows:
        importer.apply_rows(planned.rows, planned.plans, facts=planned.facts, context=context)
        write_planned_messages(planned.rows, planned.plans, batch=batch, context=context)


def _store_progress(batch: ImportBatch) -> None:
    ImportBatch.objects.filter(pk=batch.pk).update(
        counts=batch.counts,
        changed_rows=batch.changed_rows,
        checkpoint=batch.checkpoint,
        progress=batch.checkpoint,
        chunk_rows=batch.chunk_rows,
        attempts=0,
    )


def _end(batch: ImportBatch, claim: Claim, *, tenant: Tenant, state: str | None) -> None:
    """Leave the batch finished or cancelled, with an outcome for every row (E-50), and tell its uploader (E-69)."""
    counts = Counter(batch.counts)
    if batch.checkpoint < batch.positions:
        counts[Outcome.NOT_PROCESSED.value] = batch.positions - batch.checkpoint
    if sum(counts.values()) != batch.data_rows:
        message = f"{dict(counts)} does not add up to {batch.data_rows}"
        raise AssertionError(message)
    has_failures = any(counts.get(outcome) for outcome in (Outcome.REJECTED, Outcome.ERRORED))
    finished = State.COMPLETED_WITH_ERRORS if has_failures else State.COMPLETED
    change_state(
        batch,
        to=state or finished,
        expected=[State.APPLYING],
        counts=dict(counts),
        changed_rows=batch.changed_rows,
        checkpoint=batch.checkpoint,
        progress=batch.checkpoint,
        attempts=0,
        phase="",
        finished_at=timezone.now(),
    )
    finish_work(claim)
    end_messages(batch, tenant=tenant)
    record_event(
        action=f"imports.batch.{'cancelled' if state == State.CANCELLED else 'applied'}",
        actor=batch.confirmed_by,
        subject=batch,
        batch_id=batch.pk,
        details={
            "file": batch.file_name,
            "sha256": batch.file_sha256,
            "mapping": batch.mapping,
            "options": batch.options,
            "counts": dict(counts),
            "changed_since_check": batch.changed_rows,
            "messages": batch.messages or "none",
        },
    )
    tell_import_finished(batch)


def refuse_for_bad_rows(claim: Claim, found: BadRowsFound) -> None:
    """Refuse an import that was to stop if any row is bad; what became bad is in its log (S-25). Runs in the open scope.

    It waits at its review again, as if nobody had confirmed it, and its uploader is told.
    """
    hold(claim)
    batch = ImportBatch.objects.select_for_update().get(pk=claim.subject_id)
    if batch.state == State.QUEUED:
        _start(batch)
    log_changes(batch, found.changes)
    planned = batch.rows().values_list("outcome").annotate(rows=Count("row_no"))
    change_state(
        batch,
        to=State.REFUSED,
        expected=[State.APPLYING],
        problems=[*batch.problems, {"code": "F015", "params": {"n": len(found.changes)}}],
        changed_rows=len(found.changes),
        planned=dict(planned),
        counts={},
        phase="",
        confirmed_at=None,
        sequence=None,
        started_at=None,
    )
    finish_work(claim)
    details = {"changed_since_check": len(found.changes), "file": batch.file_name}
    record_event("imports.batch.refused", actor=batch.confirmed_by, subject=batch, batch_id=batch.pk, details=details)
    tell_import_needs_you(batch, why="changed")


def note_attempt(claim: Claim) -> bool:
    """Count that a worker begins with an apply or undo; return whether it is to go on. Runs in the open scope.

    Where workers were lost before, the chunk gets smaller; a single group of rows that is lost twice becomes `errored`
    (R902) and is passed over (E-63, F39). Where neither can help the batch has failed (P18).
    """
    hold(claim)
    batch = ImportBatch.objects.select_for_update().get(pk=claim.subject_id)
    if batch.state == State.QUEUED:
        _start(batch)  # committed before the first chunk, so that its losses count too
    if batch.state not in (State.APPLYING, State.UNDOING):
        return True
    if batch.attempts >= LOSSES_BEFORE_SHRINKING and is_hopeless(batch):
        fail_batch(claim, reference=make_reference())
        return False
    if batch.attempts >= LOSSES_BEFORE_SHRINKING and _can_shrink(batch):
        _shrink(batch)
        batch.attempts = 0
    ImportBatch.objects.filter(pk=batch.pk).update(
        attempts=batch.attempts + 1,
        chunk_rows=batch.chunk_rows,
        checkpoint=batch.checkpoint,
        counts=batch.counts,
        changed_rows=batch.changed_rows,
    )
    return True


def forget_attempt(claim: Claim) -> None:
    """Take back that an attempt was counted: the database was away, the rows are not to blame (F32, F36)."""
    hold(claim)
    ImportBatch.objects.filter(pk=claim.subject_id, attempts__gt=0).update(attempts=F("attempts") - 1)


def is_hopeless(batch: ImportBatch) -> bool:
    """Return whether a fault of ours cannot be cured by smaller chunks: nothing can be cut, or too much was lost."""
    if _can_shrink(batch):
        return int(batch.counts.get(Outcome.ERRORED.value, 0)) >= ERRORED_ROWS_BEFORE_FAILING
    return batch.attempts >= LOSSES_BEFORE_FAILING


def _can_shrink(batch: ImportBatch) -> bool:
    """Return whether there are smaller chunks; in an all-or-nothing import there are not, and no row is passed over (E-58)."""
    return batch.state == State.APPLYING and not batch.is_all_or_nothing and batch.checkpoint < batch.positions


def _shrink(batch: ImportBatch) -> None:
    size = batch.chunk_rows or settings.IMPORT_CHUNK_ROWS
    if size > 1:
        batch.chunk_rows = max(1, size // 10)
    else:
        _pass_over(batch)


def _size_after(batch: ImportBatch, *, before: int) -> int:
    """Return the chunk size to go on with after a success: full again once the bad place is behind (0: the setting)."""
    full = settings.IMPORT_CHUNK_ROWS
    if not batch.chunk_rows or before // full != batch.checkpoint // full:
        return 0
    if batch.chunk_rows == 1 and batch.rows().filter(position=before, outcome=Outcome.ERRORED).exists():
        return 0
    return batch.chunk_rows


def _pass_over(batch: ImportBatch) -> None:
    rows = _read_rows(batch, size=1)
    reference = make_reference()
    logger.error("import %s: rows %s lost repeatedly, reference %s", batch.pk, [row[0] for row in rows], reference)
    problem = ["R902", "", {"reference": reference}]
    log_changes(batch, [Change(row[0], Outcome.ERRORED, [problem], {}, None) for row in rows])
    batch.counts = dict(Counter(batch.counts) + Counter({Outcome.ERRORED.value: len(rows)}))
    batch.changed_rows += len(rows)
    batch.checkpoint = rows[-1][-1]


def make_reference() -> str:
    """Return a short reference for people and logs, such as 7F3K-2Q (no letters that look alike)."""
    letters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
    code = "".join(secrets.choice(letters) for _ in range(6))
    return f"{code[:4]}-{code[4:]}"


def fail_batch(claim: Claim, *, reference: str) -> None:
    """Leave the batch failed by our fault: what is in stays and can be undone, the rest can go on. Runs in the open scope."""
    hold(claim)
    batch = ImportBatch.objects.select_for_update().get(pk=claim.subject_id)
    failed_in = {State.CHECKING: "checking", State.UNDOING: "undoing"}.get(State(batch.state), "applying")
    if batch.state == State.QUEUED:
        _start(batch)
    counts = Counter(batch.counts)
    if failed_in == "applying" and batch.positions > batch.checkpoint:
        counts[Outcome.NOT_PROCESSED.value] = batch.positions - batch.checkpoint
    change_state(
        batch,
        to=State.FAILED,
        expected=[State.CHECKING, State.APPLYING, State.UNDOING],
        failed_in=failed_in,
        reference=reference,
        counts=dict(counts),
        phase="",
        finished_at=timezone.now(),
    )
    finish_work(claim)
    details = {"failed_in": failed_in, "reference": reference, "counts": dict(counts)}
    record_event("imports.batch.failed", subject=batch, batch_id=batch.pk, details=details)
    tell_import_finished(batch)
