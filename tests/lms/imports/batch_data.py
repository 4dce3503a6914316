"""Batches and row logs as the engine leaves them, written directly: for tests of what comes after it."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from lms.imports.models import ImportBatch, ImportRow, State
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

HEADERS = ["Username", "Completed", "Course"]


@dataclass(frozen=True)
class LogRow:
    """One row of the log; `position` 0 stands for none."""

    row_no: int
    outcome: str
    cells: list[Any]
    problems: list[list[Any]] = field(default_factory=list)
    plan: dict[str, Any] = field(default_factory=dict)
    position: int = 0


def make_batch(cast: Cast, *, number: int = 41, state: str = State.COMPLETED_WITH_ERRORS, **fields: Any) -> ImportBatch:
    """Write one batch of Alice's, uploaded now and kept for 30 days."""
    values: dict[str, Any] = {
        "tenant": cast.acme,
        "number": number,
        "kind": "completions",
        "state": state,
        "uploaded_by": cast.alice,
        "uploader_name": cast.alice.full_name,
        "uploader_role": cast.alice.role,
        "uploaded_at": timezone.now(),
        "idempotency_key": uuid.uuid4(),
        "file_name": "old-lms-export.csv",
        "file_key": "",
        "file_sha256": "0" * 64,
        "file_size": 1,
        "sniffed": {"headers": HEADERS, "header_row": 1, "delimiter": ";", "encoding": "utf-8"},
        "purge_on": today(cast.acme) + dt.timedelta(days=31),
    } | fields
    with tenant_scope(cast.acme.pk):
        return ImportBatch.objects.create(**values)


def write_log(batch: ImportBatch, rows: list[LogRow]) -> None:
    """Write the row log of a batch."""
    with tenant_scope(batch.tenant_id):
        ImportRow.objects.bulk_create(
            ImportRow(
                purge_on=batch.purge_on,
                tenant_id=batch.tenant_id,
                batch_id=batch.pk,
                row_no=row.row_no,
                position=row.position or None,
                cells=row.cells,
                values={},
                outcome=row.outcome,
                problems=row.problems,
                plan=row.plan,
            )
            for row in rows
        )
