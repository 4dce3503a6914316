"""What the upload page asks: how the file is read, and the date format picked part by part."""

from itertools import product
from typing import Any

import pytest

from certifications.date_formats import DATE_FORMATS
from certifications.upload_form import UploadForm

FRESH = {"date_format": "dd/mm/yyyy"}
ANSWERS = {
    "delimiter": "auto",
    "quote": "auto",
    "encoding": "auto",
    "date_order": "dmy",
    "date_separator": "slash",
    "date_years": "yyyy",
}


def answered(**answers: str) -> UploadForm:
    form = UploadForm(ANSWERS | answers, initial=FRESH)
    assert form.errors == {}
    return form


def test_T12_the_three_answers_make_each_of_the_24_formats() -> None:
    made = [
        answered(date_order=order, date_separator=separator, date_years=years).date_format()
        for order, separator, years in product(
            ("ymd", "dmy", "mdy"), ("hyphen", "slash", "stop", "space"), ("yyyy", "yy")
        )
    ]

    assert made == [name for name, _label in DATE_FORMATS]


@pytest.mark.parametrize(
    ("name", "parts", "sample"),
    [
        ("dd.mm.yy", ("dmy", "stop", "yy"), "31.01.26"),
        ("yyyy mm dd", ("ymd", "space", "yyyy"), "2026 01 31"),
        ("mm/dd/yyyy", ("mdy", "slash", "yyyy"), "01/31/2026"),
    ],
)
def test_T12_a_format_shows_in_the_picker_with_its_sample(name: str, parts: tuple[str, str, str], sample: str) -> None:
    form = UploadForm(initial={"date_format": name})

    assert tuple(form[f"date_{part}"].value() for part in ("order", "separator", "years")) == parts
    assert (form.shown_format, form.sample) == (name, sample)


def test_T12_what_is_no_choice_is_an_error_and_shows_a_sample_all_the_same() -> None:
    form = UploadForm(ANSWERS | {"date_order": "ydm", "date_years": ""}, initial=FRESH)

    assert (sorted(form.errors), form.shown_format) == (["date_order", "date_years"], "yyyy/mm/dd")


@pytest.mark.parametrize(
    ("answers", "options"),
    [
        ({}, {}),
        (
            {"delimiter": "semicolon", "quote": "single", "encoding": "cp1252"},
            {"delimiter": ";", "quote": "'", "encoding": "cp1252"},
        ),
        ({"delimiter": "tab", "quote": "none"}, {"delimiter": "\t", "quote": ""}),
        ({"delimiter": "colon", "quote": "double", "encoding": "utf-8"},
         {"delimiter": ":", "quote": '"', "encoding": "utf-8"}),
    ],
)  # fmt: skip
def test_T11_what_is_left_open_is_found_out_from_the_file(answers: dict[str, str], options: dict[str, Any]) -> None:
    assert answered(**answers).read_options() == options


@pytest.mark.parametrize("options", [{}, {"delimiter": "\t", "quote": ""}, {"quote": "'", "encoding": "iso-8859-2"}])
def test_T04_the_form_shows_the_reading_options_of_the_last_upload(options: dict[str, Any]) -> None:
    shown = UploadForm(initial=FRESH | options)
    again = UploadForm({name: shown[name].value() for name in shown.fields}, initial=FRESH)

    assert (again.is_valid(), again.read_options(), again.date_format()) == (True, options, "dd/mm/yyyy")
