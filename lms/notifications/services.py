"""Tells people something: a notice in the product, a mail on its way out. Both are written in the open transaction.

Public: `notify`, `queue_mail`, `announce_mail`, `mark_read`, and what imports tell: `tell_import_finished`,
`tell_undo_finished`, `tell_import_needs_you`, `tell_import_waiting`, `tell_import_cancelled`. A dedup key makes each
happen once (P13); the words are made later (`wording`). Delivery is `delivery`'s.
"""

import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from email.utils import parseaddr
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from lms.imports.models import ImportBatch, State
from lms.notifications.models import Notice, OutboxMessage
from lms.notifications.selectors import list_notices
from lms.people.models import User
from lms.tenancy.scope import current_tenant_id

# An import that runs longer than this is worth a mail (E-69).
_LONG_RUN: Final = timedelta(minutes=1)
_ANNOUNCE: Final = """
INSERT INTO notifications_maildue (tenant_id, not_before, lease_until)
VALUES (%(tenant)s, coalesce(%(at)s::timestamptz, clock_timestamp() + %(seconds)s * interval '1 second'),
        clock_timestamp())
ON CONFLICT (tenant_id) DO UPDATE SET not_before = LEAST(notifications_maildue.not_before, excluded.not_before)
"""


def notify(*, person_id: int, kind: str, params: Mapping[str, Any], dedup_key: str) -> bool:
    """Show a person a notice; return whether it is new. The same `dedup_key` is never shown twice in a tenant."""
    notice = Notice(
        tenant_id=current_tenant_id(),
        person_id=person_id,
        kind=kind,
        params=dict(params),
        dedup_key=dedup_key,
        created_at=timezone.now(),
    )
    if Notice.objects.filter(dedup_key=dedup_key).exists():
        return False
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
    return True


def queue_mail(
    *,
    person_id: int,
    kind: str,
    params: Mapping[str, Any],
    dedup_key: str,
    batch_id: int | None = None,
    hold: timedelta = timedelta(0),
) -> bool:
    """Put a mail into the outbox, to be sent after `hold`; return False if it is there already or has nobody to go to.

    The address comes from the user table, never from a file; deactivated people and people without an address get
    none (E-19). The Message-ID is fixed here, so that a second attempt can be recognised (E-61).
    """
    person = User.objects.filter(pk=person_id, is_active=True).exclude(email="").first()
    if person is None:
        return False
    tenant_id = current_tenant_id()
    message = OutboxMessage(
        tenant_id=tenant_id,
        recipient_id=person.pk,
        to_address=person.email,
        kind=kind,
        params=dict(params),
        language=person.language,
        dedup_key=dedup_key,
        message_id=f"<{uuid.uuid4()}.{tenant_id}@{mail_domain()}>",
        batch_id=batch_id,
        not_before=Now() + hold,
        created_at=timezone.now(),
    )
    if OutboxMessage.objects.filter(dedup_key=dedup_key).exists():
        return False
    OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)
    announce_mail(hold=hold)
    if not hold:
        transaction.on_commit(wake_mailer, robust=True)
    return True


def announce_mail(*, hold: timedelta, at: datetime | None = None) -> None:
    """Say that the open tenant has mail to deliver: after `hold`, or at that moment."""
    with connection.cursor() as cursor:
        cursor.execute(_ANNOUNCE, {"tenant": current_tenant_id(), "seconds": hold.total_seconds(), "at": at})


def mark_read(person_id: int, *, notice_ids: list[int] | None = None) -> int:
    """Mark the notices the person can see as read, all of them or the named ones; return how many were new."""
    notices = list_notices(person_id).filter(read_at=None).order_by()
    if notice_ids is not None:
        notices = notices.filter(pk__in=notice_ids)
    return notices.update(read_at=timezone.now())


def tell_import_finished(batch: ImportBatch) -> None:
    """Tell the uploader that an import has ended, well or not: a notice always, a mail where it matters (E-69).

    A mail goes out if rows failed, the numbers differ from the check, it ran longer than a minute, or the fault was
    ours. Who cancelled it knows. Told once for each time it was applied (F52).
    """
    is_failure = batch.state == State.FAILED
    if is_failure and batch.failed_in == State.UNDOING:
        tell_undo_finished(batch)
        return
    params = _describe(batch) | {
        "imported": batch.imported,
        "failed": batch.failed,
        "changed": batch.changed_rows,
        "is_failure": is_failure,
        "is_cancelled": batch.state == State.CANCELLED,
        "reference": batch.reference,
        "undo_until": (batch.purge_on - timedelta(days=1)).isoformat(),
    }
    started, finished = batch.started_at, batch.finished_at
    ran_long = started is not None and finished is not None and finished - started > _LONG_RUN
    is_worth_a_mail = is_failure or batch.failed or batch.changed_rows or batch.numbers_changed or ran_long
    _tell(
        batch,
        "import_finished",
        person_id=batch.uploaded_by_id,
        params=params,
        occasion=f"{batch.sequence or 0}:{batch.state}:{batch.reference}",
        with_mail=bool(is_worth_a_mail) and batch.state != State.CANCELLED,
    )


def tell_undo_finished(batch: ImportBatch) -> None:
    """Tell whoever asked for it that an import is undone, or could not be (E-68)."""
    is_failure = batch.state == State.FAILED
    counts = {name: int(batch.undo_summary.get(name, 0)) for name in ("removed", "restored", "kept")}
    _tell(
        batch,
        "undo_finished",
        person_id=batch.undone_by_id or batch.uploaded_by_id,
        params=_describe(batch) | counts | {"is_failure": is_failure, "reference": batch.reference},
        occasion=f"{batch.state}:{batch.reference}",
        with_mail=is_failure,
    )


def tell_import_needs_you(batch: ImportBatch, *, why: str) -> None:
    """Tell the uploader that an import which was to go on by itself waits at the review (E-70, E-25, S-25).

    `why` is "refused", "numbers" (they changed), "changed" (rows did, so that nothing was written), "threshold" (E-39)
    or "question".
    """
    checked = batch.checked_at.isoformat() if batch.checked_at else ""
    params = _describe(batch) | {"why": why}
    _tell(batch, "import_needs_you", person_id=batch.uploaded_by_id, params=params, occasion=f"{checked}:{why}")


def tell_import_waiting(batch: ImportBatch, *, cancelled_on: date) -> bool:
    """Tell the uploader that an import nobody confirmed is cancelled on that day; return whether that is news (E-18)."""
    day = cancelled_on.isoformat()
    params = _describe(batch) | {"cancelled_on": day}
    return _tell(batch, "import_waiting", person_id=batch.uploaded_by_id, params=params, occasion=day)


def tell_import_cancelled(batch: ImportBatch) -> None:
    """Tell the uploader that an import nobody confirmed was cancelled (E-18, E-67)."""
    _tell(batch, "import_cancelled", person_id=batch.uploaded_by_id, params=_describe(batch), occasion="")


def _describe(batch: ImportBatch) -> dict[str, Any]:
    return {"batch_id": batch.pk, "number": batch.number, "kind": batch.kind, "file_name": batch.file_name}


def _tell(
    batch: ImportBatch, kind: str, *, person_id: int, params: dict[str, Any], occasion: str, with_mail: bool = True
) -> bool:
    key = f"{kind}:{batch.pk}:{occasion}"
    is_news = notify(person_id=person_id, kind=kind, params=params, dedup_key=key)
    if with_mail:
        queue_mail(person_id=person_id, kind=kind, params=params, dedup_key=key, batch_id=batch.pk)
    return is_news


def mail_domain() -> str:
    """Return the domain of Message-IDs."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or settings.BASE_DOMAIN


def wake_mailer() -> None:
    """Tell the mail worker to look; a lost message is made up for by its schedule."""
    from lms.celery import app

    app.send_task("mail.deliver", ignore_result=True, retry=False)
