"""Writing completion records by set statements: all or an answer that says "try again" (T-27 to T-54, P9)."""

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from certifications.choices import Origin
from certifications.models import (
    Certification,
    CertificationAssignment,
    CertificationRecord,
    CertificationStatus,
    Evidence,
    Sighting,
    StatusChange,
)
from certifications.planning import Choices, Facts, plan_certifications
from certifications.recording import Source, record_certifications
from certifications.selectors import count_current_statuses, load_certification_facts
from lms.imports.importer import ConcurrentChange, Plan, RowFacts
from lms.notifications.messages import NewMessage, write_messages
from lms.notifications.models import OutboxMessage
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue import add_certification, assignments, evidence, records, statuses
from tests.plugins.cast import Cast

CERTIFY = "certify_if_more_recent"


@pytest.fixture
def aid(cast: Cast) -> Certification:
    return add_certification(cast.acme, "AID", "101")


def rows_for(people: Sequence[User], certification: Certification | None, day: str = "2026-05-01") -> list[RowFacts]:
    values = {"short_name": "AID", "due_on": "2026-06-30", "due_on_text": "30/06/2026", "date_text": "x"}
    item_id = certification.pk if certification else None
    return [
        RowFacts(number, person.pk, item_id, dt.date.fromisoformat(day), values)
        for number, person in enumerate(people, start=2)
    ]


def record(
    cast: Cast,
    rows: Sequence[RowFacts],
    *,
    batch_id: int | None = 1,
    action: str = CERTIFY,
    facts: Facts | None = None,
) -> list[Plan]:
    found = facts if facts is not None else load_certification_facts(rows, lock=True)
    plans = plan_certifications(rows, facts=found, choices=Choices(today=today(cast.acme), action=action))
    source = Source(
        tenant_id=cast.acme.pk,
        origin=Origin.IMPORT if batch_id else Origin.MANUAL,
        batch_id=batch_id,
        actor_id=cast.adam.pk,
        today=today(cast.acme),
        now=timezone.now(),
        reason="" if batch_id else "seen",
    )
    record_certifications(rows, plans, facts=found, source=source)
    return plans


def test_T27_T43_G03_a_record_with_its_dates_and_its_origin(cast: Cast, aid: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        record(cast, rows_for([cast.bob], aid), batch_id=9)
        found = CertificationRecord.objects.get()
        assert (found.person_id, found.certification_id) == (cast.bob.pk, aid.pk)
        assert [str(day) for day in (found.completed_on, found.due_on, found.expires_on, found.window_opens_on)] == [
            "2026-05-01", "2026-06-30", "2027-05-01", "2027-04-01",
        ]  # fmt: skip
        assert (found.basis, str(found.anchor_on), found.steps) == ("completed", "2026-05-01", 1)
        assert str(found.active_period) == "12 months"
        assert (found.origin, found.batch_id, found.row_no, found.recorded_by_id) == ("import", 9, 2, cast.adam.pk)
        assert (found.date_text, found.due_text, found.edited_at) == ("x", "30/06/2026", None)


def test_T47_E71_the_current_certification_points_to_its_record_and_is_marked(cast: Cast, aid: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        record(cast, rows_for([cast.bob], aid))
        status, behind = CertificationStatus.objects.get(), CertificationRecord.objects.get()
        assert (status.state, status.record_id, status.completed_on) == ("certified", behind.pk, behind.completed_on)
        assert (status.window_opens_on, status.expires_on) == (behind.window_opens_on, behind.expires_on)
        assert status.messages_suppressed_through == today(cast.acme)


def test_E34_every_change_is_a_link_that_names_its_actor(cast: Cast, aid: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        record(cast, rows_for([cast.bob], aid))
        record(cast, rows_for([cast.bob], aid, "2026-06-01"), batch_id=2)
        record(cast, rows_for([cast.bob], aid, "2026-07-01"), batch_id=None)
        links = list(StatusChange.objects.order_by("id"))
        assert [(link.batch_id, link.row_no, link.reason) for link in links] == [
            (1, 2, ""),
            (2, 2, ""),
            (None, None, "seen"),
        ]
        assert {link.actor_id for link in links} == {cast.adam.pk}
        assert (links[0].before_state, links[0].before_record_id) == ("", None)
        names = ("state", "record_id", "completed_on", "window_opens_on", "expires_on", "messages_suppressed_through")
        for earlier, later in pairwise(links):
            for name in names:
                assert getattr(earlier, f"after_{name}") == getattr(later, f"before_{name}") is not None
        assert CertificationStatus.objects.get().record_id == links[-1].after_record_id


def test_T46_the_assignment_is_of_the_earliest_day_and_never_in_the_future(cast: Cast, aid: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        rows = [*rows_for([cast.bob], aid, "2024-01-01"), *rows_for([cast.bob], aid, "2026-05-01")]
        record(cast, rows, batch_id=4, action="history")
        assert CertificationAssignment.objects.get().batch_id == 4
        record(cast, rows_for([cast.ben], aid, "2099-01-01"), batch_id=None)
    assert assignments(cast.acme) == [
        ("ben", "AID", str(today(cast.acme)), "manual"),
        ("bob", "AID", "2024-01-01", "import"),
    ]


def test_T29_T32_evidence_holds_what_the_row_says(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        record(cast, rows_for([cast.bob], None), batch_id=5)
        found = Evidence.objects.get()
        assert (found.short_name, found.short_name_key, found.id_number) == ("AID", "aid", "")
        assert (str(found.completed_on), str(found.due_on)) == ("2026-05-01", "2026-06-30")
        assert (found.origin, found.batch_id, found.row_no, found.due_text) == ("import", 5, 2, "30/06/2026")
    assert evidence(cast.acme) == [("bob", "AID", "", "2026-05-01")]
    assert (records(cast.acme), statuses(cast.acme), assignments(cast.acme)) == ([], [], [])


def test_E34_what_a_later_import_found_there_is_noted_once(cast: Cast, aid: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        for batch_id in (1, 2, 2):
            record(cast, [*rows_for([cast.bob], aid), *rows_for([cast.ben], None)], batch_id=batch_id)
        seen = [(found.record_id is None, found.batch_id) for found in Sighting.objects.order_by("id")]
        assert seen == [(False, 2), (True, 2)]
        assert (CertificationRecord.objects.count(), Evidence.objects.count()) == (1, 1)


@pytest.mark.parametrize("meanwhile", ["record", "status", "assignment", "evidence"])
def test_P9_facts_that_no_longer_hold_are_noticed_and_nothing_is_written(
    cast: Cast, aid: Certification, meanwhile: str
) -> None:
    with tenant_scope(cast.acme.pk):
        if meanwhile == "record":
            record(cast, rows_for([cast.bob], aid), action="history")
            CertificationAssignment.objects.all().delete()
        elif meanwhile == "status":
            CertificationStatus.objects.create(
                tenant=cast.acme, person=cast.bob, certification=aid, state="expired", updated_at=timezone.now()
            )
        elif meanwhile == "assignment":
            CertificationAssignment.objects.create(
                tenant=cast.acme, person=cast.bob, certification=aid, assigned_on=dt.date(2020, 1, 1)
            )
        else:
            record(cast, rows_for([cast.bob], None))
    before = records(cast.acme), evidence(cast.acme)
    wanted = None if meanwhile == "evidence" else aid
    with pytest.raises(ConcurrentChange), tenant_scope(cast.acme.pk):
        record(cast, rows_for([cast.ben, cast.bob], wanted), facts=Facts())
    assert (records(cast.acme), evidence(cast.acme)) == before


def test_statements_do_not_grow_with_rows(cast: Cast, aid: Certification) -> None:
    other = add_certification(cast.acme, "FIRE")
    counted = []
    for people in ([cast.bob], [cast.ben, cast.carl, cast.lea, cast.alice]):
        rows = [row for item in (aid, other, None) for row in rows_for(people, item)]
        with tenant_scope(cast.acme.pk), CaptureQueriesContext(connection) as captured:
            record(cast, rows)
        counted.append(len(captured))
    assert counted[0] == counted[1] == 20


def test_facts_are_those_of_the_asked_people_certifications_and_days(cast: Cast, aid: Certification) -> None:
    other = add_certification(cast.acme, "FIRE", is_active=False)
    with tenant_scope(cast.acme.pk):
        record(cast, [*rows_for([cast.bob, cast.ben], aid), *rows_for([cast.bob], None)])
        asked = [*rows_for([cast.bob], aid), *rows_for([cast.bob], other), *rows_for([cast.bob], None)]
        facts = load_certification_facts(asked, lock=False)
        bob, day = cast.bob.pk, dt.date(2026, 5, 1)
        assert {key: known.due_on for key, known in facts.records.items()} == {(bob, aid.pk, day): dt.date(2026, 6, 30)}
        assert set(facts.statuses) == set(facts.assigned) == {(bob, aid.pk)}
        status = facts.statuses[bob, aid.pk]
        assert status.inconsistencies == ()
        assert (status.last_expires_on, status.last_window_opens_on) == (status.expires_on, status.window_opens_on)
        assert {pk: terms.is_active for pk, terms in facts.terms.items()} == {aid.pk: True, other.pk: False}
        assert {key[1:] for key in facts.evidence} == {("aid", "", day)}
        assert load_certification_facts([], lock=True) == Facts()


def test_T54_the_record_behind_an_expired_certification_is_still_known(cast: Cast, aid: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        record(cast, rows_for([cast.bob], aid))
        CertificationStatus.objects.update(state="expired", completed_on=None, window_opens_on=None, expires_on=None)
        (status,) = load_certification_facts(rows_for([cast.bob], aid), lock=True).statuses.values()
        assert (status.state, status.expires_on, str(status.last_expires_on)) == ("expired", None, "2027-05-01")


def test_E39_current_certifications_are_counted_in_reach(cast: Cast, aid: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        record(cast, rows_for([cast.bob, cast.carl, cast.ben], aid))
        CertificationStatus.objects.filter(person=cast.ben).update(
            state="expired", completed_on=None, window_opens_on=None, expires_on=None
        )
        actors = [User.objects.get(pk=one.pk) for one in (cast.adam, cast.lea, cast.bob)]
        assert [count_current_statuses(actor) for actor in actors] == [2, 1, 0]


def test_E71_reminders_of_the_same_that_wait_are_withdrawn(cast: Cast, aid: Certification) -> None:
    other = add_certification(cast.acme, "FIRE")
    with tenant_scope(cast.acme.pk):
        items = [
            NewMessage(cast.bob.pk, "certification_expiring_soon", {"certification_id": found.pk})
            for found in (aid, other)
        ]
        write_messages(items, group="day:2026-05-01", now=timezone.now())
        record(cast, rows_for([cast.bob], aid), action="history")
        assert len(OutboxMessage.objects.get().params["items"]) == 2
        record(cast, rows_for([cast.bob], aid, "2026-06-01"))
        assert OutboxMessage.objects.get().params["items"] == [{"certification_id": other.pk}]
