"""What the settings of a certification mean, with dates worked out by its rules: for its page and beside its form.

Public: `METHOD_WORDS`, `ExampleLine`, `MethodExample`, `make_examples`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certifications.choices import Method
from certifications.rules import CertificationDates
from certifications.terms import CertificationTerms
from lms.core.components import Words
from lms.core.wording import say_date

METHOD_WORDS: Final[Mapping[str, Words]] = {
    Method.COMPLETION_DATE: gettext_lazy(
        "Every certification is counted from the day of its own completion. The due date in a file is ignored."
    ),
    Method.EXPIRY_DATE: gettext_lazy(
        "People who recertify while the window is open keep the day of the old expiry and lose nothing by being early. "
        "For people who are late it is counted from the completion."
    ),
    Method.FIXED_DATE: gettext_lazy(
        "It expires on the same fixed day each time, also for people who are late. If less than the minimum active "
        "period would be left until then, it expires on the next one."
    ),
}
_LATE: Final = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """One completion and the dates that follow."""

    situation: str
    expires_on: date
    window_opens_on: date


@dataclass(frozen=True, slots=True)
class MethodExample:
    """What one method makes of the same completions; `is_chosen` by the certification."""

    method: str
    label: Words
    words: Words
    is_chosen: bool
    lines: list[ExampleLine]


def make_examples(terms: CertificationTerms, *, year: int) -> list[MethodExample]:
    """Return the method of a certification first, then the other two, for somebody who completes in that year (T-38 to T-44)."""
    methods = sorted(Method, key=lambda method: method != terms.method)
    return [
        MethodExample(
            method=method.value,
            label=method.label,
            words=METHOD_WORDS[method],
            is_chosen=method == terms.method,
            lines=list(_work_out(replace(terms, method=method.value), year=year)),
        )
        for method in methods
    ]


def _work_out(terms: CertificationTerms, *, year: int) -> Iterator[ExampleLine]:
    first, due = date(year, 1, 1), date(year, 3, 31)
    dates = terms.dates(first)
    yield _line(_("First completed on %(day)s, without a due date"), first, dates)
    if terms.method != Method.COMPLETION_DATE:
        words = _("First completed on %(day)s, due on %(due)s")
        yield _line(words, first, terms.dates(first, due_on=due), due=due)
    expires, opens = dates.expires_on, dates.window_opens_on
    early = first + (opens - first) // 2
    again = [(_("Completed again on %(day)s, while the window is open"), opens + (expires - opens) // 2)]
    again.append((_("Completed again on %(day)s, after it has expired"), expires + _LATE))
    if first < early < opens:
        again.insert(0, (_("Completed again on %(day)s, before the window opens"), early))
    for words, day in again:
        yield _line(words, day, terms.dates(day, previous_expires_on=expires, previous_window_opens_on=opens))


def _line(words: str, day: date, dates: CertificationDates, *, due: date | None = None) -> ExampleLine:
    return ExampleLine(words % {"day": say_date(day), "due": say_date(due)}, dates.expires_on, dates.window_opens_on)
