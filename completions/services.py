"""Writes by hand: one completion, or a person's progress in a course. In the open scope; commits nothing.

Imports write the same tables through `recording`. Public: `NewCompletion`, `add_completion`, `set_progress`,
`set_default_policy`, `AlreadyRecorded`, `ChoiceNeeded`.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from completions.models import CompletionSettings, CourseResult, Origin, Policy, ResultChange, Status
from completions.planning import Choices, plan_completions
from completions.recording import Source, record_completions
from completions.replaying import FIELDS
from completions.selectors import load_completion_facts
from lms.audit.services import record_event
from lms.courses.due_dates import refresh_due_dates
from lms.courses.models import Course, CourseAssignment
from lms.imports.importer import PlannedMessage, RowFacts
from lms.imports.models import Outcome
from lms.notifications.choices import MessageChoice
from lms.notifications.messages import NewMessage, write_messages
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant


class AlreadyRecorded(Exception):  # noqa: N818 - an answer
    """The person has this completion of the course on this day already; nothing was written."""


class ChoiceNeeded(Exception):  # noqa: N818 - an answer
    """Messages would be sent, and nobody has said whether they are to be; nothing was written (E-60).

    `kinds` are the kinds of message, one of each.
    """

    def __init__(self, kinds: tuple[str, ...]) -> None:
        super().__init__(*kinds)
        self.kinds = kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCompletion:
    """One completion as somebody has entered it; `policy` decides what is current afterwards (L-44).

    `messages` is a `MessageChoice`; it may be empty where nothing is to be sent.
    """

    course: Course
    completed_on: date
    score: Decimal | None = None
    note: str = ""
    policy: str = Policy.NEWEST_DATE.value
    reason: str = ""
    messages: str = ""


def add_completion(entered: NewCompletion, *, tenant: Tenant, actor: User, person: User) -> str:
    """Record one completion by the rules of imports; return its outcome (`Outcome`).

    With "send", the states it reaches already are told here; either way later jobs tell nothing dated up to today (E-71).
    Raises AlreadyRecorded, ChoiceNeeded, and ConcurrentChange if somebody recorded for the same person and course meanwhile.
    """
    course, completed_on, reason = entered.course, entered.completed_on, entered.reason
    values = {"score": None if entered.score is None else str(entered.score), "note": entered.note or None}
    row = RowFacts(
        row_no=0,
        person_id=person.pk,
        item_id=course.pk,
        day=completed_on,
        values={key: value for key, value in values.items() if value is not None},
    )
    facts = load_completion_facts([(person.pk, course.pk, completed_on)], lock=True)
    (plan,) = plan_completions([row], facts=facts, choices=Choices(today=today(tenant), policy=entered.policy))
    if plan.outcome == Outcome.UNCHANGED:
        raise AlreadyRecorded
    told = [message for message in plan.messages if _may_be_told(person, message)]
    if told and entered.messages not in MessageChoice.values:
        raise ChoiceNeeded(tuple(message.kind for message in told))
    source = Source(
        tenant_id=tenant.pk,
        origin=Origin.MANUAL,
        batch_id=None,
        actor_id=actor.pk,
        today=today(tenant),
        now=timezone.now(),
        reason=reason,
    )
    with transaction.atomic():  # the request goes on after a ConcurrentChange
        record_completions([row], [plan], facts=facts, source=source)
    if told and entered.messages == MessageChoice.SEND:
        new = [NewMessage(person.pk, message.kind, message.item) for message in told]
        write_messages(new, group=f"change:{uuid.uuid4()}", now=source.now)
    record_event(
        "completions.completion.added",
        actor=actor,
        subject=course,
        subject_label=f"{course.code} {course.name}",
        person_id=person.pk,
        details={
            "completed_on": completed_on.isoformat(),
            "outcome": str(plan.outcome),
            "reason": reason,
            "messages": entered.messages if told else "",
        },
    )
    return str(plan.outcome)


def _may_be_told(person: User, message: PlannedMessage) -> bool:
    """Deactivated people are told nothing, and nobody about the time away (E-19)."""
    return person.is_active and (person.active_since is None or message.occasion_on >= person.active_since)


def set_default_policy(policy: str, *, tenant: Tenant, actor: User) -> None:
    """Set how imports decide the current completion unless somebody chooses otherwise (L-44)."""
    CompletionSettings.objects.update_or_create(tenant_id=tenant.pk, defaults={"default_policy": policy})
    record_event(
        "tenancy.settings.changed",
        actor=actor,
        subject_kind="tenant",
        subject_id=tenant.pk,
        subject_label=tenant.name,
        details={"default_policy": policy},
    )


def _lock_result(tenant: Tenant, *, person: User, course: Course, now: datetime) -> CourseResult | None:
    """Return the locked current result, or None if there was none: it is made then, as not started, and is ours."""
    result, is_new = CourseResult.objects.get_or_create(
        tenant_id=tenant.pk,
        person=person,
        course=course,
        defaults={"status": Status.NOT_STARTED, "updated_at": now},
    )
    locked = CourseResult.objects.select_for_update().get(pk=result.pk)
    return None if is_new else locked


def set_progress(
    *, tenant: Tenant, actor: User, person: User, course: Course, status: str, percent: int, reason: str
) -> CourseResult:
    """Set status (not completed) and percent of a person in a course, as a link in its chain of changes (E-34).

    Nothing else changes: a completion stays current with its dates, and its retake is open then (X1). Who has no
    assignment gets one.
    """
    now, day = timezone.now(), today(tenant)
    _, is_new = CourseAssignment.objects.get_or_create(
        tenant_id=tenant.pk,
        person=person,
        course=course,
        defaults={
            "assigned_on": day,
            "origin": CourseAssignment.Origin.MANUAL,
            "messages_suppressed_through": day,
        },
    )
    found = _lock_result(tenant, person=person, course=course, now=now)
    before = _describe(found, prefix="before_")
    result = found or CourseResult.objects.get(person=person, course=course)
    result.status = status
    result.percent = percent if status == Status.IN_PROGRESS else 0
    result.updated_at = now
    result.save()
    if is_new:
        refresh_due_dates([(person.pk, course.pk)])
    ResultChange.objects.create(
        tenant_id=tenant.pk,
        person=person,
        course=course,
        actor_id=actor.pk,
        reason=reason,
        changed_at=now,
        **before,
        **_describe(result, prefix="after_"),
    )
    record_event(
        "completions.progress.set",
        actor=actor,
        subject=course,
        subject_label=f"{course.code} {course.name}",
        person_id=person.pk,
        details={"status": status, "percent": result.percent, "reason": reason},
    )
    return result


def _describe(result: CourseResult | None, *, prefix: str) -> dict[str, Any]:
    """Return what a result shows as columns of a link; without one, what a link says then."""
    if result is None:
        return {f"{prefix}status": ""}
    return {prefix + name: getattr(result, name) for name in FIELDS}
