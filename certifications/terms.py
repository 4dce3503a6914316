"""What a certification says, as the pure rules need it, and the dates that follow."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from certifications.choices import Method
from certifications.rules import CertificationDates, RenewalEvent, certification_dates, renewal_events
from lms.core.periods import Period, Unit

_YEAR = Period(1, Unit.YEARS)
_MONTH = Period(1, Unit.MONTHS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationTerms:
    """The settings of one certification; `sends` are the kinds of message that are on for it (T-70)."""

    certification_id: int = 0
    short_name: str = ""
    id_number: str = ""
    name: str = ""
    is_active: bool = True
    method: str = Method.COMPLETION_DATE.value
    active_period: Period = _YEAR
    recertification_window: Period = _MONTH
    minimum_active_period: Period | None = None
    expiring_days: int = 30
    sends: frozenset[str] = frozenset()

    def dates(
        self,
        completed_on: date,
        *,
        due_on: date | None = None,
        previous_expires_on: date | None = None,
        previous_window_opens_on: date | None = None,
    ) -> CertificationDates:
        """Return when a completion of this certification expires, and why."""
        return certification_dates(
            method=self.method,
            completed_on=completed_on,
            due_on=due_on,
            previous_expires_on=previous_expires_on,
            previous_window_opens_on=previous_window_opens_on,
            active=self.active_period,
            window=self.recertification_window,
            minimum_active=self.minimum_active_period,
        )

    def renewal_events(self, *, window_opens_on: date, expires_on: date) -> tuple[tuple[date, RenewalEvent], ...]:
        """Return the days of what comes before and with an expiry."""
        return renewal_events(window_opens_on=window_opens_on, expires_on=expires_on, expiring_days=self.expiring_days)

    def describe(self, **days: date | None) -> dict[str, Any]:
        """Return the item of a message about this certification: what the words need, in JSON types."""
        item: dict[str, Any] = {
            "certification_id": self.certification_id,
            "short_name": self.short_name,
            "certification": self.name,
        }
        return item | {name: day.isoformat() for name, day in days.items() if day is not None}
