"""What assigning courses would do, counted before (L-92)."""

import datetime as dt

from completions.assigning import preview_assignment
from lms.courses.models import Course
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast


def test_L92_courses_of_one_name_are_listed_each_with_its_due_date(cast: Cast) -> None:
    day = dt.date(2026, 3, 15)
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk__in=[cast.safe.pk, cast.fire.pk]).update(name="Fire Safety")
        Course.objects.filter(pk=cast.fire.pk).update(due_on=day)
        found = preview_assignment([], courses=[cast.safe, cast.fire], on=day)
    assert sorted(found.dues, key=str) == [("Fire Safety", None), ("Fire Safety", day)]
