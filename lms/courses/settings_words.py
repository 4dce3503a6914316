"""What a course's settings say, in words: for its page, for the review of an import and for the example beside the form.

Public: `SettingsRow`, `word_settings`, `make_example`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lms.core.wording import say_date, say_number
from lms.courses.models import Course
from lms.courses.rules import due_date, reminder_days

_LISTED: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsRow:
    """The settings for compliance and due dates of one course, each as a short phrase; "" where nothing is set."""

    course_id: int
    code: str
    name: str
    compliant_for: str  # never empty: "for ever"
    retake: str
    due: str
    reminders: str


def word_settings(course: Course) -> SettingsRow:
    """Return one course's settings in the reader's language."""
    return SettingsRow(
        course_id=course.pk,
        code=course.code,
        name=course.name,
        compliant_for=course.compliant_for.words if course.compliant_for else _("for ever"),
        retake=_word_retake(course),
        due=_word_due(course),
        reminders=_word_reminders(course),
    )


def _word_retake(course: Course) -> str:
    days = course.retake_days
    if course.compliant_for is None or days is None:
        return ""
    return ngettext("opens %(n)s day before", "opens %(n)s days before", days) % {"n": say_number(days)}


def _word_due(course: Course) -> str:
    if course.due_within:
        return _("%(period)s after the assignment") % {"period": course.due_within.words}
    return _("on %(day)s") % {"day": say_date(course.due_on)} if course.due_on else ""


def _word_reminders(course: Course) -> str:
    parts = []
    if (days := course.remind_days_before) is not None and _has_due_date(course):
        words = ngettext("from %(n)s day before the due date", "from %(n)s days before the due date", days)
        parts.append(words % {"n": say_number(days)})
    if course.remind_every:
        parts.append(_("repeated every %(period)s") % {"period": course.remind_every.words})
        parts.append(
            ngettext("%(n)s message at most", "%(n)s messages at most", course.remind_at_most)
            % {"n": say_number(course.remind_at_most)}
        )
    return ", ".join(parts)


def _has_due_date(course: Course) -> bool:
    return course.due_within is not None or course.due_on is not None


def make_example(course: Course, *, anchor: date) -> list[str]:
    """Return what the settings mean for somebody who was assigned, or who completed, on `anchor`: a sentence for each date."""
    day = say_date(anchor)
    if course.compliant_for is None:
        sentences = [_("Completed on %(day)s: compliant for ever.") % {"day": day}]
    else:
        until = course.compliant_for.add(anchor)
        sentences = [
            _("Completed on %(day)s: compliant until %(until)s, not compliant from %(after)s.")
            % {"day": day, "until": say_date(until), "after": say_date(until + timedelta(days=1))}
        ]
        if course.retake_days is not None:
            opens = until - timedelta(days=course.retake_days)
            sentences.append(_("The retake opens on %(opens)s.") % {"opens": say_date(opens)})
    due = due_date(assigned_on=anchor, due_within=course.due_within, due_on=course.due_on)
    if due is None:
        return sentences
    sentences.append(
        _("Assigned on %(day)s: due on %(due)s, overdue from %(after)s until completed.")
        % {"day": day, "due": say_date(due), "after": say_date(due + timedelta(days=1))}
    )
    if course.remind_days_before is not None:
        days = reminder_days(
            due, days_before=course.remind_days_before, every=course.remind_every, at_most=course.remind_at_most
        )
        listed = [say_date(reminder) for reminder in days if anchor <= reminder]
        if listed:
            words = ngettext("Reminder on %(days)s.", "Reminders on %(days)s.", len(listed))
            more = len(listed) - _LISTED
            sentences.append(
                words
                % {"days": ", ".join(listed[:_LISTED] + ([_("and %(n)s more") % {"n": more}] if more > 0 else []))}
            )
    return sentences
