"""Offline records of the bench: one activity, records of it that are there, and a file of 50,000 rows without a fault.

All of them are created in one transaction, or none: the file is what a person would upload after correcting it.
Public: `add_activity`, `write_records`, `make_kind`.
"""

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from django.db import connection
from django.utils import timezone

from bench import data
from bench.ours import Kind
from lms.core.periods import Period
from lms.demo.sample_writing import write_csv_file
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from offline_records.choices import Field, Need
from offline_records.models import Category, OfflineActivity

FIELDS: Final = ("username", "activity", "domain", "completed_on", "hours", "certificate_number")
CODE: Final = "FAW"
_DAYS: Final = 900

# A person's records of it are a week apart, all of them older than those of the file.
_ADD_RECORDS: Final = """
INSERT INTO offline_records_offlinerecord (tenant_id, person_id, activity_id, completed_on, result, provider, location,
       certificate_number, notes, expires_on, is_expiry_stated, custom, origin, date_text, recorded_at)
SELECT %(tenant)s, person.id, %(activity)s, day, '', '', '', 'RW-' || i, '', day + interval '36 months', false, '{}',
       'manual', '', now()
FROM (SELECT i, %(today)s::date - %(days)s - (i / %(people)s)::int * 7 AS day
      FROM generate_series(0, %(existing)s - 1) AS i) made
JOIN people_user person ON person.tenant_id = %(tenant)s
     AND person.username_key = 'person' || lpad((i %% %(people)s)::text, 6, '0')
"""


def add_activity(tenant: Tenant, *, existing: int) -> int:
    """Write the activity and `existing` records of it; return its id."""
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        activity = OfflineActivity.objects.create(
            tenant=tenant,
            code=CODE,
            name="First Aid at Work",
            category=Category.objects.create(tenant=tenant, name="First Aid"),
            validity=Period.parse("36 months"),
            fields={Field.HOURS: Need.OPTIONAL, Field.CERTIFICATE_NUMBER: Need.REQUIRED},
        )
        numbers: dict[str, int | date] = {
            "tenant": tenant.pk,
            "activity": activity.pk,
            "people": data.PEOPLE,
            "existing": existing,
            "days": _DAYS,
            "today": timezone.now().date(),
        }
        cursor.execute("SET LOCAL enable_nestloop = off")  # the planner does not know the fresh tables yet
        cursor.execute(_ADD_RECORDS, numbers)
    return activity.pk


def make_kind(activity_id: int) -> Kind:
    """Return the kind of import with what it is for; nobody here is in a user domain."""
    options = {"activity": activity_id, "domain": 0, "identifier": "username", "failure_mode": "stop_if_any"}
    return Kind("offline_records", FIELDS, options, {"messages": "suppress"})


def write_records(directory: Path, *, rows: int, seed: int) -> Path:
    """Write the file: each row another pair of person and day."""
    chance = random.Random(seed)  # noqa: S311 - made-up rows
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < rows:
        pairs.add((chance.randrange(data.PEOPLE), chance.randrange(1, _DAYS)))
    today = timezone.now().date()
    lines = [
        (f"person{person:06d}", CODE, "(none)", f"{today - timedelta(days=ago):%d/%m/%Y}", "24", f"RW-{number}")
        for number, (person, ago) in enumerate(sorted(pairs))
    ]
    chance.shuffle(lines)
    path = directory / f"offline-{seed}.csv"
    write_csv_file(path, [FIELDS, *lines])
    return path
