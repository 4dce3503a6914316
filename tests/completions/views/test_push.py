"""The page of a course's compliance and due dates, and what it shows before people change (L-46 to L-56, L-92)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from completions.models import CourseResult, SettingsPush, Status
from completions.tasks import push_settings
from lms.core.periods import Period
from lms.courses.models import Course, CourseAssignment
from lms.notifications.models import OutboxMessage
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
EMPTY = {
    "compliant_for_0": "",
    "compliant_for_1": "months",
    "retake_days": "",
    "due_within_0": "",
    "due_within_1": "days",
    "due_on": "",
    "remind_days_before": "",
    "remind_every_0": "",
    "remind_every_1": "days",
    "remind_at_most": "1",
    "step": "check",
}
YEAR = {"compliant_for_0": "12", "compliant_for_1": "months"}


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def address(cast: Cast) -> str:
    return reverse("course_compliance", args=[cast.safe.pk])


def stored(cast: Cast) -> Course:
    with tenant_scope(cast.acme.pk):
        return Course.objects.get(pk=cast.safe.pk)


def errors_of(client: Client, cast: Cast, **answers: str) -> dict[str, list[str]]:
    response = client.post(address(cast), EMPTY | answers)
    assert response.status_code == 422, words(response)
    return {name: [str(text) for text in texts] for name, texts in response.context["form"].errors.items()}


def complete(cast: Cast, person: User, *, days_ago: int) -> dt.date:
    day = today(cast.acme) - dt.timedelta(days=days_ago)
    with tenant_scope(cast.acme.pk):
        CourseResult.objects.create(
            tenant=cast.acme,
            person=person,
            course=cast.safe,
            status=Status.COMPLETED,
            percent=100,
            completed_on=day,
            updated_at=timezone.now(),
        )
    return day


def assign(cast: Cast, person: User, *, days_ago: int) -> None:
    day = today(cast.acme) - dt.timedelta(days=days_ago)
    with tenant_scope(cast.acme.pk):
        CourseAssignment.objects.create(tenant=cast.acme, person=person, course=cast.safe, assigned_on=day)


def test_L46_settings_that_change_nobody_are_saved_at_once(cast: Cast, client_for: SignIn) -> None:
    answers = {
        **YEAR,
        "retake_days": "30",
        "due_within_0": "6",
        "due_within_1": "weeks",
        "remind_days_before": "7",
        "remind_every_0": "2",
        "remind_at_most": "4",
        "switch_overdue": "off",
    }
    response = client_for(cast.adam).post(address(cast), EMPTY | answers)

    assert response.headers["Location"] == address(cast)
    found = stored(cast)
    assert (found.compliant_for, found.retake_days, found.due_within, found.due_on) == (
        Period.parse("12 months"),
        30,
        Period.parse("6 weeks"),
        None,
    )
    assert (found.remind_days_before, found.remind_every, found.remind_at_most) == (7, Period.parse("2 days"), 4)
    assert found.message_switches == {"overdue": False}


def test_U7_L53_a_span_and_a_fixed_date_are_refused(cast: Cast, client_for: SignIn) -> None:
    errors = errors_of(client_for(cast.adam), cast, due_within_0="30", due_on="2026-02-28")

    assert errors == {"due_on": ["Set a span or a fixed date, not both."]}
    assert stored(cast).due_within is None


def test_L53_a_fixed_date_that_nobody_can_mean_is_refused(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    for day in ("0001-01-05", "9999-12-31"):
        assert list(errors_of(client, cast, due_on=day, remind_days_before="30")) == ["due_on"]
    assert stored(cast).due_on is None


def test_L50_L56_settings_that_do_not_fit_together_are_refused(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)

    assert set(errors_of(client, cast, retake_days="30")) == {"retake_days"}
    assert set(errors_of(client, cast, **YEAR, retake_days="365")) == {"retake_days"}
    assert set(errors_of(client, cast, compliant_for_0="1", retake_days="28")) == {"retake_days"}
    assert set(errors_of(client, cast, remind_days_before="7")) == {"remind_days_before"}
    assert set(errors_of(client, cast, remind_every_0="2")) == {"remind_every"}
    assert set(errors_of(client, cast, due_within_0="30", remind_at_most="3")) == {"remind_every"}
    assert set(errors_of(client, cast, due_within_0="30", remind_every_0="1", remind_every_1="months")) == {
        "remind_every"
    }
    assert set(errors_of(client, cast, compliant_for_0="300", compliant_for_1="years")) == {"compliant_for"}
    assert client.post(address(cast), EMPTY | YEAR | {"retake_days": "364"}).status_code == 302


def test_L49_the_worked_example_follows_the_form(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    example = reverse("course_compliance_example", args=[cast.safe.pk])
    year = today(cast.acme).year
    answers = EMPTY | {"compliant_for_0": "90", "compliant_for_1": "days", "retake_days": "30", "due_within_0": "30"}
    until = dt.date(year, 1, 1) + dt.timedelta(days=90)

    sentences = client.get(example, answers).context["example"]
    assert sentences[0] == (
        f"Completed on 1 January {year}: compliant until {until.strftime('%-d %B %Y')}, "
        f"not compliant from {(until + dt.timedelta(days=1)).strftime('%-d %B %Y')}."
    )
    assert (
        sentences[2]
        == f"Assigned on 1 January {year}: due on 31 January {year}, overdue from 1 February {year} until completed."
    )
    assert client.get(example, answers | {"retake_days": "100"}).context["example"] == []
    assert stored(cast).compliant_for is None


def test_L92_L52_first_the_numbers_then_the_choice_then_the_change(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    complete(cast, cast.bob, days_ago=400)
    day = complete(cast, cast.ben, days_ago=10)
    page = client.post(address(cast), EMPTY | YEAR)

    assert "1 person is not compliant any more." in words(page)
    assert '<td class="main">No longer compliant</td> <td class="num" data-label="Messages">1</td>' in words(page)
    assert (stored(cast).compliant_for, page.status_code) == (None, 200)
    carried = dict(page.context["carried"])

    no_choice = client.post(address(cast), carried | {"step": "save", "to_completed": "on"})
    assert (no_choice.status_code, list(no_choice.context["form"].errors)) == (422, ["messages"])
    assert dict(no_choice.context["carried"])["compliant_for_0"] == "12"

    done = client.post(address(cast), carried | {"step": "save", "to_completed": "on", "messages": "suppress"})
    assert (done.status_code, stored(cast).compliant_for) == (302, Period.parse("12 months"))
    push_settings()
    with tenant_scope(cast.acme.pk):
        until = dict(CourseResult.objects.values_list("person__username", "compliant_until"))
        assert until["ben"] == Period.parse("12 months").add(day)
        assert (SettingsPush.objects.get().messages, OutboxMessage.objects.count()) == ("suppress", 0)


def test_L52_not_ticked_there_is_no_question_and_nobody_changes(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    complete(cast, cast.bob, days_ago=400)
    carried = dict(client.post(address(cast), EMPTY | YEAR).context["carried"])

    assert client.post(address(cast), carried | {"step": "save"}).status_code == 302
    push_settings()
    with tenant_scope(cast.acme.pk):
        assert list(CourseResult.objects.values_list("compliant_until", flat=True)) == [None]
        assert SettingsPush.objects.count() == 0


def test_L52_settings_as_they_are_can_be_applied_later(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    client.post(address(cast), EMPTY | YEAR)
    day = complete(cast, cast.ben, days_ago=10)
    carried = dict(client.post(address(cast), EMPTY | YEAR | {"step": "apply"}).context["carried"])

    client.post(address(cast), carried | {"step": "save", "to_completed": "on"})
    push_settings()
    with tenant_scope(cast.acme.pk):
        assert CourseResult.objects.get().compliant_until == Period.parse("12 months").add(day)


def test_U6_L92_due_dates_follow_and_send_tells_who_is_overdue_at_once(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    assign(cast, cast.bob, days_ago=40)
    assign(cast, cast.ben, days_ago=5)
    page = client.post(address(cast), EMPTY | {"due_within_0": "30"})
    assert "1 person is overdue at once." in words(page)
    assert "2 people get a due date, or an earlier one." in words(page)
    carried = dict(page.context["carried"])

    assert client.post(address(cast), carried | {"step": "save", "messages": "send"}).status_code == 302
    push_settings()
    with tenant_scope(cast.acme.pk):
        due = dict(CourseAssignment.objects.values_list("person__username", "due_on"))
        assert due["ben"] == today(cast.acme) + dt.timedelta(days=25)
        assert [(mail.to_address, mail.kind) for mail in OutboxMessage.objects.all()] == [
            ("bob@acme.example", "overdue")
        ]


def test_S25_leaders_read_the_settings_and_change_nothing(cast: Cast, client_for: SignIn) -> None:
    leader = client_for(cast.lea)

    assert leader.get(address(cast)).context["form"] is None
    assert leader.post(address(cast), EMPTY | YEAR).status_code == 200
    assert stored(cast).compliant_for is None
    assert client_for(cast.charlie).get(address(cast)).status_code == 404
    assert leader.get(reverse("course_compliance", args=[cast.fire.pk])).status_code == 404
    assert client_for(cast.adam).get(reverse("course_compliance", args=[cast.fire.pk])).status_code == 200
