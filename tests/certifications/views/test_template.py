"""The template of certification files: five columns, dates in the chosen format, the certifications to choose from."""

import csv
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.test import Client

from lms.people.models import User
from tests.certifications.catalogue_data import certification
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

SignIn = Callable[[User], Client]
NAMES = ["username", "certificationshortname", "certificationidnumber", "completiondate", "duedate"]


def fetch(client: Client, file_format: str, **query: str) -> bytes:
    answer: Any = client.get(f"/imports/new/certifications/template.{file_format}", query)
    content: bytes = answer.getvalue()
    return content


def open_book(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def test_T74_five_columns_and_dates_in_the_chosen_format(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    certification(cast.acme, id_number="C-1")
    rows = list(csv.reader(fetch(client, "csv", date_format="yyyy.mm.dd").decode("utf-8-sig").splitlines()))

    assert rows[0] == NAMES
    assert [row[:3] for row in rows[1:]] == [["sample: jane.doe", "ILS", "C-1"]] * 2
    assert [[len(part) for part in row[3].split(".")] for row in rows[1:]] == [[4, 2, 2]] * 2
    # What is no format of the page is not taken.
    assert fetch(client, "csv", date_format="%s") == fetch(client, "csv")


def test_T74_the_workbook_has_typed_dates_and_a_sheet_of_certifications(cast: Cast, client_for: SignIn) -> None:
    certification(cast.acme, id_number="C-1")
    certification(cast.acme, "NMP", method="fixed_date")
    book = open_book(fetch(client_for(cast.adam), "xlsx", date_format="mm/dd/yy"))
    data, codes = book["Data"], book["Codes"]
    rules = {next(iter(rule.sqref.ranges)).min_col: rule.formula1 for rule in data.data_validations.dataValidation}

    assert [cell.value for cell in data[1]] == NAMES
    assert [type(data.cell(2, column).value) for column in (4, 5)] == [dt.datetime, dt.datetime]
    assert [data.cell(2, column).number_format for column in (4, 5)] == ["mm\\/dd\\/yy"] * 2
    assert [[cell.value for cell in row] for row in codes.iter_rows()] == [
        ["Short name", "ID number", "Name", "Recertification method", "Active period"],
        ["ILS", "C-1", "ILS certification", "Use certification completion date", "12 months"],
        ["NMP", None, "NMP certification", "Use fixed expiry date", "12 months"],
    ]
    assert (rules[2], rules[3]) == ("Codes!$A$2:$A$3", "Codes!$B$2:$B$3")


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_T74_an_untouched_template_imports_nothing(
    cast: Cast, client_for: SignIn, imports: Imports, file_format: str
) -> None:
    certification(cast.acme)
    content = fetch(client_for(cast.adam), file_format)
    imported = imports.run("certifications", content, file_name=f"template.{file_format}", check_only=True)

    assert (imported.state, imported.rows) == ("ready", [(2, "skipped", ["R208"]), (3, "skipped", ["R208"])])


@pytest.mark.parametrize("date_format", ["dd/mm/yyyy", "mm-dd-yy", "yyyy mm dd"])
def test_T74_a_filled_template_imports_as_it_is(
    cast: Cast, client_for: SignIn, imports: Imports, date_format: str
) -> None:
    certification(cast.acme, id_number="C-1")
    book = open_book(fetch(client_for(cast.adam), "xlsx", date_format=date_format))
    for column, value in enumerate(["bob", "ILS", "C-1", dt.date(2026, 2, 1), None], start=1):
        book["Data"].cell(4, column).value = value
    filled = io.BytesIO()
    book.save(filled)
    imported = imports.run("certifications", filled.getvalue(), file_name="template.xlsx")

    assert imported.rows == [(2, "skipped", ["R208"]), (3, "skipped", ["R208"]), (4, "added_to_history", ["R404"])]
