"""What the dashboard shows of a person's own learning. Public: `OwnTask`, `OwnLearning`, `load_own_learning`."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from completions.compliance import Group, Line, Lines, Selection
from completions.wording import say_own_standing
from lms.people.models import User

# The worst first; what is compliant and closed is not in the list.
_RANKS: Final = {Group.NON_COMPLIANT: 0, Group.OVERDUE: 0, Group.RETAKE_OPEN: 1, Group.NOT_COMPLETED: 2}


@dataclass(frozen=True, slots=True)
class OwnTask:
    """A course the person has something to do for, in words, with the day by which (or since which) it counts."""

    course: str
    group: Group
    words: str
    day: date | None


@dataclass(frozen=True, slots=True)
class OwnLearning:
    """The person's courses: how many, how many are done for now, and what is to be done, the most urgent first."""

    assigned: int
    compliant: int
    tasks: list[OwnTask]


def load_own_learning(person: User, *, day: date) -> OwnLearning:
    """Return what is assigned to the person and what of it is to be done. One query."""
    lines = list(Lines(Selection(today=day, people=User.objects.filter(pk=person.pk))))
    done = [line for line in lines if line.completed_on is not None and line.group != Group.NON_COMPLIANT]
    open_lines = [line for line in lines if line.group in _RANKS]
    tasks = [_make_task(line) for line in open_lines]
    tasks.sort(key=lambda task: (_RANKS[task.group], task.day or date.max, task.course))
    return OwnLearning(assigned=len(lines), compliant=len(done), tasks=tasks)


def _make_task(line: Line) -> OwnTask:
    return OwnTask(
        course=line.course_name,
        group=line.group,
        words=say_own_standing(line.standing, is_retake_open=line.is_retake_open),
        day=line.standing.compliant_until or line.standing.due_on,
    )
