"""Where the column names stand (E-01, L-18).

Public: HeaderChoice, choose_header, show_cell.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from lms.core.text import clean_text, header_key
from lms.imports.readers.facts import Cell, Row

_LOOKS_LIKE_DATA: Final = re.compile(r"^[\d\s.,:/+\-%T]+$|@|^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_MAX_NAME: Final = 120
_SHOWN: Final = 255


@dataclass(frozen=True, slots=True)
class HeaderChoice:
    """The row of the column names, 0 for none; `certain` when nobody needs to be asked."""

    row_no: int
    certain: bool


def choose_header(top_rows: list[Row], *, known_headers: frozenset[str]) -> HeaderChoice:
    """Return the header row among `top_rows` (non-blank rows among the first 20).

    With known names: the row that matches most of them, or none if no row matches one (L-18). Without: a guess.
    """
    if not top_rows:
        return HeaderChoice(row_no=0, certain=False)
    if known_headers:
        return _choose_known(top_rows, known_headers=known_headers)
    return _guess(top_rows)


def show_cell(cell: Cell, *, limit: int = _SHOWN) -> str:
    """Return a cell as text for showing and for column names, cut at `limit` characters."""
    if isinstance(cell, dict):
        value = next((cell[key] for key in ("n", "d", "b") if key in cell), None)
        return "" if value is None else str(value)[:limit]
    return "" if cell is None else cell[:limit]


def _choose_known(top_rows: list[Row], *, known_headers: frozenset[str]) -> HeaderChoice:
    best_row, best_score, best_filled = 0, 0, 0
    for row_no, cells in top_rows:
        names = [header_key(show_cell(cell)) for cell in cells if cell is not None]
        score = len({name for name in names if name in known_headers})
        if score > best_score:
            best_row, best_score, best_filled = row_no, score, len(names)
    return HeaderChoice(row_no=best_row, certain=best_score > 1 or (best_score == 1 and best_filled == 1))


def _guess(top_rows: list[Row]) -> HeaderChoice:
    """Guess: the first row as wide as the table whose cells all look like names; a title above it is narrower."""
    filled: list[Row] = [(row_no, [cell for cell in cells if cell is not None]) for row_no, cells in top_rows]
    widths = Counter(len(cells) for _, cells in filled)
    table_width = max(widths.items(), key=lambda item: (item[1], item[0]))[0]
    for row_no, cells in filled:
        if len(cells) * 2 <= table_width or (len(cells) == 1 and table_width > 1):
            continue
        return HeaderChoice(row_no=row_no if _looks_like_names(cells) else 0, certain=False)
    return HeaderChoice(row_no=0, certain=False)


def _looks_like_names(cells: list[Cell]) -> bool:
    texts = [clean_text(cell) for cell in cells if isinstance(cell, str)]
    if len(texts) != len(cells):
        return False
    return all(0 < len(text) <= _MAX_NAME and not _LOOKS_LIKE_DATA.search(text) for text in texts)
