"""The completions' part of the daily job: opens retakes, and tells what the days since the last run have brought.

Set statements over the dates that are stored; the rules they follow are `completions.rules` and `lms.courses.rules`, and a
property test holds them against these. Each event is told by the one run whose days it falls into, the latest of a series
only (E-72); never one that was settled with the change that caused it (`messages_suppressed_through`, E-71), nor one from
before somebody came back (E-19). Deactivated people and archived courses are left out.
"""

# ruff: noqa: S608 - statements are put together from the constants of this module alone

from collections.abc import Mapping
from typing import Any, Final

from completions.kinds import DUE_REMINDER, NON_COMPLIANT, OBLIGATIONS, OVERDUE, RETAKE_OPEN
from lms.daily.parts import DailyContext
from lms.notifications.messages import collect_messages, count_collected, write_messages
from lms.notifications.selectors import switched_on

# Who and what the rows `r` are about, in every statement.
_AROUND: Final = """
JOIN people_user u ON u.tenant_id = %(tenant)s AND u.id = r.person_id AND u.is_active
JOIN courses_course c ON c.tenant_id = %(tenant)s AND c.id = r.course_id AND c.is_active
"""
_UNSETTLED: Final = """
    AND (r.messages_suppressed_through IS NULL OR {event} > r.messages_suppressed_through)
    AND (u.active_since IS NULL OR {event} >= u.active_since)
"""
_DUE_ITEM: Final = "jsonb_build_object('course_id', c.id, 'code', c.code, 'course', c.name, 'due_on', r.due_on)"
_RESULT_ITEM: Final = (
    "jsonb_build_object('course_id', c.id, 'code', c.code, 'course', c.name, 'completed_on', r.completed_on, "
    "'compliant_until', r.compliant_until)"
)
# Days between two messages of the course's rhythm; 1 where there is only one message, to divide by.
_STEP: Final = "coalesce((extract(epoch FROM c.remind_every::interval) / 86400)::int, 1)"


def _is_on(kind: str) -> str:
    """The organisation's switch, a parameter named as the kind, unless the course departs from it."""
    return f"coalesce((c.message_switches->>'{kind}')::boolean, %({kind})s)"


# Due dates set by a change of the settings while an import was recording a completion of the same person (L-55).
_DROP_SETTLED_DUE_DATES: Final = """
UPDATE courses_courseassignment assigned SET due_on = NULL
FROM completions_courseresult r
WHERE assigned.tenant_id = %(tenant)s AND assigned.due_on IS NOT NULL AND r.tenant_id = %(tenant)s
  AND r.person_id = assigned.person_id AND r.course_id = assigned.course_id AND r.completed_on IS NOT NULL
"""
# Somebody assigned today is first told tomorrow: today's run may be over already.
_REMINDED: Final = f"""
FROM courses_courseassignment r {_AROUND}
CROSS JOIN LATERAL (SELECT r.due_on - c.remind_days_before AS first_on) series
CROSS JOIN LATERAL (
    SELECT series.first_on + {_STEP} * least(
        (%(as_of)s::date - series.first_on) / {_STEP},
        CASE WHEN c.remind_every IS NULL THEN least(c.remind_at_most, 1) ELSE c.remind_at_most END - 1
    ) AS day
) event
WHERE r.tenant_id = %(tenant)s AND r.due_on IS NOT NULL AND c.remind_days_before IS NOT NULL
  AND {_is_on(DUE_REMINDER)} AND c.remind_at_most > 0 AND series.first_on <= %(as_of)s AND event.day >= r.assigned_on
  AND greatest(event.day, r.assigned_on + 1) > %(previous)s AND greatest(event.day, r.assigned_on + 1) <= %(as_of)s
  {_UNSETTLED.format(event="event.day")}
"""
_LATE: Final = f"""
FROM courses_courseassignment r {_AROUND}
WHERE r.tenant_id = %(tenant)s AND r.due_on IS NOT NULL AND {_is_on(OVERDUE)}
  AND greatest(r.due_on, r.assigned_on) >= %(previous)s AND greatest(r.due_on, r.assigned_on) < %(as_of)s
  {_UNSETTLED.format(event="greatest(r.due_on + 1, r.assigned_on)")}
"""
_TO_OPEN: Final = f"""
FROM completions_courseresult r {_AROUND}
WHERE r.tenant_id = %(tenant)s AND r.status = 'completed' AND NOT r.lapsed_on_arrival AND r.retake_opens_on <= %(as_of)s
"""
_LAPSED: Final = f"""
FROM completions_courseresult r {_AROUND}
CROSS JOIN LATERAL (
    SELECT r.compliant_until + 1 + {_STEP} * least(
        (%(as_of)s::date - r.compliant_until - 1) / {_STEP},
        CASE WHEN c.remind_every IS NULL THEN 1 ELSE c.remind_at_most END - 1
    ) AS day
) event
WHERE r.tenant_id = %(tenant)s AND r.compliant_until < %(as_of)s AND NOT r.lapsed_on_arrival
  AND {_is_on(NON_COMPLIANT)} AND (c.remind_every IS NULL OR c.remind_at_most > 0)
  AND event.day > %(previous)s
  {_UNSETTLED.format(event="event.day")}
"""
# Whoever is opened or told something is locked, results before assignments as everywhere else, and read again by the
# statements after. So whoever records a completion meanwhile waits, and then finds the messages to take back; or we wait,
# and find the completion. An array, because a planner without statistics would compare every row with every other.
_LOCKED: Final = """
SELECT count(*) FROM (
    SELECT r.id FROM {table} r
    WHERE r.tenant_id = %(tenant)s AND r.id = ANY(ARRAY(SELECT r.id {one} UNION ALL SELECT r.id {other}))
    ORDER BY r.person_id, r.course_id FOR UPDATE OF r
) locked
"""
_LOCK_RESULTS: Final = _LOCKED.format(table="completions_courseresult", one=_TO_OPEN, other=_LAPSED)
_LOCK_ASSIGNMENTS: Final = _LOCKED.format(table="courses_courseassignment", one=_REMINDED, other=_LATE)
_TELL: Final = """
INSERT INTO notifications_new (person_id, kind, item)
SELECT r.person_id, '{kind}', {item} {whom} ORDER BY r.person_id, {by}, c.name, c.id
"""
_TELL_ALL: Final = (
    _TELL.format(kind=DUE_REMINDER, item=_DUE_ITEM, whom=_REMINDED, by="r.due_on"),
    _TELL.format(kind=OVERDUE, item=_DUE_ITEM, whom=_LATE, by="r.due_on"),
    _TELL.format(kind=NON_COMPLIANT, item=_RESULT_ITEM, whom=_LAPSED, by="r.compliant_until"),
)
_OPENED: Final = f"""
FROM opened r {_AROUND}
WHERE {_is_on(RETAKE_OPEN)} AND r.retake_opens_on > %(previous)s AND r.compliant_until >= %(as_of)s
  {_UNSETTLED.format(event="r.retake_opens_on")}
"""
_OPEN: Final = f"""
WITH opened AS (
    UPDATE completions_courseresult target SET status = 'not_started', percent = 0, updated_at = %(now)s
    FROM (SELECT r.id {_TO_OPEN}) chosen
    WHERE target.tenant_id = %(tenant)s AND target.id = chosen.id
    RETURNING target.person_id, target.course_id, target.completed_on, target.compliant_until, target.retake_opens_on,
              target.messages_suppressed_through
), told AS ({_TELL.format(kind=RETAKE_OPEN, item=_RESULT_ITEM, whom=_OPENED, by="r.compliant_until")})
SELECT count(*) FROM opened
"""


def run_completions(context: DailyContext) -> Mapping[str, int]:
    """Open retakes and write the messages of the run: one per person and kind. A constant number of statements."""
    on = switched_on()
    parameters: dict[str, Any] = {
        "tenant": context.tenant.pk,
        "as_of": context.as_of,
        "previous": context.previous,
        "now": context.now,
    } | {kind: kind in on for kind in OBLIGATIONS}
    with collect_messages() as cursor:
        cursor.execute(_LOCK_RESULTS, parameters)
        cursor.execute(_DROP_SETTLED_DUE_DATES, parameters)
        cursor.execute(_LOCK_ASSIGNMENTS, parameters)
        cursor.execute(_OPEN, parameters)
        (opened,) = cursor.fetchone()
        for statement in _TELL_ALL:
            cursor.execute(statement, parameters)
    write_messages(None, group=context.group, now=context.now)
    return {"retakes_opened": opened} | dict.fromkeys(OBLIGATIONS, 0) | count_collected()
