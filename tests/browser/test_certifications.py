"""A file of completion records dropped on its page, in a real browser: from the settings to the report."""

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from certifications.models import CertificationRecord
from lms.imports.models import ImportBatch
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import certification
from tests.certifications.import_data import HEAD
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

pytestmark = pytest.mark.browser

PAGE = "/courses/upload-completion-records/"
ROWS = HEAD + "bob,ILS,,13.05.2026,\nben,ILS,,31.01.2026,\nbobb,ILS,,01.05.2026,\ncarl,ISL,,01.05.2026,\n"
# What a person does with the mouse: a file is dragged over the window and let go.
DROP = """([name, content]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([content], name, { type: "text/csv" }));
  const target = document.querySelector("main");
  for (const kind of ["dragenter", "dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""
SignIn = Callable[..., Page]
Check = Callable[[Page], None]


def payload(content: str | bytes, name: str = "records.csv") -> FilePayload:
    body = content.encode() if isinstance(content, str) else content
    return {"name": name, "mimeType": "text/csv", "buffer": body}


def recorded(cast: Cast) -> list[tuple[int, dt.date]]:
    with tenant_scope(cast.acme.pk):
        found = CertificationRecord.objects.order_by("completed_on").values_list("person_id", "completed_on")
        return list(found)


def test_T02_T05_T63_a_dropped_file_ends_at_the_report(
    cast: Cast, imports: Imports, open_page: SignIn, check_page: Check
) -> None:
    certification(cast.acme)
    page = open_page(cast.adam)
    page.get_by_role("link", name="Upload certification CSV").first.click()
    expect(page.get_by_role("heading", name="Upload Completion Records", level=1)).to_be_visible()
    check_page(page)
    page.get_by_label("Order").select_option("dmy")
    page.get_by_label("Between them").select_option("stop")
    expect(page.get_by_text("31.01.2026")).to_be_visible()
    page.get_by_text("Certify uncertified users").click()
    page.evaluate(DROP, ["records.csv", ROWS])
    expect(page.get_by_text("records.csv")).to_be_visible()
    page.get_by_role("button", name="Upload", exact=True).click()

    expect(page.get_by_role("heading", name="Looking at your file")).to_be_visible()
    imports.work()  # the columns have their names: the check begins by itself
    expect(page.get_by_role("heading", name="Review", exact=True)).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Import 2 rows").click()
    expect(page.get_by_text("You can close this page.").first).to_be_visible()
    imports.work()
    expect(page.get_by_text("Finished, 2 failed")).to_be_visible()
    check_page(page)

    page.get_by_role("main").get_by_role("link", name="Certification import report").first.click()
    expect(page.get_by_role("heading", name="Certification import report")).to_be_visible()
    expect(page.get_by_role("main").locator("tbody tr")).to_have_count(4)
    check_page(page)
    assert recorded(cast) == [(cast.ben.pk, dt.date(2026, 1, 31)), (cast.bob.pk, dt.date(2026, 5, 13))]

    # T-04: the next time the page shows what was chosen now.
    page.goto(PAGE)
    assert page.get_by_label("Between them").input_value() == "stop"
    expect(page.get_by_label("Certify uncertified users")).to_be_checked()
    check_page(page)
    page.get_by_role("button", name="Reset to defaults").click()
    expect(page.get_by_text("The settings are back to their defaults.")).to_be_visible()
    assert page.get_by_label("Between them").input_value() == "slash"


def test_T12_T74_the_sample_and_the_template_follow_the_picker(
    cast: Cast, open_page: SignIn, check_page: Check
) -> None:
    page = open_page(cast.adam)
    page.goto(PAGE)
    page.get_by_label("Order").select_option("mdy")
    page.get_by_label("Between them").select_option("space")
    page.get_by_label("Year", exact=True).select_option("yy")

    expect(page.locator("output")).to_have_text("01 31 26")
    assert page.get_by_label("Dates written as").input_value() == "mm dd yy"
    with page.expect_download() as download:
        page.get_by_role("button", name="Template as CSV").click()
    assert (download.value.suggested_filename, "date_format=mm+dd+yy" in download.value.url) == (
        "certifications-template.csv",
        True,
    )
    check_page(page)


def test_T05_a_program_is_refused_beside_the_field_and_the_settings_stay(
    cast: Cast, open_page: SignIn, check_page: Check
) -> None:
    page = open_page(cast.adam)
    page.goto(PAGE)
    page.get_by_label("Order").select_option("ymd")
    page.set_input_files("input[type=file]", payload(b"MZ\x90\x00" + bytes(300), name="setup.exe"))
    page.get_by_role("button", name="Upload", exact=True).click()

    expect(page.get_by_text("Not taken: setup.exe")).to_be_visible()
    assert page.get_by_label("Order").input_value() == "ymd"
    check_page(page)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_text("Choose a file first.").first).to_be_visible()
    check_page(page)


def test_T05_with_the_keyboard_alone(cast: Cast, imports: Imports, open_page: SignIn) -> None:
    certification(cast.acme)
    page = open_page(cast.adam)
    page.goto(PAGE)
    page.get_by_label("Choose File").focus()
    page.set_input_files("input[type=file]", payload(ROWS))
    page.get_by_label("Order").focus()
    page.keyboard.press("End")  # month first
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("F")  # full stop
    page.get_by_label("Save to history").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Upload", exact=True).focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Looking at your file")).to_be_visible()
    imports.work()
    expect(page.get_by_role("button", name="Import 2 rows")).to_be_visible()
    with tenant_scope(cast.acme.pk):
        batch = ImportBatch.objects.get(number=1)
    assert (batch.options["action"], batch.mapping["date_format"]) == ("certify_uncertified", "dd.mm.yyyy")


def test_without_scripts_the_page_does_the_same(cast: Cast, imports: Imports, open_page: SignIn) -> None:
    certification(cast.acme)
    page = open_page(cast.adam, scripts=False)
    page.goto(PAGE)
    page.get_by_label("Order").select_option("dmy")
    page.get_by_label("Between them").select_option("stop")
    page.set_input_files("input[type=file]", payload(ROWS))
    page.get_by_role("button", name="Upload", exact=True).click()
    imports.work()
    page.goto("/imports/1/review/")
    page.get_by_role("button", name="Import 2 rows").click()
    imports.work()

    assert [person for person, _day in recorded(cast)] == [cast.ben.pk, cast.bob.pk]
    page.goto(PAGE)
    expect(page.locator("output")).to_have_text("31.01.2026")


def test_a_file_dropped_on_the_dashboard_says_what_it_is(
    cast: Cast, imports: Imports, open_page: SignIn, check_page: Check
) -> None:
    certification(cast.acme)
    page = open_page(cast.adam)
    page.evaluate(DROP, ["records.csv", ROWS])
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Looking at your file")).to_be_visible()
    imports.work()

    expect(page.get_by_text("This looks like: Certification records (5 of 5 columns)")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Certification records").click()
    expect(page.get_by_role("heading", name="Map Fields")).to_be_visible()
    check_page(page)
