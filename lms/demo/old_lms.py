"""The export of the old learning system (02-old-lms-export.csv): its rows, and what Northfield knew before (W3 to W10).

49,216 rows for 11,940 people and 412 courses: 46,902 to import (312 of them older than what is current), 251 already
recorded, 1,006 not completed, 1,057 that cannot be imported, 804 of these because of a course code unknown here.

Most people are assigned already to what they have learned there. The old system ran fire safety under FS-101 until it
was renamed to FIRE-01: all its completions under the old code have lapsed, which is what Northfield mails about. So
3,118 e-mails to 2,904 people would go out, 2,611 because of an assignment and 507 because of lost compliance, and 411
people have no address (W10), on whatever later day the demo is loaded.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import islice
from typing import Final

from lms.demo.northfield import OLD_LMS, OLD_LMS_NAMED, make_people
from lms.demo.northfield_courses import NAMED, make_courses
from lms.demo.organisation import NEWEST_DAY, OLDEST_DAY, DemoCourse, DemoPerson, PastAssignment, PastResult

UNKNOWN_COURSE: Final = "FIRE-01"
UNKNOWN_COURSE_ROWS: Final = 804
UNKNOWN_PEOPLE_ROWS: Final = 120
UNREADABLE_DATE_ROWS: Final = 70
BLANK_DATE_ROWS: Final = 35
BLANK_COURSE_ROWS: Final = 28
NOT_COMPLETED: Final = {"in Bearbeitung": 700, "angemeldet": 206, "nicht bestanden": 100}
KNOWN_ROWS: Final = 47_153  # imported or already recorded
_ARCHIVED_COURSES: Final = 48
_OTHER_COURSES: Final = 403
# Places among the 11,940 people whose first row meets something that is there already.
ALREADY_RECORDED: Final = range(1_000, 1_251)
NEWER_HERE: Final = range(2_000, 2_312)
OLDER_HERE: Final = range(3_000, 4_200)
# Who is told something when the file is imported with the retake box ticked and messages sent (W10).
MAILED_ASSIGNED: Final = 2_611
MAILED_LAPSED: Final = 507
MAILED_BOTH: Final = 214
WITHOUT_MAIL: Final = 411
_FIRE_PLACES: Final = range(5_004, 11_940, len(NAMED))  # of the people whose named course is FS-101
_INDUCTION: Final = len(NAMED) - 1
_LAPSED_BY: Final = NEWEST_DAY - timedelta(days=400)
_NO_DAYS: Final = ("31.06.2012", "29.02.2015", "31.11.2013", "00.00.0000", "30.02.2018", "unbekannt", "2011")
_FIRE_SAFETY: Final = DemoCourse(code=UNKNOWN_COURSE, name="Brandschutz Grundlagen")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRow:
    """One row of the export, as the old system wrote it."""

    number: str
    name: str
    code: str
    title: str
    completed: str
    status: str

    def cells(self) -> tuple[str, ...]:
        """The cells in the order of the export."""
        return self.number, self.name, self.code, self.title, self.completed, self.status


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRow:
    """A row whose person, course and day are right; `place` is the person's place among the 11,940."""

    place: int
    nth: int
    person: DemoPerson
    course: DemoCourse
    day: date


def list_people() -> list[DemoPerson]:
    """Return the 11,940 people of the export."""
    people = make_people()
    return [people[index] for index in (*OLD_LMS_NAMED, *OLD_LMS)]


@cache
def list_courses() -> tuple[DemoCourse, ...]:
    """Return the 412 courses of the export: the nine named ones, then archived ones, then others."""
    courses = make_courses()[len(NAMED) :]
    archived = [course for course in courses if not course.is_active][:_ARCHIVED_COURSES]
    others = [course for course in courses if course.is_active][: _OTHER_COURSES - _ARCHIVED_COURSES]
    return (*make_courses()[: len(NAMED)], *archived, *others)


def _pick_course(place: int, nth: int) -> DemoCourse:
    """The nth course of a person: a named one first, then three others; 17 and 131 share no factor with 403."""
    courses = list_courses()
    if nth == 0:
        # Only some have fire safety from the old system; who else would have it has the induction.
        has_other = place % len(NAMED) == 0 and place not in _find_fire_places()
        return courses[_INDUCTION if has_other else place % len(NAMED)]
    return courses[len(NAMED) + (place * 17 + nth * 131) % _OTHER_COURSES]


@cache
def _find_fire_places() -> frozenset[int]:
    """Return the places of the people with a completion of FS-101; 507 of them get mail about it."""
    people = list_people()
    mailed = islice((place for place in _FIRE_PLACES if _gets_mail(people[place])), MAILED_LAPSED)
    return frozenset(mailed) | {place for place in _FIRE_PLACES if not _gets_mail(people[place])}


def _gets_mail(person: DemoPerson) -> bool:
    return person.is_active and bool(person.email)


@cache
def find_newcomers() -> frozenset[int]:
    """Return the places of the people who are assigned to nothing of the file yet."""
    people, fire = list_people(), _find_fire_places()
    others = [place for place in range(_FIRE_PLACES.start, len(people)) if place not in fire]
    mailed = [place for place in sorted(fire) if _gets_mail(people[place])][:MAILED_BOTH]
    mailed += islice((place for place in others if _gets_mail(people[place])), MAILED_ASSIGNED - MAILED_BOTH)
    silent = [place for place, person in enumerate(people) if person.is_active and not person.email]
    told_anyway = sum(place in fire for place in silent)
    silent = [place for place in reversed(silent) if place not in fire]
    return frozenset([*mailed, *silent[: WITHOUT_MAIL - told_anyway]])


def _pick_day(chance: random.Random, *, latest: date = NEWEST_DAY) -> date:
    low, high = OLDEST_DAY.toordinal(), latest.toordinal()
    return date.fromordinal(round(chance.triangular(low, high, high - 900)))


@cache
def make_known_rows() -> tuple[KnownRow, ...]:
    """Return the rows that can be imported or are already recorded, three or four for each person."""
    chance = random.Random(2009)  # noqa: S311 - made-up dates
    people = list_people()
    with_four = KNOWN_ROWS - 3 * len(people)
    rows = []
    for place, person in enumerate(people):
        for nth in range(4 if place < with_four else 3):
            early = nth == 0 and (place in NEWER_HERE or place in _find_fire_places())
            day = _pick_day(chance, latest=_LAPSED_BY if early else NEWEST_DAY)
            rows.append(KnownRow(place=place, nth=nth, person=person, course=_pick_course(place, nth), day=day))
    return _with_first_and_last_day(rows)


def _with_first_and_last_day(rows: list[KnownRow]) -> tuple[KnownRow, ...]:
    """The rows, two ordinary ones of which are of the first and of the last day of the file (W6)."""
    for at, day in ((30, OLDEST_DAY), (34, NEWEST_DAY)):
        row = rows[at]
        rows[at] = KnownRow(place=row.place, nth=row.nth, person=row.person, course=row.course, day=day)
    return tuple(rows)


def make_past() -> list[PastResult]:
    """Return what Northfield has recorded before: 251 rows as they are, 312 newer ones, 1,200 older ones."""
    past = []
    for row in make_known_rows():
        if row.nth != 0:
            continue
        day = None
        if row.place in ALREADY_RECORDED:
            day = row.day
        elif row.place in NEWER_HERE:
            day = row.day + timedelta(days=30 + row.place % 360)
        elif row.place in OLDER_HERE:
            day = row.day - timedelta(days=300 + row.place % 500)
        if day is not None:
            past.append(
                PastResult(
                    username=row.person.username,
                    course=row.course.code,
                    completed_on=day,
                    assigned_on=min(row.day, day) - timedelta(days=20),
                )
            )
    return past


def make_assignments() -> list[PastAssignment]:
    """Return what people were assigned to here and have completed in the old system, as it was told to them there."""
    newcomers = find_newcomers()
    known = {place for places in (ALREADY_RECORDED, NEWER_HERE, OLDER_HERE) for place in places}
    return [
        PastAssignment(username=row.person.username, course=row.course.code, assigned_on=row.day - timedelta(days=14))
        for row in make_known_rows()
        if row.course.is_active
        and row.person.is_active
        and row.place not in newcomers
        and not (row.nth == 0 and row.place in known)
    ]


def list_current() -> list[tuple[str, date]]:
    """Return (course code, day) of the rows that become current."""
    return [
        (row.course.code, row.day)
        for row in make_known_rows()
        if row.course.is_active and not (row.nth == 0 and row.place in ALREADY_RECORDED)
    ]


def make_export_rows() -> list[ExportRow]:
    """Return all 49,216 rows in the order of the file; Jörg Müller, Zoë Brontë and Søren Ågård come first."""
    chance = random.Random(49_216)  # noqa: S311 - made-up order
    known = [
        _write_row(row.person, row.course, _write_day(row.day), chance.choice(("abgeschlossen", "bestanden")))
        for row in make_known_rows()
    ]
    with_four = 4 * len(OLD_LMS_NAMED)
    first = known[:with_four:4]
    rest = [row for at, row in enumerate(known) if at >= with_four or at % 4]
    rest += _make_unfinished_rows(chance) + _make_bad_rows(chance)
    chance.shuffle(rest)
    return first + rest


def _make_unfinished_rows(chance: random.Random) -> list[ExportRow]:
    people, courses = list_people(), list_courses()
    states = [status for status, count in NOT_COMPLETED.items() for _ in range(count)]
    return [_write_row(chance.choice(people), chance.choice(courses), "", status) for status in states]


def _make_bad_rows(chance: random.Random) -> list[ExportRow]:
    people, courses = list_people(), list_courses()
    rows = [
        _write_row(people[7 * number + 1], _FIRE_SAFETY, _write_day(_pick_day(chance)), "abgeschlossen")
        for number in range(UNKNOWN_COURSE_ROWS)
    ]
    for number in range(UNKNOWN_PEOPLE_ROWS):
        gone = _write_row(people[number], chance.choice(courses), _write_day(_pick_day(chance)), "bestanden")
        rows.append(
            ExportRow(
                number=f"9{number * 37:05d}",
                name=gone.name,
                code=gone.code,
                title=gone.title,
                completed=gone.completed,
                status=gone.status,
            )
        )
    days = [_NO_DAYS[number % len(_NO_DAYS)] for number in range(UNREADABLE_DATE_ROWS)] + [""] * BLANK_DATE_ROWS
    rows += [_write_row(chance.choice(people), chance.choice(courses), day, "abgeschlossen") for day in days]
    nothing = DemoCourse(code="", name="")
    rows += [
        _write_row(chance.choice(people), nothing, _write_day(_pick_day(chance)), "bestanden")
        for _ in range(BLANK_COURSE_ROWS)
    ]
    return rows


def _write_row(person: DemoPerson, course: DemoCourse, completed: str, status: str) -> ExportRow:
    return ExportRow(
        number=person.employee_id,
        name=person.full_name,
        code=course.code,
        title=course.name,
        completed=completed,
        status=status,
    )


def _write_day(day: date) -> str:
    return f"{day:%d.%m.%Y}"
