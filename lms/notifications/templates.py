"""The words of messages: an organisation's own ones before the shipped ones, placeholders filled (L-75 to L-77).

Public: `COMMON`, `OwnWords`, `Words`, `load_words`, `choose_words`, `shipped_words`, `find_foreign`,
`allowed_placeholders`, `render_message`, `render_words`, `word_notice`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils import translation
from django.utils.translation import gettext_lazy

from lms.notifications.kinds import Item, Lead, MessageKind, Placeholder, Text, find_kind
from lms.notifications.layout import RenderedMessage, lay_out, split_blocks
from lms.notifications.models import MessageTemplate
from lms.people.models import User
from lms.tenancy.languages import has_pages, page_language
from lms.tenancy.links import build_link
from lms.tenancy.models import Tenant

# What every message may hold, whatever its kind.
COMMON: Final = (
    Placeholder("first_name", gettext_lazy("first name of the person")),
    Placeholder("full_name", gettext_lazy("first and last name of the person")),
    Placeholder("username", gettext_lazy("username of the person")),
    Placeholder("organisation", gettext_lazy("name of your organisation")),
    Placeholder("contact", gettext_lazy("whom people ask, as in the settings of the organisation")),
    Placeholder("link", gettext_lazy("address of the page it is about; alone on a line it becomes a button")),
)
# Anything between braces is meant as a placeholder, so that a slip of the pen is found on saving.
_PLACEHOLDER: Final = re.compile(r"\{([^{}\n]*)\}")


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and body with their placeholders, in one language."""

    subject: str
    body: str
    language: str
    is_own: bool = False


OwnWords = Mapping[tuple[str, str], Words]
"""An organisation's own words by (key of the text, language)."""


def load_words() -> OwnWords:
    """Return the own words of the open tenant. One query."""
    rows = MessageTemplate.objects.values_list("text", "language", "subject", "body")
    return {(text, language): Words(subject, body, language, is_own=True) for text, language, subject, body in rows}


def shipped_words(text: Text, language: str) -> Words | None:
    """Return the words Rollbook comes with, or None in a language the product does not speak."""
    if not has_pages(language):
        return None
    with translation.override(language):
        return Words(str(text.subject), str(text.body), language)


def choose_words(text: Text, *, languages: Iterable[str], own: OwnWords) -> Words:
    """Return the words for somebody: in each language in turn the own ones, then the shipped ones (L-77)."""
    wanted = [language for language in languages if language]
    for language in (*wanted, page_language()):
        words = own.get((text.key, language)) or shipped_words(text, language)
        if words is not None:
            return words
    message = f"no words for {text.key!r}"
    raise LookupError(message)


def allowed_placeholders(kind: MessageKind) -> list[Placeholder]:
    """Return what the texts of a kind may hold in braces."""
    return [*kind.placeholders, *COMMON]


def find_foreign(text: str, kind: MessageKind) -> list[str]:
    """Return the names in braces that do not belong to the kind, each once, in the order of the text (L-76)."""
    allowed = {placeholder.name for placeholder in allowed_placeholders(kind)}
    names = (name.strip() for name in _PLACEHOLDER.findall(text))
    return list(dict.fromkeys(name for name in names if name not in allowed))


def render_message(
    kind: str,
    items: Sequence[Item],
    *,
    person: User,
    tenant: Tenant,
    today: date,
    own: OwnWords | None = None,
) -> RenderedMessage:
    """Return the mail of a kind as this person gets it on that day, all items in one (E-20).

    Runs in the tenant's scope unless `own` is given. Raises LookupError for a kind that does not exist.
    """
    found = find_kind(kind)
    if found is None:
        message = f"there is no kind of message {kind!r}"
        raise LookupError(message)
    text = _text_of(found, items, today)
    words = choose_words(text, languages=(person.language, tenant.language), own=load_words() if own is None else own)
    return render_words(words, kind=found, items=items, person=person, tenant=tenant, today=today)


def render_words(
    words: Words,
    *,
    kind: MessageKind,
    items: Sequence[Item],
    person: User,
    tenant: Tenant,
    today: date,
    notes: Sequence[str] = (),
) -> RenderedMessage:
    """Return a mail with these words; dates and numbers are said in their language."""
    with translation.override(words.language):
        lead = kind.lead(items, person.pk)
        link = build_link(tenant, lead.path)
        values = _common_values(person, tenant=tenant, link=link) | dict(kind.fill(items, today))
        blocks = split_blocks(_fill(words.body, values), link=link, link_words=str(lead.words))
        return lay_out(
            _fill(words.subject, values),
            blocks=blocks,
            name=person.full_name,
            organisation=tenant.name,
            reason=str(kind.reason),
            notes=notes,
        )


def word_notice(
    kind: MessageKind, items: Sequence[Item], *, person: User, tenant: Tenant, today: date, own: OwnWords
) -> tuple[str, tuple[str, ...], Lead]:
    """Return a notice as (title, one line for each item, where it leads): the mail without its letter around it."""
    shown_in = page_language(translation.get_language() or "", tenant.language)
    words = choose_words(_text_of(kind, items, today), languages=(person.language, shown_in), own=own)
    with translation.override(words.language):
        values = _common_values(person, tenant=tenant, link="") | dict(kind.fill(items, today))
        title = " ".join(_fill(words.subject, values).split())
        return title, tuple(kind.describe(items, today)), kind.lead(items, person.pk)


def _text_of(kind: MessageKind, items: Sequence[Item], today: date) -> Text:
    key = kind.choose(items, today)
    return next(text for text in kind.texts if text.key == key)


def _common_values(person: User, *, tenant: Tenant, link: str) -> dict[str, str]:
    return {
        "first_name": _one_line(person.first_name),
        "full_name": _one_line(person.full_name),
        "username": _one_line(person.username),
        "organisation": _one_line(tenant.name),
        "contact": _one_line(tenant.contact),
        "link": link,
    }


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values in, in one pass: braces inside a value are left alone. A foreign placeholder prints nothing (L-76)."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1].strip(), ""), text)
