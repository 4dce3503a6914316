"""Reads a file again with other reading options: at once where it is small, else by a worker (E-54, E-01, E-02).

Public: `reread_file`. Runs in the caller's scope.
"""

from typing import Any, Final

from lms.imports.importer import importer_of
from lms.imports.models import ImportBatch
from lms.imports.readers.facts import ReadOptions
from lms.imports.readers.reading import sniff_file
from lms.imports.recognising import STARTS_CHECK
from lms.imports.uploading import open_upload, read_limits, request_sniff
from lms.tenancy.models import Tenant

# A file up to this size is read while the person waits: about a quarter of a second for text.
AT_ONCE_BYTES: Final = {"csv": 3 * 1024 * 1024, "xlsx": 300 * 1024}

# What an earlier check found no longer holds for a file that is read otherwise.
_NO_CHECK: Final[dict[str, Any]] = {"planned": {}, "summary": {}}


def reread_file(batch: ImportBatch, *, tenant: Tenant, read_options: dict[str, Any]) -> None:
    """Look at the file again with these options; afterwards, or once the worker is done, the picture is the new one.

    Raises FileRefused if the file cannot be read like this; the picture then stays as it was.
    """
    sniffed = batch.sniffed or {}
    if not sniffed or batch.file_size > AT_ONCE_BYTES.get(str(sniffed.get("format")), 0):
        ImportBatch.objects.filter(pk=batch.pk).update(
            problems=batch.upload_problems, mapping=_kept_mapping(batch), **_NO_CHECK
        )
        request_sniff(batch, read_options=read_options)
        return
    importer = importer_of(batch)
    known = frozenset().union(*(column.header_keys for column in importer.columns))
    with open_upload(batch) as path:
        picture = sniff_file(path, options=ReadOptions(**read_options), limits=read_limits(tenant), known_headers=known)
    problems = batch.upload_problems
    if picture.hidden_rows and not read_options.get("hidden_rows"):
        total = picture.hidden_rows + picture.visible_rows
        problems.insert(
            0, {"code": "F011", "params": {"n": picture.hidden_rows, "total": total, "m": picture.visible_rows}}
        )
    ImportBatch.objects.filter(pk=batch.pk).update(
        sniffed=picture.to_json(),
        read_options=read_options,
        data_rows=batch.rows_after_sniff(picture.data_rows),
        problems=problems,
        mapping=_kept_mapping(batch),
        **_NO_CHECK,
    )


def _kept_mapping(batch: ImportBatch) -> dict[str, Any]:
    """Return what was said at the upload; which column holds what is asked anew, and by a person."""
    kept = {name: batch.mapping[name] for name in ("date_format",) if batch.mapping.get(name)}
    return {**kept, STARTS_CHECK: False} if STARTS_CHECK in batch.mapping else kept
