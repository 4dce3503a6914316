"""What the dashboard shows of a person's own learning. Imports have their own selectors. Public: `count_own_courses`."""

from completions.models import CourseResult, Status
from lms.courses.models import CourseAssignment
from lms.people.models import User


def count_own_courses(person: User) -> tuple[int, int]:
    """Return how many courses are assigned to the person, and how many of these are completed."""
    assigned = CourseAssignment.objects.filter(person_id=person.pk)
    done = CourseResult.objects.filter(person_id=person.pk, status=Status.COMPLETED)
    return assigned.count(), assigned.filter(course_id__in=done.values("course_id")).count()
