"""The one way by which imports and people record: what is there meanwhile is noticed, nothing of it is written twice."""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction

from lms.imports.importer import ConcurrentChange, RowFacts
from lms.people.domains import Domain
from lms.tenancy.scope import tenant_scope
from offline_records.choices import Origin
from offline_records.models import OfflineActivity, OfflineRecord
from offline_records.planning import plan_records
from offline_records.recording import Source, record_offline
from offline_records.selectors import load_record_facts
from tests.offline_records.catalogue import add_activity, add_field, add_record
from tests.plugins.cast import Cast

TODAY = dt.date(2024, 6, 1)
DAY = dt.date(2024, 5, 1)


def record(cast: Cast, activity: OfflineActivity, rows: list[RowFacts], *, meanwhile: Any = None) -> int:
    domain = Domain(cast.clinical.pk, "clinical", "Clinical")
    facts = load_record_facts(rows, activity_id=activity.pk, domain=domain, names_domains=True, lock=True)
    plans = plan_records(rows, facts=facts, today=TODAY)
    if meanwhile:
        meanwhile()
    source = Source(
        tenant_id=cast.acme.pk,
        origin=Origin.MANUAL,
        batch_id=None,
        actor_id=cast.adam.pk,
        today=TODAY,
        now=dt.datetime(2024, 6, 1, 9, tzinfo=dt.UTC),
    )
    return record_offline(rows, plans, facts=facts, source=source)


def test_S31_a_record_by_hand_goes_the_same_way_and_has_no_row(cast: Cast) -> None:
    activity = add_activity(cast.acme, fields={"score": "optional"})
    room = add_field(activity, "Room")
    other = add_field(activity, "Old", is_active=False)
    values = {"score": "5.50", f"field_{room.pk}": "12", f"field_{other.pk}": "gone"}
    with tenant_scope(cast.acme.pk):
        assert record(cast, activity, [RowFacts(0, cast.bob.pk, activity.pk, DAY, values)]) == 1
        (found,) = OfflineRecord.objects.all()
    assert (found.origin, found.batch_id, found.row_no, found.recorded_by_id) == ("manual", None, None, cast.adam.pk)
    assert found.custom == {str(room.pk): "12"}, "a field that was taken off is not recorded"
    assert found.messages_suppressed_through == TODAY


def test_S27_what_somebody_records_meanwhile_is_noticed(cast: Cast) -> None:
    activity = add_activity(cast.acme)
    rows = [RowFacts(row_no, person.pk, activity.pk, DAY, {}) for row_no, person in ((2, cast.bob), (3, cast.ben))]

    def write_the_same() -> None:
        OfflineRecord.objects.create(
            tenant=cast.acme, person=cast.ben, activity=activity, completed_on=DAY, origin=Origin.MANUAL,
            recorded_at=dt.datetime(2024, 6, 1, tzinfo=dt.UTC),
        )  # fmt: skip

    with tenant_scope(cast.acme.pk):
        with pytest.raises(ConcurrentChange), transaction.atomic():
            record(cast, activity, rows, meanwhile=write_the_same)
        assert OfflineRecord.objects.count() == 0
        assert record(cast, activity, []) == 0


def test_S09_S27_what_is_known_of_people_and_days(cast: Cast) -> None:
    activity = add_activity(cast.acme)
    add_record(cast.bob, activity, DAY)
    rows = [RowFacts(2, cast.bob.pk, activity.pk, DAY, {}), RowFacts(3, cast.carl.pk, activity.pk, DAY, {})]
    with tenant_scope(cast.acme.pk):
        domain = Domain(cast.clinical.pk, "clinical", "Clinical")
        facts = load_record_facts(rows, activity_id=activity.pk, domain=domain, names_domains=False, lock=False)
    assert [(pair, known.import_number) for pair, known in facts.known.items()] == [((cast.bob.pk, DAY), 0)]
    assert facts.domains == {cast.bob.pk: (cast.clinical.pk, "Clinical")}
    assert (facts.domain_name, facts.terms.code, facts.latest) == ("Clinical", "LIFT", {})
