"""What is said about the messages of an import: before it (W10), on its page, and before it is undone (W17).

Numbers and choices are `messaging`. Public: `review_messages`, `MessageReview`, `say_ahead`, `say_ahead_short`,
`render_sample`, `SampleMail`, `say_plan`, `say_choice`, `say_progress`, `say_undo`, `explain_refusal`.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lms.core.wording import say_moment, say_number
from lms.imports.message_form import MessageForm
from lms.imports.messaging.choosing import may_send
from lms.imports.messaging.counting import MessageTotals, read_totals
from lms.imports.models import ImportBatch
from lms.notifications.choices import MessageChoice
from lms.notifications.kinds import find_kind
from lms.notifications.messages import MessageCounts
from lms.notifications.templates import render_message
from lms.notifications.wording import name_kind
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant


@dataclass(frozen=True, slots=True)
class SampleMail:
    """One of the mails as it would go out."""

    kind: str
    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReview:
    """The part of the review that is about messages."""

    totals: MessageTotals
    sentences: list[str]
    sample: SampleMail | None
    may_send: bool
    why_not: str

    @property
    def needs_choice(self) -> bool:
        """Whether somebody has to say send or do not send (E-60)."""
        return self.totals.messages > 0


def review_messages(batch: ImportBatch, *, tenant: Tenant, actor: User) -> MessageReview:
    """Return what the review says about messages. At most four queries, none where there is nothing to send."""
    totals = read_totals(batch)
    allowed = may_send(batch, actor) if totals.messages else True
    return MessageReview(
        totals=totals,
        sentences=say_ahead(totals),
        sample=render_sample(totals, tenant=tenant),
        may_send=allowed,
        why_not="" if allowed else explain_refusal(),
    )


def say_ahead(totals: MessageTotals) -> list[str]:
    """Return W10, a sentence a line; empty where no message would be sent."""
    if not totals.messages:
        return []
    lines = []
    if totals.emails:
        lines.append(_("This import would send %(what)s.") % {"what": say_ahead_short(totals)})
        lines.append(_say_most(totals.most))
    if totals.people_without_email:
        words = ngettext(
            "%(n)s person has no e-mail address and is only told in Rollbook.",
            "%(n)s people have no e-mail address and are only told in Rollbook.",
            totals.people_without_email,
        )
        lines.append(words % {"n": say_number(totals.people_without_email)})
    return lines


def _say_most(most: int) -> str:
    if most == 1:
        return _("Nobody gets more than one e-mail.")
    return ngettext("One person gets at most %(n)s e-mail.", "One person gets at most %(n)s e-mails.", most) % {
        "n": say_number(most)
    }


def say_ahead_short(totals: MessageTotals) -> str:
    """Return the number of mails and people in a few words, or of messages where nobody has an address."""
    if totals.emails:
        numbers = {"mails": _say_mails(totals.emails), "people": _say_people(totals.people_with_email)}
        return _("%(mails)s to %(people)s") % numbers
    words = ngettext("%(n)s message in Rollbook", "%(n)s messages in Rollbook", totals.messages)
    return words % {"n": say_number(totals.messages)}


def _say_mails(number: int) -> str:
    return ngettext("%(n)s e-mail", "%(n)s e-mails", number) % {"n": say_number(number)}


def _say_people(number: int) -> str:
    return ngettext("%(n)s person", "%(n)s people", number) % {"n": say_number(number)}


def render_sample(totals: MessageTotals, *, tenant: Tenant) -> SampleMail | None:
    """Return one of the mails in its recipient's language; None if there is none or the person has gone since."""
    sample = totals.sample
    kind = str(sample.get("kind") or "")
    person = User.objects.filter(pk=sample["person_id"]).first() if sample else None
    if person is None or find_kind(kind) is None:
        return None
    mail = render_message(kind, sample["items"], person=person, tenant=tenant, today=today(tenant))
    to = f"{person.full_name} <{person.email}>" if person.email else person.full_name
    return SampleMail(name_kind(kind), to, mail.subject, mail.text)


def explain_refusal() -> str:
    """Return why somebody may import but not send (G-01)."""
    return _("Your role may import for these people, but not send messages to all of them.")


def say_plan(batch: ImportBatch, *, form: MessageForm | None) -> str:
    """Return what is about to happen with the messages, before it is confirmed."""
    if form is None:
        return _("none to send")
    if not form.is_sending:
        return _("do not send")
    what = {"what": say_ahead_short(read_totals(batch))}
    if form.send_at is None:
        return _("%(what)s, at once") % what
    return _("%(what)s, on %(when)s") % {**what, "when": say_moment(form.send_at)}


def say_choice(batch: ImportBatch) -> str:
    """Return what was chosen about the messages of an import; for one with nothing to send, that."""
    if batch.messages == MessageChoice.SEND:
        return _("send, on %(when)s") % {"when": say_moment(batch.send_at)} if batch.send_at else _("send, at once")
    if batch.messages == MessageChoice.SUPPRESS:
        return _("do not send")
    return _("none to send")


def say_progress(batch: ImportBatch, counts: MessageCounts, *, now: dt.datetime) -> list[str]:
    """Return what has become of the mails of an import, a sentence a line; empty as long as there is nothing to say."""
    lines = []
    if counts.held:
        words = ngettext(
            "%(n)s e-mail is held until the import has ended.",
            "%(n)s e-mails are held until the import has ended.",
            counts.held,
        )
        lines.append(words % {"n": say_number(counts.held)})
    if counts.waiting:
        lines.append(_say_waiting(counts, now=now))
    if counts.unseen and not (counts.held or counts.waiting):
        words = ngettext(
            "%(n)s message in Rollbook is not shown yet.",
            "%(n)s messages in Rollbook are not shown yet.",
            counts.unseen,
        )
        lines.append(words % {"n": say_number(counts.unseen)})
    for number, words in (
        (counts.sent, ngettext("%(n)s e-mail was sent.", "%(n)s e-mails were sent.", counts.sent)),
        (
            counts.withdrawn,
            ngettext("%(n)s e-mail was withdrawn.", "%(n)s e-mails were withdrawn.", counts.withdrawn),
        ),
    ):
        if number:
            lines.append(words % {"n": say_number(number)})
    if not lines and not counts.failed and batch.confirmed_at is not None:
        lines.append(_say_none(batch))
    return lines


def _say_none(batch: ImportBatch) -> str:
    if batch.messages == MessageChoice.SUPPRESS:
        return _("No messages: “do not send” was chosen. No later job mails about what was already past then.")
    if batch.messages == MessageChoice.SEND:
        return _("No e-mails: who is told something has no address and is told in Rollbook.")
    return _("No messages: there was nobody to tell anything.")


def _say_waiting(counts: MessageCounts, *, now: dt.datetime) -> str:
    number = {"n": say_number(counts.waiting)}
    if counts.first_at is None or counts.first_at <= now:
        return ngettext("%(n)s e-mail is on its way.", "%(n)s e-mails are on their way.", counts.waiting) % number
    words = ngettext("%(n)s e-mail waits until %(when)s.", "%(n)s e-mails wait until %(when)s.", counts.waiting)
    return words % {**number, "when": say_moment(counts.first_at)}


def say_undo(counts: MessageCounts, *, recipients: int) -> list[str]:
    """Return what undoing means for the mails of an import (W17): the sent ones stay sent, the others are withdrawn."""
    lines = []
    if counts.sent:
        words = ngettext(
            "%(n)s e-mail to %(people)s cannot be called back.",
            "%(n)s e-mails to %(people)s cannot be called back.",
            counts.sent,
        )
        lines.append(words % {"n": say_number(counts.sent), "people": _say_people(recipients)})
    waiting = counts.held + counts.waiting
    if waiting:
        words = ngettext(
            "%(n)s e-mail that has not gone out yet is withdrawn.",
            "%(n)s e-mails that have not gone out yet are withdrawn.",
            waiting,
        )
        lines.append(words % {"n": say_number(waiting)})
    return lines
