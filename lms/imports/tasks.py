"""Celery tasks of the engine. Their messages only say "look": the work is claimed in the database."""

from celery import shared_task

from lms.imports.lanes import is_work_due, wake_workers
from lms.imports.retention import earliest_today, run_partition_upkeep, run_retention
from lms.imports.working import work_until_idle
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from lms.tenancy.tasks import TenantTask

# One message's worth of work; what is left after it gets a message of its own (seconds).
WORK_SECONDS = 60


@shared_task(name="imports.wake")
def wake() -> None:
    """Work until nothing is due; a lost, doubled or late message changes nothing."""
    if work_until_idle(seconds=WORK_SECONDS):
        wake_workers()


@shared_task(name="imports.reconcile")
def reconcile() -> None:
    """Wake a worker if something is due that nobody holds: makes up for lost messages and dead workers."""
    if is_work_due():
        work_until_idle(seconds=WORK_SECONDS)


@shared_task(name="maint.hourly")
def keep_house() -> None:
    """Make and drop partitions of the row log, and have every tenant's retention looked after (E-18, E-67).

    Hourly, because midnight comes at another time in every tenant's zone; each step does nothing when it is done.
    """
    run_partition_upkeep(today=earliest_today())
    for tenant_id in Tenant.objects.filter(is_active=True).values_list("pk", flat=True):
        keep_tenant.delay(tenant_id)


@shared_task(base=TenantTask, bind=True, name="maint.keep_tenant")
def keep_tenant(self: TenantTask, tenant_id: int) -> None:  # noqa: ARG001 - TenantTask has made a tenant of it
    """Purge what is due in one tenant and give up imports nobody confirmed; a lost message is made up for next hour."""
    run_retention(self.tenant, today=today(self.tenant))
