"""The kinds of message there are: each app registers its own (L-75, E-72).

A kind has one text or more (L-58): a subject and a body with placeholders, which an organisation may replace by its own
words (`lms.notifications.templates`). Public: `Placeholder`, `Text`, `Lead`, `MessageKind`,
`register_kind`, `find_kind`, `find_text`, `find_subject`, `all_kinds`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from lms.core.components import Tone, Words

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A name that a text may hold in braces, such as {course}, and what it stands for."""

    name: str
    help: Words


@dataclass(frozen=True, slots=True)
class Lead:
    """Where a message leads: what stands on the button, and the path inside the organisation."""

    words: Words
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text of a kind as shipped; `subject` and `body` are lazy translations."""

    key: str  # unique among all texts; the kind's own key where it has one text
    label: Words
    subject: Words
    body: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageKind:
    """A kind of message. One mail of a kind lists all its items (E-20)."""

    key: str
    label: Words
    help: Words  # when it is sent, in one sentence
    texts: Sequence[Text]
    placeholders: Sequence[Placeholder]  # beside the ones of every kind (`templates.COMMON`)
    # (items, today) -> values of the placeholders; the same for every text of the kind.
    fill: Callable[[Sequence[Item], date], Mapping[str, str]]
    # (items, today) -> key of the text that fits.
    choose: Callable[[Sequence[Item], date], str]
    # (items, today) -> one line for each item; notices show them, and `fill` may put them into a placeholder.
    describe: Callable[[Sequence[Item], date], Sequence[str]]
    # (items, person's id) -> where the placeholder {link} leads.
    lead: Callable[[Sequence[Item], int], Lead]
    # (key of a text, today) -> items for a preview of it; the first alone, or all.
    sample: Callable[[str, date], Sequence[Item]]
    reason: Words  # why somebody gets it: the last line of the mail
    tone: Tone = "info"
    is_on: bool = True  # unless the organisation says otherwise
    is_switchable: bool = True
    by_course: bool = False  # whether a course may depart from the organisation's switch
    note: Words = ""  # what may depart from the organisation's switch and words, in one sentence
    # Field of an item with the id of what it is about, where that may have words of its own (T-70).
    about: str = ""
    # What a preview is about: one item, several items.
    sample_sizes: tuple[Words, Words] = (_("one entry"), _("several entries"))


_registry: Final[dict[str, MessageKind]] = {}


def register_kind(kind: MessageKind) -> MessageKind:
    """Make a kind known; its key must be new, and each of its texts too."""
    taken = {text.key for other in _registry.values() if other.key != kind.key for text in other.texts}
    if taken & {text.key for text in kind.texts}:
        message = f"a text of {kind.key!r} is taken by another kind"
        raise ValueError(message)
    _registry[kind.key] = kind
    return kind


def find_kind(key: str) -> MessageKind | None:
    """Return the kind with this key, or None: a message of an older version may have lost its kind."""
    return _registry.get(key)


def find_text(key: str) -> tuple[MessageKind, Text] | None:
    """Return the text with this key and its kind, or None."""
    for kind in _registry.values():
        for text in kind.texts:
            if text.key == key:
                return kind, text
    return None


def find_subject(kind: MessageKind, items: Sequence[Item]) -> int:
    """Return the id of the one subject that all items are about, if the kind has subjects; otherwise 0 (T-70)."""
    subjects = {int(item.get(kind.about) or 0) for item in items} if kind.about else set()
    return subjects.pop() if len(subjects) == 1 else 0


def all_kinds() -> list[MessageKind]:
    """Return every kind in the order of registration."""
    return list(_registry.values())
