"""Brings changed settings of a course to its people: first counted, then carried out in the background (L-52, L-55, L-92).

Saved settings and their `SettingsPush` are one transaction. A worker carries it out in another one, which also says that it
is done: killed at any moment, it has happened once or not yet, and the sweep finds it. Counting and carrying out share
their statements, so that what is shown is what is done.

Public: `preview_push`, `PushPreview`, `Effects`, `save_settings`, `carry_out_next`, `wake_pusher`.
"""

# ruff: noqa: S608 - statements are put together from the constants of this module alone

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from completions.models import SettingsPush
from completions.selectors import load_terms, read_terms
from completions.settings_changes import AssignedCase, Change, CompletedCase, plan_assigned, plan_completed
from completions.terms import CourseTerms
from lms.audit.services import record_event
from lms.core.failpoints import reach
from lms.core.json_text import encode_json
from lms.core.periods import Period
from lms.courses.models import Course
from lms.notifications.choices import KindCount, MessageChoice, total_messages
from lms.notifications.messages import collect_messages, write_messages
from lms.notifications.selectors import switched_on
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant

_TENANT: Final = "current_setting('app.tenant')::int"
# Waits for imports that have read the settings before they were changed, so that what these write is changed too.
_LOCK_COURSE: Final = f"SELECT id FROM courses_course WHERE tenant_id = {_TENANT} AND id = %(course)s FOR UPDATE"
_LOCK: Final = f"""
SELECT id FROM completions_courseresult WHERE tenant_id = {_TENANT} AND course_id = %(course)s
ORDER BY person_id, course_id FOR UPDATE
"""
_COMPLETED_CASES: Final = f"""
SELECT DISTINCT completed_on, compliant_until, retake_opens_on, status <> 'completed', lapsed_on_arrival
FROM completions_courseresult
WHERE tenant_id = {_TENANT} AND course_id = %(course)s AND completed_on IS NOT NULL
"""
# People who have never completed the course; a due date somebody still has who has is no longer theirs.
_NOT_COMPLETED: Final = f"""
    r.tenant_id = {_TENANT} AND r.course_id = %(course)s AND NOT EXISTS (
        SELECT 1 FROM completions_courseresult done
        WHERE done.tenant_id = r.tenant_id AND done.person_id = r.person_id AND done.course_id = r.course_id
          AND done.completed_on IS NOT NULL)
"""
_ASSIGNED_CASES: Final = f"SELECT DISTINCT assigned_on, due_on FROM courses_courseassignment r WHERE {_NOT_COMPLETED}"
_PREPARE: Final = """
DROP TABLE IF EXISTS push_change;
CREATE TEMPORARY TABLE push_change (
    completed_on date, old_until date, old_opens date, is_reset boolean, old_lapsed boolean,
    assigned_on date, old_due_on date,
    compliant_until date, retake_opens_on date, lapsed_on_arrival boolean, due_on date, moved int,
    before text, after text, kind text, occasion_on date, item jsonb
) ON COMMIT DROP
"""
_COPY: Final = "COPY push_change FROM STDIN"
_COMPLETED_ROWS: Final = f"""
FROM completions_courseresult r
JOIN push_change change ON change.completed_on = r.completed_on
 AND change.old_until IS NOT DISTINCT FROM r.compliant_until
 AND change.old_opens IS NOT DISTINCT FROM r.retake_opens_on
 AND change.is_reset = (r.status <> 'completed') AND change.old_lapsed = r.lapsed_on_arrival
WHERE r.tenant_id = {_TENANT} AND r.course_id = %(course)s
"""
_ASSIGNED_ROWS: Final = f"""
FROM courses_courseassignment r
JOIN push_change change ON change.assigned_on = r.assigned_on AND change.old_due_on IS NOT DISTINCT FROM r.due_on
WHERE {_NOT_COMPLETED}
"""
# {rows} is one of the two above. Deactivated people change too, but are neither counted nor told anything (E-19).
_PEOPLE: Final = """
FROM (SELECT r.person_id, change.before, change.after, change.moved, change.kind, change.occasion_on, change.item {rows}) x
JOIN people_user u ON u.tenant_id = current_setting('app.tenant')::int AND u.id = x.person_id AND u.is_active
"""
_TOLD: Final = _PEOPLE + "WHERE x.kind <> '' AND (u.active_since IS NULL OR x.occasion_on >= u.active_since)"
_COUNT_PEOPLE: Final = f"SELECT x.before, x.after, x.moved, count(*) {_PEOPLE} GROUP BY x.before, x.after, x.moved"
_COUNT_MESSAGES: Final = (
    "SELECT x.kind, count(*) FILTER (WHERE u.email <> ''), count(*) FILTER (WHERE u.email = '')"
    f"{_TOLD} GROUP BY x.kind ORDER BY x.kind"
)
_TELL: Final = f"""
INSERT INTO notifications_new (person_id, kind, item) SELECT x.person_id, x.kind, x.item {_TOLD} ORDER BY x.person_id
"""
_CHANGE_RESULTS: Final = f"""
UPDATE completions_courseresult stored
SET compliant_until = fresh.compliant_until, retake_opens_on = fresh.retake_opens_on,
    lapsed_on_arrival = fresh.lapsed_on_arrival,
    messages_suppressed_through = greatest(stored.messages_suppressed_through, %(today)s), updated_at = %(now)s
FROM (SELECT r.id, change.compliant_until, change.retake_opens_on, change.lapsed_on_arrival {_COMPLETED_ROWS}) fresh
WHERE stored.id = fresh.id
"""
_CHANGE_DUE_DATES: Final = f"""
UPDATE courses_courseassignment stored
SET due_on = fresh.due_on, messages_suppressed_through = greatest(stored.messages_suppressed_through, %(today)s)
FROM (SELECT r.id, r.due_on AS old_due_on, change.due_on {_ASSIGNED_ROWS}) fresh
WHERE stored.id = fresh.id AND stored.due_on IS NOT DISTINCT FROM fresh.old_due_on
"""
# What an undo gives back has lived through the push too (E-33): the links hold the dates of before and after.
_LINK_DAYS: Final = f"""
SELECT day FROM completions_resultchange link
CROSS JOIN LATERAL (VALUES (link.before_completed_on), (link.after_completed_on)) AS side (day)
WHERE link.tenant_id = {_TENANT} AND link.course_id = %(course)s AND day IS NOT NULL
GROUP BY day
"""
_CHANGE_LINKS: Final = f"""
UPDATE completions_resultchange link
SET {{side}}_compliant_until = fresh.compliant_until, {{side}}_retake_opens_on = fresh.retake_opens_on,
    {{side}}_lapsed_on_arrival = link.{{side}}_lapsed_on_arrival AND coalesce(fresh.compliant_until < %(today)s, false),
    {{side}}_messages_suppressed_through = greatest(link.{{side}}_messages_suppressed_through, %(today)s)
FROM unnest(%(days)s::date[], %(until)s::date[], %(opens)s::date[]) AS fresh (day, compliant_until, retake_opens_on)
WHERE link.tenant_id = {_TENANT} AND link.course_id = %(course)s AND link.{{side}}_completed_on = fresh.day
  AND (link.{{side}}_compliant_until, link.{{side}}_retake_opens_on)
      IS DISTINCT FROM (fresh.compliant_until, fresh.retake_opens_on)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What becomes of a group of people: how many change, from which standing to which, and what they are told."""

    people: int = 0
    earlier: int = 0  # whose date moves forward in the calendar: compliance or time to complete gets shorter
    later: int = 0
    moves: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (standing before, after) -> people
    messages: tuple[KindCount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PushPreview:
    """What saving would do: to people who have not completed the course, and, only if ticked, to those who have."""

    assigned: Effects
    completed: Effects

    def count_messages(self, *, to_completed: bool) -> int:
        """Return how many messages would go out, with the tick or without."""
        return total_messages([*self.assigned.messages, *(self.completed.messages if to_completed else ())])


def preview_push(course: Course, *, on: date) -> PushPreview:
    """Return what the settings of `course`, saved or not yet, would do to its people. Writes nothing that stays."""
    terms = read_terms(course, sends=switched_on())
    parameters = {"course": course.pk}
    with connection.cursor() as cursor:
        _prepare(cursor, terms=terms, course_id=course.pk, completed_terms=terms, on=on)
        return PushPreview(
            assigned=_count(cursor, _ASSIGNED_ROWS, parameters), completed=_count(cursor, _COMPLETED_ROWS, parameters)
        )


def save_settings(
    course: Course,
    *,
    tenant: Tenant,
    actor: User,
    changed: Sequence[str],
    to_completed: bool = False,
    messages: str = "",
) -> None:
    """Save the settings at once, and leave word for a worker where people change by them.

    `changed` are the names of the changed settings; due dates follow always, what was completed only with `to_completed`.
    """
    course.save()
    details = {name: str(getattr(course, name)) for name in changed if hasattr(course, name)}
    record_event(
        "courses.settings.changed",
        actor=actor,
        subject=course,
        subject_label=f"{course.code} {course.name}",
        details=details | {"to_completed": to_completed, "messages": messages},
    )
    if not to_completed and not {"due_within", "due_on"} & set(changed):
        return
    SettingsPush.objects.create(
        tenant_id=tenant.pk,
        course=course,
        requested_by_id=actor.pk,
        requested_at=timezone.now(),
        to_completed=to_completed,
        messages=messages,
        counts={"compliant_for": str(course.compliant_for or ""), "retake_days": course.retake_days},
    )
    transaction.on_commit(wake_pusher, robust=True)


def wake_pusher() -> None:
    """Tell a worker that there is something to carry out; a lost message is made up for by the sweep."""
    from lms.celery import app

    app.send_task("completions.push_settings", ignore_result=True, retry=False)


def carry_out_next(tenant: Tenant) -> bool:
    """Carry out the oldest push of the open tenant that is not done; return whether there was one.

    One transaction; a second worker waits for the first, so that pushes of a course keep their order.
    """
    push = SettingsPush.objects.select_for_update().filter(done_at__isnull=True).order_by("pk").first()
    if push is None:
        return False
    now, on = timezone.now(), today(tenant)
    parameters: dict[str, Any] = {"course": push.course_id, "today": on, "now": now}
    is_sent = push.messages == MessageChoice.SEND
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_COURSE, parameters)
        terms = load_terms([push.course_id])[push.course_id]
        cursor.execute(_LOCK, parameters)
        _prepare(
            cursor,
            terms=terms,
            course_id=push.course_id,
            completed_terms=_terms_of(push, now_are=terms) if push.to_completed else None,
            on=on,
        )
        if is_sent:
            _tell(parameters)
        cursor.execute(_CHANGE_DUE_DATES, parameters)
        counts = {"assigned": cursor.rowcount, "completed": 0, "messages": 0}
        if push.to_completed:
            cursor.execute(_CHANGE_RESULTS, parameters)
            counts["completed"] = cursor.rowcount
            _change_links(cursor, terms=_terms_of(push, now_are=terms), parameters=parameters)
    if is_sent:
        counts["messages"] = write_messages(None, group=f"change:push-{push.pk}", now=now)
    reach("push.before_commit")
    push.counts |= counts
    push.done_at = now
    push.save(update_fields=["counts", "done_at"])
    record_event(
        "completions.settings.pushed",
        subject=push.course,
        subject_label=f"{push.course.code} {push.course.name}",
        details=counts,
    )
    return True


def _terms_of(push: SettingsPush, *, now_are: CourseTerms) -> CourseTerms:
    """Return the terms as they were saved with the push: a later change that was not ticked must not slip in."""
    period = push.counts["compliant_for"]
    return replace(
        now_are,
        compliant_for=Period.parse(period) if period else None,
        retake_days=push.counts["retake_days"],
    )


def _prepare(
    cursor: CursorWrapper, *, terms: CourseTerms, course_id: int, completed_terms: CourseTerms | None, on: date
) -> None:
    """Fill `push_change` with what becomes of the people of the course; without `completed_terms` only of the others."""
    parameters = {"course": course_id}
    cursor.execute(_ASSIGNED_CASES, parameters)
    changes = plan_assigned([AssignedCase(*row) for row in cursor.fetchall()], terms=terms, today=on)
    if completed_terms is not None:
        cursor.execute(_COMPLETED_CASES, parameters)
        cases = [CompletedCase(*row) for row in cursor.fetchall()]
        changes += plan_completed(cases, terms=completed_terms, today=on)
    cursor.execute(_PREPARE)
    with cursor.copy(_COPY) as copy:
        for change in changes:
            copy.write_row(_as_row(change))


def _as_row(change: Change) -> tuple[Any, ...]:
    case = change.case
    is_completed = isinstance(case, CompletedCase)
    facts = (*case, None, None) if is_completed else (None, None, None, None, None, *case)
    item = None if change.item is None else encode_json(change.item)
    if isinstance(case, CompletedCase):
        moved = _compare(change.compliant_until, case.compliant_until)
    else:
        moved = _compare(change.due_on, case.due_on)
    return (
        *facts, change.compliant_until, change.retake_opens_on, change.lapsed_on_arrival, change.due_on, moved,
        change.before.value, change.after.value, change.kind, change.occasion_on, item,
    )  # fmt: skip


def _compare(after: date | None, before: date | None) -> int:
    """Return -1, 0 or 1: earlier, the same, later; no date is later than any."""
    latest = date.max
    return ((after or latest) > (before or latest)) - ((after or latest) < (before or latest))


def _count(cursor: CursorWrapper, rows: str, parameters: dict[str, Any]) -> Effects:
    cursor.execute(_COUNT_PEOPLE.format(rows=rows), parameters)
    found = cursor.fetchall()
    moves: dict[tuple[str, str], int] = {}
    for before, after, _moved, people in found:
        if before != after:
            moves[before, after] = moves.get((before, after), 0) + people
    cursor.execute(_COUNT_MESSAGES.format(rows=rows), parameters)
    return Effects(
        people=sum(people for *_, people in found),
        earlier=sum(people for _, _, moved, people in found if moved < 0),
        later=sum(people for _, _, moved, people in found if moved > 0),
        moves=moves,
        messages=tuple(
            KindCount(kind=kind, with_email=with_email, without_email=without_email)
            for kind, with_email, without_email in cursor.fetchall()
        ),
    )


def _tell(parameters: dict[str, Any]) -> None:
    """Collect the messages about states that people get into by the change, before they do."""
    with collect_messages() as cursor:
        for rows in (_COMPLETED_ROWS, _ASSIGNED_ROWS):
            cursor.execute(_TELL.format(rows=rows), parameters)


def _change_links(cursor: CursorWrapper, *, terms: CourseTerms, parameters: dict[str, Any]) -> None:
    cursor.execute(_LINK_DAYS, parameters)
    days = [day for (day,) in cursor.fetchall()]
    dates = [terms.compliance_dates(day) for day in days]
    fresh = {"days": days, "until": [until for until, _ in dates], "opens": [opens for _, opens in dates]}
    for side in ("before", "after"):
        cursor.execute(_CHANGE_LINKS.format(side=side), parameters | fresh)
