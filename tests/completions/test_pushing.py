"""Changed settings are counted, then brought to people once (L-52, L-55, L-92, U6)."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from completions.kinds import NON_COMPLIANT, OVERDUE, RETAKE_OPEN
from completions.models import Achievement, CourseResult, Origin, ResultChange, SettingsPush, Status
from completions.pushing import Effects, PushPreview, carry_out_next, preview_push, save_settings
from completions.tasks import push_settings
from lms.audit.models import AuditEvent
from lms.core.periods import Period
from lms.courses.models import Course, CourseAssignment
from lms.notifications.choices import KindCount
from lms.notifications.models import Notice, OutboxMessage
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

TODAY = dt.date(2026, 3, 15)
NOON = dt.datetime(2026, 3, 15, 12, tzinfo=dt.UTC)
YEAR, HALF = Period.parse("365 days"), Period.parse("180 days")


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def complete(person: User, course: Course, day: str, *, until: str = "", opens: str = "", **more: Any) -> CourseResult:
    """A current completion with the dates of the settings at the time."""
    completed_on = dt.date.fromisoformat(day)
    dates = {
        "compliant_until": dt.date.fromisoformat(until) if until else None,
        "retake_opens_on": dt.date.fromisoformat(opens) if opens else None,
    }
    CourseAssignment.objects.get_or_create(
        tenant_id=person.tenant_id, person=person, course=course, defaults={"assigned_on": completed_on}
    )
    achievement = Achievement.objects.create(
        tenant_id=person.tenant_id,
        person=person,
        course=course,
        completed_on=completed_on,
        compliant_until=dates["compliant_until"],
        origin=Origin.MANUAL,
        recorded_at=timezone.now(),
    )
    return CourseResult.objects.create(
        tenant_id=person.tenant_id,
        person=person,
        course=course,
        completed_on=completed_on,
        achievement=achievement,
        updated_at=timezone.now(),
        **({"status": Status.COMPLETED, "percent": 100} | dates | more),
    )


def assign(person: User, course: Course, day: str, *, due: str = "") -> None:
    CourseAssignment.objects.create(
        tenant_id=person.tenant_id,
        person=person,
        course=course,
        assigned_on=dt.date.fromisoformat(day),
        due_on=dt.date.fromisoformat(due) if due else None,
    )


def change(cast: Cast, *, to_completed: bool = False, messages: str = "", **terms: Any) -> None:
    """Save other settings of FIRE-2 and let the worker do its part."""
    course = Course.objects.get(pk=cast.fire.pk)
    for name, value in terms.items():
        setattr(course, name, value)
    save_settings(
        course, tenant=cast.acme, actor=cast.adam, changed=list(terms), to_completed=to_completed, messages=messages
    )
    while carry_out_next(cast.acme):
        pass


def preview(cast: Cast, **terms: Any) -> PushPreview:
    course = Course.objects.get(pk=cast.fire.pk)
    for name, value in terms.items():
        setattr(course, name, value)
    return preview_push(course, on=TODAY)


def stored() -> dict[str, tuple[str, str, bool]]:
    """Until when each person is compliant, when the retake opens, whether lapsed on arrival."""
    return {
        found.person.username: (str(found.compliant_until), str(found.retake_opens_on), found.lapsed_on_arrival)
        for found in CourseResult.objects.select_related("person").order_by("person__username")
    }


def due_dates() -> dict[str, str]:
    found = CourseAssignment.objects.order_by("person__username").values_list("person__username", "due_on")
    return {username: str(day) for username, day in found}


def settled() -> dict[str, str]:
    """Through which day nothing more is told, by person; results and assignments."""
    rows = [
        *CourseResult.objects.values_list("person__username", "messages_suppressed_through"),
        *CourseAssignment.objects.values_list("person__username", "messages_suppressed_through"),
    ]
    return {username: str(day) for username, day in rows if day is not None}


def mails() -> list[tuple[str, str, list[dict[str, Any]]]]:
    found = OutboxMessage.objects.order_by("to_address", "kind")
    return [(mail.to_address, mail.kind, mail.params["items"]) for mail in found]


@pytest.fixture
def year(cast: Cast) -> Cast:
    """FIRE-2 counts for 365 days, its retake opens 30 days before."""
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.fire.pk).update(compliant_for=YEAR, retake_days=30)
    return cast


def test_L52_case_A_not_ticked_the_dates_of_completed_people_stay(year: Cast) -> None:
    with tenant_scope(year.acme.pk):
        complete(year.bob, year.fire, "2026-01-10", until="2027-01-10", opens="2026-12-11")
        change(year, compliant_for=HALF)

        assert stored() == {"bob": ("2027-01-10", "2026-12-11", False)}
        assert (settled(), SettingsPush.objects.count()) == ({}, 0)
        assert Course.objects.get(pk=year.fire.pk).compliant_for == HALF


def test_L52_case_A_ticked_the_dates_are_counted_from_the_completion_and_history_keeps_its_own(year: Cast) -> None:
    with tenant_scope(year.acme.pk):
        complete(year.bob, year.fire, "2026-01-10", until="2027-01-10", opens="2026-12-11")
        change(year, compliant_for=HALF, to_completed=True)

        assert stored() == {"bob": ("2026-07-09", "2026-06-09", False)}
        assert settled() == {"bob": "2026-03-15"}
        assert [str(found.compliant_until) for found in Achievement.objects.all()] == ["2027-01-10"]


def test_L51_L52_ticked_for_ever_takes_the_dates_away(year: Cast) -> None:
    with tenant_scope(year.acme.pk):
        complete(year.bob, year.fire, "2024-01-10", until="2025-01-09", opens="2024-12-10", lapsed_on_arrival=True)
        change(year, compliant_for=None, retake_days=None, to_completed=True)
        assert stored() == {"bob": ("None", "None", False)}


def test_D01_left_lapsed_stays_only_who_was_and_still_is(year: Cast) -> None:
    with tenant_scope(year.acme.pk):
        complete(year.bob, year.fire, "2025-03-01", until="2026-03-01", opens="2026-01-30", lapsed_on_arrival=True)
        complete(year.ben, year.fire, "2026-03-01", until="2027-03-01", opens="2027-01-30")
        complete(year.carl, year.fire, "2025-03-01", until="2026-03-01", opens="2026-01-30")

        change(year, compliant_for=Period.parse("10 days"), retake_days=3, to_completed=True, messages="send")
        assert {name: lapsed for name, (_, _, lapsed) in stored().items()} == {
            "bob": True,
            "ben": False,
            "carl": False,
        }
        assert [(to, kind) for to, kind, _ in mails()] == [("ben@acme.example", NON_COMPLIANT)]

        change(year, compliant_for=Period.parse("2 years"), to_completed=True)
        assert stored()["bob"] == ("2027-03-01", "2027-02-26", False)


def test_U6_L55_a_changed_span_moves_who_has_not_completed_and_nobody_else(cast: Cast) -> None:
    with time_machine.travel(dt.datetime(2026, 2, 20, 12, tzinfo=dt.UTC), tick=False), tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.fire.pk).update(due_within=Period.parse("30 days"))
        assign(cast.bob, cast.fire, "2026-01-05", due="2026-02-04")
        assign(cast.ben, cast.fire, "2026-02-01", due="2026-03-03")
        CourseResult.objects.create(
            tenant=cast.acme,
            person=cast.ben,
            course=cast.fire,
            status=Status.IN_PROGRESS,
            percent=40,
            updated_at=timezone.now(),
        )
        complete(cast.carl, cast.fire, "2026-01-10", status=Status.NOT_STARTED)
        change(cast, due_within=Period.parse("60 days"))

        assert due_dates() == {"bob": "2026-03-06", "ben": "2026-04-02", "carl": "None"}
        assert settled() == {"bob": "2026-02-20", "ben": "2026-02-20"}


def test_L92_the_preview_counts_who_changes_standing_and_what_they_are_told(year: Cast) -> None:
    with tenant_scope(year.acme.pk):
        complete(year.bob, year.fire, "2025-08-01", until="2026-08-01", opens="2026-07-02")
        complete(year.ben, year.fire, "2026-01-10", until="2027-01-10", opens="2026-12-11")
        complete(year.carl, year.fire, "2025-10-01", until="2026-10-01", opens="2026-09-01")
        User.objects.filter(pk=year.carl.pk).update(email="")
        assign(year.lea, year.fire, "2026-01-05")
        SettingsPush.objects.all().delete()

        assert preview(year, compliant_for=HALF, due_within=Period.parse("30 days")) == PushPreview(
            assigned=Effects(
                people=1,
                earlier=1,
                moves={("not_completed", "overdue"): 1},
                messages=(KindCount(kind=OVERDUE, with_email=1),),
            ),
            completed=Effects(
                people=3,
                earlier=3,
                moves={("compliant", "non_compliant"): 1, ("compliant", "retake_open"): 1},
                messages=(
                    KindCount(kind=NON_COMPLIANT, with_email=1),
                    KindCount(kind=RETAKE_OPEN, without_email=1),
                ),
            ),
        )
        assert (stored()["bob"], SettingsPush.objects.count(), mails()) == (("2026-08-01", "2026-07-02", False), 0, [])


def test_L92_send_tells_exactly_what_was_counted_and_settles_it(year: Cast) -> None:
    with tenant_scope(year.acme.pk):
        complete(year.bob, year.fire, "2025-08-01", until="2026-08-01", opens="2026-07-02")
        complete(year.carl, year.fire, "2025-10-01", until="2026-10-01", opens="2026-09-01")
        assign(year.ben, year.fire, "2026-01-05")
        change(year, compliant_for=HALF, due_within=Period.parse("30 days"), to_completed=True, messages="send")
        about = {"course_id": year.fire.pk, "code": "FIRE-2", "course": "Fire Safety Awareness"}

        assert mails() == [
            ("ben@acme.example", OVERDUE, [about | {"due_on": "2026-02-04"}]),
            (
                "bob@acme.example",
                NON_COMPLIANT,
                [about | {"completed_on": "2025-08-01", "compliant_until": "2026-01-28"}],
            ),
            (
                "carl@acme.example",
                RETAKE_OPEN,
                [about | {"completed_on": "2025-10-01", "compliant_until": "2026-03-30"}],
            ),
        ]
        assert Notice.objects.count() == 3
        assert settled() == {"ben": "2026-03-15", "bob": "2026-03-15", "carl": "2026-03-15"}
        assert SettingsPush.objects.get().counts["messages"] == 3


def test_L92_do_not_send_tells_nothing_and_settles_the_day(year: Cast) -> None:
    with tenant_scope(year.acme.pk):
        complete(year.bob, year.fire, "2025-08-01", until="2026-08-01", opens="2026-07-02")
        change(year, compliant_for=HALF, to_completed=True, messages="suppress")

        assert (mails(), Notice.objects.count(), settled()) == ([], 0, {"bob": "2026-03-15"})


def test_E19_deactivated_people_and_the_time_away_are_told_nothing(year: Cast) -> None:
    with tenant_scope(year.acme.pk):
        for person in (year.bob, year.ben):
            complete(person, year.fire, "2025-08-01", until="2026-08-01", opens="2026-07-02")
        User.objects.filter(pk=year.bob.pk).update(is_active=False)
        User.objects.filter(pk=year.ben.pk).update(active_since=dt.date(2026, 3, 1))

        counted = preview(year, compliant_for=HALF).completed
        assert (counted.people, counted.messages) == (1, ())
        change(year, compliant_for=HALF, to_completed=True, messages="send")
        assert (mails(), set(stored())) == ([], {"bob", "ben"})
        assert stored()["bob"] == stored()["ben"] == ("2026-01-28", "2025-12-29", False)


def test_E72_a_kind_that_is_off_for_the_course_is_neither_counted_nor_sent(year: Cast) -> None:
    with tenant_scope(year.acme.pk):
        complete(year.bob, year.fire, "2025-08-01", until="2026-08-01", opens="2026-07-02")
        switches = {NON_COMPLIANT: False}

        assert preview(year, compliant_for=HALF, message_switches=switches).completed.messages == ()
        change(year, compliant_for=HALF, message_switches=switches, to_completed=True, messages="send")
        assert mails() == []


def test_L92_who_was_in_that_state_before_is_not_told_again(year: Cast) -> None:
    with tenant_scope(year.acme.pk):
        complete(year.bob, year.fire, "2025-01-10", until="2026-01-10", opens="2025-12-11")
        Course.objects.filter(pk=year.fire.pk).update(due_within=Period.parse("10 days"))
        assign(year.ben, year.fire, "2026-01-05", due="2026-01-15")
        change(year, compliant_for=HALF, due_within=Period.parse("20 days"), to_completed=True, messages="send")
        assert (mails(), due_dates()["ben"]) == ([], "2026-01-25")


def test_exactly_once_also_when_it_fails_before_it_is_done_and_others_do_not_wait_for_it(
    year: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with tenant_scope(year.acme.pk):
        complete(year.bob, year.fire, "2025-08-01", until="2026-08-01", opens="2026-07-02")
        course = Course.objects.get(pk=year.fire.pk)
        course.compliant_for = HALF
        save_settings(
            course, tenant=year.acme, actor=year.adam, changed=["compliant_for"], to_completed=True, messages="send"
        )
    with tenant_scope(year.zebra.pk):
        complete(year.zoe, year.zebra_safe, "2026-01-10", until="2027-01-10")
        course = Course.objects.get(pk=year.zebra_safe.pk)
        course.compliant_for = HALF
        owner = year.charlie
        save_settings(course, tenant=year.zebra, actor=owner, changed=["compliant_for"], to_completed=True)

    def fail_once(_point: str) -> None:
        monkeypatch.undo()
        raise ZeroDivisionError

    monkeypatch.setattr("completions.pushing.reach", fail_once)
    push_settings()
    assert f"of tenant {year.acme.pk} could not be carried out" in caplog.text
    with tenant_scope(year.zebra.pk):
        assert stored() == {"zoe": ("2026-07-09", "None", False)}
    with tenant_scope(year.acme.pk):
        assert (stored()["bob"][0], mails(), SettingsPush.objects.get().done_at) == ("2026-08-01", [], None)
    push_settings()
    push_settings()

    with tenant_scope(year.acme.pk):
        assert (stored()["bob"][0], len(mails()), SettingsPush.objects.get().done_at) == ("2026-01-28", 1, NOON)
        actions = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
        assert list(actions) == ["courses.settings.changed", "completions.settings.pushed"]


def test_L52_two_waiting_pushes_keep_what_each_was_saved_with(year: Cast) -> None:
    with tenant_scope(year.acme.pk):
        complete(year.bob, year.fire, "2026-01-10", until="2027-01-10", opens="2026-12-11")
        course = Course.objects.get(pk=year.fire.pk)
        for period, ticked in ((HALF, True), (Period.parse("90 days"), False)):
            course.compliant_for = period
            save_settings(course, tenant=year.acme, actor=year.adam, changed=["compliant_for"], to_completed=ticked)
        push_settings_here = [carry_out_next(year.acme), carry_out_next(year.acme)]

        assert push_settings_here == [True, False]
        assert stored() == {"bob": ("2026-07-09", "2026-06-09", False)}


def test_another_tenants_people_and_other_courses_stay_untouched(year: Cast) -> None:
    with tenant_scope(year.zebra.pk):
        complete(year.zoe, year.zebra_safe, "2026-01-10", until="2027-01-10")
    with tenant_scope(year.acme.pk):
        complete(year.bob, year.safe, "2026-01-10", until="2027-01-10")
        assign(year.ben, year.safe, "2026-01-10", due="2027-01-10")
        change(year, compliant_for=HALF, due_within=Period.parse("1 day"), to_completed=True, messages="send")
        assert (stored(), due_dates()["ben"], settled()) == ({"bob": ("2027-01-10", "None", False)}, "2027-01-10", {})
    with tenant_scope(year.zebra.pk):
        assert stored() == {"zoe": ("2027-01-10", "None", False)}


def test_a_constant_number_of_statements(year: Cast, django_assert_max_num_queries: Any) -> None:
    with tenant_scope(year.acme.pk):
        for number, person in enumerate((year.bob, year.ben, year.carl, year.lea, year.adam)):
            complete(person, year.fire, f"2026-01-{10 + number}", until=f"2027-01-{10 + number}")
        with django_assert_max_num_queries(10):
            preview(year, compliant_for=HALF)
        with django_assert_max_num_queries(30):
            change(year, compliant_for=HALF, to_completed=True, messages="send")


def test_E33_the_links_of_changes_live_through_the_push_too(year: Cast) -> None:
    with tenant_scope(year.acme.pk):
        complete(year.bob, year.fire, "2026-01-10", until="2027-01-10", opens="2026-12-11")
        ResultChange.objects.create(
            tenant=year.acme,
            person=year.bob,
            course=year.fire,
            changed_at=timezone.now(),
            before_status=Status.COMPLETED,
            before_completed_on=dt.date(2025, 5, 1),
            before_compliant_until=dt.date(2026, 5, 1),
            before_lapsed_on_arrival=False,
            after_status=Status.COMPLETED,
            after_completed_on=dt.date(2026, 1, 10),
            after_compliant_until=dt.date(2027, 1, 10),
            after_retake_opens_on=dt.date(2026, 12, 11),
        )
        change(year, compliant_for=HALF, to_completed=True)
        link = ResultChange.objects.get()

        assert (str(link.before_compliant_until), str(link.before_retake_opens_on)) == ("2025-10-28", "2025-09-28")
        assert (str(link.after_compliant_until), str(link.after_retake_opens_on)) == ("2026-07-09", "2026-06-09")
        assert link.before_messages_suppressed_through == link.after_messages_suppressed_through == TODAY
