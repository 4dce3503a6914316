"""Writing completions by set statements: all or an answer that says "try again" (L-31, L-36, P9)."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from completions.models import Achievement, CourseResult, Origin, ResultChange
from completions.planning import Choices, Facts, plan_completions
from completions.recording import Source, record_completions
from completions.selectors import count_current_results, default_policy, load_completion_facts
from lms.imports.importer import ConcurrentChange, RowFacts
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast


def source(cast: Cast, *, batch_id: int | None = None) -> Source:
    return Source(
        tenant_id=cast.acme.pk,
        origin=Origin.IMPORT if batch_id else Origin.MANUAL,
        batch_id=batch_id,
        actor_id=cast.adam.pk,
        today=today(cast.acme),
        now=timezone.now(),
        reason="seen" if batch_id is None else "",
    )


def rows_for(people: list[User], course_id: int, day: str = "2024-05-01") -> list[RowFacts]:
    return [
        RowFacts(number, person.pk, course_id, dt.date.fromisoformat(day), {"score": "80.00", "note": "n"})
        for number, person in enumerate(people, start=2)
    ]


def record(cast: Cast, rows: list[RowFacts], *, batch_id: int | None = None, facts: Facts | None = None) -> int:
    wanted = [(row.person_id, row.item_id or 0, row.day) for row in rows]
    found = facts if facts is not None else load_completion_facts(wanted, lock=True)
    plans = plan_completions(rows, facts=found, choices=Choices(today=today(cast.acme)))
    return record_completions(rows, plans, facts=found, source=source(cast, batch_id=batch_id))


def test_by_hand_there_is_no_row_and_a_reason_in_the_chain(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        assert record(cast, rows_for([cast.bob], cast.safe.pk)) == 1
        achievement, link = Achievement.objects.get(), ResultChange.objects.get()
        assert (achievement.origin, achievement.batch_id, achievement.row_no) == ("manual", None, None)
        assert (link.batch_id, link.row_no, link.actor_id, link.reason) == (None, None, cast.adam.pk, "seen")
        assert (link.before_status, link.after_status, link.after_achievement_id) == ("", "completed", achievement.pk)


@pytest.mark.parametrize("meanwhile", ["completion", "result"])
def test_P9_facts_that_no_longer_hold_are_noticed_and_nothing_is_written(cast: Cast, meanwhile: str) -> None:
    with tenant_scope(cast.acme.pk):
        if meanwhile == "completion":
            record(cast, rows_for([cast.bob], cast.safe.pk))
        else:
            CourseResult.objects.create(
                tenant=cast.acme, person=cast.bob, course=cast.safe, status="not_started", updated_at=timezone.now()
            )
        before = Achievement.objects.count()
    with pytest.raises(ConcurrentChange), tenant_scope(cast.acme.pk):
        record(cast, rows_for([cast.ben, cast.bob], cast.safe.pk), facts=Facts())
    with tenant_scope(cast.acme.pk):
        assert Achievement.objects.count() == before


def test_statements_do_not_grow_with_rows(cast: Cast) -> None:
    counted = []
    for people in ([cast.bob], [cast.ben, cast.carl, cast.lea, cast.alice]):
        with tenant_scope(cast.acme.pk), CaptureQueriesContext(connection) as captured:
            record(cast, rows_for(people, cast.safe.pk), batch_id=1)
        counted.append(len(captured))
    assert counted[0] == counted[1]


def test_facts_are_those_of_the_asked_people_courses_and_days(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        record(cast, rows_for([cast.bob], cast.safe.pk) + rows_for([cast.ben], cast.fire.pk))
        bob, safe, day = cast.bob.pk, cast.safe.pk, dt.date(2024, 5, 1)
        facts = load_completion_facts([(bob, safe, day), (bob, cast.old.pk, day)], lock=False)
        assert set(facts.completions) == {(bob, safe, day)}
        assert set(facts.results) == {(bob, safe)}
        assert set(facts.assigned) == {(bob, safe)}
        assert {pk: terms.is_active for pk, terms in facts.terms.items()} == {safe: True, cast.old.pk: False}


def test_E39_current_results_are_counted_in_reach(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        record(cast, rows_for([cast.bob], cast.safe.pk) + rows_for([cast.carl], cast.safe.pk))
        assert default_policy() == "latest_import"
        assert [count_current_results(User.objects.get(pk=one.pk)) for one in (cast.adam, cast.lea, cast.bob)] == [
            2,
            1,
            0,
        ]
