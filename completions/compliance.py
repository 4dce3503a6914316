"""The compliance picture and the lists behind it: every assignment is in exactly one class (L-43, G-05).

A class is what `completions.rules.standing_of` answers for the stored dates; `_IN` says the same in SQL, and a test holds
one against the other. Nothing here writes. One query for a picture, one for a page of a list, whatever the numbers.

Public: `Group`, `GROUPS`, `LISTED`, `Selection`, `Line`, `Lines`, `Picture`, `count_picture`, `list_pairs`,
`iterate_lines`, `answer_attention`.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from completions.models import Status
from completions.rules import ComplianceStatus, Standing, standing_of
from lms.core.lazy_lists import LazyList
from lms.courses.attention import Trouble, TroubleKind
from lms.courses.progress import Pair
from lms.people.models import User

# What "soon" means on screens.
SOON: Final = timedelta(days=30)
_FETCHED: Final = 5_000


class Group(TextChoices):
    """What a list can be narrowed down to. The first four are disjoint and together are everybody."""

    COMPLIANT = "compliant", _("Compliant")
    NOT_COMPLETED = "not_completed", _("Not completed yet")
    OVERDUE = "overdue", _("Overdue")
    NON_COMPLIANT = "non_compliant", _("Non-compliant")
    RETAKE_OPEN = "retake_open", _("Compliant, retake open")
    ENDS_SOON = "ends_soon", _("Compliance ends within 30 days")
    DUE_SOON = "due_soon", _("Due within 30 days")


# What the lists of a course and of an import offer.
LISTED: Final = (Group.COMPLIANT, Group.RETAKE_OPEN, Group.NOT_COMPLETED, Group.OVERDUE, Group.NON_COMPLIANT)
GROUPS: Final = (Group.COMPLIANT, Group.NOT_COMPLETED, Group.OVERDUE, Group.NON_COMPLIANT)

_COMPLIANT: Final = "r.completed_on IS NOT NULL AND (r.compliant_until IS NULL OR r.compliant_until >= clock.today)"
_IN: Final[dict[str, str]] = {
    Group.COMPLIANT: _COMPLIANT,
    Group.NOT_COMPLETED: "r.completed_on IS NULL AND (a.due_on IS NULL OR a.due_on >= clock.today)",
    Group.OVERDUE: "r.completed_on IS NULL AND a.due_on < clock.today",
    Group.NON_COMPLIANT: "r.completed_on IS NOT NULL AND r.compliant_until < clock.today",
    Group.RETAKE_OPEN: f"{_COMPLIANT} AND (r.status <> 'completed' OR r.retake_opens_on <= clock.today)",
    Group.ENDS_SOON: "r.completed_on IS NOT NULL AND r.compliant_until BETWEEN clock.today AND clock.soon",
    Group.DUE_SOON: "r.completed_on IS NULL AND a.due_on BETWEEN clock.today AND clock.soon",
}
_FROM: Final = """
FROM (SELECT %s::date AS today, %s::date AS soon) clock
CROSS JOIN courses_courseassignment a
JOIN people_user u ON u.tenant_id = a.tenant_id AND u.id = a.person_id
JOIN courses_course c ON c.tenant_id = a.tenant_id AND c.id = a.course_id
LEFT JOIN completions_courseresult r
       ON r.tenant_id = a.tenant_id AND r.person_id = a.person_id AND r.course_id = a.course_id
"""
_FIELDS: Final = """
SELECT u.id, u.first_name, u.last_name, u.username, u.is_active, c.id, c.code, c.name, a.assigned_on,
       a.origin <> 'import', a.due_on, coalesce(r.status, 'not_started'), coalesce(r.percent, 0), r.completed_on,
       r.compliant_until, r.retake_opens_on, shown.due_on
"""
_SHOWN: Final = """
LEFT JOIN completions_achievement shown ON shown.tenant_id = a.tenant_id AND shown.id = r.achievement_id
"""
_ORDER: Final = "ORDER BY u.last_name, u.first_name, u.id, c.name, c.id"
# What the import made current and what is still shown (L-91).
_BY_IMPORT: Final = """
EXISTS (SELECT 1 FROM completions_resultchange link
        WHERE link.tenant_id = current_setting('app.tenant')::int AND link.batch_id = %s
          AND link.person_id = r.person_id AND link.course_id = r.course_id
          AND link.after_achievement_id = r.achievement_id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which assignments: of these people, on this day, narrowed down. None and "" narrow nothing."""

    today: date
    people: "QuerySet[User] | None" = None  # None: everybody
    group: str = ""
    course_id: int | None = None
    courses: Collection[int] | None = None  # these courses alone
    batch_id: int | None = None  # what this import made current
    pairs: Collection[Pair] | None = None  # chosen (person, course)
    active_only: bool = True  # deactivated people and archived courses are left out (G-05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One person in one course."""

    person_id: int
    person_name: str
    username: str
    is_active: bool
    course_id: int
    course_code: str
    course_name: str
    status: str
    percent: int
    assigned_on: date
    completed_on: date | None
    late_days: int | None  # how many days after its due date it was completed (U4)
    is_before_assignment: bool  # completed before the day of the assignment (U9)
    standing: Standing

    @property
    def pair(self) -> str:
        """The value of the line's checkbox."""
        return f"{self.person_id}-{self.course_id}"

    @property
    def group(self) -> Group:
        """Its class; people with an open retake are compliant, and named so."""
        return Group(self.standing.status.value)

    @property
    def is_in_progress(self) -> bool:
        """Whether something is done already."""
        return self.status == Status.IN_PROGRESS

    @property
    def is_retake_open(self) -> bool:
        """Whether the course is to be completed again."""
        return self.completed_on is not None and (
            self.status != Status.COMPLETED or self.standing.status == ComplianceStatus.RETAKE_OPEN
        )


class Lines(LazyList[Line]):
    """The assignments of a selection, by name, then course."""

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
            for row in cursor.fetchall():
                yield _make_line(row, today=self.selection.today)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """How many assignments are in each class.

    `retake_open` and `ends_soon` are among the compliant ones, `due_soon` among the ones not completed yet.
    """

    compliant: int = 0
    not_completed: int = 0
    overdue: int = 0
    non_compliant: int = 0
    retake_open: int = 0
    ends_soon: int = 0
    due_soon: int = 0

    @property
    def total(self) -> int:
        """All assignments."""
        return self.compliant + self.not_completed + self.overdue + self.non_compliant

    def count(self, group: Group) -> int:
        """How many are in this class."""
        number: int = getattr(self, group.value)
        return number


def count_picture(selection: Selection) -> Picture:
    """Return how many assignments of the selection are in each class. One query."""
    around, parameters = _around(selection)
    counts = ", ".join(f"count(*) FILTER (WHERE {_IN[group]})" for group in Group)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts} {around}", parameters)
        return Picture(**dict(zip([group.value for group in Group], cursor.fetchone(), strict=True)))


def iterate_lines(selection: Selection) -> Iterator[Line]:
    """Yield every assignment of the selection in the order of the lists, some thousands at a time: for files."""
    around, parameters = _around(selection, more=_SHOWN)
    with connection.cursor() as cursor:
        cursor.execute(f"DECLARE completions_lines NO SCROLL CURSOR FOR {_FIELDS} {around} {_ORDER}", parameters)
        try:
            while rows := _fetch_some(cursor):
                yield from (_make_line(row, today=selection.today) for row in rows)
        finally:
            cursor.execute("CLOSE completions_lines")


def answer_attention(people: Collection[int], day: date) -> list[Trouble]:
    """Return which courses of these people are overdue or lapsed on a day, for `lms.courses.attention`. One query."""
    around, parameters = _around(Selection(today=day))
    either = f"(({_IN[Group.OVERDUE]}) OR ({_IN[Group.NON_COMPLIANT]}))"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.person_id, a.course_id, c.name, r.completed_on IS NULL, coalesce(r.compliant_until, a.due_on) + 1 "
            f"{around} AND {either} AND a.person_id = ANY(%s::bigint[])",
            [*parameters, list(people)],
        )
        return [
            Trouble(
                person_id=person,
                item_id=course,
                name=name,
                kind=TroubleKind.OVERDUE if is_open else TroubleKind.NON_COMPLIANT,
                since=since,
            )
            for person, course, name, is_open, since in cursor.fetchall()
        ]


def _fetch_some(cursor: Any) -> Sequence[tuple[Any, ...]]:
    cursor.execute(f"FETCH {_FETCHED} FROM completions_lines")
    found: Sequence[tuple[Any, ...]] = cursor.fetchall()
    return found


def list_pairs(selection: Selection) -> list[Pair]:
    """Return the (person, course) pairs of the selection. One query."""
    around, parameters = _around(selection)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT a.person_id, a.course_id {around} ORDER BY 1, 2", parameters)
        return list(cursor.fetchall())


def _around(selection: Selection, *, more: str = "") -> tuple[str, list[Any]]:
    """Return FROM and WHERE of a selection, and their parameters in order."""
    where: list[str] = []
    parameters: list[Any] = [selection.today, selection.today + SOON]
    if selection.active_only:
        where.append("u.is_active AND c.is_active")
    if selection.people is not None:
        try:
            inner, values = selection.people.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            inner, values = "SELECT NULL::bigint", ()
        where.append(f"a.person_id IN ({inner})")
        parameters += values
    if selection.group:
        where.append(f"({_IN[selection.group]})")
    if selection.course_id is not None:
        where.append("a.course_id = %s")
        parameters.append(selection.course_id)
    if selection.courses is not None:
        where.append("a.course_id = ANY(%s::bigint[])")
        parameters.append(sorted(selection.courses))
    if selection.batch_id is not None:
        where.append(_BY_IMPORT)
        parameters.append(selection.batch_id)
    if selection.pairs is not None:
        where.append("(a.person_id, a.course_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))")
        parameters += [[person for person, _ in selection.pairs], [course for _, course in selection.pairs]]
    return f"{_FROM} {more} {'WHERE ' if where else ''}{' AND '.join(where)}", parameters


def _make_line(row: Sequence[Any], *, today: date) -> Line:
    (person_id, first_name, last_name, username, is_active, course_id, code, name, assigned_on, is_assigned_by_people,
     due_on, status, percent, completed_on, compliant_until, retake_opens_on, answered_due) = row  # fmt: skip
    late = (completed_on - answered_due).days if completed_on and answered_due and completed_on > answered_due else None
    return Line(
        person_id=person_id,
        person_name=f"{first_name} {last_name}".strip() or username,
        username=username,
        is_active=is_active,
        course_id=course_id,
        course_code=code,
        course_name=name,
        status=status,
        percent=percent,
        assigned_on=assigned_on,
        completed_on=completed_on,
        late_days=late,
        is_before_assignment=bool(completed_on and is_assigned_by_people and completed_on < assigned_on),
        standing=standing_of(
            today=today,
            completed_on=completed_on,
            compliant_until=compliant_until,
            retake_opens_on=retake_opens_on,
            due_on=due_on,
            is_reset=status != Status.COMPLETED.value,
        ),
    )
