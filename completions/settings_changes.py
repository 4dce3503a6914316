"""What changed settings of a course do to the people who have it: pure rules, no database (L-52, L-55, L-92).

Cases are the distinct facts that people of the course share; what becomes of a case becomes of everybody in it.
Public: `CompletedCase`, `AssignedCase`, `Change`, `plan_completed`, `plan_assigned`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from completions.kinds import DUE_REMINDER, NON_COMPLIANT, OVERDUE, RETAKE_OPEN
from completions.rules import ComplianceStatus, standing_of
from completions.terms import CourseTerms


class CompletedCase(NamedTuple):
    """What people with the same current completion have in common."""

    completed_on: date
    compliant_until: date | None
    retake_opens_on: date | None
    is_reset: bool
    lapsed_on_arrival: bool


class AssignedCase(NamedTuple):
    """What people who have never completed the course have in common."""

    assigned_on: date
    due_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of a case that changes, and what its people are told: about a state they get into by the change."""

    case: CompletedCase | AssignedCase
    before: ComplianceStatus
    after: ComplianceStatus
    compliant_until: date | None = None
    retake_opens_on: date | None = None
    lapsed_on_arrival: bool = False
    due_on: date | None = None
    kind: str = ""  # of the message, if one is on for the course
    occasion_on: date | None = None  # the day it is about
    item: dict[str, Any] | None = None


def plan_completed(cases: Iterable[CompletedCase], *, terms: CourseTerms, today: date) -> list[Change]:
    """Return the changes where the terms give other dates than the stored ones, counted from the day of completion.

    Left lapsed on arrival is only who was left so and is still lapsed (D-01); they are told nothing.
    """
    changes = []
    for case in cases:
        until, opens = terms.compliance_dates(case.completed_on)
        is_lapsed = case.lapsed_on_arrival and until is not None and until < today
        if (until, opens, is_lapsed) == (case.compliant_until, case.retake_opens_on, case.lapsed_on_arrival):
            continue
        before = standing_of(
            today=today,
            completed_on=case.completed_on,
            compliant_until=case.compliant_until,
            retake_opens_on=case.retake_opens_on,
            is_reset=case.is_reset,
        ).status
        after = standing_of(
            today=today,
            completed_on=case.completed_on,
            compliant_until=until,
            retake_opens_on=opens,
            is_reset=case.is_reset,
        ).status
        kind, occasion = "", None
        if after != before and not is_lapsed and until is not None:
            if after == ComplianceStatus.NON_COMPLIANT:
                kind, occasion = NON_COMPLIANT, until + timedelta(days=1)
            elif after == ComplianceStatus.RETAKE_OPEN:
                kind, occasion = RETAKE_OPEN, opens if opens is not None else today
        tells = kind in terms.sends and terms.is_active
        changes.append(
            Change(
                case=case,
                before=before,
                after=after,
                compliant_until=until,
                retake_opens_on=opens,
                lapsed_on_arrival=is_lapsed,
                kind=kind if tells else "",
                occasion_on=occasion,
                item=terms.describe(completed_on=case.completed_on, compliant_until=until) if tells else None,
            )
        )
    return changes


def plan_assigned(cases: Iterable[AssignedCase], *, terms: CourseTerms, today: date) -> list[Change]:
    """Return the changes where the terms give another due date than the stored one (U6)."""
    changes = []
    for case in cases:
        due = terms.due_date(case.assigned_on)
        if due == case.due_on:
            continue
        before = standing_of(today=today, completed_on=None, due_on=case.due_on).status
        after = standing_of(today=today, completed_on=None, due_on=due).status
        kind, occasion = message_about_due(due, assigned_on=case.assigned_on, terms=terms, today=today)
        if kind == OVERDUE and after == before:
            kind = ""  # told before
        changes.append(
            Change(
                case=case,
                before=before,
                after=after,
                due_on=due,
                kind=kind,
                occasion_on=occasion,
                item=terms.describe(due_on=due) if kind else None,
            )
        )
    return changes


def message_about_due(
    due: date | None, *, assigned_on: date, terms: CourseTerms, today: date
) -> tuple[str, date | None]:
    """Return the message that a due date calls for on this very day, and the day it is about: overdue, or a reminder of today."""
    if due is None or not terms.is_active:
        return "", None
    if due < today:
        return (OVERDUE, max(due + timedelta(days=1), assigned_on)) if OVERDUE in terms.sends else ("", None)
    is_reminded = DUE_REMINDER in terms.sends and today in terms.reminder_days(due)
    return (DUE_REMINDER, today) if is_reminded else ("", None)
