"""How a text file is cut into cells: delimiter and quote character (E-54).

Public: Dialect, detect_dialect, read_sep_line. Works on the first lines only; the reader checks every row.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from lms.core.text import header_key
from lms.imports.readers.facts import DELIMITERS, HEADER_SEARCH_ROWS

_SEP_LINE: Final = re.compile(r'^"?sep=(.)"?$', re.IGNORECASE)
_LOOK_RECORDS: Final = 60


@dataclass(frozen=True, slots=True)
class Dialect:
    """Delimiter and quote character; quote "" means that quotes are ordinary characters."""

    delimiter: str
    quote: str


def read_sep_line(line: str) -> str | None:
    """Return the delimiter that a first line such as "sep=;" declares, or None. Spreadsheets do not show that line."""
    match = _SEP_LINE.match(line.strip("\ufeff\r\n"))
    return match.group(1) if match else None


def detect_dialect(
    lines: list[str],
    *,
    declared: str | None,
    delimiter: str | None,
    quote: str | None,
    known_headers: frozenset[str],
) -> Dialect:
    """Return the dialect of `lines` (the first ones of the file, with their ends); given parts are taken as they are.

    Each delimiter is judged by how many of the first records it cuts into the same number of cells, whether the first
    record is one of them, and how many known column names appear; the colon has to be much better, because times hold it.
    """
    found_quote = _detect_quote(lines) if quote is None else quote
    if delimiter is not None:
        return Dialect(delimiter=delimiter, quote=found_quote)
    if declared is not None:
        return Dialect(delimiter=declared, quote=found_quote)
    scores = [
        (_score(_cut(lines, delimiter=candidate, quote=found_quote), known_headers=known_headers), -position)
        for position, candidate in enumerate(DELIMITERS)
    ]
    _, position = max(scores)
    return Dialect(delimiter=DELIMITERS[-position], quote=found_quote)


def _score(records: list[list[str]], *, known_headers: frozenset[str]) -> tuple[float, int]:
    if not records:
        return (0.0, 0)
    widths = Counter(len(record) for record in records)
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    known = max(sum(header_key(cell) in known_headers for cell in record) for record in records[:HEADER_SEARCH_ROWS])
    # One known name alone may be a file of one column, cut right by every delimiter.
    score = 2.0 * (known - 1) if known > 1 else 0.0
    if width > 1:
        score += count / len(records) + (0.3 if len(records[0]) == width else 0.0)
    elif len(records[0]) > 1:
        score += 0.2
    return (score, width)


def _cut(lines: list[str], *, delimiter: str, quote: str) -> list[list[str]]:
    if quote:
        reader = csv.reader(lines, delimiter=delimiter, quotechar=quote)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quotechar=None, quoting=csv.QUOTE_NONE)
    records = []
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                records.append(record)
            if len(records) == _LOOK_RECORDS:
                break
    except csv.Error:
        pass
    return records if delimiter != ":" or _colon_may_delimit(records) else []


def _colon_may_delimit(records: list[list[str]]) -> bool:
    """Whether the colon is in play at all: it cuts times and web addresses as evenly as a delimiter would."""
    others = [other for other in DELIMITERS if other != ":"]
    if any(other in cell for record in records[:1] for cell in record for other in others):
        return False
    return not any(cell.startswith("//") for record in records for cell in record)


def _detect_quote(lines: list[str]) -> str:
    """Return the single quote if cells stand in single quotes and never in double ones, else the double quote."""
    text = "".join(lines)
    edge = "|".join(re.escape(character) for character in DELIMITERS)
    double = len(re.findall(rf'(?:^|{edge})"', text, re.MULTILINE))
    single = len(re.findall(rf"(?:^|{edge})'[^'\r\n]*'(?=$|\r|\n|{edge})", text, re.MULTILINE))
    return "'" if single and not double else '"'
