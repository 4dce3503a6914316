"""What the tests of reports, records and the checker need: certifications, records and statuses written by hand."""

import datetime as dt
from typing import Any

from django.utils import timezone

from certifications.choices import Origin, State
from certifications.models import Certification, CertificationRecord, CertificationStatus, StatusChange
from certifications.selectors import read_terms
from lms.core.periods import Period
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

STATUS_FIELDS = ("state", "record_id", "completed_on", "window_opens_on", "expires_on", "messages_suppressed_through")


def day(text: str) -> dt.date:
    """Read "2026-03-15"."""
    return dt.date.fromisoformat(text)


def add_certification(tenant: Tenant, short_name: str = "FIRST-AID", **fields: Any) -> Certification:
    """Write a certification: a year by the completion date, its window one month, unless said otherwise."""
    values: dict[str, Any] = {
        "name": f"Certificate {short_name}",
        "id_number": f"{short_name}-ID",
        "active_period": Period.parse("12 months"),
        "recertification_window": Period.parse("1 month"),
        "minimum_active_period": Period.parse("1 month"),
    } | fields
    with tenant_scope(tenant.pk):
        return Certification.objects.create(tenant=tenant, short_name=short_name, **values)


def add_record(person: User, certification: Certification, completed_on: str, **fields: Any) -> CertificationRecord:
    """Write a record with the dates that follow from the rules; `previous` is the expiry before it."""
    with tenant_scope(person.tenant_id):
        due, previous = fields.pop("due_on", None), fields.pop("previous", None)
        dates = read_terms(certification).dates(
            day(completed_on),
            due_on=day(due) if due else None,
            previous_expires_on=day(previous) if previous else None,
        )
        values: dict[str, Any] = {
            "due_on": day(due) if due else None,
            "expires_on": dates.expires_on,
            "window_opens_on": dates.window_opens_on,
            "basis": dates.basis,
            "anchor_on": dates.anchor_on,
            "steps": dates.steps,
            "active_period": certification.active_period,
            "origin": Origin.MANUAL,
            "recorded_at": timezone.now(),
        } | fields
        return CertificationRecord.objects.create(
            tenant_id=person.tenant_id,
            person=person,
            certification=certification,
            completed_on=day(completed_on),
            **values,
        )


def show(record: CertificationRecord, **fields: Any) -> CertificationStatus:
    """Make a record the current one of its person, or let the status there is show it."""
    values: dict[str, Any] = {
        "state": State.CERTIFIED,
        "record": record,
        "completed_on": record.completed_on,
        "window_opens_on": record.window_opens_on,
        "expires_on": record.expires_on,
        "updated_at": timezone.now(),
    } | fields
    if values["state"] == State.EXPIRED:
        values |= {name: None for name in ("completed_on", "window_opens_on", "expires_on") if name not in fields}
    with tenant_scope(record.tenant_id):
        status, _is_new = CertificationStatus.objects.update_or_create(
            tenant_id=record.tenant_id,
            person_id=record.person_id,
            certification_id=record.certification_id,
            defaults=values,
        )
        return status


def link(before: CertificationStatus | None, after: CertificationStatus, **fields: Any) -> StatusChange:
    """Write the link between two pictures of a status, as an import or a person leaves it."""

    def picture(status: CertificationStatus | None, prefix: str) -> dict[str, Any]:
        return {f"{prefix}_{name}": getattr(status, name) for name in STATUS_FIELDS} if status else {}

    with tenant_scope(after.tenant_id):
        return StatusChange.objects.create(
            tenant_id=after.tenant_id,
            person_id=after.person_id,
            certification_id=after.certification_id,
            changed_at=timezone.now(),
            **picture(before, "before"),
            **picture(after, "after"),
            **fields,
        )


def status_of(person: User, certification: Certification) -> tuple[Any, ...] | None:
    """Return state, the shown completion, window and expiry of a current certification, or None."""
    with tenant_scope(person.tenant_id):
        found = CertificationStatus.objects.filter(person=person, certification=certification)
        return found.values_list("state", "record__completed_on", "window_opens_on", "expires_on").first()
