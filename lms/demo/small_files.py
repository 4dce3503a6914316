"""The rows of the smaller sample files. Every file has its own range of people, so that none changes another's numbers."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from lms.demo import bergmann
from lms.demo.northfield import SMALL_FILES, make_people
from lms.demo.northfield_courses import NAMED
from lms.demo.organisation import NEWEST_DAY, DemoPerson, PastAssignment
from lms.demo.sample_writing import Cell

Rows = list[Sequence[Cell]]
CLEAN_ROWS: Final = 500
FILTERED_ROWS: Final = 5_000
HIDDEN_ROWS: Final = 3_214
SHOWN_DEPARTMENT: Final = "Wards"
_CODES: Final = tuple(code for code, _ in NAMED)
_ID_DIGITS: Final = 6
_MONTHS: Final = 12
# First place of each file in the range of people, and how many it may take.
_CLEAN: Final = (0, 600)
_FILTERED: Final = (600, 2_400)
_TRAINER: Final = (3_000, 100)
_US: Final = (3_100, 150)
_MIXED: Final = (3_250, 150)
_ZEROS: Final = (3_400, 100)
_DRAGGED: Final = (3_500, 100)
_SORTED: Final = (3_600, 340)
_MERGER: Final = (3_940, 60)


def _take_people(place: tuple[int, int], count: int, *, with_mail: bool = False) -> list[DemoPerson]:
    start = SMALL_FILES.start + place[0]
    people = make_people()[start : start + place[1]]
    fitting = [person for person in people if person.is_active and (person.email or not with_mail)]
    if len(fitting) < count:
        message = f"{count} people wanted, {len(fitting)} there"
        raise ValueError(message)
    return fitting[:count]


def _draw_day(chance: random.Random, *, days: int = 1_500) -> date:
    return NEWEST_DAY - timedelta(days=chance.randrange(days))


def make_clean_rows() -> Rows:
    """01: 500 rows with nothing wrong, dates as real date cells."""
    chance = random.Random(1)  # noqa: S311 - made-up dates
    people = _take_people(_CLEAN, CLEAN_ROWS)
    rows: Rows = [("Username", "Course Code", "Completion Date")]
    rows += [(person.username, _CODES[at % 9], _draw_day(chance, days=150)) for at, person in enumerate(people)]
    return rows


def make_clean_assignments() -> list[PastAssignment]:
    """Return the assignments of the people of 01, so that its import has nothing to tell them."""
    return [
        PastAssignment(username=username, course=code, assigned_on=day - timedelta(days=14))
        for username, code, day in make_clean_rows()[1:]
        if isinstance(username, str) and isinstance(code, str) and isinstance(day, date)
    ]


def make_trainer_rows() -> Rows:
    """03: a trainer's sheet with names and e-mail addresses, without a course code and without a date."""
    people = _take_people(_TRAINER, 22, with_mail=True)
    rows: Rows = [("Moving and Handling, practical", None, None, None), ("Training Room 2", None, None, None)]
    rows.append(("First name", "Last name", "E-mail", "Signature"))
    rows += [(person.first_name, person.last_name, person.email, "signed") for person in people]
    rows.append(("Station", "Three", "station3@northfield.example", "signed"))
    rows.append(("Guest", "Speaker", "guest.speaker@elsewhere.example", "signed"))
    return rows


def make_us_rows() -> Rows:
    """04: dates as month/day/year whose days are all below 13, so that nothing in the file proves the order."""
    people = _take_people(_US, 120)
    rows: Rows = [("Username", "Course Code", "Completed")]
    for at, person in enumerate(people):
        month, day = at % 12 + 1, (at * 5) % 12 + 1
        rows.append((person.username, _CODES[at % 9], f"{month:02d}/{day:02d}/{2022 + at % 3}"))
    return rows


def make_mixed_rows() -> Rows:
    """05: 70 dates that only make sense day-first, 30 that only make sense month-first."""
    people = _take_people(_MIXED, 100)
    rows: Rows = [("Username", "Course Code", "Completed")]
    for at, person in enumerate(people):
        day, month = at % 15 + 14, at % 12 + 1
        first, second = (month, day) if at % 10 >= 7 else (day, month)
        rows.append((person.username, _CODES[at % 9], f"{first:02d}/{second:02d}/2023"))
    return rows


def make_lost_zero_rows() -> tuple[Rows, int]:
    """06: employee ids that went through a spreadsheet; return the rows and how many have lost a zero."""
    people = _take_people(_ZEROS, 60)
    rows: Rows = [("Employee ID", "Course Code", "Completed")]
    rows += [
        (person.employee_id.lstrip("0"), _CODES[at % 9], f"{(at % 28) + 1:02d}/06/2024")
        for at, person in enumerate(people)
    ]
    return rows, sum(person.employee_id.startswith("0") for person in people)


def make_filtered_rows() -> Rows:
    """07: 5,000 rows, 3,214 of them hidden by a filter on the department (W5)."""
    chance = random.Random(7)  # noqa: S311 - made-up dates
    people = _take_people(_FILTERED, 2_000)
    departments = [SHOWN_DEPARTMENT] * (FILTERED_ROWS - HIDDEN_ROWS) + ["Theatres"] * 1_800
    departments += ["Estates"] * (FILTERED_ROWS - len(departments))
    chance.shuffle(departments)
    rows: Rows = [("Department", "Username", "Course Code", "Completion Date")]
    for at, department in enumerate(departments):
        turn, place = divmod(at, len(people))
        code = _CODES[(place + 3 * turn) % 9]
        rows.append((department, people[place].username, code, _draw_day(chance)))
    return rows


def make_dragged_rows() -> Rows:
    """08: somebody dragged the first row's course code down: FS-101, FS-102, FS-103 ..."""
    people = _take_people(_DRAGGED, 40)
    rows: Rows = [("Username", "Course Code", "Completion Date")]
    rows += [(person.username, f"FS-{101 + at}", date(2026, 10, 5)) for at, person in enumerate(people)]
    return rows


def make_sorted_rows() -> Rows:
    """09: the usernames were sorted alone, and so were the dates: every row is readable, and most are wrong."""
    chance = random.Random(9)  # noqa: S311 - made-up dates
    people = sorted(_take_people(_SORTED, 300), key=lambda person: person.username)
    days = sorted(_draw_day(chance) for _ in people)
    rows: Rows = [("Username", "Course Code", "Completion Date")]
    rows += [(person.username, "DP-300", day) for person, day in zip(people, days, strict=True)]
    return rows


def make_merger_rows() -> Rows:
    """10: the file of a merged hospital, where another Smith was "jsmith"; names stand beside the usernames."""
    rows: Rows = [("Username", "First name", "Last name", "Course Code", "Completed")]
    for at, person in enumerate(_take_people(_MERGER, 50)):
        rows.append(
            (person.username, person.first_name, person.last_name, _CODES[at % 9], f"{at % 28 + 1:02d}/03/2025")
        )
    for at in range(6):
        rows.append(("jsmith", "Jane", "Brightwater", _CODES[at], f"{at + 14:02d}/04/2025"))
    rows.append(("jsmith", "John", "Smith", "FS-101", "20/05/2025"))
    rows += [(f"mr{at:03d}", "Alex", "Marlow", "FS-101", "21/05/2025") for at in range(3)]
    return rows


def make_bergmann_rows() -> Rows:
    """13: a German list for Bergmann: 1,100 rows that fit, 40 of unknown people, 60 of a course it does not have."""
    chance = random.Random(13)  # noqa: S311 - made-up dates
    people = [person for person in bergmann.make_people()[1:] if person.is_active][:1_200]
    codes = ("UVV-10", "LAS-05", "KRA-01", "ERH-01", "BRA-02", "GEF-01", "QMS-03")
    rows: Rows = []
    for at, person in enumerate(people):
        code = "STAPLER" if at >= 1_140 else codes[at % len(codes)]
        username = f"extern{at}" if 1_100 <= at < 1_140 else person.username
        rows.append((username, person.full_name, code, f"{_draw_day(chance):%d.%m.%Y}"))
    chance.shuffle(rows)
    return [("Benutzername", "Name", "Kurscode", "Abschlussdatum"), *rows]


def list_current() -> dict[str, list[tuple[str, date]]]:
    """Return (course code, day) of the rows that become current, by file."""
    cells: dict[str, list[Sequence[Cell]]] = {
        "01-clean.xlsx": [row[1:] for row in make_clean_rows()[1:]],
        "03-trainer-sheet.xlsx": [("MH-105", "13/11/2026")] * (len(make_trainer_rows()) - 5),
        "04-us-dates-all-below-13.csv": [(row[1], _turn_us(str(row[2]))) for row in make_us_rows()[1:]],
        "05-day-and-month-mixed.csv": [row[1:] for row in make_mixed_rows()[1:]],
        "06-lost-zeros.csv": [row[1:] for row in make_lost_zero_rows()[0][1:] if len(str(row[0])) == _ID_DIGITS],
        "07-filtered.xlsx": [row[2:] for row in make_filtered_rows() if row[0] == SHOWN_DEPARTMENT],
        "08-dragged-down.xlsx": [row[1:] for row in make_dragged_rows()[1:2]],
        "09-sorted-one-column.xlsx": [row[1:] for row in make_sorted_rows()[1:]],
        "10-merger-jsmith.csv": [row[3:] for row in make_merger_rows()[1:] if row[2] not in ("Brightwater", "Marlow")],
        "13-benutzer-schulungen.csv": [
            row[2:] for row in make_bergmann_rows()[1:] if row[2] != "STAPLER" and not str(row[0]).startswith("extern")
        ],
    }
    return {
        name: [(str(code), day) for code, text in rows if (day := _read_day(text)) is not None]
        for name, rows in cells.items()
    }


def _turn_us(text: str) -> str:
    month, day, year = text.split("/")
    return f"{day}/{month}/{year}"


def _read_day(cell: Cell) -> date | None:
    """Read a cell of these files: a date, or its text with the day first; None where the month comes first."""
    if isinstance(cell, date):
        return cell
    day, month, year = (int(part) for part in str(cell).replace(".", "/").split("/"))
    return date(year, month, day) if month <= _MONTHS else None
