"""How people stand in a course, for its list of people (L-43). Public: `Standing`, `load_standings`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from completions.models import CourseResult, Status
from completions.rules import ComplianceStatus, standing_of
from lms.courses.models import Course, CourseAssignment
from lms.people.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one person stands in a course on one day; days are None where they do not apply."""

    person: User
    status: str
    label: str
    percent: int
    compliance: ComplianceStatus
    assigned_on: date | None
    due_on: date | None
    is_overdue: bool
    completed_on: date | None
    compliant_until: date | None
    retake_opens_on: date | None
    achievement_id: int | None  # the completion that is shown
    days_left: int | None  # until compliance ends, 0 on the last day
    days_over: int | None  # since compliance ended or the due date passed, 1 on the first day


def load_standings(people: Sequence[User], *, course: Course, day: date) -> list[Standing]:
    """Return how these people stand in a course on `day` (today, for the tenant), in their order; two queries."""
    ids = [person.pk for person in people]
    results = {result.person_id: result for result in CourseResult.objects.filter(course=course, person_id__in=ids)}
    assignments = {
        found.person_id: found for found in CourseAssignment.objects.filter(course=course, person_id__in=ids)
    }
    return [
        describe_standing(person, result=results.get(person.pk), assignment=assignments.get(person.pk), day=day)
        for person in people
    ]


def describe_standing(
    person: User, *, result: CourseResult | None, assignment: CourseAssignment | None, day: date
) -> Standing:
    """Return how somebody stands, from what is stored about them and a course."""
    status = Status(result.status if result else Status.NOT_STARTED)
    completed_on = result.completed_on if result else None
    stands = standing_of(
        today=day,
        completed_on=completed_on,
        compliant_until=result.compliant_until if result else None,
        retake_opens_on=result.retake_opens_on if result else None,
        due_on=assignment.due_on if assignment else None,
        is_reset=completed_on is not None and status != Status.COMPLETED,
    )
    return Standing(
        person=person,
        status=status.value,
        label=str(status.label),
        percent=result.percent if result else 0,
        compliance=stands.status,
        assigned_on=assignment.assigned_on if assignment else None,
        due_on=stands.due_on,
        is_overdue=stands.is_overdue,
        completed_on=completed_on,
        compliant_until=stands.compliant_until,
        retake_opens_on=stands.retake_opens_on,
        achievement_id=result.achievement_id if result else None,
        days_left=stands.days_left,
        days_over=stands.days_over,
    )
