"""Assigning people and teams to courses: first counted, then done, with the messages that were chosen (L-53, L-92).

A worker's run later tells nothing about the day of the assignment: it was told here, or it was chosen not to (E-71).
Public: `AssignmentPreview`, `preview_assignment`, `assign_people`, `assign_team`, `withdraw_person`.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from completions.kinds import COURSE_ASSIGNED, OBLIGATIONS
from completions.selectors import load_terms
from completions.settings_changes import message_about_due
from completions.terms import CourseTerms
from lms.audit.services import record_event
from lms.courses.assignments import assign_pairs, find_unassigned, remove_assignment, settle_assignments
from lms.courses.memberships import assign_team_courses
from lms.courses.models import Course, CourseAssignment
from lms.courses.progress import Pair, find_completed
from lms.courses.rules import is_overdue
from lms.notifications.choices import KindCount, MessageChoice
from lms.notifications.messages import NewMessage, withdraw_items, write_messages
from lms.people.models import Team, User

_NAMED = 50  # in the audit history; more are a number


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentPreview:
    """What an assignment would do."""

    people: int  # who get at least one course they did not have
    overdue: int  # who are overdue at once
    dues: tuple[tuple[str, date | None], ...]  # course and due date, by name
    messages: tuple[KindCount, ...]


def preview_assignment(people: Collection[int], *, courses: Iterable[Course], on: date) -> AssignmentPreview:
    """Return what assigning these courses to these people would do. Writes nothing; a constant number of queries."""
    terms = load_terms([course.pk for course in courses])
    pairs = find_unassigned(people, list(terms))
    open_pairs = sorted(set(pairs) - find_completed(pairs))
    told: dict[str, set[int]] = defaultdict(set)
    for message in _plan_messages(open_pairs, terms=terms, on=on):
        told[message.kind].add(message.person_id)
    reached = set().union(*told.values())
    silent = set(User.objects.filter(pk__in=reached, email="").values_list("pk", flat=True))
    late = {course for course, found in terms.items() if is_overdue(found.due_date(on), today=on)}
    return AssignmentPreview(
        people=len({person for person, _ in pairs}),
        overdue=len({person for person, course in open_pairs if course in late}),
        dues=tuple((found.name, found.due_date(on)) for found in sorted(terms.values(), key=lambda one: one.name)),
        messages=tuple(
            KindCount(kind=kind, with_email=len(found - silent), without_email=len(found & silent))
            for kind, found in sorted(told.items())
        ),
    )


def assign_people(people: Collection[int], *, course: Course, actor: User, on: date, messages: str) -> int:
    """Assign a course to people by hand; return how many did not have it."""
    new = assign_pairs(find_unassigned(people, [course.pk]), today=on)
    _tell(new, on=on, messages=messages)
    details = {"people": len(new), "person_ids": [person for person, _ in new[:_NAMED]], "messages": messages}
    record_event(
        "courses.people.assigned",
        actor=actor,
        subject=course,
        subject_label=f"{course.code} {course.name}",
        details=details,
    )
    return len(new)


def assign_team(team: Team, *, course_ids: Collection[int], actor: User, on: date, messages: str) -> int:
    """Let a team take courses; return how many people get one by it."""
    new = assign_team_courses(team, course_ids=course_ids, today=on)
    _tell(new, on=on, messages=messages)
    people = len({person for person, _ in new})
    record_event(
        "courses.team.assigned",
        actor=actor,
        subject_kind="team",
        subject_id=team.pk,
        subject_label=team.name,
        details={"courses": sorted(course_ids), "people": people, "messages": messages},
    )
    return people


def withdraw_person(assignment: CourseAssignment, *, course: Course, actor: User) -> bool:
    """Take back an assignment by hand that is not started, and what is still to be mailed about it; return whether it went."""
    pair = (assignment.person_id, assignment.course_id)
    if not remove_assignment(assignment):
        return False
    withdraw_items([pair], kinds=(COURSE_ASSIGNED, *OBLIGATIONS), name="course_id")
    record_event(
        "courses.person.withdrawn",
        actor=actor,
        subject=course,
        subject_label=f"{course.code} {course.name}",
        person_id=pair[0],
    )
    return True


def _tell(new: Collection[Pair], *, on: date, messages: str) -> None:
    """Settle the day for these new assignments, and write the messages if that was chosen."""
    settle_assignments(new, through=on)
    if messages != MessageChoice.SEND or not new:
        return
    terms = load_terms({course for _, course in new})
    planned = _plan_messages(sorted(set(new) - find_completed(new)), terms=terms, on=on)
    write_messages(planned, group=f"change:{uuid.uuid4()}", now=timezone.now())


def _plan_messages(pairs: Iterable[Pair], *, terms: dict[int, CourseTerms], on: date) -> list[NewMessage]:
    """Return what people who get a course today are told: that they have it, and where they stand at once."""
    by_name = sorted(pairs, key=lambda pair: (pair[0], terms[pair[1]].name, pair[1]))
    messages = []
    for person, course in by_name:
        found = terms[course]
        due = found.due_date(on)
        kind, _occasion = message_about_due(due, assigned_on=on, terms=found, today=on)
        kinds = [COURSE_ASSIGNED] if COURSE_ASSIGNED in found.sends else []
        kinds += [kind] if kind else []
        messages += [NewMessage(person, key, found.describe(due_on=due)) for key in kinds]
    return messages
