"""Keeps a set of processes running until it is told to stop.

Public surface: `Runner`. A process that ends is started again, more and more slowly if it keeps ending, because a
worker may die at any moment and the work does not depend on it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

WATCH_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
# One that has run this long is thought healthy again.
HEALTHY_SECONDS = 60.0


class Restartable(Protocol):
    """What the runner watches: a guarded process or an embedded server."""

    def start(self) -> None: ...

    def stop(self) -> object: ...

    def poll(self) -> int | None: ...


@dataclass(slots=True)
class _Watched:
    name: str
    process: Restartable
    started: float
    pause: float = 0.5
    start_at: float | None = None


@dataclass(slots=True)
class Runner:
    """Watches processes that somebody has started; `tell` gets one line for the terminal at each restart."""

    tell: Callable[[str], None]
    _watched: list[_Watched] = field(default_factory=list)

    def watch(self, name: str, process: Restartable) -> None:
        """Start it again whenever it ends."""
        self._watched.append(_Watched(name=name, process=process, started=time.monotonic()))

    def run(self) -> None:
        """Watch until an exception, such as KeyboardInterrupt, ends it."""
        while True:
            self.look_once()
            time.sleep(WATCH_SECONDS)

    def look_once(self) -> None:
        """Note what has ended, and start again what is due."""
        now = time.monotonic()
        for watched in self._watched:
            if watched.start_at is None and (code := watched.process.poll()) is not None:
                if now - watched.started > HEALTHY_SECONDS:
                    watched.pause = 0.5
                watched.start_at = now + watched.pause
                watched.pause = min(watched.pause * 2, LONGEST_PAUSE_SECONDS)
                self.tell(f"{watched.name} ended ({describe_code(code)}) and is started again")
            if watched.start_at is not None and now >= watched.start_at:
                watched.process.stop()
                watched.process.start()
                watched.started, watched.start_at = time.monotonic(), None


def describe_code(code: int) -> str:
    """Put an exit code into words; above 128 it is a signal's, as in the shell."""
    return f"killed by signal {code - 128}" if code > 128 else f"exit code {code}"
