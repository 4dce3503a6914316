"""What is done by hand to chosen people of courses: retake, reminder, reset; in bulk, counted before (L-91).

`pairs` are (person, course) that the actor reaches; who calls sees to that. Set statements in the open scope, a constant
number of them; commits nothing. The rules are `moves`. Public: `MovePreview`, `preview_move`, `apply_move`.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from completions.kinds import OBLIGATIONS
from completions.moves import Case, Move, refuse, tell
from completions.selectors import load_terms
from completions.terms import CourseTerms
from lms.audit.services import record_event
from lms.courses.due_dates import refresh_due_dates
from lms.courses.models import Course
from lms.courses.progress import Pair
from lms.notifications.choices import KindCount, MessageChoice, total_messages
from lms.notifications.messages import NewMessage, withdraw_items, write_messages
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant


@dataclass(frozen=True, slots=True)
class MovePreview:
    """To how many (person, course) a move applies, to how many not and why, and what would be sent, by kind."""

    applies: int
    refused: dict[str, int] = field(default_factory=dict)  # value of `Refusal` -> number
    messages: tuple[KindCount, ...] = ()

    @property
    def total_messages(self) -> int:
        """The number of messages of all kinds; with any, *send* or *do not send* has to be chosen (L-91)."""
        return total_messages(self.messages)


# Looked up pair by pair, as in `selectors`.
_CASES: Final = """
SELECT pair.person_id, pair.course_id, u.is_active, u.email <> '', u.active_since, result.id, result.status,
       result.completed_on, result.compliant_until, result.retake_opens_on, result.lapsed_on_arrival,
       assigned.assigned_on, assigned.due_on
FROM unnest(%(people)s::bigint[], %(courses)s::bigint[]) AS pair (person_id, course_id)
JOIN people_user u ON u.tenant_id = %(tenant)s AND u.id = pair.person_id
LEFT JOIN LATERAL (
    SELECT id, status, completed_on, compliant_until, retake_opens_on, lapsed_on_arrival
    FROM completions_courseresult
    WHERE tenant_id = %(tenant)s AND person_id = pair.person_id AND course_id = pair.course_id
    LIMIT 1
) result ON true
LEFT JOIN LATERAL (
    SELECT assigned_on, due_on FROM courses_courseassignment
    WHERE tenant_id = %(tenant)s AND person_id = pair.person_id AND course_id = pair.course_id
    LIMIT 1
) assigned ON true
ORDER BY pair.person_id, pair.course_id
"""
# In the order in which imports lock.
_LOCK: Final = """
SELECT result.id
FROM (SELECT * FROM unnest(%(people)s::bigint[], %(courses)s::bigint[]) AS chosen (person_id, course_id)
      ORDER BY person_id, course_id) pair
CROSS JOIN LATERAL (
    SELECT id FROM completions_courseresult
    WHERE tenant_id = %(tenant)s AND person_id = pair.person_id AND course_id = pair.course_id
    ORDER BY id LIMIT 1 FOR UPDATE
) result
"""
_ADD_LINKS: Final = """
INSERT INTO completions_resultchange (
    tenant_id, person_id, course_id, actor_id, reason, changed_at,
    before_status, before_percent, before_completed_on, before_achievement_id,
    before_compliant_until, before_retake_opens_on, before_lapsed_on_arrival, before_messages_suppressed_through,
    after_status, after_percent, after_completed_on, after_achievement_id,
    after_compliant_until, after_retake_opens_on, after_lapsed_on_arrival, after_messages_suppressed_through)
SELECT tenant_id, person_id, course_id, %(actor)s, %(reason)s, %(now)s,
       status, percent, completed_on, achievement_id,
       compliant_until, retake_opens_on, lapsed_on_arrival, messages_suppressed_through,
       'not_started', 0, CASE WHEN %(keeps)s THEN completed_on END, CASE WHEN %(keeps)s THEN achievement_id END,
       CASE WHEN %(keeps)s THEN compliant_until END, CASE WHEN %(keeps)s THEN retake_opens_on END, false, %(today)s
FROM completions_courseresult
WHERE tenant_id = %(tenant)s AND id = ANY(%(results)s::bigint[])
ORDER BY person_id, course_id
"""
_CHANGE_RESULTS: Final = """
UPDATE completions_courseresult
SET status = 'not_started', percent = 0, completed_on = CASE WHEN %(keeps)s THEN completed_on END,
    achievement_id = CASE WHEN %(keeps)s THEN achievement_id END,
    compliant_until = CASE WHEN %(keeps)s THEN compliant_until END,
    retake_opens_on = CASE WHEN %(keeps)s THEN retake_opens_on END,
    lapsed_on_arrival = false, messages_suppressed_through = %(today)s, updated_at = %(now)s
WHERE tenant_id = %(tenant)s AND id = ANY(%(results)s::bigint[])
"""
# A reminder is no change of the result: it leaves no link, and undoing an import may still restore the result.
_SETTLE_RESULTS: Final = """
UPDATE completions_courseresult SET messages_suppressed_through = %(today)s
WHERE tenant_id = %(tenant)s AND id = ANY(%(results)s::bigint[])
"""
_SETTLE_ASSIGNMENTS: Final = """
UPDATE courses_courseassignment assigned SET messages_suppressed_through = %(today)s
FROM unnest(%(people)s::bigint[], %(courses)s::bigint[]) AS pair (person_id, course_id)
WHERE assigned.tenant_id = %(tenant)s AND assigned.person_id = pair.person_id AND assigned.course_id = pair.course_id
"""
_ACTIONS: Final = {
    Move.RETAKE: "completions.retake.opened",
    Move.REMIND: "completions.reminder.sent",
    Move.RESET: "completions.result.reset",
}


def preview_move(move: Move, *, pairs: Collection[Pair], tenant: Tenant) -> MovePreview:
    """Count what the move would do to these (person, course) pairs, and what it would send. Writes nothing."""
    cases = _load_cases(pairs, tenant=tenant)
    chosen, refused, messages = _plan(move, cases=cases, day=today(tenant))
    return MovePreview(len(chosen), refused, _count(messages))


def apply_move(
    move: Move, *, pairs: Collection[Pair], tenant: Tenant, actor: User, reason: str, messages: str
) -> MovePreview:
    """Do to these pairs what applies to them, planned again on locked results; return what was done and sent.

    `messages` is `send` or `suppress`, and may be empty where there is nothing to send; a reminder is always sent. Later
    jobs tell nothing dated up to today. Raises ValueError without a reason, or without a choice where one is needed.
    """
    if not reason.strip():
        message = "a reason is needed"
        raise ValueError(message)
    now, day = timezone.now(), today(tenant)
    cases = _load_cases(pairs, tenant=tenant, lock=True)
    chosen, refused, planned = _plan(move, cases=cases, day=day)
    sends = move == Move.REMIND or messages == MessageChoice.SEND
    if planned and not sends and messages != MessageChoice.SUPPRESS:
        message = "send or suppress has to be chosen"
        raise ValueError(message)
    _write(move, chosen, tenant=tenant, actor=actor, reason=reason, now=now, day=day)
    if sends:
        write_messages([new for _, new in planned], group=f"change:{uuid.uuid4()}", now=now)
    done = MovePreview(len(chosen), refused, _count(planned) if sends else ())
    if chosen:
        _record(move, chosen, done=done, actor=actor, reason=reason, messages=messages)
    return done


def _load_cases(pairs: Collection[Pair], *, tenant: Tenant, lock: bool = False) -> list[Case]:
    listed = sorted(set(pairs))
    parameters: dict[str, Any] = {
        "tenant": tenant.pk,
        "people": [person for person, _ in listed],
        "courses": [course for _, course in listed],
    }
    with connection.cursor() as cursor:
        if lock:
            cursor.execute(_LOCK, parameters)
        cursor.execute(_CASES, parameters)
        return [Case(*row) for row in cursor.fetchall()]


Planned = tuple[Case, NewMessage]


def _plan(move: Move, *, cases: Sequence[Case], day: date) -> tuple[list[Case], dict[str, int], list[Planned]]:
    terms = load_terms({case.course_id for case in cases})
    chosen: list[Case] = []
    refused: Counter[str] = Counter()
    messages: list[Planned] = []
    for case in cases:
        found = terms.get(case.course_id, CourseTerms(is_active=False))
        refusal = refuse(move, case, terms=found, day=day)
        if refusal is not None:
            refused[refusal.value] += 1
            continue
        chosen.append(case)
        told = tell(move, case, terms=found, day=day)
        if told is not None and case.is_active:
            messages.append((case, NewMessage(case.person_id, told.kind, told.item)))
    return chosen, dict(refused), messages


def _count(messages: Sequence[Planned]) -> tuple[KindCount, ...]:
    people: dict[str, dict[int, bool]] = defaultdict(dict)
    for case, new in messages:
        people[new.kind][case.person_id] = case.has_email
    return tuple(
        KindCount(kind=kind, with_email=sum(told.values()), without_email=len(told) - sum(told.values()))
        for kind, told in sorted(people.items())
    )


def _write(
    move: Move, chosen: Sequence[Case], *, tenant: Tenant, actor: User, reason: str, now: datetime, day: date
) -> None:
    if not chosen:
        return
    pairs = [(case.person_id, case.course_id) for case in chosen]
    parameters: Mapping[str, Any] = {
        "tenant": tenant.pk,
        "actor": actor.pk,
        "reason": reason,
        "now": now,
        "today": day,
        "keeps": move == Move.RETAKE,
        "results": [case.result_id for case in chosen if case.result_id is not None],
        "people": [person for person, _ in pairs],
        "courses": [course for _, course in pairs],
    }
    with connection.cursor() as cursor:
        if move == Move.REMIND:
            cursor.execute(_SETTLE_RESULTS, parameters)
        else:
            cursor.execute(_ADD_LINKS, parameters)
            cursor.execute(_CHANGE_RESULTS, parameters)
        if move != Move.RETAKE:
            cursor.execute(_SETTLE_ASSIGNMENTS, parameters)
    if move == Move.RESET:
        refresh_due_dates(pairs)
        withdraw_items(pairs, kinds=OBLIGATIONS, name="course_id")


def _record(move: Move, chosen: Sequence[Case], *, done: MovePreview, actor: User, reason: str, messages: str) -> None:
    courses = sorted({case.course_id for case in chosen})
    people = {case.person_id for case in chosen}
    course = Course.objects.get(pk=courses[0]) if len(courses) == 1 else None
    record_event(
        _ACTIONS[move],
        actor=actor,
        subject=course,
        subject_label=f"{course.code} {course.name}" if course else "",
        person_id=next(iter(people)) if len(people) == 1 else None,
        details={
            "people": len(people),
            "courses": len(courses),
            "reason": reason,
            "messages": messages,
            "sent": {count.kind: count.messages for count in done.messages},
        },
    )
