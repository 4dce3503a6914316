"""Certifications in the tests of the catalogue: written by hand, in the tenant of whom they are for."""

import datetime as dt
from typing import Any

from django.utils import timezone

from certifications.choices import Basis, Origin
from certifications.models import (
    Certification,
    CertificationAssignment,
    CertificationRecord,
    CertificationStatus,
    TeamCertification,
)
from lms.core.periods import Period
from lms.people.models import Team, User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

D = dt.date.fromisoformat
YEAR, MONTH = Period.parse("12 months"), Period.parse("1 month")


def certification(tenant: Tenant, short_name: str = "ILS", **fields: Any) -> Certification:
    """Write a certification: for 12 months, window 1 month, by the completion date."""
    values = {"name": f"{short_name} certification", "active_period": YEAR, "recertification_window": MONTH}
    with tenant_scope(tenant.pk):
        made = Certification(tenant=tenant, short_name=short_name, **(values | fields))
        made.save()
    return made


def give_team(team: Team, found: Certification, on: str = "2026-01-01") -> None:
    """Let a team hold a certification, without expanding it."""
    with tenant_scope(team.tenant_id):
        TeamCertification.objects.create(tenant_id=team.tenant_id, team=team, certification=found, assigned_on=D(on))


def assign(person: User, found: Certification, on: str = "2026-01-01", **fields: Any) -> None:
    """Write an assignment, by hand unless said otherwise."""
    with tenant_scope(person.tenant_id):
        CertificationAssignment.objects.create(
            tenant_id=person.tenant_id, person=person, certification=found, assigned_on=D(on), **fields
        )


def record(person: User, found: Certification, on: str, *, expires: str = "", window: str = "") -> CertificationRecord:
    """Write a completion record; it expires after the active period unless said otherwise."""
    expires_on = D(expires) if expires else YEAR.add(D(on))
    with tenant_scope(person.tenant_id):
        return CertificationRecord.objects.create(
            tenant_id=person.tenant_id,
            person=person,
            certification=found,
            completed_on=D(on),
            expires_on=expires_on,
            window_opens_on=D(window) if window else MONTH.subtract(expires_on),
            basis=Basis.COMPLETED,
            anchor_on=D(on),
            steps=1,
            active_period=YEAR,
            origin=Origin.MANUAL,
            recorded_at=timezone.now(),
        )


def certify(person: User, found: Certification, on: str, *, state: str = "certified", **fields: Any) -> None:
    """Write a record and the current certification that shows it; `fields` overwrite those of the status."""
    made = record(person, found, on)
    is_expired = state == "expired"
    values = {
        "record": made,
        "completed_on": None if is_expired else made.completed_on,
        "window_opens_on": None if is_expired else made.window_opens_on,
        "expires_on": None if is_expired else made.expires_on,
        "updated_at": timezone.now(),
    }
    with tenant_scope(person.tenant_id):
        CertificationStatus.objects.create(
            tenant_id=person.tenant_id, person=person, certification=found, state=state, **(values | fields)
        )


def assignments(tenant: Tenant) -> list[tuple[str, str, dt.date, str]]:
    """Return (username, short name, day, origin) of every assignment."""
    with tenant_scope(tenant.pk):
        rows = CertificationAssignment.objects.order_by("person__username", "certification__short_name")
        return list(rows.values_list("person__username", "certification__short_name", "assigned_on", "origin"))
