"""Write the data rows of a file as JSON lines within bounds; runs in the parser child.

Public: write_rows.
"""

from __future__ import annotations

import json
from typing import BinaryIO, Final

from lms.imports.readers.facts import Cell, FileRefused, ReadLimits, ReadOptions
from lms.imports.readers.sniff import open_source

_COUNT_UP_TO: Final = 5


def write_rows(file: BinaryIO, *, options: ReadOptions, limits: ReadLimits, out: BinaryIO) -> dict[str, int]:
    """Write `[row number, [cells]]` for each non-blank row below the header; return the closing counts.

    `options` must be resolved. Raises FileRefused F001, F003, F010 when the rows show it, after having written some.
    """
    source = open_source(file, options=options, limits=limits)
    header_row = options.header_row or 0
    leave_hidden = options.hidden_rows == "visible"
    encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
    write = out.write
    data_rows = hidden_left_out = written = above = 0
    for row_no, cells, hidden in source.rows():
        if row_no <= header_row:
            above += 1
            if row_no == header_row:
                source.width = len(cells)
            continue
        if hidden and leave_hidden:
            hidden_left_out += 1
            continue
        data_rows += 1
        if data_rows > limits.max_rows:
            if data_rows > _COUNT_UP_TO * limits.max_rows:
                raise FileRefused("F003", {"n": data_rows, "limit": limits.max_rows, "more": 1})
            continue
        line = encode((row_no, cells))
        if len(line) > limits.max_row_chars:
            line = encode((row_no, _shorten(cells, limit=limits.max_row_chars)))
        data = line.encode("utf-8")
        written += len(data)
        if written > limits.max_unpacked:
            raise FileRefused("F010", {"kind": "text", "n": written, "limit": limits.max_unpacked})
        write(data + b"\n")
    if data_rows > limits.max_rows:
        raise FileRefused("F003", {"n": data_rows, "limit": limits.max_rows})
    blank_rows = max(0, source.last_row - header_row - data_rows - hidden_left_out)
    return {"data_rows": data_rows, "blank_rows": blank_rows, "hidden_left_out": hidden_left_out, "above": above}


def _shorten(cells: list[Cell], *, limit: int) -> list[Cell]:
    """Return the cells of a row that is too long as a whole: those beyond the limit become unusable."""
    room = limit // 2
    shortened: list[Cell] = []
    for cell in cells:
        if isinstance(cell, str):
            room -= len(cell)
            shortened.append(cell if room >= 0 else {"e": "too_long", "len": len(cell)})
        else:
            shortened.append(cell)
    return shortened
