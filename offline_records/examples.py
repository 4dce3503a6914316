"""What the settings of an activity mean: the columns of its template, and what becomes of one completion.

For its page and beside its form. Public: `ExampleColumn`, `ActivityExample`, `make_example`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lms.core.components import Words
from lms.core.wording import say_date
from lms.imports.columns import Column
from offline_records.choices import Field
from offline_records.columns import make_columns
from offline_records.rules import expires_soon_on, score_range
from offline_records.terms import ActivityTerms

# Columns that the template fills in itself (S-11).
_FILLED: Final = ("activity", "domain")
_LATER: Final = timedelta(days=365)
_CHOICES_SHOWN: Final = 4


@dataclass(frozen=True, slots=True)
class ExampleColumn:
    """One column of the template, with what a row can hold there."""

    header: str
    label: Words
    need: Words
    sample: str
    help: Words
    is_required: bool


@dataclass(frozen=True, slots=True)
class ActivityExample:
    """The template's columns, and sentences about one completion."""

    columns: list[ExampleColumn]
    sentences: list[str]

    @property
    def summary(self) -> str:
        """The number of columns in words."""
        words = ngettext("The template has %(count)d column.", "The template has %(count)d columns.", len(self.columns))
        return words % {"count": len(self.columns)}


def make_example(terms: ActivityTerms, *, today: date, domain_names: Sequence[str] = ()) -> ActivityExample:
    """Return what a file for this activity looks like and what a completion of today becomes (S-18, S-31, S-45)."""
    columns = [_describe(column, terms, today=today) for column in make_columns(terms)]
    return ActivityExample(columns, list(_tell(terms, today=today, domain_names=domain_names)))


def _describe(column: Column, terms: ActivityTerms, *, today: date) -> ExampleColumn:
    needs: dict[str, Words] = dict.fromkeys(_FILLED, _("filled in"))
    needs["username"] = _("required; headed by the identifier you choose")
    sample = column.sample
    if column.kind == "date":
        is_expiry = column.key == Field.EXPIRES_ON
        sample = say_date((terms.expires_on(today) or today + _LATER) if is_expiry else today)
    elif column.kind == "choice":
        sample = " / ".join(list(column.choices)[:_CHOICES_SHOWN])
    elif column.key == "activity":
        sample = terms.code
    return ExampleColumn(
        header=column.header or column.key,
        label=column.label,
        need=needs.get(column.key) or (_("required") if column.required else _("optional")),
        sample=sample,
        help=column.help,
        is_required=column.required,
    )


def _tell(terms: ActivityTerms, *, today: date, domain_names: Sequence[str]) -> Iterator[str]:
    yield _tell_validity(terms, today=today)
    if terms.has(Field.EXPIRES_ON):
        yield _("A last valid day that stands in the file counts instead.")
    if terms.has(Field.SCORE):
        yield from _tell_scores(terms)
    if terms.earliest_date is not None:
        yield _("Completions before %(day)s are refused.") % {"day": say_date(terms.earliest_date)}
    if terms.provider:
        yield _("A record without a provider has “%(own)s”.") % {"own": terms.provider}
    if terms.location:
        yield _("A record without a location has “%(own)s”.") % {"own": terms.location}
    if domain_names:
        yield _("Only people of these user domains can have records: %(names)s.") % {"names": ", ".join(domain_names)}


def _tell_scores(terms: ActivityTerms) -> Iterator[str]:
    low, high = (format(limit.normalize(), "f") for limit in score_range(terms))
    if terms.score_maximum is not None:
        yield _("Scores below %(low)s or above %(high)s are refused.") % {"low": low, "high": high}
    elif terms.score_minimum is not None:
        yield _("Scores below %(low)s are refused.") % {"low": low}


def _tell_validity(terms: ActivityTerms, *, today: date) -> str:
    until = terms.expires_on(today)
    if until is None:
        return _("Who completes it on %(day)s has a record that is valid for ever.") % {"day": say_date(today)}
    words = _(
        "Who completes it on %(day)s has a record that is valid until %(until)s; it counts as expiring soon from %(soon)s."
    )
    soon = max(today, expires_soon_on(until, expiring_days=terms.expiring_days))
    return words % {"day": say_date(today), "until": say_date(until), "soon": say_date(soon)}
