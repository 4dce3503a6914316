"""The nights after: what the daily job opens and tells, day by day (spec: dates). "Today" is 2026-03-15."""

import pytest

from completions.kinds import OBLIGATIONS
from lms.core.periods import Period
from lms.courses.models import Course, CourseAssignment
from lms.daily.services import run_daily
from lms.notifications.models import MessageSwitch, Notice, OutboxMessage
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.completions.daily_data import (
    REMINDING,
    TODAY,
    Told,
    assign,
    change_course,
    complete,
    day,
    run_nights,
    status_of,
    told,
)
from tests.plugins.cast import Cast
from tests.plugins.standing import dump_tables

OPEN = ("not_started", 0)
DONE = ("completed", 100)
YEARLY = {"compliant_for": Period.parse("365 days"), "retake_days": 30}


@pytest.fixture
def yearly(cast: Cast) -> Course:
    """FIRE-2, compliant for 365 days, retake 30 days before: the course of the tables."""
    change_course(cast.fire, **YEARLY)
    return cast.fire


@pytest.fixture
def within_30(cast: Cast) -> Course:
    """FIRE-2, due within 30 days (U1)."""
    change_course(cast.fire, due_within=Period.parse("30 days"))
    return cast.fire


# --- Course compliance ------------------------------------------------------------------------------------------------


def test_case_A_the_retake_opens_once_and_compliance_ends_the_day_after_the_last(cast: Cast, yearly: Course) -> None:
    complete(cast.bob, yearly, "2026-01-10")
    run_nights(cast.acme, "2026-12-08", "2026-12-10")
    assert status_of(cast.bob, yearly) == (*DONE, "2026-01-10")
    run_nights(cast.acme, "2026-12-11", "2027-01-15")
    assert status_of(cast.bob, yearly) == (*OPEN, "2026-01-10")
    assert told(cast.acme) == [
        Told("2026-12-11", "retake_open", "bob", ("FIRE-2",)),
        Told("2027-01-11", "non_compliant", "bob", ("FIRE-2",)),
    ]


def test_case_B_after_a_quiet_import_the_reset_happens_and_the_message_does_not(cast: Cast, yearly: Course) -> None:
    complete(cast.bob, yearly, "2025-04-01", messages_suppressed_through=TODAY)
    run_nights(cast.acme, "2026-03-15", "2026-04-05")
    assert status_of(cast.bob, yearly) == (*OPEN, "2025-04-01")
    assert told(cast.acme) == [Told("2026-04-02", "non_compliant", "bob", ("FIRE-2",))]


def test_case_C_somebody_on_the_last_day_is_told_the_day_after(cast: Cast, yearly: Course) -> None:
    complete(cast.bob, yearly, "2025-03-15", messages_suppressed_through=TODAY)
    run_nights(cast.acme, "2026-03-16", "2026-03-20")
    assert status_of(cast.bob, yearly) == (*OPEN, "2025-03-15")
    assert told(cast.acme) == [Told("2026-03-16", "non_compliant", "bob", ("FIRE-2",))]


@pytest.mark.parametrize("completed_on", ["2025-03-14", pytest.param("2018-03-03", id="E")])
def test_D_01_case_D_box_off_thirty_nights_forward_still_complete_and_no_message(
    cast: Cast, yearly: Course, completed_on: str
) -> None:
    change_course(yearly, **REMINDING)
    complete(cast.bob, yearly, completed_on, messages_suppressed_through=TODAY, lapsed_on_arrival=True)
    before = dump_tables(cast.acme)
    run_nights(cast.acme, "2026-03-16", "2026-04-14")
    assert status_of(cast.bob, yearly) == (*DONE, completed_on)
    assert (told(cast.acme), dump_tables(cast.acme)["completions_courseresult"]) == (
        [],
        before["completions_courseresult"],
    )


def test_case_D_box_on_later_reminders_follow_the_rhythm_of_the_course(cast: Cast, yearly: Course) -> None:
    change_course(yearly, remind_every=Period.parse("1 week"), remind_at_most=3)
    complete(cast.bob, yearly, "2025-03-14", status="not_started", percent=0, messages_suppressed_through=TODAY)
    run_nights(cast.acme, "2026-03-15", "2026-05-01")
    assert told(cast.acme) == [
        Told("2026-03-22", "non_compliant", "bob", ("FIRE-2",)),
        Told("2026-03-29", "non_compliant", "bob", ("FIRE-2",)),
    ]
    assert status_of(cast.bob, yearly) == (*OPEN, "2025-03-14")


def test_case_J_L51_for_ever_has_no_later_day(cast: Cast) -> None:
    change_course(cast.fire, retake_days=30, **REMINDING)
    complete(cast.bob, cast.fire, "1990-01-01")
    run_nights(cast.acme, "2026-03-16", "2026-03-20")
    assert (status_of(cast.bob, cast.fire), told(cast.acme)) == ((*DONE, "1990-01-01"), [])


def test_L50_90_days_and_30_from_1_January_reset_and_mail_on_2_March_lapsed_from_2_April(cast: Cast) -> None:
    change_course(cast.fire, compliant_for=Period.parse("90 days"), retake_days=30)
    complete(cast.bob, cast.fire, "2026-01-01")
    run_nights(cast.acme, "2026-02-27", "2026-03-01")
    assert (status_of(cast.bob, cast.fire), told(cast.acme)) == ((*DONE, "2026-01-01"), [])
    run_nights(cast.acme, "2026-03-02", "2026-03-02")
    assert status_of(cast.bob, cast.fire) == (*OPEN, "2026-01-01")
    assert told(cast.acme) == [Told("2026-03-02", "retake_open", "bob", ("FIRE-2",))]
    run_nights(cast.acme, "2026-03-03", "2026-04-01")
    assert len(told(cast.acme)) == 1
    run_nights(cast.acme, "2026-04-02", "2026-04-04")
    assert told(cast.acme)[1:] == [Told("2026-04-02", "non_compliant", "bob", ("FIRE-2",))]


def test_X1_a_retake_that_is_under_way_is_left_alone(cast: Cast, yearly: Course) -> None:
    complete(cast.bob, yearly, "2025-04-01", status="in_progress", percent=40)
    run_nights(cast.acme, "2026-03-01", "2026-03-04")
    assert (status_of(cast.bob, yearly), told(cast.acme)) == (("in_progress", 40, "2025-04-01"), [])


def test_opening_a_retake_changes_nothing_but_status_and_percent(cast: Cast, yearly: Course) -> None:
    complete(cast.bob, yearly, "2025-04-01")
    (before,) = dump_tables(cast.acme)["completions_courseresult"]
    run_nights(cast.acme, "2026-03-02", "2026-03-02")
    (after,) = dump_tables(cast.acme)["completions_courseresult"]
    assert after == before | {"status": "not_started", "percent": 0}


# --- Due dates --------------------------------------------------------------------------------------------------------


def test_U1_overdue_is_told_once_the_day_after_the_due_date(cast: Cast, within_30: Course) -> None:
    assign(cast.bob, within_30, "2026-01-05")
    run_nights(cast.acme, "2026-01-06", "2026-02-20")
    assert told(cast.acme) == [Told("2026-02-05", "overdue", "bob", ("FIRE-2",))]


def test_U2_L56_reminders_from_seven_days_before_every_two_days_at_most_four(cast: Cast, within_30: Course) -> None:
    change_course(within_30, **REMINDING)
    assign(cast.bob, within_30, "2026-01-05")
    run_nights(cast.acme, "2026-01-06", "2026-02-20")
    assert [(message.day, message.kind) for message in told(cast.acme)] == [
        ("2026-01-28", "due_reminder"),
        ("2026-01-30", "due_reminder"),
        ("2026-02-01", "due_reminder"),
        ("2026-02-03", "due_reminder"),
        ("2026-02-05", "overdue"),
    ]


def test_U3_a_completion_ends_the_reminders(cast: Cast, within_30: Course) -> None:
    change_course(within_30, **REMINDING)
    assign(cast.bob, within_30, "2026-01-05")
    run_nights(cast.acme, "2026-01-26", "2026-01-31")
    complete(cast.bob, within_30, "2026-01-29")
    with tenant_scope(cast.acme.pk):
        CourseAssignment.objects.update(due_on=None)  # as recording a completion does (L-55)
    run_nights(cast.acme, "2026-02-01", "2026-02-10")
    assert [(message.day, message.kind) for message in told(cast.acme)] == [
        ("2026-01-28", "due_reminder"),
        ("2026-01-30", "due_reminder"),
    ]


def test_L55_a_due_date_beside_a_completion_is_dropped_and_tells_nothing(cast: Cast, within_30: Course) -> None:
    assign(cast.bob, within_30, "2026-01-05", due_on="2026-03-14")
    complete(cast.bob, within_30, "2026-03-01")
    run_nights(cast.acme, "2026-03-15", "2026-03-16")
    with tenant_scope(cast.acme.pk):
        found = CourseAssignment.objects.filter(person=cast.bob, course=within_30)
        assert list(found.values_list("due_on", flat=True)) == [None]
    assert told(cast.acme) == []


def test_U4_U5_whoever_has_no_due_date_hears_nothing(cast: Cast) -> None:
    change_course(cast.fire, due_on=day("2026-02-28"), **REMINDING)
    assign(cast.bob, cast.fire, "2025-11-02", due_on=None)
    complete(cast.bob, cast.fire, "2025-11-02")
    run_nights(cast.acme, "2026-02-15", "2026-03-20")
    assert told(cast.acme) == []


def test_U6_a_moved_due_date_moves_what_is_told(cast: Cast, within_30: Course) -> None:
    change_course(within_30, **REMINDING)
    assign(cast.bob, within_30, "2026-01-05")
    run_nights(cast.acme, "2026-02-01", "2026-02-01")
    with tenant_scope(cast.acme.pk):  # as the push of 20 February does: 60 days instead of 30
        assigned = CourseAssignment.objects.filter(course=within_30)
        assigned.update(due_on=day("2026-03-06"), messages_suppressed_through=day("2026-02-20"))
    run_nights(cast.acme, "2026-02-20", "2026-03-10")
    assert [(message.day, message.kind) for message in told(cast.acme)] == [
        ("2026-02-01", "due_reminder"),
        ("2026-02-27", "due_reminder"),
        ("2026-03-01", "due_reminder"),
        ("2026-03-03", "due_reminder"),
        ("2026-03-05", "due_reminder"),
        ("2026-03-07", "overdue"),
    ]


def test_what_is_due_on_the_day_of_the_assignment_is_told_the_day_after(cast: Cast) -> None:
    change_course(cast.fire, due_on=day("2026-01-12"), remind_days_before=7)
    change_course(cast.safe, due_on=day("2026-01-01"), remind_days_before=7)  # over before it was assigned
    run_nights(cast.acme, "2026-01-05", "2026-01-05")
    assign(cast.carl, cast.fire, "2026-01-05")
    assign(cast.carl, cast.safe, "2026-01-05")
    run_nights(cast.acme, "2026-01-06", "2026-01-08")
    assert told(cast.acme) == [
        Told("2026-01-06", "due_reminder", "carl", ("FIRE-2",)),
        Told("2026-01-06", "overdue", "carl", ("SAFE-1",)),
    ]


def test_E71_what_was_settled_with_the_assignment_is_not_told_the_day_after(cast: Cast) -> None:
    change_course(cast.fire, due_on=day("2026-01-12"), remind_days_before=7)
    change_course(cast.safe, due_on=day("2026-01-01"), remind_days_before=7)
    for course in (cast.fire, cast.safe):
        assign(cast.carl, course, "2026-01-05", messages_suppressed_through=day("2026-01-05"))
    run_nights(cast.acme, "2026-01-05", "2026-01-12")
    assert told(cast.acme) == []


# --- Once, however often and late -------------------------------------------------------------------------------------


def test_E72_after_missed_days_the_latest_of_a_series_is_told(cast: Cast, within_30: Course) -> None:
    change_course(within_30, **REMINDING)
    assign(cast.bob, within_30, "2026-01-05")
    run_nights(cast.acme, "2026-01-28", "2026-01-29")
    run_nights(cast.acme, "2026-02-02", "2026-02-02")  # 30 January and 1 February were missed
    run_nights(cast.acme, "2026-02-06", "2026-02-06")  # 3 and 5 February
    assert [(message.day, message.kind) for message in told(cast.acme)] == [
        ("2026-01-28", "due_reminder"),
        ("2026-02-02", "due_reminder"),
        ("2026-02-06", "due_reminder"),
        ("2026-02-06", "overdue"),
    ]


def test_a_retake_that_lapsed_while_nights_were_missed_is_opened_and_told_as_lapsed(cast: Cast, yearly: Course) -> None:
    complete(cast.bob, yearly, "2025-04-01")
    run_nights(cast.acme, "2026-03-01", "2026-03-01")
    run_nights(cast.acme, "2026-04-09", "2026-04-09")
    assert status_of(cast.bob, yearly) == (*OPEN, "2025-04-01")
    assert told(cast.acme) == [Told("2026-04-09", "non_compliant", "bob", ("FIRE-2",))]


def test_a_day_that_is_run_again_changes_nothing(cast: Cast, yearly: Course) -> None:
    complete(cast.bob, yearly, "2025-04-01")
    run_nights(cast.acme, "2026-03-02", "2026-03-02")
    before = dump_tables(cast.acme)
    assert run_daily(cast.acme, as_of=day("2026-03-02")) is None
    assert run_daily(cast.acme, as_of=day("2026-03-01")) is None
    assert dump_tables(cast.acme) == before
    assert told(cast.acme) == [Told("2026-03-02", "retake_open", "bob", ("FIRE-2",))]


def test_E20_one_person_gets_one_message_of_a_kind_a_night_with_what_its_words_need(cast: Cast, yearly: Course) -> None:
    change_course(cast.safe, **YEARLY)
    complete(cast.bob, cast.safe, "2025-04-01")
    complete(cast.bob, yearly, "2025-04-01")
    complete(cast.ben, yearly, "2025-04-01")
    run = run_daily(cast.acme, as_of=day("2026-03-02"))
    assert run is not None
    assert run.counts["completions"] == {
        "retakes_opened": 3,
        "due_reminder": 0,
        "overdue": 0,
        "retake_open": 2,
        "non_compliant": 0,
    }
    assert told(cast.acme) == [
        Told("2026-03-02", "retake_open", "ben", ("FIRE-2",)),
        Told("2026-03-02", "retake_open", "bob", ("FIRE-2", "SAFE-1")),
    ]
    with tenant_scope(cast.acme.pk):
        mail = OutboxMessage.objects.get(recipient_id=cast.ben.pk)
    dates = {"completed_on": "2025-04-01", "compliant_until": "2026-04-01"}
    fire = {"course_id": yearly.pk, "code": "FIRE-2", "course": "Fire Safety Awareness"}
    assert mail.params == {"items": [fire | dates]}


def test_E19_somebody_without_an_address_gets_the_notice_only(cast: Cast, yearly: Course) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(email="")
    complete(cast.bob, yearly, "2025-04-01")
    run_nights(cast.acme, "2026-03-02", "2026-03-02")
    with tenant_scope(cast.acme.pk):
        assert (Notice.objects.count(), OutboxMessage.objects.count()) == (1, 0)


# --- Who and what is left out -----------------------------------------------------------------------------------------


def test_G05_deactivated_people_are_left_out_and_hear_nothing_of_the_time_away(cast: Cast, yearly: Course) -> None:
    change_course(yearly, remind_every=Period.parse("1 week"), remind_at_most=3)
    complete(cast.bob, yearly, "2025-04-01")
    assign(cast.bob, cast.safe, "2026-01-05", due_on=day("2026-03-04"))
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    run_nights(cast.acme, "2026-03-01", "2026-04-03")
    assert (status_of(cast.bob, yearly), told(cast.acme)) == ((*DONE, "2025-04-01"), [])
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(is_active=True, active_since=day("2026-04-09"))
    run_nights(cast.acme, "2026-04-09", "2026-04-20")  # compliant until 1 April: 2, 9 and 16 April are the days to tell
    assert status_of(cast.bob, yearly) == (*OPEN, "2025-04-01")
    assert told(cast.acme) == [
        Told("2026-04-09", "non_compliant", "bob", ("FIRE-2",)),
        Told("2026-04-16", "non_compliant", "bob", ("FIRE-2",)),
    ]


def test_an_archived_course_opens_and_tells_nothing(cast: Cast, yearly: Course) -> None:
    change_course(yearly, is_active=False)
    complete(cast.bob, yearly, "2025-04-01")
    assign(cast.ben, yearly, "2026-01-05", due_on=day("2026-03-04"))
    run_nights(cast.acme, "2026-03-01", "2026-04-05")
    assert (status_of(cast.bob, yearly), told(cast.acme)) == ((*DONE, "2025-04-01"), [])


def test_a_course_that_comes_back_the_day_after_opens_the_retake_and_tells_nothing_late(
    cast: Cast, yearly: Course
) -> None:
    complete(cast.bob, yearly, "2025-04-01")
    change_course(yearly, is_active=False)
    run_nights(cast.acme, "2026-03-01", "2026-03-02")
    change_course(yearly, is_active=True)
    run_nights(cast.acme, "2026-03-03", "2026-03-10")
    assert (status_of(cast.bob, yearly), told(cast.acme)) == ((*OPEN, "2025-04-01"), [])


def test_another_organisation_is_untouched(cast: Cast, yearly: Course) -> None:
    change_course(cast.zebra_safe, **YEARLY)
    complete(cast.zoe, cast.zebra_safe, "2025-04-01")
    complete(cast.bob, yearly, "2025-04-01")
    before = dump_tables(cast.zebra)
    run_nights(cast.acme, "2026-03-01", "2026-04-05")
    assert (dump_tables(cast.zebra), told(cast.zebra)) == (before, [])
    run_nights(cast.zebra, "2026-03-02", "2026-03-02")
    assert told(cast.zebra) == [Told("2026-03-02", "retake_open", "zoe", ("SAFE-1",))]


@pytest.mark.parametrize("kind", OBLIGATIONS)
def test_E72_what_is_off_is_not_told_and_a_course_may_depart_from_it(cast: Cast, kind: str) -> None:
    for course in (cast.fire, cast.safe):
        change_course(course, **YEARLY, **REMINDING)
        complete(cast.bob, course, "2025-04-01")
        assign(cast.carl, course, "2026-01-05", due_on=day("2026-03-08"))
    change_course(cast.fire, message_switches={kind: True})
    with tenant_scope(cast.acme.pk):
        MessageSwitch.objects.create(tenant=cast.acme, kind=kind, is_on=False)
    run_nights(cast.acme, "2026-03-01", "2026-04-02")
    found = told(cast.acme)
    assert {message.courses for message in found if message.kind == kind} == {("FIRE-2",)}
    assert {message.kind for message in found if message.courses == ("FIRE-2", "SAFE-1")} == set(OBLIGATIONS) - {kind}
    assert status_of(cast.bob, cast.safe) == (*OPEN, "2025-04-01")


def test_E72_a_course_may_be_silent_where_the_organisation_is_not(cast: Cast, yearly: Course) -> None:
    change_course(yearly, message_switches={"retake_open": False})
    complete(cast.bob, yearly, "2025-04-01")
    run_nights(cast.acme, "2026-03-01", "2026-04-02")
    assert [message.kind for message in told(cast.acme)] == ["non_compliant"]


def test_what_was_off_on_its_day_is_not_told_late(cast: Cast, yearly: Course) -> None:
    change_course(yearly, message_switches={"retake_open": False})
    complete(cast.bob, yearly, "2025-04-01")
    run_nights(cast.acme, "2026-03-02", "2026-03-03")
    change_course(yearly, message_switches={})
    run_nights(cast.acme, "2026-03-04", "2026-03-06")
    assert told(cast.acme) == []


@pytest.mark.parametrize("people", [1, 3])
def test_the_number_of_statements_does_not_grow_with_the_people(
    cast: Cast, yearly: Course, django_assert_num_queries: object, people: int
) -> None:
    for person in (cast.bob, cast.ben, cast.carl)[:people]:
        complete(person, yearly, "2025-04-01")
        assign(person, cast.shut, "2026-01-05", due_on=day("2026-03-01"))
    run_nights(cast.acme, "2026-03-01", "2026-03-01")
    with django_assert_num_queries(33):  # type: ignore[operator]
        run_daily(cast.acme, as_of=day("2026-03-02"))
