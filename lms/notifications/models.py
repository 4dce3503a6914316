"""Notices in the product and mails on their way out."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.people.models import User
from lms.tenancy.models import TenantForeignKey, TenantOwned


class Notice(TenantOwned):
    """Something a person is told inside the product. Words are made when shown, from `kind` and `params`."""

    person = TenantForeignKey(User, on_delete=models.CASCADE)
    kind = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    dedup_key = models.CharField(max_length=200)
    batch_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    is_held = models.BooleanField(default=False, db_default=False)  # until the import that causes it has ended
    shown_from = models.DateTimeField(null=True)  # None: at once
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "dedup_key"], name="notifications_notice_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "person", "-created_at"], name="notifications_notice_recent"),
            models.Index(
                fields=["tenant", "batch_id"],
                name="notifications_notice_batch",
                condition=models.Q(batch_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.person_id}"


class OutboxMessage(TenantOwned):
    """A mail, written in the transaction of its effect and delivered by its own worker, once by its key (P13, P14)."""

    class State(models.TextChoices):
        """Where the mail is."""

        HELD = "held", _("held until the import has ended")
        QUEUED = "queued", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        WITHDRAWN = "withdrawn", _("withdrawn")
        FAILED = "failed", _("could not be delivered")

    recipient_id = models.BigIntegerField(null=True)
    to_address = models.EmailField()
    kind = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    language = models.CharField(max_length=10, blank=True)
    dedup_key = models.CharField(max_length=200)
    message_id = models.CharField(max_length=200)
    batch_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    not_before = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "dedup_key"], name="notifications_outbox_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "not_before", "id"],
                name="notifications_outbox_due",
                condition=models.Q(state__in=["queued", "sending"]),
            ),
            models.Index(
                fields=["tenant", "recipient_id"],
                name="notifications_outbox_open",
                condition=models.Q(state__in=["queued", "held", "sending", "failed"]),
            ),
            models.Index(
                fields=["tenant", "batch_id", "state"],
                name="notifications_outbox_batch",
                condition=models.Q(batch_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient_id}"


class MessageSwitch(TenantOwned):
    """Whether the organisation sends a kind of message; no row means as the kind has it (E-72)."""

    kind = models.CharField(max_length=60)
    is_on = models.BooleanField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "kind"], name="notifications_switch_once")]

    def __str__(self) -> str:
        return f"{self.kind} {'on' if self.is_on else 'off'}"


class MessageTemplate(TenantOwned):
    """An organisation's own words for one text of a kind in one language (L-75); no row means the shipped words.

    `about_id` 0 are its words for every message; any other value those for messages about this one subject (T-70).
    """

    text = models.CharField(max_length=60)  # key of the text; most kinds have one text, of the kind's own name (L-58)
    language = models.CharField(max_length=10)
    subject = models.CharField(_("subject"), max_length=255)
    # A subject of the kind, such as a certification; no key: the notifications know none of them.
    about_id = models.BigIntegerField(default=0, db_default=0)
    body = models.TextField(_("text"), max_length=5_000)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "text", "language", "about_id"], name="notifications_template_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.text} in {self.language}"


class MailDue(models.Model):
    """Which tenants have mail to deliver, and who is doing it. Ids and times only; no wall."""

    tenant_id = models.IntegerField(primary_key=True)
    not_before = models.DateTimeField()
    lease_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"mail of tenant {self.tenant_id}"
