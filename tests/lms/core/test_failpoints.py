"""Failpoints fire where and when they are told to, and not at all otherwise."""

import os
import subprocess
import sys
from pathlib import Path

from lms.embedded.product import PROJECT

PROGRAM = """
from lms.core.failpoints import FailpointReached, reach
for turn in range(3):
    for name in ("one", "two"):
        try:
            reach(name, rows=range(turn, turn + 2))
        except (FailpointReached, MemoryError) as reached:
            print(turn, name, type(reached).__name__)
"""


def run(failpoint: str, *, once: Path | None = None) -> tuple[list[str], int]:
    environment = {**os.environ, "ROLLBOOK_FAILPOINT": failpoint, "ROLLBOOK_FAILPOINT_ONCE": str(once or "")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout.splitlines(), done.returncode


def test_nothing_happens_without_the_variable() -> None:
    assert run("") == ([], 0)


def test_each_entry_counts_its_own_point() -> None:
    assert run("one:raise:2,two:memory:*") == (
        ["0 two MemoryError", "1 one FailpointReached", "1 two MemoryError", "2 two MemoryError"],
        0,
    )


def test_entry_for_a_row_fires_where_that_row_is() -> None:
    assert run("one:raise:row2") == (["1 one FailpointReached", "2 one FailpointReached"], 0)


def test_killed_process_is_killed() -> None:
    assert run("two:kill:1") == ([], -9)


def test_once_is_once_for_all_processes_and_for_each_entry(tmp_path: Path) -> None:
    once = tmp_path / "once"
    assert run("one:raise:*,two:raise:3", once=once) == (["0 one FailpointReached", "2 two FailpointReached"], 0)
    assert run("one:raise:*,two:raise:3", once=once) == ([], 0)
