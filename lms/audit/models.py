"""The audit history: who did what, never edited, never deleted, chained by hashes per tenant (G-04, L-45, S44)."""

from typing import ClassVar

from django.db import models

from lms.tenancy.models import TenantOwned


class AuditEvent(TenantOwned):
    """One fact. Names are kept as they were; `details` holds counts and settings, never row values."""

    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)  # None: the system
    actor_name = models.CharField(max_length=210, blank=True)
    actor_role = models.CharField(max_length=20, blank=True)
    action = models.CharField(max_length=80)  # <app>.<noun>.<past participle>
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    subject_label = models.CharField(max_length=300, blank=True)
    person_id = models.BigIntegerField(null=True)  # whom it is about
    batch_id = models.BigIntegerField(null=True)
    details = models.JSONField(default=dict)
    # Sealed into the tenant's chain by a job; empty until then.
    chain_number = models.BigIntegerField(null=True)
    chain_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "chain_number"], name="audit_event_chain_number")
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-at", "-id"], name="audit_event_recent"),
            models.Index(fields=["tenant", "person_id", "-at"], name="audit_event_person"),
            models.Index(fields=["tenant", "batch_id", "-at"], name="audit_event_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.action} at {self.at}"
