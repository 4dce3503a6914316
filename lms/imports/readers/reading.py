"""Read an uploaded file from the safe side: a limited child process parses, this module only takes its lines (E-53, 5.2).

Public: sniff_file, read_rows, RowStream, and the types of `facts`. A child that dies, is killed, talks nonsense or stops short
ends as FileRefused, never as fewer rows. No Django here: commands and tests may use it without settings.
"""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Final

import orjson

from lms.imports.readers.facts import Cell, FileRefused, ReadLimits, ReadOptions, Row, Sniffed

__all__ = ["Cell", "FileRefused", "ReadLimits", "ReadOptions", "Row", "RowStream", "Sniffed", "read_rows", "sniff_file"]

_logger = logging.getLogger(__name__)
_CHILD: Final = Path(__file__).with_name("child.py")
_PROJECT: Final = Path(__file__).resolve().parents[3]
_BLOCK: Final = 65_536
_MAX_LINE: Final = 16 * 1024 * 1024


def sniff_file(
    path: str | os.PathLike[str],
    *,
    options: ReadOptions,
    limits: ReadLimits,
    known_headers: frozenset[str] = frozenset(),
) -> Sniffed:
    """Return the picture of the file at `path`, read once in full by a child process.

    `known_headers` are the names an importer recognises, as `lms.core.text.header_key` writes them. Raises FileRefused.
    """
    with _start_child(path, task="sniff", options=options, limits=limits, known_headers=known_headers) as child:
        closing = None
        for message in child.messages():
            closing = message
        if not isinstance(closing, dict):
            raise child.explain_end()
        return Sniffed.from_json(child.take_closing(closing))


@contextmanager
def read_rows(path: str | os.PathLike[str], *, options: ReadOptions, limits: ReadLimits) -> Iterator[RowStream]:
    """Give the data rows of the file at `path` as a RowStream; leaving the block early ends the child.

    `options` must be resolved: `Sniffed.resolve_options`. Raises FileRefused here or while the stream is read.
    """
    with _start_child(path, task="read", options=options, limits=limits) as child:
        yield RowStream(child)


class RowStream:
    """Iterates (row number, cells) of every non-blank data row below the header.

    After exhaustion `data_rows`, `blank_rows` and `hidden_left_out` are set; before, they are None. A stream that ends
    without raising is complete: the child's closing count equals the rows given out.
    """

    def __init__(self, child: _Child) -> None:
        """Wrap a started child."""
        self._child = child
        self.data_rows: int | None = None
        self.blank_rows: int | None = None
        self.hidden_left_out: int | None = None

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows; raises FileRefused when the child refuses the file, dies or loses a row."""
        given = 0
        closing = None
        for message in self._child.messages():
            if isinstance(message, list):
                given += 1
                yield message[0], message[1]
            else:
                closing = message
        if closing is None:
            raise self._child.explain_end()
        counts = self._child.take_closing(closing)
        if counts["data_rows"] != given:
            raise FileRefused(
                "F001", {"kind": "damaged", "detail": "count", "n": given, "expected": counts["data_rows"]}
            )
        self.data_rows = given
        self.blank_rows = counts["blank_rows"]
        self.hidden_left_out = counts["hidden_left_out"]


class _Child:
    """A running parser child and the time it may still take."""

    def __init__(self, process: subprocess.Popen[bytes], *, limits: ReadLimits) -> None:
        self.process = process
        self._waiting_left = float(limits.wall_seconds)
        self._timed_out = False
        self._nonsense = False

    def messages(self) -> Iterator[Any]:
        """Yield the decoded lines. Memory is bounded by one line; ends silently when the child ends or breaks the rules."""
        pending = b""
        while block := self._read_block():
            lines = (pending + block).split(b"\n")
            pending = lines.pop()
            if len(pending) > _MAX_LINE:
                self._nonsense = True
                return
            for line in lines:
                try:
                    message = orjson.loads(line)
                except (ValueError, RecursionError):
                    self._nonsense = True
                    return
                yield message

    def take_closing(self, closing: dict[str, Any]) -> dict[str, Any]:
        """Return the counts of an orderly end; raise FileRefused for a refusal or a fault of the reader."""
        if "end" in closing:
            end: dict[str, Any] = closing["end"]
            return end
        if "refused" in closing:
            code, params = closing["refused"]
            raise FileRefused(code, params)
        fault, place = closing.get("fault", ("unknown", ""))
        _logger.warning("The parser child failed: %s at %s", fault, place)
        raise FileRefused("F001", {"kind": "damaged", "detail": "reader"})

    def explain_end(self) -> FileRefused:
        """Return why the child ended without a closing line."""
        if self._timed_out:
            return FileRefused("F001", {"kind": "too_complex", "detail": "time"})
        if self._nonsense:
            return FileRefused("F001", {"kind": "damaged", "detail": "reader"})
        status = self.process.wait()
        _logger.warning("The parser child ended with status %s", status)
        if -status in {signal.SIGXCPU, signal.SIGKILL}:
            return FileRefused("F001", {"kind": "too_complex", "detail": "limit"})
        return FileRefused("F001", {"kind": "damaged", "detail": "reader"})

    def _read_block(self) -> bytes:
        """Return the next bytes, waiting within the wall limit; the time the caller takes with a row does not count."""
        output: IO[bytes] | None = self.process.stdout
        if output is None:
            return b""
        started = time.monotonic()
        poller = select.poll()
        poller.register(output, select.POLLIN | select.POLLHUP)
        if not poller.poll(max(0.0, self._waiting_left) * 1000):
            self._timed_out = True
            self.process.kill()
            return b""
        self._waiting_left -= time.monotonic() - started
        return os.read(output.fileno(), _BLOCK)


@contextmanager
def _start_child(
    path: str | os.PathLike[str],
    *,
    task: str,
    options: ReadOptions,
    limits: ReadLimits,
    known_headers: frozenset[str] = frozenset(),
) -> Iterator[_Child]:
    """Start the child on the open file in an empty folder of its own, with nothing of our environment; end it on leaving."""
    order = json.dumps(
        {"task": task, "options": asdict(options), "limits": asdict(limits), "known_headers": sorted(known_headers)}
    ).encode()
    with tempfile.TemporaryDirectory(prefix="parse-") as folder, open(path, "rb") as file:  # noqa: PTH123
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and file, no shell
            [sys.executable, "-I", str(_CHILD), str(file.fileno()), str(_PROJECT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(file.fileno(),),
            cwd=folder,
            env={"LC_ALL": "C.UTF-8", "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")},
            start_new_session=True,
        )
        try:
            if process.stdin is not None:
                try:
                    process.stdin.write(order)
                    process.stdin.close()
                except BrokenPipeError:
                    # The child died at once; the missing closing line will say so.
                    _logger.warning("The parser child did not take its task")
            yield _Child(process, limits=limits)
        finally:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
