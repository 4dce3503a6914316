"""Compliance and due dates of a course, and assigning people, in a real browser at both widths."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from completions.models import CourseResult, Status
from lms.core.periods import Period
from lms.courses.models import Course, CourseAssignment
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
Check = Callable[[Page], None]


def test_L92_settings_are_worked_out_shown_and_saved(cast: Cast, open_page: SignIn, check_page: Check) -> None:
    on = today(cast.acme)
    with tenant_scope(cast.acme.pk):
        for person, days in ((cast.bob, 400), (cast.ben, 10)):
            CourseResult.objects.create(
                tenant=cast.acme,
                person=person,
                course=cast.safe,
                status=Status.COMPLETED,
                percent=100,
                completed_on=on - dt.timedelta(days=days),
                updated_at=timezone.now(),
            )
        CourseAssignment.objects.create(
            tenant=cast.acme, person=cast.carl, course=cast.safe, assigned_on=on - dt.timedelta(days=40)
        )
    page = open_page(cast.adam)
    page.goto(reverse("course_compliance", args=[cast.safe.pk]))
    page.get_by_label("Number").nth(0).fill("12")
    page.get_by_label("Unit").nth(0).select_option("months")
    page.get_by_label("Retake opens, days before the end").fill("30")
    page.get_by_label("Number").nth(1).fill("30")
    page.get_by_label("First reminder").fill("7")
    expect(page.get_by_text("The retake opens on")).to_be_visible()
    check_page(page)

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="What changes if you save")).to_be_visible()
    expect(page.get_by_text("1 person is not compliant any more.")).to_be_visible()
    check_page(page)
    page.get_by_label("Apply to people who already completed").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Choose whether the messages are sent.").first).to_be_visible()
    check_page(page)
    page.get_by_label("Do not send").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The settings are saved. People's dates follow")).to_be_visible()
    with tenant_scope(cast.acme.pk):
        assert Course.objects.get(pk=cast.safe.pk).compliant_for == Period.parse("12 months")
    page.goto(reverse("course", args=[cast.safe.pk]))
    check_page(page)
    page.goto(reverse("course_report"))
    check_page(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_L92_people_are_assigned_after_the_numbers(
    cast: Cast, open_page: SignIn, check_page: Check, *, scripts: bool
) -> None:
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.fire.pk).update(due_on=today(cast.acme) - dt.timedelta(days=3))
    page = open_page(cast.adam, scripts=scripts)
    page.goto(reverse("course_assign", args=[cast.fire.pk]) + "?q=ben")
    page.get_by_label("Usernames").fill("bob\nnobody")
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("“nobody”").first).to_be_visible()
    page.get_by_label("Usernames").fill("bob\ncarl")
    if scripts:
        check_page(page)
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("2 people are overdue at once")).to_be_visible()
    if scripts:
        check_page(page)
    page.get_by_label("Do not send").check()
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("2 people are assigned.")).to_be_visible()
    page.goto(reverse("course_assign", args=[cast.fire.pk]))
    if scripts:
        check_page(page)
