"""Periods of calendar time, such as "12 months": the one place where dates are moved (spec: dates, convention 4).

A date has no time of day. Months and years clamp to the end of the month; repeated steps are counted from the anchor,
never step on step, so nothing drifts.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, Self

from dateutil.relativedelta import relativedelta
from django.utils.translation import ngettext

_TEXT: Final = re.compile(r"\s*(\d{1,5})\s+(day|week|month|year)s?\s*", re.IGNORECASE)
# Periods of different units are compared by where they lead from here: 4 weeks are shorter than 1 month.
_ANCHOR: Final = date(2001, 1, 1)
_LONGEST: Final = 200  # years


class Unit(StrEnum):
    """What a period counts."""

    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


_MONTHLY: Final = (Unit.MONTHS, Unit.YEARS)


@lru_cache(maxsize=32_768)
def _move(day: date, count: int, unit: Unit) -> date:
    """Move a day; what was moved lately is kept, as the rows of a file share their days and periods."""
    return day + relativedelta(**{unit.value: count})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Period:
    """A count of days, weeks, months or years; `count` is 1 or more. `str()` gives what `parse` reads: "12 months"."""

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.count < 1 or self.add(_ANCHOR) > _ANCHOR + relativedelta(years=_LONGEST):
            message = f"a period is from 1 day to {_LONGEST} years long, not {self}"
            raise ValueError(message)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "12 months", "1 year", "90 days", "2 weeks". Raises ValueError."""
        found = _TEXT.fullmatch(text)
        if found is None:
            message = f"{text!r} is not a period such as '12 months'"
            raise ValueError(message)
        return cls(int(found[1]), Unit(f"{found[2].lower()}s"))

    def add(self, day: date, times: int = 1) -> date:
        """Return the day `times` periods after `day`, counted in one step: 31 August + 6 months is 28 or 29 February.

        Raises ValueError or OverflowError beyond the year 9999.
        """
        return _move(day, self.count * times, self.unit)

    def subtract(self, day: date, times: int = 1) -> date:
        """Return the day `times` periods before `day`, counted in one step."""
        return _move(day, -self.count * times, self.unit)

    @property
    def days(self) -> int:
        """The exact number of days of a period of days or weeks. Raises ValueError for months and years."""
        if self.unit in (Unit.MONTHS, Unit.YEARS):
            message = f"{self} has no fixed number of days"
            raise ValueError(message)
        return self.count * (7 if self.unit == Unit.WEEKS else 1)

    def __lt__(self, other: Self) -> bool:
        return self.add(_ANCHOR) < other.add(_ANCHOR)

    def __le__(self, other: Self) -> bool:
        return self.add(_ANCHOR) <= other.add(_ANCHOR)

    def is_within(self, other: Self) -> bool:
        """Return whether this period is never longer than the other, from whatever day both are counted."""
        if (self.unit in _MONTHLY) == (other.unit in _MONTHLY):
            return self <= other
        return max(self._lengths()) <= min(other._lengths())

    def _lengths(self) -> list[int]:
        """The numbers of days it can have: from each first of a month of four years."""
        firsts = [date(year, month, 1) for year in range(2001, 2005) for month in range(1, 13)]
        return [(self.add(first) - first).days for first in firsts]

    def __str__(self) -> str:
        return f"{self.count} {self.unit.value if self.count != 1 else self.unit.value[:-1]}"

    @property
    def words(self) -> str:
        """The period in the reader's language."""
        words = {
            Unit.DAYS: ngettext("%(n)s day", "%(n)s days", self.count),
            Unit.WEEKS: ngettext("%(n)s week", "%(n)s weeks", self.count),
            Unit.MONTHS: ngettext("%(n)s month", "%(n)s months", self.count),
            Unit.YEARS: ngettext("%(n)s year", "%(n)s years", self.count),
        }
        return words[self.unit] % {"n": self.count}


def repeat_days(first: date, *, step: int, times: int) -> list[date]:
    """Return `times` days, `step` days apart, the oldest first; the calendar's last day ends the list."""
    reach = (date.max - first).days
    return [first + timedelta(days=step * number) for number in range(times) if step * number <= reach]
