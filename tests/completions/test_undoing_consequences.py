"""Undoing gives back what an import caused: compliance, due dates, retakes opened by the job, waiting mails (E-33, E-34)."""

import datetime as dt

import pytest

from completions.kinds import NON_COMPLIANT, RETAKE_OPEN
from completions.models import CourseResult
from completions.moves import Move
from completions.moving import apply_move
from completions.services import NewCompletion, add_completion, set_progress
from lms.core.periods import Period
from lms.courses.memberships import add_members
from lms.courses.models import Course, CourseAssignment, TeamCourse
from lms.daily.services import run_daily
from lms.imports.undoing import preview_undo
from lms.notifications.models import OutboxMessage
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.completions.daily_data import run_nights
from tests.plugins.cast import Cast
from tests.plugins.days import OnDay
from tests.plugins.running import Imports
from tests.plugins.standing import describe_consequences, dump_tables

HEAD = "username,course code,completion date\n"
TODAY = "2026-03-15"
D = dt.date.fromisoformat


@pytest.fixture(autouse=True)
def yearly(cast: Cast) -> Course:
    """SAFE-1, compliant for 365 days, its retake open 30 days before, due within 30 days."""
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.safe.pk).update(
            compliant_for=Period.parse("365 days"), retake_days=30, due_within=Period.parse("30 days")
        )
    return cast.safe


def assign(cast: Cast, person: User, day: str, due: str) -> None:
    with tenant_scope(cast.acme.pk):
        CourseAssignment.objects.create(
            tenant=cast.acme, person=person, course=cast.safe, assigned_on=D(day), due_on=D(due)
        )


def progress(cast: Cast, percent: int) -> None:
    with tenant_scope(cast.acme.pk):
        set_progress(
            tenant=cast.acme, actor=cast.adam, person=cast.bob, course=cast.safe, status="in_progress", percent=percent,
            reason="part one",
        )  # fmt: skip


def result(cast: Cast) -> tuple[object, ...]:
    """Bob's: status, percent, completed on, compliant until, lapsed on arrival."""
    with tenant_scope(cast.acme.pk):
        found = CourseResult.objects.filter(person=cast.bob)
        (line,) = found.values_list("status", "percent", "completed_on", "compliant_until", "lapsed_on_arrival")
    return tuple(line)


def due_dates(cast: Cast) -> list[tuple[str, object]]:
    with tenant_scope(cast.acme.pk):
        return list(CourseAssignment.objects.order_by("person_id").values_list("person__username", "due_on"))


@pytest.mark.parametrize("opens", [False, True])
def test_E33_the_same_day_the_tables_are_as_before_with_compliance_and_due_dates(
    cast: Cast, imports: Imports, on_day: OnDay, *, opens: bool
) -> None:
    """Overdue bob at 40 %, ben lapsed on arrival, carl in his window, all imported over with and without the box."""
    assign(cast, cast.bob, "2026-01-05", "2026-02-04")
    with on_day("2026-03-14"):
        progress(cast, 40)
        imports.run("completions", HEAD + "ben,SAFE-1,2024-01-01\ncarl,SAFE-1,2025-04-01\n", messages="suppress")
        run_daily(cast.acme, as_of=D("2026-03-14"))
    before = dump_tables(cast.acme)
    assert due_dates(cast) == [("bob", D("2026-02-04")), ("ben", None), ("carl", None)]
    with on_day(TODAY):
        lines = "bob,SAFE-1,2026-02-10\nben,SAFE-1,2025-03-14\ncarl,SAFE-1,2025-03-01\nlea,SAFE-1,2026-02-01\n"
        imported = imports.run(
            "completions", HEAD + lines, options={"opens_retakes": opens}, messages="send" if opens else ""
        )
        assert imported.state == "completed"
        assert due_dates(cast) == [("lea", None), ("bob", None), ("ben", None), ("carl", None)]
        imports.undo(imported)
    assert dump_tables(cast.acme) == before


def test_E33_L55_the_due_date_comes_back_and_with_it_overdue(cast: Cast, imports: Imports, on_day: OnDay) -> None:
    assign(cast, cast.bob, "2026-01-05", "2026-02-04")
    with on_day(TODAY):
        imported = imports.run("completions", HEAD + "bob,SAFE-1,2026-02-10\n")
    with tenant_scope(cast.acme.pk):  # the setting changes meanwhile: who has not completed is moved (U6)
        Course.objects.filter(pk=cast.safe.pk).update(due_within=Period.parse("60 days"))
    run_nights(cast.acme, TODAY, "2026-03-20")
    with on_day("2026-03-20"):
        imports.undo(imported)
    assert ("bob", D("2026-03-06")) in due_dates(cast)
    run_nights(cast.acme, "2026-03-21", "2026-03-25")
    with tenant_scope(cast.acme.pk):  # what was missed meanwhile is not sent late
        assert not OutboxMessage.objects.filter(kind="overdue", recipient_id=cast.bob.pk).exists()


def test_E33_a_retake_the_job_opened_on_the_imported_completion_goes_back_with_it(
    cast: Cast, imports: Imports, on_day: OnDay
) -> None:
    with on_day("2026-03-01"):
        imports.run("completions", HEAD + "bob,SAFE-1,2026-01-10\n")
        imported = imports.run("completions", HEAD + "bob,SAFE-1,2025-04-03\n", messages="suppress")
    run_nights(cast.acme, "2026-03-01", TODAY)
    assert result(cast) == ("not_started", 0, D("2025-04-03"), D("2026-04-03"), False)
    with on_day(TODAY):
        undone = imports.undo(imported)
    assert undone.batch.undo_summary == {"removed": 1, "restored": 1, "kept": 0}
    assert result(cast) == ("completed", 100, D("2026-01-10"), D("2027-01-10"), False)


def test_E33_a_retake_the_job_would_have_opened_meanwhile_is_opened_without_a_message(
    cast: Cast, imports: Imports, on_day: OnDay
) -> None:
    with on_day("2026-03-01"):
        imports.run("completions", HEAD + "bob,SAFE-1,2025-04-03\nben,SAFE-1,2024-01-01\n")
        imported = imports.run("completions", HEAD + "bob,SAFE-1,2026-01-10\nben,SAFE-1,2026-01-10\n")
    run_nights(cast.acme, "2026-03-01", "2026-03-10")
    with on_day("2026-03-10"):
        imports.undo(imported)
    assert result(cast) == ("not_started", 0, D("2025-04-03"), D("2026-04-03"), False)
    run_nights(cast.acme, "2026-03-11", TODAY)
    with tenant_scope(cast.acme.pk):
        assert not OutboxMessage.objects.filter(kind=RETAKE_OPEN).exists()
        # Lapsed on arrival stays as it was left (D-01).
        left = CourseResult.objects.get(person=cast.ben)
        assert (left.status, left.lapsed_on_arrival) == ("completed", True)


def test_E33_between_two_later_imports_too(cast: Cast, imports: Imports, on_day: OnDay) -> None:
    """The job ran before the second import: the first taken out, the second restores what that night had opened."""
    with on_day("2026-03-01"):
        imports.run("completions", HEAD + "bob,SAFE-1,2025-04-03\n")
        first = imports.run("completions", HEAD + "bob,SAFE-1,2026-01-10\n")
    run_nights(cast.acme, "2026-03-01", "2026-03-10")
    with on_day("2026-03-11"):
        second = imports.run("completions", HEAD + "bob,SAFE-1,2026-02-10\n")
        imports.undo(first)
        assert result(cast)[:3] == ("completed", 100, D("2026-02-10"))
        imports.undo(second)
    assert result(cast) == ("not_started", 0, D("2025-04-03"), D("2026-04-03"), False)


def test_E33_a_reminder_that_waits_because_of_the_import_is_withdrawn(
    cast: Cast, imports: Imports, on_day: OnDay
) -> None:
    with on_day("2026-03-01"):
        imported = imports.run("completions", HEAD + "bob,SAFE-1,2025-04-03\nben,SAFE-1,2025-04-03\n")
    run_nights(cast.acme, "2026-03-01", "2026-03-10")
    with tenant_scope(cast.acme.pk):
        mails = OutboxMessage.objects.filter(kind=RETAKE_OPEN).order_by("recipient_id")
        assert list(mails.values_list("state", flat=True)) == ["queued", "queued"]
    with on_day("2026-03-10"):
        progress(cast, 40)
        imports.undo(imported)
    with tenant_scope(cast.acme.pk):
        assert list(mails.values_list("recipient_id", "state")) == [
            (cast.bob.pk, "queued"),  # bob's stays: somebody works on it
            (cast.ben.pk, "withdrawn"),
        ]


def test_E34_progress_set_by_a_person_stays_on_what_was_there_before(
    cast: Cast, imports: Imports, on_day: OnDay
) -> None:
    with on_day(TODAY):
        imports.run("completions", HEAD + "bob,SAFE-1,2025-05-01\n")
        imported = imports.run("completions", HEAD + "bob,SAFE-1,2026-01-10\n")
        progress(cast, 40)
        assert result(cast)[:3] == ("in_progress", 40, D("2026-01-10"))
        with tenant_scope(cast.acme.pk):
            told = preview_undo(imported.batch, tenant=Tenant.objects.get(pk=cast.acme.pk), actor=cast.adam)
        assert (told.kept, [example["reason"] for example in told.kept_examples]) == (1, ["part one"])
        undone = imports.undo(imported)
    assert undone.batch.undo_summary == {"removed": 1, "restored": 0, "kept": 1}
    assert result(cast) == ("in_progress", 40, D("2025-05-01"), D("2026-05-01"), False)


def test_E34_a_retake_opened_by_hand_stays_open_on_what_was_there_before(
    cast: Cast, imports: Imports, on_day: OnDay
) -> None:
    with on_day(TODAY):
        imports.run("completions", HEAD + "bob,SAFE-1,2025-05-01\n")
        imported = imports.run("completions", HEAD + "bob,SAFE-1,2025-03-14\n")
        with tenant_scope(cast.acme.pk):
            apply_move(
                Move.RETAKE, pairs=[(cast.bob.pk, cast.safe.pk)], tenant=cast.acme, actor=cast.adam, reason="asked",
                messages="suppress",
            )  # fmt: skip
        imports.undo(imported)
    assert result(cast) == ("not_started", 0, D("2025-05-01"), D("2026-05-01"), False)


@pytest.mark.parametrize(
    ("opens", "wanted"),
    [
        (False, ("completed", 100, D("2025-03-14"), D("2026-03-14"), True)),
        (True, ("not_started", 0, D("2025-03-14"), D("2026-03-14"), False)),
    ],
)
def test_E33_a_later_import_that_becomes_current_now_has_its_own_compliance(
    cast: Cast, imports: Imports, on_day: OnDay, *, opens: bool, wanted: tuple[object, ...]
) -> None:
    """Its box counts with the day on which it ran: lapsed then, though the first import's date was not."""
    options = {"policy": "newest_date", "opens_retakes": opens}
    with on_day("2026-03-14"):
        first = imports.run("completions", HEAD + "bob,SAFE-1,2026-01-10\n", options=options)
    with on_day(TODAY):
        later = imports.run("completions", HEAD + "bob,SAFE-1,2025-03-14\n", options=options)
        assert later.outcomes == ["added_to_history"]
    with on_day("2026-03-20"):
        with tenant_scope(cast.acme.pk):
            told = preview_undo(first.batch, tenant=Tenant.objects.get(pk=cast.acme.pk), actor=cast.adam)
        undone = imports.undo(first)
    assert result(cast) == wanted
    assert (told.removed, told.restored, told.kept) == (1, 0, 1)
    assert undone.batch.undo_summary == {"removed": 1, "restored": 0, "kept": 1}
    with tenant_scope(cast.acme.pk):
        assert CourseResult.objects.get().messages_suppressed_through == D(TODAY)


def test_E34_the_due_date_that_was_answered_passes_to_the_completion_that_is_first_now(
    cast: Cast, imports: Imports, on_day: OnDay
) -> None:
    assign(cast, cast.bob, "2026-01-05", "2026-02-04")
    with on_day(TODAY):
        first = imports.run("completions", HEAD + "bob,SAFE-1,2026-02-10\n")
        imports.run("completions", HEAD + "bob,SAFE-1,2026-03-01\n")
        answered = [row[2:5:2] for row in describe_consequences(cast.acme)["completions"]]
        assert answered == [(D("2026-02-10"), D("2026-02-04")), (D("2026-03-01"), None)]
        imports.undo(first)
    answered = [row[2:5:2] for row in describe_consequences(cast.acme)["completions"]]
    assert answered == [(D("2026-03-01"), D("2026-02-04"))]


def test_E33_a_course_that_a_team_would_have_given_meanwhile_is_there_after_the_undo(
    cast: Cast, imports: Imports, on_day: OnDay
) -> None:
    with on_day("2026-03-01"):
        imported = imports.run("completions", HEAD + "carl,SAFE-1,2026-01-10\n")
    with tenant_scope(cast.acme.pk):
        assert TeamCourse.objects.get().team == cast.ward_a
        add_members(cast.ward_a, people=[cast.carl], today=D("2026-03-05"))
    with on_day(TODAY):
        imports.undo(imported)
    assert describe_consequences(cast.acme) == {
        "results": [],
        "completions": [],
        "assignments": [("carl", "SAFE-1", D("2026-03-05"), D("2026-04-04"), "team", None)],
    }


def test_E33_E60_an_import_undone_before_its_mails_went_out_withdraws_them(
    cast: Cast, imports: Imports, on_day: OnDay
) -> None:
    with on_day(TODAY):
        imported = imports.run(
            "completions", HEAD + "bob,SAFE-1,2025-03-14\n", options={"opens_retakes": True}, messages="send"
        )
        imports.undo(imported)
    with tenant_scope(cast.acme.pk):
        assert list(OutboxMessage.objects.filter(kind=NON_COMPLIANT).values_list("state", flat=True)) == ["withdrawn"]


def test_E34_a_completion_entered_by_hand_on_top_keeps_its_dates(cast: Cast, imports: Imports, on_day: OnDay) -> None:
    with on_day(TODAY):
        imported = imports.run("completions", HEAD + "bob,SAFE-1,2025-03-14\n", options={"opens_retakes": True},
                               messages="suppress")  # fmt: skip
        with tenant_scope(cast.acme.pk):
            entered = NewCompletion(course=cast.safe, completed_on=D("2026-03-10"), reason="certificate seen")
            add_completion(entered, tenant=cast.acme, actor=cast.adam, person=cast.bob)
        imports.undo(imported)
    assert result(cast) == ("completed", 100, D("2026-03-10"), D("2027-03-10"), False)
