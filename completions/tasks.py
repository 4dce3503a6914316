"""The worker's task that brings changed settings to people. A wake-up: what is to be done stands in the database."""

import logging
from typing import Final

from celery import shared_task

from completions.pushing import carry_out_next
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

logger = logging.getLogger(__name__)

# A push is one transaction however many people have the course; the usual limit would kill a long one again and again.
LIMIT_SECONDS: Final = 3_600


@shared_task(name="completions.push_settings", time_limit=LIMIT_SECONDS)
def push_settings() -> None:
    """Carry out what is not done yet, tenant by tenant, each push in its own transaction. Safe to repeat at any time."""
    for tenant in Tenant.objects.filter(is_active=True).order_by("pk"):
        try:
            while _carry_out(tenant):
                pass
        except Exception:
            # Whatever it is: the push is as it was; the next sweep tries again. The other tenants must not wait for it.
            logger.exception("the changed settings of a course of tenant %s could not be carried out", tenant.pk)


def _carry_out(tenant: Tenant) -> bool:
    with tenant_scope(tenant.pk):
        return carry_out_next(tenant)
