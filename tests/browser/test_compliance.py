"""How people stand, and moving chosen ones, in a real browser at both widths, with and without scripts."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from completions.models import CourseResult
from lms.core.periods import Period
from lms.notifications.models import OutboxMessage
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.completions.daily_data import assign, change_course, complete
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
Check = Callable[[Page], None]


@pytest.fixture
def standings(cast: Cast) -> Cast:
    """SAFE-1 for a year, due within 30 days: Bob is lapsed, Ben overdue, Carl compliant."""

    def ago(days: int) -> str:
        return f"{today(cast.acme) - dt.timedelta(days=days)}"

    change_course(cast.safe, compliant_for=Period.parse("365 days"), retake_days=30, due_within=Period.parse("30 days"))
    assign(cast.ben, cast.safe, ago(90))
    for person, days in ((cast.bob, 400), (cast.carl, 10)):
        assign(person, cast.safe, ago(days), due_on=None)
        complete(person, cast.safe, ago(days))
    return cast


@pytest.mark.parametrize("scripts", [True, False])
def test_L91_lapsed_people_are_found_and_moved(
    standings: Cast, open_page: SignIn, check_page: Check, *, scripts: bool
) -> None:
    cast = standings
    page = open_page(cast.adam, scripts=scripts)
    page.goto(reverse("course_people", args=[cast.safe.pk]))
    if scripts:
        check_page(page)
    page.get_by_label("Compliance status").select_option("non_compliant")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("Bob O'Connor")).to_be_visible()
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page.get_by_text("Choose at least one person.")).to_be_visible()

    page.get_by_label("Choose Bob O'Connor").check()
    page.get_by_role("button", name="Move to retake period").click()
    expect(page.get_by_role("heading", name="Move to retake period")).to_be_visible()
    expect(page.get_by_text("1 person.")).to_be_visible()
    if scripts:
        check_page(page)
    page.get_by_label("Reason").fill("audit of November")
    page.get_by_role("button", name="Move to retake period").click()
    expect(page.get_by_text("Choose whether the messages are sent.").first).to_be_visible()
    if scripts:
        check_page(page)
    page.get_by_label("Send", exact=True).check()
    page.get_by_role("button", name="Move to retake period").click()
    expect(page.get_by_text("Move to retake period: 1 person. 1 message is on its way.")).to_be_visible()
    with tenant_scope(cast.acme.pk):
        assert CourseResult.objects.get(person=cast.bob).status == "not_started"
        assert OutboxMessage.objects.filter(recipient_id=cast.bob.pk).count() == 1


def test_G05_every_page_that_shows_compliance(
    standings: Cast, open_page: SignIn, check_page: Check, imports: Imports
) -> None:
    cast = standings
    long_ago = today(cast.acme) - dt.timedelta(days=500)
    imported = imports.run("completions", f"username,course code,completion date\nbob,FIRE-2,{long_ago}\n")
    page = open_page(cast.alice)
    expect(page.get_by_role("heading", name="Compliance picture")).to_be_visible()
    check_page(page)
    page.locator("main").get_by_role("link", name="Overdue").first.click()
    expect(page.get_by_role("heading", name="Compliance", exact=True)).to_be_visible()
    expect(page.get_by_text("Ben Müller")).to_be_visible()
    check_page(page)
    for address in (
        reverse("import_people", args=[imported.number]),
        f"{reverse('import_move', args=[imported.number])}?move=reset&everybody=1",
        reverse("person", args=[cast.ben.pk]),
        reverse("team", args=[cast.ward_a.pk]),
        reverse("record_of_learning", args=[cast.bob.pk]),
        reverse("report_list"),
    ):
        page.goto(address)
        check_page(page)


def test_L54_what_a_learner_reads(standings: Cast, open_page: SignIn, check_page: Check) -> None:
    page = open_page(standings.ben)
    expect(page.get_by_text("The course stays open to you.")).to_be_visible()
    check_page(page)
    page.get_by_role("link", name="Record of Learning").first.click()
    expect(page.get_by_text("Overdue", exact=True)).to_be_visible()
    check_page(page)
