"""Offline activities for tests, and files of their records."""

import datetime as dt
from typing import Any

from lms.people.models import PeopleDomain, Promotion, PromotionDomain, Role, RolePermission, User
from lms.people.permissions import Permission
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from offline_records.choices import Kind, Origin
from offline_records.models import ActivityDomain, Category, CustomField, OfflineActivity, OfflineRecord

KIND = "offline_records"
TABLES = ("offline_records_offlinerecord",)
HEAD = "username,activity,domain,completed_on"


def add_category(tenant: Tenant, name: str, *, parent: Category | None = None, is_active: bool = True) -> Category:
    """A category, below another one or at the top."""
    with tenant_scope(tenant.pk):
        return Category.objects.create(tenant=tenant, name=name, parent=parent, is_active=is_active)


def add_activity(
    tenant: Tenant,
    code: str = "LIFT",
    *,
    category: Category | None = None,
    domains: tuple[PeopleDomain, ...] = (),
    **fields: Any,
) -> OfflineActivity:
    """An activity; with domains it is open to these alone."""
    with tenant_scope(tenant.pk):
        found = category or Category.objects.filter(name="Courses in person").first()
        if found is None:
            found = Category.objects.create(tenant=tenant, name="Courses in person")
        values: dict[str, Any] = {"name": f"{code} course", "category": found, "is_open_to_all": not domains} | fields
        activity = OfflineActivity.objects.create(tenant=tenant, code=code, **values)
        for domain in domains:
            ActivityDomain.objects.create(tenant=tenant, activity=activity, domain=domain)
    return activity


def add_field(activity: OfflineActivity, label: str, kind: str = Kind.TEXT, **fields: Any) -> CustomField:
    """A field of the organisation's own."""
    with tenant_scope(activity.tenant_id):
        return CustomField.objects.create(
            tenant_id=activity.tenant_id, activity=activity, label=label, kind=kind, **fields
        )


def add_record(person: User, activity: OfflineActivity, completed_on: dt.date, **fields: Any) -> OfflineRecord:
    """A record as the manual form writes it."""
    values: dict[str, Any] = {
        "origin": Origin.MANUAL,
        "recorded_at": dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
    } | fields
    with tenant_scope(person.tenant_id):
        return OfflineRecord.objects.create(
            tenant_id=person.tenant_id, person=person, activity=activity, completed_on=completed_on, **values
        )


def choose(
    activity: OfflineActivity, domain: PeopleDomain | None = None, *, identifier: str = "username"
) -> dict[str, Any]:
    """The options of an import for this activity and user domain; None: people without one."""
    return {"activity": activity.pk, "domain": domain.pk if domain else 0, "identifier": identifier}


def allow_leader(tenant: Tenant, leader: User, *domains: PeopleDomain, role: str = Role.TEAM_LEADER) -> None:
    """Give a team role the permission, and the leader's promotions these user domains (S-01)."""
    with tenant_scope(tenant.pk):
        RolePermission.objects.create(
            tenant=tenant, role=role, permission=Permission.IMPORT_OFFLINE_RECORDS, allowed=True
        )
        for promotion in Promotion.objects.filter(person=leader):
            for domain in domains:
                PromotionDomain.objects.create(tenant=tenant, promotion=promotion, domain=domain)
