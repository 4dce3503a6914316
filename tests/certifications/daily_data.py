"""What the tests of the daily job need: what was told, and how certifications stand."""

import datetime as dt
from typing import Any, NamedTuple

from certifications.models import Certification, CertificationStatus
from lms.notifications.models import Notice, OutboxMessage
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

TODAY = dt.date(2026, 3, 15)


class Told(NamedTuple):
    """A message of a night: its kind, whom, about which certifications."""

    day: str
    kind: str
    person: str
    certifications: tuple[str, ...]


def told(tenant: Tenant) -> list[Told]:
    """Return what the nights told, in order of day; the notices, which the mails equal (people have addresses)."""
    with tenant_scope(tenant.pk):
        people = dict(User.objects.values_list("pk", "username"))
        notices = [_read(notice, people[notice.person_id]) for notice in Notice.objects.all()]
        mails = [_read(mail, people[mail.recipient_id or 0]) for mail in OutboxMessage.objects.all()]
    assert sorted(notices) == sorted(mails)
    return sorted(notices)


def _read(message: Notice | OutboxMessage, person: str) -> Told:
    about = tuple(item["short_name"] for item in message.params["items"])
    return Told(message.dedup_key.rpartition("day:")[2], message.kind, person, about)


def change(certification: Certification, **fields: Any) -> None:
    """Set fields of a certification."""
    with tenant_scope(certification.tenant_id):
        Certification.objects.filter(pk=certification.pk).update(**fields)


def standing(person: User, certification: Certification) -> tuple[str, ...]:
    """Return state, completion, window and expiry, and the expiry of the record behind them."""
    with tenant_scope(person.tenant_id):
        found = CertificationStatus.objects.values_list(
            "state", "completed_on", "window_opens_on", "expires_on", "record__expires_on"
        ).get(person=person, certification=certification)
    return tuple(str(value) for value in found)
