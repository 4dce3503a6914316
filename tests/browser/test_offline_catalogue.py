"""The settings of an offline activity in a real browser: fields of one's own added, moved and taken off."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lms.tenancy.scope import tenant_scope
from offline_records.models import CustomField
from tests.offline_records.catalogue import add_category
from tests.plugins.cast import Cast

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
Check = Callable[[Page], None]


def fields(cast: Cast) -> list[tuple[str, str, list[str]]]:
    with tenant_scope(cast.acme.pk):
        found = CustomField.objects.filter(is_active=True).order_by("position")
        return list(found.values_list("label", "kind", "choices"))


def test_S18_S31_fields_are_added_moved_and_taken_off(cast: Cast, open_page: SignIn, check_page: Check) -> None:
    category = add_category(cast.acme, "First aid")
    page = open_page(cast.adam)
    page.goto("/offline/new/")
    page.get_by_label("Name", exact=True).fill("First aid at work")
    page.get_by_label("Code", exact=True).fill("FA-1")
    page.get_by_label("Category", exact=True).select_option(str(category.pk))
    page.get_by_label("Score: Required").check()
    lines = page.locator("[data-row]")
    expect(lines).to_have_count(0)
    for label in ("Shift", "Room", "Gone"):
        page.get_by_role("button", name="Add a field").click()
        lines.last.get_by_label("Label").fill(label)
    expect(lines.first.get_by_label("Choices, one a line")).to_be_hidden()
    lines.first.get_by_label("Holds").select_option("choice")
    lines.first.get_by_label("Choices, one a line").fill("Early\nLate")
    lines.first.get_by_role("button", name="Move down").click()
    # the example follows what stands in the form
    expect(page.get_by_text("The template has 10 columns.")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Create offline activity").click()
    expect(page.get_by_role("heading", name="First aid at work", level=1)).to_be_visible()
    assert fields(cast) == [("Room", "text", []), ("Shift", "choice", ["Early", "Late"]), ("Gone", "text", [])]

    page.get_by_role("link", name="Settings", exact=True).click()
    lines.last.get_by_label("Take it off").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="First aid at work", level=1)).to_be_visible()
    assert fields(cast) == [("Room", "text", []), ("Shift", "choice", ["Early", "Late"])]
