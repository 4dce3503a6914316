"""Certifications: pure rules over dates and states (spec: certifications, T-36 to T-54; dates, "Certifications"). No database.

Periods are `lms.core.periods`. Public: `EARLIEST`, `is_likely`, `CertificationDates`, `certification_dates`, `Situation`,
`Deed`, `DECISIONS`, `decide`, `state_on`, `Inconsistency`, `find_inconsistencies`, `RenewalEvent`, `renewal_events`,
`latest_event`.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from certifications.choices import Action, Basis, Method, State
from lms.core.periods import Period, Unit

# "01/01/1900" stands for an empty cell of a spreadsheet, "31/12/9999" for "never"; neither can be counted from.
EARLIEST: Final = date(1900, 1, 2)
_MOST_YEARS: Final = 200

_DAYS_AT_LEAST: Final = {Unit.DAYS: 1, Unit.WEEKS: 7, Unit.MONTHS: 28, Unit.YEARS: 365}


def is_likely(day: date, *, today: date) -> bool:
    """Return whether a due date, an expiry or the opening of a window can lie on that day."""
    return EARLIEST <= day < date(today.year + _MOST_YEARS, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationDates:
    """What follows from a completion. `expires_on` = `anchor_on` + `steps` active periods, counted in one go (T-81)."""

    expires_on: date  # the last certified day
    window_opens_on: date  # the first day on which recertifying is possible
    basis: Basis  # what `anchor_on` is
    anchor_on: date
    steps: int


def certification_dates(
    *,
    method: str,
    completed_on: date,
    due_on: date | None,
    previous_expires_on: date | None,
    previous_window_opens_on: date | None,
    active: Period,
    window: Period,
    minimum_active: Period | None = None,
) -> CertificationDates:
    """Return when a completion expires and when its recertification window opens (T-38 to T-44; K1 to K3, R1 to R3).

    `method` is one of "completion_date", "expiry_date", "fixed_date". `previous_expires_on` is the expiry of the current
    record and `previous_window_opens_on` its stored window; both None for history and for who was never certified.
    `minimum_active` counts with the fixed method only; without one it is the window, the least it may be: a certificate
    that expires on the day it is earned would be none. Raises ValueError for another method, and as `Period.add` does.
    """
    basis, anchor, steps = _choose_base(
        Method(method),
        completed_on,
        due_on,
        previous=previous_expires_on,
        previous_window=previous_window_opens_on,
        active=active,
        window=window,
        minimum=minimum_active or window,
    )
    expires = active.add(anchor, steps)
    return CertificationDates(
        expires_on=expires, window_opens_on=window.subtract(expires), basis=basis, anchor_on=anchor, steps=steps
    )


def _choose_base(
    method: Method,
    done: date,
    due: date | None,
    *,
    previous: date | None,
    previous_window: date | None,
    active: Period,
    window: Period,
    minimum: Period,
) -> tuple[Basis, date, int]:
    if method == Method.FIXED_DATE:
        basis, anchor = _first_known(previous=previous, due=due, done=done)
        return basis, anchor, _count_fixed_steps(anchor, done=done, active=active, minimum=minimum)
    if method == Method.COMPLETION_DATE:
        return Basis.COMPLETED, done, 1
    if previous is None:
        return (Basis.DUE, due, 1) if due is not None and done <= due else (Basis.COMPLETED, done, 1)
    if done > previous:  # late
        return Basis.COMPLETED, done, 1
    if done < (previous_window or window.subtract(previous)):
        return Basis.KEPT, previous, 0
    return Basis.PREVIOUS, previous, 1


def _first_known(*, previous: date | None, due: date | None, done: date) -> tuple[Basis, date]:
    if previous is not None:
        return Basis.PREVIOUS, previous
    return (Basis.DUE, due) if due is not None else (Basis.COMPLETED, done)


def _count_fixed_steps(anchor: date, *, done: date, active: Period, minimum: Period) -> int:
    """Return how many active periods after the anchor a fixed expiry lies; 0 or fewer where it is early enough before.

    While base - minimum is not before the completion, the base goes one period back; then, while base + active leaves less
    than the minimum, one forward. Every base is counted from the anchor, so that nothing drifts; and as each goes one way,
    the place where it stops is looked up instead of walked to: a due date of long ago is as cheap as one of this year.
    """

    def is_too_late(step: int) -> bool:
        return minimum.subtract(active.add(anchor, step)) >= done

    def is_long_enough(step: int) -> bool:
        return active.add(anchor, step + 1) >= earliest

    earliest = minimum.add(done)
    days = active.count * _DAYS_AT_LEAST[active.unit]
    back = range(-(max(0, (anchor - done).days) // days) - 1, 1)
    base = back[bisect_left(back, x=True, key=is_too_late) - 1]
    forward = range(base, max(base, (earliest - anchor).days // days) + 2)
    return forward[bisect_left(forward, x=True, key=is_long_enough)] + 1


class Situation(StrEnum):
    """The state before, as the decision table has it (T-45 to T-52)."""

    NOT_ASSIGNED = "not_assigned"
    ASSIGNED = "assigned"  # never certified
    CERTIFIED = "certified"
    WINDOW_OPEN = "window_open"
    EXPIRED = "expired"
    BROKEN = "broken"  # its own dates contradict each other


class Deed(StrEnum):
    """What becomes of the newest imported completion of a person and certification."""

    HISTORY = "history"
    CERTIFY = "certify"
    ARCHIVE_AND_CERTIFY = "archive_and_certify"  # the current record goes to the history


class Decisions(NamedTuple):
    """A line of the decision table."""

    save_to_history: Deed
    certify_uncertified: Deed
    more_recent_if_newer: Deed
    more_recent_if_older: Deed


_HISTORY, _CERTIFY, _ARCHIVE = Deed.HISTORY, Deed.CERTIFY, Deed.ARCHIVE_AND_CERTIFY
# State before -> save to history, certify uncertified, certify if more recent: newer, older. Who is not assigned is
# assigned first, in every cell (T-46).
DECISIONS: Final[Mapping[Situation, Decisions]] = MappingProxyType({
    Situation.NOT_ASSIGNED: Decisions(_HISTORY, _CERTIFY, _CERTIFY, _CERTIFY),
    Situation.ASSIGNED:     Decisions(_HISTORY, _CERTIFY, _CERTIFY, _CERTIFY),
    Situation.CERTIFIED:    Decisions(_HISTORY, _HISTORY, _ARCHIVE, _HISTORY),
    Situation.WINDOW_OPEN:  Decisions(_HISTORY, _HISTORY, _CERTIFY, _HISTORY),
    Situation.EXPIRED:      Decisions(_HISTORY, _CERTIFY, _CERTIFY, _CERTIFY),
    Situation.BROKEN:       Decisions(_HISTORY, _ARCHIVE, _ARCHIVE, _ARCHIVE),
})  # fmt: skip


def decide(situation: Situation, *, action: str, is_newer: bool) -> Deed:
    """Return what becomes of an imported completion; `is_newer` than the current one, if there is one."""
    line = DECISIONS[situation]
    if action == Action.HISTORY:
        return line.save_to_history
    if action == Action.CERTIFY_UNCERTIFIED:
        return line.certify_uncertified
    return line.more_recent_if_newer if is_newer else line.more_recent_if_older


def state_on(day: date, *, state: str, window_opens_on: date | None, expires_on: date | None) -> State:
    """Return the state that the job of `day` leaves behind (T-48): expired from the day after the expiry.

    Who is expired stays so; nothing goes back from an open window to a closed one.
    """
    if state == State.EXPIRED or (expires_on is not None and day > expires_on):
        return State.EXPIRED
    if state == State.WINDOW_OPEN or (window_opens_on is not None and day >= window_opens_on):
        return State.WINDOW_OPEN
    return State.CERTIFIED


class Inconsistency(StrEnum):
    """Why the dates of a current certification contradict each other (T-52, T-72)."""

    DATES_MISSING = "dates_missing"  # certified, but a date is not there
    DATES_LEFT = "dates_left"  # expired, but still with dates
    RECORD_MISSING = "record_missing"  # no completion record behind it
    RECORD_DIFFERS = "record_differs"  # the record behind it has another completion date or expiry
    WINDOW_AFTER_EXPIRY = "window_after_expiry"
    EXPIRY_BEFORE_COMPLETION = "expiry_before_completion"


def find_inconsistencies(
    *,
    state: str,
    completed_on: date | None,
    window_opens_on: date | None,
    expires_on: date | None,
    record: tuple[date, date] | None,
) -> tuple[Inconsistency, ...]:
    """Return what is wrong with a current certification; nothing for a sound one.

    `record` is (completed on, expires on) of the completion record behind it, None if there is none.
    """
    found = [] if record is not None else [Inconsistency.RECORD_MISSING]
    if state == State.EXPIRED:
        if completed_on is not None or window_opens_on is not None or expires_on is not None:
            found.append(Inconsistency.DATES_LEFT)
        return tuple(found)
    if completed_on is None or window_opens_on is None or expires_on is None:
        return (*found, Inconsistency.DATES_MISSING)
    if record is not None and record != (completed_on, expires_on):
        found.append(Inconsistency.RECORD_DIFFERS)
    if window_opens_on > expires_on:
        found.append(Inconsistency.WINDOW_AFTER_EXPIRY)
    if expires_on < completed_on:
        found.append(Inconsistency.EXPIRY_BEFORE_COMPLETION)
    return tuple(found)


class RenewalEvent(StrEnum):
    """What a certification runs through until somebody recertifies; one series: only the latest reached is told (E-72)."""

    WINDOW_OPENS = "window_opens"
    EXPIRES_SOON = "expires_soon"
    EXPIRED = "expired"


def renewal_events(
    *, window_opens_on: date, expires_on: date, expiring_days: int
) -> tuple[tuple[date, RenewalEvent], ...]:
    """Return the days of the events, in their order; "expires soon" never comes before the window opens."""
    soon = max(expires_on - timedelta(days=expiring_days), window_opens_on)
    return (
        (window_opens_on, RenewalEvent.WINDOW_OPENS),
        (soon, RenewalEvent.EXPIRES_SOON),
        (expires_on + timedelta(days=1), RenewalEvent.EXPIRED),
    )


def latest_event(
    events: Sequence[tuple[date, RenewalEvent]], *, today: date, told: frozenset[RenewalEvent] | None = None
) -> tuple[date, RenewalEvent] | None:
    """Return the last event that has come, of those that are `told` at all (None: all of them), or None."""
    reached = [event for event in events if event[0] <= today and (told is None or event[1] in told)]
    return reached[-1] if reached else None
