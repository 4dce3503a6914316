"""The 24 date formats of certification files (T-12): three orders, years of four or two digits, four separators. Pure.

Public: `ORDERS`, `SEPARATORS`, `YEARS`, `DATE_FORMATS`, `join_format`, `split_format`, `FormatParts`, `show_sample`.
"""

from datetime import date
from itertools import product
from typing import Final, NamedTuple

from django.utils.translation import gettext_lazy as _

from lms.core.wording import name_date_format
from lms.imports.dates import DateFormat
from lms.imports.template_files import show_date

ORDERS: Final = {
    "ymd": _("Year, month, day"),
    "dmy": _("Day, month, year"),
    "mdy": _("Month, day, year"),
}
SEPARATORS: Final = {
    "-": _("Hyphen ( - )"),
    "/": _("Slash ( / )"),
    ".": _("Full stop ( . )"),
    " ": _("Space"),
}
YEARS: Final = {"yyyy": _("Four digits (2026)"), "yy": _("Two digits (26)")}
# Day and month cannot be taken for each other.
_SAMPLE: Final = date(2026, 1, 31)


class FormatParts(NamedTuple):
    """What a date format consists of, each one of the keys above."""

    order: str
    separator: str
    year: str


def join_format(parts: FormatParts) -> str:
    """Return the name of a format, such as "dd/mm/yyyy"."""
    names = {"y": parts.year, "m": "mm", "d": "dd"}
    return parts.separator.join(names[letter] for letter in parts.order)


_PARTS: Final = {
    join_format(parts): parts for parts in (FormatParts(*chosen) for chosen in product(ORDERS, SEPARATORS, YEARS))
}
# Names as on the command line; labels in the reader's letters.
DATE_FORMATS: Final = tuple((name, name_date_format(name)) for name in _PARTS)


def split_format(name: str) -> FormatParts:
    """Return the parts of a format's name; of one that is not among the 24, those that come nearest."""
    if name in _PARTS:
        return _PARTS[name]
    try:
        known = DateFormat.parse(name)
    except ValueError:
        return FormatParts("ymd", "-", "yyyy")
    separator = next((sign for sign in SEPARATORS if sign in name), "-")
    return FormatParts(known.order, separator, "yy" if known.two_digit_year else "yyyy")


def show_sample(name: str) -> str:
    """Return 31 January 2026 as it stands in a file of this format."""
    return show_date(_SAMPLE, date_format=name)
