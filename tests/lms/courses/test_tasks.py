"""The job that makes up for missed assignments."""

from lms.courses.models import CourseAssignment
from lms.courses.tasks import expand_teams
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast


def test_team_courses_are_assigned_in_every_tenant_once(cast: Cast) -> None:
    expand_teams()
    expand_teams()

    with tenant_scope(cast.acme.pk):
        assert sorted(CourseAssignment.objects.values_list("person__username", flat=True)) == ["ben", "bob"]
    with tenant_scope(cast.zebra.pk):
        assert CourseAssignment.objects.count() == 0
