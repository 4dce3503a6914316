"""Who stands how in which certification, over everybody in reach: for pictures, lists and what needs attention (G-05).

Every assignment is in exactly one of the first four groups. A state is that of `certifications.rules.state_on` for the
stored dates, so that the list is right also before the daily job has run; `_IN` says the same in SQL, and a test holds one
against the other. One query for the numbers, one for a page of a list, whatever there is.

Public: `Group`, `SOON`, `Selection`, `Line`, `Lines`, `count_groups`, `iterate_lines`, `answer_attention`.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from certifications.choices import State
from lms.core.lazy_lists import LazyList
from lms.courses.attention import Trouble, TroubleKind
from lms.people.models import User

# What "soon" means on screens.
SOON: Final = timedelta(days=30)
_FETCHED: Final = 5_000


class Group(TextChoices):
    """What a list can be narrowed down to. The first four are disjoint and together are everybody."""

    CERTIFIED = State.CERTIFIED.value, State.CERTIFIED.label
    WINDOW_OPEN = State.WINDOW_OPEN.value, State.WINDOW_OPEN.label
    EXPIRED = State.EXPIRED.value, State.EXPIRED.label
    NEVER = "never", _("Not certified yet")
    EXPIRES_SOON = "expires_soon", _("Certification expires within 30 days")


_EXPIRED: Final = "(s.state = 'expired' OR coalesce(s.expires_on < clock.today, false))"
_OPEN: Final = "(s.state = 'window_open' OR coalesce(s.window_opens_on <= clock.today, false))"
_IN: Final[dict[str, str]] = {
    Group.CERTIFIED: f"s.id IS NOT NULL AND NOT {_EXPIRED} AND NOT {_OPEN}",
    Group.WINDOW_OPEN: f"s.id IS NOT NULL AND NOT {_EXPIRED} AND {_OPEN}",
    Group.EXPIRED: f"s.id IS NOT NULL AND {_EXPIRED}",
    Group.NEVER: "s.id IS NULL",
    Group.EXPIRES_SOON: "s.state <> 'expired' AND s.expires_on BETWEEN clock.today AND clock.soon",
}
_FROM: Final = """
FROM (SELECT %s::date AS today, %s::date AS soon) clock
CROSS JOIN certifications_certificationassignment a
JOIN people_user u ON u.tenant_id = a.tenant_id AND u.id = a.person_id
JOIN certifications_certification c ON c.tenant_id = a.tenant_id AND c.id = a.certification_id
LEFT JOIN certifications_certificationstatus s
       ON s.tenant_id = a.tenant_id AND s.person_id = a.person_id AND s.certification_id = a.certification_id
"""
# Once expired the dates of a status are gone; those of the record behind it say when that was.
_SHOWN: Final = """
LEFT JOIN certifications_certificationrecord shown ON shown.tenant_id = a.tenant_id AND shown.id = s.record_id
"""
_STATE: Final = " ".join(f"WHEN {_IN[group]} THEN '{group.value}'" for group in list(Group)[:4])
_FIELDS: Final = f"""
SELECT u.id, u.first_name, u.last_name, u.username, c.id, c.short_name, c.id_number, c.name, a.assigned_on,
       CASE {_STATE} END, coalesce(s.completed_on, shown.completed_on), s.window_opens_on,
       coalesce(s.expires_on, shown.expires_on)
"""
_ORDER: Final = "ORDER BY u.last_name, u.first_name, u.id, c.name, c.id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which assignments: of these people, on this day, narrowed down. None and "" narrow nothing.

    Deactivated people and archived certifications are left out (G-05).
    """

    today: date
    people: "QuerySet[User] | None" = None  # None: everybody
    group: str = ""
    certification_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One person and one certification; `expires_on` is the day of the past on which it did, once it has."""

    person_id: int
    person_name: str
    username: str
    certification_id: int
    short_name: str
    id_number: str
    name: str
    assigned_on: date
    group: Group
    completed_on: date | None
    window_opens_on: date | None
    expires_on: date | None


class Lines(LazyList[Line]):
    """The assignments of a selection, by name, then certification."""

    def __init__(self, selection: Selection, *, start: int = 0, stop: int | None = None) -> None:
        super().__init__(start=start, stop=stop)
        self.selection = selection

    def part(self, *, start: int, stop: int | None) -> "Lines":
        return Lines(self.selection, start=start, stop=stop)

    def count_entries(self, limits: str) -> int:
        around, parameters = _around(self.selection)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM (SELECT 1 {around} {limits}) found", parameters)  # noqa: S608
            return int(cursor.fetchone()[0])

    def read_entries(self, limits: str) -> Iterator[Line]:
        around, parameters = _around(self.selection, more=_SHOWN)
        with connection.cursor() as cursor:
            cursor.execute(f"{_FIELDS} {around} {_ORDER} {limits}", parameters)
            yield from map(_make_line, cursor.fetchall())


def count_groups(selection: Selection) -> dict[Group, int]:
    """Return how many assignments of the selection are in each group. One query."""
    around, parameters = _around(selection)
    counts = ", ".join(f"count(*) FILTER (WHERE {_IN[group]})" for group in Group)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts} {around}", parameters)
        return dict(zip(Group, cursor.fetchone(), strict=True))


def iterate_lines(selection: Selection) -> Iterator[Line]:
    """Yield every assignment of the selection in the order of the lists, some thousands at a time: for files."""
    around, parameters = _around(selection, more=_SHOWN)
    with connection.cursor() as cursor:
        cursor.execute(f"DECLARE certifications_lines NO SCROLL CURSOR FOR {_FIELDS} {around} {_ORDER}", parameters)
        try:
            while rows := _fetch_some(cursor):
                yield from map(_make_line, rows)
        finally:
            cursor.execute("CLOSE certifications_lines")


def answer_attention(people: Collection[int], day: date) -> list[Trouble]:
    """Return which certifications of these people have expired by a day, for `lms.courses.attention`. One query."""
    around, parameters = _around(Selection(today=day, group=Group.EXPIRED), more=_SHOWN)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.person_id, a.certification_id, c.name, "
            "coalesce(s.expires_on, shown.expires_on, clock.today - 1) + 1 "
            f"{around} AND a.person_id = ANY(%s::bigint[])",
            [*parameters, list(people)],
        )
        return [
            Trouble(person_id=person, item_id=certification, name=name, kind=TroubleKind.EXPIRED, since=since)
            for person, certification, name, since in cursor.fetchall()
        ]


def _fetch_some(cursor: Any) -> Sequence[tuple[Any, ...]]:
    cursor.execute(f"FETCH {_FETCHED} FROM certifications_lines")
    found: Sequence[tuple[Any, ...]] = cursor.fetchall()
    return found


def _around(selection: Selection, *, more: str = "") -> tuple[str, list[Any]]:
    """Return FROM and WHERE of a selection, and their parameters in order."""
    where = ["u.is_active AND c.is_active"]
    parameters: list[Any] = [selection.today, selection.today + SOON]
    if selection.people is not None:
        try:
            inner, values = selection.people.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            inner, values = "SELECT NULL::bigint", ()
        where.append(f"a.person_id IN ({inner})")
        parameters += values
    if selection.group:
        where.append(f"({_IN[selection.group]})")
    if selection.certification_id is not None:
        where.append("a.certification_id = %s")
        parameters.append(selection.certification_id)
    return f"{_FROM} {more} WHERE {' AND '.join(where)}", parameters


def _make_line(row: Sequence[Any]) -> Line:
    (person_id, first_name, last_name, username, certification_id, short_name, id_number, name, assigned_on, state,
     completed_on, window_opens_on, expires_on) = row  # fmt: skip
    return Line(
        person_id=person_id,
        person_name=f"{first_name} {last_name}".strip() or username,
        username=username,
        certification_id=certification_id,
        short_name=short_name,
        id_number=id_number,
        name=name,
        assigned_on=assigned_on,
        group=Group(state),
        completed_on=completed_on,
        window_opens_on=window_opens_on,
        expires_on=expires_on,
    )
