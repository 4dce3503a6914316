"""One run for one tenant and day: whole, once, at the tenant's hour. What parts do is tested with their apps."""

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections

from lms.audit.models import AuditEvent
from lms.courses.models import CourseAssignment
from lms.daily import parts, services, tasks
from lms.daily.models import DailyRun
from lms.daily.parts import DailyContext, register_part
from lms.daily.services import find_due, run_daily, run_each
from lms.embedded.product import PROJECT
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

TODAY = dt.date(2026, 3, 15)


def at(text: str) -> time_machine.travel:
    """Stop the clock at a moment in UTC."""
    return time_machine.travel(dt.datetime.fromisoformat(f"{text}+00:00"), tick=False)


def run_days(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.pk):
        return [str(day) for day in DailyRun.objects.order_by("run_on").values_list("run_on", flat=True)]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[DailyContext]:
    """The contexts that a part of this test's own was given; it is the last part."""
    contexts: list[DailyContext] = []

    def look(context: DailyContext) -> dict[str, int]:
        contexts.append(context)
        return {"looked": 1}

    monkeypatch.setattr(parts, "_registry", {**parts.all_parts(), "looking": look})
    return contexts


def test_parts_run_in_order_and_know_the_days_they_answer_for(cast: Cast, seen: list[DailyContext]) -> None:
    assert list(parts.all_parts()) == ["courses", "completions", "certifications", "offline_records", "looking"]
    for day in (TODAY, TODAY + dt.timedelta(days=1), TODAY + dt.timedelta(days=5)):
        run_daily(cast.acme, as_of=day)
    assert [(str(context.previous), str(context.as_of), context.group) for context in seen] == [
        ("2026-03-14", "2026-03-15", "day:2026-03-15"),
        ("2026-03-15", "2026-03-16", "day:2026-03-16"),
        ("2026-03-16", "2026-03-20", "day:2026-03-20"),
    ]


def test_a_part_has_a_name_of_its_own() -> None:
    with pytest.raises(ValueError, match="courses"):
        register_part("courses", lambda _context: {})


def test_G04_a_run_keeps_its_counts_and_is_one_fact_of_the_audit_history(cast: Cast, seen: list[DailyContext]) -> None:
    run = run_daily(cast.acme, as_of=TODAY)
    assert run is not None
    with tenant_scope(cast.acme.pk):
        stored = DailyRun.objects.get()
        (event,) = AuditEvent.objects.all()
    assert stored.counts == run.counts
    assert (stored.counts["courses"], stored.counts["looking"]) == ({"assigned": 2}, {"looked": 1})
    assert stored.started_at == seen[0].now <= stored.finished_at
    assert (event.action, event.actor_id, event.details) == (
        "daily.run.finished",
        None,
        {"day": "2026-03-15", "counts": stored.counts},
    )


def test_a_day_is_run_once_and_an_earlier_one_not_at_all(cast: Cast, seen: list[DailyContext]) -> None:
    assert run_daily(cast.acme, as_of=TODAY) is not None
    assert run_daily(cast.acme, as_of=TODAY) is None
    assert run_daily(cast.acme, as_of=TODAY - dt.timedelta(days=1)) is None
    assert (run_days(cast.acme), run_days(cast.zebra), len(seen)) == (["2026-03-15"], [], 1)


def test_an_organisation_that_is_closed_has_no_days(cast: Cast, seen: list[DailyContext]) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(is_active=False)
    cast.acme.refresh_from_db()
    with at("2026-03-15 20:00"):
        assert run_daily(cast.acme, as_of=TODAY) is None
        run_each(find_due())
    assert [context.tenant for context in seen] == [cast.zebra]


def test_what_fails_leaves_nothing_and_is_done_whole_by_the_next_run(
    cast: Cast, seen: list[DailyContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(point: str) -> None:
        if point == "daily.before_commit":
            raise RuntimeError(point)

    with monkeypatch.context() as patched:
        patched.setattr(services, "reach", fail)
        with pytest.raises(RuntimeError, match=r"daily\.before_commit"):
            run_daily(cast.acme, as_of=TODAY)
    with tenant_scope(cast.acme.pk):
        assert (DailyRun.objects.count(), CourseAssignment.objects.count(), AuditEvent.objects.count()) == (0, 0, 0)
    run = run_daily(cast.acme, as_of=TODAY)
    assert run is not None
    assert run.counts["courses"] == {"assigned": 2}
    assert [str(context.previous) for context in seen] == ["2026-03-14", "2026-03-14"]


def test_one_organisation_that_fails_does_not_stop_the_others(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail_for_acme(context: DailyContext) -> dict[str, int]:
        if context.tenant == cast.acme:
            raise RuntimeError("no luck")
        return {}

    monkeypatch.setattr(parts, "_registry", {"failing": fail_for_acme})
    with at("2026-03-15 20:00"):
        assert [run.tenant for run in run_each(find_due())] == [cast.zebra]
        assert [tenant for tenant, _ in find_due()] == [cast.acme]  # to be tried again
    assert f"daily job of tenant {cast.acme.pk} for 2026-03-15 failed" in caplog.text


# --- When -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "hour", "moment", "day"),
    [
        ("Europe/London", 8, "2026-03-15 07:59", None),
        ("Europe/London", 8, "2026-03-15 08:00", "2026-03-15"),
        ("Europe/London", 8, "2026-07-15 07:00", "2026-07-15"),  # summer time
        ("Europe/Berlin", 2, "2026-03-29 00:59", None),
        ("Europe/Berlin", 2, "2026-03-29 01:00", "2026-03-29"),  # from 1:59 to 3:00: there is no two o'clock
        ("Europe/Berlin", 0, "2026-03-14 23:05", "2026-03-15"),
        ("Pacific/Auckland", 23, "2026-03-15 09:59", None),
        ("Pacific/Auckland", 23, "2026-03-15 10:00", "2026-03-15"),
        ("America/Los_Angeles", 20, "2026-03-16 03:30", "2026-03-15"),  # yesterday there
    ],
)
def test_L56_each_organisation_has_its_day_at_its_own_hour(
    cast: Cast, zone: str, hour: int, moment: str, day: str | None
) -> None:
    Tenant.objects.exclude(pk=cast.acme.pk).update(is_active=False)
    Tenant.objects.filter(pk=cast.acme.pk).update(time_zone=zone, reminder_hour=hour)
    with at(moment):
        assert [str(found) for _, found in find_due()] == ([day] if day else [])


def test_looking_often_and_late_runs_each_day_once(cast: Cast, seen: list[DailyContext]) -> None:
    Tenant.objects.exclude(pk=cast.acme.pk).update(is_active=False)
    for moment in ("03-15 08:00", "03-15 08:05", "03-15 23:55", "03-16 00:05", "03-20 22:00", "03-20 22:05"):
        with at(f"2026-{moment}"):
            run_each(find_due())
    assert run_days(cast.acme) == ["2026-03-15", "2026-03-20"]
    assert str(seen[-1].previous) == "2026-03-15"


def test_the_hour_that_comes_twice_in_autumn_runs_the_day_once(cast: Cast, seen: list[DailyContext]) -> None:
    Tenant.objects.exclude(pk=cast.acme.pk).update(is_active=False)
    Tenant.objects.filter(pk=cast.acme.pk).update(time_zone="Europe/Berlin", reminder_hour=2)
    for moment in ("00:05", "01:05", "02:05"):  # 2:05, 2:05 and 3:05 in Berlin
        with at(f"2026-10-25 {moment}"):
            run_each(find_due())
    assert (run_days(cast.acme), len(seen)) == (["2026-10-25"], 1)


def test_the_task_has_each_organisation_run_by_a_message_of_its_own(
    cast: Cast, seen: list[DailyContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[int, str]] = []
    monkeypatch.setattr(tasks.run_tenant, "apply_async", lambda args, expires: sent.append(args))  # noqa: ARG005
    with at("2026-03-15 20:00"):
        tasks.look_at_clocks()
    assert sent == [(cast.acme.pk, "2026-03-15"), (cast.zebra.pk, "2026-03-15")]
    for _ in range(2):
        for message in sent:
            tasks.run_tenant(*message)
    assert [context.tenant for context in seen] == [cast.acme, cast.zebra]


# --- By hand ----------------------------------------------------------------------------------------------------------


def test_the_command_runs_what_is_due_or_one_day_of_one_organisation(
    cast: Cast, seen: list[DailyContext], capsys: pytest.CaptureFixture[str]
) -> None:
    with at("2026-03-15 06:00"):
        call_command("run_daily")
        call_command("run_daily", tenant="acme", as_of=dt.date(2026, 3, 14))
        call_command("run_daily", tenant="acme")
        call_command("run_daily", tenant="acme")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == lines[3] == "Nothing to do: every day has had its run, or its hour has not come."
    assert lines[1].startswith("acme 2026-03-14: courses.assigned 2, completions.retakes_opened 0, ")
    assert lines[2].startswith("acme 2026-03-15: courses.assigned 0, ")
    assert (run_days(cast.acme), run_days(cast.zebra), len(seen)) == (["2026-03-14", "2026-03-15"], [], 2)


@pytest.mark.parametrize(
    ("options", "code"),
    [({"tenant": "nobody"}, 2), ({"tenant": "acme", "as_of": dt.date(2026, 3, 16)}, 2), ({"tenant": "acme"}, 3)],
    ids=["no such organisation", "tomorrow", "it fails"],
)
def test_the_command_says_what_is_wrong(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], code: int
) -> None:
    def fail(_context: DailyContext) -> dict[str, int]:
        raise RuntimeError("no luck")

    monkeypatch.setattr(parts, "_registry", {"failing": fail})
    with at("2026-03-15 06:00"), pytest.raises(CommandError) as refused:
        call_command("run_daily", **options)
    assert (refused.value.returncode, run_days(cast.acme)) == (code, [])


# --- Two at once, and one that is killed ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_run_a_day_once(cast: Cast, seen: list[DailyContext]) -> None:
    def run() -> DailyRun | None:
        return run_daily(cast.acme, as_of=TODAY)

    runs = at_once(run, run, run)
    assert [type(found).__name__ for found in sorted(runs, key=str)] == ["NoneType", "NoneType", "DailyRun"]
    assert (run_days(cast.acme), len(seen)) == (["2026-03-15"], 1)
    with tenant_scope(cast.acme.pk):
        assert (CourseAssignment.objects.count(), AuditEvent.objects.count()) == (2, 1)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Begin all at the same moment, each with its own connection; return what each returned."""
    answers: list[Any] = [None] * len(works)
    gate = threading.Barrier(len(works))

    def run(place: int, work: Callable[[], Any]) -> None:
        gate.wait()
        try:
            answers[place] = work()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", ["daily.after_courses", "daily.before_commit"])
def test_a_run_that_is_killed_changes_nothing_and_the_next_does_all(cast: Cast, point: str) -> None:
    settings = connection.settings_dict
    database = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + str(settings["NAME"])
    environment = {**os.environ, "DATABASE_URL": database, "ROLLBOOK_FAILPOINT": f"{point}:kill:1"}
    command = [sys.executable, "manage.py", "run_daily", "--tenant", "acme", "--as-of", "2026-03-15"]
    killed = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with tenant_scope(cast.acme.pk):
        assert (DailyRun.objects.count(), CourseAssignment.objects.count(), AuditEvent.objects.count()) == (0, 0, 0)
    run = run_daily(cast.acme, as_of=TODAY)
    assert run is not None
    assert run.counts["courses"] == {"assigned": 2}
