"""The daily job, imports, changed settings and assignments at the same moment, with real transactions in threads (S53).

One waits for the other, and whoever comes second sees what the first did: nobody is reminded of what is completed.
"""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connections

from completions.assigning import assign_people
from completions.models import CourseResult, SettingsPush
from completions.pushing import save_settings
from completions.services import NewCompletion, add_completion
from completions.tasks import push_settings
from lms.core.periods import Period
from lms.courses.models import Course, CourseAssignment
from lms.imports import applying
from lms.imports.working import work_until_idle
from lms.notifications.models import OutboxMessage
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.completions.daily_data import assign, change_course, complete
from tests.plugins.cast import Cast
from tests.plugins.days import OnDay
from tests.plugins.meanwhile import PATIENCE, in_thread, night_held_open
from tests.plugins.running import Imports

pytestmark = pytest.mark.django_db(transaction=True)
D = dt.date.fromisoformat
TODAY = "2026-03-15"


@pytest.fixture
def yearly(cast: Cast) -> Course:
    """FIRE-2: due within 30 days, reminder 7 days before, compliant for 365 days, retake 30 days before."""
    change_course(
        cast.fire,
        due_within=Period.parse("30 days"),
        remind_days_before=7,
        compliant_for=Period.parse("365 days"),
        retake_days=30,
    )
    return cast.fire


def enter(cast: Cast, day: str) -> None:
    """Record a completion of FIRE-2 for bob, in the way of every import."""
    with tenant_scope(cast.acme.pk):
        course = Course.objects.get(pk=cast.fire.pk)
        entered = NewCompletion(course=course, completed_on=D(day), reason="seen", messages="suppress")
        add_completion(entered, tenant=cast.acme, actor=cast.adam, person=cast.bob)


def open_messages(cast: Cast) -> list[tuple[Any, ...]]:
    """Kind and state of mails that may still go out."""
    with tenant_scope(cast.acme.pk):
        found = OutboxMessage.objects.filter(state__in=("queued", "held", "sending"))
        return sorted(found.values_list("kind", "state"))


@pytest.mark.parametrize("kind", ["due_reminder", "overdue", "non_compliant", "retake_open"])
def test_U3_a_completion_recorded_while_the_night_is_running_takes_back_what_the_night_tells(
    cast: Cast, yearly: Course, on_day: OnDay, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if kind == "due_reminder":
        assign(cast.bob, yearly, "2026-02-20")  # due 2026-03-22, told 2026-03-15
    elif kind == "overdue":
        assign(cast.bob, yearly, "2026-02-12")  # due 2026-03-14
    elif kind == "non_compliant":
        assign(cast.bob, yearly, "2025-03-14", due_on=None)
        complete(cast.bob, yearly, "2025-03-14", status="not_started", percent=0)  # until 2026-03-14
    else:
        assign(cast.bob, yearly, "2025-04-14", due_on=None)
        complete(cast.bob, yearly, "2025-04-14")  # opens 2026-03-15
    failed: list[BaseException] = []

    def record() -> None:
        try:
            enter(cast, "2026-03-10")
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failed.append(error)
        finally:
            connections.close_all()

    with on_day(TODAY):
        with night_held_open(cast.acme, TODAY, monkeypatch=monkeypatch) as commit:
            writer = threading.Thread(target=record)
            writer.start()
            writer.join(PATIENCE)
            commit()
        writer.join()
        assert failed == []
        with tenant_scope(cast.acme.pk):
            told = OutboxMessage.objects.filter(kind=kind).count()
            assert told == 1  # the night did tell it, and it was taken back
            assert CourseResult.objects.get().completed_on == D("2026-03-10")
            assert list(CourseAssignment.objects.filter(course=yearly).values_list("due_on", flat=True)) == [None]
        assert open_messages(cast) == []


def test_L52_changed_settings_wait_for_an_import_that_has_read_the_old_ones(
    cast: Cast, imports: Imports, yearly: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = today(cast.acme) - dt.timedelta(days=10)
    checked = imports.run("completions", f"username,course code,completion date\nbob,FIRE-2,{day}\n", check_only=True)
    imports.confirm(checked, messages="suppress", works=False)
    arrived, go_on = threading.Event(), threading.Event()

    def hold(point: str, **_: Any) -> None:
        if point == "finish.before_commit":
            arrived.set()
            assert go_on.wait(30)

    monkeypatch.setattr(applying, "reach", hold)
    importing = in_thread(lambda: work_until_idle(seconds=30))
    assert arrived.wait(30)
    with tenant_scope(cast.acme.pk):
        course = Course.objects.get(pk=yearly.pk)
        course.compliant_for = Period.parse("180 days")
        save_settings(course, tenant=cast.acme, actor=cast.adam, changed=["compliant_for"], to_completed=True)
    pushing = in_thread(push_settings)
    pushing.join(PATIENCE)
    go_on.set()
    importing.join()
    pushing.join()
    with tenant_scope(cast.acme.pk):
        assert SettingsPush.objects.get().done_at is not None
        assert CourseResult.objects.get().compliant_until == day + dt.timedelta(days=180)


def test_L53_assigned_twice_at_once_is_assigned_and_told_once(cast: Cast, yearly: Course) -> None:
    on = today(cast.acme)
    change_course(yearly, due_within=None, due_on=on - dt.timedelta(days=3))
    counts: list[int] = []

    def give() -> None:
        with tenant_scope(cast.acme.pk):
            course = Course.objects.get(pk=yearly.pk)
            counts.append(
                assign_people([cast.bob.pk, cast.ben.pk], course=course, actor=cast.adam, on=on, messages="send")
            )

    for thread in [in_thread(give), in_thread(give)]:
        thread.join()
    assert sorted(counts) == [0, 2]
    assert open_messages(cast) == [("overdue", "queued")] * 2
