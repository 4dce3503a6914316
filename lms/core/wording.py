"""Numbers, dates and sizes as people say them, in the reader's language and time zone.

Public surface: NOTHING, name_date_format and the say_* functions (templates reach them as filters, see lms.core.templatetags.ui).
"""

import datetime as dt
from decimal import Decimal
from typing import Final

from django.template.defaultfilters import filesizeformat
from django.utils import formats, timezone
from django.utils.functional import lazy
from django.utils.translation import pgettext

NOTHING: Final = "\u2013"
"""What stands where there is no value: a dash."""


def say_number(value: object) -> str:
    """Return a number with its thousands grouped (46,902); None is a dash; text stays."""
    if value is None:
        return NOTHING
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return str(value)
    return str(formats.number_format(value, use_l10n=True, force_grouping=True))


def say_date(value: dt.date | None) -> str:
    """Return a date as words that cannot be misread (14 November 2026); a moment counts in the reader's time zone."""
    if value is None:
        return NOTHING
    day = _localize(value) if isinstance(value, dt.datetime) else value
    return formats.date_format(day, pgettext("date in words", "j F Y"))


def say_moment(value: dt.datetime | None) -> str:
    """Return a moment as words in the reader's time zone (14 November 2026, 14:02)."""
    if value is None:
        return NOTHING
    return formats.date_format(_localize(value), pgettext("moment in words", "j F Y, H:i"))


def say_date_format(name: str) -> str:
    """Return a date format in the reader's letters for day, month and year (dd.mm.yyyy; in German TT.MM.JJJJ)."""
    letters = pgettext("letters of day, month and year", "dMy")
    return name if letters == "dMy" else name.translate(str.maketrans("dmMy", letters[:2] + letters[1:]))


name_date_format: Final = lazy(say_date_format, str)
"""The same, worded when it is shown: for the labels of choices."""


def say_share(value: int, total: int) -> str:
    """Return how much of `total` the value is in whole percent; a little is "<1", almost all is "99", never 0 or 100."""
    if total <= 0:
        return "0 %"
    percent = 100 * value / total
    digits = f"{percent:.0f}"
    if digits == "0" and percent > 0:
        return "<1 %"
    if digits == "100" and value < total:
        return "99 %"
    return f"{digits} %"


def say_bytes(value: int | None) -> str:
    """Return a file's size (3.2 MB)."""
    return NOTHING if value is None else filesizeformat(value)


def say_initials(name: object) -> str:
    """Return the one or two letters that stand for a person's name."""
    words = str(name).split()
    first_and_last = words[:1] + words[1:][-1:]
    return "".join(word[0] for word in first_and_last).upper()


def _localize(value: dt.datetime) -> dt.datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value
