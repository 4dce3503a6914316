"""Records one completion of a certification by hand, by the rules of imports (T-27, T-45, T-72).

In the open scope; commits nothing. Public: `add_record`, `AlreadyRecorded`; `ChoiceNeeded` is the editor's.
"""

import uuid
from datetime import date

from django.db import transaction
from django.utils import timezone

from certifications.choices import Action, Origin
from certifications.models import Certification
from certifications.planning import Choices, plan_certifications
from certifications.recording import Source, record_certifications
from certifications.records.editing import ChoiceNeeded
from certifications.selectors import load_certification_facts
from lms.audit.services import record_event
from lms.imports.importer import PlannedMessage, RowFacts
from lms.imports.models import Outcome
from lms.notifications.choices import MessageChoice
from lms.notifications.messages import NewMessage, write_messages
from lms.people.models import User
from lms.tenancy.clock import today


class AlreadyRecorded(Exception):  # noqa: N818 - an answer
    """The person has this completion of the certification on this day already; nothing was written (T-51)."""


def add_record(
    person: User,
    certification: Certification,
    *,
    completed_on: date,
    due_on: date | None = None,
    action: str = Action.CERTIFY_IF_MORE_RECENT.value,
    actor: User,
    messages: str = "",
    reason: str = "",
) -> str:
    """Record one completion as a list of one; return its outcome (`Outcome`). `action` decides what is current (T-45).

    `messages` is a `MessageChoice`; it may be empty where nothing is to be sent. With "send", the states it reaches already
    are told here; either way later jobs tell nothing dated up to today (E-71).
    Raises AlreadyRecorded, ChoiceNeeded, and ConcurrentChange if somebody recorded for the same person and certification
    meanwhile.
    """
    values = {"due_on": due_on.isoformat()} if due_on is not None else {}
    row = RowFacts(row_no=0, person_id=person.pk, item_id=certification.pk, day=completed_on, values=values)
    facts = load_certification_facts([row], lock=True)
    day = today(actor.tenant)
    (plan,) = plan_certifications([row], facts=facts, choices=Choices(today=day, action=action))
    if plan.outcome == Outcome.UNCHANGED:
        raise AlreadyRecorded
    told = [message for message in plan.messages if _may_be_told(person, message)]
    if told and messages not in MessageChoice.values:
        raise ChoiceNeeded(tuple(message.kind for message in told))
    source = Source(
        tenant_id=person.tenant_id,
        origin=Origin.MANUAL,
        batch_id=None,
        actor_id=actor.pk,
        today=day,
        now=timezone.now(),
        reason=reason,
    )
    with transaction.atomic():  # the request goes on after a ConcurrentChange
        record_certifications([row], [plan], facts=facts, source=source)
    if told and messages == MessageChoice.SEND:
        new = [NewMessage(person.pk, message.kind, message.item) for message in told]
        write_messages(new, group=f"change:{uuid.uuid4()}", now=source.now)
    record_event(
        "certifications.record.added",
        actor=actor,
        subject=certification,
        subject_label=f"{certification.short_name} {certification.name}",
        person_id=person.pk,
        details={
            "completed_on": completed_on.isoformat(),
            "due_on": due_on.isoformat() if due_on else "",
            "outcome": str(plan.outcome),
            "reason": reason,
            "messages": messages if told else "",
        },
    )
    return str(plan.outcome)


def _may_be_told(person: User, message: PlannedMessage) -> bool:
    """Deactivated people are told nothing, and nobody about the time away (E-19)."""
    return person.is_active and (person.active_since is None or message.occasion_on >= person.active_since)
