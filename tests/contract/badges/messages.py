"""The one kind of message of badges; off unless the organisation switches it on."""

from collections.abc import Mapping, Sequence
from datetime import date

from lms.notifications.kinds import Item, Lead, MessageKind, Text, register_kind

BADGE_AWARDED = "badge_awarded"


def register_badge_kind() -> None:
    """Make the kind known."""
    register_kind(
        MessageKind(
            key=BADGE_AWARDED,
            label="Badge awarded",
            help="When somebody is awarded a badge.",
            texts=[Text(key=BADGE_AWARDED, label="Badge awarded", subject="A badge", body="You got {badges}.")],
            placeholders=[],
            fill=_fill,
            choose=lambda _items, _today: BADGE_AWARDED,
            describe=lambda items, _today: [str(item["code"]) for item in items],
            lead=lambda _items, _person: Lead("Badges", "/"),
            sample=lambda _text, _today: [{"code": "GOLD"}],
            reason="Because you earned it.",
            is_on=False,
        )
    )


def _fill(items: Sequence[Item], today: date) -> Mapping[str, str]:
    del today
    return {"badges": ", ".join(str(item["code"]) for item in items)}
