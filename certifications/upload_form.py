"""What the page *Upload Completion Records* asks about a certification file, and says beside it (T-02, T-11, T-12).

Public: `UploadForm`, `make_upload_panel`.
"""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from certifications.choices import Action
from certifications.date_formats import (
    DATE_FORMATS,
    ORDERS,
    SEPARATORS,
    YEARS,
    FormatParts,
    join_format,
    show_sample,
    split_format,
)
from certifications.options import CONSEQUENCES
from lms.imports.importer import Panel
from lms.imports.start_form import StartForm
from lms.people.models import User
from lms.people.permissions import Permission, may

# Form values: a space, or a sign alone, is easily lost on the way.
_SEPARATOR_NAMES: Final = {"hyphen": "-", "slash": "/", "stop": ".", "space": " "}
_NAMES_OF_SEPARATORS: Final = {sign: name for name, sign in _SEPARATOR_NAMES.items()}


class UploadForm(StartForm):
    """The reading settings, and the date format picked part by part."""

    date_order = forms.ChoiceField(label=_("Order"), choices=list(ORDERS.items()))
    date_separator = forms.ChoiceField(
        label=_("Between them"),
        choices=[(_NAMES_OF_SEPARATORS[sign], words) for sign, words in SEPARATORS.items()],
    )
    date_years = forms.ChoiceField(label=_("Year"), choices=list(YEARS.items()))

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any]) -> None:
        """Show what was chosen last: `initial` also holds the name of the date format."""
        super().__init__(data, initial=initial)
        parts = split_format(str(initial.get("date_format") or ""))
        self.initial = {
            **self.initial,
            "date_order": parts.order,
            "date_separator": _NAMES_OF_SEPARATORS[parts.separator],
            "date_years": parts.year,
        }
        for name in ("date_order", "date_separator", "date_years"):
            self.fields[name].widget.attrs["data-date-part"] = name.removeprefix("date_")

    def date_format(self) -> str:
        """Return the name of the format that the three answers make."""
        return _join(*(self.cleaned_data[name] for name in ("date_order", "date_separator", "date_years")))

    @property
    def shown_format(self) -> str:
        """The name of the format as the page shows it, answered or not; what is no choice counts as the first."""
        values = []
        for name in ("date_order", "date_separator", "date_years"):
            field = self.fields[name]
            known = [key for key, _words in field.choices]  # type: ignore[attr-defined]
            value = self[name].value()
            values.append(value if value in known else known[0])
        return _join(*values)

    @property
    def sample(self) -> str:
        """The sample day in the format that is shown."""
        return show_sample(self.shown_format)


def _join(order: str, separator: str, year: str) -> str:
    return join_format(FormatParts(order, _SEPARATOR_NAMES[separator], year))


def make_upload_panel(*, actor: User) -> Panel:
    """Return what the page says beside its forms: the way to the course file, who may take it, the actions, the formats."""
    may_course = may(actor, Permission.IMPORT_COMPLETIONS)
    context = {
        "course_url": reverse("imports:start", args=["completions"]) if may_course else "",
        "actions": [(action.value, action.label, CONSEQUENCES[action]) for action in Action],
        "date_formats": DATE_FORMATS,
    }
    return Panel("certifications/upload.html", context)
