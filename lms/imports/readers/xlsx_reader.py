"""Read one worksheet of a workbook row by row (E-51, E-52, E-53, E-55); runs in the parser child.

Public: XlsxSource. One streaming pass of expat over the sheet; its tags are counted a second time in the bare bytes
(TagCount), so that a row or a cell the reader failed to see refuses the file instead of vanishing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from lms.imports.readers.facts import (
    SIGNATURE_MARKER,
    SIGNATURE_SEARCH_ROWS,
    Cell,
    FileRefused,
    ReadLimits,
    ReadOptions,
)
from lms.imports.readers.tag_count import TagCount
from lms.imports.readers.xlsx_cells import CellFormat
from lms.imports.readers.xlsx_package import SharedStrings, SheetPart, Workbook, open_workbook, read_formats
from lms.imports.readers.xlsx_sheet import SheetRun
from lms.imports.readers.xml_parts import make_parser, parse_part


class XlsxSource:
    """The rows of one visible worksheet. After `rows` is exhausted `last_row` is the number of its last row element."""

    format = "xlsx"

    def __init__(self, file: BinaryIO, *, options: ReadOptions, limits: ReadLimits) -> None:
        """Open the workbook and choose the sheet: the given one, else the first visible one with data.

        `sheets_with_data` is filled only when no sheet was given. Raises FileRefused F001, F010; F002 when no visible
        sheet holds anything.
        """
        self.limits = limits
        self.last_row = 0
        self.width: int | None = None
        self.workbook: Workbook = open_workbook(file, limits=limits)
        self.formats: dict[str | None, CellFormat] = read_formats(self.workbook, limits=limits)
        self._strings: SharedStrings | None = None
        self.sheet: SheetPart | None = None
        for sheet in self.workbook.sheets:
            if sheet.name == options.sheet:
                self.sheet = sheet
        if options.sheet is not None and self.sheet is None:
            raise FileRefused("F001", {"kind": "damaged", "detail": "no such sheet"})

    def list_sheets_with_data(self) -> list[SheetPart]:
        """Return the visible sheets that hold at least one visible character; each is read up to that point only."""
        return [sheet for sheet in self.workbook.sheets if self._has_data(sheet)]

    def find_signature(self, sheets: Iterable[SheetPart]) -> str:
        """Return the signature of a template from the top of one of these sheets, empty if there is none (S-11)."""
        for sheet in sheets:
            try:
                for _row_no, cells, _hidden in self.read_sheet(sheet, last=SIGNATURE_SEARCH_ROWS):
                    for cell in cells:
                        if isinstance(cell, str) and cell.strip().startswith(SIGNATURE_MARKER):
                            return cell.strip()
            except FileRefused:
                continue  # a sheet that nobody chose may be damaged
        return ""

    def rows(self) -> Iterator[tuple[int, list[Cell], bool]]:
        """Yield (row number, cells, hidden) for every row of the chosen sheet that is not blank."""
        if self.sheet is None:
            raise FileRefused("F002", {"detail": "empty"})
        return self.read_sheet(self.sheet)

    def get_strings(self) -> SharedStrings:
        """Return the table of shared strings, read when the first cell asks for it."""
        if self._strings is None:
            self._strings = SharedStrings(self.workbook, limits=self.limits)
        return self._strings

    def _has_data(self, sheet: SheetPart) -> bool:
        try:
            return next(self.read_sheet(sheet), None) is not None
        except FileRefused:
            # Nobody may want this sheet; whoever chooses it is told why it cannot be read.
            return True

    def read_sheet(self, sheet: SheetPart, *, last: int | None = None) -> Iterator[tuple[int, list[Cell], bool]]:
        """Yield the rows of `sheet`; see `rows`. Raises FileRefused F001 for whatever is not a plain grid.

        With `last`, it is read up to that row and no further, and nothing is said about the rest.
        """
        run = SheetRun(
            limits=self.limits, formats=self.formats, epoch_1904=self.workbook.epoch_1904, get_strings=self.get_strings
        )
        parser = make_parser()
        run.attach(parser)
        independent = TagCount()
        for block in parse_part(self.workbook.package, sheet.part, parser=parser, limits=self.limits):
            independent.feed(block)
            run.bound_text()
            if run.ready:
                yield from (row for row in run.ready if last is None or row[0] <= last)
                run.ready.clear()
            if last is not None and run.row_no > last:
                return
        self.last_row = run.row_no
        counted = independent.finish()
        if counted is not None and counted != run.seen:
            raise FileRefused(
                "F001", {"kind": "damaged", "detail": "count", "n": run.seen["row"], "expected": counted["row"]}
            )
