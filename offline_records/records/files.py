"""A list of offline records as a file: typed cells, the organisation's own fields as columns.

Rows are read by a cursor, some thousands at a time, without making objects of them: files are long.
Public: `iterate_file`, `list_custom_fields`, `FILE_ROWS`, `WIDTHS`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.core.exports import Cell
from lms.imports.models import ImportBatch
from lms.people.models import PeopleDomain
from offline_records.choices import KIND, Kind, Origin, Result
from offline_records.models import CustomField, OfflineActivity
from offline_records.records.lists import Selection, select_records
from offline_records.records.values import Labels
from offline_records.states import State, state_on

# More rows make no file that anybody opens; one import always fits.
FILE_ROWS: Final = 100_000
WIDTHS: Final = (28, 20, 16, 20, 20, 16, 36, 14, 12, 10, 10, 12, 24, 24, 20, 14, 14, 40)
_FETCHED: Final = 5_000
_FIELDS: Final = (
    "person__first_name", "person__last_name", "person__username", "person__employee_id", "person__domain_id",
    "activity_id", "completed_on", "result", "score", "hours", "cpd_points", "provider", "location",
    "certificate_number", "expires_on", "notes", "custom", "origin", "batch_id", "row_no", "recorded_at", "edited_at",
)  # fmt: skip


class _Row(NamedTuple):
    """One record as it is read: the values of `_FIELDS`."""

    first_name: str
    last_name: str
    username: str
    employee_id: str
    domain_id: int | None
    activity_id: int
    completed_on: date
    result: str
    score: Decimal | None
    hours: Decimal | None
    cpd_points: Decimal | None
    provider: str
    location: str
    certificate_number: str
    expires_on: date | None
    notes: str
    custom: str | dict[str, str]
    origin: str
    batch_id: int | None
    row_no: int | None
    recorded_at: datetime
    edited_at: datetime | None


def list_custom_fields(activity_id: int) -> list[CustomField]:
    """Return the fields an activity has beside the common ones, in their order; those taken off last."""
    return list(CustomField.objects.filter(activity_id=activity_id).order_by("-is_active", "position", "pk"))


def iterate_file(selection: Selection) -> Iterator[list[Cell]]:
    """Yield the column names, then every record of a selection.

    Of one activity, each custom field is a column. Of several they stand together in one, with their names.
    """
    names = _Names()
    if selection.activity_id is not None:
        fields = list_custom_fields(selection.activity_id)
        heads, cells = [field.label for field in fields], _spread(fields)
    else:
        labels = Labels.of(CustomField.objects.order_by("-is_active", "position", "pk"))
        heads, cells = [_("Further fields")], _join(labels)
    yield [*_head(), *heads, *_foot()]
    for row in _iterate_rows(selection):
        custom = json.loads(row.custom) if isinstance(row.custom, str) else row.custom
        yield [*names.begin(row, today=selection.today), *cells(custom), *names.end(row)]


def _iterate_rows(selection: Selection) -> Iterator[_Row]:
    """Yield the records in the order of the lists. One statement, read in parts."""
    try:
        statement, parameters = select_records(selection).values_list(*_FIELDS).query.sql_with_params()
    except EmptyResultSet:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"DECLARE offline_records_lines NO SCROLL CURSOR FOR {statement}", parameters)
        try:
            while rows := _fetch_some(cursor):
                yield from map(_Row._make, rows)
        finally:
            cursor.execute("CLOSE offline_records_lines")


def _fetch_some(cursor: Any) -> Sequence[tuple[Any, ...]]:
    cursor.execute(f"FETCH {_FETCHED} FROM offline_records_lines")
    found: Sequence[tuple[Any, ...]] = cursor.fetchall()
    return found


def _head() -> list[Cell]:
    return [
        _("Name"), _("Username"), _("Employee id"), _("User domain"), _("Category"), _("Code"), _("Offline activity"),
        _("Completed on"), _("Result"), _("Score"), _("Hours"), _("CPD points"), _("Provider"), _("Location"),
        _("Certificate number"), _("Valid until"), _("State"), _("Notes"),
    ]  # fmt: skip


def _foot() -> list[Cell]:
    return [_("Origin"), _("Import"), _("Row"), _("Recorded"), _("Edited by hand")]


class _Names:
    """What the ids and keys of rows are called; words are made once, in the active language. Three queries."""

    def __init__(self) -> None:
        self._domains = dict(PeopleDomain.objects.values_list("pk", "name"))
        self._activities = {
            pk: (category, code, name, days)
            for pk, category, code, name, days in OfflineActivity.objects.values_list(
                "pk", "category__name", "code", "name", "expiring_days"
            )
        }
        self._numbers = dict(ImportBatch.objects.filter(kind=KIND).values_list("pk", "number"))
        self._results = {"": "", **{result.value: str(result.label) for result in Result}}
        self._states = {state: str(state.label) for state in State}
        self._origins = {origin.value: str(origin.label) for origin in Origin}

    def begin(self, row: _Row, *, today: date) -> list[Cell]:
        """Return the cells before the custom fields."""
        category, code, name, days = self._activities[row.activity_id]
        state = state_on(today, result=row.result, expires_on=row.expires_on, expiring_days=days)
        return [
            f"{row.first_name} {row.last_name}".strip() or row.username, row.username, row.employee_id,
            self._domains.get(row.domain_id or 0, ""), category, code, name, row.completed_on,
            self._results[row.result], row.score, row.hours, row.cpd_points, row.provider, row.location,
            row.certificate_number, None if state == State.NOT_VALID else row.expires_on, self._states[state], row.notes,
        ]  # fmt: skip

    def end(self, row: _Row) -> list[Cell]:
        """Return the cells after them."""
        number = self._numbers.get(row.batch_id or 0)
        return [self._origins[row.origin], number, row.row_no, _in_time(row.recorded_at), _in_time(row.edited_at)]


def _in_time(moment: datetime | None) -> datetime | None:
    return timezone.localtime(moment).replace(tzinfo=None) if moment else None


def _spread(fields: Sequence[CustomField]) -> Callable[[Mapping[str, str]], list[Cell]]:
    keys = [(str(field.pk), _READERS.get(field.kind, str)) for field in fields]
    return lambda custom: [read(custom[key]) if custom.get(key) else None for key, read in keys]


_READERS: Final[dict[str, Callable[[str], Cell]]] = {Kind.NUMBER: Decimal, Kind.DATE: date.fromisoformat}


def _join(labels: Labels) -> Callable[[Mapping[str, str]], list[Cell]]:
    def join(custom: Mapping[str, str]) -> list[Cell]:
        held = {f"field_{pk}": text for pk, text in custom.items() if text}
        return ["; ".join(f"{labels.name(key)}: {labels.say(key, held[key])}" for key in labels.order(held))]

    return join
