"""Read one worksheet of a workbook row by row (E-51, E-52, E-53, E-55); runs in the parser child.

Public: XlsxSource. One streaming pass of expat over the sheet; its tags are counted a second time in the bare bytes
(TagCount), so that a row or a cell the reader failed to see refuses the file instead of vanishing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from lms.imports.readers.facts import Cell, FileRefused, ReadLimits, ReadOptions
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

    def read_sheet(self, sheet: SheetPart) -> Iterator[tuple[int, list[Cell], bool]]:
        """Yield the rows of `sheet`; see `rows`. Raises FileRefused F001 for whatever is not a plain grid."""
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
                yield from run.ready
                run.ready.clear()
        self.last_row = run.row_no
        counted = independent.finish()
        if counted is not None and counted != run.seen:
            raise FileRefused(
                "F001", {"kind": "damaged", "detail": "count", "n": run.seen["row"], "expected": counted["row"]}
            )
