"""The sample of 50,000 completions that `make demo` imports (00-big-50000.csv), and what was there before it.

About 2 % bad rows of several kinds, 5 % repeats of other rows; the rest meets newer, older, equal and no completions.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

from lms.demo.northfield import BIG_FILES, make_people
from lms.demo.northfield_courses import NAMED, make_courses
from lms.demo.organisation import NEWEST_DAY, DemoCourse, DemoPerson, PastResult

HEADER: Final = ("Username", "Course Code", "Completion Date")
GOOD_ROWS: Final = 46_500
REPEATED_ROWS: Final = 2_500
BAD_ROWS: Final = {
    "unknown username": 300,
    "unknown course": 250,
    "no day": 150,
    "future": 100,
    "blank username": 75,
    "blank course": 75,
    "blank date": 50,
}
# Places among the good rows that meet something that is there already; the rest are of the last two years.
ALREADY_RECORDED: Final = range(500)
NEWER_HERE: Final = range(500, 900)
OLDER_HERE: Final = range(900, 2_400)
IN_PROGRESS_HERE: Final = range(2_400, 2_900)
_REPEATS_FROM: Final = 5_000
_NO_DAYS: Final = ("31/02/2024", "2024-13-01", "32/01/2023", "yesterday", "29/02/2023")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodRow:
    """A row that is right in every cell."""

    person: DemoPerson
    course: DemoCourse
    day: date

    def cells(self) -> tuple[str, str, str]:
        """The cells in the order of the header."""
        return self.person.username, self.course.code, f"{self.day:%d/%m/%Y}"


@cache
def make_good_rows() -> tuple[GoodRow, ...]:
    """Return 46,500 rows, each for another pair of person and course."""
    chance = random.Random(50_000)  # noqa: S311 - made-up dates
    people = make_people()[BIG_FILES.start : BIG_FILES.stop]
    courses = [course for course in make_courses() if course.is_active]
    latest = NEWEST_DAY.toordinal() - 400
    rows = []
    for place in range(GOOD_ROWS):
        turn, at = divmod(place, len(people))
        course = courses[at % len(NAMED)] if turn == 0 else courses[len(NAMED) + at % (len(courses) - len(NAMED))]
        if place < IN_PROGRESS_HERE.stop:
            day = date.fromordinal(round(chance.triangular(latest - 4_000, latest, latest - 500)))
        else:
            newest = NEWEST_DAY.toordinal()
            day = date.fromordinal(round(chance.triangular(newest - 700, newest, newest - 150)))
        rows.append(GoodRow(person=people[at], course=course, day=day))
    return tuple(rows)


def make_past() -> list[PastResult]:
    """Return what Northfield has recorded before for these pairs of person and course."""
    past = []
    for place, row in enumerate(make_good_rows()[: IN_PROGRESS_HERE.stop]):
        day: date | None = row.day
        percent = 100
        if place in NEWER_HERE:
            day = row.day + timedelta(days=20 + place % 300)
        elif place in OLDER_HERE:
            day = row.day - timedelta(days=200 + place % 700)
        elif place in IN_PROGRESS_HERE:
            day, percent = None, 40
        past.append(
            PastResult(
                username=row.person.username,
                course=row.course.code,
                completed_on=day,
                percent=percent,
                assigned_on=min(row.day, day or row.day) - timedelta(days=20),
            )
        )
    return past


def list_current() -> list[tuple[str, date]]:
    """Return (course code, day) of the rows that become current."""
    return [(row.course.code, row.day) for at, row in enumerate(make_good_rows()) if at not in ALREADY_RECORDED]


@cache
def make_repeats() -> tuple[GoodRow, ...]:
    """Return the rows that the file holds twice."""
    chance = random.Random(2_500)  # noqa: S311 - made-up choice
    return tuple(chance.sample(make_good_rows()[_REPEATS_FROM:], REPEATED_ROWS))


def make_rows() -> list[tuple[str, str, str]]:
    """Return the 50,000 rows in the order of the file."""
    chance = random.Random(5)  # noqa: S311 - made-up order
    good = make_good_rows()
    rows = [row.cells() for row in (*good, *make_repeats())]
    for kind, count in BAD_ROWS.items():
        for number in range(count):
            username, code, day = chance.choice(good).cells()
            rows.append(_spoil_row(kind, number, username=username, code=code, day=day))
    chance.shuffle(rows)
    return rows


def _spoil_row(kind: str, number: int, *, username: str, code: str, day: str) -> tuple[str, str, str]:
    if kind.endswith("username"):
        return "" if kind.startswith("blank") else f"{username}.left{number}", code, day
    if kind.endswith("course"):
        return username, "" if kind.startswith("blank") else f"OLD-{number % 12:02d}", day
    days = {"no day": _NO_DAYS[number % len(_NO_DAYS)], "future": "31/12/2099", "blank date": ""}
    return username, code, days[kind]
