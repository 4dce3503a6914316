"""Finds the people and items of the staged rows, inside the actor's reach, by set queries (E-08, E-56, R102, R103, R105)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from lms.imports.columns import RowProblem
from lms.imports.importer import NO_ITEM, Importer, RunContext
from lms.imports.staging import iterate_distinct
from lms.people.models import User

KEY_FIELDS: Final = {"username": "username_key", "email": "email_key", "employee_id": "employee_id_key"}
MAX_PADDING: Final = 6

_CREATE: Final = """
DROP TABLE IF EXISTS imports_person, imports_item, imports_warning;
CREATE TEMPORARY TABLE imports_person (person_key text PRIMARY KEY, person_id bigint, problem jsonb);
CREATE TEMPORARY TABLE imports_item (item_key text PRIMARY KEY, item_id bigint, problem jsonb);
CREATE TEMPORARY TABLE imports_warning (item_key text PRIMARY KEY, problems jsonb NOT NULL)
"""


def match_keys(*, importer: Importer, context: RunContext, find_by: str) -> None:
    """Fill `imports_person` and `imports_item` with the id or the problem of every distinct key of the stage.

    A key of an item may have neither: its rows are fit without an item. `imports_warning` holds what the keys of the
    whole file say about each other.
    A person outside the reach is not found, in the same words as one who does not exist (L-07). Call it in a scope.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CREATE)
    reach = importer.reach(context.actor)
    for keys in iterate_distinct("person_key"):
        _store("imports_person", "person_key, person_id, problem", _match_people(keys, reach=reach, find_by=find_by))
    seen: list[str] = []
    for keys in iterate_distinct("item_key"):
        seen += keys
        found = importer.resolve_items(keys, context=context)
        rows: list[tuple[str, int | None, Any]] = []
        for key in keys:
            match = found.get(key, ("R202", "", {}))
            if match is NO_ITEM:
                rows.append((key, None, None))
            else:
                rows.append((key, match, None) if isinstance(match, int) else (key, None, match))
        _store("imports_item", "item_key, item_id, problem", rows)
    _store_warnings(importer.compare_keys(seen, context=context))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE imports_person, imports_item, imports_warning")


def _store_warnings(warnings: Mapping[str, Sequence[RowProblem]]) -> None:
    with connection.cursor() as cursor, cursor.copy("COPY imports_warning (item_key, problems) FROM STDIN") as copy:
        for key, problems in warnings.items():
            copy.write_row((key, json.dumps(problems)))


def _match_people(keys: list[str], *, reach: QuerySet[User], find_by: str) -> list[tuple[str, int | None, Any]]:
    field = KEY_FIELDS[find_by]
    found: dict[str, list[int]] = {}
    for key, person_id in reach.filter(**{f"{field}__in": _as_set(keys)}).values_list(field, "pk"):
        found.setdefault(key, []).append(person_id)
    padded = _find_padded([key for key in keys if key not in found and key.isdigit()], reach=reach, field=field)
    rows: list[tuple[str, int | None, Any]] = []
    for key in keys:
        ids = found.get(key, [])
        if len(ids) == 1:
            rows.append((key, ids[0], None))
        elif ids:
            rows.append((key, None, ("R103", "", {"n": len(ids)})))
        elif key in padded:
            rows.append((key, None, ("R105", "", {"padded": padded[key]})))
        else:
            rows.append((key, None, ("R102", "", {})))
    return rows


def _find_padded(keys: list[str], *, reach: QuerySet[User], field: str) -> dict[str, str]:
    """Return key -> the identifier with its leading zeros, where a spreadsheet seems to have dropped them (R105)."""
    candidates = {key.zfill(len(key) + zeros): key for key in keys for zeros in range(1, MAX_PADDING + 1)}
    if not candidates:
        return {}
    hits = reach.filter(**{f"{field}__in": _as_set(list(candidates))}).values_list(field, flat=True)
    return {candidates[hit]: hit for hit in sorted(hits, key=len, reverse=True)}


def _as_set(keys: list[str]) -> RawSQL:
    """Return the keys as one array parameter instead of thousands of parameters."""
    return RawSQL("SELECT unnest(%s::text[])", [keys])


def _store(table: str, columns: str, rows: list[tuple[str, int | None, Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for key, found, problem in rows:
            copy.write_row((key, found, None if problem is None else json.dumps(problem)))
