"""Downloads of an import: its results, at once or made in the background, and the original file (E-65, E-17).

Public: `request_results`, `open_original`, `write_results_file`, `drop_results_file`, `send_download`, `Download`,
`DetailsDeleted`.
"""

import logging
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import IO, Any, Final

from django.core.files import File
from django.core.files.storage import default_storage
from django.http import FileResponse
from django.utils.translation import get_language, override

from lms.core.exports import attach_file
from lms.imports.lanes import Claim, announce, finish_work, hold
from lms.imports.models import ImportBatch, ResultsFile, State, WorkItem
from lms.imports.results.files import FORMATS, write_results
from lms.imports.results.rows import Content, count_lines
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

logger = logging.getLogger(__name__)
# Up to this many rows a file is written while the person waits.
AT_ONCE_ROWS: Final = 5_000
_CHECK_STATES: Final = (State.READY, State.REFUSED, State.QUEUED)


class DetailsDeleted(Exception):  # noqa: N818 - a state of affairs, not a programming error
    """Row details and files of this import were deleted by its retention (E-67)."""


@dataclass(frozen=True, slots=True)
class Download:
    """An open file that is ready to be sent."""

    file: IO[bytes]
    name: str
    content_type: str


def send_download(download: Download) -> FileResponse:
    """Return the response that hands a download over, never shown in place or run (S7, S9)."""
    return attach_file(download.file, name=download.name, content_type=download.content_type)


def request_results(batch: ImportBatch, *, content: str, file_format: str, actor: User) -> Download | ResultsFile:
    """Return the results file in the active language, or the `ResultsFile` that is still being prepared.

    Small files are written at once into a temporary file; large ones become work for a worker, made once for each
    state of the import, format and language. Whether `actor` may see the import is the caller's question; the actor
    is named in the log. Raises DetailsDeleted after the purge.
    """
    refuse_if_deleted(batch)
    logger.info("results %s.%s of batch %s requested by user %s", content, file_format, batch.pk, actor.pk)
    if count_lines(batch, content=content) <= AT_ONCE_ROWS:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
        write_results(batch, content=content, file_format=file_format, to=file)
        return _as_download(batch, file=file, content=content, file_format=file_format)
    results, created = ResultsFile.objects.get_or_create(
        tenant_id=batch.tenant_id,
        batch_id=batch.pk,
        content=content,
        file_format=file_format,
        version=_version_of(batch),
    )
    if created:
        announce(tenant_id=batch.tenant_id, kind=WorkItem.Kind.RESULTS, subject_id=results.pk)
    if not results.file_key:
        return results
    stored = default_storage.open(results.file_key)
    return _as_download(batch, file=stored, content=content, file_format=file_format)


def open_original(batch: ImportBatch) -> Download:
    """Return the uploaded file as it was. Raises DetailsDeleted after the purge."""
    refuse_if_deleted(batch)
    if not batch.file_key:
        raise DetailsDeleted
    return Download(default_storage.open(batch.file_key), batch.file_name, "application/octet-stream")


def refuse_if_deleted(batch: ImportBatch) -> None:
    """Raise DetailsDeleted if the details of this import are gone, or due to go (F63)."""
    if batch.rows_deleted_on is not None or batch.purge_on <= today(batch.tenant):
        raise DetailsDeleted


def results_key(results: ResultsFile) -> str:
    """Return where a results file is kept: always the same place, so that a crashed attempt leaves nothing behind."""
    folder = PurePosixPath("tenants") / str(results.tenant_id) / "imports" / str(results.batch_id)
    return str(folder / f"results-{results.pk}.{results.file_format}")


def write_results_file(claim: Claim, *, tenant: Tenant) -> None:
    """Make the results file that was asked for, and finish the work. Safe to repeat; does nothing if all is done.

    Opens its own scopes: no transaction is open while the file is stored. Raises LostLease if another worker took
    over; that one writes to the same place.
    """
    with tempfile.TemporaryFile() as file:
        with tenant_scope(tenant.pk):
            results = _find_wanted(claim.subject_id)
            if results is not None:
                with override(results.version.partition("|")[0]):
                    write_results(results.batch, content=results.content, file_format=results.file_format, to=file)
        key = results_key(results) if results is not None else ""
        if key:
            file.seek(0)
            default_storage.delete(key)
            default_storage.save(key, File(file))
    with tenant_scope(tenant.pk):
        hold(claim)
        finish_work(claim)
        if key:
            ResultsFile.objects.filter(pk=claim.subject_id).update(file_key=key)


def drop_results_file(claim: Claim) -> None:
    """Give up a file that could not be made, so that asking again starts afresh; in the open scope."""
    hold(claim)
    ResultsFile.objects.filter(pk=claim.subject_id, file_key="").delete()
    finish_work(claim)


def _find_wanted(results_id: int) -> ResultsFile | None:
    wanted = ResultsFile.objects.select_related("batch").filter(pk=results_id, file_key="")
    return wanted.filter(batch__rows_deleted_on=None).first()


def _version_of(batch: ImportBatch) -> str:
    """Return what tells this file from one made earlier or for a reader of another language."""
    moment = batch.finished_at or batch.checked_at or datetime.fromtimestamp(0, UTC)
    language = get_language() or "en-gb"
    return f"{language}|{batch.state}|{batch.checkpoint}|{moment.astimezone(UTC):%Y%m%dT%H%M%S%f}"


def _as_download(batch: ImportBatch, *, file: Any, content: str, file_format: str) -> Download:
    what = {Content.ALL: "all-rows", Content.FAILED: "failed-rows"}[Content(content)]
    if content == Content.ALL and batch.state in _CHECK_STATES and not batch.checkpoint:
        what = "check"
    return Download(file, f"import-{batch.number}-{what}.{file_format}", FORMATS[file_format])
