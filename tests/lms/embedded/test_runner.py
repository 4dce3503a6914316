"""The runner starts again what has ended, with a pause that grows."""

import time

import pytest

from lms.embedded.runner import Runner


class Fragile:
    """Something to watch whose end the test decides."""

    def __init__(self) -> None:
        self.code: int | None = None
        self.starts = 0

    def start(self) -> None:
        self.starts += 1
        self.code = None

    def stop(self) -> None:
        self.code = None

    def poll(self) -> int | None:
        return self.code


def test_dead_process_is_started_again_after_a_pause_and_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    worker, web = Fragile(), Fragile()
    runner = Runner(tell=told.append)
    runner.watch("worker", worker)
    runner.watch("web", web)

    starts = []
    for wait, code in [(0, None), (1, 137), (0.4, None), (0.2, None), (1, 1), (0.9, None), (0.2, None)]:
        now += wait
        worker.code = code if code is not None else worker.code
        runner.look_once()
        starts.append(worker.starts)

    assert starts == [0, 0, 0, 1, 1, 1, 2]
    assert told == [
        "worker ended (killed by signal 9) and is started again",
        "worker ended (exit code 1) and is started again",
    ]
    assert web.starts == 0
