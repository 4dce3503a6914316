"""Runs the daily job: everything of one tenant's day in one transaction (docs/decisions/daily-job.md).

Public: `run_daily` for one tenant and day, `run_each` for several, `find_due` for every tenant whose hour has come,
`has_run`.
"""

import logging
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from lms.audit.services import record_event
from lms.core.failpoints import reach
from lms.daily.models import DailyRun
from lms.daily.parts import DailyContext, all_parts
from lms.daily.selectors import latest_run_day
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

logger = logging.getLogger(__name__)

# Whoever holds it runs the job of this tenant; it ends with the transaction, also with that of a killed process.
_TAKE_TURN: Final = "SELECT pg_try_advisory_xact_lock(hashtext('daily'), %s)"


def run_daily(tenant: Tenant, *, as_of: date) -> DailyRun | None:
    """Do what `as_of` and the days since the last run ask for, once; return the run, or None if there was nothing to do.

    None: that day or a later one has had its run, another worker is at it, or the tenant is not active. A run that
    dies leaves nothing behind and is repeated.
    """
    if not tenant.is_active:
        return None
    with tenant_scope(tenant.pk):
        if not _take_turn(tenant):
            return None
        latest = latest_run_day()
        if latest is not None and latest >= as_of:
            return None
        now = timezone.now()
        run = DailyRun.objects.create(tenant=tenant, run_on=as_of, started_at=now, finished_at=now)
        previous = latest or as_of - timedelta(days=1)
        context = DailyContext(tenant=tenant, as_of=as_of, previous=previous, now=now)
        for name, part in all_parts().items():
            run.counts[name] = dict(part(context))
            reach(f"daily.after_{name}")
        run.finished_at = timezone.now()
        run.save(update_fields=["counts", "finished_at"])
        record_event("daily.run.finished", subject=run, details={"day": as_of.isoformat(), "counts": run.counts})
        reach("daily.before_commit")
    return run


def run_each(wanted: Iterable[tuple[Tenant, date]]) -> list[DailyRun]:
    """Run the job of these tenants and days one after the other; one that fails stops no other, and is tried again later."""
    runs = []
    for tenant, day in wanted:
        try:
            run = run_daily(tenant, as_of=day)
        except Exception:
            logger.exception("daily job of tenant %s for %s failed", tenant.pk, day)
        else:
            runs += [run] if run else []
    return runs


def find_due() -> list[tuple[Tenant, date]]:
    """Return the active tenants whose hour has come on a day that has had no run, with that day; a small query each.

    The hour has come when the clock on the tenant's wall shows it or a later one: an hour that a change to summer
    time leaves out is made up for in the next. A day missed altogether is covered by the run of a later one.
    """
    now = timezone.now()
    due = []
    for tenant in Tenant.objects.filter(is_active=True).order_by("pk"):
        local = now.astimezone(tenant.zone)
        if local.hour >= tenant.reminder_hour and not has_run(tenant, day=local.date()):
            due.append((tenant, local.date()))
    return due


def has_run(tenant: Tenant, *, day: date) -> bool:
    """Return whether that day of a tenant, or a later one, has had its run."""
    with tenant_scope(tenant.pk):
        latest = latest_run_day()
    return latest is not None and latest >= day


def _take_turn(tenant: Tenant) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_TURN, [tenant.pk])
        return bool(cursor.fetchone()[0])
