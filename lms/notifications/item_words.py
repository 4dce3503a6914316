"""What the kinds of message share when they put an item into words.

Public: `read_day`, `say_on_one_line`, `name_item`, `has_line_words`.
"""

from datetime import date

from django.utils import translation

from lms.notifications.kinds import Item
from lms.tenancy.languages import has_pages


def read_day(item: Item, field: str) -> date | None:
    """Return a day of an item, or None."""
    value = item.get(field)
    return date.fromisoformat(value) if value else None


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
