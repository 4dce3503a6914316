"""Writes a results file as CSV or XLSX (E-65, E-66, E-07). Public: `write_results`, `FORMATS`.

Both ways write line by line in constant memory. Every text is neutralised against formulas; `restore_formula` undoes
that when a file with our added columns is uploaded again.
"""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, BinaryIO, Final

from django.utils.translation import get_language

from lms.core.exports import CSV_TYPE, XLSX_TYPE, neutralise_formula
from lms.core.workbook import Value, write_workbook
from lms.imports.importer import find_words
from lms.imports.models import ImportBatch
from lms.imports.results.columns import added_headers
from lms.imports.results.rows import Line, iterate_lines, original_headers

# File format -> content type. A CSV is not always UTF-8 (E-07), so it claims no character set.
FORMATS: Final = {"csv": CSV_TYPE.partition(";")[0], "xlsx": XLSX_TYPE}
_SAFE_DIGITS: Final = 15  # what a spreadsheet keeps of a number
_ADDED_WIDTHS: Final = (14, 26, 16, 60, 16, 16, 16, 16, 14, 30, 14)
_ORIGINAL_WIDTH: Final = 20


def write_results(batch: ImportBatch, *, content: str, file_format: str, to: BinaryIO) -> None:
    """Write all rows or the failed rows of `batch` into `to`, worded in the active language.

    Runs inside the tenant's scope; `to` must be seekable and empty, and is left open at its end. From `ready` on and
    before the import runs the same file is the check: what would happen (E-17).
    """
    headers = original_headers(batch)
    lines = partial(iterate_lines, batch, content=content)  # a CSV may have to start again
    if file_format == "xlsx":
        _write_xlsx(headers, lines(), batch=batch, to=to)
    else:
        _write_csv(headers, lines, batch=batch, to=to)


def _added_head(batch: ImportBatch) -> list[str]:
    return added_headers(find_words(batch.kind).until)


# --- CSV ----------------------------------------------------------------------------------------------


def _write_csv(headers: list[str], lines: Callable[[], Iterable[Line]], *, batch: ImportBatch, to: BinaryIO) -> None:
    """Write in the encoding of the upload, or all over again in UTF-8 where a character does not fit (E-07)."""
    delimiter, encoding = _reading_of(batch)
    try:
        _write_csv_in(headers, lines(), batch=batch, delimiter=delimiter, encoding=encoding, to=to)
    except UnicodeEncodeError:
        to.seek(0)
        to.truncate()
        _write_csv_in(headers, lines(), batch=batch, delimiter=delimiter, encoding="utf-8", to=to)


def _write_csv_in(
    headers: list[str], lines: Iterable[Line], *, batch: ImportBatch, delimiter: str, encoding: str, to: BinaryIO
) -> None:
    text = io.TextIOWrapper(to, encoding=encoding, errors="strict", newline="")
    try:
        if encoding.startswith("utf"):
            text.write("\ufeff")
        # Always double quotes, whatever the upload had: the added sentences need quoting, and readers detect it.
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow([neutralise_formula(header) for header in [*headers, *_added_head(batch)]])
        width = len(headers)
        for line in lines:
            cells = [_csv_text(cell) if cell else "" for cell in line.cells]
            cells += [""] * (width - len(cells))
            cells += (str(line.row_no), line.outcome, line.codes, neutralise_formula(line.sentences))
            cells += (line.before or "", line.after or "", line.until_before or "", line.until or "")
            cells += (line.assigned, line.messages, str(batch.number))
            writer.writerow(cells)
    finally:
        text.detach()


def _csv_text(cell: Any) -> str:
    """Return the text of a cell; what a person typed is neutralised, typed numbers are not text and stay."""
    if isinstance(cell, str):
        return neutralise_formula(cell)
    if "b" in cell:
        return "TRUE" if cell["b"] else "FALSE"
    if "e" in cell:
        return neutralise_formula(str(cell["e"]))
    return str(cell.get("d") or cell.get("n") or "").replace("T", " ")


def _reading_of(batch: ImportBatch) -> tuple[str, str]:
    """Return (delimiter, encoding) the upload was read with; for a workbook what spreadsheets here expect."""
    sniffed = batch.sniffed or {}
    local = ";" if (get_language() or "").startswith("de") else ","
    delimiter = batch.read_options.get("delimiter") or sniffed.get("delimiter") or local
    encoding = batch.read_options.get("encoding") or sniffed.get("encoding") or "utf-8"
    return delimiter, encoding


# --- XLSX ---------------------------------------------------------------------------------------------


def _write_xlsx(headers: list[str], lines: Iterable[Line], *, batch: ImportBatch, to: BinaryIO) -> None:
    write_workbook(
        _workbook_rows(lines, width=len(headers), number=batch.number),
        head=[neutralise_formula(header) for header in headers],
        added_head=_added_head(batch),
        sheet="Import",
        widths=[_ORIGINAL_WIDTH] * len(headers) + list(_ADDED_WIDTHS),
        to=to,
    )


def _workbook_rows(lines: Iterable[Line], *, width: int, number: int) -> Iterator[list[Value]]:
    for line in lines:
        row: list[Value] = [
            neutralise_formula(cell) if type(cell) is str else _typed_value(cell) if cell else None
            for cell in line.cells
        ]
        row += [None] * (width - len(row))
        row += (line.row_no, line.outcome, line.codes or None, neutralise_formula(line.sentences) or None)
        row += (line.before, line.after, line.until_before, line.until)
        row += (line.assigned or None, line.messages or None, number)
        yield row


def _typed_value(cell: dict[str, Any]) -> Value:
    """Return a typed cell of an uploaded workbook as what it was: a number, a date, a truth value, or its text."""
    if "b" in cell:
        return bool(cell["b"])
    if "d" in cell:
        text = str(cell["d"])
        return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)
    if "n" in cell:
        text = str(cell["n"])
        return int(text) if _is_plain_number(text) and not cell.get("x") else text
    return neutralise_formula(str(cell.get("e") or ""))


def _is_plain_number(text: str) -> bool:
    """Return whether a number shows exactly like this in a fresh cell: no lost zeros, no digits cut (E-55)."""
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdecimal() and len(digits) <= _SAFE_DIGITS and str(int(digits)) == digits
