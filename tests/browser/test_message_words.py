"""An owner writes the words of a message, sees them and mails them to themselves (L-75 to L-78)."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from lms.notifications.models import MessageTemplate, OutboxMessage
from lms.notifications.services import queue_mail
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]
OpenPage = Callable[..., Page]


def fail_a_mail(cast: Cast, person: User) -> None:
    """Leave a mail behind that could not be delivered."""
    with tenant_scope(cast.acme.pk):
        queue_mail(
            person_id=person.pk,
            kind="overdue",
            params={"items": [{"code": "SAFE-1", "course": "Safety", "due_on": timezone.now().date().isoformat()}]},
            dedup_key=f"x:{person.pk}",
        )
        OutboxMessage.objects.update(state="failed", last_error="550 SMTPRecipientsRefused")


def test_L75_L76_L78_words_are_written_previewed_and_tried(
    cast: Cast, open_page: OpenPage, check_page: Callable[[Page], None]
) -> None:
    page = open_page(cast.alice)
    page.click("nav >> text=Messages")
    check_page(page)
    page.get_by_role("link", name="English (Not compliant any more)").click()
    preview = page.frame_locator("iframe[name=preview]")
    expect(preview.get_by_text("was compliant until").first).to_be_visible()
    check_page(page)

    page.fill("[name=subject]", "{organisation}: {course}, {due_date}")
    page.get_by_role("button", name="Preview").click()
    expect(preview.get_by_text("{due_date} does not belong to this message.")).to_be_visible()
    page.fill("[name=subject]", "{organisation}: <b>{course}</b>")
    page.select_option("[name=sample]", "several")
    page.get_by_role("button", name="Preview").click()
    expect(preview.get_by_role("heading", name="Acme Hospitals: <b>3 courses</b>")).to_be_visible()

    page.get_by_role("button", name="Send me a test mail").click()
    expect(page.get_by_text("A test mail is on its way to alice@acme.example.")).to_be_visible()
    expect(page.locator("[name=subject]")).to_have_value("{organisation}: <b>{course}</b>")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved. Mails from now on have these words.")).to_be_visible()
    check_page(page)

    with tenant_scope(cast.acme.pk):
        assert MessageTemplate.objects.get().subject == "{organisation}: <b>{course}</b>"
        assert OutboxMessage.objects.get().kind == "test_mail"


def test_F57_a_mail_that_failed_is_tried_again(
    cast: Cast, open_page: OpenPage, check_page: Callable[[Page], None]
) -> None:
    fail_a_mail(cast, cast.bob)
    page = open_page(cast.adam)
    page.click("nav >> text=Mails not delivered")
    check_page(page)

    page.get_by_role("button", name="Try again", exact=True).click()

    expect(page.get_by_text("1 mail is tried again.")).to_be_visible()
    expect(page.get_by_text("Every mail was delivered")).to_be_visible()
    with tenant_scope(cast.acme.pk):
        assert OutboxMessage.objects.get().state == "queued"
