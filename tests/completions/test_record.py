"""The Record of Learning says how somebody stands, and keeps what was (X3, U4, U9, L-43, L-54)."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from completions.models import Achievement, CourseResult, Origin
from completions.record import CourseLine, Record, build_record
from completions.rules import compliance_dates
from lms.core.periods import Period
from lms.courses.models import Course
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.completions.daily_data import TODAY, assign, change_course, complete, day
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
YEAR = Period.parse("365 days")


@pytest.fixture(autouse=True)
def _march(cast: Cast) -> Iterator[None]:
    with time_machine.travel(f"{TODAY.isoformat()}T12:00:00+00:00", tick=True):
        change_course(cast.fire, compliant_for=YEAR, retake_days=30)
        yield


def record_of(person: User, *, on: date = TODAY) -> Record:
    with tenant_scope(person.tenant_id):
        return build_record(person, is_own=False, day=on)


def only_line(person: User) -> CourseLine:
    (line,) = record_of(person).current
    return line


def add_history(person: User, course: Course, *days: str, due_on: str = "") -> list[Achievement]:
    """Record completions with the dates of a year; the last one is shown by the current result, if there is one."""
    with tenant_scope(person.tenant_id):
        found = [
            Achievement.objects.create(
                tenant_id=person.tenant_id,
                person=person,
                course=course,
                completed_on=day(on),
                compliant_until=compliance_dates(day(on), compliant_for=YEAR, retake_days=30).compliant_until,
                due_on=day(due_on) if due_on else None,
                origin=Origin.LEARNING,
                recorded_at=datetime(2026, 3, 1, tzinfo=UTC),
            )
            for on in days
        ]
        CourseResult.objects.filter(person=person, course=course).update(achievement=found[-1])
    return found


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_X3_a_lapse_stays_visible_in_the_history(cast: Cast, client_for: SignIn) -> None:
    assign(cast.bob, cast.fire, "2020-01-01")
    complete(cast.bob, cast.fire, "2026-03-10")
    add_history(cast.bob, cast.fire, "2020-03-01", "2021-03-01", "2024-02-01", "2024-06-01", "2026-03-10")
    record = record_of(cast.bob)

    assert [(str(entry.achievement.completed_on), entry.lapse) for entry in record.history] == [
        ("2024-06-01", "Not compliant from 2 June 2025 to 9 March 2026"),
        ("2024-02-01", ""),
        ("2021-03-01", "Not compliant from 2 March 2022 to 31 January 2024"),
        ("2020-03-01", ""),
    ]
    page = words(client_for(cast.adam).get(f"/people/{cast.bob.pk}/record/"))
    assert "Not compliant from 2 June 2025 to 9 March 2026" in page
    assert "10 March 2027" in page


def test_X3_a_completion_on_the_day_after_the_last_leaves_no_lapse_a_day_later_one_day(cast: Cast) -> None:
    add_history(cast.bob, cast.fire, "2025-01-01", "2026-01-02", "2027-01-04")

    assert [entry.lapse for entry in record_of(cast.bob, on=date(2027, 2, 1)).history] == [
        "",
        "Not compliant on 3 January 2027",
        "",
    ]


def test_X3_what_has_lapsed_says_since_when(cast: Cast) -> None:
    assign(cast.bob, cast.fire, "2025-01-01", due_on=None)
    complete(cast.bob, cast.fire, "2025-03-14", status="not_started", percent=0)
    add_history(cast.bob, cast.fire, "2025-03-14")
    line = only_line(cast.bob)

    assert (line.standing.status.value, line.standing.days_over, line.is_retake_open) == ("non_compliant", 1, True)
    assert line.entry is not None
    assert line.entry.lapse == "Not compliant since 15 March 2026"


def test_U4_U9_late_and_completed_before_the_assignment(cast: Cast, client_for: SignIn) -> None:
    for person in (cast.bob, cast.ben):
        assign(person, cast.fire, "2026-01-05", due_on=None, origin="manual" if person is cast.bob else "import")
    for person in (cast.bob, cast.ben):
        complete(person, cast.fire, "2025-11-02")
    assign(cast.carl, cast.fire, "2026-01-05", due_on=None)
    complete(cast.carl, cast.fire, "2026-02-10")
    add_history(cast.carl, cast.fire, "2026-02-10", due_on="2026-02-04")

    assert (only_line(cast.bob).is_before_assignment, only_line(cast.ben).is_before_assignment) == (True, False)
    carl = only_line(cast.carl)
    assert carl.entry is not None
    assert (carl.entry.late_days, carl.is_before_assignment) == (6, False)
    adam = client_for(cast.adam)
    assert "completed before assignment" in words(adam.get(f"/people/{cast.bob.pk}/record/"))
    assert "6 days late" in words(adam.get(f"/people/{cast.carl.pk}/record/"))


@pytest.mark.parametrize(
    ("completed_on", "fields", "said"),
    [
        ("2026-02-04", {}, "Compliant until 4 February 2027."),
        ("2025-04-01", {}, "Your retake is open: complete the course again by 1 April 2026."),
        ("2026-02-04", {"status": "not_started"}, "Your retake is open: complete the course again by 4 February 2027."),
        ("2025-03-14", {}, "Not compliant since 15 March 2026. Complete the course again."),
        ("2026-02-04", {"compliant_until": None}, "Compliant. This completion counts for ever."),
        (
            "2026-02-04",
            {"compliant_until": None, "retake_opens_on": None, "status": "in_progress"},
            "Your retake is open: complete the course again.",
        ),
    ],
)
def test_L50_L51_the_learners_own_words(
    cast: Cast, client_for: SignIn, completed_on: str, fields: dict[str, Any], said: str
) -> None:
    assign(cast.bob, cast.fire, "2025-01-01", due_on=None)
    complete(cast.bob, cast.fire, completed_on, **fields)

    assert only_line(cast.bob).words == said
    assert said in words(client_for(cast.bob).get(f"/people/{cast.bob.pk}/record/"))


@pytest.mark.parametrize(
    ("due_on", "said", "tag"),
    [
        (date(2026, 3, 14), "Overdue: it was due on 14 March 2026. The course stays open to you.", "overdue"),
        (date(2026, 3, 15), "Complete the course by 15 March 2026.", "not_completed"),
        (None, "Not completed yet.", "not_completed"),
    ],
)
def test_L54_past_due_means_a_tag_and_the_course_stays_open(
    cast: Cast, client_for: SignIn, due_on: date | None, said: str, tag: str
) -> None:
    assign(cast.bob, cast.fire, "2025-01-01", due_on=due_on)
    response = client_for(cast.bob).get(f"/people/{cast.bob.pk}/record/")
    (line,) = response.context["record"].current

    assert (line.words, line.standing.status.value) == (said, tag)
    assert (">Overdue<" in words(response).replace("> ", ">").replace(" <", "<")) == (tag == "overdue")


def test_L08_the_learners_page_names_no_colleague_and_no_other_record(cast: Cast, client_for: SignIn) -> None:
    assign(cast.carl, cast.fire, "2025-01-01")

    assert client_for(cast.bob).get(f"/people/{cast.carl.pk}/record/").status_code == 404
    assert client_for(cast.lea).get(f"/people/{cast.carl.pk}/record/").status_code == 404
    assert client_for(cast.adam).get(f"/people/{cast.carl.pk}/record/").status_code == 200
