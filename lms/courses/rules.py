"""Due dates: pure rules (spec: dates, "Due dates"). A due date lasts through its day; overdue begins the day after."""

from datetime import date, timedelta

from lms.core.periods import Period, repeat_days


def due_date(*, assigned_on: date, due_within: Period | None, due_on: date | None) -> date | None:
    """Return when somebody assigned on that day is due: after the span, or on the fixed date; None without either (L-53)."""
    return due_within.add(assigned_on) if due_within else due_on


def is_overdue(due: date | None, *, today: date) -> bool:
    """Return whether a due date has passed; the last day is still in time (U1)."""
    return due is not None and today > due


def reminder_days(due: date, *, days_before: int, every: Period | None, at_most: int) -> list[date]:
    """Return the days of a series of reminders, oldest first (L-56, U2). `every` is in days or weeks; without it: one."""
    first = due - timedelta(days=days_before)
    count = at_most if every else min(at_most, 1)
    step = every.days if every else 0
    return repeat_days(first, step=step, times=count)
