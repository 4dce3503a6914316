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

from lms.notifications.kinds import Item, Lead, MessageKind, Placeholder, Text, find_kind, find_subject
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


OwnWords = Mapping[tuple[str, str, int], Words]
"""An organisation's own words by (key of the text, language, id of the subject they are for; 0: for all of them)."""


def load_words(about: Iterable[int] = ()) -> OwnWords:
    """Return the own words of the open tenant, and those for these subjects. One query."""
    rows = MessageTemplate.objects.filter(about_id__in={0, *about})
    return {
        (text, language, about_id): Words(subject, body, language, is_own=True)
        for text, language, about_id, subject, body in rows.values_list(
            "text", "language", "about_id", "subject", "body"
        )
    }


def shipped_words(text: Text, language: str) -> Words | None:
    """Return the words Rollbook comes with, or None in a language the product does not speak."""
    if not has_pages(language):
        return None
    with translation.override(language):
        return Words(str(text.subject), str(text.body), language)


def choose_words(text: Text, *, languages: Iterable[str], own: OwnWords, about: int = 0) -> Words:
    """Return the words for somebody: in each language in turn those for the subject, the own ones, the shipped ones (L-77)."""
    wanted = [language for language in languages if language]
    for language in (*wanted, page_language()):
        for subject in dict.fromkeys((about, 0)):
            if (found := own.get((text.key, language, subject))) is not None:
                return found
        if (shipped := shipped_words(text, language)) is not None:
            return shipped
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

    Where all items are about one subject that has words of its own, they are used (T-70). Runs in the tenant's scope
    unless `own` is given. Raises LookupError for a kind that does not exist.
    """
    found = find_kind(kind)
    if found is None:
        message = f"there is no kind of message {kind!r}"
        raise LookupError(message)
    text, about = _text_of(found, items, today), find_subject(found, items)
    loaded = load_words([about]) if own is None else own
    words = choose_words(text, languages=(person.language, tenant.language), own=loaded, about=about)
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
    text, about = _text_of(kind, items, today), find_subject(kind, items)
    words = choose_words(text, languages=(person.language, shown_in), own=own, about=about)
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
