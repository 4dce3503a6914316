"""How people stand in a course, for its list of people. Public: `Standing`, `load_standings`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from completions.models import CourseResult, Status
from lms.courses.models import Course, CourseAssignment
from lms.people.models import User


@dataclass(frozen=True, slots=True)
class Standing:
    """How one person stands in a course."""

    person: User
    status: str
    label: str
    percent: int
    completed_on: date | None
    assigned_on: date | None


def load_standings(people: Sequence[User], *, course: Course) -> list[Standing]:
    """Return how these people stand in a course, in their order; two queries."""
    ids = [person.pk for person in people]
    results = {result.person_id: result for result in CourseResult.objects.filter(course=course, person_id__in=ids)}
    assigned = dict(
        CourseAssignment.objects.filter(course=course, person_id__in=ids).values_list("person_id", "assigned_on")
    )
    standings = []
    for person in people:
        result = results.get(person.pk)
        status = Status(result.status if result else Status.NOT_STARTED)
        standings.append(
            Standing(
                person=person,
                status=status.value,
                label=str(status.label),
                percent=result.percent if result else 0,
                completed_on=result.completed_on if result else None,
                assigned_on=assigned.get(person.pk),
            )
        )
    return standings
