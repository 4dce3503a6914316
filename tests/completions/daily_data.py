"""What the tests of the daily job need: standings written by hand, nights run one after the other, what was told."""

import datetime as dt
from typing import Any, NamedTuple

from django.utils import timezone

from completions.models import CourseResult, Status
from completions.rules import compliance_dates
from lms.core.periods import Period
from lms.courses.models import Course, CourseAssignment
from lms.courses.rules import due_date
from lms.daily.services import run_daily
from lms.notifications.models import Notice, OutboxMessage
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

TODAY = dt.date(2026, 3, 15)
REMINDING = {"remind_days_before": 7, "remind_every": Period.parse("2 days"), "remind_at_most": 4}


class Told(NamedTuple):
    """A message of a night: its kind, whom, about which courses."""

    day: str
    kind: str
    person: str
    courses: tuple[str, ...]


def day(text: str) -> dt.date:
    """Read "2026-03-15"."""
    return dt.date.fromisoformat(text)


def change_course(course: Course, **fields: Any) -> None:
    """Set fields of a course."""
    with tenant_scope(course.tenant_id):
        Course.objects.filter(pk=course.pk).update(**fields)


def complete(person: User, course: Course, on: str, **fields: Any) -> None:
    """Write a current completion with the dates that follow from the course's settings today."""
    with tenant_scope(person.tenant_id):
        settings = Course.objects.get(pk=course.pk)
        dates = compliance_dates(
            day(on), compliant_for=settings.compliant_for, retake_days=settings.retake_days
        )._asdict()
        values = {"status": Status.COMPLETED, "percent": 100, "completed_on": day(on), "updated_at": timezone.now()}
        CourseResult.objects.create(
            tenant_id=person.tenant_id, person=person, course=course, **(values | dates | fields)
        )


def assign(person: User, course: Course, on: str, **fields: Any) -> None:
    """Write an assignment with the due date that follows from the course's settings today."""
    with tenant_scope(person.tenant_id):
        settings = Course.objects.get(pk=course.pk)
        due = due_date(assigned_on=day(on), due_within=settings.due_within, due_on=settings.due_on)
        values = {"assigned_on": day(on), "due_on": due}
        CourseAssignment.objects.create(tenant_id=person.tenant_id, person=person, course=course, **(values | fields))


def run_nights(tenant: Tenant, first: str, last: str) -> None:
    """Run the job of every day from the first to the last."""
    for number in range((day(last) - day(first)).days + 1):
        assert run_daily(tenant, as_of=day(first) + dt.timedelta(days=number)) is not None


def told(tenant: Tenant) -> list[Told]:
    """Return what the nights told, in order of day; the notices, which the mails equal (people have addresses)."""
    with tenant_scope(tenant.pk):
        people = dict(User.objects.values_list("pk", "username"))
        notices, mails = (
            [
                Told(
                    message.dedup_key.rpartition("day:")[2],
                    message.kind,
                    people[person],
                    tuple(item["code"] for item in message.params["items"]),
                )
                for person, message in found
            ]
            for found in (
                [(notice.person_id, notice) for notice in Notice.objects.all()],
                [(mail.recipient_id or 0, mail) for mail in OutboxMessage.objects.all()],
            )
        )
    assert sorted(notices) == sorted(mails)
    return sorted(notices)


def status_of(person: User, course: Course) -> tuple[str, int, str]:
    """Return status, percent and the day of the current completion."""
    with tenant_scope(person.tenant_id):
        found = CourseResult.objects.get(person=person, course=course)
    return found.status, found.percent, str(found.completed_on)
