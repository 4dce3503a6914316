"""Choosing what becomes of an import's messages, in a real browser, to the mails that arrive or do not arrive."""

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from lms.core.periods import Period
from lms.courses.models import Course
from lms.embedded.mailcatcher import MailCatcher
from lms.notifications.delivery import deliver_due
from lms.notifications.models import OutboxMessage
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
Check = Callable[[Page], None]


@pytest.fixture
def yearly(cast: Cast) -> Cast:
    """SAFE-1 counts for a year, its retake opens 30 days before; messages are not held."""
    Tenant.objects.filter(pk=cast.acme.pk).update(message_hold_minutes=0)
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.safe.pk).update(compliant_for=Period.parse("1 year"), retake_days=30)
    return cast


def make_file(cast: Cast) -> FilePayload:
    """Bob and Ben lapsed long ago, Carl completed it lately."""
    lately = (today(cast.acme) - dt.timedelta(days=20)).isoformat()
    rows = f"bob,SAFE-1,2019-05-13\nben,SAFE-1,2018-03-03\ncarl,SAFE-1,{lately}\n"
    content = "Username,Course Code,Completion Date\n" + rows
    return {"name": "old-lms.csv", "mimeType": "text/csv", "buffer": content.encode()}


def go_to_review(page: Page, imports: Imports, file: FilePayload, *, check_page: Check) -> None:
    """Upload with the retake box on, map, check."""
    page.goto("/imports/new/completions/")
    expect(page.get_by_text("1 course in your reach has a compliance period.")).to_be_visible()
    page.get_by_text("Move non-compliant people into their retake period (resit/retake)").click()
    check_page(page)
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Looking at your file")).to_be_visible()
    imports.work()
    page.get_by_role("button", name="Check file").click()
    expect(page.get_by_role("heading", name="Checking your file")).to_be_visible()
    imports.work()
    expect(page.get_by_role("heading", name="Review", exact=True)).to_be_visible()


def test_L47_E60_send_the_review_names_them_and_the_mails_arrive(
    yearly: Cast, imports: Imports, open_page: SignIn, check_page: Check, mail_catcher: MailCatcher
) -> None:
    page = open_page(yearly.adam)
    go_to_review(page, imports, make_file(yearly), check_page=check_page)

    changes = page.locator("#changes")
    expect(changes).to_contain_text("2 non-compliant on arrival")
    expect(changes).to_contain_text("Bob O'Connor, SAFE-1 Safety Basics compliant until 13 May 2020")
    expect(changes).to_contain_text("2 of these move to the retake period")
    expect(page.locator("#messages")).to_contain_text("This import would send 2 e-mails to 2 people.")
    button = page.get_by_role("button", name="Import 3 rows")
    expect(button).to_be_disabled()
    expect(page.get_by_text("messages: choose above")).to_be_visible()
    page.get_by_text("Show one of these messages").click()
    expect(page.get_by_role("region", name="Text of the message")).to_contain_text("Safety Basics")
    check_page(page)
    page.get_by_text("Send, at once").click()
    expect(page.get_by_text("messages: send, at once")).to_be_visible()
    button.click()

    expect(page.get_by_role("heading", name="Confirm import 1")).to_be_visible()
    expect(page.get_by_text("2 e-mails to 2 people, at once")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Import 3 rows").click()
    expect(page.get_by_text("Your file has been uploaded and is queued for import.")).to_be_visible()
    imports.work()
    expect(page.get_by_text("2 e-mails are on their way.")).to_be_visible()
    check_page(page)
    deliver_due()
    page.reload()

    expect(page.get_by_text("2 e-mails were sent.")).to_be_visible()
    told = sorted(recipient for mail in mail_catcher.caught for recipient in mail.recipients)
    assert told == ["ben@acme.example", "bob@acme.example"]
    page.get_by_role("link", name="Undo").click()
    expect(page.get_by_text("2 e-mails to 2 people cannot be called back.")).to_be_visible()
    check_page(page)


def test_E60_do_not_send_imports_the_same_and_nothing_arrives(
    yearly: Cast, imports: Imports, open_page: SignIn, check_page: Check, mail_catcher: MailCatcher
) -> None:
    page = open_page(yearly.adam)
    go_to_review(page, imports, make_file(yearly), check_page=check_page)
    page.get_by_text("Do not send").click()
    page.get_by_role("button", name="Import 3 rows").click()

    expect(page.get_by_text("Your file has been uploaded and is queued for import.")).to_be_visible()
    imports.work()
    expect(page.get_by_text("No messages: “do not send” was chosen.")).to_be_visible()
    # The page that watched the import opens itself anew once it has ended; only that one has this link.
    onward = page.get_by_role("link", name="See how the people of this import stand now")
    expect(onward).to_be_visible()
    check_page(page)
    deliver_due()
    assert mail_catcher.caught == []
    onward.click()
    expect(page.get_by_text("Bob O'Connor")).to_be_visible()


def test_E21_messages_that_wait_are_withdrawn_on_the_imports_page(
    yearly: Cast, imports: Imports, open_page: SignIn, check_page: Check, mail_catcher: MailCatcher
) -> None:
    Tenant.objects.filter(pk=yearly.acme.pk).update(message_threshold=1)
    page = open_page(yearly.adam)
    go_to_review(page, imports, make_file(yearly), check_page=check_page)
    page.get_by_text("Send, on a date and hour").click()
    tomorrow = page.input_value("[name=send_on]")
    page.fill("[name=send_on]", "2020-01-01")
    page.get_by_role("button", name="Import 3 rows").click()
    expect(page.get_by_text("This hour has passed already.")).to_be_visible()
    check_page(page)
    page.fill("[name=send_on]", tomorrow)
    page.get_by_role("button", name="Import 3 rows").click()
    page.get_by_label("This sends 2 messages. Type 2 to confirm:").fill("3")
    page.get_by_role("button", name="Import 3 rows").click()
    expect(page.get_by_text("This import sends 2 messages. Type the number to confirm.")).to_be_visible()
    check_page(page)
    page.fill("[name=typed]", "2")
    page.get_by_role("button", name="Import 3 rows").click()
    expect(page.get_by_text("You can close this page.").first).to_be_visible()
    imports.work()
    expect(page.get_by_text("2 e-mails wait until")).to_be_visible()
    page.get_by_role("link", name="Withdraw what has not gone out").click()
    check_page(page)
    page.get_by_role("button", name="Withdraw 2 e-mails").click()

    expect(page.get_by_text("2 e-mails were withdrawn.").first).to_be_visible()
    deliver_due()
    assert mail_catcher.caught == []
    with tenant_scope(yearly.acme.pk):
        assert set(OutboxMessage.objects.filter(kind="non_compliant").values_list("state", flat=True)) == {"withdrawn"}


def test_E60_without_scripts_a_missing_choice_is_refused_beside_the_field(
    yearly: Cast, imports: Imports, open_page: SignIn, mail_catcher: MailCatcher
) -> None:
    imports.run("completions", make_file(yearly)["buffer"], check_only=True, options={"opens_retakes": True})
    page = open_page(yearly.adam, scripts=False)
    page.goto("/imports/1/review/")
    page.get_by_role("button", name="Import 3 rows").click()

    expect(page.locator("#id_messages")).to_contain_text("Choose whether the messages are sent.")
    page.check("input[value=suppress]")
    page.get_by_role("button", name="Import 3 rows").click()
    imports.work()
    page.goto("/imports/1/")
    expect(page.get_by_text("No messages: “do not send” was chosen.")).to_be_visible()
    assert mail_catcher.caught == []
