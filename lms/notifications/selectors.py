"""Reads notices, mails and switches. Public: `count_unread`, `list_notices`, `find_undelivered`, `switched_on`."""

from django.db.models import QuerySet

from lms.notifications.kinds import all_kinds
from lms.notifications.models import MessageSwitch, Notice, OutboxMessage


def count_unread(person_id: int) -> int:
    """Return how many notices the person has not read. One query."""
    return Notice.objects.filter(person_id=person_id, read_at=None).count()


def list_notices(person_id: int) -> "QuerySet[Notice]":
    """Return the person's notices, newest first."""
    return Notice.objects.filter(person_id=person_id).order_by("-created_at", "-id")


def find_undelivered(*, batch_id: int | None = None) -> "QuerySet[OutboxMessage]":
    """Return the mails that could not be delivered, newest first; of one import if named (F57)."""
    failed = OutboxMessage.objects.filter(state=OutboxMessage.State.FAILED).order_by("-id")
    return failed if batch_id is None else failed.filter(batch_id=batch_id)


def switched_on() -> frozenset[str]:
    """Return the kinds of message that the open tenant sends (E-72). One query."""
    answers = dict(MessageSwitch.objects.values_list("kind", "is_on"))
    return frozenset(kind.key for kind in all_kinds() if not kind.is_switchable or answers.get(kind.key, kind.is_on))
