"""Starts and stops programs so that none outlives the process that started it.

Public surface: `Program` (what to run), `GuardedProcess` (one running program), `Account` (whom to run it as).
Every program runs under its own `guard.py`, which also explains how death is noticed.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

GUARD = Path(__file__).with_name("guard.py")
POLL_SECONDS = 0.02
KEPT_LOG_BYTES = 5_000_000


class EmbeddedServerError(Exception):
    """An embedded part cannot run here; the text says why and what to do, and is meant for the terminal."""


@dataclass(frozen=True, slots=True)
class Account:
    """A system account to run a program as (only root can change it)."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Program:
    """What to run and how to end it."""

    name: str
    command: tuple[str, ...]
    directory: Path
    log: Path | None
    """Where its output goes; None lets it write to the terminal."""
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 8.0
    account: Account | None = None


class GuardedProcess:
    """One program under guard: it ends with `stop`, `kill`, or with this process, however that ends."""

    def __init__(self, program: Program, *, lock: int | None = None) -> None:
        """Start nothing yet. `lock` is a descriptor the guard keeps open until nothing of the program is left."""
        self.program = program
        self.pid = 0
        self._lock = lock
        self._guard: subprocess.Popen[bytes] | None = None
        self._life: IO[bytes] | None = None

    def start(self) -> None:
        """Run the program, with its output appended to its log; return when it has a process id."""
        life_reader, life_writer = os.pipe()
        report_reader, report_writer = os.pipe()
        with ExitStack() as stack:
            output = _open_log(self.program.log, stack=stack)
            self._guard = subprocess.Popen(
                self._guard_command(life=life_reader, report=report_writer),
                cwd=self.program.directory,
                env={**os.environ, **self.program.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=None if output is None else subprocess.STDOUT,
                pass_fds=[fd for fd in (life_reader, report_writer, self._lock) if fd is not None],
                start_new_session=True,  # Ctrl-C in the terminal reaches the owner alone
            )
        os.close(life_reader)
        os.close(report_writer)
        self._life = os.fdopen(life_writer, "wb", buffering=0)  # held open for as long as the program may run
        with os.fdopen(report_reader, "rb") as report:
            line = report.readline()
        if not line:
            self.stop()
            message = f"{self.program.name} could not be started; see {self.program.log or 'above'}"
            raise EmbeddedServerError(message)
        self.pid = int(line)

    def poll(self) -> int | None:
        """Return the exit code (128 + signal if one ended it), or None while the program runs."""
        return None if self._guard is None else self._guard.poll()

    def wait(self, *, seconds: float) -> int | None:
        """Wait at most `seconds` for the end; return the exit code or None."""
        if self._guard is None:
            return None
        try:
            return self._guard.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None

    def send(self, number: signal.Signals) -> None:
        """Pass a signal to the program (not to its guard); nothing happens if it has ended."""
        if self._life is not None and self.poll() is None:
            try:
                self._life.write(bytes([number]))
            except BrokenPipeError:
                return

    def ask_to_stop(self) -> None:
        """Begin the stop without waiting: stop signal now, kill after the grace period."""
        if self._life is not None:
            self._life.close()
            self._life = None

    def stop(self) -> int | None:
        """Stop the program and everything it started; return its exit code when all is gone."""
        self.ask_to_stop()
        if self._guard is None:
            return None
        code = self._guard.wait()
        self._guard = None
        self.pid = 0
        return code

    def kill(self) -> None:
        """End the program at once, as a power cut would, and wait until all of it is gone."""
        self.send(signal.SIGKILL)
        self.stop()

    def _guard_command(self, *, life: int, report: int) -> list[str]:
        program = self.program
        command = [sys.executable, "-I", "-S", str(GUARD), "--life", str(life), "--report", str(report)]
        command += ["--stop-signal", str(int(program.stop_signal)), "--grace-seconds", str(program.grace_seconds)]
        if self._lock is not None:
            command += ["--lock", str(self._lock)]
        if program.account is not None:
            command += ["--uid", str(program.account.uid), "--gid", str(program.account.gid)]
        return [*command, "--", *program.command]


def run_to_end(program: Program, *, seconds: float) -> None:
    """Run a short program under guard to its end.

    Raises EmbeddedServerError with the end of its log if it fails or takes longer than `seconds`.
    """
    process = GuardedProcess(program)
    process.start()
    try:
        code = process.wait(seconds=seconds)
    finally:
        process.stop()
    if code != 0:
        reason = f"did not end within {seconds:.0f} s" if code is None else f"ended with code {code}"
        message = f"{program.name} {reason}\n{tail_of(program.log)}".rstrip()
        raise EmbeddedServerError(message)


def wait_until_ready(process: GuardedProcess, *, is_ready: Callable[[], bool], seconds: float) -> None:
    """Ask `is_ready` until it says yes.

    Raises EmbeddedServerError with the end of the log if the program ends first or `seconds` pass.
    """
    name = process.program.name
    give_up_at = time.monotonic() + seconds
    while not is_ready():
        code = process.poll()
        if code is not None or time.monotonic() > give_up_at:
            process.stop()
            reason = f"is not ready after {seconds:.0f} s" if code is None else f"ended with code {code} while starting"
            message = f"{name} {reason}\n{tail_of(process.program.log)}"
            raise EmbeddedServerError(message)
        time.sleep(POLL_SECONDS)


def tail_of(log: Path | None, *, lines: int = 15) -> str:
    """Return the last lines of a log, for an error message; nothing for a program that wrote to the terminal."""
    if log is None or not log.exists():
        return ""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _open_log(log: Path | None, *, stack: ExitStack) -> IO[bytes] | None:
    if log is None:
        return None
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > KEPT_LOG_BYTES:
        log.replace(log.with_suffix(".1.log"))
    return stack.enter_context(log.open("ab"))
