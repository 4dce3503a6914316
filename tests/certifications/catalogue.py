"""Certifications for tests, and pictures of what is recorded about them."""

import datetime as dt
from typing import Any

from certifications.models import (
    Certification,
    CertificationAssignment,
    CertificationRecord,
    CertificationStatus,
    Evidence,
)
from lms.core.periods import Period
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

TABLES = (
    "certifications_certificationrecord",
    "certifications_certificationstatus",
    "certifications_statuschange",
    "certifications_certificationassignment",
    "certifications_evidence",
    "certifications_sighting",
)


def add_certification(tenant: Tenant, short_name: str, id_number: str = "", **fields: Any) -> Certification:
    """Write one certification of a year, in the tenant's own scope."""
    values = {
        "name": f"{short_name} certification",
        "active_period": Period.parse("12 months"),
        "recertification_window": Period.parse("1 month"),
        "minimum_active_period": Period.parse("1 month"),
    } | fields
    with tenant_scope(tenant.pk):
        found = Certification(tenant=tenant, short_name=short_name, id_number=id_number, **values)
        found.save()
        return found


def assign(person: User, certification: Certification, *, on: str = "2020-01-01") -> None:
    """Let a person hold a certification, by hand."""
    with tenant_scope(person.tenant_id):
        CertificationAssignment.objects.create(
            tenant_id=person.tenant_id,
            person=person,
            certification=certification,
            assigned_on=dt.date.fromisoformat(on),
        )


def records(tenant: Tenant) -> list[tuple[str, str, str, str]]:
    """Return (person, short name, completed on, expires on) of every record."""
    with tenant_scope(tenant.pk):
        found = CertificationRecord.objects.select_related("person", "certification")
        return sorted(
            (one.person.username, one.certification.short_name, str(one.completed_on), str(one.expires_on))
            for one in found
        )


def statuses(tenant: Tenant) -> list[tuple[str, str, str, str]]:
    """Return (person, short name, state, completed on) of every current certification."""
    with tenant_scope(tenant.pk):
        found = CertificationStatus.objects.select_related("person", "certification")
        return sorted(
            (one.person.username, one.certification.short_name, one.state, str(one.completed_on or "")) for one in found
        )


def assignments(tenant: Tenant) -> list[tuple[str, str, str, str]]:
    """Return (person, short name, assigned on, origin) of every assignment."""
    with tenant_scope(tenant.pk):
        found = CertificationAssignment.objects.select_related("person", "certification")
        return sorted(
            (one.person.username, one.certification.short_name, str(one.assigned_on), one.origin) for one in found
        )


def evidence(tenant: Tenant) -> list[tuple[str, str, str, str]]:
    """Return (person, short name, ID number, completed on) of every evidence."""
    with tenant_scope(tenant.pk):
        return sorted(
            (one.person.username, one.short_name, one.id_number, str(one.completed_on))
            for one in Evidence.objects.select_related("person")
        )
