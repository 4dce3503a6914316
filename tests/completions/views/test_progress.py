"""Progress set by hand."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.test import Client

from completions.models import CourseResult, ResultChange
from lms.courses.models import CourseAssignment
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

SignIn = Callable[[User], Client]
HEAD = "username,course code,completion date\n"


def record_of(client: Client, person: User) -> Any:
    return client.get(f"/people/{person.pk}/record/")


def test_L35_progress_is_set_by_hand_with_a_reason(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.lea)
    address = f"/courses/{cast.safe.pk}/people/{cast.bob.pk}/progress/"
    without = client.post(address, {"status": "in_progress", "percent": "40", "reason": ""})
    done = client.post(address, {"status": "in_progress", "percent": "40", "reason": "took part one"})

    assert (without.status_code, done["Location"]) == (422, f"/courses/{cast.safe.pk}/people/")
    with tenant_scope(cast.acme.pk):
        assert list(CourseResult.objects.values_list("person_id", "status", "percent", "completed_on")) == [
            (cast.bob.pk, "in_progress", 40, None)
        ]
        assert list(ResultChange.objects.values_list("before_status", "after_percent", "reason", "actor_id")) == [
            ("", 40, "took part one", cast.lea.pk)
        ]
        assert list(CourseAssignment.objects.values_list("person_id", "origin")) == [(cast.bob.pk, "manual")]


def test_L35_an_import_undone_gives_the_progress_back(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    client = client_for(cast.adam)
    client.post(
        f"/courses/{cast.safe.pk}/people/{cast.bob.pk}/progress/",
        {"status": "in_progress", "percent": "40", "reason": "took part one"},
    )
    imports.undo(imports.run("completions", HEAD + "bob,SAFE-1,2024-05-01\n"))

    with tenant_scope(cast.acme.pk):
        assert list(CourseResult.objects.values_list("status", "percent", "completed_on")) == [
            ("in_progress", 40, None)
        ]


def test_X1_setting_progress_back_keeps_the_completion_and_its_dates(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    imports.run("completions", HEAD + "bob,SAFE-1,2024-05-01\n")
    client = client_for(cast.adam)
    client.post(
        f"/courses/{cast.safe.pk}/people/{cast.bob.pk}/progress/",
        {"status": "not_started", "percent": "", "reason": "wrong person"},
    )
    record = record_of(client, cast.bob).context["record"]

    (line,) = record.current
    assert (line.status, line.completed_on, line.entry.achievement.completed_on) == (
        "Not started", date(2024, 5, 1), date(2024, 5, 1)
    )  # fmt: skip
    assert record.history == []
