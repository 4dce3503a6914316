"""Text hygiene and match keys: the one definition of "the same identifier" (E-56). Pure functions, no tables."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

# Characters that a person cannot see and that spreadsheets, mail clients and web pages leave in cells (E-56).
INVISIBLE: Final = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_REMOVE_INVISIBLE: Final = {ord(character): None for character in INVISIBLE}
_ID: Final = re.compile(r"[0-9]{1,18}")
_HEADER_NOISE: Final = re.compile(r"[\s_\-]+")


def clean_text(value: str) -> str:
    """Return `value` without invisible characters and without white space (also non-breaking) at its ends (E-56)."""
    if value.isascii():
        return value.strip()
    return value.translate(_REMOVE_INVISIBLE).strip()


def match_key(value: str) -> str:
    """Return the form in which identifiers of people, courses and activities are compared (E-56).

    Two spellings are the same identifier exactly if their match keys are equal. The result may be empty.
    """
    if value.isascii():
        return value.strip().lower()
    return unicodedata.normalize("NFKC", value.translate(_REMOVE_INVISIBLE)).strip().casefold()


def header_key(value: str) -> str:
    """Return the form in which column names are compared: no case, space, underscore, hyphen or BOM (T-10)."""
    return _HEADER_NOISE.sub("", match_key(value))


def read_ids(values: Iterable[str]) -> list[int]:
    """Return the ids among what a browser has sent; what cannot be one is left out."""
    return [int(value) for value in values if _ID.fullmatch(value)]


def find_control_character(value: str) -> tuple[str, int] | None:
    """Return the first control or format character of an identifier as ("U+202E", 1-based position), or None (R505).

    `value` is a cleaned text; anything left of the Unicode categories Cc, Cf, Cs, Co or Cn is suspicious.
    """
    if value.isascii() and value.isprintable():
        return None
    for position, character in enumerate(value, start=1):
        if unicodedata.category(character).startswith("C"):
            return f"U+{ord(character):04X}", position
    return None
