"""One full read of a file for its picture: names, samples, counts (E-01, E-02, E-54, L-12, L-18); runs in the parser child.

Public: open_source, take_picture.
"""

from __future__ import annotations

from itertools import takewhile
from typing import Any, BinaryIO, Final

from lms.imports.readers.csv_reader import CsvSource
from lms.imports.readers.facts import HEADER_SEARCH_ROWS, Cell, FileRefused, ReadLimits, ReadOptions, Row, Sniffed
from lms.imports.readers.gate import detect_format
from lms.imports.readers.headers import HeaderChoice, choose_header, show_cell
from lms.imports.readers.xlsx_reader import XlsxSource

_SAMPLE_ROWS: Final = 5
_SHOWN: Final = 200
# Rows beyond the limit are counted only to be named (F003), and not for ever.
_COUNT_UP_TO: Final = 5


def open_source(
    file: BinaryIO, *, options: ReadOptions, limits: ReadLimits, known_headers: frozenset[str] = frozenset()
) -> CsvSource | XlsxSource:
    """Return the source for what `file` holds. Raises FileRefused F001, F002, F010."""
    if detect_format(file) == "xlsx":
        return XlsxSource(file, options=options, limits=limits)
    return CsvSource(file, options=options, limits=limits, known_headers=known_headers)


def take_picture(file: BinaryIO, *, options: ReadOptions, limits: ReadLimits, known_headers: frozenset[str]) -> Sniffed:
    """Read the whole of `file` once and return its picture.

    Raises FileRefused: F001, F002 (no row below the header), F003 (with the number of rows), F010.
    """
    source = open_source(file, options=options, limits=limits, known_headers=known_headers)
    extra = _describe_workbook(source) if isinstance(source, XlsxSource) else {}
    top = list(takewhile(lambda row: row[0] <= HEADER_SEARCH_ROWS, source.rows()))
    picture = _Picture(top, options=options, known_headers=known_headers)
    source.width = len(picture.header_cells) or None
    for row_no, cells, hidden in source.rows():
        picture.add(row_no, cells, hidden=hidden)
        if picture.counted > _COUNT_UP_TO * limits.max_rows:
            raise FileRefused("F003", {"n": picture.counted, "limit": limits.max_rows, "more": 1})
    if isinstance(source, CsvSource):
        extra = _describe_text(source)
    if picture.counted > limits.max_rows:
        raise FileRefused("F003", {"n": picture.counted, "limit": limits.max_rows})
    if not picture.data_rows:
        raise FileRefused("F002", {"detail": "no rows" if picture.above or picture.header_cells else "empty"})
    return picture.finish(format_name=source.format, last_row=source.last_row, extra=extra)


class _Picture:
    """Counts and samples of all rows, given the first ones to choose the header row from."""

    def __init__(
        self, top: list[tuple[int, list[Cell], bool]], *, options: ReadOptions, known_headers: frozenset[str]
    ) -> None:
        self.options = options
        self.top: list[Row] = [(row_no, cells) for row_no, cells, _ in top]
        if options.header_row is None:
            self.header = choose_header(self.top, known_headers=known_headers)
        else:
            self.header = HeaderChoice(row_no=options.header_row, certain=True)
        self.header_cells = dict(self.top).get(self.header.row_no, [])
        self.above = 0
        self.visible = 0
        self.hidden = 0
        self.sample: list[Row] = []

    @property
    def counted(self) -> int:
        """Rows that count towards the limit: hidden ones only if a person wants them (E-02)."""
        return self.visible + (self.hidden if self.options.hidden_rows == "all" else 0)

    @property
    def data_rows(self) -> int:
        """Rows to import as things stand; hidden ones are among them until a person leaves them out (E-02)."""
        return self.visible + (0 if self.options.hidden_rows == "visible" else self.hidden)

    def add(self, row_no: int, cells: list[Cell], *, hidden: bool) -> None:
        """Count one row of the file."""
        if row_no <= self.header.row_no:
            self.above += row_no < self.header.row_no
            return
        if hidden:
            self.hidden += 1
        else:
            self.visible += 1
        if len(self.sample) < _SAMPLE_ROWS and not (hidden and self.options.hidden_rows == "visible"):
            self.sample.append((row_no, cells))

    def finish(self, *, format_name: str, last_row: int, extra: dict[str, Any]) -> Sniffed:
        """Return the finished picture."""
        header = self.header
        total = self.visible + self.hidden
        width = max([len(self.header_cells), *(len(cells) for _, cells in self.sample)])
        return Sniffed(
            format=format_name,
            header_row=header.row_no,
            header_certain=header.certain,
            headers=[show_cell(cell) for cell in self.header_cells] if header.row_no else [""] * width,
            top_rows=[(row_no, _cut_cells(cells)) for row_no, cells in self.top],
            sample_rows=[(row_no, _cut_cells(cells)) for row_no, cells in self.sample],
            data_rows=self.data_rows,
            blank_rows=max(0, last_row - header.row_no - total),
            ignored_rows_above=self.above,
            hidden_rows=self.hidden,
            visible_rows=self.visible,
            **extra,
        )


def _cut_cells(cells: list[Cell]) -> list[Cell]:
    return [cell[:_SHOWN] if isinstance(cell, str) else cell for cell in cells]


def _describe_text(source: CsvSource) -> dict[str, Any]:
    encoding = source.encoding
    return {
        "encoding": encoding.name,
        "encoding_certain": encoding.certain,
        "encodings_offered": list(encoding.offered),
        "first_undecodable": list(encoding.first_undecodable) if encoding.first_undecodable else None,
        "delimiter": source.dialect.delimiter,
        "quote": source.dialect.quote,
        "newline": source.text.newline,
    }


def _describe_workbook(source: XlsxSource) -> dict[str, Any]:
    """Choose the sheet if none was chosen, name the sheets one could switch to (E-52), find a template's signature."""
    with_data = source.list_sheets_with_data()
    if source.sheet is None and with_data:
        source.sheet = with_data[0]
    return {
        "sheets": [sheet.name for sheet in with_data],
        "sheet": source.sheet.name if source.sheet else None,
        "signature": source.find_signature(with_data),
    }
