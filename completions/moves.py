"""What can be done by hand to people in courses: to whom it applies, and what they are told (L-91). Pure, no database.

Public: `Move`, `Refusal`, `Case`, `refuse`, `tell`. `moving` does it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from completions.kinds import DUE_REMINDER, NON_COMPLIANT, OVERDUE, RETAKE_OPEN
from completions.models import Status
from completions.rules import latest_reached
from completions.terms import CourseTerms
from lms.courses.rules import is_overdue
from lms.imports.importer import PlannedMessage


class Move(models.TextChoices):
    """What can be done to people who were chosen on a list."""

    RETAKE = "retake", _("Move to retake period")
    REMIND = "remind", _("Remind")
    RESET = "reset", _("Reset")


class Refusal(models.TextChoices):
    """Why a move does not apply to somebody."""

    DEACTIVATED = "deactivated", _("deactivated")
    ARCHIVED = "archived", _("the course is archived")
    NEVER_COMPLETED = "never_completed", _("never completed")
    ALREADY_OPEN = "already_open", _("in the retake period already")
    NOT_STARTED = "not_started", _("nothing to reset")
    NOTHING_DUE = "nothing_due", _("no due date and no end of compliance to remind of")
    SWITCHED_OFF = "switched_off", _("this kind of message is switched off")


@dataclass(frozen=True, slots=True)
class Case:
    """One person in one course, as both stand now."""

    person_id: int
    course_id: int
    is_active: bool
    has_email: bool
    active_since: date | None
    result_id: int | None
    status: str | None
    completed_on: date | None
    compliant_until: date | None
    retake_opens_on: date | None
    lapsed_on_arrival: bool
    assigned_on: date | None
    due_on: date | None


def refuse(move: Move, case: Case, *, terms: CourseTerms, day: date) -> Refusal | None:  # noqa: PLR0911 - a list of reasons
    """Return why the move does not apply to somebody, or None if it does. Pure."""
    if not terms.is_active:
        return Refusal.ARCHIVED
    if move == Move.RETAKE:
        if case.completed_on is None:
            return Refusal.NEVER_COMPLETED
        is_open = case.status != Status.COMPLETED and not case.lapsed_on_arrival
        return Refusal.ALREADY_OPEN if is_open else None
    if move == Move.RESET:
        untouched = case.completed_on is None and case.status in (None, Status.NOT_STARTED)
        return Refusal.NOT_STARTED if untouched else None
    if not case.is_active:
        return Refusal.DEACTIVATED
    told = tell(move, case, terms=terms, day=day)
    if told is None:
        return Refusal.NOTHING_DUE
    return None if told.kind in terms.sends else Refusal.SWITCHED_OFF


def tell(move: Move, case: Case, *, terms: CourseTerms, day: date) -> PlannedMessage | None:
    """Return what the move tells somebody, if anything. Pure; for a reminder also where the kind is switched off."""
    if move == Move.REMIND:
        return _remind(case, terms=terms, day=day)
    told = _tell_retake(case, terms=terms, day=day) if move == Move.RETAKE else _tell_due(case, terms=terms, day=day)
    if told is None or told.kind not in terms.sends:
        return None
    is_past = case.active_since is not None and told.occasion_on < case.active_since  # nothing about time away (E-19)
    return None if is_past else told


def _remind(case: Case, *, terms: CourseTerms, day: date) -> PlannedMessage | None:
    if case.completed_on is None:
        if case.due_on is None:
            return None
        kind = OVERDUE if is_overdue(case.due_on, today=day) else DUE_REMINDER
        return PlannedMessage(kind, day, terms.describe(due_on=case.due_on))
    until, opens_on = case.compliant_until, case.retake_opens_on
    is_open = case.status != Status.COMPLETED or (opens_on is not None and opens_on <= day)
    if until is None:
        return None
    kind = RETAKE_OPEN if is_open and day <= until else NON_COMPLIANT
    return PlannedMessage(kind, day, terms.describe(compliant_until=until))


def _tell_retake(case: Case, *, terms: CourseTerms, day: date) -> PlannedMessage:
    """Return what an import with the box ticked tells whose compliance has ended (case D); that the retake is open otherwise."""
    until = case.compliant_until
    if until is None or day <= until:
        return PlannedMessage(RETAKE_OPEN, day, terms.describe(compliant_until=until))
    reached = latest_reached(terms.non_compliance_days(until), today=day)
    return PlannedMessage(NON_COMPLIANT, reached or day, terms.describe(compliant_until=until))


def _tell_due(case: Case, *, terms: CourseTerms, day: date) -> PlannedMessage | None:
    """Return what the due date says that comes back with a reset: overdue, or the latest reminder reached."""
    if case.assigned_on is None:
        return None
    due = terms.due_date(case.assigned_on)
    if due is None:
        return None
    if is_overdue(due, today=day):
        return PlannedMessage(OVERDUE, due + timedelta(days=1), terms.describe(due_on=due))
    days = [one for one in terms.reminder_days(due) if one >= case.assigned_on]
    reached = latest_reached(days, today=day)
    return PlannedMessage(DUE_REMINDER, reached, terms.describe(due_on=due)) if reached else None
