"""Write sample files as the programs would that they come from: CSV, workbooks, OLE2 containers.

Byte for byte the same on every run, so that the same sample is recognised as the same file.
"""

import csv
import io
import struct
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import xlsxwriter

Cell = str | int | date | None
_CREATED: Final = datetime(2026, 11, 14, 9, 30)  # noqa: DTZ001 - a workbook's own clock has no time zone
_SECTOR: Final = 512
_END_OF_CHAIN: Final = 0xFFFFFFFE
_FAT_SECTOR: Final = 0xFFFFFFFD
_FREE: Final = 0xFFFFFFFF


def write_csv_file(path: Path, rows: Iterable[Sequence[str]], *, delimiter: str = ",", encoding: str = "utf-8") -> None:
    """Write rows as a CSV file with Windows line ends."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter set on a column (0-based): only rows with this text in it are shown."""

    column: int
    shown: str


def write_xlsx_file(
    path: Path,
    rows: Sequence[Sequence[Cell]],
    *,
    sheet: str,
    header_at: int = 0,
    date_format: str = "dd/mm/yyyy",
    filtered: Filter | None = None,
    bold_rows: Collection[int] = (),
) -> None:
    """Write rows (titles and column names included) as a workbook; `header_at` is the 0-based row of the names."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        workbook.set_properties({"created": _CREATED, "author": "Learning and Development"})
        day, bold = workbook.add_format({"num_format": date_format}), workbook.add_format({"bold": True})
        page = workbook.add_worksheet(sheet)
        page.set_column(0, max(len(row) for row in rows) - 1, 22)
        for number, row in enumerate(rows):
            is_bold = number == header_at or number in bold_rows
            for column, cell in enumerate(row):
                match cell:
                    case None:
                        pass
                    case date():
                        page.write_datetime(number, column, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001
                    case int():
                        page.write_number(number, column, cell)
                    case _:
                        page.write_string(number, column, cell, bold if is_bold else None)
        if filtered is not None:
            page.autofilter(header_at, 0, len(rows) - 1, len(rows[header_at]) - 1)
            page.filter_column(filtered.column, f"x == {filtered.shown}")
            for number in range(header_at + 1, len(rows)):
                if rows[number][filtered.column] != filtered.shown:
                    page.set_row(number, None, None, {"hidden": True})


def write_ole_file(path: Path, *, streams: Sequence[str]) -> None:
    """Write an OLE2 container with empty streams of these names: what an old or a protected workbook is on the outside."""
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        *(0x3E, 3, 0xFFFE, 9, 6),
        *(0, 1, 1, 0, 4096, _END_OF_CHAIN, 0, _END_OF_CHAIN, 0, 0),
    )
    header += struct.pack("<I", _FREE) * ((_SECTOR - len(header)) // 4)
    fat = struct.pack("<II", _FAT_SECTOR, _END_OF_CHAIN) + struct.pack("<I", _FREE) * 126
    entries = [_write_entry("Root Entry", kind=5, child=1)]
    entries += [
        _write_entry(name, kind=2, right=number + 1 if number < len(streams) else _FREE)
        for number, name in enumerate(streams, start=1)
    ]
    path.write_bytes(header + fat + b"".join(entries).ljust(_SECTOR, b"\x00"))


def _write_entry(name: str, *, kind: int, child: int = _FREE, right: int = _FREE) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    head = struct.pack("<64sHBBIII", text, len(text), kind, 1, _FREE, right, child)
    return head + b"\x00" * 36 + struct.pack("<IQ", _END_OF_CHAIN, 0)
