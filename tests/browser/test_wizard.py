"""The whole wizard in a real browser, with and without scripts: from the dashboard to the undone import."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.plugins.cast import Cast
from tests.plugins.running import Imports

pytestmark = pytest.mark.browser

HEAD = "Username,Course Code,Completion Date\n"
ROWS = HEAD + "bob,SAFE-1,2024-05-13\nben,SAFE-1,2024-05-01\nbobb,SAFE-1,2024-05-01\n"
SignIn = Callable[..., Page]
Check = Callable[[Page], None]


def payload(content: str, name: str = "export.csv") -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": content.encode()}


def test_L59_to_L66_the_whole_way_by_the_menu(
    cast: Cast, imports: Imports, open_page: SignIn, check_page: Check
) -> None:
    page = open_page(cast.adam)
    check_page(page)
    page.get_by_role("link", name="Quick Actions").first.click()
    page.get_by_role("link", name="Import Course Completions").click()
    check_page(page)
    page.set_input_files("input[type=file]", payload(ROWS))
    expect(page.get_by_text("export.csv")).to_be_visible()
    page.get_by_role("button", name="Next").click()

    expect(page.get_by_role("heading", name="Looking at your file")).to_be_visible()
    check_page(page)
    imports.work()
    expect(page.get_by_role("heading", name="Map Fields")).to_be_visible()
    expect(page.get_by_text("Everything needed was recognised by name")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Check file").click()

    expect(page.get_by_role("heading", name="Checking your file")).to_be_visible()
    check_page(page)
    imports.work()
    expect(page.get_by_role("heading", name="Review", exact=True)).to_be_visible()
    expect(page.get_by_text("Did you mean")).to_contain_text("bob")
    check_page(page)
    page.get_by_role("button", name="Import 2 rows").click()

    expect(page.get_by_text("Your file has been uploaded and is queued for import.")).to_be_visible()
    check_page(page)
    imports.work()
    expect(page.get_by_text("Finished, 1 failed")).to_be_visible()
    check_page(page)

    with page.expect_download() as download:
        page.locator("a[href$='failed.csv']").click()
    assert download.value.path().read_text(encoding="utf-8-sig").splitlines()[1].startswith("bobb,SAFE-1,2024-05-01,4,")

    page.get_by_role("link", name="All rows").first.click()
    expect(page.get_by_role("heading", name="Rows of import 1")).to_be_visible()
    check_page(page)
    page.go_back()
    page.get_by_role("link", name="Undo").click()
    check_page(page)
    page.fill("[name=reason]", "wrong file")
    page.get_by_role("button", name="Undo import 1").click()
    imports.work()
    expect(page.get_by_text("2 records were removed")).to_be_visible()
    check_page(page)


def test_a_file_dropped_on_the_dashboard_takes_five_clicks(cast: Cast, imports: Imports, open_page: SignIn) -> None:
    page = open_page(cast.adam)
    page.set_input_files("input[type=file]", payload(ROWS))
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Looking at your file")).to_be_visible()
    imports.work()
    page.get_by_role("button", name="Course completions").click()
    page.get_by_role("button", name="Check file").click()
    expect(page.get_by_role("heading", name="Checking your file")).to_be_visible()
    imports.work()
    page.get_by_role("button", name="Import 2 rows").click()
    expect(page.get_by_text("You can close this page.").first).to_be_visible()
    imports.work()

    page.goto("/")
    expect(page.locator("#recent-imports")).to_contain_text("Finished, 1 failed")


def test_without_scripts_the_same_way_is_open(cast: Cast, imports: Imports, open_page: SignIn) -> None:
    page = open_page(cast.lea, scripts=False)
    page.goto("/imports/new/completions/")
    page.set_input_files("input[type=file]", payload(ROWS.replace("Completion Date", "Day")))
    page.get_by_role("button", name="Next").click()
    imports.work()
    page.goto("/imports/1/map/")
    assert page.get_by_role("button", name="Check file").is_disabled()
    page.select_option("[name=map-column_completed_on]", label="Day")
    page.get_by_role("button", name="Update this page").click()
    page.get_by_role("button", name="Check file").click()
    imports.work()
    page.goto("/imports/1/review/")
    page.get_by_role("button", name="Import 2 rows").click()
    imports.work()
    page.goto("/imports/1/")

    expect(page.get_by_text("Finished, 1 failed")).to_be_visible()


def test_E57_choosing_a_column_changes_the_page_at_once(
    cast: Cast, imports: Imports, open_page: SignIn, check_page: Check
) -> None:
    imports.upload("completions", "Username,Course,Date,Finish Date\nbob,SAFE-1,2024-05-13,2024-05-14\n")
    page = open_page(cast.adam)
    page.goto("/imports/1/map/")
    expect(page.get_by_text("“Date”, “Finish Date” fit equally well: choose one")).to_be_visible()
    expect(page.get_by_role("button", name="Check file")).to_be_disabled()
    check_page(page)
    page.select_option("[name=map-column_completed_on]", label="Finish Date")

    expect(page.get_by_text("2024-05-14").last).to_be_visible()
    expect(page.get_by_role("button", name="Check file")).to_be_enabled()


def test_F001_a_file_nobody_can_read_keeps_its_name_on_the_page(
    cast: Cast, open_page: SignIn, check_page: Check
) -> None:
    page = open_page(cast.adam)
    page.goto("/imports/new/completions/")
    page.set_input_files("input[type=file]", {"name": "old.pdf", "mimeType": "", "buffer": b"%PDF-1.7"})
    page.get_by_role("button", name="Next").click()

    expect(page.get_by_text("Not taken: old.pdf")).to_be_visible()
    check_page(page)


def test_the_lists_and_the_record_hold_the_rules(
    cast: Cast, imports: Imports, open_page: SignIn, check_page: Check
) -> None:
    imports.run("completions", ROWS)
    imports.upload("completions", HEAD)
    page = open_page(cast.adam)
    addresses = (
        "/imports/",
        "/imports/2/map/",
        f"/people/{cast.bob.pk}/record/",
        f"/people/{cast.bob.pk}/record/add/",
        f"/courses/{cast.safe.pk}/people/",
        f"/courses/{cast.safe.pk}/people/{cast.bob.pk}/progress/",
    )
    for address in addresses:
        page.goto(address)
        page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true; })")
        check_page(page)
