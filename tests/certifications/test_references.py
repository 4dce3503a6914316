"""References to certifications, as they are compared (T-17 to T-24, E-56)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certifications.references import Reference, exact, folded, join_key, split_key

TEXTS = st.text(st.characters(exclude_categories=["C"]), max_size=12)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        (" Cert1 ", "Cert1"),
        ("\u00a0Cert\u200b1\ufeff\t", "Cert1"),
        ("A\u0308rztin", "Ärztin"),  # NFC
        ("\uff23ert", "\uff23ert"),  # wide letters are others: NFC, not NFKC
        ("  ", ""),
    ],
)
def test_T17_E56_spaces_and_invisible_characters_are_no_part_of_a_reference(text: str, stored: str) -> None:
    assert exact(text) == stored


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        ("CERT1", " cert1 ", True),
        ("Straße", "STRASSE", True),
        ("ÄRZTE", "a\u0308rzte", True),
        ("CERT1", "CERT 1", False),
        ("\u00df\u0301", "SS\u0301", True),
        ("\u0391\u0345\u0323", "\u03b1\u0323\u0345", True),  # marks in another order
    ],
)
def test_T24_folded_references_are_alike_whatever_their_case(one: str, other: str, are_alike: bool) -> None:  # noqa: FBT001
    assert (folded(one) == folded(other)) is are_alike


@given(text=TEXTS)
def test_T24_folding_again_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text) == folded(unicodedata.normalize("NFD", text))


@given(text=TEXTS)
def test_E56_cleaning_again_changes_nothing(text: str) -> None:
    assert exact(exact(text)) == exact(text)


@pytest.mark.parametrize("ignore_case", [False, True])
@given(short=TEXTS, number=TEXTS)
def test_a_key_gives_its_reference_back(ignore_case: bool, short: str, number: str) -> None:  # noqa: FBT001
    fold = folded if ignore_case else exact
    key = join_key(Reference(short, number), ignore_case=ignore_case)
    assert split_key(key) == (fold(short), fold(number))


def test_T20_T24_rows_of_one_reference_have_one_key() -> None:
    one, other = Reference(" Cert1", "A-1 "), Reference("CERT1", "a-1")
    assert join_key(one, ignore_case=True) == join_key(other, ignore_case=True)
    assert join_key(one, ignore_case=False) != join_key(other, ignore_case=False)
    assert join_key(Reference("A", ""), ignore_case=False) != join_key(Reference("", "A"), ignore_case=False)


@pytest.mark.parametrize(
    ("reference", "words"), [(("C1", "101"), "C1 / 101"), (("C1", ""), "C1"), (("", "101"), "101")]
)
def test_a_reference_in_words(reference: tuple[str, str], words: str) -> None:
    assert Reference(*reference).words == words
