"""Memory and processor time of the worker, its parser children and the database, read from /proc. Public: `Sampler`."""

import contextlib
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

PAUSE_SECONDS: Final = 0.03
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_MEGABYTE: Final = 1024


@dataclass(slots=True)
class Used:
    """What one kind of process has used while the sampler ran."""

    peak_megabytes: float = 0
    processor: dict[int, float] = field(default_factory=dict)  # process -> seconds at the last look
    before: dict[int, float] = field(default_factory=dict)

    @property
    def processor_seconds(self) -> float:
        """Processor seconds of all of them together."""
        return sum(seconds - self.before.get(pid, 0) for pid, seconds in self.processor.items())


class Sampler:
    """Looks at all descendants of a worker and of a database server until the block ends."""

    def __init__(self, *, worker: int, database: int) -> None:
        self._roots = {worker: "worker", database: "database"}
        self._worker = worker
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.used = {"worker": Used(), "parser": Used(), "database": Used()}

    def __enter__(self) -> Self:
        self._look(is_first=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._look(is_first=False)

    def _run(self) -> None:
        while not self._done.wait(PAUSE_SECONDS):
            self._look(is_first=False)

    def _look(self, *, is_first: bool) -> None:
        found = _read_processes()
        for pid, (_, seconds) in found.items():
            kind = self._kind_of(pid, found)
            if kind is None:
                continue
            used = self.used[kind]
            used.processor[pid] = seconds
            if is_first:
                used.before[pid] = seconds
            used.peak_megabytes = max(used.peak_megabytes, _read_memory(pid))

    def _kind_of(self, pid: int, found: dict[int, tuple[int, float]]) -> str | None:
        """Return whose process this is: a grandchild of the worker is a parser (worker, its child, the parser)."""
        depth, at = 0, pid
        while at in found:
            if at in self._roots:
                is_parser = at == self._worker and depth > 1
                return "parser" if is_parser else self._roots[at]
            at, depth = found[at][0], depth + 1
        return None


def _read_processes() -> dict[int, tuple[int, float]]:
    """Return process -> (parent, processor seconds)."""
    found = {}
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            _, _, fields = (directory / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
            values = fields.split()
            found[int(directory.name)] = int(values[1]), (int(values[11]) + int(values[12])) / _TICKS
    return found


def _read_memory(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / _MEGABYTE
    return 0
