"""Adding one record by hand, below the page: somebody records the same at this moment (S-27)."""

import datetime as dt

import pytest
from django.utils import timezone

from lms.imports.importer import ConcurrentChange
from lms.tenancy.scope import tenant_scope
from offline_records.models import OfflineRecord
from offline_records.planning import Facts, plan_records
from offline_records.records import adding
from offline_records.records.adding import Entered, add_record
from tests.offline_records.catalogue import add_activity
from tests.plugins.cast import Cast

DAY = dt.date(2025, 1, 1)


def test_S27_what_somebody_else_has_recorded_meanwhile_is_not_recorded_twice(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    lift = add_activity(cast.acme)

    def plan_late(rows: object, *, facts: Facts, today: dt.date) -> object:
        OfflineRecord.objects.create(  # after the facts were read
            tenant=cast.acme,
            person=cast.bob,
            activity=lift,
            completed_on=DAY,
            origin="manual",
            recorded_at=timezone.now(),
        )
        return plan_records(rows, facts=facts, today=today)  # type: ignore[arg-type]

    monkeypatch.setattr(adding, "plan_records", plan_late)
    with tenant_scope(cast.acme.pk):
        with pytest.raises(ConcurrentChange):
            add_record(cast.bob, lift, entered=Entered(completed_on=DAY, reason="seen"), actor=cast.adam)
        assert OfflineRecord.objects.count() == 1
