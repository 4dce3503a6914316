"""An import undone after settings were pushed: its people stand as a twin who never had it and lived through the push (E-33)."""

import datetime as dt
from typing import Any

import pytest

from completions.models import CourseResult
from completions.pushing import carry_out_next, save_settings
from lms.core.periods import Period
from lms.courses.models import Course, CourseAssignment
from lms.tenancy.scope import tenant_scope
from tests.completions.daily_data import run_nights
from tests.plugins.cast import Cast
from tests.plugins.days import OnDay
from tests.plugins.running import Imports

HEAD = "username,course code,completion date\n"
D = dt.date.fromisoformat


@pytest.fixture(autouse=True)
def yearly(cast: Cast) -> Course:
    """SAFE-1, compliant for 365 days, its retake open 30 days before, due within 30 days."""
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.safe.pk).update(
            compliant_for=Period.parse("365 days"), retake_days=30, due_within=Period.parse("30 days")
        )
    return cast.safe


def push(cast: Cast, *, to_completed: bool = True, **terms: Any) -> None:
    with tenant_scope(cast.acme.pk):
        course = Course.objects.get(pk=cast.safe.pk)
        for name, value in terms.items():
            setattr(course, name, value)
        save_settings(
            course,
            tenant=cast.acme,
            actor=cast.adam,
            changed=list(terms),
            to_completed=to_completed,
            messages="suppress",
        )
        while carry_out_next(cast.acme):
            pass


def standing_of(cast: Cast, username: str) -> tuple[Any, ...]:
    """Everything that a result and its assignment say, without who and which completion."""
    with tenant_scope(cast.acme.pk):
        result = CourseResult.objects.filter(person__username=username).values_list(
            "status",
            "percent",
            "completed_on",
            "compliant_until",
            "retake_opens_on",
            "lapsed_on_arrival",
            "messages_suppressed_through",
        )
        return tuple(result.first() or ())


def due_dates(cast: Cast) -> dict[str, dt.date | None]:
    with tenant_scope(cast.acme.pk):
        return dict(CourseAssignment.objects.values_list("person__username", "due_on"))


@pytest.mark.parametrize("to_completed", [True, False])
@pytest.mark.parametrize("first", ["2025-06-01", "2025-10-20", "2024-01-01"])
def test_E33_L52_bob_stands_as_ben_who_never_had_the_second_import(
    cast: Cast, imports: Imports, on_day: OnDay, *, to_completed: bool, first: str
) -> None:
    with on_day("2026-03-01"):
        imports.run("completions", HEAD + f"bob,SAFE-1,{first}\nben,SAFE-1,{first}\n", messages="suppress")
    with on_day("2026-03-10"):
        second = imports.run("completions", HEAD + "bob,SAFE-1,2026-02-20\n", messages="suppress")
    with on_day("2026-03-12"):
        push(cast, compliant_for=Period.parse("180 days"), to_completed=to_completed)
    until = Period.parse("180 days" if to_completed else "365 days").add(D("2026-02-20"))
    assert standing_of(cast, "bob")[3] == until
    run_nights(cast.acme, "2026-03-12", "2026-03-15")
    with on_day("2026-03-15"):
        imports.undo(second)

    bob, ben = standing_of(cast, "bob"), standing_of(cast, "ben")
    assert bob[:6] == ben[:6]
    assert bob[3] == Period.parse("180 days" if to_completed else "365 days").add(D(first))


def test_E33_L52_two_imports_over_it_undone_in_the_order_they_came(cast: Cast, imports: Imports, on_day: OnDay) -> None:
    with on_day("2026-03-01"):
        imports.run("completions", HEAD + "bob,SAFE-1,2025-06-01\nben,SAFE-1,2025-06-01\n", messages="suppress")
        over = [imports.run("completions", HEAD + f"bob,SAFE-1,{day}\n") for day in ("2026-01-05", "2026-02-20")]
    with on_day("2026-03-12"):
        push(cast, compliant_for=Period.parse("400 days"))
        for imported in over:
            imports.undo(imported)

    assert standing_of(cast, "bob")[:6] == standing_of(cast, "ben")[:6]


def test_E33_U6_the_due_date_that_comes_back_is_the_pushed_one(cast: Cast, imports: Imports, on_day: OnDay) -> None:
    with tenant_scope(cast.acme.pk):
        for person in (cast.bob, cast.ben):
            CourseAssignment.objects.create(
                tenant=cast.acme, person=person, course=cast.safe, assigned_on=D("2026-02-20"), due_on=D("2026-03-22")
            )
    with on_day("2026-03-10"):
        imported = imports.run("completions", HEAD + "bob,SAFE-1,2026-03-01\n")
        push(cast, due_within=Period.parse("60 days"), to_completed=False)
        assert due_dates(cast) == {"bob": None, "ben": D("2026-04-21")}
        imports.undo(imported)

    assert due_dates(cast) == {"bob": D("2026-04-21"), "ben": D("2026-04-21")}
