"""The base of Celery tasks that work for one tenant."""

from typing import Any

from celery import Task

from lms.tenancy.models import Tenant


class TenantTask(Task):  # type: ignore[type-arg]
    """Binds the tenant of the first argument as `self.tenant`; every unit of work opens its own scope."""

    abstract = True
    tenant: Tenant

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        tenant_id: int = kwargs["tenant_id"] if "tenant_id" in kwargs else args[0]
        self.tenant = Tenant.objects.get(pk=tenant_id)
        return super().__call__(*args, **kwargs)
