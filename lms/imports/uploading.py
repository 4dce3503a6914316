"""Stores an uploaded file, looks at its first bytes and creates the batch; the worker sniffs it afterwards.

The request answers at once: file first, row second, in a scope of its own. Public: `store_upload`, `request_sniff`,
`sniff_batch`, `open_upload`.
"""

import hashlib
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from lms.audit.services import record_event
from lms.core.text import clean_text
from lms.imports.access import visible_batches
from lms.imports.dates import DateFormat
from lms.imports.importer import Importer, all_importers, importer_of
from lms.imports.lanes import Claim, announce, finish_work, hold, take_number
from lms.imports.models import ImportBatch, State, WorkItem
from lms.imports.readers.facts import FileRefused, ReadLimits, ReadOptions, Sniffed
from lms.imports.readers.reading import sniff_file
from lms.imports.recognising import KIND_OPEN, STARTS_CHECK, Recognised, is_kind_open, recognise_file
from lms.imports.remembering import Settings, remember_settings
from lms.imports.template_files import is_sample_text
from lms.imports.transitions import change_state
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

# A template has at most this many sample rows at its top.
SAMPLE_ROWS = 5


class UploadRefused(Exception):  # noqa: N818 - an answer
    """The file cannot be taken: the F-code and what its sentence needs. Nothing was stored."""

    def __init__(self, code: str, params: dict[str, Any]) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


class UploadConflict(Exception):  # noqa: N818 - an answer
    """The same form was sent before with another file (F8)."""


def read_limits(tenant: Tenant) -> ReadLimits:
    """Return the limits of E-53 that hold for this tenant; marked sample rows may come on top (L-13)."""
    return ReadLimits(max_rows=row_limit(tenant) + SAMPLE_ROWS)


def row_limit(tenant: Tenant) -> int:
    """Return how many rows one import of this tenant may have (L-12)."""
    return min(tenant.row_limit, settings.IMPORT_ROW_CEILING)


def refuse_too_many(rows: int, *, tenant: Tenant) -> None:
    """Raise FileRefused F003 if so many rows, sample rows not counted, are above the tenant's limit."""
    limit = row_limit(tenant)
    if rows > limit:
        raise FileRefused("F003", {"n": rows, "limit": limit})


def store_upload(  # noqa: PLR0913 - a file, and what is said about it
    *,
    tenant: Tenant,
    actor: User,
    importer: Importer,
    chunks: Iterable[bytes],
    file_name: str,
    note: str = "",
    idempotency_key: uuid.UUID,
    read_options: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    date_format: str = "",
    starts_check: bool = False,
    is_remembered: bool = True,
) -> ImportBatch:
    """Store the file and create its batch; return it, with a worker told to look at the file.

    Opens its own scope (call it outside of one) and commits. `read_options` are answers given at the upload, such as
    header_row=0 for a file without column names (L-18), `options` answers to the importer's questions (L-48),
    `date_format` how dates are written. With `starts_check` the worker starts the check by itself where the columns
    are recognised by their own names and nothing is open. What was said `is_remembered` where the kind wants it (T-04).
    The same key with the same bytes returns the same batch.
    Raises UploadRefused (too large, or of a kind nobody can read), UploadConflict (same key, other bytes), and
    ValueError for what is not a date format.
    """
    mapping: dict[str, Any] = {"date_format": DateFormat.parse(date_format).name} if date_format else {}
    if starts_check:
        mapping[STARTS_CHECK] = True
    with tempfile.TemporaryFile() as stored:
        digest, size = _receive(chunks, to=stored)
        stored.seek(0)
        with tenant_scope(tenant.pk):
            earlier = _find_earlier(idempotency_key, digest)
            if earlier is not None:
                return earlier
        key = default_storage.save(f"tenants/{tenant.pk}/imports/{uuid.uuid4().hex}", File(stored))
    try:
        with tenant_scope(tenant.pk):
            if is_remembered and (options or date_format) and KIND_OPEN not in (options or {}):
                remember_settings(actor, importer, Settings(options or {}, date_format, read_options or {}))
            return _create_batch(
                tenant=tenant,
                actor=actor,
                kind=importer.key,
                mapping=mapping,
                note=clean_text(note)[:200],
                idempotency_key=idempotency_key,
                file_name=safe_file_name(file_name),
                file_key=key,
                file_sha256=digest,
                file_size=size,
                read_options=asdict(ReadOptions(**(read_options or {}))),
                options=dict(options or {}),
            )
    except IntegrityError:  # a twin of this very request was faster (F7)
        default_storage.delete(key)
        with tenant_scope(tenant.pk):
            earlier = _find_earlier(idempotency_key, digest)
            if earlier is None:
                raise
            return earlier


def _receive(chunks: Iterable[bytes], *, to: IO[bytes]) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > settings.IMPORT_UPLOAD_BYTES:
            limit = settings.IMPORT_UPLOAD_BYTES // (1024 * 1024)
            raise UploadRefused("F010", {"detail": f"> {limit} MB", "kind": "upload", "limit": limit})
        digest.update(chunk)
        to.write(chunk)
    return digest.hexdigest(), size


def _find_earlier(idempotency_key: uuid.UUID, digest: str) -> ImportBatch | None:
    earlier = ImportBatch.objects.filter(idempotency_key=idempotency_key).first()
    if earlier is not None and earlier.file_sha256 != digest:
        raise UploadConflict
    return earlier


def _create_batch(*, tenant: Tenant, actor: User, kind: str, **fields: Any) -> ImportBatch:
    now = timezone.now()
    keep = min(tenant.retention_days, settings.RETENTION_DAYS_CEILING)
    batch = ImportBatch.objects.create(
        tenant_id=tenant.pk,
        number=take_number(tenant.pk),
        kind=kind,
        uploaded_by=actor,
        uploader_name=actor.full_name,
        uploader_role=actor.role,
        uploaded_at=now,
        purge_on=today(tenant) + timedelta(days=1 + keep),
        problems=_same_file_warning(fields["file_sha256"], actor=actor),
        **fields,
    )
    announce(tenant_id=tenant.pk, kind=WorkItem.Kind.SNIFF, subject_id=batch.pk)
    details = {"kind": kind, "file": batch.file_name, "sha256": batch.file_sha256, "bytes": batch.file_size}
    record_event("imports.batch.uploaded", actor=actor, subject=batch, batch_id=batch.pk, details=details)
    return batch


def _same_file_warning(digest: str, *, actor: User) -> list[dict[str, Any]]:
    """Return F008 if the same bytes were uploaded before, as far as the actor may see that import (L-69, P21)."""
    twin = visible_batches(actor).filter(file_sha256=digest).order_by("-id").first()
    if twin is None:
        return []
    day = twin.uploaded_at.date().isoformat()
    return [{"code": "F008", "params": {"number": twin.number, "date": day, "state": twin.state}}]


def safe_file_name(name: str) -> str:
    """Return a display name without path, control or bidirectional characters, at most 255 characters (S7)."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(character for character in name if character.isprintable())
    return clean_text(kept)[-255:] or "upload"


@contextmanager
def open_upload(batch: ImportBatch) -> Iterator[Path]:
    """Give the stored file as a local path: the file itself where the store is a folder, a temporary copy otherwise."""
    try:
        path = Path(default_storage.path(batch.file_key))
    except NotImplementedError:
        path = None
    if path is not None:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "upload"
        with default_storage.open(batch.file_key) as stored, copy.open("wb") as local:
            shutil.copyfileobj(stored, local)
        yield copy


def request_sniff(batch: ImportBatch, *, read_options: dict[str, Any]) -> None:
    """Have the worker look at the file again with other reading options; in the caller's scope."""
    ImportBatch.objects.filter(pk=batch.pk).update(sniffed=None, read_options=read_options)
    announce(tenant_id=batch.tenant_id, kind=WorkItem.Kind.SNIFF, subject_id=batch.pk)


def sniff_batch(claim: Claim, *, tenant: Tenant, then: Callable[[ImportBatch], None] | None = None) -> None:
    """Look at a batch's file: format, encoding, names, samples, counts; the batch then waits for its mapping.

    What the file says about itself is chosen where nobody has chosen (S-36). `then` is called with a batch whose file
    could be read, in the same transaction. A file that cannot be read, or contradicts what was chosen (S-26, S-43), is
    refused with its F-code. Commits by itself, under the claim.
    """
    with tenant_scope(tenant.pk):
        batch = ImportBatch.objects.get(pk=claim.subject_id)
        importers = all_importers() if is_kind_open(batch) else [importer_of(batch)]
    known = frozenset().union(*(column.header_keys for importer in importers for column in importer.columns))
    sniffed: Sniffed | None = None
    refusal: FileRefused | None = None
    with open_upload(batch) as path:
        try:
            sniffed = sniff_file(
                path, options=ReadOptions(**batch.read_options), limits=read_limits(tenant), known_headers=known
            )
            refuse_too_many(sniffed.data_rows - _count_samples(sniffed), tenant=tenant)
        except FileRefused as refused:
            refusal = refused
    with tenant_scope(tenant.pk), transaction.atomic():
        hold(claim)
        # As it is now: somebody may have chosen something while the file was read.
        batch = ImportBatch.objects.select_for_update().get(pk=claim.subject_id)
        if sniffed is None or refusal is not None:
            _refuse(batch, [{"code": refusal.code, "params": refusal.params}] if refusal else [])
        else:
            found = _recognise(batch, sniffed)
            batch.options = found.options
            ImportBatch.objects.filter(pk=batch.pk).update(options=found.options)
            if found.problems:
                _refuse(batch, found.problems)
            else:
                _keep_picture(batch, sniffed)
                if then is not None:
                    then(batch)
        finish_work(claim)


def _recognise(batch: ImportBatch, sniffed: Sniffed) -> Recognised:
    """Return what the file says about itself; where the kind is still open, that is asked when somebody has said it."""
    if is_kind_open(batch):
        return Recognised(dict(batch.options), [])
    actor = User.objects.select_related("tenant").get(pk=batch.uploaded_by_id)
    return recognise_file(importer_of(batch), sniffed, options=batch.options, actor=actor)


def _keep_picture(batch: ImportBatch, sniffed: Sniffed) -> None:
    question = _hidden_rows_question(sniffed, batch.read_options)
    changes = {
        "sniffed": sniffed.to_json(),
        "problems": [*question, *batch.upload_problems],
        "data_rows": batch.rows_after_sniff(sniffed.data_rows),
    }
    ImportBatch.objects.filter(pk=batch.pk).update(**changes)
    for name, value in changes.items():
        setattr(batch, name, value)


def _refuse(batch: ImportBatch, problems: Sequence[Mapping[str, Any]]) -> None:
    """Refuse the file for these problems; it has no picture from which it could be mapped."""
    changes: dict[str, Any] = {"problems": [*problems, *batch.upload_problems], "sniffed": {}}
    if batch.state == State.UPLOADED:
        change_state(batch, to=State.REFUSED, expected=[State.UPLOADED], **changes)
    else:
        ImportBatch.objects.filter(pk=batch.pk).update(**changes)


def refuse_unreadable(claim: Claim, *, reference: str) -> None:
    """Refuse a file whose look at it failed by our fault every time; in the caller's scope."""
    hold(claim)
    batch = ImportBatch.objects.get(pk=claim.subject_id)
    problems = [{"code": "F001", "params": {"kind": "too_complex", "reference": reference}}]
    ImportBatch.objects.filter(pk=batch.pk).update(problems=problems, sniffed={}, reference=reference)
    if batch.state == State.UPLOADED:
        change_state(batch, to=State.REFUSED, expected=[State.UPLOADED])
    finish_work(claim)


def _count_samples(sniffed: Sniffed) -> int:
    rows = (cells for _, cells in sniffed.sample_rows)
    return sum(any(isinstance(cell, str) and is_sample_text(cell) for cell in cells) for cells in rows)


def _hidden_rows_question(sniffed: Sniffed, read_options: dict[str, Any]) -> list[dict[str, Any]]:
    if not sniffed.hidden_rows or read_options.get("hidden_rows"):
        return []
    total = sniffed.hidden_rows + sniffed.visible_rows
    return [{"code": "F011", "params": {"n": sniffed.hidden_rows, "total": total, "m": sniffed.visible_rows}}]
