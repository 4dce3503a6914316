"""The grid of one worksheet from the events of its XML parser (E-51, E-55).

Public: SheetRun. The declared dimension is ignored; addresses must ascend; what could be read in two ways (a row or a cell
twice, an address that contradicts its row) refuses the file. Kept flat and free of indirection: it runs once per tag.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeVar
from xml.parsers import expat

from lms.core.text import clean_text
from lms.imports.readers.facts import Cell, FileRefused, ReadLimits
from lms.imports.readers.xlsx_cells import CellFormat, convert_iso_date, convert_number, decode_escapes
from lms.imports.readers.xlsx_package import SharedStrings
from lms.imports.readers.xml_parts import MAIN, MAX_DEPTH

_LAST_ROW: Final = 1_048_576
_LAST_COLUMN: Final = 16_384
_LETTERS: Final = re.compile(r"[A-Z]{1,3}")
_DIGITS: Final = "0123456789"
_ROW_NUMBER: Final = re.compile(r"[0-9]{1,7}")
_PLAIN_DIGITS: Final = 15
# Text pieces of one cell are at most the parser's buffer long; more of them than this is not a cell.
_MAX_PIECES: Final = 32
_MAX_CACHED: Final = 20_000
_MAX_CACHED_CHARS: Final = 32
_MAX_ERROR_CHARS: Final = 32
_Handler = TypeVar("_Handler")
_TRUE: Final = frozenset({"1", "true", "on"})


class SheetRun:
    """The state of one pass over a sheet: handlers for the parser, finished rows in `ready`, tags met in `seen`."""

    def __init__(
        self,
        *,
        limits: ReadLimits,
        formats: dict[str | None, CellFormat],
        epoch_1904: bool,
        get_strings: Callable[[], SharedStrings],
    ) -> None:
        self.ready: list[tuple[int, list[Cell], bool]] = []
        self.seen = {"row": 0, "c": 0, "v": 0, "is": 0}
        self.row_no = 0
        self._limits = limits
        self._formats = formats
        self._epoch_1904 = epoch_1904
        self._get_strings = get_strings
        self._text: list[str] = []
        self._dropped = 0
        self._depth = 0
        self._columns: dict[str, int] = {}
        self._cached: dict[tuple[str, str | None], Cell] = {}
        self._in_row = self._in_cell = self._hidden = self._visible = self._formula = False
        self._row_text = ""
        self._cells: list[Cell] = []
        self._column = -1
        self._cell_type: str | None = None
        self._style: str | None = None
        self._value: str | None = None
        self._inline: list[str] | None = None
        self._skipping = 0
        self._openers = _by_full_name(
            {
                "v": self._open_value,
                "t": self._open_text,
                "c": self._open_cell,
                "row": self._open_row,
                "f": self._open_formula,
                "is": self._open_inline,
                "rPh": self._open_phonetic,
            }
        )
        self._closers = _by_full_name(
            {
                "v": self._close_value,
                "t": self._close_text,
                "c": self._close_cell,
                "row": self._close_row,
                "rPh": self._close_phonetic,
            }
        )
        self._converters: dict[str | None, Callable[[str], Cell]] = {
            None: self._convert_number,
            "n": self._convert_number,
            "str": self._convert_text,
            "inlineStr": self._convert_text,
            "b": _convert_truth,
            "e": _convert_error,
            "d": convert_iso_date,
        }

    def attach(self, parser: expat.XMLParserType) -> None:
        """Take the events of `parser`."""
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append

    def bound_text(self) -> None:
        """Forget the text of a cell that is too long already, keeping its length."""
        if len(self._text) > _MAX_PIECES:
            self._dropped += sum(map(len, self._text))
            self._text.clear()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        opener = self._openers.get(name)
        if opener is not None:
            opener(attributes)
            return
        if self._depth > MAX_DEPTH:
            raise FileRefused("F001", {"kind": "too_complex", "detail": "nesting"})
        # Elements of the same name in other vocabularies are met by the independent count too.
        local = name.rpartition(" ")[2]
        if local in self.seen:
            self.seen[local] += 1

    def _end(self, name: str) -> None:
        self._depth -= 1
        closer = self._closers.get(name)
        if closer is not None:
            closer()

    def _open_row(self, attributes: dict[str, str]) -> None:
        self.seen["row"] += 1
        raw = attributes.get("r")
        if raw is None:
            row_no = self.row_no + 1
            raw = str(row_no)
        else:
            row_no = int(raw) if _ROW_NUMBER.fullmatch(raw) else 0
        if self._in_row or not self.row_no < row_no <= _LAST_ROW:
            raise self._damaged("row order", row=row_no or self.row_no)
        self.row_no = row_no
        self._row_text = raw
        self._in_row = True
        self._hidden = attributes.get("hidden") in _TRUE
        self._cells = []
        self._column = -1
        self._visible = False

    def _close_row(self) -> None:
        self._in_row = False
        if self._visible:
            self.ready.append((self.row_no, self._cells, self._hidden))

    def _open_cell(self, attributes: dict[str, str]) -> None:
        self.seen["c"] += 1
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

    def _close_cell(self) -> None:
        self._in_cell = False
        value = self._value
        if value is None:
            if self._inline is not None:
                cell = self._convert_text("".join(self._inline))
            elif self._formula:
                cell = {"e": "#FORMULA"}
            else:
                return
        elif self._cell_type == "s":
            cell = self._get_strings().get(value)
        elif value or self._cell_type == "str":
            convert = self._converters.get(self._cell_type)
            if convert is None:
                raise self._damaged("cell type")
            cell = convert(value)
        else:
            cell = {"e": "#FORMULA"} if self._formula else None
        if cell is not None:
            self._place(cell)

    def _open_value(self, _attributes: dict[str, str]) -> None:
        self.seen["v"] += 1
        self._text.clear()
        self._dropped = 0

    def _close_value(self) -> None:
        if self._in_cell:
            self._value = self._take_text()

    def _open_text(self, _attributes: dict[str, str]) -> None:
        self._text.clear()
        self._dropped = 0

    def _close_text(self) -> None:
        if self._inline is not None and not self._skipping:
            self._inline.append(self._take_text())

    def _open_inline(self, _attributes: dict[str, str]) -> None:
        self.seen["is"] += 1
        self._inline = []

    def _open_formula(self, _attributes: dict[str, str]) -> None:
        self._formula = True

    def _open_phonetic(self, _attributes: dict[str, str]) -> None:
        self._skipping += 1

    def _close_phonetic(self) -> None:
        self._skipping -= 1

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
        text = self._text[0] if len(self._text) == 1 else "".join(self._text)
        if self._dropped:
            # Longer than any limit: only the length is of use from here on.
            text = " " * (self._dropped + len(text))
        self._text.clear()
        return text

    def _convert_number(self, value: str) -> Cell:
        cell_format = self._formats.get(self._style)
        if cell_format is None:
            if value.isdigit() and len(value) <= _PLAIN_DIGITS and value.isascii() and value[0] != "0":
                return {"n": value}
            return convert_number(value, cell_format=None, epoch_1904=self._epoch_1904)
        key = (value, self._style)
        cell = self._cached.get(key)
        if cell is None:
            cell = convert_number(value, cell_format=cell_format, epoch_1904=self._epoch_1904)
            if len(self._cached) < _MAX_CACHED and len(value) < _MAX_CACHED_CHARS:
                self._cached[key] = cell
        return cell

    def _convert_text(self, text: str) -> Cell:
        if len(text) > self._limits.max_cell_chars:
            return {"e": "too_long", "len": len(text)}
        return decode_escapes(text)

    def _place(self, cell: Cell) -> None:
        if not self._visible and (not isinstance(cell, str) or " " < cell[0] < "\x7f" or clean_text(cell)):
            self._visible = True
        column = self._column
        limit = self._limits.max_columns
        if column >= limit:
            if isinstance(cell, str) and not clean_text(cell):
                return
            raise FileRefused("F010", {"kind": "columns", "n": column + 1, "limit": limit, "row": self.row_no})
        gap = column - len(self._cells)
        if gap:
            self._cells.extend([None] * gap)
        self._cells.append(cell)

    def _damaged(self, detail: str, *, row: int | None = None) -> FileRefused:
        return FileRefused("F001", {"kind": "damaged", "detail": detail, "row": self.row_no if row is None else row})


def _by_full_name(by_local_name: dict[str, _Handler]) -> dict[str, _Handler]:
    """Return the same values under the names the parser reports."""
    return {
        full_name: value
        for local, value in by_local_name.items()
        for full_name in (local, *(f"{space} {local}" for space in MAIN))
    }


def _convert_truth(value: str) -> Cell:
    value = value.strip()
    if value in {"1", "true"}:
        return {"b": True}
    return {"b": False} if value in {"0", "false"} else {"e": "number"}


def _convert_error(value: str) -> Cell:
    return {"e": value.strip()[:_MAX_ERROR_CHARS] or "#VALUE!"}
