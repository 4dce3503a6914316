"""The kinds of message about certifications (T-68, T-70): when each is sent, its shipped words, its placeholders.

An item is what `CertificationTerms.describe` returns: certification_id, short_name, certification, and dates. Days are
counted from the day on which the message is made, so that a mail which waited says what is true when it goes out.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Final

from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certifications.rules import RenewalEvent
from lms.core.components import Tone, Words
from lms.core.wording import say_number
from lms.notifications.item_words import ItemWords, Line, lead_to_record, say_completed, say_counted
from lms.notifications.kinds import Item, MessageKind, Placeholder, Text, register_kind

CERTIFICATION_ASSIGNED: Final = "certification_assigned"
CERTIFICATION_COMPLETED: Final = "certification_completed"
WINDOW_OPENS: Final = "certification_window_opens"
EXPIRING_SOON: Final = "certification_expiring_soon"
CERTIFICATION_EXPIRED: Final = "certification_expired"

KINDS: Final = (CERTIFICATION_ASSIGNED, CERTIFICATION_COMPLETED, WINDOW_OPENS, EXPIRING_SOON, CERTIFICATION_EXPIRED)
# One series: a daily run, and an import, tells the latest of them that has come (E-72).
EVENT_KINDS: Final = {
    RenewalEvent.WINDOW_OPENS: WINDOW_OPENS,
    RenewalEvent.EXPIRES_SOON: EXPIRING_SOON,
    RenewalEvent.EXPIRED: CERTIFICATION_EXPIRED,
}
# What somebody still has to do; it no longer holds once they have recertified.
OBLIGATIONS: Final = tuple(EVENT_KINDS.values())

_CERTIFICATION: Final = Placeholder(
    "certification", gettext_lazy("name of the certification; with several of them, their number")
)
_CERTIFICATIONS: Final = Placeholder(
    "certifications", gettext_lazy("list of the certifications with their dates; belongs on a line of its own")
)
_COUNT: Final = Placeholder("count", gettext_lazy("number of certifications"))
_COMPLETED: Final = Placeholder(
    "completed_on", gettext_lazy("day of completion; with several certifications, the last one")
)
_WINDOW: Final = Placeholder(
    "window_opens_on",
    gettext_lazy("first day of the recertification window; with several certifications, the first one"),
)
_EXPIRES: Final = Placeholder(
    "expires_on", gettext_lazy("last certified day; with several certifications, the first one")
)
_DAYS_LEFT: Final = Placeholder("days", gettext_lazy("number of days left; with several certifications, the fewest"))
_DAYS_OVER: Final = Placeholder("days", gettext_lazy("number of days over; with several certifications, the most"))
_ALL_DATES: Final = (_COMPLETED, _WINDOW, _EXPIRES)
_REASON: Final = gettext_lazy("You get it because of your certifications.")
_NOTE: Final = gettext_lazy("A certification may depart from this, and have words of its own, on its Messages tab.")


def register_kinds() -> None:
    """Make the kinds known; called when the app is ready."""
    for kind in _make_kinds():
        register_kind(kind)


def _make_kinds() -> list[MessageKind]:
    return [
        _make_kind(
            CERTIFICATION_ASSIGNED,
            label=gettext_lazy("Certification assigned"),
            when=gettext_lazy("When a certification is assigned to somebody, by a person, a team or an import."),
            subject=gettext_lazy("New for you: {certification}"),
            sentence=gettext_lazy("This has been assigned to you:"),
            placeholders=[],
            line=_say_nothing,
            is_on=False,
        ),
        _make_kind(
            CERTIFICATION_COMPLETED,
            label=gettext_lazy("Certification completed"),
            when=gettext_lazy("When a completion record of somebody becomes the current certification."),
            subject=gettext_lazy("Completed: {certification}"),
            sentence=gettext_lazy("This has been entered as completed by you:"),
            placeholders=_ALL_DATES,
            line=_say_completed,
            tone="success",
            is_on=False,
        ),
        _make_kind(
            WINDOW_OPENS,
            label=gettext_lazy("Recertification window opens"),
            when=gettext_lazy("Once, on the first day on which somebody can recertify."),
            subject=gettext_lazy("Time to recertify: {certification}"),
            sentence=gettext_lazy("The recertification window is open. Please complete this again before it expires:"),
            placeholders=[*_ALL_DATES, _DAYS_LEFT],
            line=_say_expiry,
        ),
        _make_kind(
            EXPIRING_SOON,
            label=gettext_lazy("Certification expires soon"),
            when=gettext_lazy(
                "Once, as many days before it expires as the certification says, if not recertified by then."
            ),
            subject=gettext_lazy("Expires soon: {certification}"),
            sentence=gettext_lazy("You have not recertified yet. Please complete this again before it expires:"),
            placeholders=[*_ALL_DATES, _DAYS_LEFT],
            line=_say_expiry,
            tone="warning",
        ),
        _make_kind(
            CERTIFICATION_EXPIRED,
            label=gettext_lazy("Certification expired"),
            when=gettext_lazy("Once, on the day after the expiry of somebody who has not recertified."),
            subject=gettext_lazy("Expired: {certification}"),
            sentence=gettext_lazy(
                "You did not recertify in time, and are not certified any more. Please complete this again:"
            ),
            placeholders=[*_ALL_DATES, _DAYS_OVER],
            line=_say_expiry,
            tone="danger",
        ),
    ]


def _make_kind(  # noqa: PLR0913 - a kind has that much to say
    key: str,
    *,
    label: Words,
    when: Words,
    subject: Words,
    sentence: Words,
    placeholders: Sequence[Placeholder],
    line: Line,
    tone: Tone = "info",
    is_on: bool = True,
) -> MessageKind:
    return MessageKind(
        key=key,
        label=label,
        help=when,
        texts=[Text(key=key, label=label, subject=subject, body=_write_letter_lazily(sentence))],
        placeholders=[_CERTIFICATION, _CERTIFICATIONS, _COUNT, *placeholders],
        fill=partial(_WORDS.fill, line, _EXPIRES.name),
        choose=lambda _items, _today: key,
        describe=partial(_WORDS.describe, line),
        lead=lead_to_record,
        sample=_make_sample,
        reason=_REASON,
        tone=tone,
        is_on=is_on,
        note=_NOTE,
        about="certification_id",
        sample_sizes=(gettext_lazy("one certification"), gettext_lazy("several certifications")),
    )


def _write_letter(sentence: Words) -> str:
    """Return the shipped letter around its one sentence."""
    return _("Hello {first_name},\n\n%(sentence)s\n\n{certifications}\n\n{link}") % {"sentence": sentence}


_write_letter_lazily: Final = lazy(_write_letter, str)


def _say_number(number: int) -> str:
    return ngettext("%(n)s certification", "%(n)s certifications", number) % {"n": say_number(number)}


_WORDS: Final = ItemWords(
    name="certification",
    code="short_name",
    one=_CERTIFICATION,
    several=_CERTIFICATIONS,
    count=_COUNT,
    say_number=_say_number,
    dates={placeholder.name: placeholder.name for placeholder in _ALL_DATES},
    days=_DAYS_LEFT,
    last=_COMPLETED.name,
)


def _say_nothing(_item: Item, _today: date) -> str:
    return ""


def _word_expiry(days: int, names: dict[str, str]) -> str:
    if days == 0:
        return _("expires today, %(day)s") % names
    if days < 0:
        return ngettext("expired on %(day)s (%(n)s day over)", "expired on %(day)s (%(n)s days over)", -days) % names
    return ngettext("expires on %(day)s (%(n)s day left)", "expires on %(day)s (%(n)s days left)", days) % names


_say_expiry: Final = partial(say_counted, _EXPIRES.name, _word_expiry)
_say_completed: Final = partial(say_completed, _say_expiry)


def _make_sample(text: str, today: date) -> list[Item]:
    """Return three made-up certifications whose dates fit the text; a preview shows the first of them or all."""
    ahead = -1 if text == CERTIFICATION_EXPIRED else 1
    known = [("FA-1", gettext_lazy("First Aid")), ("FIRE-W", gettext_lazy("Fire Warden"))]
    known.append(("LIFT-3", gettext_lazy("Forklift Driver")))
    return [
        {
            "short_name": short_name,
            "certification": str(name),
            "completed_on": (expires - timedelta(days=365)).isoformat(),
            "window_opens_on": (expires - timedelta(days=30)).isoformat(),
            "expires_on": expires.isoformat(),
        }
        for (short_name, name), days in zip(known, (12, 30, 1), strict=True)
        for expires in [today + ahead * timedelta(days=days)]
    ]
