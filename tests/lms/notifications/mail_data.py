"""Mails in the outbox, and the database clock moved: what the tests of delivery share."""

import datetime as dt
from typing import Any

from django.db import connection
from django.utils import timezone

from lms.notifications.messages import NewMessage, write_messages
from lms.notifications.models import OutboxMessage
from lms.notifications.services import queue_mail
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

PARAMS: dict[str, Any] = {
    "number": 41,
    "file_name": "export\r\nBcc: evil@x.example.csv",
    "imported": 46902,
    "failed": 1057,
    "undo_until": "2026-12-14",
}


def queue(tenant: Tenant, person: User, *, key: str = "k1", **more: Any) -> bool:
    with tenant_scope(tenant.pk):
        return queue_mail(person_id=person.pk, kind="import_finished", params=PARAMS, dedup_key=key, **more)


def outbox(tenant: Tenant, *fields: str) -> list[Any]:
    with tenant_scope(tenant.pk):
        return list(OutboxMessage.objects.order_by("id").values_list(*fields, flat=len(fields) == 1))


def tell(tenant: Tenant, *people: User, **more: Any) -> None:
    """Write a message of import 7 to each of the people."""
    item = {"course_id": 1, "code": "SAFE-1", "course": "Safety", "due_on": "2026-03-01"}
    with tenant_scope(tenant.pk):
        messages = [NewMessage(person.pk, "overdue", item) for person in people]
        write_messages(messages, group="import:7", now=timezone.now(), batch_id=7, **more)


def age(tenant: Tenant, **shift: Any) -> None:
    """Move due times and creation of all mails into the past; the database clock is what counts."""
    seconds = dt.timedelta(**shift).total_seconds()
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_outboxmessage SET not_before = not_before - %s * interval '1 second',"
            " created_at = created_at - %s * interval '1 second'",
            [seconds, seconds],
        )
        cursor.execute(
            "UPDATE notifications_maildue SET not_before = not_before - %s * interval '1 second',"
            " lease_until = lease_until - %s * interval '1 second'",
            [seconds, seconds],
        )
