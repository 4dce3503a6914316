"""References to certifications: short name and id number, as files have them (T-17 to T-24, E-56). Pure functions.

They compare by NFC, trimmed and exact; with the switch "ignore upper and lower case" by their folded form.
"""

import unicodedata
from typing import Final, NamedTuple

from lms.core.text import clean_text

# No reference holds it: a control character in an identifier is an error of its row (R505).
_SEPARATOR: Final = "\x1f"


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
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", plain).casefold())


def join_key(reference: Reference, *, ignore_case: bool) -> str:
    """Return the one key of a reference by which rows of the same reference are found together."""
    fold = folded if ignore_case else exact
    return _SEPARATOR.join(fold(part) for part in reference)


def split_key(key: str) -> Reference:
    """Return the reference that `join_key` made the key of."""
    short_name, _, id_number = key.partition(_SEPARATOR)
    return Reference(short_name, id_number)
