"""Runs every contestant once on equal organisations in one database. Public: `run_bench`."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.certifications import add_certifications, write_certificates
from bench.data import make_tenant, settle_database, write_files
from bench.floor import run_floor
from bench.offline import add_activity, make_kind, write_records
from bench.ours import CERTIFICATIONS, Kind, run_ours, run_undo, start_worker
from bench.peers import run_naive, run_peer
from bench.reporting import Measured, describe_machine, format_table, say, write_page
from bench.sampling import Sampler
from lms.embedded.processes import GuardedProcess
from lms.embedded.servers import PROJECT, Servers
from lms.tenancy.models import Tenant

ROWS: Final = 50_000
WARM_UP_ROWS: Final = 500
NAIVE_ROWS: Final = 2_000


def run_bench(servers: Servers, *, is_quick: bool, output: Path) -> None:
    """Measure, print the table, write the JSON file and the page. `is_quick`: fewer existing completions, peers scaled."""
    existing, peer_rows = (100_000, 5_000) if is_quick else (1_000_000, ROWS)
    directory = servers.place.directory / "bench"
    directory.mkdir()
    say(f"Making organisations of 60,000 people and {existing:,} completions or records ...")
    tenants = {name: make_tenant(name, existing=existing) for name in ("floor", "csv", "xlsx")}
    files, others = (write_files(directory, rows=ROWS, existing=existing, seed=seed) for seed in (1, 2))
    warm_up = write_files(directory, rows=WARM_UP_ROWS, existing=existing, seed=3)
    certified = make_tenant("certifications", existing=0)
    add_certifications(certified, existing=existing)
    certificates = write_certificates(directory, rows=ROWS, existing=existing, seed=4)
    trained = make_tenant("offline", existing=0)
    first_aid = make_kind(add_activity(trained, existing=existing))
    records = write_records(directory, rows=ROWS, seed=5)
    settle_database()

    assert servers.postgres is not None  # noqa: S101 - the bench started it
    database = servers.postgres.pid
    measured: list[Measured] = []
    with start_worker(servers) as worker:
        run_ours(tenants["floor"], warm_up.csv, worker=worker, database=database)
        say("Hand-written SQL ...")
        own_before = time.process_time()
        with Sampler(worker=worker.pid, database=database) as sampler:
            floor = run_floor(tenants["floor"].pk, files.csv, results=directory / "floor.csv")
        processor = time.process_time() - own_before + sampler.used["database"].processor_seconds
        measured.append(Measured("floor", "hand-written SQL", floor, ROWS, processor_seconds=processor))
        for name, path in (("csv", files.csv), ("xlsx", files.xlsx)):
            say(f"Rollbook, {name.upper()} ...")
            run = run_ours(tenants[name], path, worker=worker, database=database)
            label = f"Rollbook, {name.upper()}"
            processor = sum(used.processor_seconds for used in run.used.values())
            measured.append(Measured(f"ours_{name}", label, run.seconds, ROWS, processor_seconds=processor, run=run))
            if name == "xlsx":
                say("Undoing it ...")
                measured.append(Measured("undo", "Rollbook, undo", run_undo(tenants[name], run), ROWS))
        for kind, tenant, path in ((CERTIFICATIONS, certified, certificates), (first_aid, trained, records)):
            measured += _measure_kind(kind, tenant, path, worker=worker, database=database)
    say("django-import-export ...")
    peer = run_peer(tenants["floor"].pk, others.good[:peer_rows]) * ROWS / peer_rows
    measured.append(Measured("peer", "django-import-export", peer, ROWS, scaled_from=peer_rows))
    say("One ORM call a row ...")
    naive = run_naive(tenants["floor"].pk, others.good[-NAIVE_ROWS:]) * ROWS / NAIVE_ROWS
    measured.append(Measured("naive", "one ORM call a row", naive, ROWS, scaled_from=NAIVE_ROWS))

    machine = describe_machine()
    say("\n" + format_table(measured) + "\n")
    output.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    target = output / f"{now:%Y%m%d-%H%M%S}.json"
    facts = {
        "at": now.isoformat(),
        "quick": is_quick,
        "existing": existing,
        "machine": machine,
        "measured": [one.as_json() for one in measured],
    }
    target.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    write_page(PROJECT / "docs" / "performance.md", measured, machine=machine, existing=existing, is_quick=is_quick)
    say(f"Written to {target.relative_to(PROJECT)} and docs/performance.md")


def _measure_kind(
    kind: Kind, tenant: Tenant, path: Path, *, worker: GuardedProcess, database: int
) -> tuple[Measured, Measured]:
    """Import the file of another kind, and undo it."""
    label = f"Rollbook, {kind.key.replace('_', ' ')}"
    say(f"{label} ...")
    run = run_ours(tenant, path, worker=worker, database=database, kind=kind)
    processor = sum(used.processor_seconds for used in run.used.values())
    done = Measured(kind.key, label, run.seconds, ROWS, processor_seconds=processor, run=run)
    say("Undoing it ...")
    return done, Measured(f"{kind.key}_undo", f"{label}, undo", run_undo(tenant, run), ROWS)
