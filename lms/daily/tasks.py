"""The tasks of the daily job. Their messages say "look": whether there is anything to do stands in the database."""

from datetime import date
from typing import Final

from celery import shared_task

from lms.daily.services import find_due, run_daily
from lms.tenancy.tasks import TenantTask

# How often the clocks are looked at. A message that has waited that long is as good as lost: another one comes.
LOOK_SECONDS: Final = 300
# One transaction for a whole tenant and day; the usual limit is for work in small slices.
LIMIT_SECONDS: Final = 3_600


@shared_task(name="maint.daily")
def look_at_clocks() -> None:
    """Have the daily job run for every tenant whose hour has come; each in a task of its own, so that none waits for another."""
    for tenant, day in find_due():
        run_tenant.apply_async((tenant.pk, day.isoformat()), expires=LOOK_SECONDS)


@shared_task(base=TenantTask, bind=True, name="maint.daily_tenant", time_limit=LIMIT_SECONDS)
def run_tenant(self: TenantTask, tenant_id: int, day: str) -> None:  # noqa: ARG001 - TenantTask has made a tenant of it
    """Run one tenant's day; doubled and late messages change nothing."""
    run_daily(self.tenant, as_of=date.fromisoformat(day))
