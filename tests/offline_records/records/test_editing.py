"""Correcting one record by hand, below the page: what may be corrected, and two people at once (S-18, S-27)."""

import datetime as dt
from typing import Any

import pytest

from lms.tenancy.scope import tenant_scope
from offline_records.choices import Kind
from offline_records.models import OfflineRecord
from offline_records.records.editing import (
    ChangedMeanwhile,
    Correction,
    correct_record,
    fingerprint,
    hold_record,
    terms_of,
)
from offline_records.records.values import values_of
from tests.offline_records.catalogue import add_activity, add_field, add_record
from tests.plugins.cast import Cast

D = dt.date.fromisoformat


def correct(cast: Cast, record: OfflineRecord, *, completed_on: str = "", **values: str) -> OfflineRecord:
    with tenant_scope(cast.acme.pk):
        held = hold_record(record.pk)
        day = D(completed_on) if completed_on else held.completed_on
        correction = Correction(completed_on=day, values={**values_of(held), **values}, seen=fingerprint(held))
        correct_record(held, terms=terms_of(held), correction=correction, actor=cast.adam, reason="because")
        return OfflineRecord.objects.get(pk=record.pk)


def test_what_an_activity_no_longer_asks_for_can_still_be_corrected_where_it_is_recorded(cast: Cast) -> None:
    lift = add_activity(cast.acme, fields={"score": "optional"}, is_active=False)
    held, empty = (
        add_field(lift, "Held", Kind.NUMBER, is_active=False, is_required=True),
        add_field(lift, "Empty", is_active=False),
    )
    record = add_record(cast.bob, lift, D("2025-01-01"), hours=6, custom={str(held.pk): "2.00"})

    with tenant_scope(cast.acme.pk):
        terms = terms_of(record)
    assert terms.fields == {"score": "optional", "hours": "optional"}
    assert [(custom.id, custom.is_required) for custom in terms.custom] == [(held.pk, False)]
    assert empty.pk != held.pk
    found = correct(cast, record, hours="7.5", **{f"field_{held.pk}": "3.00"})
    assert (str(found.hours), found.custom) == ("7.50", {str(held.pk): "3.00"})


def test_S27_a_day_that_somebody_records_at_this_moment_is_refused_by_the_database(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    lift = add_activity(cast.acme)
    record = add_record(cast.bob, lift, D("2025-01-01"))
    add_record(cast.bob, lift, D("2025-02-01"))
    monkeypatch.setattr("offline_records.records.editing._refuse_double", lambda _record: None)  # not there yet

    with pytest.raises(ChangedMeanwhile):
        correct(cast, record, completed_on="2025-02-01")
    with tenant_scope(cast.acme.pk):
        left: list[Any] = list(OfflineRecord.objects.order_by("completed_on").values_list("completed_on", flat=True))
    assert left == [D("2025-01-01"), D("2025-02-01")]


def test_a_record_that_is_gone_has_changed(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk), pytest.raises(ChangedMeanwhile):
        hold_record(1)
