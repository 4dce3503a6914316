import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from lms.core.wording import say_bytes, say_date, say_initials, say_moment, say_number, say_share

EVENING_IN_LONDON = dt.datetime(2026, 11, 14, 23, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [
        (46_902, "46,902", "46.902"),
        (0, "0", "0"),
        (999, "999", "999"),
        (1_234_567, "1,234,567", "1.234.567"),
        (Decimal("1234.5"), "1,234.5", "1.234,5"),
        (None, "\u2013", "\u2013"),
        ("10,000+", "10,000+", "10,000+"),
    ],
)
def test_numbers_are_grouped_in_the_readers_language(value: object, english: str, german: str) -> None:
    with translation.override("en-gb"):
        assert say_number(value) == english
    with translation.override("de"):
        assert say_number(value) == german


def test_dates_are_words_in_the_readers_time_zone() -> None:
    with translation.override("en-gb"), timezone.override(ZoneInfo("Europe/Berlin")):
        said = [
            say_date(dt.date(2026, 11, 14)),
            say_date(EVENING_IN_LONDON),
            say_moment(EVENING_IN_LONDON),
            say_date(None),
            say_moment(None),
        ]
    assert said == ["14 November 2026", "15 November 2026", "15 November 2026, 00:30", "\u2013", "\u2013"]


@pytest.mark.parametrize(
    ("value", "total", "words"),
    [
        (0, 0, "0 %"),
        (0, 10, "0 %"),
        (1, 1_000, "<1 %"),
        (251, 49_216, "1 %"),
        (1, 3, "33 %"),
        (999, 1_000, "99 %"),
        (1_000, 1_000, "100 %"),
    ],
)
def test_shares_never_round_to_nothing_or_to_all(value: int, total: int, words: str) -> None:
    assert say_share(value, total) == words


def test_file_sizes() -> None:
    with translation.override("en-gb"):
        assert [say_bytes(size) for size in (0, 1_536, 26_214_400, None)] == [
            "0\xa0bytes",
            "1.5\xa0KB",
            "25.0\xa0MB",
            "\u2013",
        ]


@pytest.mark.parametrize(
    ("name", "letters"), [("Maria Keller", "MK"), ("zoë", "Z"), ("Ana Maria de Souza", "AS"), ("", "")]
)
def test_initials(name: str, letters: str) -> None:
    assert say_initials(name) == letters
