"""The real pipeline through its public entry points, with a real worker and broker.

Public: `Kind`, `COMPLETIONS`, `CERTIFICATIONS`, `run_ours`, `run_undo`, `start_worker`.
"""

import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.sampling import Sampler, Used
from lms.embedded.processes import GuardedProcess, Program
from lms.embedded.product import OWNER_VARIABLE, PROJECT, WORKER_OPTIONS
from lms.embedded.servers import Servers
from lms.imports.checking import request_check
from lms.imports.importer import get_importer
from lms.imports.models import ImportBatch, State
from lms.imports.results import Download, request_results
from lms.imports.undoing import request_undo
from lms.imports.uploading import store_upload
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

POLL_SECONDS: Final = 0.03
GIVE_UP_SECONDS: Final = 600
_ENDED: Final = (State.COMPLETED, State.COMPLETED_WITH_ERRORS)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of import: its key, which column is which field in the files of the bench, and its options."""

    key: str
    fields: Sequence[str]
    options: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)  # at the confirmation

    def make_mapping(self) -> dict[str, Any]:
        """Return what the mapping page would hand on."""
        return {
            "columns": {name: place for place, name in enumerate(self.fields)},
            "find_by": "username",
            "fixed": {},
            "checks": {},
            "date_format": "dd/mm/yyyy",
            "completed_statuses": None,
            "date_order_answered": True,
        }


COMPLETIONS: Final = Kind("completions", ("username", "course_code", "completed_on"))
CERTIFICATIONS: Final = Kind(
    "certifications",
    ("username", "certificationshortname", "certificationidnumber", "completiondate", "duedate"),
    {"action": "certify_if_more_recent", "evidence": True},
    {"messages": "suppress"},
)


@dataclass(frozen=True, slots=True)
class Run:
    """One import: seconds from the upload answered to the results file downloadable, and where they went."""

    batch_id: int
    upload_seconds: float
    seconds: float
    phases: dict[str, float]
    counts: dict[str, int]
    used: dict[str, Used]


@contextmanager
def start_worker(servers: Servers) -> Iterator[GuardedProcess]:
    """Run one worker, as the product does, for as long as the block lasts."""
    command = (sys.executable, "-m", "celery", "--app", "lms.celery", "worker", "--queues", "imports")
    worker = GuardedProcess(
        Program(
            name="worker",
            command=(*command, "--concurrency", "1", *WORKER_OPTIONS),
            directory=PROJECT,
            log=servers.place.logs / "worker.log",
            environment={OWNER_VARIABLE: ""},
        ),
        lock=servers.place.lock,
    )
    worker.start()
    try:
        yield worker
    finally:
        worker.kill()


def run_ours(tenant: Tenant, path: Path, *, worker: GuardedProcess, database: int, kind: Kind = COMPLETIONS) -> Run:
    """Import the file and wait for its results; nobody's thinking is counted."""
    importer = get_importer(kind.key)
    with tenant_scope(tenant.pk):
        owner = User.objects.get(username_key="owner")
        options = {**importer.default_options(tenant), "failure_mode": "import_good", **kind.options}
    before_upload = time.monotonic()
    with path.open("rb") as file:
        batch = store_upload(
            tenant=tenant,
            actor=owner,
            importer=importer,
            chunks=iter(lambda: file.read(65_536), b""),
            file_name=path.name,
            idempotency_key=uuid.uuid4(),
        )
    began = time.monotonic()
    clock = _Clock(began)
    with Sampler(worker=worker.pid, database=database) as sampler:
        _wait(tenant, batch.pk, lambda found: found.sniffed is not None, clock=clock, default="looking at the file")
        with tenant_scope(tenant.pk):
            request_check(
                ImportBatch.objects.get(pk=batch.pk),
                actor=owner,
                mapping=kind.make_mapping(),
                options=options,
                confirm_with={"actor": owner.pk, "answers": dict(kind.answers)},
            )
        done = _wait(tenant, batch.pk, lambda found: found.state in _ENDED, clock=clock, default="waiting")
        _wait_for_results(tenant, done, owner)
        clock.note("results file")
    return Run(
        batch_id=batch.pk,
        upload_seconds=began - before_upload,
        seconds=time.monotonic() - began,
        phases=clock.spent,
        counts=done.counts,
        used=sampler.used,
    )


def run_undo(tenant: Tenant, run: Run) -> float:
    """Undo an import; return the seconds from the request to the end."""
    began = time.monotonic()
    with tenant_scope(tenant.pk):
        owner = User.objects.get(username_key="owner")
        batch = ImportBatch.objects.get(pk=run.batch_id)
        request_undo(batch, tenant=tenant, actor=owner, reason="bench")
    _wait(tenant, run.batch_id, lambda found: found.state == State.UNDONE, clock=_Clock(began), default="undoing")
    return time.monotonic() - began


class _Clock:
    """Adds up how long each phase was seen."""

    def __init__(self, began: float) -> None:
        self._last = began
        self.spent: dict[str, float] = {}

    def note(self, phase: str) -> None:
        now = time.monotonic()
        self.spent[phase] = self.spent.get(phase, 0) + now - self._last
        self._last = now


def _wait(tenant: Tenant, pk: int, is_done: Any, *, clock: _Clock, default: str) -> ImportBatch:
    give_up_at = time.monotonic() + GIVE_UP_SECONDS
    while True:
        with tenant_scope(tenant.pk):
            found = ImportBatch.objects.get(pk=pk)
        clock.note(found.phase or default)
        if is_done(found):
            return found
        if found.state in (State.FAILED, State.REFUSED) or time.monotonic() > give_up_at:
            message = f"the import stands still: {found.state} {found.problems} {found.reference}"
            raise AssertionError(message)
        time.sleep(POLL_SECONDS)


def _wait_for_results(tenant: Tenant, batch: ImportBatch, owner: User) -> None:
    while True:
        with tenant_scope(tenant.pk):
            answer = request_results(batch, content="all", file_format="csv", actor=owner)
        if isinstance(answer, Download):
            answer.file.close()
            return
        time.sleep(POLL_SECONDS)
