"""What the kinds of message share when they put their items into words.

Public: `Line`, `ItemWords`, `read_day`, `say_counted`, `say_completed`, `say_on_one_line`, `name_item`,
`has_line_words`, `lead_to_record`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, gettext_lazy

from lms.core.wording import say_date, say_number
from lms.notifications.kinds import Item, Lead, Placeholder
from lms.tenancy.languages import has_pages

# (item, today) -> what stands behind its name in a list.
Line = Callable[[Item, date], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemWords:
    """What the items of some kinds are, and which placeholders stand for them. Of several, the most urgent gives dates."""

    name: str  # field of an item
    code: str  # field of an item
    one: Placeholder
    several: Placeholder  # the list
    count: Placeholder
    say_number: Callable[[int], str]  # "3 courses"
    dates: Mapping[str, str]  # placeholder -> field of an item with its day
    days: Placeholder
    last: str  # the one of `dates` of which the last day is meant, not the first

    def describe(self, line: Line, items: Sequence[Item], today: date) -> list[str]:
        """Return one line for each item."""
        names = [name_item(item, name=self.name, code=self.code) for item in items]
        lines = [line(item, today) for item in items]
        return [f"{name}: {words}" if words else name for name, words in zip(names, lines, strict=True)]

    def fill(self, line: Line, counted: str, items: Sequence[Item], today: date) -> Mapping[str, str]:
        """Return the values of the placeholders; days are those up to, or since, the field `counted`."""
        number = len(items)
        values = {
            self.one.name: say_on_one_line(items[0], self.name) if number == 1 else self.say_number(number),
            self.several.name: "\n".join(f"- {entry}" for entry in self.describe(line, items, today)),
            self.count.name: say_number(number),
        }
        for placeholder, field in self.dates.items():
            days = _read_days(items, field)
            if days:
                values[placeholder] = say_date(days[-1] if placeholder == self.last else days[0])
        counted_days = _read_days(items, counted)
        if counted_days:
            values[self.days.name] = say_number(abs((counted_days[0] - today).days))
        return values


def _read_days(items: Sequence[Item], field: str) -> list[date]:
    return sorted(day for item in items if (day := read_day(item, field)) is not None)


def read_day(item: Item, field: str) -> date | None:
    """Return a day of an item, or None."""
    value = item.get(field)
    return date.fromisoformat(value) if value else None


def say_counted(field: str, say: Callable[[int, dict[str, str]], str], item: Item, today: date) -> str:
    """Return a day of an item in a sentence: `say` gets the days left, negative once it is over, and "day" and "n"."""
    day = read_day(item, field)
    if day is None:
        return ""
    if not has_line_words():
        return say_date(day)
    days = (day - today).days
    return say(days, {"day": say_date(day), "n": say_number(abs(days))})


def say_completed(say_end: Line, item: Item, today: date) -> str:
    """Return when an item was completed, and when that ends, in the words of `say_end`."""
    done = read_day(item, "completed_on")
    if done is None:
        return ""
    if not has_line_words():
        return say_date(done)
    words = gettext("completed on %(day)s") % {"day": say_date(done)}
    end = say_end(item, today)
    return f"{words}, {end}" if end else words


def say_on_one_line(item: Item, field: str) -> str:
    """Return a text of an item without line breaks."""
    return " ".join(str(item.get(field, "")).split())


def name_item(item: Item, *, name: str, code: str) -> str:
    """Return what an item is called in a list: the field `name`, and the field `code` in brackets if it says more."""
    called, coded = say_on_one_line(item, name), say_on_one_line(item, code)
    return f"{called} ({coded})" if coded and coded != called else called


def has_line_words() -> bool:
    """Return whether the active language has words for a line; in any other the date stands alone (L-77)."""
    return has_pages(translation.get_language() or "")


def lead_to_record(_items: Sequence[Item], person_id: int) -> Lead:
    """Lead to the Record of Learning of who gets the message."""
    return Lead(gettext_lazy("Open your Record of Learning"), reverse("record_of_learning", args=[person_id]))
