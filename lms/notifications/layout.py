"""Makes a mail of words: the text as it is, and the same as HTML with lists and buttons. Everything is escaped there.

Public: `Block`, `RenderedMessage`, `split_blocks`, `lay_out`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString

_BULLET: Final = "- "


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a mail: a paragraph's lines, the entries of a list, or the words of a button with its address."""

    kind: Literal["text", "list", "link"]
    lines: tuple[str, ...]
    url: str = ""


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A mail in words: one line of subject, the same content as text and as HTML."""

    subject: str
    text: str
    html: str
    body: SafeString  # the HTML without the document around it, for a preview inside a page


def split_blocks(text: str, *, link: str, link_words: str) -> list[Block]:
    """Cut a text into its pieces: an empty line ends a paragraph, "- " begins an entry, a line of only `link` is a button."""
    blocks: list[Block] = []
    open_lines: list[str] = []
    open_kind: Literal["text", "list"] = "text"

    def close() -> None:
        if open_lines:
            blocks.append(Block(open_kind, tuple(open_lines)))
            open_lines.clear()

    for line in (line.strip() for line in text.splitlines()):
        kind: Literal["text", "list"] = "list" if line.startswith(_BULLET) else "text"
        if kind != open_kind or not line or line == link:
            close()
        open_kind = kind
        if line == link:
            blocks.append(Block("link", (link_words,), link))
        elif line:
            open_lines.append(line.removeprefix(_BULLET).strip())
    close()
    return blocks


def lay_out(
    subject: str, *, blocks: Iterable[Block], name: str, organisation: str, reason: str, notes: Sequence[str] = ()
) -> RenderedMessage:
    """Return the whole mail in the active language; the subject becomes one line, so no header can be smuggled in (S16).

    `name` is whom it is for, `reason` why they get it; `notes` stand above everything else, such as that this is a test.
    """
    one_line = " ".join(subject.split())
    context = {
        "subject": one_line,
        "blocks": list(blocks),
        "name": name,
        "organisation": organisation,
        "reason": reason,
        "notes": notes,
        "language": translation.get_language(),
    }
    body = render_to_string("notifications/mail/_body.html", context)
    return RenderedMessage(
        subject=one_line,
        text=render_to_string("notifications/mail/message.txt", context),
        html=render_to_string("notifications/mail/message.html", context | {"body": body}),
        body=body,
    )
