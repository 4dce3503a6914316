"""What owners change about messages: own words, switches, a test mail to themselves; and trying a failed mail again.

Runs in the open tenant scope; everything but the test mail is in the audit history. Public: `Subject`, `save_words`,
`drop_words`, `save_switches`, `TrialMail`, `send_trial_mail`, `try_again`.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from lms.audit.services import record_event
from lms.notifications.kinds import Item, Text, all_kinds
from lms.notifications.models import MessageSwitch, MessageTemplate, OutboxMessage
from lms.notifications.selectors import switched_on
from lms.notifications.services import announce_mail, queue_mail, wake_mailer
from lms.notifications.templates import Words
from lms.notifications.wording import TEST_MAIL
from lms.people.limits import count_try, is_exhausted, trial_mail_limits
from lms.people.models import User
from lms.tenancy.scope import current_tenant_id

State = OutboxMessage.State


class TrialMail(StrEnum):
    """What became of a test mail."""

    QUEUED = "queued"
    NO_ADDRESS = "no_address"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Subject:
    """What words are about, where they are not for every message of the organisation (T-70)."""

    kind: str  # as the audit history names it
    id: int
    name: str


def save_words(text: Text, words: Words, *, actor: User, subject: Subject | None = None) -> None:
    """Let a text have the organisation's own words in a language (L-75), or words for messages about one subject."""
    MessageTemplate.objects.update_or_create(
        tenant_id=current_tenant_id(),
        text=text.key,
        language=words.language,
        about_id=subject.id if subject else 0,
        defaults={"subject": words.subject, "body": words.body, "updated_by_id": actor.pk},
    )
    _record("notifications.words.changed", text, language=words.language, actor=actor, subject=subject)


def drop_words(text: Text, *, language: str, actor: User, subject: Subject | None = None) -> bool:
    """Go back to the shipped words, for a subject to the organisation's; return whether there were own ones."""
    about = subject.id if subject else 0
    gone, _ = MessageTemplate.objects.filter(text=text.key, language=language, about_id=about).delete()
    if gone:
        _record("notifications.words.removed", text, language=language, actor=actor, subject=subject)
    return bool(gone)


def save_switches(answers: Mapping[str, bool], *, actor: User) -> list[str]:
    """Switch kinds on or off for the organisation (E-72); return those that are different now."""
    before = switched_on()
    changed = [
        kind.key
        for kind in all_kinds()
        if kind.is_switchable and kind.key in answers and answers[kind.key] != (kind.key in before)
    ]
    for key in changed:
        MessageSwitch.objects.update_or_create(
            tenant_id=current_tenant_id(), kind=key, defaults={"is_on": answers[key]}
        )
    if changed:
        record_event(
            "notifications.kinds.switched",
            actor=actor,
            subject_kind="message",
            details={key: answers[key] for key in changed},
        )
    return changed


def send_trial_mail(text: Text, words: Words, *, is_long: bool, actor: User, sample: Item | None = None) -> TrialMail:
    """Send somebody the words they are writing, with sample data, by the way all mails go (L-78).

    At most 10 an hour and 50 a day. Not in the audit history: nobody else is told anything. `sample`: fields of the
    sample that are not to be made up.
    """
    if not actor.email:
        return TrialMail.NO_ADDRESS
    limits = trial_mail_limits(actor)
    if is_exhausted(limits):
        return TrialMail.TOO_MANY
    count_try(limits)
    queue_mail(
        person_id=actor.pk,
        kind=TEST_MAIL,
        params={
            "text": text.key,
            "language": words.language,
            "subject": words.subject,
            "body": words.body,
            "is_long": is_long,
        }
        | ({"sample": dict(sample)} if sample else {}),
        dedup_key=f"{TEST_MAIL}:{uuid.uuid4()}",
    )
    return TrialMail.QUEUED


def try_again(mails: "QuerySet[OutboxMessage]", *, actor: User) -> int:
    """Put failed mails into the outbox again, with their Message-IDs; return their number."""
    tried: Iterable[int] = list(mails.filter(state=State.FAILED).order_by().values_list("pk", flat=True))
    number = OutboxMessage.objects.filter(pk__in=tried, state=State.FAILED).update(
        state=State.QUEUED, attempts=0, not_before=Now()
    )
    if number:
        announce_mail(hold=timedelta(0))
        transaction.on_commit(wake_mailer, robust=True)
        record_event("notifications.mail.retried", actor=actor, subject_kind="message", details={"mails": number})
    return number


def _record(action: str, text: Text, *, language: str, actor: User, subject: Subject | None) -> None:
    record_event(
        action,
        actor=actor,
        subject_kind=subject.kind if subject else "message",
        subject_id=subject.id if subject else None,
        subject_label=subject.name if subject else str(text.label),
        details={"text": text.key, "language": language},
    )
