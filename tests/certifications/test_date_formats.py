"""The 24 date formats: their names, and each reads its sample."""

from datetime import date

import pytest

from certifications.date_formats import DATE_FORMATS, FormatParts, join_format, show_sample, split_format
from lms.imports.dates import DateFormat, read_date

NAMES = [name for name, _label in DATE_FORMATS]


def test_T12_there_are_24_names() -> None:
    assert (len(NAMES), len(set(NAMES))) == (24, 24)
    assert NAMES[:8] == [
        "yyyy-mm-dd",
        "yy-mm-dd",
        "yyyy/mm/dd",
        "yy/mm/dd",
        "yyyy.mm.dd",
        "yy.mm.dd",
        "yyyy mm dd",
        "yy mm dd",
    ]
    assert {"dd/mm/yyyy", "dd.mm.yy", "mm/dd/yyyy", "mm dd yy"} - set(NAMES) == set()


@pytest.mark.parametrize("name", NAMES)
def test_T12_each_reads_its_sample_and_none_of_another_order(name: str) -> None:
    date_format = DateFormat.parse(name)
    # Two digits can be read in several orders; and year-month-day with hyphens is always read.
    others = [
        other
        for other in NAMES
        if DateFormat.parse(other).order != date_format.order and "yyyy" in other and other != "yyyy-mm-dd"
    ]

    assert read_date(show_sample(name), date_format=date_format) == date(2026, 1, 31)
    if "yyyy" in name:
        assert {other: read_date(show_sample(other), date_format=date_format) for other in others} == dict.fromkeys(
            others
        )


@pytest.mark.parametrize("name", NAMES)
def test_T12_the_picker_takes_a_name_apart_and_puts_it_together(name: str) -> None:
    assert join_format(split_format(name)) == name


def test_a_format_from_elsewhere_comes_as_near_as_it_can() -> None:
    assert split_format("d/m/yyyy") == FormatParts("dmy", "/", "yyyy")
    assert split_format("nonsense") == FormatParts("ymd", "-", "yyyy")
