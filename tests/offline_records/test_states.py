"""How long an offline record counts: the state on a day, in Python and in the database."""

import datetime as dt

import pytest

from lms.tenancy.scope import tenant_scope
from offline_records.choices import Result
from offline_records.models import OfflineRecord
from offline_records.states import State, in_state, state_on
from tests.offline_records.catalogue import add_activity, add_record
from tests.plugins.cast import Cast

D = dt.date(2020, 1, 1)
TODAY = dt.date(2026, 3, 15)


@pytest.mark.parametrize(
    ("days_left", "state"),
    [(None, State.FOR_EVER), (-1, State.EXPIRED), (0, State.EXPIRES_SOON), (30, State.EXPIRES_SOON), (31, State.VALID)],
)
def test_S45_the_last_valid_day_still_counts_and_soon_is_what_the_activity_says(
    days_left: int | None, state: State
) -> None:
    expires_on = None if days_left is None else TODAY + dt.timedelta(days=days_left)
    assert state_on(TODAY, result="passed", expires_on=expires_on, expiring_days=30) == state
    assert state_on(TODAY, result="failed", expires_on=expires_on, expiring_days=30) == State.NOT_VALID


def test_the_database_sorts_records_into_the_same_states_each_into_one(cast: Cast) -> None:
    short, long = (
        add_activity(cast.acme, "SHORT", expiring_days=5),
        add_activity(cast.acme, "LONG", expiring_days=60),
    )
    offsets = (None, -400, -1, 0, 1, 4, 5, 6, 59, 60, 61)
    for number, offset in enumerate(offsets):
        expires_on = None if offset is None else TODAY + dt.timedelta(days=offset)
        for activity in (short, long):
            add_record(cast.bob, activity, D + dt.timedelta(days=number), expires_on=expires_on)

    for number, offset in enumerate((None, -1, 1, 400)):
        expires_on = None if offset is None else TODAY + dt.timedelta(days=offset)
        add_record(cast.ben, long, D + dt.timedelta(days=number), expires_on=expires_on, result=Result.FAILED)

    with tenant_scope(cast.acme.pk):
        records = OfflineRecord.objects.select_related("activity")
        expected = {
            found.pk: state_on(
                TODAY, result=found.result, expires_on=found.expires_on, expiring_days=found.activity.expiring_days
            )
            for found in records
        }
        sorted_in = [
            (pk, state) for state in State for (pk,) in records.filter(in_state(state, day=TODAY)).values_list("pk")
        ]

    assert dict(sorted_in) == expected
    assert len(sorted_in) == len(expected)
