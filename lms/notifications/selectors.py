"""Reads notices, mails and switches. Public: `count_unread`, `list_notices`, `find_undelivered`, `switched_on`."""

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Now

from lms.notifications.kinds import all_kinds
from lms.notifications.models import MessageSwitch, Notice, OutboxMessage


def count_unread(person_id: int) -> int:
    """Return how many notices the person can see and has not read. One query."""
    return _visible_notices(person_id).filter(read_at=None).count()


def list_notices(person_id: int) -> "QuerySet[Notice]":
    """Return the person's notices, newest first; `seen_at` is when each could first be seen."""
    notices = _visible_notices(person_id).annotate(seen_at=Coalesce("shown_from", "created_at"))
    return notices.order_by("-seen_at", "-id")


def _visible_notices(person_id: int) -> "QuerySet[Notice]":
    """Leave out what an import still holds, or has set for a later hour (E-21)."""
    is_due = Q(shown_from=None) | Q(shown_from__lte=Now())
    return Notice.objects.filter(is_due, person_id=person_id, is_held=False)


def find_undelivered(*, batch_id: int | None = None) -> "QuerySet[OutboxMessage]":
    """Return the mails that could not be delivered, newest first; of one import if named (F57)."""
    failed = OutboxMessage.objects.filter(state=OutboxMessage.State.FAILED).order_by("-id")
    return failed if batch_id is None else failed.filter(batch_id=batch_id)


def switched_on() -> frozenset[str]:
    """Return the kinds of message that the open tenant sends (E-72). One query."""
    answers = dict(MessageSwitch.objects.values_list("kind", "is_on"))
    return frozenset(kind.key for kind in all_kinds() if not kind.is_switchable or answers.get(kind.key, kind.is_on))
