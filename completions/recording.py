"""Writes completions: the one way by which imports and people record them. Set statements only, in the caller's transaction.

The rows go by COPY into a temporary table of the session; every statement reads from there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, connection
from django.db.backends.utils import CursorWrapper
from psycopg.errors import UniqueViolation

from completions.kinds import OBLIGATIONS
from completions.planning import Action, Facts
from lms.imports.importer import ConcurrentChange, Plan, RowFacts
from lms.notifications.messages import withdraw_items

_PREPARE: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS completions_new (
    row_no int, person_id bigint, course_id bigint, day date, score numeric, note text, date_text text,
    creates boolean, becomes_current boolean, assigns boolean, seen boolean, achievement_id bigint,
    status text, percent int, compliant_until date, retake_opens_on date, lapsed_on_arrival boolean, due_on date,
    result_id bigint, before_status text, before_percent int, before_day date, before_achievement_id bigint,
    before_compliant_until date, before_retake_opens_on date, before_lapsed_on_arrival boolean,
    before_messages_suppressed_through date
) ON COMMIT DELETE ROWS;
TRUNCATE completions_new
"""
_COPY: Final = """
COPY completions_new (row_no, person_id, course_id, day, score, note, date_text, creates, becomes_current, assigns, seen,
                      achievement_id, status, percent, compliant_until, retake_opens_on, lapsed_on_arrival, due_on,
                      result_id, before_status, before_percent, before_day, before_achievement_id,
                      before_compliant_until, before_retake_opens_on, before_lapsed_on_arrival,
                      before_messages_suppressed_through)
FROM STDIN
"""
# Ids are taken before, so that nothing has to be read back and joined.
_TAKE_IDS: Final = """
SELECT nextval(pg_get_serial_sequence('completions_achievement', 'id')) FROM generate_series(1, %s)
"""
_ADD_COMPLETIONS: Final = """
INSERT INTO completions_achievement (id, tenant_id, person_id, course_id, completed_on, compliant_until, due_on, score,
                                     note, date_text, row_no, origin, batch_id, recorded_by_id, recorded_at)
SELECT achievement_id, %(tenant)s, person_id, course_id, day, compliant_until, due_on, score, note, date_text,
       CASE WHEN %(batch)s::bigint IS NOT NULL THEN row_no END, %(origin)s, %(batch)s, %(actor)s, %(now)s
FROM completions_new WHERE creates
ORDER BY person_id, course_id, day
"""
_ADD_RESULTS: Final = """
INSERT INTO completions_courseresult (tenant_id, person_id, course_id, status, percent, completed_on, achievement_id,
                                      compliant_until, retake_opens_on, lapsed_on_arrival,
                                      messages_suppressed_through, updated_at)
SELECT %(tenant)s, person_id, course_id, status, percent, day, achievement_id, compliant_until, retake_opens_on,
       lapsed_on_arrival, %(today)s, %(now)s
FROM completions_new WHERE becomes_current AND result_id IS NULL
ORDER BY person_id, course_id
"""
_CHANGE_RESULTS: Final = """
UPDATE completions_courseresult result
SET status = new.status, percent = new.percent, completed_on = new.day, achievement_id = new.achievement_id,
    compliant_until = new.compliant_until, retake_opens_on = new.retake_opens_on,
    lapsed_on_arrival = new.lapsed_on_arrival, messages_suppressed_through = %(today)s, updated_at = %(now)s
FROM completions_new new
WHERE new.becomes_current AND result.id = new.result_id
"""
_ADD_LINKS: Final = """
INSERT INTO completions_resultchange (
    tenant_id, person_id, course_id, batch_id, row_no, actor_id, reason, changed_at,
    before_status, before_percent, before_completed_on, before_achievement_id,
    before_compliant_until, before_retake_opens_on, before_lapsed_on_arrival, before_messages_suppressed_through,
    after_status, after_percent, after_completed_on, after_achievement_id,
    after_compliant_until, after_retake_opens_on, after_lapsed_on_arrival, after_messages_suppressed_through)
SELECT %(tenant)s, person_id, course_id, %(batch)s, CASE WHEN %(batch)s::bigint IS NOT NULL THEN row_no END, %(actor)s,
       %(reason)s, %(now)s, before_status, before_percent, before_day, before_achievement_id,
       before_compliant_until, before_retake_opens_on, before_lapsed_on_arrival, before_messages_suppressed_through,
       status, percent, day, achievement_id, compliant_until, retake_opens_on, lapsed_on_arrival, %(today)s
FROM completions_new WHERE becomes_current
ORDER BY person_id, course_id
"""
_ASSIGN: Final = """
INSERT INTO courses_courseassignment (tenant_id, person_id, course_id, assigned_on, origin, batch_id,
                                      messages_suppressed_through)
SELECT %(tenant)s, person_id, course_id, least(min(day), %(today)s), %(origin)s, %(batch)s, %(today)s
FROM completions_new WHERE assigns
GROUP BY person_id, course_id
ORDER BY person_id, course_id
"""
# A completion takes the due date away (L-55).
_REMOVE_DUE_DATES: Final = """
UPDATE courses_courseassignment assignment SET due_on = NULL
FROM completions_new new
WHERE new.becomes_current AND new.due_on IS NOT NULL AND assignment.tenant_id = %(tenant)s
  AND assignment.person_id = new.person_id AND assignment.course_id = new.course_id
"""
_NOTE_SIGHTINGS: Final = """
INSERT INTO completions_sighting (tenant_id, achievement_id, batch_id, row_no)
SELECT DISTINCT ON (achievement_id) %(tenant)s, achievement_id, %(batch)s, row_no
FROM completions_new WHERE seen
ORDER BY achievement_id, row_no
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where completions come from: the import, or the person who enters them by hand (`batch_id` None)."""

    tenant_id: int
    origin: str
    batch_id: int | None
    actor_id: int
    today: date
    now: datetime
    reason: str = ""

    def as_parameters(self) -> dict[str, Any]:
        """Return the parameters every statement of this module shares."""
        return {
            "tenant": self.tenant_id,
            "origin": str(self.origin),
            "batch": self.batch_id,
            "actor": self.actor_id,
            "today": self.today,
            "now": self.now,
            "reason": self.reason,
        }


def record_completions(rows: Sequence[RowFacts], plans: Sequence[Plan], *, facts: Facts, source: Source) -> int:
    """Write what the plans say: completions, current results with their links, assignments, sightings (L-31, L-36 to L-47).

    Reminders about the same that wait to be sent are withdrawn (U3); jobs tell nothing dated up to today (E-71).

    `rows` and `plans` go together; `facts` are the locked facts the plans were made from. Returns the number of
    completions created. Commits nothing itself. Raises ConcurrentChange where the facts no longer hold; the transaction
    is lost then.
    """
    planned = [(row, plan.action) for row, plan in zip(rows, plans, strict=True) if isinstance(plan.action, Action)]
    actions = [action for _, action in planned]
    creates = sum(action.creates for action in actions)
    current = [
        facts.results.get((row.person_id, row.item_id or 0)) for row, action in planned if action.becomes_current
    ]
    parameters = source.as_parameters()
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_IDS, [creates])
        ids = (row[0] for row in cursor.fetchall())
        cursor.execute(_PREPARE)
        with cursor.copy(_COPY) as copy:
            for values in _lines(planned, facts=facts, ids=ids):
                copy.write_row(values)
        if creates:
            _add(cursor, _ADD_COMPLETIONS, parameters)
        if source.batch_id is not None and any(action.seen is not None for action in actions):
            cursor.execute(_NOTE_SIGHTINGS, parameters)
        if None in current:
            _add(cursor, _ADD_RESULTS, parameters)
        if any(result is not None for result in current):
            cursor.execute(_CHANGE_RESULTS, parameters)
        if current:
            cursor.execute(_ADD_LINKS, parameters)
        if any(action.answers_due is not None for action in actions):
            cursor.execute(_REMOVE_DUE_DATES, parameters)
        if any(action.assigns for action in actions):
            _add(cursor, _ASSIGN, parameters)
    withdraw_items(
        [(row.person_id, row.item_id or 0) for row, action in planned if action.becomes_current],
        kinds=OBLIGATIONS,
        name="course_id",
        batch_id=source.batch_id,
    )
    return creates


def _lines(
    planned: Sequence[tuple[RowFacts, Action]], *, facts: Facts, ids: Iterator[int]
) -> Iterator[tuple[Any, ...]]:
    for row, action in planned:
        current = facts.results.get((row.person_id, row.item_id or 0)) if action.becomes_current else None
        before = (
            (
                current.id, current.status, current.percent, current.completed_on, current.achievement_id,
                current.compliant_until, current.retake_opens_on, current.lapsed_on_arrival,
                current.messages_suppressed_through,
            )
            if current
            else (None, "", 0, None, None, None, None, False, None)
        )  # fmt: skip
        values = row.values
        yield (
            row.row_no, row.person_id, row.item_id, row.day, values.get("score"), values.get("note", ""),
            values.get("date_text", ""), action.creates, action.becomes_current, action.assigns,
            action.seen is not None, next(ids) if action.creates else action.seen,
            "not_started" if action.opens_retake else "completed", 0 if action.opens_retake else 100,
            action.compliant_until, action.retake_opens_on, action.lapsed_on_arrival, action.answers_due, *before,
        )  # fmt: skip


def _add(cursor: CursorWrapper, statement: str, parameters: dict[str, Any]) -> None:
    """Insert rows that the facts say are not there; ON CONFLICT would look every one up in every unique index first."""
    try:
        cursor.execute(statement, parameters)
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            message = "somebody recorded the same meanwhile"
            raise ConcurrentChange(message) from error
        raise
