"""Celery tasks of the engine. Their messages only say "look": the work is claimed in the database."""

from celery import shared_task

from lms.imports.lanes import is_work_due, wake_workers
from lms.imports.working import work_until_idle

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
