"""Background work of the audit history."""

from celery import shared_task

from lms.audit.sealing import seal_all_tenants


@shared_task(name="audit.seal_events")
def seal_new_events() -> None:
    """Seal what was recorded since the last run, tenant by tenant."""
    seal_all_tenants()
