"""States change by compare-and-swap, along the table of the specification and no other way."""

import pytest

from lms.imports.models import FINISHED_STATES, WAITING_STATES, WORKING_STATES, ImportBatch, State
from lms.imports.transitions import NEXT, StateConflict, change_state
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

CONTENT = "username,course code,completion date\nbob,SAFE-1,2024-05-01\n"


def test_every_state_has_its_followers_and_undone_has_none() -> None:
    assert set(NEXT) == set(State)
    assert [state for state, after in NEXT.items() if not after] == [State.UNDONE]
    reached = {state for after in NEXT.values() for state in after}
    assert set(State) - reached == {State.UPLOADED}


def test_every_state_works_waits_or_has_ended() -> None:
    ended = {*FINISHED_STATES, State.FAILED, State.CANCELLED, State.UNDONE}
    assert sorted([*WORKING_STATES, *WAITING_STATES, *ended]) == sorted(State)


def test_a_change_is_made_where_the_database_agrees(cast: Cast, imports: Imports) -> None:
    batch = imports.upload("completions", CONTENT).batch
    with tenant_scope(cast.acme.pk):
        change_state(batch, to=State.CANCELLED, expected=[State.UPLOADED], note="why")
        assert (batch.state, batch.note) == ("cancelled", "why")
        assert ImportBatch.objects.values_list("state", "note").get() == ("cancelled", "why")


def test_two_people_at_once_are_not_both_right(cast: Cast, imports: Imports) -> None:
    batch = imports.upload("completions", CONTENT).batch
    with tenant_scope(cast.acme.pk):
        mine, theirs = (ImportBatch.objects.get(pk=batch.pk) for _ in range(2))
        change_state(mine, to=State.CANCELLED, expected=[State.UPLOADED])
        with pytest.raises(StateConflict):
            change_state(theirs, to=State.CHECKING, expected=[State.UPLOADED])
        assert ImportBatch.objects.get().state == State.CANCELLED


def test_a_change_off_the_table_is_refused_even_where_it_is_expected(cast: Cast, imports: Imports) -> None:
    batch = imports.upload("completions", CONTENT).batch
    with tenant_scope(cast.acme.pk), pytest.raises(StateConflict):
        change_state(batch, to=State.COMPLETED, expected=list(State))
