"""What the record editor does to the chains of changes: no undo brings back what a person took away (E-34, T-72)."""

from certifications.models import StatusChange
from certifications.records.editing import Change, Correction, correct_record, delete_record, hold_records
from lms.tenancy.scope import tenant_scope
from tests.certifications.record_data import add_certification, add_record, day, link, show
from tests.plugins.cast import Cast


def test_E34_a_deleted_record_is_brought_back_by_no_undo(cast: Cast) -> None:
    """Import 4 made the first current, import 5 the second, import 6 the third; the second goes."""
    aid = add_certification(cast.acme)
    records = [add_record(cast.bob, aid, on) for on in ("2024-01-01", "2025-01-01", "2026-01-01")]
    previous = None
    for number, record in enumerate(records, start=4):
        status = show(record)
        link(previous, status, batch_id=number)
        previous = status
    first, second, third = (record.pk for record in records)
    with tenant_scope(cast.acme.pk):
        held = hold_records(cast.bob, certification_id=aid.pk)
        change = Change(tenant=cast.acme, actor=cast.adam, reason="never happened")
        delete_record(held, record_id=second, successor_id=None, change=change)
        links = StatusChange.objects.order_by("pk")
        found = [(made.batch_id, made.before_record_id, made.before_expires_on, made.after_record_id) for made in links]

    assert found == [
        (4, None, None, first),
        (5, first, day("2025-01-01"), second),
        (6, first, day("2025-01-01"), third),
    ]


def test_E34_the_only_record_before_it_leaves_nothing_to_bring_back(cast: Cast) -> None:
    aid = add_certification(cast.acme)
    old, new = add_record(cast.bob, aid, "2025-06-01"), add_record(cast.bob, aid, "2026-01-01")
    link(show(old), show(new), batch_id=5)
    with tenant_scope(cast.acme.pk):
        held = hold_records(cast.bob, certification_id=aid.pk)
        change = Change(tenant=cast.acme, actor=cast.adam, reason="never happened")
        delete_record(held, record_id=old.pk, successor_id=None, change=change)
        found = StatusChange.objects.get()

    assert (found.before_state, found.before_record_id, found.before_expires_on) == ("", None, None)
    assert (found.after_state, found.after_record_id) == ("certified", new.pk)


def test_E34_a_corrected_record_is_brought_back_with_its_new_dates(cast: Cast) -> None:
    aid = add_certification(cast.acme)
    old, new = add_record(cast.bob, aid, "2025-06-01"), add_record(cast.bob, aid, "2026-01-01")
    link(show(old), show(new), batch_id=5)
    with tenant_scope(cast.acme.pk):
        held = hold_records(cast.bob, certification_id=aid.pk)
        change = Change(tenant=cast.acme, actor=cast.adam, reason="misread")
        correct_record(held, record_id=old.pk, correction=Correction(completed_on=day("2025-05-01")), change=change)
        found = StatusChange.objects.get()

    assert (found.before_completed_on, found.before_window_opens_on, found.before_expires_on) == (
        day("2025-05-01"),
        day("2026-04-01"),
        day("2026-05-01"),
    )
