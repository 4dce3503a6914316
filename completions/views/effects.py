"""Words for what a change does to people, for the pages that ask before it is made (L-92)."""

from django.utils.translation import ngettext

from completions.pushing import Effects
from completions.rules import ComplianceStatus
from lms.core.wording import say_number


def word_effects(effects: Effects, *, is_completed: bool) -> list[str]:
    """Return one sentence for each thing that happens to people, the weightiest first."""
    into: dict[str, int] = {}
    for (_before, after), people in effects.moves.items():
        into[after] = into.get(after, 0) + people
    sentences = []
    for status, words in (
        (ComplianceStatus.NON_COMPLIANT, _non_compliant),
        (ComplianceStatus.OVERDUE, _overdue),
        (ComplianceStatus.RETAKE_OPEN, _retake_open),
        (ComplianceStatus.COMPLIANT, _compliant),
        (ComplianceStatus.NOT_COMPLETED, _in_time),
    ):
        if people := into.get(status, 0):
            sentences.append(words(people))
    if effects.earlier:
        sentences.append(_earlier(effects.earlier, is_completed=is_completed))
    if effects.later:
        sentences.append(_later(effects.later, is_completed=is_completed))
    return sentences


def _non_compliant(people: int) -> str:
    words = ngettext("%(n)s person is not compliant any more.", "%(n)s people are not compliant any more.", people)
    return words % {"n": say_number(people)}


def _overdue(people: int) -> str:
    words = ngettext("%(n)s person is overdue at once.", "%(n)s people are overdue at once.", people)
    return words % {"n": say_number(people)}


def _retake_open(people: int) -> str:
    words = ngettext(
        "The retake of %(n)s person opens; compliant until the end of the period.",
        "The retake of %(n)s people opens; they stay compliant until the end of their period.",
        people,
    )
    return words % {"n": say_number(people)}


def _compliant(people: int) -> str:
    words = ngettext("%(n)s person becomes compliant.", "%(n)s people become compliant.", people)
    return words % {"n": say_number(people)}


def _in_time(people: int) -> str:
    words = ngettext("%(n)s person is not overdue any more.", "%(n)s people are not overdue any more.", people)
    return words % {"n": say_number(people)}


def _earlier(people: int, *, is_completed: bool) -> str:
    if is_completed:
        words = ngettext(
            "The compliance of %(n)s person ends earlier than now.",
            "The compliance of %(n)s people ends earlier than now.",
            people,
        )
    else:
        words = ngettext(
            "%(n)s person gets a due date, or an earlier one.",
            "%(n)s people get a due date, or an earlier one.",
            people,
        )
    return words % {"n": say_number(people)}


def _later(people: int, *, is_completed: bool) -> str:
    if is_completed:
        words = ngettext(
            "The compliance of %(n)s person ends later than now, or never.",
            "The compliance of %(n)s people ends later than now, or never.",
            people,
        )
    else:
        words = ngettext(
            "%(n)s person gets a later due date, or none.", "%(n)s people get a later due date, or none.", people
        )
    return words % {"n": say_number(people)}
