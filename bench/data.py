"""The organisation and the file that every contestant gets: 60,000 people, 500 courses, 50,000 rows."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection, connections

from lms.demo.sample_writing import write_csv_file, write_xlsx_file
from lms.people.models import Role, User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

PEOPLE: Final = 60_000
COURSES: Final = 500
HEADER: Final = ("Username", "Course Code", "Completion Date")
# Shares of the file: repeats of other rows, bad rows of several kinds, rows for what has a completion already.
REPEATED: Final = 0.05
BAD: Final = 0.02
MET: Final = 0.1
_FIRST_DAY: Final = date(2012, 1, 1)
_DAYS: Final = 4_000

_ADD_PEOPLE: Final = """
INSERT INTO people_user (tenant_id, username, username_key, email, email_key, employee_id, employee_id_key, first_name,
                         last_name, role, date_format, time_zone, language, is_active, password, created_at)
SELECT %(tenant)s, name, name, '', '', '', '', 'First' || n, 'Last' || n, 'learner', '', '', '', true, '!', now()
FROM (SELECT n, 'person' || lpad(n::text, 6, '0') AS name FROM generate_series(0, %(people)s - 1) AS n) made
"""
_ADD_COURSES: Final = """
INSERT INTO courses_course (tenant_id, code, code_key, name, is_active, open_for_import, created_at)
SELECT %(tenant)s, 'C-' || lpad(n::text, 4, '0'), 'c-' || lpad(n::text, 4, '0'), 'Course ' || n, true, true, now()
FROM generate_series(0, %(courses)s - 1) AS n
"""
# The pair of person and course number i: `existing_pair` below is the same rule in Python.
_ADD_COMPLETIONS: Final = """
INSERT INTO completions_achievement (tenant_id, person_id, course_id, completed_on, note, origin, date_text, recorded_at)
SELECT %(tenant)s, person.id, course.id, %(first)s::date + (i * 17 %% %(days)s)::int, '', 'learning', '', now()
FROM generate_series(0, %(existing)s - 1) AS i
JOIN people_user person ON person.tenant_id = %(tenant)s
     AND person.username_key = 'person' || lpad((i %% %(people)s)::text, 6, '0')
JOIN courses_course course ON course.tenant_id = %(tenant)s
     AND course.code_key = 'c-' || lpad(((i / %(people)s * 37 + i * 11) %% %(courses)s)::text, 4, '0')
"""
_ADD_RESULTS: Final = """
INSERT INTO completions_courseresult (tenant_id, person_id, course_id, status, percent, completed_on, achievement_id,
                                      updated_at)
SELECT tenant_id, person_id, course_id, 'completed', 100, completed_on, id, recorded_at
FROM completions_achievement WHERE tenant_id = %(tenant)s
"""
_ADD_ASSIGNMENTS: Final = """
INSERT INTO courses_courseassignment (tenant_id, person_id, course_id, assigned_on, origin)
SELECT tenant_id, person_id, course_id, completed_on, 'manual'
FROM completions_achievement WHERE tenant_id = %(tenant)s
"""
_TABLES: Final = (
    "people_user", "courses_course", "completions_achievement", "completions_courseresult", "courses_courseassignment",
    "certifications_certification", "certifications_certificationassignment", "certifications_certificationrecord",
    "certifications_certificationstatus", "offline_records_offlinerecord",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Files:
    """The same rows in both formats, and how many of them can be imported."""

    csv: Path
    xlsx: Path
    rows: list[tuple[str, str, str]]
    good: list[tuple[str, str, str]]  # each pair once, nothing wrong: what the weaker contestants get


def make_tenant(slug: str, *, existing: int) -> Tenant:
    """Write an organisation with `existing` completions and its owner, "owner"."""
    tenant = Tenant.objects.create(
        slug=slug, name=slug.title(), host=f"{slug}.{settings.BASE_DOMAIN}", change_threshold_percent=100
    )
    numbers: dict[str, int | date] = {
        "tenant": tenant.pk,
        "people": PEOPLE,
        "courses": COURSES,
        "existing": existing,
        "first": _FIRST_DAY,
        "days": _DAYS,
    }
    with tenant_scope(tenant.pk):
        User(tenant=tenant, username="owner", role=Role.OWNER, email="owner@example.com").save()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_nestloop = off")  # the planner does not know the fresh tables yet
            for statement in (_ADD_PEOPLE, _ADD_COURSES, _ADD_COMPLETIONS, _ADD_RESULTS, _ADD_ASSIGNMENTS):
                cursor.execute(statement, numbers)
    return tenant


def settle_database() -> None:
    """Let the planner know the tables, so that no contestant pays for the loading."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {', '.join(_TABLES)}")


def existing_pair(number: int) -> tuple[int, int]:
    """Return the person and course of an existing completion."""
    return number % PEOPLE, (number // PEOPLE * 37 + number * 11) % COURSES


def write_files(directory: Path, *, rows: int, existing: int, seed: int) -> Files:
    """Write the file as CSV and XLSX."""
    chance = random.Random(seed)  # noqa: S311 - made-up rows
    repeated, bad = int(rows * REPEATED), int(rows * BAD)
    wanted = rows - repeated - bad
    pairs = {existing_pair(number) for number in chance.sample(range(existing), int(wanted * MET))}
    while len(pairs) < wanted:
        pairs.add((chance.randrange(PEOPLE), chance.randrange(COURSES)))
    good = [_cells(person, course, _day(chance)) for person, course in sorted(pairs)]
    chance.shuffle(good)
    lines = [*good, *chance.sample(good, repeated), *(_spoil(chance, kind) for kind in range(bad))]
    chance.shuffle(lines)
    csv, xlsx = directory / f"file-{seed}.csv", directory / f"file-{seed}.xlsx"
    write_csv_file(csv, [HEADER, *lines])
    write_xlsx_file(xlsx, [HEADER, *lines], sheet="Completions")
    return Files(csv, xlsx, lines, good)


def _day(chance: random.Random) -> date:
    return _FIRST_DAY + timedelta(days=chance.randrange(_DAYS))


def _cells(person: int, course: int, day: date) -> tuple[str, str, str]:
    return f"person{person:06d}", f"C-{course:04d}", f"{day:%d/%m/%Y}"


def _spoil(chance: random.Random, kind: int) -> tuple[str, str, str]:
    username, code, day = _cells(chance.randrange(PEOPLE), chance.randrange(COURSES), _day(chance))
    match kind % 5:
        case 0:
            return f"left.{kind}", code, day
        case 1:
            return username, f"OLD-{kind % 12:02d}", day
        case 2:
            return username, code, "31/02/2024"
        case 3:
            return username, code, "31/12/2099"
        case _:
            return "", code, day
