"""One lane per tenant, served in turn, held by a fencing token (E-62)."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from lms.imports.lanes import (
    Claim,
    LostLease,
    announce,
    claim_work,
    finish_work,
    give_back,
    hold,
    is_work_due,
    take_number,
    take_sequence,
)
from lms.imports.models import WorkItem, WorkLane
from tests.plugins.cast import Cast

APPLY, UNDO, CHECK, SNIFF = WorkItem.Kind.APPLY, WorkItem.Kind.UNDO, WorkItem.Kind.CHECK, WorkItem.Kind.SNIFF


def take(*, lane_first: bool = True) -> Claim:
    claim = claim_work(lane_first=lane_first)
    assert claim is not None
    return claim


def test_E62_lowest_sequence_first_and_the_lane_is_one_workers(cast: Cast) -> None:
    announce(tenant_id=cast.acme.pk, kind=APPLY, subject_id=20, sequence=2)
    announce(tenant_id=cast.acme.pk, kind=UNDO, subject_id=10, sequence=1)
    claim = take()
    assert (claim.kind, claim.subject_id, claim.is_lane, claim.attempts) == ("undo", 10, True, 1)
    assert claim_work() is None
    finish_work(claim)
    give_back(claim)
    assert take().subject_id == 20


def test_E62_the_lane_served_longest_ago_is_next(cast: Cast) -> None:
    for tenant in (cast.acme, cast.zebra):
        for number in (1, 2):
            announce(tenant_id=tenant.pk, kind=APPLY, subject_id=10 * tenant.pk + number, sequence=number)
    served = []
    for _ in range(4):
        claim = take()
        served.append(claim.tenant_id)
        finish_work(claim)
        give_back(claim)
    assert served == [cast.acme.pk, cast.zebra.pk, cast.acme.pk, cast.zebra.pk]


def test_E62_checks_need_no_lane(cast: Cast) -> None:
    announce(tenant_id=cast.acme.pk, kind=APPLY, subject_id=1, sequence=1)
    for number in (2, 3):
        announce(tenant_id=cast.acme.pk, kind=CHECK, subject_id=number)
    kinds = [take().kind, take().kind, take().kind]
    assert kinds == ["apply", "check", "check"]
    assert claim_work() is None


def test_a_worker_alternates_between_lanes_and_the_rest(cast: Cast) -> None:
    announce(tenant_id=cast.acme.pk, kind=APPLY, subject_id=1, sequence=1)
    announce(tenant_id=cast.acme.pk, kind=SNIFF, subject_id=2)
    assert take(lane_first=False).kind == "sniff"
    assert take(lane_first=False).kind == "apply"


def test_E62_a_lost_lease_is_noticed_by_the_first_statement(cast: Cast) -> None:
    announce(tenant_id=cast.acme.pk, kind=APPLY, subject_id=1, sequence=1)
    announce(tenant_id=cast.acme.pk, kind=CHECK, subject_id=2)
    old = [take(), take()]
    past = timezone.now() - dt.timedelta(minutes=1)
    WorkLane.objects.update(lease_until=past)
    WorkItem.objects.update(lease_until=past)
    new = [take(), take()]
    assert [claim.fencing_token for claim in new] == [claim.fencing_token + 1 for claim in old]
    for claim in old:
        with pytest.raises(LostLease):
            hold(claim)
        give_back(claim)  # what a zombie gives back is not its own
    assert claim_work() is None
    for claim in new:
        hold(claim)


def test_what_is_postponed_is_not_due(cast: Cast) -> None:
    announce(tenant_id=cast.acme.pk, kind=APPLY, subject_id=1, sequence=1)
    give_back(take(), wait_seconds=60)
    assert (claim_work(), is_work_due()) == (None, False)
    announce(tenant_id=cast.acme.pk, kind=APPLY, subject_id=1, sequence=1)
    assert is_work_due()
    assert take().attempts == 1, "announced anew, it starts anew"


def test_announced_twice_it_is_one_piece_of_work(cast: Cast) -> None:
    for _ in range(2):
        announce(tenant_id=cast.acme.pk, kind=CHECK, subject_id=7)
    assert WorkItem.objects.count() == 1


def test_numbers_and_sequences_count_per_tenant(cast: Cast) -> None:
    assert [take_number(cast.acme.pk), take_number(cast.acme.pk), take_number(cast.zebra.pk)] == [1, 2, 1]
    assert [take_sequence(cast.acme.pk), take_sequence(cast.acme.pk), take_sequence(cast.zebra.pk)] == [1, 2, 1]


def test_F5_an_absent_broker_loses_no_work(
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from lms.celery import app

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise ConnectionError(uuid.uuid4().hex)

    monkeypatch.setattr(app, "send_task", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        announce(tenant_id=cast.acme.pk, kind=CHECK, subject_id=7)
    assert "no wake-up sent" in caplog.text
    assert is_work_due()


@pytest.mark.parametrize("kind", [APPLY, CHECK])
def test_E62_one_claim_takes_one_piece_of_work_whatever_the_plan(cast: Cast, kind: WorkItem.Kind) -> None:
    """A plan may run the choice again for each candidate; it must not choose again."""
    for number, tenant in enumerate((cast.acme, cast.zebra), start=1):
        announce(tenant_id=tenant.pk, kind=kind, subject_id=number, sequence=1)
    with connection.cursor() as cursor:
        for method in ("hashjoin", "mergejoin", "material"):
            cursor.execute(f"SET LOCAL enable_{method} = off")
        cursor.execute("ANALYZE imports_worklane, imports_workitem")
    assert {take().subject_id, take().subject_id} == {1, 2}
    assert claim_work() is None
