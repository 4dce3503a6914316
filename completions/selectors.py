"""Reads of completions: facts for the rules, current results, the Record of Learning."""

from collections.abc import Collection, Sequence
from datetime import date

from django.db import connection

from completions.kinds import BY_COURSE
from completions.models import CompletionSettings, CourseResult, Policy
from completions.planning import Assigned, CurrentResult, Facts, KnownCompletion
from completions.terms import CourseTerms
from lms.courses.models import Course, CourseAssignment
from lms.notifications.selectors import switched_on
from lms.people.models import User
from lms.people.permissions import Permission
from lms.people.selectors import reaches_everybody, visible_people

# The rows in question come by COPY, which costs a tenth of long parameter lists; the table lives in this session.
_PREPARE = """
CREATE TEMPORARY TABLE IF NOT EXISTS completions_wanted (person_id bigint, course_id bigint, day date)
ON COMMIT DELETE ROWS;
TRUNCATE completions_wanted
"""
_COPY = "COPY completions_wanted (person_id, course_id, day) FROM STDIN"
_LOCK_RESULTS = """
SELECT result.id
FROM (SELECT DISTINCT person_id, course_id FROM completions_wanted ORDER BY person_id, course_id) pair
CROSS JOIN LATERAL (
    SELECT id FROM completions_courseresult
    WHERE tenant_id = current_setting('app.tenant')::int
      AND person_id = pair.person_id AND course_id = pair.course_id
    ORDER BY id LIMIT 1 FOR UPDATE
) result
"""
# Changed settings that are being brought to the people of a course wait for whoever has read the old ones, and the other
# way round; saving them does not.
_KEEP_TERMS = """
SELECT id FROM courses_course
WHERE tenant_id = current_setting('app.tenant')::int AND id = ANY(ARRAY(SELECT DISTINCT course_id FROM completions_wanted))
ORDER BY id FOR KEY SHARE
"""
# Looked up one by one through the unique indexes: a plain join would make the planner read the whole tenant.
_FACTS = """
SELECT wanted.person_id, wanted.course_id, wanted.day, known.id, known.score, known.note,
       assigned.assigned_on, assigned.due_on, assigned.origin,
       result.id, result.status, result.percent, result.completed_on, result.achievement_id, result.compliant_until,
       result.retake_opens_on, result.lapsed_on_arrival, result.messages_suppressed_through
FROM completions_wanted wanted
LEFT JOIN LATERAL (
    SELECT id, score, note FROM completions_achievement
    WHERE tenant_id = current_setting('app.tenant')::int AND person_id = wanted.person_id
      AND course_id = wanted.course_id AND completed_on = wanted.day
    LIMIT 1
) known ON true
LEFT JOIN LATERAL (
    SELECT id, status, percent, completed_on, achievement_id, compliant_until, retake_opens_on, lapsed_on_arrival,
           messages_suppressed_through
    FROM completions_courseresult
    WHERE tenant_id = current_setting('app.tenant')::int
      AND person_id = wanted.person_id AND course_id = wanted.course_id
    LIMIT 1
) result ON true
LEFT JOIN LATERAL (
    SELECT assigned_on, due_on, origin FROM courses_courseassignment
    WHERE tenant_id = current_setting('app.tenant')::int
      AND person_id = wanted.person_id AND course_id = wanted.course_id
    LIMIT 1
) assigned ON true
"""


def default_policy() -> str:
    """Return the open tenant's default for the current completion (L-44)."""
    found = CompletionSettings.objects.values_list("default_policy", flat=True).first()
    return found or Policy.LATEST_IMPORT.value


def load_completion_facts(wanted: Sequence[tuple[int, int, date]], *, lock: bool) -> Facts:
    """Return what is recorded for these (person, course, day), in a constant number of statements.

    With `lock`, the current results are locked first, in the order person, course, and read by a later statement, so
    that they show what a predecessor committed; and changed settings are pushed before or after, never in between (L-52).
    """
    completions: dict[tuple[int, int, date], KnownCompletion] = {}
    results: dict[tuple[int, int], CurrentResult] = {}
    assigned: dict[tuple[int, int], Assigned] = {}
    with connection.cursor() as cursor:
        cursor.execute(_PREPARE)
        with cursor.copy(_COPY) as copy:
            for row in sorted(wanted):
                copy.write_row(row)
        if lock:
            cursor.execute(_KEEP_TERMS)
            cursor.execute(_LOCK_RESULTS)
        cursor.execute(_FACTS)
        for (
            person,
            course,
            day,
            known,
            score,
            note,
            assigned_on,
            due_on,
            origin,
            result,
            *standing,
        ) in cursor.fetchall():
            if known is not None:
                completions[person, course, day] = KnownCompletion(known, score, note)
            if result is not None:
                results[person, course] = CurrentResult(result, *standing)
            if assigned_on is not None:
                assigned[person, course] = Assigned(assigned_on, due_on, origin == CourseAssignment.Origin.IMPORT)
    return Facts(completions, results, assigned, load_terms({course for _, course, _ in wanted}))


def load_terms(course_ids: Collection[int]) -> dict[int, CourseTerms]:
    """Return what these courses say about compliance, due dates and messages. Two queries."""
    sends = switched_on()
    courses = Course.objects.filter(pk__in=sorted(course_ids))
    return {course.pk: read_terms(course, sends=sends) for course in courses}


def read_terms(course: Course, *, sends: frozenset[str]) -> CourseTerms:
    """Return what one course says, where the organisation sends the kinds `sends` (E-72)."""
    departs = {kind: bool(is_on) for kind, is_on in course.message_switches.items() if kind in BY_COURSE}
    on = {kind for kind, is_on in departs.items() if is_on}
    return CourseTerms(
        course_id=course.pk,
        code=course.code,
        name=course.name,
        is_active=course.is_active,
        compliant_for=course.compliant_for,
        retake_days=course.retake_days,
        due_within=course.due_within,
        due_on=course.due_on,
        remind_days_before=course.remind_days_before,
        remind_every=course.remind_every,
        remind_at_most=course.remind_at_most,
        sends=frozenset((sends - departs.keys()) | on),
    )


def may_send_to(actor: User, people: Collection[int]) -> bool:
    """Return whether the actor may send messages to all of them: a team role counts in its teams alone (L-05)."""
    if reaches_everybody(actor):
        return True
    reach = visible_people(actor, permission=Permission.SEND_MESSAGES)
    return reach.filter(pk__in=people).count() == len(set(people))


def count_current_results(actor: User) -> int:
    """Return the number of completed current results of the people the actor reaches (E-39)."""
    results = CourseResult.objects.filter(completed_on__isnull=False)
    if not reaches_everybody(actor):
        results = results.filter(person_id__in=visible_people(actor).values("pk"))
    return results.count()
