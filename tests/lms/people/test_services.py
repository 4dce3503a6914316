"""Writing people."""

import datetime as dt

import time_machine

from lms.people.models import User
from lms.people.services import save_person
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

EVENING = dt.datetime(2026, 6, 30, 23, 30, tzinfo=dt.UTC)  # the first of July in London


def test_E19_who_comes_back_is_active_since_that_day_in_the_tenants_zone(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk), time_machine.travel(EVENING, tick=False):
        cast.bob.is_active = False
        save_person(cast.bob, actor=cast.alice, changed=["is_active"])
        away = User.objects.get(pk=cast.bob.pk).active_since
        cast.bob.is_active = True
        save_person(cast.bob, actor=cast.alice, changed=["is_active"])
        back = User.objects.get(pk=cast.bob.pk).active_since
    assert (away, back) == (None, dt.date(2026, 7, 1))


def test_who_was_never_away_has_no_such_day(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        save_person(cast.ben, actor=cast.alice, changed=["first_name"])
        new = User(tenant=cast.acme, username="nora")
        save_person(new, actor=cast.alice)
        assert set(User.objects.values_list("active_since", flat=True)) == {None}
