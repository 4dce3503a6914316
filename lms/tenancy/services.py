"""Writing tenants: a new organisation with its first owner, and its settings.

Public surface: `create_tenant`, `save_settings`.
"""

from collections.abc import Collection

from django.db import connection

from lms.audit.services import record_event
from lms.people.models import Role, User
from lms.people.services import save_person
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope


def create_tenant(
    slug: str, *, name: str, host: str, owner: User, time_zone: str, language: str, date_format: str
) -> Tenant:
    """Create an organisation and its first Account Owner in one transaction of its own; raise IntegrityError if taken.

    `owner` is not saved yet; the role and the tenant are set here.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [Tenant._meta.db_table])
        number = int(cursor.fetchone()[0])
    tenant = Tenant(
        pk=number,
        slug=slug,
        name=name,
        host=host.lower(),
        time_zone=time_zone,
        language=language,
        date_format=date_format,
        contact=owner.full_name,
        contact_email=owner.email,
    )
    with tenant_scope(number):
        tenant.save(force_insert=True)
        owner.tenant, owner.role = tenant, Role.OWNER
        save_person(owner, actor=None)
        record_event("tenancy.tenant.created", actor=None, subject_kind="tenant", subject_id=number, subject_label=name)
    return tenant


def save_settings(tenant: Tenant, *, actor: User, changed: Collection[str]) -> None:
    """Save an organisation's settings in the open scope; the audit history keeps which ones and their new values."""
    tenant.save()
    values = {field: str(getattr(tenant, field)) for field in changed}
    record_event(
        "tenancy.settings.changed",
        actor=actor,
        subject_kind="tenant",
        subject_id=tenant.pk,
        subject_label=tenant.name,
        details=values,
    )
