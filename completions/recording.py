"""Writes completions: the one way by which imports and people record them. Set statements only, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from completions.rules import Action, Facts
from lms.imports.importer import ConcurrentChange, Plan, RowFacts

_ADD_COMPLETIONS = """
INSERT INTO completions_achievement (tenant_id, person_id, course_id, completed_on, score, note, date_text, row_no,
                                     origin, batch_id, recorded_by_id, recorded_at)
SELECT %(tenant)s, person_id, course_id, day, score, note, date_text, row_no,
       %(origin)s, %(batch)s, %(actor)s, %(now)s
FROM unnest(%(people)s::bigint[], %(courses)s::bigint[], %(days)s::date[], %(scores)s::numeric[], %(notes)s::text[],
            %(texts)s::text[], %(rows)s::int[])
     AS new(person_id, course_id, day, score, note, date_text, row_no)
ORDER BY person_id, course_id, day
ON CONFLICT DO NOTHING
RETURNING id, person_id, course_id, completed_on
"""
_ADD_RESULTS = """
INSERT INTO completions_courseresult (tenant_id, person_id, course_id, status, percent, completed_on, achievement_id,
                                      updated_at)
SELECT %(tenant)s, person_id, course_id, 'completed', 100, day, achievement_id, %(now)s
FROM unnest(%(people)s::bigint[], %(courses)s::bigint[], %(days)s::date[], %(achievements)s::bigint[])
     AS new(person_id, course_id, day, achievement_id)
ORDER BY person_id, course_id
ON CONFLICT DO NOTHING
"""
_CHANGE_RESULTS = """
UPDATE completions_courseresult result
SET status = 'completed', percent = 100, completed_on = new.day, achievement_id = new.achievement_id,
    updated_at = %(now)s
FROM unnest(%(ids)s::bigint[], %(days)s::date[], %(achievements)s::bigint[]) AS new(id, day, achievement_id)
WHERE result.id = new.id
"""
_ADD_LINKS = """
INSERT INTO completions_resultchange (
    tenant_id, person_id, course_id, batch_id, row_no, actor_id, reason, changed_at,
    before_status, before_percent, before_completed_on, before_achievement_id,
    after_status, after_percent, after_completed_on, after_achievement_id)
SELECT %(tenant)s, person_id, course_id, %(batch)s, row_no, %(actor)s, %(reason)s, %(now)s,
       before_status, before_percent, before_day, before_achievement, 'completed', 100, day, achievement_id
FROM unnest(%(people)s::bigint[], %(courses)s::bigint[], %(rows)s::int[], %(before_statuses)s::text[],
            %(before_percents)s::int[], %(before_days)s::date[], %(before_achievements)s::bigint[], %(days)s::date[],
            %(achievements)s::bigint[])
     AS new(person_id, course_id, row_no, before_status, before_percent, before_day, before_achievement, day,
            achievement_id)
ORDER BY person_id, course_id
"""
_ASSIGN = """
INSERT INTO courses_courseassignment (tenant_id, person_id, course_id, assigned_on, origin, batch_id)
SELECT %(tenant)s, person_id, course_id, least(min(day), %(today)s), %(origin)s, %(batch)s
FROM unnest(%(people)s::bigint[], %(courses)s::bigint[], %(days)s::date[]) AS new(person_id, course_id, day)
GROUP BY person_id, course_id
ORDER BY person_id, course_id
ON CONFLICT DO NOTHING
"""
_NOTE_SIGHTINGS = """
INSERT INTO completions_sighting (tenant_id, achievement_id, batch_id, row_no)
SELECT DISTINCT ON (achievement_id) %(tenant)s, achievement_id, %(batch)s, row_no
FROM unnest(%(achievements)s::bigint[], %(rows)s::int[]) AS new(achievement_id, row_no)
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
            "origin": self.origin,
            "batch": self.batch_id,
            "actor": self.actor_id,
            "today": self.today,
            "now": self.now,
            "reason": self.reason,
        }


def record_completions(
    rows: Sequence[RowFacts], plans: Sequence[Plan], *, facts: Facts, source: Source
) -> dict[int, int]:
    """Write what the plans say: completions, current results with their links, assignments, sightings (L-31, L-36 to L-41).

    `rows` and `plans` go together; `facts` are the locked facts the plans were made from. Returns row number -> id of
    the completion created. Commits nothing itself. Raises ConcurrentChange where the facts no longer hold.
    """
    planned = [(row, plan.action) for row, plan in zip(rows, plans, strict=True) if isinstance(plan.action, Action)]
    created = _add_completions([row for row, action in planned if action.creates], source=source)
    if source.batch_id is not None:
        _note_sightings([(row, action.seen) for row, action in planned if action.seen is not None], source=source)
    _make_current(
        [
            (row, action.seen if action.seen is not None else created[row.row_no])
            for row, action in planned
            if action.becomes_current
        ],
        facts=facts,
        source=source,
    )
    _assign([row for row, action in planned if action.assigns], source=source)
    return created


def _add_completions(rows: Sequence[RowFacts], *, source: Source) -> dict[int, int]:
    if not rows:
        return {}
    parameters = source.as_parameters() | {
        "people": [row.person_id for row in rows],
        "courses": [row.item_id for row in rows],
        "days": [row.day for row in rows],
        "scores": [row.values.get("score") for row in rows],
        "notes": [row.values.get("note", "") for row in rows],
        "texts": [row.values.get("date_text", "") for row in rows],
        "rows": [row.row_no if source.batch_id is not None else None for row in rows],
    }
    with connection.cursor() as cursor:
        cursor.execute(_ADD_COMPLETIONS, parameters)
        ids = {(person, course, day): pk for pk, person, course, day in cursor.fetchall()}
    if len(ids) != len(rows):
        message = "somebody recorded the same completion meanwhile"
        raise ConcurrentChange(message)
    return {row.row_no: ids[row.person_id, row.item_id or 0, row.day] for row in rows}


def _make_current(shown: Sequence[tuple[RowFacts, int]], *, facts: Facts, source: Source) -> None:
    if not shown:
        return
    shared = source.as_parameters()
    currents = [facts.results.get((row.person_id, row.item_id or 0)) for row, _ in shown]
    new = [(row, pk) for (row, pk), current in zip(shown, currents, strict=True) if current is None]
    changed = [
        (current.id, row.day, pk) for (row, pk), current in zip(shown, currents, strict=True) if current is not None
    ]
    with connection.cursor() as cursor:
        if new:
            cursor.execute(
                _ADD_RESULTS,
                shared
                | {
                    "people": [row.person_id for row, _ in new],
                    "courses": [row.item_id for row, _ in new],
                    "days": [row.day for row, _ in new],
                    "achievements": [pk for _, pk in new],
                },
            )
            if cursor.rowcount != len(new):
                message = "somebody made a current result meanwhile"
                raise ConcurrentChange(message)
        if changed:
            cursor.execute(
                _CHANGE_RESULTS,
                shared
                | {
                    "ids": [pk for pk, _, _ in changed],
                    "days": [day for _, day, _ in changed],
                    "achievements": [pk for _, _, pk in changed],
                },
            )
        cursor.execute(
            _ADD_LINKS,
            shared
            | {
                "people": [row.person_id for row, _ in shown],
                "courses": [row.item_id for row, _ in shown],
                "rows": [row.row_no if source.batch_id is not None else None for row, _ in shown],
                "before_statuses": [current.status if current else "" for current in currents],
                "before_percents": [current.percent if current else 0 for current in currents],
                "before_days": [current.completed_on if current else None for current in currents],
                "before_achievements": [current.achievement_id if current else None for current in currents],
                "days": [row.day for row, _ in shown],
                "achievements": [pk for _, pk in shown],
            },
        )


def _assign(rows: Sequence[RowFacts], *, source: Source) -> None:
    if not rows:
        return
    parameters = source.as_parameters() | {
        "people": [row.person_id for row in rows],
        "courses": [row.item_id for row in rows],
        "days": [row.day for row in rows],
    }
    with connection.cursor() as cursor:
        cursor.execute(_ASSIGN, parameters)


def _note_sightings(seen: Sequence[tuple[RowFacts, int]], *, source: Source) -> None:
    if not seen:
        return
    parameters = source.as_parameters() | {
        "achievements": [pk for _, pk in seen],
        "rows": [row.row_no for row, _ in seen],
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_SIGHTINGS, parameters)
