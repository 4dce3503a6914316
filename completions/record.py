"""The Record of Learning of a person: current standing, history, and where each entry comes from (G-03, W20, L-68).

Public: `Entry`, `CourseLine`, `Record`, `build_record`. The same queries whatever is recorded.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.translation import gettext as _

from completions.models import Achievement, CourseResult, Origin, ResultChange, Status
from completions.rules import ComplianceStatus, Standing, standing_of
from completions.wording import say_own_standing
from lms.core.components import Tone
from lms.core.wording import say_date, say_moment
from lms.courses.models import Course, CourseAssignment
from lms.imports.origins import Sources, Trace, load_sources, say_actor, say_origin
from lms.people.models import User

_TONES: Final[dict[str, Tone]] = {
    Status.COMPLETED: "success",
    Status.IN_PROGRESS: "info",
    Status.NOT_STARTED: "neutral",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One completion and where it comes from; `sentence` is W20, `facts` the rest of the origin panel."""

    achievement: Achievement
    course: Course
    is_current: bool
    is_imported: bool
    sentence: str
    batch_number: int | None
    facts: list[tuple[str, str]]
    late_days: int | None  # days after the due date it answered (U4)
    lapse: str  # when nothing counted between this completion and the next, in words (X3)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseLine:
    """A course of the person: how it stands, the completion it shows, and every change of it."""

    course: Course
    status: str
    tone: Tone
    percent: int
    is_in_progress: bool
    completed_on: date | None
    assigned_on: date | None
    standing: Standing
    is_retake_open: bool
    is_before_assignment: bool  # completed before the day of the assignment (U9)
    words: str  # how it stands, for the person's own eyes
    entry: Entry | None
    changes: list[str]


@dataclass(frozen=True, slots=True)
class Record:
    """Everything a person has learned or is to learn; `history` is every completion that is not shown as current."""

    current: list[CourseLine]
    history: list[Entry]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is recorded and nothing assigned."""
        return not self.current and not self.history


def build_record(person: User, *, is_own: bool, day: date) -> Record:
    """Return the record of a person as it stands on `day`.

    `is_own`: a learner looks at their own; they see no file, row or colleague.
    """
    achievements = list(
        Achievement.objects.filter(person=person).select_related("course").order_by("-completed_on", "-pk")
    )
    results = list(CourseResult.objects.filter(person=person).select_related("course"))
    assignments = list(CourseAssignment.objects.filter(person=person).select_related("course"))
    changes = [] if is_own else list(ResultChange.objects.filter(person=person).order_by("pk"))
    sources = load_sources(
        batch_ids=[*(entry.batch_id for entry in achievements), *(change.batch_id for change in changes)],
        actor_ids=[*(entry.recorded_by_id for entry in achievements), *(change.actor_id for change in changes)],
        is_own=is_own,
    )
    shown = {result.achievement_id for result in results if result.achievement_id}
    lapses = _find_lapses(achievements, day=day)
    entries = {
        achievement.pk: _make_entry(
            achievement, is_current=achievement.pk in shown, sources=sources, lapse=lapses.get(achievement.pk, "")
        )
        for achievement in achievements
    }
    words: dict[int, list[str]] = defaultdict(list)
    for change in changes:
        words[change.course_id].append(_say_change(change, sources=sources))
    lines = _make_lines(results, assignments, entries=entries, words=words, day=day)
    history = [entries[achievement.pk] for achievement in achievements if achievement.pk not in shown]
    return Record(current=lines, history=history)


def _find_lapses(achievements: Iterable[Achievement], *, day: date) -> dict[int, str]:
    """Return, by completion, the days after its end on which no completion of the course counted, in words (X3)."""
    lapses: dict[int, str] = {}
    last: dict[int, Achievement] = {}  # by course, what counts the longest so far
    for achievement in sorted(achievements, key=lambda found: (found.completed_on, found.pk)):
        before = last.get(achievement.course_id)
        if before is not None and before.compliant_until is None:
            continue
        if before is not None and before.compliant_until and achievement.completed_on > before.compliant_until:
            first, end = before.compliant_until + timedelta(days=1), achievement.completed_on - timedelta(days=1)
            if first <= end:
                lapses[before.pk] = _say_lapse(first, end)
        is_longer = before is None or before.compliant_until is None or achievement.compliant_until is None
        if is_longer or achievement.compliant_until >= before.compliant_until:  # type: ignore[operator, union-attr]
            last[achievement.course_id] = achievement
    for achievement in last.values():
        if achievement.compliant_until is not None and achievement.compliant_until < day:
            lapses[achievement.pk] = _("Not compliant since %(date)s") % {
                "date": say_date(achievement.compliant_until + timedelta(days=1))
            }
    return lapses


def _say_lapse(first: date, end: date) -> str:
    if first == end:
        return _("Not compliant on %(date)s") % {"date": say_date(first)}
    return _("Not compliant from %(first)s to %(last)s") % {"first": say_date(first), "last": say_date(end)}


def _make_entry(achievement: Achievement, *, is_current: bool, sources: Sources, lapse: str) -> Entry:
    batch = sources.batch_of(achievement.batch_id)
    late = (achievement.completed_on - achievement.due_on).days if achievement.due_on else 0
    return Entry(
        achievement=achievement,
        course=achievement.course,
        is_current=is_current,
        is_imported=achievement.origin == Origin.IMPORT,
        sentence=say_origin(_trace(achievement), sources=sources),
        batch_number=batch.number if batch else None,
        facts=sources.describe_file(achievement.batch_id),
        late_days=late if late > 0 else None,
        lapse=lapse,
    )


def _trace(achievement: Achievement) -> Trace:
    return Trace(
        recorded_at=achievement.recorded_at,
        recorded_by_id=achievement.recorded_by_id,
        is_imported=achievement.origin == Origin.IMPORT,
        is_by_hand=achievement.origin == Origin.MANUAL,
        batch_id=achievement.batch_id,
        row_no=achievement.row_no,
        date_text=achievement.date_text,
    )


def _say_change(change: ResultChange, *, sources: Sources) -> str:
    batch = sources.batch_of(change.batch_id)
    before = _say_standing(change.before_status, change.before_percent, change.before_completed_on)
    after = _say_standing(change.after_status, change.after_percent, change.after_completed_on)
    words = _("%(when)s: from %(before)s to %(after)s, by %(who)s") % {
        "when": say_moment(change.changed_at),
        "before": before,
        "after": after,
        "who": say_actor(change.actor_id, sources=sources),
    }
    if batch:
        words += ", " + _("import %(number)s") % {"number": batch.number}
    return f"{words}. {change.reason}".strip()


def _say_standing(status: str, percent: int, completed_on: date | None) -> str:
    if not status:
        return _("nothing")
    if status == Status.COMPLETED:
        return _("completed on %(date)s") % {"date": say_date(completed_on)}
    return f"{Status(status).label}, {percent} %" if percent else str(Status(status).label)


def _make_lines(
    results: Iterable[CourseResult],
    assignments: Iterable[CourseAssignment],
    *,
    entries: Mapping[int, Entry],
    words: Mapping[int, list[str]],
    day: date,
) -> list[CourseLine]:
    assigned = {assignment.course_id: assignment for assignment in assignments}
    found = {result.course_id: result for result in results}
    courses: dict[int, Course] = {pk: assignment.course for pk, assignment in assigned.items()}
    courses |= {pk: result.course for pk, result in found.items()}
    lines = [
        _make_line(
            course,
            result=found.get(pk),
            assignment=assigned.get(pk),
            entry=entries.get(found[pk].achievement_id or 0) if pk in found else None,
            changes=words.get(pk, []),
            day=day,
        )
        for pk, course in courses.items()
    ]
    return sorted(lines, key=lambda line: (line.completed_on is not None, line.course.name, line.course.pk))


def _make_line(
    course: Course,
    *,
    result: CourseResult | None,
    assignment: CourseAssignment | None,
    entry: Entry | None,
    changes: list[str],
    day: date,
) -> CourseLine:
    status = result.status if result else Status.NOT_STARTED.value
    completed_on = result.completed_on if result else None
    stands = standing_of(
        today=day,
        completed_on=completed_on,
        compliant_until=result.compliant_until if result else None,
        retake_opens_on=result.retake_opens_on if result else None,
        due_on=assignment.due_on if assignment else None,
        is_reset=status != Status.COMPLETED,
    )
    is_open = completed_on is not None and (status != Status.COMPLETED or stands.status == ComplianceStatus.RETAKE_OPEN)
    is_before = bool(
        completed_on
        and assignment
        and assignment.origin != CourseAssignment.Origin.IMPORT
        and completed_on < assignment.assigned_on
    )
    return CourseLine(
        course=course,
        status=str(Status(status).label),
        tone=_TONES[status],
        percent=result.percent if result else 0,
        is_in_progress=status == Status.IN_PROGRESS,
        completed_on=completed_on,
        assigned_on=assignment.assigned_on if assignment else None,
        standing=stands,
        is_retake_open=is_open,
        is_before_assignment=is_before,
        words=say_own_standing(stands, is_retake_open=is_open),
        entry=entry,
        changes=changes,
    )
