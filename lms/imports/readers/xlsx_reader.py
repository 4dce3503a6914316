"""Read one worksheet row by row in a single streaming pass (E-51, E-53, E-55); runs in the parser child.

Public: XlsxSource. The declared dimension is ignored; addresses must ascend; what a program could read in two ways (a row or a
cell twice, a text index outside the table) refuses the file. The tags are counted a second time in the bare bytes (TagCount).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from lms.core.text import clean_text
from lms.imports.readers.facts import Cell, FileRefused, ReadLimits, ReadOptions
from lms.imports.readers.tag_count import TagCount
from lms.imports.readers.xlsx_cells import CellFormat, convert_iso_date, convert_number, decode_escapes
from lms.imports.readers.xlsx_package import SharedStrings, SheetPart, Workbook, open_workbook, read_formats
from lms.imports.readers.xml_parts import MAIN, MAX_DEPTH, make_parser, parse_part

_LAST_ROW: Final = 1_048_576
_LAST_COLUMN: Final = 16_384
_LETTERS: Final = re.compile(r"[A-Z]{1,3}")
_DIGITS: Final = "0123456789"
# Text pieces of one cell are at most the parser's buffer long; more of them than this is not a cell.
_MAX_PIECES: Final = 32
_MAX_CACHED_DATES: Final = 20_000
_MAX_ERROR_CHARS: Final = 32


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
        return [sheet for sheet in self.workbook.sheets if next(self.read_sheet(sheet), None) is not None]

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

    def read_sheet(self, sheet: SheetPart) -> Iterator[tuple[int, list[Cell], bool]]:
        """Yield the rows of `sheet`; see `rows`. Raises FileRefused F001 for whatever is not a plain grid."""
        run = _SheetRun(self)
        parser = make_parser()
        parser.StartElementHandler = run.start
        parser.EndElementHandler = run.end
        parser.CharacterDataHandler = run.text.append
        independent = TagCount()
        for block in parse_part(self.workbook.package, sheet.part, parser=parser, limits=self.limits):
            independent.feed(block)
            if len(run.text) > _MAX_PIECES:
                run.drop_text()
            if run.ready:
                yield from run.ready
                run.ready.clear()
        self.last_row = run.row_no
        counted = independent.finish()
        seen = {"row": run.rows, "c": run.cells_seen, "v": run.values, "is": run.inlines}
        if counted is not None and counted != seen:
            raise FileRefused("F001", {"kind": "damaged", "detail": "count", "n": run.rows, "expected": counted["row"]})


class _SheetRun:
    """The state of one pass: handlers for the parser, finished rows in `ready`."""

    def __init__(self, source: XlsxSource) -> None:
        self.source = source
        self.limits = source.limits
        self.formats = source.formats
        self.epoch_1904 = source.workbook.epoch_1904
        self.ready: list[tuple[int, list[Cell], bool]] = []
        self.text: list[str] = []
        self.rows = self.cells_seen = self.values = self.inlines = 0
        self.row_no = 0
        self.depth = 0
        self._kinds = _element_kinds()
        self._columns: dict[str, int] = {}
        self._dates: dict[tuple[str, str | None], Cell] = {}
        self._in_row = self._in_cell = False
        self._hidden = False
        self._row_text = ""
        self._cells: list[Cell] = []
        self._column = -1
        self._cell_type: str | None = None
        self._style: str | None = None
        self._value: str | None = None
        self._inline: list[str] | None = None
        self._formula = False
        self._skipping = 0
        self._dropped = 0
        self._visible = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        self.depth += 1
        kind = self._kinds.get(name)
        if kind == "v" or kind == "t":
            self.text.clear()
            self._dropped = 0
            if kind == "v":
                self.values += 1
        elif kind == "c":
            self.cells_seen += 1
            if not self._in_row or self._in_cell:
                raise self._damaged("cell")
            self._in_cell = True
            self._cell_type = attributes.get("t")
            self._style = attributes.get("s")
            self._value = self._inline = None
            self._formula = False
            reference = attributes.get("r")
            column = self._column + 1 if reference is None else self._find_column(reference)
            if column <= self._column:
                raise self._damaged("cell twice")
            self._column = column
        elif kind == "row":
            self.rows += 1
            if self._in_row:
                raise self._damaged("row")
            self._start_row(attributes)
        elif kind == "f":
            self._formula = True
        elif kind == "is":
            self.inlines += 1
            self._inline = []
        elif kind == "rPh":
            self._skipping += 1
        else:
            self._start_other(name)

    def end(self, name: str) -> None:
        """Close an element."""
        self.depth -= 1
        kind = self._kinds.get(name)
        if kind == "v":
            if self._in_cell:
                self._value = self._take_text()
        elif kind == "c":
            self._in_cell = False
            if self._value is not None or self._inline is not None or self._formula:
                cell = self._finish_cell()
                if cell is not None:
                    self._place(cell)
        elif kind == "t":
            if self._inline is not None and not self._skipping:
                self._inline.append(self._take_text())
        elif kind == "row":
            self._in_row = False
            if self._visible:
                self.ready.append((self.row_no, self._cells, self._hidden))
        elif kind == "rPh":
            self._skipping -= 1

    def drop_text(self) -> None:
        """Forget the text of a cell that is too long already, keeping its length."""
        self._dropped += sum(map(len, self.text))
        self.text.clear()

    def _start_other(self, name: str) -> None:
        if self.depth > MAX_DEPTH:
            raise FileRefused("F001", {"kind": "too_complex", "detail": "nesting"})
        # Elements of the same local name elsewhere are seen by the independent count too.
        local = name.rpartition(" ")[2]
        if local == "row":
            self.rows += 1
        elif local == "c":
            self.cells_seen += 1
        elif local == "v":
            self.values += 1
        elif local == "is":
            self.inlines += 1

    def _start_row(self, attributes: dict[str, str]) -> None:
        raw = attributes.get("r")
        if raw is None:
            row_no = self.row_no + 1
            raw = str(row_no)
        else:
            row_no = int(raw) if raw.isdigit() and raw.isascii() and len(raw) < 8 else 0  # noqa: PLR2004
        if not self.row_no < row_no <= _LAST_ROW:
            raise self._damaged("row order", row=row_no or self.row_no)
        self.row_no = row_no
        self._row_text = raw
        self._in_row = True
        self._hidden = attributes.get("hidden") in {"1", "true", "on"}
        self._cells = []
        self._column = -1
        self._visible = False

    def _find_column(self, reference: str) -> int:
        letters = reference.rstrip(_DIGITS)
        if reference[len(letters) :] != self._row_text:
            raise self._damaged("cell address")
        column = self._columns.get(letters)
        if column is None:
            if not _LETTERS.fullmatch(letters):
                raise self._damaged("cell address")
            column = 0
            for letter in letters:
                column = column * 26 + ord(letter) - 64
            column -= 1
            if column >= _LAST_COLUMN:
                raise self._damaged("cell address")
            self._columns[letters] = column
        return column

    def _take_text(self) -> str:
        text = self.text[0] if len(self.text) == 1 else "".join(self.text)
        if self._dropped:
            # Longer than any limit: only its length is of use, and it stays longer than the limit.
            self._dropped += len(text)
            text = " " * max(0, self.limits.max_cell_chars + 1 - len(text)) + text
        self.text.clear()
        return text

    def _finish_cell(self) -> Cell:
        kind = self._cell_type
        value = self._value
        if kind == "s":
            return None if value is None else self.source.get_strings().get(value)
        if kind == "inlineStr" or (value is None and self._inline is not None):
            return self._check_text("".join(self._inline or ()))
        if value is None or (not value and kind != "str"):
            return {"e": "#FORMULA"} if self._formula else None
        if kind is None or kind == "n":
            cell_format = self.formats.get(self._style)
            if cell_format is None:
                if value.isdigit() and len(value) < 16 and value.isascii() and value[0] != "0":  # noqa: PLR2004
                    return {"n": value}
                return convert_number(value, cell_format=None, epoch_1904=self.epoch_1904)
            return self._convert_formatted(value, cell_format)
        if kind == "str":
            return self._check_text(value)
        if kind == "b":
            truth = value.strip()
            return {"b": truth in {"1", "true"}} if truth in {"0", "1", "true", "false"} else {"e": "number"}
        if kind == "e":
            return {"e": value.strip()[:_MAX_ERROR_CHARS] or "#VALUE!"}
        if kind == "d":
            return convert_iso_date(value)
        raise self._damaged("cell type")

    def _convert_formatted(self, value: str, cell_format: CellFormat) -> Cell:
        key = (value, self._style)
        cell = self._dates.get(key)
        if cell is None:
            cell = convert_number(value, cell_format=cell_format, epoch_1904=self.epoch_1904)
            if len(self._dates) < _MAX_CACHED_DATES and len(value) < 32:  # noqa: PLR2004
                self._dates[key] = cell
        return cell

    def _check_text(self, text: str) -> Cell:
        if len(text) > self.limits.max_cell_chars:
            return {"e": "too_long", "len": max(len(text), self._dropped)}
        return decode_escapes(text)

    def _place(self, cell: Cell) -> None:
        column = self._column
        if not self._visible and (not isinstance(cell, str) or (" " < cell[0] < "\x7f") or clean_text(cell)):
            self._visible = True
        if column >= self.limits.max_columns:
            if isinstance(cell, str) and not clean_text(cell):
                return
            raise FileRefused(
                "F010", {"kind": "columns", "n": column + 1, "limit": self.limits.max_columns, "row": self.row_no}
            )
        gap = column - len(self._cells)
        if gap:
            self._cells.extend([None] * gap)
        self._cells.append(cell)

    def _damaged(self, detail: str, *, row: int | None = None) -> FileRefused:
        return FileRefused("F001", {"kind": "damaged", "detail": detail, "row": self.row_no if row is None else row})


def _element_kinds() -> dict[str, str]:
    kinds = {}
    for local in ("v", "t", "c", "row", "f", "is", "rPh"):
        kinds[local] = local
        for space in MAIN:
            kinds[f"{space} {local}"] = local
    return kinds
