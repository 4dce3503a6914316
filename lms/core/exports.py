"""CSV and XLSX on the way out: every file a person downloads is written here (E-65, E-66, S11).

Public surface: `neutralise_formula`, `restore_formula`, `write_csv`, `write_xlsx`, `attach_file`,
`TABLE_TYPES`, `attach_table`.
Files are written whole, inside the tenant's scope, and sent afterwards (a response streamed over a query would run
when the scope is closed). Must not query the database.
"""

import csv
import datetime as dt
import tempfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Final

from django.http import FileResponse

from lms.core.text import INVISIBLE
from lms.core.workbook import Value, write_workbook

Cell = str | int | float | Decimal | dt.date | dt.datetime | bool | None
CSV_TYPE: Final = "text/csv; charset=utf-8"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TABLE_TYPES: Final = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE}
# What makes a spreadsheet run a cell instead of showing it, the full-width forms included.
_TRIGGERS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_SKIPPED_BEFORE: Final = " \u00a0\u3000" + INVISIBLE
_GUARD: Final = "'"


def neutralise_formula(text: str) -> str:
    """Return `text` as a cell that no spreadsheet runs as a formula: with an apostrophe before it where needed (E-66).

    Text that already stands behind apostrophes gets one more, so that `restore_formula` gives every text back exactly.
    """
    return _GUARD + text if _could_run(text) else text


def restore_formula(text: str) -> str:
    """Return the text that `neutralise_formula` was given; for the cells of files this product has written (E-66)."""
    return text[1:] if text.startswith(_GUARD) and _could_run(text) else text


def _could_run(text: str) -> bool:
    return text.lstrip(_GUARD).lstrip(_SKIPPED_BEFORE).startswith(_TRIGGERS)


def write_csv(rows: Iterable[Sequence[Cell]], *, to: IO[bytes], delimiter: str = ",") -> int:
    """Write `rows` (column names first) as UTF-8 with a byte order mark, every text quoted; return the number of rows.

    Dates are written as yyyy-mm-dd, numbers bare; texts are neutralised. `to` is left open, at its end.
    """
    written = 0
    to.write(b"\xef\xbb\xbf")
    writer = csv.writer(_Encoded(to), delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_csv_cell(cell) for cell in row])
        written += 1
    return written


def _csv_cell(cell: Cell) -> str | int | float | Decimal:
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case str():
            return neutralise_formula(cell)
        case dt.datetime():
            return cell.strftime("%Y-%m-%d %H:%M:%S")
        case dt.date():
            return cell.isoformat()
        case _:
            return cell


class _Encoded:
    """The little of a text file that the csv module needs, over a binary one that stays the caller's."""

    def __init__(self, binary: IO[bytes]) -> None:
        self._binary = binary

    def write(self, text: str) -> int:
        return self._binary.write(text.encode("utf-8", "replace"))


def write_xlsx(
    rows: Iterable[Sequence[Cell]], *, to: IO[bytes] | Path, sheet: str = "Sheet1", widths: Sequence[int] = ()
) -> int:
    """Write `rows` (column names first) as a workbook with one sheet; return the number of rows.

    Texts are written as texts, never as formulas or links, and neutralised too: a person may save the sheet as CSV.
    Dates are typed cells. Rows are written one by one, so memory does not grow with their number. `widths` are
    column widths in characters.
    """
    lines = iter(rows)
    head = [str(_xlsx_cell(cell) or "") for cell in next(lines, ())]
    return write_workbook((list(map(_xlsx_cell, row)) for row in lines), head=head, sheet=sheet, widths=widths, to=to)


def _xlsx_cell(cell: Cell) -> Value:
    match cell:
        case None | "":
            return None
        case str():
            return neutralise_formula(cell)
        case bool():
            return "yes" if cell else "no"
        case dt.datetime():
            return cell.replace(tzinfo=None)
        case _:
            return cell


def attach_file(file: IO[bytes], *, name: str, content_type: str) -> FileResponse:
    """Return a download of `file` from its beginning, which no browser shows in place or runs (S7, S9).

    `name` may hold anything a person typed; Django quotes it for the header.
    """
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def attach_table(
    rows: Iterable[Sequence[Cell]], *, name: str, file_format: str, sheet: str, widths: Sequence[int] = ()
) -> FileResponse:
    """Return a download of `rows` (column names first) in one of `TABLE_TYPES`; `name` is without its ending."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    if file_format == "csv":
        write_csv(rows, to=file)
    else:
        write_xlsx(rows, to=file, sheet=sheet, widths=widths)
    return attach_file(file, name=f"{name}.{file_format}", content_type=TABLE_TYPES[file_format])
