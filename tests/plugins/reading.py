"""Uploads are read by the reader's own code inside the test process, without a child process for each of them.

Starting a child costs more than everything else an import of a few rows does. What the child is there for (limits, isolation,
an end of whatever kind) is tested with real children: in tests/lms/imports/readers, by whoever asks for `reader_child`, and
by every test that runs the product's own processes (browser, demo, faults).
"""

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from lms.imports.readers import child, reading
from lms.imports.readers.facts import ReadLimits, ReadOptions

READERS = Path(__file__).parents[1] / "lms" / "imports" / "readers"


class AnswerOfTheChild(reading._Child):  # noqa: SLF001 - stands in its place
    """What a child would write, without a process: the parent's side takes its lines as it takes those of a child."""

    def __init__(self, written: bytes) -> None:
        self._written: io.BytesIO = io.BytesIO(written)

    def _read_block(self) -> bytes:
        return self._written.read(65_536)


@contextmanager
def answer_here(
    path: str | os.PathLike[str],
    *,
    task: str,
    options: ReadOptions,
    limits: ReadLimits,
    known_headers: frozenset[str] = frozenset(),
) -> Iterator[AnswerOfTheChild]:
    """Do what the child does between its task and its closing line; a fault of the reader is raised as it is."""
    order: dict[str, Any] = {"task": task, "options": asdict(options), "limits": asdict(limits)}
    order["known_headers"] = sorted(known_headers)
    written = io.BytesIO()
    with open(path, "rb") as file:  # noqa: PTH123
        closing = child._run(  # noqa: SLF001
            json.loads(json.dumps(order)), file_descriptor=os.dup(file.fileno()), out=written
        )
    yield AnswerOfTheChild(written.getvalue() + json.dumps(closing).encode() + b"\n")


@pytest.fixture(autouse=True)
def read_here(request: pytest.FixtureRequest) -> Iterator[None]:
    """Read without a child, except where children are what is tested."""
    if "reader_child" in request.fixturenames or READERS in request.path.parents:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:  # one of its own: the test's is undone before the database's end
        patch.setattr(reading, "_start_child", answer_here)
        yield


@pytest.fixture
def reader_child() -> None:
    """For a test that reads by a real child."""
