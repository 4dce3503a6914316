"""Delivers the outbox by SMTP. Any number of workers may run it: each claims one tenant's mails at a time.

A claim is a lease by the database clock. A mail is marked sent in a transaction of its own right after the server
took it; only a crash between the two sends it again, with the same Message-ID (E-61, F55). No tenant sends more in a
minute than its limit; it pauses and the others go on. Public: `deliver_due`, `build_mail`.
"""

import logging
import smtplib
import time
from dataclasses import dataclass
from datetime import timedelta
from email.utils import formataddr, parseaddr
from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.db.models import F, Min
from django.db.models.functions import Now

from lms.notifications.models import MailDue, OutboxMessage
from lms.notifications.templates import OwnWords, load_words
from lms.notifications.wording import find_subjects, word_mail
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

logger = logging.getLogger(__name__)
State = OutboxMessage.State
# Mails of one tenant before the next tenant has its turn; fewer where few may go out in a minute.
_MAILS_AT_ONCE: Final = 20
_TURNS_PER_MINUTE: Final = 5
# A run waits so long for the next turn of a tenant that has sent as many as it may; a longer pause is left to the schedule.
_WORTH_WAITING: Final = 5.0
_LOOK_AGAIN: Final = 0.5
# How long another worker leaves a tenant alone whose sender has died; mails are claimed one by one anyway.
_TENANT_LEASE: Final = timedelta(minutes=1)
# How long a claimed mail is its sender's: much longer than any conversation with a server that hardly answers.
_MAIL_LEASE: Final = timedelta(minutes=11)
# A sender that has held mails for so long gives the rest back instead of starting another conversation.
_SENDING_SECONDS: Final = 300.0
_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(hours=1)
_GIVE_UP_AFTER: Final = timedelta(hours=48)
_PERMANENT: Final = 500
_ERROR_CHARACTERS: Final = 300
_CLAIM: Final = """
UPDATE notifications_maildue SET lease_until = clock_timestamp() + %s * interval '1 second'
WHERE tenant_id = (
    SELECT tenant_id FROM notifications_maildue
    WHERE not_before <= clock_timestamp() AND lease_until <= clock_timestamp()
    ORDER BY not_before, tenant_id FOR UPDATE SKIP LOCKED LIMIT 1
) RETURNING tenant_id
"""
_NEXT_TURN: Final = """
SELECT extract(epoch FROM min(greatest(not_before, lease_until)) - clock_timestamp()) FROM notifications_maildue
WHERE greatest(not_before, lease_until) <= clock_timestamp() + %s * interval '1 second'
"""


@dataclass(slots=True)
class Delivery:
    """What a run did."""

    sent: int = 0
    failed: int = 0  # for good
    postponed: int = 0

    @property
    def tries(self) -> int:
        """How many mails were taken up."""
        return self.sent + self.failed + self.postponed


def deliver_due(*, seconds: float = 50.0) -> Delivery:
    """Send what is due, tenant after tenant, for at most about `seconds`; return what was done."""
    done = Delivery()
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        tenant_id = _claim_tenant()
        if tenant_id is not None:
            _take_turn(Tenant.objects.get(pk=tenant_id), done)
            continue
        pause = _next_turn_in()
        if pause is None or time.monotonic() + pause >= ends_at:
            break
        time.sleep(min(pause, _LOOK_AGAIN))  # meanwhile another tenant may have got mail
    return done


def _take_turn(tenant: Tenant, done: Delivery) -> None:
    before = done.tries
    try:
        _deliver_of(tenant, done)
    finally:
        _release_tenant(tenant, tries=done.tries - before)


def turn_size(mails_per_minute: int) -> int:
    """Return how many mails a tenant sends in one turn."""
    return max(1, min(_MAILS_AT_ONCE, mails_per_minute // _TURNS_PER_MINUTE))


def pause_after(tries: int, *, mails_per_minute: int) -> timedelta:
    """Return how long a tenant pauses after a turn, so that no minute sees more than its limit, wherever it begins.

    The pause is counted from the end of the turn. A minute holds n turns only if n - 1 pauses fit into it; the limit
    less one full turn keeps the n-th from being too much.
    """
    return timedelta(seconds=60 * tries / max(mails_per_minute - turn_size(mails_per_minute), 1))


def _next_turn_in() -> float | None:
    """Return the seconds until a tenant may go on, if that is worth waiting for."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_TURN, [_WORTH_WAITING])
        (seconds,) = cursor.fetchone()
    return None if seconds is None else max(float(seconds), 0.01)


def _claim_tenant() -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [_TENANT_LEASE.total_seconds()])
        row = cursor.fetchone()
    return row[0] if row else None


def _release_tenant(tenant: Tenant, *, tries: int) -> None:
    """Give the tenant back: due again with its next mail, after the pause its limit asks for; gone if it has neither.

    The row is locked first: who announces a mail meanwhile waits for us, or we see the mail. New mail makes the tenant
    due at once, but never shortens the pause.
    """
    pause = pause_after(tries, mails_per_minute=tenant.mails_per_minute)
    with tenant_scope(tenant.pk):
        due = MailDue.objects.select_for_update().filter(tenant_id=tenant.pk)
        if due.exists():
            open_mails = OutboxMessage.objects.filter(state__in=[State.QUEUED, State.SENDING])
            next_at = open_mails.aggregate(at=Min("not_before"))["at"]
            if next_at is None and not tries:
                due.delete()
            else:
                due.update(not_before=next_at or Now() + pause, lease_until=Now() + pause)


def _deliver_of(tenant: Tenant, done: Delivery) -> None:
    messages = _claim_messages(tenant)
    if not messages:
        return
    with tenant_scope(tenant.pk):
        own = load_words(find_subjects((message.kind, message.params) for message in messages))
    backend = get_connection()
    gives_up_at = time.monotonic() + _SENDING_SECONDS
    try:
        for message in messages:
            if time.monotonic() < gives_up_at:
                _deliver(message, tenant=tenant, own=own, backend=backend, done=done)
            else:
                _settle(message, tenant=tenant, state=State.QUEUED, pause=timedelta(0))
                done.postponed += 1
    finally:
        backend.close()


def _claim_messages(tenant: Tenant) -> list[OutboxMessage]:
    """Take the next due mails of the tenant; one whose sender died comes back when its lease is over (F55)."""
    with tenant_scope(tenant.pk):
        due = list(
            OutboxMessage.objects.select_for_update(skip_locked=True)
            .filter(state__in=[State.QUEUED, State.SENDING], not_before__lte=Now())
            .order_by("not_before", "id")[: turn_size(tenant.mails_per_minute)]
        )
        claimed = OutboxMessage.objects.filter(pk__in=[message.pk for message in due])
        claimed.update(state=State.SENDING, attempts=F("attempts") + 1, not_before=Now() + _MAIL_LEASE)
        for message in due:
            message.attempts += 1
    return due


def _deliver(
    message: OutboxMessage, *, tenant: Tenant, own: OwnWords, backend: BaseEmailBackend, done: Delivery
) -> None:
    try:
        mail = build_mail(message, tenant=tenant, own=own)
        if mail is None:
            _settle(message, tenant=tenant, state=State.WITHDRAWN)
            return
        mail.connection = backend
        mail.send()
    except (smtplib.SMTPException, OSError) as error:
        backend.close()  # whatever state the conversation is in, the next mail begins a new one
        _settle_error(message, error, tenant=tenant, done=done)
    except (ValueError, LookupError, TypeError) as error:
        # The message itself: an address no server can take, parameters the words do not fit.
        logger.exception("mail %s of tenant %s cannot be made", message.pk, tenant.pk)
        _settle(message, tenant=tenant, state=State.FAILED, error=type(error).__name__)
        done.failed += 1
    else:
        _settle(message, tenant=tenant, state=State.SENT)
        done.sent += 1


def build_mail(message: OutboxMessage, *, tenant: Tenant, own: OwnWords | None = None) -> EmailMultiAlternatives | None:
    """Return the mail as text and HTML, in the recipient's language; None if there is nobody to send it to any more."""
    with tenant_scope(tenant.pk):
        reachable = User.objects.filter(is_active=True).exclude(email="")
        person = reachable.filter(pk=message.recipient_id).first() if message.recipient_id else None
        if person is None:
            return None
        own = load_words(find_subjects([(message.kind, message.params)])) if own is None else own
    words = word_mail(message.kind, message.params, person=person, tenant=tenant, today=today(tenant), own=own)
    mail = EmailMultiAlternatives(
        subject=words.subject,
        body=words.text,
        from_email=_name_sender(tenant),
        to=[person.email],
        reply_to=[tenant.contact_email] if tenant.contact_email else None,
        headers={"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(words.html, "text/html")
    return mail


def _name_sender(tenant: Tenant) -> str:
    """Return the installation's address under the organisation's name, which its people know."""
    return formataddr((" ".join(tenant.name.split()), parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))


def _settle_error(message: OutboxMessage, error: Exception, *, tenant: Tenant, done: Delivery) -> None:
    code = _recipient_code(error)
    text = f"{code} {type(error).__name__}" if code else type(error).__name__
    logger.warning("mail %s of tenant %s: %s, attempt %s", message.pk, tenant.pk, text, message.attempts)
    if code >= _PERMANENT or _is_too_old(message, tenant=tenant):
        _settle(message, tenant=tenant, state=State.FAILED, error=text)
        done.failed += 1
    else:
        pause = min(_FIRST_PAUSE * 2 ** min(message.attempts - 1, 12), _LONGEST_PAUSE)
        _settle(message, tenant=tenant, state=State.QUEUED, error=text, pause=pause)
        done.postponed += 1


def _recipient_code(error: Exception) -> int:
    """Return the SMTP code the server gave about this mail or its recipient; 0 for faults of server or line."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in error.recipients.values()), default=0)
    return int(error.smtp_code) if isinstance(error, smtplib.SMTPDataError) else 0


def _is_too_old(message: OutboxMessage, *, tenant: Tenant) -> bool:
    with tenant_scope(tenant.pk):
        return OutboxMessage.objects.filter(pk=message.pk, created_at__lt=Now() - _GIVE_UP_AFTER).exists()


def _settle(
    message: OutboxMessage, *, tenant: Tenant, state: str, error: str = "", pause: timedelta | None = None
) -> None:
    """Write what became of a mail, unless another worker has taken it over meanwhile.

    One that was withdrawn while it was on its way is sent if the server took it, and is not tried again if not.
    """
    changes: dict[str, object] = {"state": state, "last_error": error[:_ERROR_CHARACTERS]}
    if state == State.SENT:
        changes["sent_at"] = Now()
    if pause is not None:
        changes["not_before"] = Now() + pause
    with tenant_scope(tenant.pk):
        states = [State.SENDING, State.WITHDRAWN] if state == State.SENT else [State.SENDING]
        mine = OutboxMessage.objects.filter(pk=message.pk, state__in=states, attempts=message.attempts)
        mine.update(**changes)
