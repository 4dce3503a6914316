"""Writes offline records: the one way by which imports and people record them (S-23, S-31).

Set statements, in the open transaction: the rows go by COPY into a temporary table of the session, from which the
statement reads. Public: `Source`, `record_offline`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, connection
from psycopg.errors import UniqueViolation

from lms.core.json_text import encode_json
from lms.imports.importer import ConcurrentChange, Plan, RowFacts
from lms.notifications.messages import withdraw_items
from offline_records.kinds import OFFLINE_RECORD_EXPIRES
from offline_records.planning import Facts, Recording
from offline_records.terms import ActivityTerms

_PREPARE: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS offline_records_new (
    row_no int, person_id bigint, day date, result text, score numeric, hours numeric, cpd_points numeric,
    provider text, location text, certificate_number text, notes text, expires_on date, is_expiry_stated boolean,
    custom jsonb, date_text text
) ON COMMIT DELETE ROWS;
TRUNCATE offline_records_new
"""
_COPY: Final = """
COPY offline_records_new (row_no, person_id, day, result, score, hours, cpd_points, provider, location,
                          certificate_number, notes, expires_on, is_expiry_stated, custom, date_text)
FROM STDIN
"""
_ADD: Final = """
INSERT INTO offline_records_offlinerecord (
    tenant_id, person_id, activity_id, completed_on, result, score, hours, cpd_points, provider, location,
    certificate_number, notes, expires_on, is_expiry_stated, custom, origin, batch_id, row_no, date_text,
    recorded_by_id, recorded_at, messages_suppressed_through)
SELECT %(tenant)s, person_id, %(activity)s, day, result, score, hours, cpd_points, provider, location,
       certificate_number, notes, expires_on, is_expiry_stated, custom, %(origin)s, %(batch)s,
       CASE WHEN %(batch)s::bigint IS NOT NULL THEN row_no END, date_text, %(actor)s, %(now)s, %(today)s
FROM offline_records_new
ORDER BY person_id, day
"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where records come from: the import, or the person who enters them by hand (`batch_id` None)."""

    tenant_id: int
    origin: str
    batch_id: int | None
    actor_id: int
    today: date
    now: datetime


def record_offline(rows: Sequence[RowFacts], plans: Sequence[Plan], *, facts: Facts, source: Source) -> int:
    """Write the records that the plans say; return how many (S-23, S-31, S-45). Jobs tell nothing dated up to today (E-71).

    Warnings that wait to be sent are withdrawn where a new record is valid for longer.

    `rows` and `plans` go together; `facts` are the locked facts the plans were made from. Commits nothing itself.
    Raises ConcurrentChange where somebody recorded the same person, activity and day meanwhile; the transaction is lost
    then.
    """
    planned = [(row, plan.action) for row, plan in zip(rows, plans, strict=True) if isinstance(plan.action, Recording)]
    if not planned:
        return 0
    parameters: dict[str, Any] = {
        "tenant": source.tenant_id,
        "activity": facts.terms.activity_id,
        "origin": str(source.origin),
        "batch": source.batch_id,
        "actor": source.actor_id,
        "now": source.now,
        "today": source.today,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PREPARE)
        with cursor.copy(_COPY) as copy:
            for values in _lines(planned, terms=facts.terms):
                copy.write_row(values)
        try:
            cursor.execute(_ADD, parameters)
        except IntegrityError as error:
            if isinstance(error.__cause__, UniqueViolation):
                message = "somebody recorded the same meanwhile"
                raise ConcurrentChange(message) from error
            raise
    withdraw_items(
        [(row.person_id, facts.terms.activity_id) for row, recording in planned if recording.lasts_longest],
        kinds=[OFFLINE_RECORD_EXPIRES],
        name="activity_id",
        batch_id=source.batch_id,
    )
    return len(planned)


def _lines(planned: Sequence[tuple[RowFacts, Recording]], *, terms: ActivityTerms) -> Iterator[tuple[Any, ...]]:
    for row, recording in planned:
        values = row.values
        yield (
            row.row_no,
            row.person_id,
            row.day,
            values.get("result", ""),
            values.get("score"),
            values.get("hours"),
            values.get("cpd_points"),
            values.get("provider") or terms.provider,
            values.get("location") or terms.location,
            values.get("certificate_number", ""),
            values.get("notes", ""),
            recording.expires_on,
            recording.is_expiry_stated,
            encode_json(collect_custom(values, terms=terms)),
            values.get("date_text", ""),
        )


def collect_custom(values: Mapping[str, Any], *, terms: ActivityTerms) -> dict[str, str]:
    """Return what a record keeps of its custom fields: id as text -> value as text; what is empty is absent."""
    return {str(custom.id): values[custom.key] for custom in terms.custom if values.get(custom.key)}
