"""Periods in tables and forms. Stored as PostgreSQL reads an interval ("12 months"), so that statements can use them too."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from lms.core.periods import Period, Unit

UNIT_CHOICES = [
    (Unit.DAYS.value, _("days")),
    (Unit.WEEKS.value, _("weeks")),
    (Unit.MONTHS.value, _("months")),
    (Unit.YEARS.value, _("years")),
]


if TYPE_CHECKING:
    _TextField = models.CharField[Period | str | None, Period | None]  # what may be written, what is read
else:
    _TextField = models.CharField


class PeriodField(_TextField):
    """A `Period`, or None."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20)
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Period | None:
        """Read what is stored."""
        return Period.parse(value) if value else None

    def to_python(self, value: Any) -> Period | None:
        """Read a period or its text."""
        if value is None or isinstance(value, Period):
            return value
        try:
            return Period.parse(str(value)) if value else None
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def get_prep_value(self, value: Any) -> str | None:
        """Write its text."""
        return str(value) if value else None

    def run_validators(self, value: Any) -> None:
        """Hold the text against the length of the column."""
        super().run_validators(self.get_prep_value(value))

    def value_to_string(self, obj: models.Model) -> str:
        """Write its text for serialisers."""
        return self.get_prep_value(self.value_from_object(obj)) or ""

    def formfield(self, **kwargs: Any) -> forms.Field:
        """Return the form field of number and unit."""
        label = kwargs.get("label") or capfirst(self.verbose_name)
        return PeriodFormField(
            required=not self.blank, label=label, help_text=kwargs.get("help_text") or self.help_text
        )


class PeriodWidget(forms.MultiWidget):
    """A number and a unit beside each other."""

    template_name = "components/period_widget.html"

    def __init__(self, units: Sequence[str] = tuple(Unit), attrs: dict[str, Any] | None = None) -> None:
        choices = [(value, label) for value, label in UNIT_CHOICES if value in units]
        number = forms.NumberInput(attrs={"min": 1, "max": 9999, "inputmode": "numeric", "aria-label": _("Number")})
        super().__init__([number, forms.Select(attrs={"aria-label": _("Unit")}, choices=choices)], attrs)

    def decompress(self, value: Any) -> list[Any]:
        """Split a period."""
        if isinstance(value, str) and value:
            value = Period.parse(value)
        return [value.count, value.unit.value] if isinstance(value, Period) else [None, None]


class PeriodFormField(forms.MultiValueField):
    """Number and unit; an empty number is no period."""

    def __init__(self, *, units: Sequence[str] = tuple(Unit), **kwargs: Any) -> None:
        fields = (
            forms.IntegerField(min_value=1, max_value=9999, required=False),
            forms.ChoiceField(choices=[(unit, unit) for unit in units], required=False),
        )
        super().__init__(fields, require_all_fields=False, widget=PeriodWidget(units), **kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another period was entered; the unit beside an empty number says nothing."""
        try:
            return bool(self.clean(data) != initial)
        except ValidationError:
            return True

    def compress(self, data_list: Sequence[Any]) -> Period | None:
        """Join number and unit. Raises ValidationError for a period that is too long."""
        count, unit = [*data_list, None, None][:2]
        if not count:
            return None
        try:
            return Period(int(count), Unit(unit))
        except ValueError as error:
            raise ValidationError(_("This period is too long.")) from error
