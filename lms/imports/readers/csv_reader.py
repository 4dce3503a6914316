"""Read a delimited text file row by row (E-51, E-54); runs in the parser child.

Public: CsvSource. Decoding is strict; a quote that is never closed refuses the file with the row where it opened; broken quoting
that stays inside one line spoils that row only. Memory holds one record at a time.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, Final

from lms.core.text import clean_text
from lms.imports.readers.delimiters import Dialect, detect_dialect, read_sep_line
from lms.imports.readers.encodings import Encoding, TextFacts, check_text, detect_encoding
from lms.imports.readers.facts import Cell, FileRefused, ReadLimits, ReadOptions

_LOOK_LINES: Final = 200
_LOOK_CHARS: Final = 65_536
_FIELD_LIMIT: Final = 1_000_000
# Longer lines than this are not rows of a table; it bounds what one readline may hold.
_LINE_LIMIT: Final = 32 * 1024 * 1024


class CsvSource:
    """The rows of one text file. After `rows` is exhausted `last_row` is the number of the last row, blank ones too."""

    format = "csv"

    def __init__(
        self, file: BinaryIO, *, options: ReadOptions, limits: ReadLimits, known_headers: frozenset[str] = frozenset()
    ) -> None:
        """Detect what `options` leave open. Raises FileRefused F001 for bytes that do not decode, F002 for no text."""
        self.limits = limits
        self.last_row = 0
        self.width: int | None = None  # cells of the header row, once it is known
        self.encoding: Encoding = detect_encoding(file, chosen=options.encoding)
        self.text: TextFacts = check_text(file, encoding=self.encoding.name)
        self._file = file
        first_lines = self._read_first_lines()
        declared = read_sep_line(first_lines[0]) if first_lines else None
        self._skip_lines = 0 if declared is None else 1
        self.dialect: Dialect = detect_dialect(
            first_lines[self._skip_lines :],
            declared=declared,
            delimiter=options.delimiter,
            quote=options.quote,
            known_headers=known_headers,
        )

    def rows(self) -> Iterator[tuple[int, list[Cell], bool]]:
        """Yield (row number, cells, hidden) for every row that is not blank; text rows are never hidden.

        Raises FileRefused F001 "quote" (row: where it opened), F010 "columns", F001 "damaged" if a line got lost.
        """
        counter = _Lines(self._open_text(), skip=self._skip_lines)
        reader = self._make_reader(counter)
        # The field limit is the module's, not the reader's: set here, in a process that reads one file.
        csv.field_size_limit(_FIELD_LIMIT)
        max_chars, max_columns = self.limits.max_cell_chars, self.limits.max_columns
        row_no = 0
        while True:
            row_no += 1
            lines_before = counter.lines
            try:
                record = next(reader)
            except StopIteration:
                row_no -= 1
                break
            except csv.Error as error:
                spanned = counter.lines - lines_before
                yield row_no, self._recover(counter, error, row_no=row_no, spanned=spanned), False
                continue
            if counter.lines - lines_before > 1:
                self._judge_multiline(record, row_no=row_no)
            if not _has_content(record):
                continue
            if len(record) > max_columns and _has_content(record[max_columns:]):
                raise FileRefused("F010", {"kind": "columns", "n": len(record), "limit": max_columns, "row": row_no})
            cells: list[Cell] = [cell or None for cell in record]
            if counter.nul or len(counter.line) > max_chars or counter.lines - lines_before > 1:
                self._mark_faults(cells)
                counter.nul = False
            yield row_no, cells, False
        self.last_row = row_no
        if counter.lines + self._skip_lines != self.text.lines:
            raise FileRefused(
                "F001", {"kind": "damaged", "detail": "count", "n": counter.lines, "expected": self.text.lines}
            )

    def _open_text(self) -> io.TextIOWrapper:
        self._file.seek(0)
        # A second object over the same descriptor: closing the wrapper must not close the file.
        return io.TextIOWrapper(_Unclosable(self._file), encoding=self.encoding.name, errors="strict", newline="")

    def _read_first_lines(self) -> list[str]:
        with self._open_text() as text:
            lines = []
            total = 0
            for line in islice(iter(lambda: text.readline(_LOOK_CHARS), ""), _LOOK_LINES):
                lines.append(line.lstrip("\ufeff"))
                total += len(line)
                if total > _LOOK_CHARS:
                    break
        return lines

    def _make_reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        if not self.dialect.quote:
            return csv.reader(lines, delimiter=self.dialect.delimiter, quoting=csv.QUOTE_NONE, quotechar=None)
        return csv.reader(
            lines, delimiter=self.dialect.delimiter, quotechar=self.dialect.quote, doublequote=True, strict=True
        )

    def _recover(self, counter: _Lines, error: csv.Error, *, row_no: int, spanned: int) -> list[Cell]:
        """Return the cells of a row that could not be cut, or refuse the file if more than this line is concerned."""
        if "field limit" in str(error) and spanned == 1:
            counter.nul = False
            return [{"e": "too_long", "len": len(counter.line)}]
        if spanned != 1 or "unexpected end" in str(error):
            raise FileRefused("F001", {"kind": "quote", "row": row_no})
        if counter.nul:
            counter.nul = False
            return [{"e": "nul", "at": counter.line.index("\x00") + 1}]
        parts = counter.line.rstrip("\r\n").split(self.dialect.delimiter)[: self.limits.max_columns]
        # The cells as they stand, so that a person recognises the row; those with a quote cannot be trusted.
        return [{"e": "quote"} if self.dialect.quote in part else part or None for part in parts]

    def _judge_multiline(self, record: list[str], *, row_no: int) -> None:
        """Refuse a record over several lines that swallowed rows: wrong number of cells, and a line in it cut like a row."""
        if self.width is None or len(record) == self.width or self.width < 2:
            return
        delimiters = self.width - 1
        for cell in record:
            lines = cell.splitlines()
            if len(lines) > 1 and any(line.count(self.dialect.delimiter) >= delimiters for line in lines):
                raise FileRefused("F001", {"kind": "quote", "row": row_no})

    def _mark_faults(self, cells: list[Cell]) -> None:
        for index, cell in enumerate(cells):
            if not isinstance(cell, str):
                continue
            if "\x00" in cell:
                cells[index] = {"e": "nul", "at": cell.index("\x00") + 1}
            elif len(cell) > self.limits.max_cell_chars:
                cells[index] = {"e": "too_long", "len": len(cell)}


class _Lines:
    """Physical lines for the CSV reader: counts them, remembers the last one, takes BOMs off their start (E-54)."""

    def __init__(self, text: io.TextIOWrapper, *, skip: int) -> None:
        self._text = text
        self.lines = 0
        self.line = ""
        self.nul = False
        for _ in range(skip):
            text.readline(_LINE_LIMIT)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(_LINE_LIMIT)
        if not line:
            raise StopIteration
        if len(line) == _LINE_LIMIT:
            raise FileRefused("F010", {"kind": "line", "n": _LINE_LIMIT, "limit": _LINE_LIMIT, "row": self.lines + 1})
        self.lines += 1
        if line[0] == "\ufeff":
            line = line.lstrip("\ufeff")
        if "\x00" in line:
            self.nul = True
        self.line = line
        return line


class _Unclosable(io.RawIOBase):
    """Passes reads through and ignores close."""

    name = "upload"

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        block = self._file.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


def _has_content(record: list[str]) -> bool:
    """Whether any cell holds something visible; white space and zero-width characters are nothing (E-56)."""
    return any(cell and (" " < cell[0] < "\x7f" or clean_text(cell)) for cell in record)
