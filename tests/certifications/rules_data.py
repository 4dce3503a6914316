"""Certification dates for tests, asked for and read as texts."""

import datetime as dt

from certifications.rules import CertificationDates, certification_dates
from lms.core.periods import Period

D = dt.date.fromisoformat
P = Period.parse
YEAR, MONTH, HALF = P("12 months"), P("1 month"), P("6 months")
METHODS = ("completion_date", "expiry_date", "fixed_date")


def dates(
    method: str,
    done: str,
    *,
    due: str | None = None,
    prev: str | None = None,
    prev_window: str | None = None,
    active: Period = YEAR,
    window: Period = MONTH,
    minimum: Period | None = MONTH,
) -> CertificationDates:
    return certification_dates(
        method=method,
        completed_on=D(done),
        due_on=D(due) if due else None,
        previous_expires_on=D(prev) if prev else None,
        previous_window_opens_on=D(prev_window) if prev_window else None,
        active=active,
        window=window,
        minimum_active=minimum,
    )


def ends(found: CertificationDates) -> tuple[str, str]:
    return str(found.expires_on), str(found.window_opens_on)
