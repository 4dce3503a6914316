"""The columns that results files add to the uploaded ones, and how an upload of such a file is recognised (E-65, E-29).

Public: `Added`, `added_headers`, `is_added_header`, `read_correction_of`. Imports no models.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from django.utils.translation import get_language

from lms.core.text import header_key
from lms.imports.kind_words import Until


class Added(StrEnum):
    """An added column, in the order in which they stand behind the original ones."""

    ROW = "row"
    OUTCOME = "outcome"
    CODES = "codes"
    PROBLEMS = "problems"
    BEFORE = "before"
    AFTER = "after"
    UNTIL_BEFORE = "until_before"
    UNTIL = "until"
    ASSIGNED = "assigned"
    MESSAGES = "messages"
    IMPORT = "import"


# Not translated by catalogues: a file written last year in German has to be recognised today by an English reader.
_HEADERS: Final[dict[str, dict[Added, str]]] = {
    "en": {
        Added.ROW: "Rollbook row",
        Added.OUTCOME: "Rollbook outcome",
        Added.CODES: "Rollbook problem codes",
        Added.PROBLEMS: "Rollbook problems",
        Added.BEFORE: "Rollbook current before",
        Added.AFTER: "Rollbook current after",
        Added.UNTIL_BEFORE: "Rollbook compliant until before",
        Added.UNTIL: "Rollbook compliant until",
        Added.ASSIGNED: "Rollbook assigned",
        Added.MESSAGES: "Rollbook messages",
        Added.IMPORT: "Rollbook import",
    },
    "de": {
        Added.ROW: "Rollbook-Zeile",
        Added.OUTCOME: "Rollbook-Ergebnis",
        Added.CODES: "Rollbook-Fehlercodes",
        Added.PROBLEMS: "Rollbook-Probleme",
        Added.BEFORE: "Rollbook: aktuell vorher",
        Added.AFTER: "Rollbook: aktuell danach",
        Added.UNTIL_BEFORE: "Rollbook: gültig bis vorher",
        Added.UNTIL: "Rollbook: gültig bis",
        Added.ASSIGNED: "Rollbook: zugewiesen",
        Added.MESSAGES: "Rollbook: Nachrichten",
        Added.IMPORT: "Rollbook-Import",
    },
}
# Where the day is called otherwise.
_UNTIL_HEADERS: Final[dict[Until, dict[str, dict[Added, str]]]] = {
    Until.COMPLIANT: {},
    Until.EXPIRES: {
        "en": {Added.UNTIL_BEFORE: "Rollbook expires before", Added.UNTIL: "Rollbook expires"},
        "de": {Added.UNTIL_BEFORE: "Rollbook: läuft ab vorher", Added.UNTIL: "Rollbook: läuft ab"},
    },
}
_ALL_HEADERS: Final = [*_HEADERS.values(), *(headers for by in _UNTIL_HEADERS.values() for headers in by.values())]
_KEYS: Final = frozenset(header_key(text) for headers in _ALL_HEADERS for text in headers.values())
_IMPORT_KEYS: Final = frozenset(header_key(headers[Added.IMPORT]) for headers in _HEADERS.values())


def added_headers(until: Until = Until.COMPLIANT) -> list[str]:
    """Return the names of the added columns in the active language, German or else English."""
    language = "de" if (get_language() or "").startswith("de") else "en"
    names = _HEADERS[language] | _UNTIL_HEADERS[until].get(language, {})
    return [names[column] for column in Added]


def is_added_header(text: str) -> bool:
    """Return whether a column of this name was added by us, in whatever language; such columns are never mapped."""
    return header_key(text) in _KEYS


def read_correction_of(headers: Sequence[str], *, first_row_cells: Sequence[Any]) -> int | None:
    """Return the number of the import whose failed rows this file corrects, or None (E-29).

    `headers` are the file's column names, `first_row_cells` the cells of its first data row as the readers give them.
    """
    for header, cell in zip(headers, first_row_cells, strict=False):
        if header_key(header) in _IMPORT_KEYS:
            text = cell.get("n") if isinstance(cell, dict) else cell
            text = str(text or "").strip()
            return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else None
    return None
