"""The statements of the daily job against the pure rules: any dates, rhythms and missed days (E-71, E-72, L-56, L-58)."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from completions.daily import run_completions
from completions.kinds import DUE_REMINDER, NON_COMPLIANT, OBLIGATIONS, OVERDUE, RETAKE_OPEN
from completions.models import CourseResult
from completions.rules import ComplianceStatus, latest_reached, non_compliance_days, standing_of
from completions.selectors import load_terms
from completions.terms import CourseTerms
from lms.core.periods import Period, Unit
from lms.courses.models import Course, CourseAssignment
from lms.courses.rules import is_overdue, reminder_days
from lms.daily.parts import DailyContext
from lms.notifications.models import MessageSwitch, Notice
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

DAY: Final = dt.timedelta(days=1)
FIRST: Final = dt.date(2026, 2, 20)  # the first run; everything happens around it
Told = set[tuple[str, int, int]]  # (kind, person, course)


@dataclass(frozen=True, slots=True)
class Pair:
    """One person in one course, as stored; numbers are days from FIRST."""

    person: int
    assigned: int
    due: int | None
    status: str
    until: int | None
    retake_days: int | None
    is_lapsed_on_arrival: bool
    settled: int | None
    days_before: int | None
    every: Period | None
    at_most: int
    switches: dict[str, bool]
    is_course_active: bool


near = st.integers(-6, 9)  # narrow, so that days meet
maybe_near = st.none() | near
pairs = st.builds(
    Pair,
    person=st.integers(0, 3),
    assigned=near,
    due=maybe_near,
    status=st.sampled_from(["completed", "completed", "not_started", "in_progress"]),
    until=maybe_near,
    retake_days=st.none() | st.integers(0, 4),
    is_lapsed_on_arrival=st.sampled_from([False, False, False, True]),
    settled=st.none() | st.none() | near,
    days_before=st.none() | st.integers(0, 6),
    every=st.none() | st.builds(Period, st.integers(1, 3), st.sampled_from([Unit.DAYS, Unit.DAYS, Unit.WEEKS])),
    at_most=st.integers(0, 5),
    switches=st.dictionaries(st.sampled_from(OBLIGATIONS), st.booleans(), max_size=2),
    is_course_active=st.sampled_from([True, True, True, False]),
)


def shift(days: int | None) -> dt.date | None:
    return None if days is None else FIRST + dt.timedelta(days=days)


def write(cast: Cast, written: Sequence[Pair], *, off: Collection[str], came_back: int) -> None:
    """Replace what acme has by these pairs, each with a course of its own."""
    for model in (Notice, CourseResult, CourseAssignment, MessageSwitch):
        model.objects.all().delete()
    Course.objects.filter(code__startswith="P-").delete()
    people = [cast.bob, cast.ben, cast.carl, cast.lea]
    User.objects.filter(pk=cast.carl.pk).update(is_active=False)
    User.objects.filter(pk=cast.lea.pk).update(active_since=shift(came_back))
    MessageSwitch.objects.bulk_create(MessageSwitch(tenant=cast.acme, kind=kind, is_on=False) for kind in off)
    for number, pair in enumerate(written):
        course = Course(
            tenant=cast.acme,
            code=f"P-{number}",
            name=f"Course {number}",
            is_active=pair.is_course_active,
            retake_days=pair.retake_days,
            remind_days_before=pair.days_before,
            remind_every=pair.every,
            remind_at_most=pair.at_most,
            message_switches=pair.switches,
        )
        course.save()
        about: dict[str, Any] = {"tenant": cast.acme, "person": people[pair.person], "course": course}
        about |= {"messages_suppressed_through": shift(pair.settled)}
        assigned_on = FIRST + pair.assigned * DAY
        CourseAssignment.objects.create(**about, assigned_on=assigned_on, due_on=shift(pair.due))
        until = shift(pair.until)
        CourseResult.objects.create(
            **about,
            status=pair.status,
            percent=100 if pair.status == "completed" else 40,
            completed_on=FIRST - 400 * DAY if until else None,
            compliant_until=until,
            retake_opens_on=until - pair.retake_days * DAY if until and pair.retake_days is not None else None,
            lapsed_on_arrival=pair.is_lapsed_on_arrival,
            updated_at=timezone.now(),
        )


def expect(as_of: dt.date, *, previous: dt.date) -> tuple[Told, dict[int, tuple[str, int]]]:
    """Return who is to be told what by a run, and the statuses after it, from what is stored, by the pure rules alone."""
    told: Told = set()
    statuses = {}
    terms = load_terms(Course.objects.values_list("pk", flat=True))
    completed = set(CourseResult.objects.filter(completed_on__isnull=False).values_list("person_id", "course_id"))
    for assignment in CourseAssignment.objects.select_related("person"):
        course = terms[assignment.course_id]
        is_open = (assignment.person_id, assignment.course_id) not in completed  # else its due date is dropped (L-55)
        if course.is_active and assignment.person.is_active and is_open:
            told |= {
                (kind, assignment.person_id, course.course_id)
                for kind in (DUE_REMINDER, OVERDUE)
                if kind in course.sends and _is_due(kind, assignment, course, as_of=as_of, previous=previous)
            }
    for result in CourseResult.objects.select_related("person"):
        course = terms[result.course_id]
        statuses[result.pk] = (result.status, result.percent)
        if not (course.is_active and result.person.is_active) or result.lapsed_on_arrival:
            continue
        events: dict[str, dt.date | None] = {RETAKE_OPEN: None, NON_COMPLIANT: None}
        opens, until = result.retake_opens_on, result.compliant_until
        if result.status == "completed" and opens is not None and opens <= as_of:
            statuses[result.pk] = ("not_started", 0)
            standing = standing_of(
                today=as_of, completed_on=result.completed_on, compliant_until=until, retake_opens_on=opens
            )
            events[RETAKE_OPEN] = opens if standing.status == ComplianceStatus.RETAKE_OPEN else None
        if until is not None:
            days = non_compliance_days(until, every=course.remind_every, at_most=course.remind_at_most)
            events[NON_COMPLIANT] = latest_reached(days, today=as_of)
        told |= {
            (kind, result.person_id, course.course_id)
            for kind, day in events.items()
            if kind in course.sends and day is not None and day > previous and _is_unsettled(day, result)
        }
    return told, statuses


def _is_due(kind: str, assignment: CourseAssignment, course: CourseTerms, *, as_of: dt.date, previous: dt.date) -> bool:
    due, assigned = assignment.due_on, assignment.assigned_on
    if due is None:
        return False
    if kind == OVERDUE:
        days = [assigned + number * DAY for number in range(60)]
        events = [next(day for day in days if is_overdue(due, today=day))]  # from then on, while they have the course
    elif course.remind_days_before is None:
        return False
    else:
        events = reminder_days(
            due, days_before=course.remind_days_before, every=course.remind_every, at_most=course.remind_at_most
        )
    # What falls on the day of the assignment is told the day after: that day's run may be over.
    occasions = {max(event, assigned + DAY): event for event in events if event >= assigned}
    day = latest_reached(list(occasions), today=as_of)
    return day is not None and day > previous and _is_unsettled(occasions[day], assignment)


def _is_unsettled(event: dt.date, record: CourseAssignment | CourseResult) -> bool:
    settled, back = record.messages_suppressed_through, record.person.active_since
    return (settled is None or event > settled) and (back is None or event >= back)


def told_on(day: dt.date) -> Told:
    """Return what the notices of a run say."""
    notices = Notice.objects.filter(dedup_key__endswith=f":day:{day}")
    return {(notice.kind, notice.person_id, item["course_id"]) for notice in notices for item in notice.params["items"]}


U2 = Pair(0, -20, 10, "not_started", None, None, False, None, 7, Period.parse("2 days"), 4, {}, True)  # noqa: FBT003


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    written=st.lists(pairs, min_size=4, max_size=12),
    gaps=st.lists(st.integers(1, 4), min_size=2, max_size=4),
    off=st.sets(st.sampled_from(OBLIGATIONS), max_size=1),
    came_back=near,
)
@example(written=[U2], gaps=[3, 1, 4, 2], off=set(), came_back=0)
def test_E72_every_run_tells_and_opens_what_the_rules_say(
    cast: Cast, written: list[Pair], gaps: list[int], off: set[str], came_back: int
) -> None:
    with tenant_scope(cast.acme.pk):
        write(cast, written, off=off, came_back=came_back)
        previous = FIRST
        for gap in gaps:
            as_of = previous + gap * DAY
            expected, statuses = expect(as_of, previous=previous)
            context = DailyContext(tenant=cast.acme, as_of=as_of, previous=previous, now=timezone.now())
            counts = run_completions(context)
            assert told_on(as_of) == expected
            found = {pk: (status, percent) for pk, status, percent in _statuses()}
            assert found == statuses
            assert {kind: counts[kind] for kind in OBLIGATIONS} == {
                kind: len({person for told, person, _ in expected if told == kind}) for kind in OBLIGATIONS
            }
            previous = as_of


def _statuses() -> list[tuple[int, str, int]]:
    return list(CourseResult.objects.values_list("pk", "status", "percent"))
