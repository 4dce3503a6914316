"""One completion record by hand: the rules of imports, an audit line, a choice about messages (T-27, T-45, T-51, T-72)."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from certifications.models import Certification, CertificationRecord, CertificationStatus, StatusChange
from certifications.planning import Facts
from certifications.records.adding import AlreadyRecorded, add_record
from certifications.records.editing import ChoiceNeeded
from lms.audit.models import AuditEvent
from lms.imports.importer import ConcurrentChange
from lms.notifications.models import OutboxMessage
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue import add_certification, assignments, records, statuses
from tests.plugins.cast import Cast
from tests.plugins.days import OnDay

NEW = dt.date(2026, 3, 1)


@pytest.fixture
def aid(cast: Cast) -> Certification:
    return add_certification(cast.acme, "AID", "101", name="First Aid")


@pytest.fixture(autouse=True)
def _in_march(on_day: OnDay) -> Any:
    with on_day("2026-03-15"):
        yield


def add(cast: Cast, aid: Certification, *, person: User | None = None, day: dt.date = NEW, **changes: Any) -> str:
    with tenant_scope(cast.acme.pk):
        actor = User.objects.select_related("tenant").get(pk=cast.adam.pk)
        whom = User.objects.get(pk=(person or cast.bob).pk)
        return add_record(whom, aid, completed_on=day, actor=actor, **{"reason": "seen", **changes})


def test_T27_T45_a_record_by_hand_becomes_current_and_names_who_and_why(cast: Cast, aid: Certification) -> None:
    assert add(cast, aid, due_on=dt.date(2026, 6, 30)) == "created"
    assert records(cast.acme) == [("bob", "AID", "2026-03-01", "2027-03-01")]
    assert statuses(cast.acme) == [("bob", "AID", "certified", "2026-03-01")]
    assert assignments(cast.acme) == [("bob", "AID", "2026-03-01", "manual")]
    with tenant_scope(cast.acme.pk):
        record, link = CertificationRecord.objects.get(), StatusChange.objects.get()
        assert (record.origin, record.batch_id, record.row_no, record.due_on) == (
            "manual", None, None, dt.date(2026, 6, 30),
        )  # fmt: skip
        assert (link.actor_id, link.batch_id, link.reason) == (cast.adam.pk, None, "seen")
        event = AuditEvent.objects.get(action="certifications.record.added")
        assert (event.actor_id, event.person_id, event.subject_label) == (cast.adam.pk, cast.bob.pk, "AID First Aid")
        assert event.details == {
            "completed_on": "2026-03-01",
            "due_on": "2026-06-30",
            "outcome": "created",
            "reason": "seen",
            "messages": "",
        }


def test_T45_an_older_one_and_one_for_the_history_leave_the_current_as_it_is(cast: Cast, aid: Certification) -> None:
    add(cast, aid)
    outcomes = [
        add(cast, aid, day=dt.date(2025, 6, 1)),
        add(cast, aid, day=dt.date(2026, 3, 10), action="history"),
        add(cast, aid, day=dt.date(2026, 3, 12)),
    ]
    assert outcomes == ["added_to_history", "added_to_history", "updated"]
    assert statuses(cast.acme) == [("bob", "AID", "certified", "2026-03-12")]


def test_T51_the_same_day_again_is_recorded_already(cast: Cast, aid: Certification) -> None:
    add(cast, aid)
    with pytest.raises(AlreadyRecorded):
        add(cast, aid, due_on=dt.date(2026, 6, 30))
    with tenant_scope(cast.acme.pk):
        assert AuditEvent.objects.filter(action="certifications.record.added").count() == 1


def test_T80_an_archived_certification_takes_history_alone(cast: Cast) -> None:
    gone = add_certification(cast.acme, "GONE", is_active=False)
    assert add(cast, gone) == "added_to_history"
    assert (statuses(cast.acme), assignments(cast.acme)) == ([], [])


def test_E60_somebody_has_to_say_whether_the_person_is_told(cast: Cast, aid: Certification) -> None:
    day = dt.date(2025, 4, 1)  # in its recertification window
    with pytest.raises(ChoiceNeeded) as asked:
        add(cast, aid, day=day)
    assert asked.value.kinds == ("certification_expiring_soon",)
    assert records(cast.acme) == []
    add(cast, aid, day=day, messages="suppress")
    add(cast, aid, person=cast.ben, day=day, messages="send")
    with tenant_scope(cast.acme.pk):
        assert [mail.recipient_id for mail in OutboxMessage.objects.all()] == [cast.ben.pk]
        marks = set(CertificationStatus.objects.values_list("messages_suppressed_through", flat=True))
        assert marks == {today(cast.acme)}


@pytest.mark.parametrize("change", [{"is_active": False}, {"active_since": dt.date(2026, 3, 14)}])
def test_E19_nobody_is_told_about_the_time_away(cast: Cast, aid: Certification, change: dict[str, Any]) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(**change)
    assert add(cast, aid, day=dt.date(2025, 4, 1)) == "created"


def test_P9_somebody_else_was_faster(cast: Cast, aid: Certification, monkeypatch: pytest.MonkeyPatch) -> None:
    with tenant_scope(cast.acme.pk):
        CertificationStatus.objects.create(
            tenant=cast.acme, person=cast.bob, certification=aid, state="expired", updated_at=timezone.now()
        )
    found = "certifications.records.adding.load_certification_facts"
    monkeypatch.setattr(found, lambda _rows, **_: Facts())
    with pytest.raises(ConcurrentChange):
        add(cast, aid)
    assert records(cast.acme) == []
