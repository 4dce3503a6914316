"""The daily job with a million results and a million current certifications, about one in a hundred with something to do.

Public: `run_daily_bench`.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.db import connection

from bench.data import COURSES, PEOPLE, make_tenant, settle_database
from bench.reporting import describe_machine, say
from lms.daily.services import run_daily
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

RESULTS: Final = 1_000_000
NEVER_COMPLETED: Final = 50_000
STATUSES: Final = 1_000_000
DAY: Final = date(2026, 3, 15)
NIGHTS: Final = 3
_SLOWEST: Final = 5

_SET_COURSES: Final = """
UPDATE courses_course SET compliant_for = '365 days', retake_days = 30, due_within = '30 days',
       remind_days_before = 7, remind_every = '1 week', remind_at_most = 3
"""
_SET_PEOPLE: Final = "UPDATE people_user SET email = username || '@example.com', email_key = username || '@example.com'"
# Pair number i is that of `bench.data`. Compliance ends, and due dates fall, evenly on the days around `day`; what has
# been open since before it is open already.
_PAIRS: Final = """
WITH pair AS MATERIALIZED (
    SELECT i, person.id AS person_id, course.id AS course_id
    FROM generate_series(0, %(pairs)s - 1) AS i
    JOIN people_user person ON person.tenant_id = %(tenant)s
         AND person.username_key = 'person' || lpad((i %% %(people)s)::text, 6, '0')
    JOIN courses_course course ON course.tenant_id = %(tenant)s
         AND course.code_key = 'c-' || lpad(((i / %(people)s * 37 + i * 11) %% %(courses)s)::text, 4, '0')
)
"""
_ADD_RESULTS: Final = (
    _PAIRS  # noqa: S608 - made of two constants
    + """
INSERT INTO completions_courseresult (tenant_id, person_id, course_id, status, percent, completed_on, compliant_until,
                                      retake_opens_on, updated_at)
SELECT %(tenant)s, person_id, course_id, CASE WHEN until - 30 < %(day)s THEN 'not_started' ELSE 'completed' END,
       CASE WHEN until - 30 < %(day)s THEN 0 ELSE 100 END, until - 365, until, until - 30, now()
FROM (
    SELECT pair.*, %(day)s::date + ((i::bigint * 7919 + i / %(people)s * 131) %% 500)::int - 250 AS until
    FROM pair WHERE i < %(results)s
) ending
"""
)
_ADD_ASSIGNMENTS: Final = (
    _PAIRS
    + """
INSERT INTO courses_courseassignment (tenant_id, person_id, course_id, assigned_on, due_on, origin)
SELECT %(tenant)s, person_id, course_id, %(day)s::date - 400,
       CASE WHEN i >= %(results)s THEN %(day)s::date + (i::bigint * 7919 %% 50)::int - 25 END, 'manual'
FROM pair
"""
)
# Windows open, "expiring soon" and expiries fall evenly on the days around `day`. No records: the job reads none.
_ADD_CERTIFICATIONS: Final = """
INSERT INTO certifications_certification (tenant_id, short_name, short_name_key, id_number, id_number_key, name, method,
                                          active_period, recertification_window, is_active, created_at)
SELECT %(tenant)s, 'K-' || i, 'k-' || i, '', '', 'Certification ' || i, 'completion_date', '12 months', '60 days', true, now()
FROM generate_series(1, %(certifications)s) AS i
"""
_ADD_STATUSES: Final = """
INSERT INTO certifications_certificationstatus (tenant_id, person_id, certification_id, state, completed_on,
                                                window_opens_on, expires_on, updated_at)
SELECT %(tenant)s, person.id, certification.id,
       CASE WHEN expires - 60 < %(day)s THEN 'window_open' ELSE 'certified' END, expires - 365, expires - 60, expires, now()
FROM generate_series(0, %(statuses)s - 1) AS i
JOIN people_user person ON person.tenant_id = %(tenant)s
     AND person.username_key = 'person' || lpad((i %% %(people)s)::text, 6, '0')
JOIN certifications_certification certification ON certification.tenant_id = %(tenant)s
     AND certification.short_name_key = 'k-' || (i / %(people)s + 1)
CROSS JOIN LATERAL (SELECT %(day)s::date + ((i::bigint * 7919 + i / %(people)s * 131) %% 300)::int AS expires) ending
"""


def run_daily_bench(*, is_quick: bool, output: Path) -> None:
    """Measure some nights of one of two equal organisations; print and write the numbers. `is_quick`: a tenth of it."""
    share = 10 if is_quick else 1
    say(f"Making two organisations with {RESULTS // share:,} results and as many certifications of people ...")
    tenant, _ = (_make(slug, share=share) for slug in ("nights", "others"))
    settle_database()
    nights = [_measure(tenant, DAY + timedelta(days=number)) for number in range(NIGHTS)]
    for night in nights:
        counts = ", ".join(f"{name} {count:,}" for name, count in night["counts"].items() if count)
        say(f"{night['day']}: {night['seconds']:.2f} s ({counts})")
        for text, seconds in night["slowest"]:
            say(f"    {seconds:6.2f} s  {text}")
    output.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    target = output / f"daily-{now:%Y%m%d-%H%M%S}.json"
    facts = {
        "at": now.isoformat(),
        "results": RESULTS // share,
        "statuses": STATUSES // share,
        "machine": describe_machine(),
        "nights": nights,
    }
    target.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def _make(slug: str, *, share: int) -> Tenant:
    tenant = make_tenant(slug, existing=0)
    results = RESULTS // share
    numbers: dict[str, int | date] = {
        "tenant": tenant.pk,
        "people": PEOPLE,
        "courses": COURSES,
        "results": results,
        "pairs": results + NEVER_COMPLETED // share,
        "statuses": STATUSES // share,
        "certifications": -(-STATUSES // share // PEOPLE),
        "day": DAY,
    }
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")  # the planner does not know the fresh tables yet
        for statement in (
            _SET_COURSES,
            _SET_PEOPLE,
            _ADD_RESULTS,
            _ADD_ASSIGNMENTS,
            _ADD_CERTIFICATIONS,
            _ADD_STATUSES,
        ):
            cursor.execute(statement, numbers)
    return tenant


def _measure(tenant: Tenant, day: date) -> dict[str, Any]:
    spent: list[tuple[str, float]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        began = time.monotonic()
        try:
            return execute(sql, params, *rest)
        finally:
            kind = f"{params['kind']}: " if isinstance(params, dict) and "kind" in params else ""
            spent.append((kind + " ".join(sql.split())[:80], round(time.monotonic() - began, 3)))

    began = time.monotonic()
    with connection.execute_wrapper(note):
        run = run_daily(tenant, as_of=day)
    seconds = time.monotonic() - began
    assert run is not None  # noqa: S101 - no such day was run before
    slowest = sorted(spent, key=lambda one: one[1], reverse=True)[:_SLOWEST]
    counts = run.counts["completions"] | run.counts["certifications"]
    return {"day": str(day), "seconds": round(seconds, 3), "counts": counts, "slowest": slowest}
