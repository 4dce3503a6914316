"""What an offline record holds, by name and in words: as rules and forms take it, and as people read it. No queries.

Public: `values_of`, `Labels`, `say_amount`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from lms.core.components import Words
from lms.core.wording import say_date, say_number
from offline_records.choices import Field, Kind, Result
from offline_records.models import CustomField, OfflineRecord

COMPLETED_ON: Final = "completed_on"
NUMBERS: Final = frozenset({Field.SCORE.value, Field.HOURS.value, Field.CPD_POINTS.value})
_CUSTOM: Final = "field_"


def values_of(record: OfflineRecord) -> dict[str, str]:
    """Return what a record holds as an import row would (`offline_records.rules`); what is empty is not there.

    An expiry that follows from the validity period is not there either: nobody has stated it.
    """
    found = {name.value: _as_text(getattr(record, name.value)) for name in Field}
    if not record.is_expiry_stated:
        del found[Field.EXPIRES_ON.value]
    found |= {f"{_CUSTOM}{pk}": str(text) for pk, text in record.custom.items()}
    return {name: text for name, text in found.items() if text}


def _as_text(value: object) -> str:
    match value:
        case None:
            return ""
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


def say_amount(value: Decimal | None) -> str:
    """Return a number without the zeros behind its point: 7.5, 100; None is a dash."""
    if value is None:
        return say_number(None)
    is_whole = value == value.to_integral_value()
    return say_number(value.quantize(Decimal(1)) if is_whole else value.normalize())


@dataclass(frozen=True, slots=True)
class Labels:
    """Names and values in words, with the fields that the organisation has added to the activity, those taken off too."""

    custom: Mapping[str, CustomField]

    @classmethod
    def of(cls, fields: Iterable[CustomField]) -> "Labels":
        """Return the labels for an activity with these fields of its own."""
        return cls({f"{_CUSTOM}{field.pk}": field for field in fields})

    def name(self, key: str) -> Words:
        """Return what a value is called."""
        if key == COMPLETED_ON:
            return _("Completed on")
        field = self.custom.get(key)
        if field is not None:
            return field.label
        return _("Removed field") if key.startswith(_CUSTOM) else Field(key).label

    def say(self, key: str, text: str) -> str:
        """Return a value in words; a dash for none."""
        if not text:
            return say_number(None)
        field = self.custom.get(key)
        if key in NUMBERS or (field and field.kind == Kind.NUMBER):
            return say_amount(Decimal(text))
        if key in {COMPLETED_ON, Field.EXPIRES_ON} or (field and field.kind == Kind.DATE):
            return say_date(date.fromisoformat(text))
        return str(Result(text).label) if key == Field.RESULT else text

    def order(self, keys: Iterable[str]) -> list[str]:
        """Return names of values in the order of the template: the day, the common fields, then those of the activity."""
        places = [COMPLETED_ON, *(name.value for name in Field), *self.custom]
        return sorted(keys, key=lambda key: (places.index(key) if key in places else len(places), key))
