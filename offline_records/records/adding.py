"""Records one offline record by hand, by the rules of imports and through the same service (S-18, S-19, S-27, S-31).

In the open scope; commits nothing. Public: `Entered`, `add_record`, `people_to_record`, `may_send_to`.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from lms.audit.services import record_event
from lms.imports.columns import RowProblem
from lms.imports.importer import PlannedMessage, RowFacts
from lms.imports.models import Outcome
from lms.notifications.choices import MessageChoice
from lms.notifications.messages import NewMessage, write_messages
from lms.people.domains import NO_DOMAIN, find_domain, people_in_own_domain
from lms.people.models import User
from lms.people.permissions import Permission
from lms.people.selectors import reaches_everybody, visible_people
from lms.tenancy.clock import today
from offline_records.choices import Origin
from offline_records.models import OfflineActivity, OfflineRecord
from offline_records.planning import plan_records
from offline_records.recording import Source, record_offline
from offline_records.records.refusing import ChoiceNeeded, RecordRefused
from offline_records.selectors import load_record_facts
from offline_records.services import label_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What somebody has entered. `values` are those of a row; `messages` a `MessageChoice`, empty where none is sent."""

    completed_on: date
    values: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    messages: str = ""


def people_to_record(actor: User) -> QuerySet[User]:
    """Return the people for whom the actor may enter records: those of the grants, each in a user domain granted (S-01)."""
    return people_in_own_domain(actor, permission=Permission.IMPORT_OFFLINE_RECORDS)


def may_send_to(actor: User, person: User) -> bool:
    """Return whether the actor may send messages to a person: a team role counts in its teams alone (L-05)."""
    if reaches_everybody(actor):
        return True
    return visible_people(actor, permission=Permission.SEND_MESSAGES).filter(pk=person.pk).exists()


def add_record(
    person: User, activity: OfflineActivity, *, entered: Entered, actor: User
) -> tuple[OfflineRecord, list[RowProblem]]:
    """Record one completion as a list of one; return it, with the warnings about it.

    With "send", what it reaches already is told here; either way later jobs tell nothing dated up to today (E-71).
    Raises RecordRefused, ChoiceNeeded, and ConcurrentChange if somebody recorded the same meanwhile.
    """
    domain = find_domain(person.domain_id or NO_DOMAIN)
    if domain is None:  # deleted in this moment
        raise RecordRefused([("R108", "", {"value": person.username, "domain": ""})])
    row = RowFacts(
        row_no=0,
        person_id=person.pk,
        item_id=activity.pk,
        day=entered.completed_on,
        values=dict(entered.values),
    )
    facts = load_record_facts(
        [row], activity_id=activity.pk, domain=domain, names_domains=reaches_everybody(actor), lock=True
    )
    day = today(actor.tenant)
    (plan,) = plan_records([row], facts=facts, today=day)
    if plan.outcome != Outcome.CREATED:
        raise RecordRefused([_place(problem) for problem in plan.problems])
    told = [message for message in plan.messages if _may_be_told(person, message)]
    if told and entered.messages not in MessageChoice.values:
        raise ChoiceNeeded(tuple(message.kind for message in told))
    source = Source(
        tenant_id=person.tenant_id,
        origin=Origin.MANUAL,
        batch_id=None,
        actor_id=actor.pk,
        today=day,
        now=timezone.now(),
    )
    with transaction.atomic():  # the request goes on after a ConcurrentChange
        record_offline([row], [plan], facts=facts, source=source)
    if told and entered.messages == MessageChoice.SEND:
        new = [NewMessage(person.pk, message.kind, message.item) for message in told]
        write_messages(new, group=f"change:{uuid.uuid4()}", now=source.now)
    record = OfflineRecord.objects.get(person=person, activity=activity, completed_on=entered.completed_on)
    record_event(
        "offline_records.record.added",
        actor=actor,
        subject=record,
        subject_label=label_of(activity),
        person_id=person.pk,
        details={
            "completed_on": entered.completed_on.isoformat(),
            "reason": entered.reason,
            "messages": entered.messages if told else "",
        },
    )
    return record, list(plan.problems)


def _place(problem: RowProblem) -> RowProblem:
    """Put what is wrong with the whole row to the day: the only field there by which it can be put right."""
    code, _field, params = problem
    return problem if code != "R401" else (code, "completed_on", params)


def _may_be_told(person: User, message: PlannedMessage) -> bool:
    """Deactivated people are told nothing, and nobody about the time away (E-19)."""
    return person.is_active and (person.active_since is None or message.occasion_on >= person.active_since)
