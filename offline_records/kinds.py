"""The kinds of message about offline records (S-41): both off unless the organisation switches them on.

An item is what `ActivityTerms.describe` returns: activity_id, code, activity, and the days completed_on and expires_on;
of a record that was failed it says so in `result`, and no day on which that ends.
Days are counted from the day on which the message is made, so that a mail which waited says what is true when it goes out.
Public: `OFFLINE_RECORD_CREATED`, `OFFLINE_RECORD_EXPIRES`, `KINDS`, `register_kinds`.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Final

from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lms.core.components import Tone, Words
from lms.core.wording import say_number
from lms.notifications.item_words import ItemWords, Line, has_line_words, lead_to_record, say_completed, say_counted
from lms.notifications.kinds import Item, MessageKind, Placeholder, Text, register_kind
from offline_records.choices import Result

OFFLINE_RECORD_CREATED: Final = "offline_record_created"
OFFLINE_RECORD_EXPIRES: Final = "offline_record_expires"
KINDS: Final = (OFFLINE_RECORD_CREATED, OFFLINE_RECORD_EXPIRES)

_ACTIVITY: Final = Placeholder("activity", gettext_lazy("name of the activity; with several of them, their number"))
_ACTIVITIES: Final = Placeholder(
    "activities", gettext_lazy("list of the activities with their dates; belongs on a line of its own")
)
_COUNT: Final = Placeholder("count", gettext_lazy("number of records"))
_COMPLETED: Final = Placeholder("completed_on", gettext_lazy("day of completion; with several records, the last one"))
_UNTIL: Final = Placeholder("valid_until", gettext_lazy("last valid day; with several records, the first one"))
_DAYS_LEFT: Final = Placeholder("days", gettext_lazy("number of days left; with several records, the fewest"))
_DATES: Final = {_COMPLETED.name: "completed_on", _UNTIL.name: "expires_on"}


def register_kinds() -> None:
    """Make the kinds known; called when the app is ready."""
    for kind in _make_kinds():
        register_kind(kind)


def _make_kinds() -> list[MessageKind]:
    return [
        _make_kind(
            OFFLINE_RECORD_CREATED,
            label=gettext_lazy("Offline record added"),
            when=gettext_lazy("When an offline record of somebody is added, by a person or an import."),
            subject=gettext_lazy("New in your Record of Learning: {activity}"),
            sentence=gettext_lazy("This has been added to your Record of Learning:"),
            placeholders=[_COMPLETED, _UNTIL],
            line=_say_completed,
            tone="success",
        ),
        _make_kind(
            OFFLINE_RECORD_EXPIRES,
            label=gettext_lazy("Offline record expires soon"),
            when=gettext_lazy(
                "Once, as many days before as the activity says, unless somebody has another record of it that is "
                "valid for longer."
            ),
            subject=gettext_lazy("Expires soon: {activity}"),
            sentence=gettext_lazy("This will soon be valid no longer. Please complete it again in time:"),
            placeholders=[_COMPLETED, _UNTIL, _DAYS_LEFT],
            line=_say_until,
            tone="warning",
        ),
    ]


def _make_kind(
    key: str,
    *,
    label: Words,
    when: Words,
    subject: Words,
    sentence: Words,
    placeholders: Sequence[Placeholder],
    line: Line,
    tone: Tone,
) -> MessageKind:
    return MessageKind(
        key=key,
        label=label,
        help=when,
        texts=[Text(key=key, label=label, subject=subject, body=_write_letter_lazily(sentence))],
        placeholders=[_ACTIVITY, _ACTIVITIES, _COUNT, *placeholders],
        fill=partial(_WORDS.fill, line, _DATES[_UNTIL.name]),
        choose=lambda _items, _today: key,
        describe=partial(_WORDS.describe, line),
        lead=lead_to_record,
        sample=_make_sample,
        reason=gettext_lazy("You get it because of your offline records."),
        tone=tone,
        is_on=False,
        sample_sizes=(gettext_lazy("one record"), gettext_lazy("several records")),
    )


def _write_letter(sentence: Words) -> str:
    """Return the shipped letter around its one sentence."""
    return _("Hello {first_name},\n\n%(sentence)s\n\n{activities}\n\n{link}") % {"sentence": sentence}


_write_letter_lazily: Final = lazy(_write_letter, str)


def _say_number(number: int) -> str:
    return ngettext("%(n)s offline record", "%(n)s offline records", number) % {"n": say_number(number)}


_WORDS: Final = ItemWords(
    name="activity",
    code="code",
    one=_ACTIVITY,
    several=_ACTIVITIES,
    count=_COUNT,
    say_number=_say_number,
    dates=_DATES,
    days=_DAYS_LEFT,
    last=_COMPLETED.name,
)


def _word_until(days: int, names: dict[str, str]) -> str:
    if days == 0:
        return _("valid until today, %(day)s") % names
    if days < 0:
        return (
            ngettext("was valid until %(day)s (%(n)s day over)", "was valid until %(day)s (%(n)s days over)", -days)
            % names
        )
    return ngettext("valid until %(day)s (%(n)s day left)", "valid until %(day)s (%(n)s days left)", days) % names


_say_until: Final = partial(say_counted, _DATES[_UNTIL.name], _word_until)


def _say_completed(item: Item, today: date) -> str:
    """Return when it was completed, and how long that is valid or that it was failed."""
    words = say_completed(_say_until, item, today)
    is_failed = item.get("result") == Result.FAILED and has_line_words()
    return f"{words} ({Result.FAILED.label})" if words and is_failed else words


def _make_sample(_text: str, today: date) -> list[Item]:
    """Return three made-up records; a preview shows the first of them or all."""
    known = [("FAW-1", gettext_lazy("First Aid at Work")), ("EVAC", gettext_lazy("Evacuation Drill"))]
    known.append(("LIFT-2", gettext_lazy("Manual Handling Workshop")))
    return [
        {
            "code": code,
            "activity": str(name),
            "completed_on": (today - timedelta(days=365 - days)).isoformat(),
            "expires_on": (today + timedelta(days=days)).isoformat(),
        }
        for (code, name), days in zip(known, (12, 30, 1), strict=True)
    ]
