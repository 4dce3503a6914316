"""A whole product of its own to be broken: servers, workers, and the driver that stands for the web requests."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import redis

from lms.embedded.postgres import PostgresServer
from lms.embedded.processes import GuardedProcess, Program, run_to_end
from lms.embedded.product import OWNER_VARIABLE, PROJECT, WORKER_OPTIONS, make_command
from lms.embedded.servers import Servers
from lms.embedded.valkey import ValkeyServer

LEASE_SECONDS = 1
CHUNK_ROWS = 200
PEOPLE, COURSES, ROWS = 300, 8, 1_500
ENDED = ("completed", "completed_with_errors", "refused", "failed", "cancelled", "undone")
POLL_SECONDS = 0.05
Look = Mapping[str, Any]


class Plant:
    """One running product. `order` speaks to the driver; workers live as long as their `with` block."""

    def __init__(self, servers: Servers, *, stack: ExitStack, **settings: object) -> None:
        self.servers = servers
        self.environment = {
            **servers.environment,
            "WORK_LEASE_SECONDS": str(LEASE_SECONDS),
            "WORK_SWEEP_SECONDS": "1",
            "IMPORT_CHUNK_ROWS": str(CHUNK_ROWS),
            "LOG_LEVEL": "INFO",
            **{name: str(value) for name, value in settings.items()},
        }
        self._numbers = count(1)
        self.fired: list[str] = []  # entries of the last worker's failpoints that fired
        log = servers.place.logs / "migrate.log"
        run_to_end(
            make_command("migrate", "migrate", "--database", "owner", environment=self.environment, log=log),
            seconds=120,
        )
        self._driver = stack.enter_context(self._start_driver())

    @property
    def postgres(self) -> PostgresServer:
        """The plant's own database server."""
        assert self.servers.postgres is not None
        return self.servers.postgres

    @property
    def valkey(self) -> ValkeyServer:
        """The plant's own broker."""
        assert self.servers.valkey is not None
        return self.servers.valkey

    def order(self, what: str, *, patience_seconds: float = 20, **arguments: Any) -> Any:
        """Have the driver do something; while the database is away it is asked again."""
        give_up_at = time.monotonic() + patience_seconds
        while True:
            answer = self._ask({"do": what, **arguments})
            if "result" in answer:
                return answer["result"]
            assert "outage" in answer, answer
            assert time.monotonic() < give_up_at, answer
            time.sleep(POLL_SECONDS)

    def new_tenant(self, *, people: int = PEOPLE, courses: int = COURSES) -> str:
        """Return the slug of a new organisation; all of them are the same inside."""
        slug = f"t{next(self._numbers)}"
        self.order("seed", slug=slug, people=people, courses=courses)
        return slug

    def look(self, slug: str, batch: int) -> Look:
        """Return what the page of an import would show."""
        found: Look = self.order("look", slug=slug, batch=batch)
        return found

    def upload(self, slug: str, path: Path, *, kind: str = "completions", seconds: float = 30) -> int:
        """Upload a file and wait until a worker has looked at it; return the batch's id."""
        batch = int(self.order("upload", slug=slug, path=str(path), kind=kind))
        self.wait_until(lambda: self.look(slug, batch)["is_sniffed"], seconds=seconds, what="sniffed")
        return batch

    def wait(self, slug: str, batch: int, *states: str, seconds: float = 60) -> Look:
        """Return the batch once it is in one of the states; meanwhile its progress must not go back (P16)."""
        seen: dict[str, int] = {}
        found: Look = {}

        def has_arrived() -> bool:
            nonlocal found
            found = self.look(slug, batch)
            if found["phase"] == "applying":
                assert found["progress"] >= seen.get("applying", 0), (seen, found)
                assert found["progress"] <= found["progress_total"], found
                seen["applying"] = found["progress"]
            return found["state"] in states

        try:
            self.wait_until(has_arrived, seconds=seconds, what=f"{states}")
        except AssertionError as late:
            raise AssertionError(f"{late}: {found}\n{self.tail()}") from None
        return found

    def wait_until(self, is_so: Any, *, seconds: float, what: str) -> None:
        """Ask until it is so."""
        give_up_at = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < give_up_at, f"not {what} after {seconds} s"
            time.sleep(POLL_SECONDS)

    @contextmanager
    def worker(
        self,
        *,
        failpoint: str = "",
        fires_once: bool = True,
        children: int = 1,
        queues: str = "imports",
        **settings: object,
    ) -> Iterator[GuardedProcess]:
        """Run one real worker for as long as the block lasts; it kills what is left of it. `failpoint`: lms.core.failpoints.

        With several children another one takes over at once; a lone one is replaced by Celery within five seconds.
        """
        number = next(self._numbers)
        once = self.servers.place.directory / f"failpoint-{number}"
        variables = {
            **self.environment,
            OWNER_VARIABLE: "",
            "ROLLBOOK_FAILPOINT": failpoint,
            "ROLLBOOK_FAILPOINT_ONCE": str(once) if fires_once else "",
            **{name: str(value) for name, value in settings.items()},
        }
        command = (sys.executable, "-m", "celery", "--app", "lms.celery", "worker", "--queues", queues)
        options = ("--concurrency", str(children), "--hostname", f"worker{number}@%h", *WORKER_OPTIONS)
        process = GuardedProcess(
            Program(
                name=f"worker-{number}",
                command=(*command, *options),
                directory=PROJECT,
                log=self.servers.place.logs / f"worker-{number}.log",
                environment=variables,
                grace_seconds=2,
            ),
            lock=self.servers.place.lock,
        )
        process.start()
        try:
            yield process
        finally:
            process.kill()
        self.fired = [path.name for path in once.parent.glob(f"{once.name}.*")]

    def flush_broker(self) -> None:
        """Make the broker forget everything (FLUSHALL)."""
        client = redis.Redis(unix_socket_path=str(self.valkey.socket), socket_timeout=5)
        client.flushall()
        client.close()

    def log_of(self, worker: GuardedProcess) -> str:
        """Return what a worker has logged so far."""
        assert worker.program.log is not None
        return worker.program.log.read_text(encoding="utf-8", errors="replace") if worker.program.log.exists() else ""

    def tail(self, *, lines: int = 40) -> str:
        """Return the end of the youngest worker's log."""
        logs = sorted(self.servers.place.logs.glob("worker-*.log"), key=lambda path: path.stat().st_mtime)
        if not logs:
            return ""
        return "\n".join(logs[-1].read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def _ask(self, order: Mapping[str, Any]) -> dict[str, Any]:
        driver = self._driver
        assert driver.stdin is not None
        assert driver.stdout is not None
        driver.stdin.write(json.dumps(order) + "\n")
        driver.stdin.flush()
        answer: dict[str, Any] = json.loads(driver.stdout.readline())
        return answer

    @contextmanager
    def _start_driver(self) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            [sys.executable, "-m", "tests.faults.driver"],
            cwd=PROJECT,
            env={**os.environ, **self.environment, "LOG_LEVEL": "ERROR"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()


@dataclass(frozen=True, slots=True)
class Twin:
    """Everything an undisturbed import wrote, and everything that is there after undoing it."""

    imported: Mapping[str, Any]
    undone: Mapping[str, Any]


def run_twin(plant: Plant, file: Path) -> Twin:
    """Import and undo the file in a new organisation with nothing in the way."""
    slug = plant.new_tenant()
    with plant.worker():
        batch = plant.upload(slug, file)
        plant.order("check", slug=slug, batch=batch)
        plant.wait(slug, batch, *ENDED)
        imported = plant.order("dump", slug=slug)
        plant.order("undo", slug=slug, batch=batch)
        plant.wait(slug, batch, "undone", "failed")
        assert {mail[-1] for mail in imported["outbox"]} == {"queued"}, "mails are part of what is compared"
        return Twin(imported, plant.order("dump", slug=slug))


def stopped_children(worker: GuardedProcess) -> list[int]:
    """Return the ids of a worker's child processes that are stopped (SIGSTOP)."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            _, _, fields = (directory / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
            state, parent = fields.split()[:2]
            if int(parent) == worker.pid and state in "Tt":
                found.append(int(directory.name))
    return found


def wake_up(pids: Iterable[int]) -> None:
    """Let stopped processes go on (SIGCONT)."""
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def write_file(path: Path, *, rows: int = ROWS, people: int = PEOPLE, courses: int = COURSES, seed: int = 1) -> Path:
    """Write a file of completions: mostly good, about 5 % repeats, about 3 % bad ones of several kinds."""
    chance = random.Random(seed)  # noqa: S311 - made-up rows
    lines = ["username,course code,completion date"]
    good: list[str] = []
    for _ in range(rows):
        day = date(2020, 1, 1) + timedelta(days=chance.randrange(1_500))
        line = f"p{chance.randrange(people):05d},C-{chance.randrange(courses):02d},{day}"
        lottery = chance.random()
        if lottery < 0.05 and good:
            line = chance.choice(good)
        elif lottery < 0.06:
            line = f"nobody{chance.randrange(5)},C-00,{day}"
        elif lottery < 0.07:
            line = f"p00001,NONE-{chance.randrange(3)},{day}"
        elif lottery < 0.08:
            line = "p00001,C-01,2023-02-30"
        else:
            good.append(line)
        lines.append(line)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_certifications(
    path: Path, *, rows: int = 700, people: int = PEOPLE, kinds: int = COURSES, seed: int = 1
) -> Path:
    """Write a file of certification records: mostly good, some repeats, some of nothing that is known, some bad ones."""
    chance = random.Random(seed)  # noqa: S311 - made-up rows
    lines = ["username,certificationshortname,certificationidnumber,completiondate,duedate"]
    for _ in range(rows):
        day = date(2020, 1, 1) + timedelta(days=chance.randrange(1_500))
        due = chance.choice(("", str(day + timedelta(days=chance.randrange(-20, 60)))))
        kind = chance.randrange(kinds)
        reference = chance.choice((f"CERT-{kind:02d},", f",{kind:03d}", f"CERT-{kind:02d},{kind:03d}"))
        lottery = chance.random()
        if lottery < 0.05:
            reference = f"OLD-{kind},"  # becomes evidence
        elif lottery < 0.07:
            reference = f"CERT-{kind:02d},{(kind + 1) % kinds:03d}"  # contradicts itself
        elif lottery < 0.09:
            due = "31/06/2012"
        lines.append(f"p{chance.randrange(people):05d},{reference},{day},{due}")
        if lottery > 0.95:
            lines.append(lines[-1])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_offline_records(path: Path, *, rows: int, people: int = PEOPLE) -> Path:
    """Write a file of offline records, all of them right."""
    lines = ["username,activity,domain,completed_on,score"]
    for number in range(rows):
        day = date(2022, 1, 1) + timedelta(days=number % 1_500)
        lines.append(f"p{number % people:05d},,,{day},{number % 100}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
