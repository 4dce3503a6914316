"""Certifications of the bench: 200 of them, held by people in all states, and a file of 50,000 records.

Shares of the file are those of `data`: repeats, bad rows, rows that meet what is there; half of the rows have a due date.
Public: `add_certifications`, `write_certificates`.
"""

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from django.db import connection
from django.utils import timezone

from bench import data
from lms.demo.sample_writing import write_csv_file
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

CERTIFICATIONS: Final = 200
HEADER: Final = ("username", "certificationshortname", "certificationidnumber", "completiondate", "duedate")
_DAYS: Final = 900

_ADD_CERTIFICATIONS: Final = """
INSERT INTO certifications_certification (tenant_id, short_name, short_name_key, id_number, id_number_key, name, method,
                                          active_period, recertification_window, minimum_active_period, is_active,
                                          created_at)
SELECT %(tenant)s, 'CERT-' || n, 'cert-' || n, 'N' || n, 'n' || n, 'Certification ' || n,
       (ARRAY['completion_date', 'expiry_date', 'fixed_date'])[n %% 3 + 1], '12 months', '2 months', '3 months', true, now()
FROM generate_series(0, %(certifications)s - 1) AS n
"""
# The pair of person and certification number i: `_existing_pair` below is the same rule in Python.
_ADD_RECORDS: Final = """
INSERT INTO certifications_certificationrecord (tenant_id, person_id, certification_id, completed_on, expires_on,
       window_opens_on, basis, anchor_on, steps, active_period, origin, date_text, due_text, recorded_at)
SELECT %(tenant)s, person.id, certification.id, day, day + interval '12 months', day + interval '10 months', 'completed',
       day, 1, '12 months', 'manual', '', '', now()
FROM (SELECT i, %(today)s::date - (i * 17 %% %(days)s)::int AS day FROM generate_series(0, %(existing)s - 1) AS i) made
JOIN people_user person ON person.tenant_id = %(tenant)s
     AND person.username_key = 'person' || lpad((i %% %(people)s)::text, 6, '0')
JOIN certifications_certification certification ON certification.tenant_id = %(tenant)s
     AND certification.short_name_key = 'cert-' || ((i / %(people)s * 37 + i * 11) %% %(certifications)s)::text
"""
_ADD_STATUSES: Final = """
INSERT INTO certifications_certificationstatus (tenant_id, person_id, certification_id, state, record_id, completed_on,
                                                window_opens_on, expires_on, updated_at)
SELECT tenant_id, person_id, certification_id,
       CASE WHEN expires_on < %(today)s THEN 'expired' WHEN window_opens_on <= %(today)s THEN 'window_open'
            ELSE 'certified' END,
       id,
       CASE WHEN expires_on >= %(today)s THEN completed_on END,
       CASE WHEN expires_on >= %(today)s THEN window_opens_on END,
       CASE WHEN expires_on >= %(today)s THEN expires_on END,
       now()
FROM certifications_certificationrecord WHERE tenant_id = %(tenant)s
"""
_ADD_ASSIGNMENTS: Final = """
INSERT INTO certifications_certificationassignment (tenant_id, person_id, certification_id, assigned_on, origin)
SELECT tenant_id, person_id, certification_id, completed_on, 'manual'
FROM certifications_certificationrecord WHERE tenant_id = %(tenant)s
"""


def add_certifications(tenant: Tenant, *, existing: int) -> None:
    """Write the certifications, and `existing` records with what is current and assigned."""
    numbers: dict[str, int | date] = {
        "tenant": tenant.pk,
        "people": data.PEOPLE,
        "certifications": CERTIFICATIONS,
        "existing": existing,
        "days": _DAYS,
        "today": timezone.now().date(),
    }
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")  # the planner does not know the fresh tables yet
        for statement in (_ADD_CERTIFICATIONS, _ADD_RECORDS, _ADD_STATUSES, _ADD_ASSIGNMENTS):
            cursor.execute(statement, numbers)


def write_certificates(directory: Path, *, rows: int, existing: int, seed: int) -> Path:
    """Write the file."""
    chance = random.Random(seed)  # noqa: S311 - made-up rows
    repeated, bad = int(rows * data.REPEATED), int(rows * data.BAD)
    wanted = rows - repeated - bad
    pairs = {_existing_pair(number) for number in chance.sample(range(existing), int(wanted * data.MET))}
    while len(pairs) < wanted:
        pairs.add((chance.randrange(data.PEOPLE), chance.randrange(CERTIFICATIONS)))
    today = timezone.now().date()
    good = [_cells(chance, person, number, today=today) for person, number in sorted(pairs)]
    chance.shuffle(good)
    lines = [*good, *chance.sample(good, repeated), *(_spoil(chance, kind, today=today) for kind in range(bad))]
    chance.shuffle(lines)
    path = directory / f"certificates-{seed}.csv"
    write_csv_file(path, [HEADER, *lines])
    return path


def _existing_pair(number: int) -> tuple[int, int]:
    """Return the person and certification of an existing record."""
    return number % data.PEOPLE, (number // data.PEOPLE * 37 + number * 11) % CERTIFICATIONS


def _cells(chance: random.Random, person: int, number: int, *, today: date) -> tuple[str, ...]:
    day = today - timedelta(days=chance.randrange(1, _DAYS))
    due = day + timedelta(days=chance.randrange(-30, 60))
    due_text = f"{due:%d/%m/%Y}" if chance.random() < 0.5 else ""
    return f"person{person:06d}", f"CERT-{number}", f"N{number}", f"{day:%d/%m/%Y}", due_text


def _spoil(chance: random.Random, kind: int, *, today: date) -> tuple[str, ...]:
    person, number = chance.randrange(data.PEOPLE), chance.randrange(CERTIFICATIONS)
    username, short_name, id_number, day, due = _cells(chance, person, number, today=today)
    match kind % 5:
        case 0:
            return f"left.{kind}", short_name, id_number, day, due
        case 1:
            return username, f"OLD-{kind % 12:02d}", "", day, due  # becomes evidence
        case 2:
            return username, short_name, id_number, "31/02/2024", due
        case 3:
            return username, short_name, id_number, day, "31/06/2012"
        case _:
            return "", short_name, id_number, day, due
