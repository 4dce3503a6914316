"""What an offline activity says, as the pure rules need it. No database."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from lms.core.periods import Period
from offline_records.choices import Field, Kind, Need


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomTerms:
    """One custom field of an activity."""

    id: int
    label: str
    kind: str = Kind.TEXT.value
    choices: tuple[str, ...] = ()
    is_required: bool = False

    @property
    def key(self) -> str:
        """Its name among the columns and values of an import: "field_7"."""
        return f"field_{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityTerms:
    """The settings of one activity; `sends` are the kinds of message that are on (S-41)."""

    activity_id: int = 0
    code: str = ""
    name: str = ""
    is_active: bool = True
    validity: Period | None = None
    expiring_days: int = 30
    score_minimum: Decimal | None = None
    score_maximum: Decimal | None = None
    earliest_date: date | None = None
    provider: str = ""
    location: str = ""
    fields: dict[str, str] = field(default_factory=dict)  # choices.Field -> choices.Need
    custom: tuple[CustomTerms, ...] = ()
    open_to: frozenset[int] | None = None  # ids of user domains; None: every one
    sends: frozenset[str] = frozenset()

    def has(self, name: Field) -> bool:
        """Return whether its template has this field."""
        return name in self.fields

    def needs(self, name: Field) -> bool:
        """Return whether this field has to be filled in."""
        return self.fields.get(name) == Need.REQUIRED

    def is_open_to(self, domain_id: int) -> bool:
        """Return whether people of this user domain may have records of it (S-19)."""
        return self.open_to is None or domain_id in self.open_to

    def expires_on(self, completed_on: date, *, stated: date | None = None) -> date | None:
        """Return the last valid day of a completion: the stated one, else by the validity period (S-45); None: for ever."""
        if stated is not None or self.validity is None:
            return stated
        return self.validity.add(completed_on)

    def describe(self, **days: date | None) -> dict[str, Any]:
        """Return the item of a message about this activity: what the words need, in JSON types."""
        item: dict[str, Any] = {"activity_id": self.activity_id, "code": self.code, "activity": self.name}
        return item | {name: day.isoformat() for name, day in days.items() if day is not None}
