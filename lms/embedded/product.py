"""The product's own processes, as the demo starts them: web, two workers for imports, one for the rest, beat.

Public surface: `make_programs`, `make_command`. docker-compose.yml starts the same ones.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from lms.embedded.processes import Program

PROJECT = Path(__file__).resolve().parent.parent.parent
OWNER_VARIABLE = "DATABASE_OWNER_URL"
WORKER_OPTIONS = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")


def make_programs(environment: Mapping[str, str], *, logs: Path, data: Path, port: int) -> list[Program]:
    """Describe all processes. The owner role's address goes to the maintenance worker alone."""
    python = sys.executable
    without_owner = {**environment, OWNER_VARIABLE: ""}
    celery = (python, "-m", "celery", "--app", "lms.celery")
    web = (
        *(python, "-m", "gunicorn", "lms.wsgi:application", "--bind", f"127.0.0.1:{port}", "--no-control-socket"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "8"),
        *("--access-logfile", "-", "--capture-output", "--graceful-timeout", "5"),
    )

    def describe(name: str, command: tuple[str, ...], variables: Mapping[str, str]) -> Program:
        return Program(name=name, command=command, directory=PROJECT, log=logs / f"{name}.log", environment=variables)

    def describe_worker(name: str, *, queues: str, variables: Mapping[str, str]) -> Program:
        command = (*celery, "worker", "--queues", queues, "--concurrency", "1", "--hostname", f"{name}@%h")
        return describe(name, (*command, *WORKER_OPTIONS), variables)

    return [
        describe("web", web, without_owner),
        describe_worker("worker-imports-1", queues="imports", variables=without_owner),
        describe_worker("worker-imports-2", queues="imports", variables=without_owner),
        describe_worker("worker-mail", queues="mail,maint", variables=environment),
        describe("beat", (*celery, "beat", "--schedule", str(data / "beat"), "--pidfile="), without_owner),
    ]


def make_command(
    name: str, *words: str, environment: Mapping[str, str], log: Path | None = None, grace_seconds: float = 8.0
) -> Program:
    """Describe one run of `manage.py`; without a log it writes to the terminal."""
    return Program(
        name=name,
        command=(sys.executable, "manage.py", *words),
        directory=PROJECT,
        log=log,
        environment=environment,
        grace_seconds=grace_seconds,
    )
