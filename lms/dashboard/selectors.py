"""What the dashboard shows of a person's own learning. Public: `OwnTask`, `OwnLearning`, `load_own_learning`."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from certifications import attention as certified
from certifications.record import say_own_state
from certifications.wording import STATE_TONES
from completions.compliance import Group, Line, Lines, Selection
from completions.wording import say_own_standing
from lms.core.components import Tone
from lms.people.models import User

# The worst first; what is compliant and closed, or certified, is not in the list.
_RANKS: Final[dict[str, int]] = {
    Group.NON_COMPLIANT: 0,
    Group.OVERDUE: 0,
    certified.Group.EXPIRED: 0,
    Group.RETAKE_OPEN: 1,
    certified.Group.WINDOW_OPEN: 1,
    Group.NOT_COMPLETED: 2,
    certified.Group.NEVER: 2,
}


@dataclass(frozen=True, slots=True)
class OwnTask:
    """A course or certification the person has something to do for, in words, with the day that counts for it."""

    name: str
    group: Group | certified.Group
    words: str
    day: date | None

    @property
    def is_course(self) -> bool:
        """Whether it is a course; else a certification."""
        return isinstance(self.group, Group)

    @property
    def tone(self) -> Tone:
        """How much the state of a certification matters."""
        return STATE_TONES.get(self.group.value, "neutral")


@dataclass(frozen=True, slots=True)
class OwnLearning:
    """How much is assigned to the person, how much of it is done for now, and what is to be done, the most urgent first."""

    assigned: int
    compliant: int
    certifications: int
    certified: int
    tasks: list[OwnTask]


def load_own_learning(person: User, *, day: date) -> OwnLearning:
    """Return what is assigned to the person and what of it is to be done. Two queries."""
    own = User.objects.filter(pk=person.pk)
    lines = list(Lines(Selection(today=day, people=own)))
    held = list(certified.Lines(certified.Selection(today=day, people=own)))
    done = [line for line in lines if line.completed_on is not None and line.group != Group.NON_COMPLIANT]
    tasks = [_make_task(line) for line in lines if line.group in _RANKS]
    tasks += [_make_renewal(line) for line in held if line.group in _RANKS]
    tasks.sort(key=lambda task: (_RANKS[task.group], task.day or date.max, task.name))
    return OwnLearning(
        assigned=len(lines),
        compliant=len(done),
        certifications=len(held),
        certified=sum(line.group in (certified.Group.CERTIFIED, certified.Group.WINDOW_OPEN) for line in held),
        tasks=tasks,
    )


def _make_task(line: Line) -> OwnTask:
    return OwnTask(
        name=line.course_name,
        group=line.group,
        words=say_own_standing(line.standing, is_retake_open=line.is_retake_open),
        day=line.standing.compliant_until or line.standing.due_on,
    )


def _make_renewal(line: certified.Line) -> OwnTask:
    state = "" if line.group == certified.Group.NEVER else line.group.value
    return OwnTask(
        name=line.name, group=line.group, words=say_own_state(state, expires_on=line.expires_on), day=line.expires_on
    )
