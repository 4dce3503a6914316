"""Celery tasks of the engine. Their messages only say "look": the work is claimed in the database."""

from celery import shared_task

from lms.imports.lanes import is_work_due, wake_workers
from lms.imports.retention import earliest_today, run_partition_upkeep, run_retention
from lms.imports.working import work_until_idle
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant

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
def keep_retention() -> None:
    """Make and drop partitions, then purge what is due and give up imports nobody confirmed, tenant by tenant (E-18, E-67).

    Hourly, because midnight comes at another time in every tenant's zone; each step does nothing when it is done.
    """
    run_partition_upkeep(today=earliest_today())
    for tenant in Tenant.objects.filter(is_active=True):
        run_retention(tenant, today=today(tenant))
