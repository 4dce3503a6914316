"""Reads the dates of a column by one chosen order and proves the order on the whole column (E-03, E-04). Pure.

`dateutil.parser` must never read an import: it turns 12/13 round. Every distinct text is parsed once.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any, Final

from lms.core.text import clean_text
from lms.imports.columns import Cell, Column, RowProblem, cell_text, shorten

ORDERS: Final = ("dmy", "mdy", "ymd")
SEPARATORS: Final = "-/. "

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jän jänner",
            "february feb februar",
            "march mar märz mär mrz maerz",
            "april apr",
            "may mai",
            "june jun juni",
            "july jul juli",
            "august aug",
            "september sep sept",
            "october oct oktober okt",
            "november nov",
            "december dec dezember dez",
        ),
        start=1,
    )
    for name in names.split()
}
_ISO: Final = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?$", re.ASCII)
_TIME: Final = re.compile(
    r"[T ,]+\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*([AaPp][Mm])?(\s*(Z|UTC|[+-]\d{2}:?\d{2}))?$", re.ASCII
)
_NUMERIC: Final = re.compile(r"^(\d{1,4})[-/. ]+(\d{1,2})[-/. ]+(\d{1,4})\.?$", re.ASCII)
_NAMED_MIDDLE: Final = re.compile(r"^(\d{1,2})[-/. ]*([^\W\d_]+)[-/., ]*(\d{4}|\d{2})$")
_NAMED_FIRST: Final = re.compile(r"^([^\W\d_]+)[-/. ]*(\d{1,2})[-/., ]+(\d{4}|\d{2})$")
_MAX_TEXT: Final = 60
_MAX_CACHE: Final = 20_000


@dataclass(frozen=True, slots=True)
class DateFormat:
    """An order of day, month and year, and whether two-digit years are read (only if the format says so)."""

    order: str
    two_digit_year: bool = False
    name: str = ""

    @classmethod
    def parse(cls, name: str) -> "DateFormat":
        """Return the format of a name such as "dd/mm/yyyy", "yyyy-mm-dd" or "mm dd yy"; raise ValueError otherwise."""
        letters = re.sub(r"[^a-z]", "", name.lower())
        order = re.sub(r"(.)\1*", r"\1", letters)
        if order not in ORDERS or letters.count("d") > 2 or letters.count("m") > 2 or letters.count("y") not in (2, 4):
            message = f"not a date format: {name!r}"
            raise ValueError(message)
        return cls(order=order, two_digit_year=letters.count("y") == 2, name=name)


def parse_day(text: object) -> date | None:
    """Return a stored ISO day."""
    return date.fromisoformat(text) if isinstance(text, str) and text else None


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full_year(text: str, *, two_digit_year: bool) -> int | None:
    if len(text) == 4:
        return int(text)
    if len(text) == 2 and two_digit_year:
        return int(text) + (2000 if int(text) < 70 else 1900)
    return None


def read_date(text: str, *, date_format: DateFormat) -> date | None:
    """Return the date that a cleaned text means in this format, or None.

    ISO dates and month names (English, German) are always read; separators are alike; a time of day is cut off.
    """
    if len(text) > _MAX_TEXT:
        return None
    iso = _ISO.match(text)
    if iso:
        return _make(int(iso[1]), int(iso[2]), int(iso[3]))
    text = _TIME.sub("", text)
    numeric = _NUMERIC.match(text)
    if numeric:
        parts = dict(zip(date_format.order, numeric.groups(), strict=True))
        year = _full_year(parts["y"], two_digit_year=date_format.two_digit_year)
        if year is None or len(parts["d"]) > 2 or len(parts["m"]) > 2:
            return None
        return _make(year, int(parts["m"]), int(parts["d"]))
    named = _NAMED_MIDDLE.match(text)
    day, name, year_text = named.groups() if named else ("", "", "")
    if not named:
        named = _NAMED_FIRST.match(text)
        if not named:
            return None
        name, day, year_text = named.groups()
    month = _MONTHS.get(name.lower())
    year = _full_year(year_text, two_digit_year=date_format.two_digit_year)
    return _make(year, month, int(day)) if month and year else None


@dataclass(slots=True)
class OrderEvidence:
    """What the numeric dates of a column prove about their order (E-04)."""

    ambiguous: int = 0  # readable both ways, as different days
    ambiguous_sample: str = ""
    only: dict[str, int] = field(default_factory=dict)  # order -> rows that make sense in it alone
    first_row: dict[str, int] = field(default_factory=dict)
    first_text: dict[str, str] = field(default_factory=dict)

    def note(self, verdict: str, *, text: str, row_no: int) -> None:
        """Count one row by the verdict of `_judge_order`."""
        if verdict == "ambiguous":
            self.ambiguous += 1
            self.ambiguous_sample = self.ambiguous_sample or text
        elif verdict:
            self.only[verdict] = self.only.get(verdict, 0) + 1
            self.first_row.setdefault(verdict, row_no)
            self.first_text.setdefault(verdict, text)

    @property
    def is_undecided(self) -> bool:
        """Whether every numeric date can be read day-first and month-first (F006)."""
        return self.ambiguous > 0 and not self.only


def _judge_order(text: str, *, two_digit_year: bool) -> str:
    """Return "dmy" or "mdy" if a numeric date makes sense in that order alone, "ambiguous" if in both, else ""."""
    if _ISO.match(text):
        return ""
    if not _NUMERIC.match(_TIME.sub("", text)):
        return ""
    day_first = read_date(text, date_format=DateFormat("dmy", two_digit_year=two_digit_year))
    month_first = read_date(text, date_format=DateFormat("mdy", two_digit_year=two_digit_year))
    if day_first and month_first:
        return "ambiguous" if day_first != month_first else ""
    return "dmy" if day_first else "mdy" if month_first else ""


class DateReader:
    """Reads the cells of one date column and gathers what they prove about the order of day and month."""

    def __init__(self, column: Column, *, date_format: DateFormat, zone: tzinfo) -> None:
        self.column = column
        self.date_format = date_format
        self.zone = zone
        self.evidence = OrderEvidence()
        self._seen: dict[str, tuple[date | None, str]] = {}

    def read(self, cell: Cell, *, row_no: int) -> tuple[date | None, RowProblem | None]:
        """Return (date, None), (None, its problem) or (None, None) for an empty cell."""
        if cell is None:
            return None, None
        if isinstance(cell, dict):
            return self._read_typed(cell)
        known = self._seen.get(cell)
        if known is None:
            known = self._read_text(cell)
            if len(self._seen) < _MAX_CACHE:
                self._seen[cell] = known
        day, verdict = known
        if verdict == "empty":
            return None, None
        if verdict:
            self.evidence.note(verdict, text=clean_text(cell), row_no=row_no)
        return (day, None) if day else (None, self._unreadable(cell))

    def _read_text(self, cell: str) -> tuple[date | None, str]:
        text = clean_text(cell)
        if not text:
            return None, "empty"
        day = self._read_moment(text) or read_date(text, date_format=self.date_format)
        verdict = _judge_order(text, two_digit_year=self.date_format.two_digit_year) if len(text) <= _MAX_TEXT else ""
        return day, verdict

    def _read_moment(self, text: str) -> date | None:
        """Return the tenant's day of an ISO moment that names its offset."""
        if len(text) > _MAX_TEXT or not (text.endswith("Z") or "+" in text or text.count("-") == 3) or ":" not in text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        try:
            return moment.astimezone(self.zone).date() if moment.tzinfo else None
        except OverflowError:
            return None

    def _read_typed(self, cell: dict[str, Any]) -> tuple[date | None, RowProblem | None]:
        if "d" in cell:
            day = self._read_moment(cell["d"]) or read_date(cell["d"], date_format=self.date_format)
            if day:
                return day, None
        if "e" in cell:
            return None, ("R504", self.column.key, {"value": str(cell["e"])})
        return None, self._unreadable(cell_text(cell))

    def _unreadable(self, text: str) -> RowProblem:
        params = {"value": shorten(clean_text(text)), "format": self.date_format.name}
        return self.column.unreadable, self.column.key, params
