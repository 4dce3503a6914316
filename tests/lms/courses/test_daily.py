"""The catalogue's part of the daily job."""

import datetime as dt

from lms.courses.models import Course, CourseAssignment
from lms.daily.services import run_daily
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

TODAY = dt.date(2026, 3, 15)


def assigned(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.pk):
        return sorted(CourseAssignment.objects.values_list("person__username", flat=True))


def test_team_courses_are_assigned_once_and_in_one_organisation(cast: Cast) -> None:
    run_daily(cast.acme, as_of=TODAY)
    run_daily(cast.acme, as_of=TODAY + dt.timedelta(days=1))
    run_daily(cast.zebra, as_of=TODAY)
    assert (assigned(cast.acme), assigned(cast.zebra)) == (["ben", "bob"], [])


def test_G05_people_and_courses_that_are_away_are_left_out_until_they_come_back(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.ben.pk).update(is_active=False)
        Course.objects.filter(pk=cast.safe.pk).update(is_active=False)
    run_daily(cast.acme, as_of=TODAY)
    assert assigned(cast.acme) == []
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.safe.pk).update(is_active=True)
    run_daily(cast.acme, as_of=TODAY + dt.timedelta(days=1))
    assert assigned(cast.acme) == ["bob"]
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.ben.pk).update(is_active=True)
    run_daily(cast.acme, as_of=TODAY + dt.timedelta(days=2))
    assert assigned(cast.acme) == ["ben", "bob"]
