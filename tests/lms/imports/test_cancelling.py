"""Cancelling against a worker that is about to finish (E-64, E-70, P11)."""

import pytest

from lms.imports import checking
from lms.imports.confirming import cancel_batch, continue_batch
from lms.imports.models import FailureMode, ImportBatch, State
from lms.imports.transitions import StateConflict
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imports
from tests.plugins.standing import completions

TEXT = "username,course code,completion date\nbob,SAFE-1,2024-05-01\n"
pytestmark = pytest.mark.django_db


def test_E64_E70_a_cancellation_at_the_last_moment_of_a_check_stops_the_import_that_would_follow(
    cast: Cast, imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = imports.upload("completions", TEXT)

    def cancel_late(name: str) -> None:
        if name == "check.block":  # after the last look at the wish to cancel
            ImportBatch.objects.filter(pk=imported.batch.pk).update(cancel_requested=True)

    monkeypatch.setattr(checking, "reach", cancel_late)
    found = imports.check(imported, confirm_with={"actor": cast.adam.pk, "answers": {}})
    assert (found.state, found.rows, completions(cast.acme)) == ("cancelled", [], [])


def test_E64_who_cancels_too_late_is_told(cast: Cast, imports: Imports) -> None:
    imported = imports.check(imports.upload("completions", TEXT))
    with tenant_scope(cast.acme.pk):
        batch = ImportBatch.objects.get(pk=imported.batch.pk)
        ImportBatch.objects.filter(pk=batch.pk).update(
            state=State.APPLYING, options={**batch.options, "failure_mode": FailureMode.STOP_IF_ANY}
        )
        with pytest.raises(StateConflict):
            cancel_batch(batch, actor=cast.adam)


def test_a_check_that_is_cancelled_after_a_refusal_leaves_nothing_to_go_on_with(cast: Cast, imports: Imports) -> None:
    """An all-or-nothing import was confirmed, refused for rows that became bad, checked again, and cancelled then."""
    imported = imports.check(imports.upload("completions", TEXT), options={"failure_mode": FailureMode.STOP_IF_ANY})
    imported = imports.confirm(imported, works=False)
    with tenant_scope(cast.acme.pk):
        cast.safe.open_for_import = False
        cast.safe.save()
    imports.work()
    refused = imports.load(imported.batch)
    assert refused.state == "refused"
    imports.check(refused, works=False)
    imports.cancel(refused)
    imports.work()
    cancelled = imports.load(imported.batch)
    assert cancelled.state == "cancelled"
    with tenant_scope(cast.acme.pk), pytest.raises(StateConflict):
        continue_batch(cancelled.batch, actor=cast.adam)
