"""Dates of import files: one order per column, proved on the whole column (E-03, E-04, L-28)."""

import calendar
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.imports.columns import Cell, Column
from lms.imports.dates import DateFormat, DateReader, read_date

COLUMN = Column(key="completed_on", label="Completion Date", kind="date")
LONDON = ZoneInfo("Europe/London")


def reader(name: str = "dd/mm/yyyy", zone: dt.tzinfo = LONDON) -> DateReader:
    return DateReader(COLUMN, date_format=DateFormat.parse(name), zone=zone)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        # separators are alike, leading zeros optional, a time of day is cut off
        ("31/12/2023", "dd/mm/yyyy", "2023-12-31"),
        ("31-12-2023", "dd/mm/yyyy", "2023-12-31"),
        ("31.12.2023", "dd/mm/yyyy", "2023-12-31"),
        ("31 12 2023", "dd/mm/yyyy", "2023-12-31"),
        ("1.2.2023", "dd/mm/yyyy", "2023-02-01"),
        ("1/2/2023", "mm/dd/yyyy", "2023-01-02"),
        ("2023/2/1", "yyyy-mm-dd", "2023-02-01"),
        ("31/12/2023 23:59", "dd/mm/yyyy", "2023-12-31"),
        ("31/12/2023 11:59:59 PM", "dd/mm/yyyy", "2023-12-31"),
        ("2023-12-31T08:00:00", "mm/dd/yyyy", "2023-12-31"),
        # ISO is always read
        ("2023-12-31", "mm/dd/yyyy", "2023-12-31"),
        # month names, English and German, are always read
        ("3 March 2024", "mm/dd/yyyy", "2024-03-03"),
        ("3. März 2024", "yyyy-mm-dd", "2024-03-03"),
        ("03-Mrz-2024", "mm/dd/yyyy", "2024-03-03"),
        ("Sept 5, 2024", "dd/mm/yyyy", "2024-09-05"),
        ("5.Dez.2024", "dd/mm/yyyy", "2024-12-05"),
        # two digits of a year need a format that has two, 00-69 are 20xx
        ("1/2/69", "dd/mm/yy", "2069-02-01"),
        ("1/2/70", "dd/mm/yy", "1970-02-01"),
        ("1/2/24", "dd/mm/yyyy", None),
        # no calendar day, wrong order, not a date
        ("31/02/2024", "dd/mm/yyyy", None),
        ("31/06/2012", "dd/mm/yyyy", None),
        ("2024-13-01", "dd/mm/yyyy", None),
        ("29/02/2023", "dd/mm/yyyy", None),
        ("12/13/2024", "dd/mm/yyyy", None),
        ("13/12/2024", "mm/dd/yyyy", None),
        ("123/1/2024", "dd/mm/yyyy", None),
        ("0/1/2024", "dd/mm/yyyy", None),
        ("20240501", "yyyy-mm-dd", None),
        ("yesterday", "dd/mm/yyyy", None),
        ("3 Foo 2024", "dd/mm/yyyy", None),
        ("\u0661/\u0662/\u0662\u0660\u0662\u0664", "dd/mm/yyyy", None),  # Arabic digits
        ("1/2/2024" + " " * 100, "dd/mm/yyyy", None),
    ],
)
def test_E03_L28_a_date_means_one_day_or_none(text: str, name: str, expected: str | None) -> None:
    found = read_date(text, date_format=DateFormat.parse(name))
    assert (str(found) if found else None) == expected


@pytest.mark.parametrize("name", ["dd/mm/yyyy", "mm/dd/yyyy", "dd.mm.yyyy", "yyyy-mm-dd", "dd-mm-yyyy", "mm dd yy"])
def test_E03_formats_have_names(name: str) -> None:
    parsed = DateFormat.parse(name)
    assert (len(parsed.order), parsed.name) == (3, name)


@pytest.mark.parametrize("name", ["", "dd/mm", "yyyy", "hh:mm", "dd/mm/yyy", "ddd/mm/yyyy", "dd/dd/yyyy"])
def test_E03_other_names_are_no_formats(name: str) -> None:
    with pytest.raises(ValueError, match="not a date format"):
        DateFormat.parse(name)


@given(
    day=st.dates(min_value=dt.date(1000, 1, 1)),
    order=st.sampled_from(["dmy", "mdy", "ymd"]),
    separator=st.sampled_from("-/. "),
    padded=st.booleans(),
)
def test_E03_what_was_written_is_read_back(day: dt.date, order: str, separator: str, *, padded: bool) -> None:
    parts = {"d": f"{day.day:02}" if padded else f"{day.day}", "m": f"{day.month:02}" if padded else f"{day.month}"}
    parts["y"] = f"{day.year}"
    text = separator.join(parts[letter] for letter in order)
    assert read_date(text, date_format=DateFormat(order)) == day


@given(text=st.text(max_size=30), order=st.sampled_from(["dmy", "mdy", "ymd"]))
def test_E03_no_text_breaks_the_reader(text: str, order: str) -> None:
    found = read_date(text, date_format=DateFormat(order, two_digit_year=True))
    assert found is None or isinstance(found, dt.date)


def test_month_names_of_both_languages_are_all_read() -> None:
    german = ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli"]
    german += ["August", "September", "Oktober", "November", "Dezember"]
    for number, (english, name) in enumerate(zip(list(calendar.month_name)[1:], german, strict=True), start=1):
        for text in (english, english[:3], name):
            assert read_date(f"7 {text} 2024", date_format=DateFormat("dmy")) == dt.date(2024, number, 7), text


# --- cells -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (None, (None, None)),
        ("", (None, None)),
        ("\u00a0 ", (None, None)),
        ("\ufeff31/12/2023 ", (dt.date(2023, 12, 31), None)),
        ({"d": "2024-05-01"}, (dt.date(2024, 5, 1), None)),
        ({"d": "2024-05-01T23:30:00"}, (dt.date(2024, 5, 1), None)),
        ({"n": "45000"}, (None, ("R302", "completed_on", {"value": "45000", "format": "dd/mm/yyyy"}))),
        ({"e": "#N/A"}, (None, ("R504", "completed_on", {"value": "#N/A"}))),
        ("12/31/2023", (None, ("R302", "completed_on", {"value": "12/31/2023", "format": "dd/mm/yyyy"}))),
    ],
)
def test_E55_typed_dates_are_taken_as_they_are(cell: Cell, expected: object) -> None:
    assert reader().read(cell, row_no=2) == expected


@pytest.mark.parametrize(
    ("text", "zone", "day"),
    [
        ("2024-05-01T23:30:00Z", "Europe/London", "2024-05-02"),
        ("2024-05-01T23:30:00Z", "America/New_York", "2024-05-01"),
        ("2024-05-01T23:30:00+02:00", "Europe/Berlin", "2024-05-01"),
        ("2024-05-01T01:30:00+12:00", "Europe/Berlin", "2024-04-30"),
    ],
)
def test_a_moment_is_cut_to_the_tenants_day(text: str, zone: str, day: str) -> None:
    """Convention 5 of the date rules: a time is converted to the tenant's zone, then cut to the date."""
    found, problem = reader(zone=ZoneInfo(zone)).read(text, row_no=2)
    assert (str(found), problem) == (day, None)


# --- what a column proves (E-04) ----------------------------------------------------------------------------


def evidence(*texts: str, name: str = "dd/mm/yyyy") -> DateReader:
    read = reader(name)
    for row_no, text in enumerate(texts, start=2):
        read.read(text, row_no=row_no)
    return read


def test_E04_F006_a_column_that_can_be_read_both_ways_is_undecided() -> None:
    found = evidence("1/2/2024", "3/4/2024", "1/2/2024").evidence
    assert (found.is_undecided, found.ambiguous, found.ambiguous_sample) == (True, 3, "1/2/2024")


@pytest.mark.parametrize(
    "texts",
    [("1/2/2024", "13/4/2024"), ("1/2/2024", "4/13/2024"), ("5/5/2024",), ("2024-02-01",), ("1 Feb 2024",), ()],
    ids=["day-first", "month-first", "the-same-day", "iso", "named", "none"],
)
def test_E04_one_date_that_proves_the_order_decides(texts: tuple[str, ...]) -> None:
    assert not evidence(*texts).evidence.is_undecided


def test_E04_F007_a_column_that_proves_both_orders_names_a_row_of_each() -> None:
    found = evidence("1/2/2024", "13/4/2024", "4/14/2024", "15/4/2024").evidence
    assert found.only == {"dmy": 2, "mdy": 1}
    assert found.first_row == {"dmy": 3, "mdy": 4}
    assert found.first_text == {"dmy": "13/4/2024", "mdy": "4/14/2024"}
