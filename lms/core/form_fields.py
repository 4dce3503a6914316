"""What forms of several apps are made of. Public: `day_field`, `refuse_control_characters`."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lms.core.text import find_control_character


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """Return a field for a day, shown and read as browsers' own fields of days have it."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )


def refuse_control_characters(text: str) -> None:
    """Refuse a name that no file could hold; say which invisible character is where."""
    if (found := find_control_character(text)) is not None:
        raise ValidationError(
            _("There is an invisible character in it (%(character)s at position %(position)s)."),
            params={"character": found[0], "position": found[1]},
        )
