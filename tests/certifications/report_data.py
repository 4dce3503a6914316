"""Certification imports written by hand, with their row log, for the tests of the report."""

import datetime as dt
import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

from django.utils import timezone

from lms.imports.models import ImportBatch, ImportRow, State
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

KEYS = ("username", "certificationshortname", "certificationidnumber", "completiondate", "duedate")


def add_batch(by: User, number: int, **fields: Any) -> ImportBatch:
    """Write a finished import of certification records; its columns stand in the order of the specification."""
    with tenant_scope(by.tenant_id):
        tenant = Tenant.objects.get(pk=by.tenant_id)
        now = timezone.now()
        values: dict[str, Any] = {
            "kind": "certifications",
            "state": State.COMPLETED,
            "uploaded_by": by,
            "uploader_name": by.full_name,
            "uploader_role": by.role,
            "uploaded_at": now,
            "idempotency_key": uuid.uuid4(),
            "file_name": f"file-{number}.csv",
            "file_key": "",
            "file_sha256": f"{number:064}",
            "file_size": 1,
            "mapping": {"columns": {key: place for place, key in enumerate(KEYS)}, "date_format": "yyyy-mm-dd"},
            "checked_at": now,
            "confirmed_by": by,
            "confirmed_at": now,
            "finished_at": now,
            "purge_on": today(tenant) + timedelta(days=31),
        } | fields
        return ImportBatch.objects.create(tenant=tenant, number=number, **values)


def add_row(batch: ImportBatch, row_no: int, outcome: str, *cells: Any, **fields: Any) -> None:
    """Write one row of the log; problems are codes or (code, field, parameters). The numbers of the import grow with it."""
    problems = [[found, "", {}] if isinstance(found, str) else list(found) for found in fields.pop("problems", ())]
    day = fields.pop("day", None)
    with tenant_scope(batch.tenant_id):
        ImportRow.objects.create(
            purge_on=batch.purge_on,
            tenant_id=batch.tenant_id,
            batch_id=batch.pk,
            row_no=row_no,
            outcome=outcome,
            cells=list(cells),
            values={},
            problems=problems,
            plan={},
            day=dt.date.fromisoformat(day) if day else None,
            **fields,
        )
        batch.counts = dict(Counter(batch.counts) + Counter({outcome: 1}))
        batch.data_rows += 1
        batch.save(update_fields=["counts", "data_rows"])


def delete_log(batch: ImportBatch, on: dt.date) -> None:
    """Delete the row log of an import, as the day it is due does."""
    with tenant_scope(batch.tenant_id):
        batch.rows().delete()
        ImportBatch.objects.filter(pk=batch.pk).update(rows_deleted_on=on)
