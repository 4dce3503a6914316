"""Writes completion records: the one way by which imports and people record them. Set statements, in the open transaction.

The rows go by COPY into a temporary table of the session; every statement reads from there.
Public: `Source`, `record_certifications`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, connection
from django.db.backends.utils import CursorWrapper
from psycopg.errors import UniqueViolation

from certifications.choices import State
from certifications.kinds import OBLIGATIONS
from certifications.planning import Facts, Recording
from certifications.references import folded
from lms.imports.importer import ConcurrentChange, Plan, RowFacts
from lms.notifications.messages import withdraw_items

_PREPARE: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS certifications_new (
    row_no int, person_id bigint, certification_id bigint, day date, due_on date, date_text text, due_text text,
    creates boolean, certifies boolean, assigns boolean, seen boolean, record_id bigint,
    expires_on date, window_opens_on date, basis text, anchor_on date, steps int, active_period text,
    status_id bigint, before_state text, before_record_id bigint, before_completed_on date,
    before_window_opens_on date, before_expires_on date, before_messages_suppressed_through date
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS certifications_new_evidence (
    row_no int, person_id bigint, day date, due_on date, date_text text, due_text text, short_name text,
    short_name_key text, id_number text, id_number_key text, seen bigint
) ON COMMIT DELETE ROWS;
TRUNCATE certifications_new, certifications_new_evidence
"""
_COPY: Final = """
COPY certifications_new (row_no, person_id, certification_id, day, due_on, date_text, due_text, creates, certifies,
                         assigns, seen, record_id, expires_on, window_opens_on, basis, anchor_on, steps, active_period,
                         status_id, before_state, before_record_id, before_completed_on, before_window_opens_on,
                         before_expires_on, before_messages_suppressed_through)
FROM STDIN
"""
_COPY_EVIDENCE: Final = """
COPY certifications_new_evidence (row_no, person_id, day, due_on, date_text, due_text, short_name, short_name_key,
                                  id_number, id_number_key, seen)
FROM STDIN
"""
# Ids are taken before, so that nothing has to be read back and joined.
_TAKE_IDS: Final = """
SELECT nextval(pg_get_serial_sequence('certifications_certificationrecord', 'id')) FROM generate_series(1, %s)
"""
_ADD_RECORDS: Final = """
INSERT INTO certifications_certificationrecord (
    id, tenant_id, person_id, certification_id, completed_on, due_on, expires_on, window_opens_on, basis, anchor_on, steps,
    active_period, origin, batch_id, row_no, date_text, due_text, recorded_by_id, recorded_at)
SELECT record_id, %(tenant)s, person_id, certification_id, day, due_on, expires_on, window_opens_on, basis, anchor_on, steps,
       active_period, %(origin)s, %(batch)s, CASE WHEN %(batch)s::bigint IS NOT NULL THEN row_no END, date_text, due_text,
       %(actor)s, %(now)s
FROM certifications_new WHERE creates
ORDER BY person_id, certification_id, day
"""
_ADD_STATUSES: Final = """
INSERT INTO certifications_certificationstatus (
    tenant_id, person_id, certification_id, state, record_id, completed_on, window_opens_on, expires_on,
    messages_suppressed_through, updated_at)
SELECT %(tenant)s, person_id, certification_id, %(certified)s, record_id, day, window_opens_on, expires_on, %(today)s, %(now)s
FROM certifications_new WHERE certifies AND status_id IS NULL
ORDER BY person_id, certification_id
"""
_CHANGE_STATUSES: Final = """
UPDATE certifications_certificationstatus status
SET state = %(certified)s, record_id = new.record_id, completed_on = new.day, window_opens_on = new.window_opens_on,
    expires_on = new.expires_on, messages_suppressed_through = %(today)s, updated_at = %(now)s
FROM certifications_new new
WHERE new.certifies AND status.id = new.status_id
"""
_ADD_LINKS: Final = """
INSERT INTO certifications_statuschange (
    tenant_id, person_id, certification_id, batch_id, row_no, actor_id, reason, changed_at,
    before_state, before_record_id, before_completed_on, before_window_opens_on, before_expires_on,
    before_messages_suppressed_through,
    after_state, after_record_id, after_completed_on, after_window_opens_on, after_expires_on,
    after_messages_suppressed_through)
SELECT %(tenant)s, person_id, certification_id, %(batch)s, CASE WHEN %(batch)s::bigint IS NOT NULL THEN row_no END,
       %(actor)s, %(reason)s, %(now)s, before_state, before_record_id, before_completed_on, before_window_opens_on,
       before_expires_on, before_messages_suppressed_through,
       %(certified)s, record_id, day, window_opens_on, expires_on, %(today)s
FROM certifications_new WHERE certifies
ORDER BY person_id, certification_id
"""
_ASSIGN: Final = """
INSERT INTO certifications_certificationassignment (tenant_id, person_id, certification_id, assigned_on, origin, batch_id)
SELECT %(tenant)s, person_id, certification_id, least(min(day), %(today)s), %(origin)s, %(batch)s
FROM certifications_new WHERE assigns
GROUP BY person_id, certification_id
ORDER BY person_id, certification_id
"""
_ADD_EVIDENCE: Final = """
INSERT INTO certifications_evidence (
    tenant_id, person_id, short_name, short_name_key, id_number, id_number_key, completed_on, due_on, origin, batch_id,
    row_no, date_text, due_text, recorded_by_id, recorded_at)
SELECT %(tenant)s, person_id, short_name, short_name_key, id_number, id_number_key, day, due_on, %(origin)s, %(batch)s,
       CASE WHEN %(batch)s::bigint IS NOT NULL THEN row_no END, date_text, due_text, %(actor)s, %(now)s
FROM certifications_new_evidence WHERE seen IS NULL
ORDER BY person_id, short_name_key, id_number_key, day
"""
_NOTE_SIGHTINGS: Final = """
INSERT INTO certifications_sighting (tenant_id, record_id, evidence_id, batch_id, row_no)
SELECT * FROM (
    SELECT DISTINCT ON (record_id) %(tenant)s::int AS tenant_id, record_id, NULL::bigint AS evidence_id,
           %(batch)s::bigint AS batch_id, row_no
    FROM certifications_new WHERE seen ORDER BY record_id, row_no
) of_records
UNION ALL
SELECT * FROM (
    SELECT DISTINCT ON (seen) %(tenant)s::int, NULL::bigint, seen, %(batch)s::bigint, row_no
    FROM certifications_new_evidence WHERE seen IS NOT NULL ORDER BY seen, row_no
) of_evidence
ON CONFLICT DO NOTHING
"""

Planned = Sequence[tuple[RowFacts, Recording]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where records come from: the import, or the person who enters them by hand (`batch_id` None)."""

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
            "certified": State.CERTIFIED.value,
        }


def record_certifications(rows: Sequence[RowFacts], plans: Sequence[Plan], *, facts: Facts, source: Source) -> int:
    """Write what the plans say: records, current certifications with their links, assignments, evidence (T-27 to T-54).

    Reminders about the same that wait to be sent are withdrawn; jobs tell nothing dated up to today (E-71). An open
    window and an expiry come with the next daily run, also those that are past already (T-48).

    `rows` and `plans` go together; `facts` are the locked facts the plans were made from. Returns the number of records
    and evidence created. Commits nothing itself. Raises ConcurrentChange where the facts no longer hold; the transaction
    is lost then.
    """
    planned = [(row, plan.action) for row, plan in zip(rows, plans, strict=True) if isinstance(plan.action, Recording)]
    records = [(row, recording) for row, recording in planned if row.item_id is not None]
    evidence = [(row, recording) for row, recording in planned if row.item_id is None]
    current = [facts.statuses.get(_pair(row)) for row, recording in records if recording.certifies]
    parameters = source.as_parameters()
    creates = sum(recording.creates for _, recording in records)
    adds = sum(recording.makes_evidence for _, recording in evidence)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_IDS, [creates])
        ids = (found[0] for found in cursor.fetchall())
        cursor.execute(_PREPARE)
        with cursor.copy(_COPY) as copy:
            for values in _lines(records, facts=facts, ids=ids):
                copy.write_row(values)
        with cursor.copy(_COPY_EVIDENCE) as copy:
            for values in _evidence_lines(evidence):
                copy.write_row(values)
        if creates:
            _add(cursor, _ADD_RECORDS, parameters)
        if adds:
            _add(cursor, _ADD_EVIDENCE, parameters)
        if source.batch_id is not None and any(recording.seen is not None for _, recording in planned):
            cursor.execute(_NOTE_SIGHTINGS, parameters)
        if None in current:
            _add(cursor, _ADD_STATUSES, parameters)
        if any(status is not None for status in current):
            cursor.execute(_CHANGE_STATUSES, parameters)
        if current:
            cursor.execute(_ADD_LINKS, parameters)
        if any(recording.assigns for _, recording in records):
            _add(cursor, _ASSIGN, parameters)
    withdraw_items(
        [_pair(row) for row, recording in records if recording.certifies],
        kinds=OBLIGATIONS,
        name="certification_id",
        batch_id=source.batch_id,
    )
    return creates + adds


def _pair(row: RowFacts) -> tuple[int, int]:
    return row.person_id, row.item_id or 0


def _lines(records: Planned, *, facts: Facts, ids: Iterator[int]) -> Iterator[tuple[Any, ...]]:
    for row, recording in records:
        status = facts.statuses.get(_pair(row)) if recording.certifies else None
        before = (
            (
                status.id, status.state, status.record_id, status.completed_on, status.window_opens_on,
                status.expires_on, status.messages_suppressed_through,
            )
            if status
            else (None, "", None, None, None, None, None)
        )  # fmt: skip
        dates, values = recording.dates, row.values
        counted = (
            (dates.expires_on, dates.window_opens_on, str(dates.basis), dates.anchor_on, dates.steps)
            if dates
            else (None,) * 5
        )
        yield (
            row.row_no, row.person_id, row.item_id, row.day, recording.due_on, values.get("date_text", ""),
            values.get("due_on_text", ""), recording.creates, recording.certifies, recording.assigns,
            recording.seen is not None, next(ids) if recording.creates else recording.seen, *counted,
            recording.active_period, *before,
        )  # fmt: skip


def _evidence_lines(evidence: Planned) -> Iterator[tuple[Any, ...]]:
    for row, recording in evidence:
        values = row.values
        short_name, id_number = values.get("short_name", ""), values.get("id_number", "")
        yield (
            row.row_no, row.person_id, row.day, recording.due_on, values.get("date_text", ""),
            values.get("due_on_text", ""), short_name, folded(short_name), id_number, folded(id_number), recording.seen,
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
