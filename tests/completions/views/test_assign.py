"""Assigning people and teams: first what follows, then the choice (L-03, L-53, L-92)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from completions.models import CourseResult, Status
from lms.audit.models import AuditEvent
from lms.core.periods import Period
from lms.courses.models import Course, CourseAssignment, TeamCourse
from lms.notifications.models import MessageSwitch, OutboxMessage
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def address(course: Course) -> str:
    return reverse("course_assign", args=[course.pk])


def set_terms(cast: Cast, **terms: Any) -> None:
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.fire.pk).update(**terms)


def assignments(cast: Cast) -> list[tuple[Any, ...]]:
    with tenant_scope(cast.acme.pk):
        found = CourseAssignment.objects.filter(course=cast.fire).order_by("person__username")
        return list(
            found.values_list("person__username", "assigned_on", "due_on", "origin", "messages_suppressed_through")
        )


def mails(cast: Cast) -> list[tuple[str, str]]:
    with tenant_scope(cast.acme.pk):
        return list(OutboxMessage.objects.order_by("to_address", "kind").values_list("to_address", "kind"))


def test_L53_people_are_assigned_by_pasted_usernames_and_by_ticks(cast: Cast, client_for: SignIn) -> None:
    set_terms(cast, due_within=Period.parse("30 days"))
    client = client_for(cast.adam)
    found = client.get(address(cast.fire), {"q": "ben"}).context["people"]
    assert [person.username for person in found] == ["ben"]

    response = client.post(address(cast.fire), {"people": [cast.ben.pk], "usernames": " BOB \n\nben\n"})
    day = today(cast.acme)
    due = day + dt.timedelta(days=30)
    assert response.headers["Location"] == reverse("course_people", args=[cast.fire.pk])
    assert assignments(cast) == [("ben", day, due, "manual", day), ("bob", day, due, "manual", day)]
    with tenant_scope(cast.acme.pk):
        event = AuditEvent.objects.get()
        assert (event.action, event.details["people"]) == ("courses.people.assigned", 2)
    again = client.post(address(cast.fire), {"usernames": "bob"}, follow=True)
    assert "These people have the course already." in words(again)


def test_unknown_usernames_are_named_and_nobody_is_assigned(cast: Cast, client_for: SignIn) -> None:
    response = client_for(cast.adam).post(address(cast.fire), {"usernames": "bob\nnobody\nzoe"})

    assert (response.status_code, response.context["form"].errors["usernames"]) == (
        422,
        ["No active person with these usernames among the people you manage: “nobody”, “zoe”."],
    )
    assert client_for(cast.adam).post(address(cast.fire), {"usernames": " "}).status_code == 422
    assert assignments(cast) == []


def test_S24_made_up_numbers_choose_nobody(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    for number in ("\u00b2", str(10**30), str(cast.zoe.pk)):
        assert client.post(address(cast.fire), {"people": [number]}).status_code == 422, number
        team = reverse("team_add_courses", args=[cast.ward_a.pk])
        assert client.post(team, {"courses": [number]}).status_code == 422, number
    assert assignments(cast) == []


def test_L92_E60_a_past_fixed_date_asks_first_and_send_tells_at_once(cast: Cast, client_for: SignIn) -> None:
    past = today(cast.acme) - dt.timedelta(days=3)
    set_terms(cast, due_on=past)
    client = client_for(cast.adam)
    page = client.post(address(cast.fire), {"usernames": "bob\nben"})

    assert "2 people are overdue at once, because the due date has passed." in words(page)
    assert assignments(cast) == []
    carried = {"people": [value for _, value in page.context["carried"]], "step": "assign"}
    assert client.post(address(cast.fire), carried).status_code == 422
    assert client.post(address(cast.fire), carried | {"messages": "send"}).status_code == 302
    assert [due for _, _, due, *_ in assignments(cast)] == [past, past]
    assert mails(cast) == [("ben@acme.example", "overdue"), ("bob@acme.example", "overdue")]


def test_L92_do_not_send_settles_the_day(cast: Cast, client_for: SignIn) -> None:
    set_terms(cast, due_on=today(cast.acme) - dt.timedelta(days=3))
    client_for(cast.adam).post(address(cast.fire), {"people": [cast.bob.pk], "step": "assign", "messages": "suppress"})

    assert [settled for *_, settled in assignments(cast)] == [today(cast.acme)]
    assert mails(cast) == []


def test_E72_course_assigned_is_sent_only_where_it_is_switched_on(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    client.post(address(cast.fire), {"usernames": "carl"})
    with tenant_scope(cast.acme.pk):
        MessageSwitch.objects.create(tenant=cast.acme, kind="course_assigned", is_on=True)
    page = client.post(address(cast.fire), {"usernames": "bob"})
    assert '<td class="main">Course assigned</td> <td class="num" data-label="Messages">1</td>' in words(page)
    client.post(address(cast.fire), {"people": [cast.bob.pk], "step": "assign", "messages": "send"})

    assert mails(cast) == [("bob@acme.example", "course_assigned")]


def test_L55_who_has_completed_gets_no_due_date_and_no_message(cast: Cast, client_for: SignIn) -> None:
    set_terms(cast, due_on=today(cast.acme) - dt.timedelta(days=3))
    with tenant_scope(cast.acme.pk):
        CourseResult.objects.create(
            tenant=cast.acme,
            person=cast.bob,
            course=cast.fire,
            status=Status.COMPLETED,
            completed_on=dt.date(2024, 1, 1),
            updated_at=timezone.now(),
        )
    assert client_for(cast.adam).post(address(cast.fire), {"usernames": "bob"}).status_code == 302
    assert [due for _, _, due, *_ in assignments(cast)] == [None]


def test_an_assignment_by_hand_is_taken_back_until_it_is_started(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    client.post(address(cast.fire), {"usernames": "bob\nben"})
    with tenant_scope(cast.acme.pk):
        CourseResult.objects.create(
            tenant=cast.acme,
            person=cast.ben,
            course=cast.fire,
            status=Status.IN_PROGRESS,
            percent=10,
            updated_at=timezone.now(),
        )
    for person in (cast.bob, cast.ben):
        client.post(reverse("course_unassign", args=[cast.fire.pk, person.pk]))

    assert [username for username, *_ in assignments(cast)] == ["ben"]


def test_L92_a_team_gets_courses_after_the_numbers_were_shown(cast: Cast, client_for: SignIn) -> None:
    past = today(cast.acme) - dt.timedelta(days=3)
    set_terms(cast, due_on=past)
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.ben.pk).update(email="")
    client = client_for(cast.adam)
    choose = reverse("team_add_courses", args=[cast.ward_a.pk])
    page = client.post(choose, {"courses": [cast.fire.pk]})

    assert "2 people get something new." in words(page)
    assert '<td class="main">Overdue</td> <td class="num" data-label="Messages">2</td>' in words(page)
    assert 'data-label="By e-mail">1</td> <td class="num" data-label="Only in Rollbook">1</td>' in words(page)
    with tenant_scope(cast.acme.pk):
        assert TeamCourse.objects.filter(course=cast.fire).count() == 0
    assert client.post(choose, {"courses": [cast.fire.pk], "step": "assign"}).status_code == 422
    done = client.post(choose, {"courses": [cast.fire.pk], "step": "assign", "messages": "send"})
    assert done.headers["Location"] == reverse("team", args=[cast.ward_a.pk])
    day = today(cast.acme)
    assert assignments(cast) == [("ben", day, past, "team", day), ("bob", day, past, "team", day)]
    assert mails(cast) == [("bob@acme.example", "overdue")]


def test_the_people_of_a_course_lead_to_the_page_for_those_who_may(cast: Cast, client_for: SignIn) -> None:
    people = reverse("course_people", args=[cast.safe.pk])

    assert address(cast.safe) in words(client_for(cast.adam).get(people))
    assert address(cast.safe) not in words(client_for(cast.lea).get(people))


def test_L03_S25_nobody_out_of_reach_is_assigned(cast: Cast, client_for: SignIn) -> None:
    assert client_for(cast.adam).get(address(cast.fire)).status_code == 200
    assert client_for(cast.lea).get(address(cast.safe)).status_code == 403
    assert client_for(cast.charlie).get(address(cast.fire)).status_code == 404
    foreign = client_for(cast.adam).post(address(cast.fire), {"people": [cast.zoe.pk]})
    assert (foreign.status_code, assignments(cast)) == (422, [])
    assert client_for(cast.adam).get(address(cast.old)).status_code == 404, "archived"


def test_a_constant_number_of_queries(cast: Cast, client_for: SignIn, django_assert_max_num_queries: Any) -> None:
    client = client_for(cast.adam)
    with django_assert_max_num_queries(30):
        client.post(address(cast.fire), {"usernames": "bob\nben\ncarl\nlea\nadam"})
    assert len(assignments(cast)) == 5
