"""References to certifications: short name and id number, as files have them (T-17 to T-24, E-56). Pure functions.

They compare by NFC, trimmed and exact; with the switch "ignore upper and lower case" by their folded form.
"""

import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from lms.core.text import clean_text

# No reference holds it: a control character in an identifier is an error of its row (R505).
_SEPARATOR: Final = "\x1f"
SHORT_NAME_CHARACTERS: Final = 255
ID_NUMBER_CHARACTERS: Final = 100
# As the keys are stored.
_MOST_FOLDED_SHORT_NAME: Final = 500
_MOST_FOLDED_ID_NUMBER: Final = 200


class Reference(NamedTuple):
    """What a row says about its certification; either part may be empty, not both (T-22)."""

    short_name: str
    id_number: str

    @property
    def words(self) -> str:
        """Both parts as a person reads them."""
        return " / ".join(part for part in self if part)


def exact(text: str) -> str:
    """Return a short name or id number as it is stored and compared."""
    return unicodedata.normalize("NFC", clean_text(text))


def folded(text: str) -> str:
    """Return the form that is compared where upper and lower case are alike (T-24); folding it again changes nothing."""
    plain = exact(text)
    if plain.isascii():
        return plain.lower()
    return unicodedata.normalize("NFC", plain.casefold())


def join_key(reference: Reference, *, ignore_case: bool) -> str:
    """Return the one key of a reference by which rows of the same reference are found together."""
    fold = folded if ignore_case else exact
    return _SEPARATOR.join(fold(part) for part in reference)


def split_key(key: str) -> Reference:
    """Return the reference that `join_key` made the key of."""
    short_name, _, id_number = key.partition(_SEPARATOR)
    return Reference(short_name, id_number)


class Reading(NamedTuple):
    """A reference as a row has it: cleaned, with its key, and which of its parts is longer than can be stored."""

    reference: Reference
    key: str  # empty: both cells are empty (T-22)
    too_long: tuple[str, ...] = ()


@lru_cache(maxsize=4_096)
def read_reference(short_name: str, id_number: str, *, ignore_case: bool) -> Reading:
    """Return what two cells say; kept for the next rows, as a file names few certifications many times (T-13, T-17).

    The cells were measured before; letters that are stored apart, or folded to several, may make more of them.
    """
    reference = Reference(exact(short_name), exact(id_number))
    too_long = tuple(
        name
        for name, text, most, most_folded in (
            ("short_name", reference.short_name, SHORT_NAME_CHARACTERS, _MOST_FOLDED_SHORT_NAME),
            ("id_number", reference.id_number, ID_NUMBER_CHARACTERS, _MOST_FOLDED_ID_NUMBER),
        )
        if not text.isascii() and (len(text) > most or len(folded(text)) > most_folded)
    )
    return Reading(reference, join_key(reference, ignore_case=ignore_case) if any(reference) else "", too_long)
