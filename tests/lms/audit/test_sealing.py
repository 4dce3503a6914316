"""The chain of hashes: complete, the same when made twice, and broken by whoever rewrites history."""

import pytest
from django.db import connections

from lms.audit import sealing
from lms.audit.models import AuditEvent
from lms.audit.sealing import Anchor, ChainReport, seal_all_tenants, seal_events, verify_chain
from lms.audit.services import record_event
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def record(cast: Cast, *labels: str) -> None:
    with tenant_scope(cast.acme.pk):
        for label in labels:
            record_event(
                "people.team.created", actor=cast.alice, subject_label=label, details={"b": 1, "a": [label, 1.5]}
            )


def rewrite(statement: str, *, tenant_id: int) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, false)", [str(tenant_id)])
        cursor.execute(statement)
        cursor.execute("RESET app.tenant")


def test_S44_sealing_goes_on_where_it_stopped_and_changes_nothing_twice(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "_PAGE_EVENTS", 2)
    record(cast, "one", "two", "three", "vier äöü")
    first = seal_events(cast.acme.pk)
    assert seal_events(cast.acme.pk) == first

    record(cast, "five")
    seal_all_tenants()

    report = verify_chain(cast.acme.pk, anchor=first)
    with tenant_scope(cast.acme.pk):
        numbers = list(AuditEvent.objects.order_by("id").values_list("chain_number", flat=True))
    assert (first.number, numbers, report) == (4, [1, 2, 3, 4, 5], ChainReport(5, 0, report.end))
    assert verify_chain(cast.zebra.pk) == ChainReport(0, 0, Anchor())


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("UPDATE audit_auditevent SET actor_name = 'Nobody' WHERE chain_number = 2", 2),
        ("UPDATE audit_auditevent SET details = '{}' WHERE chain_number = 3", 3),
        ("UPDATE audit_auditevent SET at = at + interval '1 microsecond' WHERE chain_number = 1", 1),
        ("DELETE FROM audit_auditevent WHERE chain_number = 2", 2),
        ("DELETE FROM audit_auditevent WHERE chain_number = 3", 3),
    ],
)
def test_S44_rewriting_or_removing_an_event_is_seen(cast: Cast, statement: str, broken_at: int) -> None:
    record(cast, "one", "two", "three")
    anchor = seal_events(cast.acme.pk)
    assert verify_chain(cast.acme.pk, anchor=anchor).broken_at is None

    rewrite(statement, tenant_id=cast.acme.pk)

    assert verify_chain(cast.acme.pk, anchor=anchor).broken_at == broken_at


def test_S44_events_without_a_seal_are_counted(cast: Cast) -> None:
    record(cast, "one")
    end = seal_events(cast.acme.pk)
    record(cast, "two")

    assert verify_chain(cast.acme.pk) == ChainReport(1, 1, end)
