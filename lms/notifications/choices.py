"""What is asked before the messages of a change go out: how many they are, and whether they are sent (E-60, L-91, L-92).

Public: `MessageChoice`, `KindCount`, `total_messages`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.notifications.kinds import find_kind


class MessageChoice(models.TextChoices):
    """What becomes of the messages of a change; empty where there are none to send."""

    SEND = "send", _("Send")
    SUPPRESS = "suppress", _("Do not send")


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCount:
    """How many people would be told something of one kind, each by one message (E-20)."""

    kind: str
    with_email: int = 0
    without_email: int = 0  # who get the notice only (E-19)

    @property
    def messages(self) -> int:
        """How many messages that is."""
        return self.with_email + self.without_email

    @property
    def label(self) -> str:
        """The kind as people call it."""
        kind = find_kind(self.kind)
        return str(kind.label) if kind else self.kind


def total_messages(counts: Iterable[KindCount]) -> int:
    """Return how many messages of all kinds there are; with any, *send* or *do not send* has to be chosen."""
    return sum(count.messages for count in counts)
