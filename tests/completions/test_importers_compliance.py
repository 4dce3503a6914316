"""What an imported completion writes about compliance and due dates, from the file to the records (spec: dates).

"Today" is 2026-03-15; SAFE-1 is compliant for 365 days, its retake open 30 days before, due within 30 days.
"""

from collections.abc import Callable
from typing import Any

import pytest

from completions.compliance import Line, Lines, Selection
from completions.kinds import NON_COMPLIANT, RETAKE_OPEN
from completions.models import Achievement, ResultChange
from completions.rules import ComplianceStatus, Standing
from completions.services import set_progress
from lms.core.periods import Period
from lms.courses.models import Course, CourseAssignment
from lms.courses.rules import is_overdue
from lms.notifications.models import OutboxMessage
from lms.tenancy.scope import tenant_scope
from tests.completions.compliance_data import TODAY, D, assign, change, mails, prepare_yearly, result
from tests.completions.daily_data import complete, run_nights
from tests.plugins.cast import Cast
from tests.plugins.days import OnDay
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import describe_consequences

HEAD = "username,course code,completion date\n"
Add = Callable[..., Imported]


@pytest.fixture(autouse=True)
def yearly(cast: Cast) -> Course:
    """SAFE-1 with its rules."""
    prepare_yearly(cast)
    return cast.safe


@pytest.fixture
def add(imports: Imports, on_day: OnDay) -> Add:
    """Import bob's completions of SAFE-1 on these days, each as a file of its own, on 2026-03-15."""

    def run(*days: str, messages: str = "suppress", **options: Any) -> Imported:
        with on_day(TODAY):
            return [
                imports.run("completions", f"{HEAD}bob,SAFE-1,{day}\n", options=options, messages=messages)
                for day in days
            ][-1]

    return run


def list_lines(cast: Cast) -> list[Line]:
    """Who takes SAFE-1, and how they stand."""
    return list(Lines(Selection(today=D(TODAY), course_id=cast.safe.pk)))


def history(cast: Cast) -> list[tuple[str, str]]:
    """(Completed on, compliant until) of every completion."""
    with tenant_scope(cast.acme.pk):
        days = Achievement.objects.order_by("completed_on").values_list("completed_on", "compliant_until")
        return [(str(day), str(until)) for day, until in days]


@pytest.mark.parametrize("opens", [False, True], ids=["box off", "box on"])
@pytest.mark.parametrize(
    ("case", "days", "wanted"),
    [
        ("A", ["2026-01-10"], ("completed", 100, "2026-01-10", "2027-01-10", "2026-12-11", False)),
        ("B", ["2025-04-01"], ("completed", 100, "2025-04-01", "2026-04-01", "2026-03-02", False)),
        ("C", ["2025-03-15"], ("completed", 100, "2025-03-15", "2026-03-15", "2026-02-13", False)),
        ("H", ["2026-02-01", "2025-06-01"], ("completed", 100, "2025-06-01", "2026-06-01", "2026-05-02", False)),
    ],
)
def test_cases_A_B_C_H_are_written_the_same_with_and_without_the_box(
    cast: Cast, add: Add, case: str, days: list[str], *, wanted: tuple[Any, ...], opens: bool
) -> None:
    add(*days, opens_retakes=opens)
    assert result(cast) == wanted, case


@pytest.mark.parametrize(
    ("opens", "wanted"),
    [
        (False, ("completed", 100, "2025-03-14", "2026-03-14", "2026-02-12", True)),
        (True, ("not_started", 0, "2025-03-14", "2026-03-14", "2026-02-12", False)),
    ],
    ids=["box off", "box on"],
)
def test_case_D_L47_with_and_without_the_box(cast: Cast, add: Add, *, opens: bool, wanted: tuple[Any, ...]) -> None:
    add("2025-03-14", opens_retakes=opens)
    assert result(cast) == wanted


@pytest.mark.parametrize("opens", [False, True], ids=["box off", "box on"])
def test_case_E_L38_both_completions_stay(cast: Cast, add: Add, *, opens: bool) -> None:
    add("2020-03-01", "2018-03-03", opens_retakes=opens)
    status = ("not_started", 0) if opens else ("completed", 100)
    assert result(cast) == (*status, "2018-03-03", "2019-03-03", "2019-02-01", not opens)
    assert history(cast) == [("2018-03-03", "2019-03-03"), ("2020-03-01", "2021-03-01")]


def test_case_G_tomorrow_is_refused(cast: Cast, add: Add) -> None:
    assert add("2026-03-16").rows == [(2, "rejected", ["R303"])]
    assert history(cast) == []


def test_case_I_the_newest_date_wins(cast: Cast, add: Add) -> None:
    add("2026-02-01", "2025-06-01", policy="newest_date")
    assert result(cast) == ("completed", 100, "2026-02-01", "2027-02-01", "2027-01-02", False)
    assert history(cast) == [("2025-06-01", "2026-06-01"), ("2026-02-01", "2027-02-01")]


@pytest.mark.parametrize("opens", [False, True], ids=["box off", "box on"])
def test_case_J_L51_for_ever(cast: Cast, add: Add, *, opens: bool) -> None:
    change(cast.safe, compliant_for=None)
    add("1999-01-01", opens_retakes=opens)
    assert result(cast) == ("completed", 100, "1999-01-01", None, None, False)
    assert history(cast) == [("1999-01-01", "None")]


@pytest.mark.parametrize(
    ("period", "day", "until"), [("15 days", "2026-03-01", "2026-03-16"), ("6 months", "2025-08-31", "2026-02-28")]
)
def test_L49_compliant_until_is_the_day_and_the_period(cast: Cast, add: Add, period: str, day: str, until: str) -> None:
    change(cast.safe, compliant_for=Period.parse(period))
    add(day)
    assert (result(cast)[3], history(cast)) == (until, [(day, until)])


def test_D01_case_D_box_off_thirty_nights_later_still_complete_and_no_message(cast: Cast, add: Add) -> None:
    change(cast.safe, remind_every=Period.parse("7 days"), remind_at_most=9)
    add("2025-03-14", messages="")
    run_nights(cast.acme, TODAY, "2026-04-14")
    assert result(cast) == ("completed", 100, "2025-03-14", "2026-03-14", "2026-02-12", True)
    with tenant_scope(cast.acme.pk):
        assert not OutboxMessage.objects.filter(recipient_id=cast.bob.pk).exists()


def test_D01_a_new_completions_own_cycle_opens_the_retake_again(cast: Cast, add: Add) -> None:
    add("2025-03-14", "2026-03-10")
    run_nights(cast.acme, "2027-02-07", "2027-02-08")
    assert result(cast) == ("not_started", 0, "2026-03-10", "2027-03-10", "2027-02-08", False)


def test_case_B_sent_with_the_import_and_not_again_by_the_night(cast: Cast, add: Add) -> None:
    add("2025-04-01", messages="send")
    assert mails(cast) == [(RETAKE_OPEN, "queued")]
    change(cast.safe, due_within=None)  # the team's course comes to ben by night
    run_nights(cast.acme, TODAY, "2026-04-01")
    assert result(cast)[:3] == ("not_started", 0, "2025-04-01")
    assert mails(cast) == [(RETAKE_OPEN, "queued")]
    run_nights(cast.acme, "2026-04-02", "2026-04-03")
    assert mails(cast) == [(RETAKE_OPEN, "queued"), (NON_COMPLIANT, "queued")]


# --- due dates -------------------------------------------------------------------------------------------


def test_U3_L55_L56_a_completion_ends_the_series_and_withdraws_what_waits(
    cast: Cast, imports: Imports, on_day: OnDay
) -> None:
    change(cast.safe, remind_days_before=7, remind_every=Period.parse("2 days"), remind_at_most=4)
    assign(cast, "2026-01-05", "2026-02-04")
    run_nights(cast.acme, "2026-01-27", "2026-01-30")
    with on_day("2026-01-31"):
        imports.run("completions", HEAD + "bob,SAFE-1,2026-01-29\n")
    run_nights(cast.acme, "2026-01-31", "2026-02-10")
    with tenant_scope(cast.acme.pk):
        assert list(CourseAssignment.objects.filter(person=cast.bob).values_list("due_on", flat=True)) == [None]
        told = OutboxMessage.objects.filter(recipient_id=cast.bob.pk).order_by("id").values_list("dedup_key", "state")
        assert [(key.partition(":day:")[2], state) for key, state in told] == [
            ("2026-01-28", "withdrawn"),
            ("2026-01-30", "withdrawn"),
        ]


def test_U4_L55_R306_no_longer_overdue_and_recorded_as_six_days_late(cast: Cast, add: Add) -> None:
    assign(cast, "2026-01-05", "2026-02-04")
    assert is_overdue(D("2026-02-04"), today=D(TODAY))
    assert add("2026-02-10").rows == [(2, "created", ["R306"])]
    with tenant_scope(cast.acme.pk):
        found = Achievement.objects.get()
        assert ((found.completed_on - (found.due_on or found.completed_on)).days, found.due_on) == (6, D("2026-02-04"))
        (line,) = list_lines(cast)
        assert (line.late_days, line.standing.is_overdue, line.standing.due_on) == (6, False, None)


def test_U5_a_fixed_due_date_and_nobody_assigned(cast: Cast, imports: Imports, on_day: OnDay) -> None:
    change(cast.fire, due_on=D("2026-02-28"))
    with on_day(TODAY):
        imported = imports.run("completions", HEAD + "bob,FIRE-2,2025-11-02\n")
    assert imported.rows == [(2, "created", [])]
    run_nights(cast.acme, TODAY, "2026-03-17")
    found = describe_consequences(cast.acme)
    assert [row for row in found["assignments"] if row[1] == "FIRE-2"] == [
        ("bob", "FIRE-2", D("2025-11-02"), None, "import", D(TODAY))
    ]
    with tenant_scope(cast.acme.pk):
        assert not OutboxMessage.objects.filter(
            recipient_id=cast.bob.pk, kind="overdue", params__items__0__code="FIRE-2"
        )


def test_U9_R410_before_the_assignment_is_accepted_and_said(cast: Cast, add: Add) -> None:
    assign(cast, "2026-02-01", None)
    assert add("2026-01-10").rows == [(2, "created", ["R410"])]


# --- after a reset ---------------------------------------------------------------------------------------


@pytest.fixture
def at_40_percent(cast: Cast, add: Add, on_day: OnDay) -> None:
    """Bob's retake is open since the night; he is at 40 % of it, compliant until 2026-04-01."""
    add("2025-04-01")
    run_nights(cast.acme, TODAY, TODAY)
    with on_day(TODAY), tenant_scope(cast.acme.pk):
        set_progress(
            tenant=cast.acme, actor=cast.adam, person=cast.bob, course=cast.safe, status="in_progress", percent=40,
            reason="part one",
        )  # fmt: skip
    assert result(cast) == ("in_progress", 40, "2025-04-01", "2026-04-01", "2026-03-02", False)


@pytest.mark.usefixtures("at_40_percent")
def test_X1_a_completion_of_the_retake_is_complete_until_a_year_later(cast: Cast, add: Add) -> None:
    add("2026-03-10")
    assert result(cast) == ("completed", 100, "2026-03-10", "2027-03-10", "2027-02-08", False)


@pytest.mark.usefixtures("at_40_percent")
def test_X2_an_older_completion_leaves_the_retake_open_at_40_percent(cast: Cast, add: Add) -> None:
    assert add("2025-03-20", policy="newest_date").outcomes == ["added_to_history"]
    assert result(cast) == ("in_progress", 40, "2025-04-01", "2026-04-01", "2026-03-02", False)


def test_X3_lapsed_and_to_do_is_compliant_again_and_the_lapse_stays_in_the_history(cast: Cast, add: Add) -> None:
    add("2024-01-01", opens_retakes=True)
    add("2026-03-10")
    assert result(cast) == ("completed", 100, "2026-03-10", "2027-03-10", "2027-02-08", False)
    assert history(cast) == [("2024-01-01", "2024-12-31"), ("2026-03-10", "2027-03-10")]


def test_X4_the_same_again_is_already_recorded(cast: Cast, add: Add) -> None:
    add("2026-01-10")
    before = describe_consequences(cast.acme)
    assert add("2026-01-10").rows == [(2, "unchanged", ["R401"])]
    assert describe_consequences(cast.acme) == before


# --- what is carried -------------------------------------------------------------------------------------


def test_L42_a_completion_carries_its_facts_for_ever(cast: Cast, imports: Imports, on_day: OnDay) -> None:
    assign(cast, "2026-01-05", "2026-02-04")
    with on_day(TODAY):
        imported = imports.run(
            "completions", "username,course code,completion date,score\nbob,SAFE-1,2026-02-10,87.5\n"
        )
    change(cast.safe, compliant_for=Period.parse("10 days"))
    with tenant_scope(cast.acme.pk):
        found = Achievement.objects.get()
        assert (
            found.person_id, found.course_id, str(found.completed_on), str(found.compliant_until), str(found.due_on),
            str(found.score), found.origin, found.batch_id, found.row_no,
        ) == (
            cast.bob.pk, cast.safe.pk, "2026-02-10", "2027-02-10", "2026-02-04", "87.50", "import", imported.batch.pk, 2,
        )  # fmt: skip


def test_L43_the_current_result_carries_everything_that_is_shown(cast: Cast, imports: Imports, on_day: OnDay) -> None:
    assign(cast, "2026-01-05", "2026-02-04")
    with on_day(TODAY):
        imports.run("completions", HEAD + "ben,SAFE-1,2025-04-01\n", messages="suppress")
    with tenant_scope(cast.acme.pk):
        found = {line.username: line for line in list_lines(cast)}
    assert sorted(found) == ["ben", "bob"]
    overdue, current = found["bob"], found["ben"]
    assert (overdue.status, overdue.percent, overdue.assigned_on, overdue.completed_on) == (
        "not_started", 0, D("2026-01-05"), None,
    )  # fmt: skip
    assert overdue.standing == Standing(
        status=ComplianceStatus.OVERDUE, due_on=D("2026-02-04"), is_overdue=True, days_over=39
    )
    assert (current.status, current.percent, current.assigned_on, current.completed_on) == (
        "completed", 100, D("2025-04-01"), D("2025-04-01"),
    )  # fmt: skip
    assert current.standing == Standing(
        status=ComplianceStatus.RETAKE_OPEN,
        compliant_until=D("2026-04-01"),
        retake_opens_on=D("2026-03-02"),
        days_left=17,
    )


# --- on the very day --------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_first", [True, False], ids=["first completion", "another is there"])
@pytest.mark.parametrize("messages", ["send", "suppress"])
@pytest.mark.parametrize(
    ("day", "kind"),
    [("2025-04-14", RETAKE_OPEN), ("2025-03-14", NON_COMPLIANT)],
    ids=["opens today", "lapsed yesterday"],
)
def test_E71_what_is_reached_on_the_very_day_is_told_by_the_import_or_never(
    cast: Cast, add: Add, messages: str, day: str, kind: str, *, is_first: bool
) -> None:
    if not is_first:
        complete(cast.bob, cast.safe, "2024-01-10")
    run_nights(cast.acme, "2026-03-14", "2026-03-14")
    add(day, messages=messages, opens_retakes=True)
    run_nights(cast.acme, TODAY, "2026-03-20")
    assert [mail for mail in mails(cast) if mail[0] == kind] == [(kind, "queued")] * (messages == "send")
    assert result(cast)[:3] == ("not_started", 0, day)
    with tenant_scope(cast.acme.pk):  # what an undo of a later change gives back is settled too
        assert ResultChange.objects.get().after_messages_suppressed_through == D(TODAY)


def test_L56_a_rhythm_of_centuries_ends_with_the_calendar(cast: Cast, add: Add) -> None:
    change(cast.safe, remind_every=Period.parse("10400 weeks"), remind_at_most=99)
    assert add("2025-03-14", opens_retakes=True).rows == [(2, "created", ["R405"])]
