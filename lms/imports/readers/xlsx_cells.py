"""Turn stored cell values of a workbook into cells: numbers as written, dates as dates, escapes decoded once (E-55).

Public: CellFormat, read_format, convert_number, convert_iso_date, decode_escapes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from lms.imports.readers.facts import Cell

_BUILT_IN: Final = {
    "percent": frozenset({9, 10}),
    "date": frozenset({14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 55), 57, 58}),
    "time": frozenset({18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56}),
}
_LITERALS: Final = re.compile(r'"[^"]*"|\\.|_.|\*.')
_BRACKETS: Final = re.compile(r"\[[^\]]*\]")
_ELAPSED: Final = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_ZEROS: Final = re.compile(r"0+")
_MAX_ZEROS: Final = 64

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_MAX_NUMBER_CHARS: Final = 400
_EXACT_DIGITS: Final = 15  # what a double, and so Excel, keeps of a number
_MAX_PLAIN_EXPONENT: Final = 20
_PERCENT_DIGITS: Final = 6  # behind the point

_EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001 - a worksheet knows no time zone
_EPOCH_1900: Final = datetime(1899, 12, 30)  # noqa: DTZ001
_EPOCH_1900_EARLY: Final = datetime(1899, 12, 31)  # noqa: DTZ001
_FALSE_LEAP_DAY: Final = 60  # Excel's 29 February 1900
_LAST_SERIAL: Final = 2_958_465  # 9999-12-31 in the 1900 system
_DAYS_1904: Final = 1_462

_ISO: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.\d+)?Z?)?", re.ASCII)
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class CellFormat:
    """What of a number format matters: "date", "time" (clock time or duration), "percent", or "zeros" of a width."""

    kind: str
    width: int = 0


def read_format(format_id: int, code: str | None) -> CellFormat | None:
    """Return what matters of a number format, None for ordinary numbers. Codes win over built-in ids."""
    if code is None:
        kind = next((kind for kind, ids in _BUILT_IN.items() if format_id in ids), None)
        return CellFormat(kind) if kind else None
    section = code.split(";", 1)[0].strip()
    if _ZEROS.fullmatch(section):
        return CellFormat("zeros", width=min(len(section), _MAX_ZEROS))
    elapsed = _ELAPSED.search(section) is not None
    plain = _BRACKETS.sub("", _LITERALS.sub("", section))
    if "%" in plain:
        return CellFormat("percent")
    letters = set(plain.lower().replace("general", ""))
    if letters & {"d", "y"} or ("m" in letters and not elapsed and not letters & {"h", "s"}):
        return CellFormat("date")
    return CellFormat("time") if elapsed or letters & {"h", "s"} else None


def convert_number(raw: str, *, cell_format: CellFormat | None, epoch_1904: bool) -> Cell:
    """Return the cell of a stored number.

    Whole numbers come without ".0"; "x" marks more than 15 digits, decimals or an exponent (R105).
    """
    raw = raw.strip()
    if len(raw) > _MAX_NUMBER_CHARS or not _NUMBER.fullmatch(raw):
        return {"e": "number"}
    if cell_format is not None and cell_format.kind == "percent":
        return _write_percent(raw)
    if cell_format is not None and cell_format.kind != "zeros":
        serial = float(raw)
        if cell_format.kind == "date" and not 0 <= serial < 1:
            return _convert_serial(serial, epoch_1904=epoch_1904)
        if cell_format.kind == "date" and epoch_1904 and serial == 0:
            return {"d": "1904-01-01"}
    text, exact = _write_number(raw)
    if cell_format is not None and cell_format.kind == "zeros" and text.isdigit():
        text = text.zfill(cell_format.width)
    return {"n": text} if exact else {"n": text, "x": 1}


def convert_iso_date(raw: str) -> Cell:
    """Return the cell of a date stored as ISO 8601 text (strict workbooks)."""
    match = _ISO.fullmatch(raw.strip())
    if match is None:
        return {"e": "date"}
    try:
        day = date.fromisoformat(match.group(1))
        clock = time.fromisoformat(match.group(2) or "00:00")
    except ValueError:
        return {"e": "date"}
    return _write_moment(datetime.combine(day, clock))


def decode_escapes(text: str) -> Cell:
    """Decode `_xHHHH_` once, as Excel does; what must never reach a database comes out as an unusable cell."""
    if "_x" in text or "_X" in text:
        text = _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)
        if "\x00" in text:
            return {"e": "nul", "at": text.index("\x00") + 1}
        if _SURROGATE.search(text):
            # A pair of escapes stands for one character beyond the basic plane.
            try:
                text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
            except UnicodeDecodeError:
                return {"e": "surrogate"}
    return text or None


def _write_number(raw: str) -> tuple[str, bool]:
    """Return the number in plain digits, and whether an identifier column may trust it."""
    if raw.isdigit():
        digits = raw.lstrip("0") or "0"
        return digits, len(digits) <= _EXACT_DIGITS
    exponent = "e" in raw or "E" in raw
    value = Decimal(raw)
    if not -_MAX_PLAIN_EXPONENT <= value.adjusted() <= _MAX_PLAIN_EXPONENT and value != 0:
        return raw, False
    # What Excel shows of 45.299999999999997 is 45.3: fifteen digits.
    value = Decimal(f"{value:.{_EXACT_DIGITS - 1}e}")
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text in {"-0", ""}:
        text = "0"
    whole = text.lstrip("-").isdigit()
    return text, whole and not exponent and len(text.lstrip("-")) <= _EXACT_DIGITS


def _write_percent(raw: str) -> Cell:
    """Return what the person reads and has typed: a stored 0.85 is shown as 85%."""
    text, _exact = _write_number(str(Decimal(raw) * 100))
    shown = text.partition(".")
    return {"n": f"{shown[0]}{shown[1]}{shown[2][:_PERCENT_DIGITS]}%", "x": 1}


def _convert_serial(serial: float, *, epoch_1904: bool) -> Cell:
    if epoch_1904:
        if not 0 <= serial < _LAST_SERIAL - _DAYS_1904 + 1:
            return {"e": "date"}
        epoch = _EPOCH_1904
    else:
        if not 0 < serial < _LAST_SERIAL + 1 or int(serial) == _FALSE_LEAP_DAY:
            return {"e": "date"}
        epoch = _EPOCH_1900 if serial > _FALSE_LEAP_DAY else _EPOCH_1900_EARLY
    days = int(serial)
    try:
        return _write_moment(epoch + timedelta(days=days, seconds=round((serial - days) * 86_400)))
    except OverflowError:
        return {"e": "date"}


def _write_moment(moment: datetime) -> Cell:
    if moment.time() == time():
        return {"d": moment.date().isoformat()}
    return {"d": moment.isoformat(timespec="seconds")}
