"""Upload Offline Records in a real browser: from the category to the records, with errors on the way."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import FilePayload, Page, expect

from lms.tenancy.scope import tenant_scope
from offline_records.models import OfflineRecord
from tests.offline_records.catalogue import add_activity, add_category
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
Check = Callable[[Page], None]
GOOD = {"username": "bob", "completed_on": "2024-05-13", "score": 87}


def fill(template: Path, rows: Sequence[Mapping[str, Any]]) -> FilePayload:
    """Write rows over the samples of a downloaded template."""
    book = openpyxl.load_workbook(io.BytesIO(template.read_bytes()))
    page = book.worksheets[0]
    places = {str(cell.value): number for number, cell in enumerate(page[1], start=1)}
    for number, row in enumerate(rows, start=2):
        for column, value in row.items():
            page.cell(number, places[column]).value = value
    for number in range(len(rows) + 2, 4):
        page.delete_rows(number)
    target = io.BytesIO()
    book.save(target)
    return {"name": "filled.xlsx", "mimeType": "", "buffer": target.getvalue()}


def download(page: Page, name: str) -> Path:
    with page.expect_download() as found:
        page.get_by_role("link", name=name).first.click()
    return found.value.path()


def recorded(cast: Cast) -> list[tuple[str, int]]:
    with tenant_scope(cast.acme.pk):
        return [(record.person.username, int(record.score or 0)) for record in OfflineRecord.objects.all()]


def answer(page: Page) -> None:
    """Answer the four questions, with a file chosen before: it stays chosen."""
    page.set_input_files("input[type=file]", {"name": "early.csv", "mimeType": "", "buffer": b"username"})
    page.get_by_label("Choose a category").select_option(label="Courses in person (1)")
    page.get_by_label("Search by name or code").fill("lift")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=lift"))
    page.get_by_role("button", name="Choose Lifting people").click()
    expect(page.get_by_role("heading", name="User domain")).to_be_focused()
    page.get_by_text("Clinical", exact=True).click()
    expect(page).to_have_url(re.compile("domain=clinical"))
    page.get_by_text("Username", exact=True).click()
    expect(page.get_by_role("columnheader", name="score")).to_be_visible()
    expect(page.get_by_text("early.csv")).to_be_visible()


def test_S02_S24_S39_the_whole_page_with_errors_on_the_way(
    cast: Cast, imports: Imports, open_page: SignIn, check_page: Check
) -> None:
    add_activity(cast.acme, fields={"score": "optional"}, score_maximum=100, name="Lifting people")
    add_activity(cast.acme, "DESK", category=add_category(cast.acme, "Office"))
    page = open_page(cast.adam)
    page.get_by_role("link", name="Upload Offline Records").first.click()
    expect(page.get_by_text("Opens once a category is chosen.")).to_be_visible()
    answer(page)
    check_page(page)

    page.go_back()
    expect(page.get_by_text("Is made for exactly what you choose above.")).to_be_visible()
    expect(page.get_by_label("Clinical")).to_be_checked()
    page.go_back()
    expect(page.get_by_text("Opens once a user domain is chosen.")).to_be_visible()
    page.go_forward()
    expect(page.get_by_label("Clinical")).to_be_checked()
    page.go_forward()
    expect(page.get_by_role("columnheader", name="score")).to_be_visible()
    page.reload()
    template = download(page, "Download template (.xlsx)")
    bad = [GOOD, GOOD | {"username": "bobb"}, {"username": "ben", "completed_on": "2024-05-13", "score": 101}]
    page.set_input_files("input[type=file]", fill(template, bad))
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("heading", name="Looking at your file")).to_be_visible()
    imports.work()

    expect(page.get_by_text("Nothing was saved: 2 of 3 rows have errors")).to_be_visible()
    expect(page.get_by_text("bobb").first).to_be_visible()
    expect(page.get_by_text("101").first).to_be_visible()
    check_page(page)
    sheet = openpyxl.load_workbook(io.BytesIO(download(page, "XLSX").read_bytes())).worksheets[0]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == ["bob", "bobb", "ben"]
    page.get_by_role("button", name="Leave out these 2 rows and check again").click()
    imports.work()
    expect(page.get_by_text("1 record is ready for Lifting people, user domain Clinical.")).to_be_visible()
    assert recorded(cast) == []
    page.get_by_role("button", name="Create 1 record").click()
    imports.work()
    expect(page.get_by_text("1 offline record created.")).to_be_visible()
    expect(page.get_by_text("Can be undone until")).to_be_visible()
    page.get_by_role("link", name="Show the records of this import").click()
    expect(page.get_by_role("main").get_by_text("O'Connor").first).to_be_visible()
    assert recorded(cast) == [("bob", 87)]


def test_S36_a_filled_template_dropped_on_the_fresh_page(cast: Cast, imports: Imports, open_page: SignIn) -> None:
    add_activity(cast.acme, fields={"score": "optional"})
    page = open_page(cast.adam)
    page.goto("/offline/upload/?activity=LIFT&domain=clinical&identifier=username")
    filled = fill(download(page, "Download template (.xlsx)"), [GOOD])
    page.goto("/offline/upload/")
    page.set_input_files("input[type=file]", filled)
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("heading", name="Looking at your file")).to_be_visible()
    imports.work()
    expect(page.get_by_role("button", name="Create 1 record")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Change").click()

    expect(page.get_by_text("“filled.xlsx” is uploaded and kept as import 1.")).to_be_visible()
    expect(page.get_by_label("Clinical")).to_be_checked()
    page.get_by_text("E-mail address", exact=True).click()
    expect(page.get_by_role("columnheader", name="email")).to_be_visible()
    page.get_by_role("button", name="Check this file").click()
    imports.work()
    expect(page.get_by_role("heading", name="This template is for something else")).to_be_visible()
