"""The compliance picture in SQL, held against the pure rules; what a selection narrows down to (trap: disjoint classes)."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from completions.compliance import GROUPS, SOON, Group, Lines, Selection, count_picture, iterate_lines, list_pairs
from completions.rules import ComplianceStatus, standing_of
from lms.core.periods import Period
from lms.courses.models import Course, CourseAssignment
from lms.people.models import User
from lms.people.selectors import visible_people
from lms.tenancy.scope import tenant_scope
from tests.completions.daily_data import TODAY, assign, change_course, complete, day
from tests.plugins.cast import Cast, add_course

YEARLY = {"compliant_for": Period.parse("365 days"), "retake_days": 30}
COMPLIANT = {ComplianceStatus.COMPLIANT, ComplianceStatus.RETAKE_OPEN}


@pytest.fixture
def wide(cast: Cast) -> list[tuple[Course, dict[str, Any], dict[str, Any] | None]]:
    """Bob in one course for every mix of stored dates, around every border."""
    borders = [None, *(TODAY + dt.timedelta(days=days) for days in (-400, -1, 0, 1, 30, 31))]
    mixes: list[tuple[dict[str, Any], dict[str, Any] | None]] = []
    for due in borders:
        mixes += [({"due_on": due}, None), ({"due_on": due}, {"status": "in_progress", "percent": 40})]
    for until in borders:
        for opens in borders:
            for status in ("completed", "not_started"):
                dates = {"compliant_until": until, "retake_opens_on": opens, "status": status}
                mixes.append(({"due_on": None}, {"completed_on": day("2025-01-01"), **dates}))
    made = []
    for number, (assigned, result) in enumerate(mixes):
        with tenant_scope(cast.acme.pk):
            course = add_course(cast.acme, f"MIX-{number}", f"Mix {number}")
        assign(cast.bob, course, "2024-01-01", **assigned)
        if result is not None:
            complete(cast.bob, course, "2025-01-01", **({"completed_on": None} | result))
        made.append((course, assigned, result))
    return made


def test_G05_every_assignment_is_in_the_class_that_the_rules_say(
    cast: Cast, wide: list[tuple[Course, dict[str, Any], dict[str, Any] | None]]
) -> None:
    expected = {}
    for course, assigned, result in wide:
        found = result or {}
        expected[course.pk] = standing_of(
            today=TODAY,
            completed_on=found.get("completed_on"),
            compliant_until=found.get("compliant_until"),
            retake_opens_on=found.get("retake_opens_on"),
            due_on=assigned["due_on"],
            is_reset=found.get("status") != "completed",
        ).status
    selection = Selection(today=TODAY)
    with tenant_scope(cast.acme.pk):
        shown = {line.course_id: line.standing.status for line in Lines(selection)}
        groups = {group: {pair[1] for pair in list_pairs(replace(selection, group=group))} for group in Group}
        picture = count_picture(selection)

    assert shown == expected
    tally = Counter(expected.values())
    assert (picture.overdue, picture.not_completed, picture.non_compliant) == (
        tally[ComplianceStatus.OVERDUE],
        tally[ComplianceStatus.NOT_COMPLETED],
        tally[ComplianceStatus.NON_COMPLIANT],
    )
    assert (picture.compliant, picture.retake_open) == (
        tally[ComplianceStatus.COMPLIANT] + tally[ComplianceStatus.RETAKE_OPEN],
        tally[ComplianceStatus.RETAKE_OPEN],
    )
    assert groups[Group.COMPLIANT] == {pk for pk, status in expected.items() if status in COMPLIANT}
    for group in (Group.NOT_COMPLETED, Group.OVERDUE, Group.NON_COMPLIANT, Group.RETAKE_OPEN):
        assert groups[group] == {pk for pk, status in expected.items() if status.value == group.value}
    assert picture.total == len(wide) == sum(len(groups[group]) for group in GROUPS)
    assert (picture.ends_soon, picture.due_soon) == (len(groups[Group.ENDS_SOON]), len(groups[Group.DUE_SOON]))


def test_soon_is_within_30_days_and_not_over(cast: Cast) -> None:
    change_course(cast.fire, due_within=Period.parse("30 days"))
    for person, due in ((cast.bob, TODAY + SOON), (cast.ben, TODAY + SOON + dt.timedelta(days=1)), (cast.carl, TODAY)):
        assign(person, cast.fire, "2026-01-01", due_on=due)
    assign(cast.lea, cast.fire, "2026-01-01", due_on=TODAY - dt.timedelta(days=1))

    with tenant_scope(cast.acme.pk):
        found = list(Lines(Selection(today=TODAY, group=Group.DUE_SOON)))
    assert [line.username for line in found] == ["bob", "carl"]


def test_G05_deactivated_people_and_archived_courses_are_left_out(cast: Cast) -> None:
    for person in (cast.bob, cast.carl):
        assign(person, cast.fire, "2024-01-01", due_on=day("2024-02-01"))
    assign(cast.bob, cast.old, "2024-01-01", due_on=day("2024-02-01"))
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.carl.pk).update(is_active=False)
        active = Selection(today=TODAY)
        assert (count_picture(active).total, count_picture(active).overdue) == (1, 1)
        assert count_picture(replace(active, active_only=False)).total == 3


def test_a_selection_narrows_down_by_reach_course_and_choice(cast: Cast) -> None:
    for person in (cast.bob, cast.ben, cast.carl):
        assign(person, cast.fire, "2024-01-01")
    assign(cast.bob, cast.safe, "2024-01-01")

    def names(**more: Any) -> list[str]:
        found = Lines(Selection(today=TODAY, **more))
        return [f"{line.username} {line.course_code}" for line in found]

    with tenant_scope(cast.acme.pk):
        lea = visible_people(User.objects.get(pk=cast.lea.pk))
        assert names() == ["ben FIRE-2", "bob FIRE-2", "bob SAFE-1", "carl FIRE-2"]
        assert names(people=lea) == ["ben FIRE-2", "bob FIRE-2", "bob SAFE-1"]
        assert names(people=User.objects.none()) == []
        assert names(course_id=cast.safe.pk) == ["bob SAFE-1"]
        assert names(courses=[cast.safe.pk]) == ["bob SAFE-1"]
        pairs = [(cast.bob.pk, cast.fire.pk), (cast.carl.pk, cast.fire.pk)]
        assert names(people=lea, pairs=pairs) == ["bob FIRE-2"]
    with tenant_scope(cast.zebra.pk):
        assert names() == []


def test_U4_U9_late_and_before_the_assignment(cast: Cast) -> None:
    from completions.models import Achievement, CourseResult, Origin

    change_course(cast.fire, **YEARLY)
    for person, origin in ((cast.bob, "manual"), (cast.ben, "import"), (cast.carl, "manual")):
        assign(person, cast.fire, "2026-01-05", origin=origin)
    for person, on in ((cast.bob, "2025-12-01"), (cast.ben, "2025-12-01"), (cast.carl, "2026-02-10")):
        complete(person, cast.fire, on)
    with tenant_scope(cast.acme.pk):
        shown = Achievement.objects.create(
            tenant=cast.acme,
            person=cast.carl,
            course=cast.fire,
            completed_on=day("2026-02-10"),
            due_on=day("2026-02-04"),
            origin=Origin.MANUAL,
            recorded_at=dt.datetime(2026, 3, 15, tzinfo=dt.UTC),
        )
        CourseResult.objects.filter(person=cast.carl).update(achievement=shown)
        found = {line.username: line for line in Lines(Selection(today=TODAY))}
        assert list(CourseAssignment.objects.values_list("origin", flat=True).distinct().order_by("origin")) == [
            "import",
            "manual",
        ]
    assert {name: (line.late_days, line.is_before_assignment) for name, line in found.items()} == {
        "bob": (None, True),
        "ben": (None, False),
        "carl": (6, False),
    }


def test_pages_and_files_read_the_same_in_the_same_order(
    cast: Cast, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for person in (cast.bob, cast.ben, cast.carl, cast.lea):
        assign(person, cast.fire, "2024-01-01")
    with tenant_scope(cast.acme.pk):
        lines = Lines(Selection(today=TODAY))
        everybody = [line.username for line in iterate_lines(lines.selection)]
        assert everybody == ["lea", "ben", "bob", "carl"]
        with django_assert_num_queries(2):
            assert lines.order_by()[:3].count() == 3
            assert [line.username for line in lines[1:3]] == everybody[1:3]
        with django_assert_num_queries(1):
            assert count_picture(lines.selection).total == 4
