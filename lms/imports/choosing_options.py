"""Says anew what a file is for that is uploaded already; it is then looked at and checked as if it had just come (S-36).

Public: `may_choose_options`, `choose_options`. Runs in the caller's scope; commits nothing.
"""

from collections.abc import Mapping
from typing import Any, Final

from lms.imports.models import WAITING_STATES, ImportBatch
from lms.imports.recognising import STARTS_CHECK
from lms.imports.uploading import request_sniff

# What an earlier look or check found no longer holds, rows that somebody has left out included.
_NOTHING_FOUND: Final[dict[str, Any]] = {"planned": {}, "summary": {}, "left_out_rows": [], "left_out_by": ""}


def may_choose_options(batch: ImportBatch) -> bool:
    """Return whether the import waits for a person, with a file that a worker has looked at."""
    return batch.state in WAITING_STATES and batch.sniffed is not None


def choose_options(batch: ImportBatch, *, options: Mapping[str, Any]) -> bool:
    """Keep these answers and have a worker look at the file again, and start its check if nothing is open then.

    Columns may depend on the options, so which column holds what is found anew; how dates are written stays as it was
    said. Returns whether that was done: an import that does not wait for a person stays as it is.
    """
    found = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if not may_choose_options(found):
        return False
    kept = {name: found.mapping[name] for name in ("date_format",) if found.mapping.get(name)}
    changes = {
        **_NOTHING_FOUND,
        "options": {**found.options, **options},
        "mapping": {**kept, STARTS_CHECK: True},
        "problems": found.upload_problems,
    }
    ImportBatch.objects.filter(pk=batch.pk).update(**changes)
    request_sniff(found, read_options=found.read_options)
    batch.refresh_from_db()
    return True
