"""The kinds of message about courses (L-75, L-58): when each is sent, its shipped words, its placeholders.

An item is what `CourseTerms.describe` returns: course_id, code, course, and dates. Days are counted from the day on which
the message is made, so that a mail which waited says what is true when it goes out.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Final

from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lms.core.components import Tone, Words
from lms.core.wording import say_date, say_number
from lms.notifications.item_words import (
    ItemWords,
    Line,
    has_line_words,
    lead_to_record,
    read_day,
    say_counted,
)
from lms.notifications.kinds import Item, MessageKind, Placeholder, Text, register_kind

COURSE_ASSIGNED = "course_assigned"
COURSE_COMPLETED = "course_completed"
DUE_REMINDER = "due_reminder"
OVERDUE = "overdue"
RETAKE_OPEN = "retake_open"
NON_COMPLIANT = "non_compliant"

# What somebody still has to do; it no longer holds once they have done it.
OBLIGATIONS: Final = (DUE_REMINDER, OVERDUE, RETAKE_OPEN, NON_COMPLIANT)
# Kinds for which a course may depart from the organisation's switch (E-72).
BY_COURSE: Final = frozenset(OBLIGATIONS)
# The two texts of NON_COMPLIANT (L-58).
STILL_COMPLIANT = "still_compliant"
NOT_COMPLIANT = "not_compliant"

Items = Sequence[Item]

_COURSE: Final = Placeholder("course", gettext_lazy("name of the course; with several of them, their number"))
_COURSES: Final = Placeholder(
    "courses", gettext_lazy("list of the courses with their dates; belongs on a line of its own")
)
_COUNT: Final = Placeholder("count", gettext_lazy("number of courses"))
_DUE: Final = Placeholder("due_date", gettext_lazy("due date; with several courses, the first one"))
_UNTIL: Final = Placeholder("compliant_until", gettext_lazy("last compliant day; with several courses, the first one"))
_COMPLETED: Final = Placeholder("completed_on", gettext_lazy("day of completion; with several courses, the last one"))
_DAYS_LEFT: Final = Placeholder("days", gettext_lazy("number of days left; with several courses, the fewest"))
_DAYS_OVER: Final = Placeholder("days", gettext_lazy("number of days over; with several courses, the most"))
_DAYS_EITHER: Final = Placeholder(
    "days", gettext_lazy("number of days left, or of days over; with several courses, of the most urgent one")
)
_REASON: Final = gettext_lazy("You get it because of your courses.")
_MAIN_DATES: Final = {_DUE.name: "due_on", _UNTIL.name: "compliant_until", _COMPLETED.name: "completed_on"}


def register_kinds() -> None:
    """Make the kinds known; called when the app is ready."""
    for kind in _make_kinds():
        register_kind(kind)


def _make_kinds() -> list[MessageKind]:
    return [
        _make_kind(
            COURSE_ASSIGNED,
            label=gettext_lazy("Course assigned"),
            about=gettext_lazy("When somebody is assigned to a course, by a person, a team or an import."),
            texts=[
                _text(
                    COURSE_ASSIGNED,
                    gettext_lazy("Course assigned"),
                    gettext_lazy("New for you: {course}"),
                    gettext_lazy("This has been assigned to you:"),
                )
            ],
            placeholders=[_DUE],
            line=_say_assigned,
            is_on=False,
        ),
        _make_kind(
            COURSE_COMPLETED,
            label=gettext_lazy("Course completed"),
            about=gettext_lazy("When a completion of somebody becomes the current one."),
            texts=[
                _text(
                    COURSE_COMPLETED,
                    gettext_lazy("Course completed"),
                    gettext_lazy("Completed: {course}"),
                    gettext_lazy("This has been entered as completed by you:"),
                )
            ],
            placeholders=[_COMPLETED, _UNTIL],
            line=_say_completed,
            tone="success",
            is_on=False,
        ),
        _make_kind(
            DUE_REMINDER,
            label=gettext_lazy("Due reminder"),
            about=gettext_lazy(
                "Before a due date, as often as the course says, until the course is completed or the number is reached."
            ),
            texts=[
                _text(
                    DUE_REMINDER,
                    gettext_lazy("Due reminder"),
                    gettext_lazy("Please complete: {course}"),
                    gettext_lazy("This is still to be completed by you:"),
                )
            ],
            placeholders=[_DUE, _DAYS_LEFT],
            line=_say_due,
        ),
        _make_kind(
            OVERDUE,
            label=gettext_lazy("Overdue"),
            about=gettext_lazy("Once, on the day after a due date that was missed."),
            texts=[
                _text(
                    OVERDUE,
                    gettext_lazy("Overdue"),
                    gettext_lazy("Overdue: {course}"),
                    gettext_lazy("The due date has passed. You can still complete it:"),
                )
            ],
            placeholders=[_DUE, _DAYS_OVER],
            line=_say_due,
            tone="warning",
        ),
        _make_kind(
            RETAKE_OPEN,
            label=gettext_lazy("Retake open"),
            about=gettext_lazy("Once, when a course can be taken again before compliance ends."),
            texts=[
                _text(
                    RETAKE_OPEN,
                    gettext_lazy("Retake open"),
                    gettext_lazy("Time to renew: {course}"),
                    gettext_lazy("You are still compliant. To stay so, complete this again:"),
                )
            ],
            placeholders=[_UNTIL, _DAYS_LEFT],
            line=_say_compliance,
        ),
        _make_kind(
            NON_COMPLIANT,
            label=gettext_lazy("No longer compliant"),
            about=gettext_lazy("When compliance has ended, then as often as the course says."),
            texts=[
                _text(
                    NOT_COMPLIANT,
                    gettext_lazy("Not compliant any more"),
                    gettext_lazy("Not compliant any more: {course}"),
                    gettext_lazy("Your completion does not count any more. Please complete this again:"),
                ),
                _text(
                    STILL_COMPLIANT,
                    gettext_lazy("Still compliant"),
                    gettext_lazy("Compliance ends soon: {course}"),
                    gettext_lazy("Your completion still counts, but not for long. Please complete this again:"),
                ),
            ],
            placeholders=[_UNTIL, _DAYS_EITHER],
            line=_say_compliance,
            tone="warning",
        ),
    ]


def _make_kind(
    key: str,
    *,
    label: Words,
    about: Words,
    texts: Sequence[Text],
    placeholders: Sequence[Placeholder],
    line: Line,
    tone: Tone = "info",
    is_on: bool = True,
) -> MessageKind:
    return MessageKind(
        key=key,
        label=label,
        help=about,
        texts=texts,
        placeholders=[_COURSE, _COURSES, _COUNT, *placeholders],
        fill=partial(_WORDS.fill, line, _MAIN_DATES[_DUE.name if key in (DUE_REMINDER, OVERDUE) else _UNTIL.name]),
        choose=_choose_compliance if key == NON_COMPLIANT else lambda _items, _today: key,
        describe=partial(_WORDS.describe, line),
        lead=lead_to_record,
        sample=_make_sample,
        reason=_REASON,
        tone=tone,
        is_on=is_on,
        by_course=key in BY_COURSE,
        note=gettext_lazy("A course may depart from this in its settings.") if key in BY_COURSE else "",
        sample_sizes=(gettext_lazy("one course"), gettext_lazy("several courses")),
    )


def _text(key: str, label: Words, subject: Words, sentence: Words) -> Text:
    return Text(key=key, label=label, subject=subject, body=_write_letter_lazily(sentence))


def _write_letter(sentence: Words) -> str:
    """Return the shipped letter around its one sentence."""
    return _("Hello {first_name},\n\n%(sentence)s\n\n{courses}\n\n{link}") % {"sentence": sentence}


_write_letter_lazily: Final = lazy(_write_letter, str)


def _choose_compliance(items: Items, today: date) -> str:
    """Return the text that fits: lapsed is lapsed, even if it is one course of several (L-58)."""
    until = [read_day(item, "compliant_until") for item in items]
    return NOT_COMPLIANT if any(day is not None and today > day for day in until) else STILL_COMPLIANT


def _say_number(number: int) -> str:
    return ngettext("%(n)s course", "%(n)s courses", number) % {"n": say_number(number)}


_WORDS: Final = ItemWords(
    name="course",
    code="code",
    one=_COURSE,
    several=_COURSES,
    count=_COUNT,
    say_number=_say_number,
    dates=_MAIN_DATES,
    days=_DAYS_LEFT,
    last=_COMPLETED.name,
)


def _say_assigned(item: Item, _today: date) -> str:
    due = read_day(item, "due_on")
    if due is None:
        return ""
    return _("due on %(day)s") % {"day": say_date(due)} if has_line_words() else say_date(due)


def _say_completed(item: Item, _today: date) -> str:
    done, until = read_day(item, "completed_on"), read_day(item, "compliant_until")
    if done is None:
        return ""
    if not has_line_words():
        return say_date(done)
    if until is None:
        return _("completed on %(day)s") % {"day": say_date(done)}
    return _("completed on %(day)s, counts until %(until)s") % {"day": say_date(done), "until": say_date(until)}


def _word_due(days: int, names: dict[str, str]) -> str:
    if days == 0:
        return _("due today, %(day)s") % names
    if days < 0:
        return ngettext("was due on %(day)s (%(n)s day over)", "was due on %(day)s (%(n)s days over)", -days) % names
    return ngettext("due on %(day)s (%(n)s day left)", "due on %(day)s (%(n)s days left)", days) % names


def _word_compliance(days: int, names: dict[str, str]) -> str:
    """Say x days left or x days over (L-58)."""
    if days == 0:
        return _("compliant until today, %(day)s") % names
    if days < 0:
        return (
            ngettext(
                "was compliant until %(day)s (%(n)s day over)", "was compliant until %(day)s (%(n)s days over)", -days
            )
            % names
        )
    return (
        ngettext("compliant until %(day)s (%(n)s day left)", "compliant until %(day)s (%(n)s days left)", days) % names
    )


_say_due: Final = partial(say_counted, "due_on", _word_due)
_say_compliance: Final = partial(say_counted, "compliant_until", _word_compliance)


def _make_sample(text: str, today: date) -> list[Item]:
    """Return three made-up courses whose dates fit the text; a preview shows the first of them or all."""
    ahead = -1 if text in (OVERDUE, NOT_COMPLIANT) else 1
    courses = [("SAFE-1", gettext_lazy("Safety Basics")), ("FIRE-2", gettext_lazy("Fire Safety Awareness"))]
    courses.append(("HYG-4", gettext_lazy("Hand Hygiene")))
    return [
        {
            "code": code,
            "course": str(name),
            "due_on": (today + ahead * timedelta(days=days)).isoformat(),
            "compliant_until": (today + ahead * timedelta(days=days)).isoformat(),
            "completed_on": (today - timedelta(days=days)).isoformat(),
        }
        for (code, name), days in zip(courses, (12, 30, 1), strict=True)
    ]
