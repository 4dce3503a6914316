"""Hygiene and match keys (E-56): the one definition of "the same identifier"."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.text import INVISIBLE, clean_text, find_control_character, header_key, match_key, read_ids


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        (" bob ", "bob"),
        ("\u00a0bob\u2003", "bob"),
        ("\ufeffbob", "bob"),
        ("b\u200bo\u00adb\u2060", "bob"),
        ("\u200b \u00a0", ""),
        ("a b", "a b"),
        ("tab\t", "tab"),
    ],
)
def test_E56_what_nobody_can_see_goes(value: str, cleaned: str) -> None:
    assert clean_text(value) == cleaned


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bob", "BOB"),
        ("Müller", "MU\u0308LLER"),
        ("straße", "STRASSE"),
        ("\uff22\uff2f\uff22", "bob"),
        ("ﬁre", "FIRE"),
        ("00123", "00123 "),
        ("a\u200db", "AB"),
    ],
)
def test_E56_spellings_of_one_identifier(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)


@pytest.mark.parametrize(("one", "other"), [("00123", "123"), ("a b", "ab"), ("a-b", "a_b"), ("müller", "mueller")])
def test_E56_other_identifiers_stay_apart(one: str, other: str) -> None:
    assert match_key(one) != match_key(other)


@given(st.text())
def test_E56_keys_are_stable(value: str) -> None:
    """Cleaning and matching once is enough, and an invisible character more changes nothing."""
    assert clean_text(clean_text(value)) == clean_text(value)
    assert match_key(clean_text(value)) == match_key(value)
    assert match_key(value + INVISIBLE) == match_key(value)


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_the_short_way_for_plain_text_gives_what_the_long_one_gives(value: str) -> None:
    assert match_key(value) == unicodedata.normalize("NFKC", value).strip().casefold()


@pytest.mark.parametrize("name", ["Completion Date", "completion_date", "COMPLETION-DATE", "\ufeffcompletion  date"])
def test_T10_names_of_columns_are_alike(name: str) -> None:
    assert header_key(name) == "completiondate"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("bob", None),
        ("b\u202eob", ("U+202E", 2)),
        ("bo\x07", ("U+0007", 3)),
        ("\x00", ("U+0000", 1)),
        ("ü\ud800", ("U+D800", 2)),
        ("zoë", None),
        ("a b", None),
    ],
)
def test_R505_strange_characters_are_named_with_their_place(value: str, found: tuple[str, int] | None) -> None:
    assert find_control_character(value) == found


def test_only_what_can_be_an_id_is_read_as_one() -> None:
    assert read_ids(["7", "0012", "", " 7", "-7", "\u00b2", "\u0665", "7.0", str(10**18), str(10**18 - 1)]) == [
        7,
        12,
        10**18 - 1,
    ]
