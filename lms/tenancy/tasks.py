"""The base of Celery tasks that work for one tenant."""

from typing import Any

from celery import Task

from lms.tenancy.models import Tenant


class TenantTask(Task):  # type: ignore[misc]
    """Binds the tenant of the first argument as `self.tenant`; every unit of work opens its own scope."""

    abstract = True
    tenant: Tenant

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.tenant = Tenant.objects.get(pk=kwargs.get("tenant_id", args[0] if args else None))
        return super().__call__(*args, **kwargs)
