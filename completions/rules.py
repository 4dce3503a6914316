"""Compliance: pure rules over dates (spec: dates, "Course compliance", L-49 to L-51, L-56). No database.

Due dates are `lms.courses.rules`; periods `lms.core.periods`. Public: `compliance_dates`, `standing`, `standing_of`,
`non_compliance_days`, `latest_reached`, `days_lost`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from lms.core.periods import Period, repeat_days
from lms.courses.rules import due_date, is_overdue


class ComplianceStatus(StrEnum):
    """Where a person stands in a course; every assignment is in exactly one of these."""

    COMPLIANT = "compliant"
    RETAKE_OPEN = "retake_open"  # compliant too, and to be taken again
    NOT_COMPLETED = "not_completed"  # never completed, not overdue
    OVERDUE = "overdue"  # never completed, past its due date
    NON_COMPLIANT = "non_compliant"  # completed once, lapsed


class ComplianceDates(NamedTuple):
    """What follows from a completion; both None where it counts for ever."""

    compliant_until: date | None
    retake_opens_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How somebody stands in a course on one day. Days are None where they do not apply."""

    status: ComplianceStatus
    compliant_until: date | None = None  # the last compliant day
    retake_opens_on: date | None = None
    due_on: date | None = None  # the last day in time; None once completed
    is_overdue: bool = False
    days_left: int | None = None  # until compliance ends, 0 on the last day
    days_over: int | None = None  # since compliance ended or the due date passed, 1 on the first day


def compliance_dates(completed_on: date, *, compliant_for: Period | None, retake_days: int | None) -> ComplianceDates:
    """Return until when a completion counts and when its retake opens (L-49, L-50); without a period: for ever (L-51)."""
    if compliant_for is None:
        return ComplianceDates(None, None)
    until = compliant_for.add(completed_on)
    return ComplianceDates(until, until - timedelta(days=retake_days) if retake_days is not None else None)


def standing(
    *,
    today: date,
    completed_on: date | None = None,
    compliant_for: Period | None = None,
    retake_days: int | None = None,
    assigned_on: date | None = None,
    due_within: Period | None = None,
    due_on: date | None = None,
) -> Standing:
    """Answer how somebody stands on `today` by the settings of a course and the facts of the person.

    `completed_on` is the current completion, None if there is none; `compliant_for` None is for ever; `retake_days`
    None means that no retake opens by itself; of `due_within` (from `assigned_on`) and `due_on` at most one is given.
    Compliant through the last day, inclusive; overdue from the day after the due date; a completion removes the due date.
    """
    if completed_on is None:
        due = due_date(assigned_on=assigned_on, due_within=due_within, due_on=due_on) if assigned_on else None
        return standing_of(today=today, completed_on=None, due_on=due)
    until, opens = compliance_dates(completed_on, compliant_for=compliant_for, retake_days=retake_days)
    return standing_of(today=today, completed_on=completed_on, compliant_until=until, retake_opens_on=opens)


def standing_of(
    *,
    today: date,
    completed_on: date | None,
    compliant_until: date | None = None,
    retake_opens_on: date | None = None,
    due_on: date | None = None,
    is_reset: bool = False,
) -> Standing:
    """Answer as `standing` does, from dates as they are stored; `is_reset`: the retake was opened already."""
    if completed_on is None:
        over = is_overdue(due_on, today=today)
        return Standing(
            status=ComplianceStatus.OVERDUE if over else ComplianceStatus.NOT_COMPLETED,
            due_on=due_on,
            is_overdue=over,
            days_over=(today - due_on).days if due_on and over else None,
        )
    if compliant_until is not None and today > compliant_until:
        status = ComplianceStatus.NON_COMPLIANT
    elif is_reset or (retake_opens_on is not None and today >= retake_opens_on):
        status = ComplianceStatus.RETAKE_OPEN
    else:
        status = ComplianceStatus.COMPLIANT
    days = (compliant_until - today).days if compliant_until else None
    return Standing(
        status=status,
        compliant_until=compliant_until,
        retake_opens_on=retake_opens_on,
        days_left=days if days is not None and days >= 0 else None,
        days_over=-days if days is not None and days < 0 else None,
    )


def non_compliance_days(compliant_until: date, *, every: Period | None, at_most: int) -> list[date]:
    """Return the days on which lapsed compliance is told, oldest first: the first day, then the course's rhythm (L-58).

    `every` is in days or weeks, None for once only; `at_most` counts all of them.
    """
    first = compliant_until + timedelta(days=1)
    step = every.days if every else 0
    return repeat_days(first, step=step, times=at_most if every else 1)


def latest_reached(days: Sequence[date], *, today: date) -> date | None:
    """Return the latest of these days that has come; the ones before it count as told."""
    return max((day for day in days if day <= today), default=None)


def days_lost(before: date | None, after: date | None, *, today: date) -> int:
    """Return by how many days compliance gets shorter for somebody who is compliant today (case H); 0 if it does not.

    None means for ever. Whoever loses "for ever" loses no countable days: 0.
    """
    if before is None or after is None or before < today:
        return 0
    return max((before - after).days, 0)
