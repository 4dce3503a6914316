"""The people of a course and their standing."""

from collections.abc import Callable
from datetime import date

from django.test import Client

from lms.courses.models import CourseAssignment
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

SignIn = Callable[[User], Client]
HEAD = "username,course code,completion date\n"


def test_the_people_of_a_course_by_status_within_the_reach(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imports.run("completions", HEAD + "bob,SAFE-1,2024-05-01\ncarl,SAFE-1,2024-05-01\n")
    with tenant_scope(cast.acme.pk):
        CourseAssignment.objects.create(
            tenant=cast.acme, person=cast.ben, course=cast.safe, assigned_on=date(2024, 1, 1)
        )

    def listed(person: User, query: str = "") -> list[tuple[str, str]]:
        lines = client_for(person).get(f"/courses/{cast.safe.pk}/people/{query}").context["lines"]
        return [(line.person.username, line.label) for line in lines]

    assert listed(cast.adam) == [("ben", "Not started"), ("bob", "Completed"), ("carl", "Completed")]
    assert listed(cast.lea) == [("ben", "Not started"), ("bob", "Completed")]
    assert listed(cast.adam, "?status=not_started") == [("ben", "Not started")]
    assert listed(cast.adam, "?status=completed&q=carl") == [("carl", "Completed")]
    assert listed(cast.adam, "?status=in_progress") == []
