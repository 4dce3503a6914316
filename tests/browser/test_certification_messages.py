"""The messages of a certification in a browser: switches, and words with their preview (T-70)."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from certifications.kinds import WINDOW_OPENS
from certifications.selectors import load_terms
from lms.notifications.models import MessageTemplate
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import certification
from tests.plugins.cast import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scripts", [True, False])
def test_T70_an_administrator_gives_a_certification_switches_and_words_of_its_own(
    cast: Cast, open_page: Callable[..., Page], check_page: Callable[[Page], None], *, scripts: bool
) -> None:
    aid = certification(cast.acme, "AID", name="First Aid", expiring_days=10)
    page = open_page(cast.adam, scripts=scripts)

    page.goto(reverse("certification", args=[aid.pk]))
    page.get_by_role("link", name="Messages", exact=True).click()
    page.get_by_label("Certification assigned").select_option(label="On")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved. It counts from the next message on").wait_for()
    if scripts:
        check_page(page)
    page.get_by_role("link", name="English (Recertification window opens)").click()
    page.get_by_label("Subject").fill("Renew {certification}")
    page.get_by_role("button", name="Preview").click()
    page.frame_locator("iframe").get_by_text("Renew First Aid").first.wait_for()
    if scripts:
        check_page(page)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Back to the words of your organisation").wait_for()

    with tenant_scope(cast.acme.pk):
        (words,) = MessageTemplate.objects.values_list("about_id", "text", "subject")
        assert words == (aid.pk, WINDOW_OPENS, "Renew {certification}")
        assert "certification_assigned" in load_terms([aid.pk])[aid.pk].sends
