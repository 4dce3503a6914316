"""Writes the audit history. Public: `record_event`. There is no way to change or remove an event (G-04)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from django.utils import timezone

from lms.audit.models import AuditEvent
from lms.people.models import User
from lms.tenancy.scope import current_tenant_id

_LABEL_CHARACTERS = 300


def record_event(  # noqa: PLR0913 - an event has that many facts
    action: str,
    *,
    actor: User | None = None,
    subject: Model | None = None,
    subject_kind: str = "",
    subject_id: int | None = None,
    subject_label: str = "",
    person_id: int | None = None,
    batch_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Write one fact in the open transaction and return it: both happen, or neither.

    `action` is <app>.<noun>.<past participle>. `actor` None is the system. What it was done to is given as a model
    instance (`subject`) or by kind, id and name. `person_id` is whom it is about; `details` holds counts and settings
    as JSON types, never row values (S42).
    """
    if subject is not None:
        subject_kind = subject_kind or str(subject._meta.model_name)
        subject_id = subject_id if subject_id is not None else subject.pk
        subject_label = subject_label or str(subject)
    return AuditEvent.objects.create(
        tenant_id=current_tenant_id(),
        at=timezone.now(),
        actor_id=actor.pk if actor else None,
        actor_name=actor.full_name if actor else "",
        actor_role=actor.role if actor else "",
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        subject_label=subject_label[:_LABEL_CHARACTERS],
        person_id=person_id,
        batch_id=batch_id,
        details=dict(details or {}),
    )
