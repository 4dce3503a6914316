"""Whether the messages of an import go out, and when: who may choose, and what an answer means (E-21, E-60, G-01).

Public: `Choice`, `ChoiceRefused`, `needs_choice`, `may_send`, `read_choice`, `SEND_WITHIN`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from lms.imports.messaging.counting import read_totals
from lms.imports.models import ImportBatch, ImportRow
from lms.notifications.choices import MessageChoice
from lms.people.models import User
from lms.people.permissions import Permission, may
from lms.people.selectors import reaches_everybody, visible_people
from lms.tenancy.models import Tenant

SEND_WITHIN: Final = timedelta(days=7)


class ChoiceRefused(Exception):  # noqa: N818 - an answer
    """The answer about messages will not do. `reason`: "messages" (missing), "may_not_send", "send_at"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of the messages: send or suppress, empty where there is nothing to choose; `send_at` None: at once."""

    messages: str = ""
    send_at: datetime | None = None


def needs_choice(batch: ImportBatch) -> bool:
    """Return whether the import would send something, so that somebody has to choose (E-60)."""
    return read_totals(batch).messages > 0


def may_send(batch: ImportBatch, actor: User) -> bool:
    """Return whether the actor may send messages to everybody whom this import would tell something (G-01).

    One more query for team roles: a person may lead one team as a role that may send, and another as one that may not.
    """
    if not may(actor, Permission.SEND_MESSAGES):
        return False
    if reaches_everybody(actor):
        return True
    allowed = visible_people(actor, permission=Permission.SEND_MESSAGES)
    told: QuerySet[ImportRow] = batch.rows().filter(plan__has_key="messages")
    return not told.exclude(person_id__in=allowed.values("pk")).exists()


def read_choice(
    batch: ImportBatch, *, answers: Mapping[str, Any], actor: User, is_late_allowed: bool = False
) -> Choice:
    """Return what `answers` say about messages: {"messages": "send" or "suppress", "send_at": ISO moment or None}.

    A moment without a zone is the organisation's time. Raises ChoiceRefused. With `is_late_allowed` the moment may have
    passed since the answer was given: then they go out at once (E-21, E-70).
    """
    if not needs_choice(batch):
        return Choice()
    wanted = str(answers.get("messages") or "")
    if wanted not in MessageChoice.values:
        raise ChoiceRefused("messages")
    if wanted == MessageChoice.SUPPRESS:
        return Choice(MessageChoice.SUPPRESS.value)
    if not may_send(batch, actor):
        raise ChoiceRefused("may_not_send")
    moment = _read_moment(answers.get("send_at"), tenant=batch.tenant)
    now = timezone.now()
    if moment is not None and (moment > now + SEND_WITHIN or (moment <= now and not is_late_allowed)):
        raise ChoiceRefused("send_at")
    return Choice(MessageChoice.SEND.value, moment)


def _read_moment(given: Any, *, tenant: Tenant) -> datetime | None:
    if not given:
        return None
    try:
        moment = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
    except ValueError:
        raise ChoiceRefused("send_at") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=tenant.zone)
