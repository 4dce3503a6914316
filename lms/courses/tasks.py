"""The job that makes up for what was missed: courses of teams that somebody in them does not have yet."""

from celery import shared_task

from lms.courses.memberships import expand_team_courses
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope


@shared_task(name="courses.expand_teams")
def expand_teams() -> None:
    """Assign what follows from teams, tenant by tenant. Safe to repeat; one statement a tenant."""
    for tenant_id in Tenant.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True):
        with tenant_scope(tenant_id):
            expand_team_courses()
