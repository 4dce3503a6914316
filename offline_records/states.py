"""How long an offline record counts: its state on a day, by the last valid day that stands in it. No tables.

Public: `State`, `STATE_TONES`, `state_on`, `in_state`.
"""

from datetime import date
from typing import Final

from django.db.models import DateField, ExpressionWrapper, F, Q, TextChoices, Value
from django.utils.translation import gettext_lazy as _

from lms.core.components import Tone
from offline_records.choices import Result
from offline_records.rules import expires_soon_on, is_expired


class State(TextChoices):
    """Every record is in exactly one of these."""

    VALID = "valid", _("Valid")
    EXPIRES_SOON = "expires_soon", _("Expires soon")
    EXPIRED = "expired", _("Expired")
    FOR_EVER = "for_ever", _("Valid for ever")
    NOT_VALID = "not_valid", _("Not valid")  # whoever failed has nothing that is


STATE_TONES: Final[dict[str, Tone]] = {
    State.VALID: "success",
    State.EXPIRES_SOON: "warning",
    State.EXPIRED: "danger",
    State.FOR_EVER: "success",
    State.NOT_VALID: "neutral",
}


def state_on(day: date, *, result: str, expires_on: date | None, expiring_days: int) -> State:
    """Return the state of a record on a day; `expiring_days` are those of its activity."""
    if result == Result.FAILED:
        return State.NOT_VALID
    if expires_on is None:
        return State.FOR_EVER
    if is_expired(expires_on, today=day):
        return State.EXPIRED
    return State.EXPIRES_SOON if day >= expires_soon_on(expires_on, expiring_days=expiring_days) else State.VALID


def in_state(state: State, *, day: date) -> Q:
    """Return the condition on records that are in a state on a day: what `state_on` says, for the database."""
    soon = ExpressionWrapper(
        Value(day, output_field=DateField()) + F("activity__expiring_days"), output_field=DateField()
    )
    failed = Q(result=Result.FAILED)
    match state:
        case State.NOT_VALID:
            return failed
        case State.FOR_EVER:
            return ~failed & Q(expires_on__isnull=True)
        case State.EXPIRED:
            return ~failed & Q(expires_on__lt=day)
        case State.EXPIRES_SOON:
            return ~failed & Q(expires_on__gte=day, expires_on__lte=soon)
        case State.VALID:
            return ~failed & Q(expires_on__gte=day, expires_on__gt=soon)
