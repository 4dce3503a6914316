"""One offline record: its page with origin and changes, correcting and removing it by hand (G-03, W20, S-18, S-27)."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lms.audit.models import AuditEvent
from lms.core.periods import Period
from lms.notifications.messages import NewMessage, write_messages
from lms.notifications.models import MessageSwitch, OutboxMessage
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from offline_records.choices import Kind, Origin
from offline_records.kinds import KINDS, OFFLINE_RECORD_CREATED, OFFLINE_RECORD_EXPIRES
from offline_records.models import CustomField, OfflineActivity, OfflineRecord
from tests.lms.imports.batch_data import make_batch
from tests.offline_records.catalogue import KIND, add_activity, add_field, add_record
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
D = dt.date.fromisoformat


@pytest.fixture(autouse=True)
def _march() -> Iterator[None]:
    with time_machine.travel("2026-03-15T12:00:00+00:00", tick=True):
        yield


@pytest.fixture
def kit(cast: Cast) -> CustomField:
    """A field of LIFT, which is valid for a year and has result, score and notes."""
    lift = add_activity(
        cast.acme,
        fields={"result": "required", "score": "optional", "expires_on": "optional", "notes": "optional"},
        validity=Period.parse("12 months"),
        score_maximum=100,
    )
    return add_field(lift, "Kit", Kind.CHOICE, choices=["Red bag", "Green bag"])


@pytest.fixture
def record(cast: Cast, kit: CustomField) -> OfflineRecord:
    """Bob's, from row 812 of import 41, by the validity period until 1 June 2026."""
    batch = make_batch(
        cast, number=41, kind=KIND, file_name="sign-in sheet.xlsx", mapping={"date_format": "dd.mm.yyyy"}
    )
    traced = {"origin": Origin.IMPORT, "batch_id": batch.pk, "row_no": 812, "recorded_by_id": cast.adam.pk}
    return add_record(
        cast.bob,
        kit.activity,
        D("2025-06-01"),
        result="passed",
        score=80,
        hours=6,
        expires_on=D("2026-06-01"),
        custom={str(kit.pk): "Red bag"},
        date_text="01.06.2025",
        **traced,
    )


def page_of(record: OfflineRecord) -> str:
    return reverse("offline_record", args=[record.pk])


def read(record: OfflineRecord) -> OfflineRecord:
    with tenant_scope(record.tenant_id):
        return OfflineRecord.objects.get(pk=record.pk)


def answers_of(client: Client, record: OfflineRecord, **more: str) -> dict[str, str]:
    """What the form holds as it opens, with other answers."""
    form = client.get(f"{page_of(record)}edit/").context["form"]
    shown = {name: str(form[name].value() or "") for name in form.fields}
    return {**shown, "reason": "the certificate says so", **more}


def correct(client: Client, record: OfflineRecord, **more: str) -> Any:
    return client.post(f"{page_of(record)}edit/", answers_of(client, record, **more), follow=True)


def warn(cast: Cast, activity: OfflineActivity, *kinds: str) -> None:
    """Let mails about Bob's record wait to be sent."""
    with tenant_scope(cast.acme.pk):
        for kind in KINDS:
            MessageSwitch.objects.update_or_create(tenant=cast.acme, kind=kind, defaults={"is_on": True})
        item = {"activity_id": activity.pk, "code": "LIFT", "activity": "Lifting", "completed_on": "2025-06-01"}
        new = [NewMessage(cast.bob.pk, kind, item | {"expires_on": "2026-06-01"}) for kind in kinds]
        write_messages(new, group=f"change:{uuid.uuid4()}", now=timezone.now())


def waiting(cast: Cast) -> set[str]:
    with tenant_scope(cast.acme.pk):
        return set(OutboxMessage.objects.exclude(state="withdrawn").values_list("kind", flat=True))


def test_G03_W20_the_page_says_everything_and_where_it_comes_from(
    cast: Cast, client_for: SignIn, record: OfflineRecord, kit: CustomField
) -> None:
    with tenant_scope(cast.acme.pk):
        CustomField.objects.filter(pk=kit.pk).update(is_active=False)
    response = client_for(cast.lea).get(page_of(record))
    page = " ".join(response.content.decode().split())

    assert [(str(label), value) for label, value in response.context["facts"]] == [
        ("Result", "Passed"),
        ("Score", "80"),
        ("Hours", "6"),
        ("Kit", "Red bag"),
    ]
    for words in (
        "1 June 2025", "1 June 2026", "by the activity's validity period",
        "from row 812 of “sign-in sheet.xlsx”, import 41.",
        "The date stood there as “01.06.2025” and was read as day.month.year.", "0" * 64, 'href="/imports/41/"',
    ):  # fmt: skip
        assert words in page, words
    assert [f"{page_of(record)}{name}/" in page for name in ("edit", "remove")] == [False, False]
    with tenant_scope(cast.acme.pk):
        OfflineRecord.objects.filter(pk=record.pk).update(result="failed")
    page = client_for(cast.adam).get(page_of(record)).content.decode()
    assert [words in page for words in (f"{page_of(record)}edit/", "Not valid", "1 June 2026")] == [True, True, False]


def test_S25_whose_record_is_for_whom(cast: Cast, client_for: SignIn, record: OfflineRecord) -> None:
    carls = add_record(cast.carl, add_activity(cast.acme, "AID"), D("2025-01-01"))
    zoes = add_record(cast.zoe, add_activity(cast.zebra, "ZZB"), D("2025-01-01"))
    asked = [(cast.adam, record), (cast.lea, record), (cast.lea, carls), (cast.bob, record), (cast.charlie, record)]
    asked += [(cast.adam, zoes), (cast.charlie, zoes)]

    clients = {actor.username: client_for(actor) for actor, _record in asked}

    def statuses(more: str) -> list[int]:
        return [clients[actor.username].get(f"{page_of(found)}{more}").status_code for actor, found in asked]

    assert statuses("") == [200, 200, 404, 403, 404, 404, 200]
    assert statuses("edit/") == statuses("remove/") == [200, 403, 403, 403, 404, 404, 200]


def test_S31_a_correction_keeps_what_was_not_touched_and_says_what_was(
    cast: Cast, client_for: SignIn, record: OfflineRecord, kit: CustomField
) -> None:
    with tenant_scope(cast.acme.pk):  # changed settings hold for records from then on
        OfflineActivity.objects.filter(pk=record.activity_id).update(validity="24 months")
        CustomField.objects.filter(pk=kit.pk).update(is_active=False)
    response = correct(client_for(cast.adam), record, score="90", notes="came late")
    found = read(record)

    assert (found.score, found.notes, found.hours) == (Decimal(90), "came late", Decimal(6))
    assert found.custom == record.custom
    assert (found.expires_on, found.is_expiry_stated) == (D("2026-06-01"), False)
    assert (found.edited_at is not None, found.batch_id, found.row_no) == (True, record.batch_id, 812)
    assert found.messages_suppressed_through is None
    (change,) = response.context["changes"]
    assert (str(change.what), change.who, change.reason, change.lines) == (
        "Offline record corrected",
        "Adam Admin (Administrator)",
        "the certificate says so",
        ["Score: 80 → 90", "Notes: changed"],
    )
    with tenant_scope(cast.acme.pk):
        details = AuditEvent.objects.get(action="offline_records.record.corrected").details
    assert "came late" not in str(details)


def test_S45_another_day_is_counted_anew_and_a_stated_one_stands(
    cast: Cast, client_for: SignIn, record: OfflineRecord, kit: CustomField
) -> None:
    client = client_for(cast.adam)
    warn(cast, kit.activity, OFFLINE_RECORD_CREATED, OFFLINE_RECORD_EXPIRES)
    correct(client, record, completed_on="2025-07-01")
    moved = read(record)

    assert (moved.completed_on, moved.expires_on, moved.is_expiry_stated) == (D("2025-07-01"), D("2026-07-01"), False)
    assert moved.messages_suppressed_through == D("2026-03-15")
    assert waiting(cast) == {OFFLINE_RECORD_CREATED}
    correct(client, record, expires_on="2026-12-31")
    stated = read(record)
    assert (stated.expires_on, stated.is_expiry_stated) == (D("2026-12-31"), True)
    correct(client, record, completed_on="2025-08-01")
    assert read(record).expires_on == D("2026-12-31")
    correct(client, record, expires_on="")
    assert (read(record).expires_on, read(record).is_expiry_stated) == (D("2026-08-01"), False)


def test_S18_S27_what_cannot_be_is_refused_in_words(
    cast: Cast, client_for: SignIn, record: OfflineRecord, kit: CustomField
) -> None:
    add_record(cast.bob, kit.activity, D("2025-07-01"))
    client, key = client_for(cast.adam), f"field_{kit.pk}"
    wrong: list[tuple[dict[str, str], dict[str, list[str]]]] = [
        ({}, {"__all__": ["Nothing was changed: this is what is recorded."]}),
        ({"completed_on": "2025-07-01"}, {"completed_on": ["Already recorded on 1 July 2025."]}),
        ({"completed_on": "2026-03-16"}, {"completed_on": ["16 March 2026 is in the future."]}),
        ({"score": "100.01"}, {"score": ['Score "100.01" must be a number from 0 to 100.']}),
        ({"expires_on": "2025-05-31"}, {"expires_on": ["31 May 2025 is before the completion date, 1 June 2025."]}),
        ({key: "Blue bag"}, {key: ["Select a valid choice. Blue bag is not one of the available choices."]}),
        ({"notes": "x", "reason": ""}, {"reason": ["This field is required."]}),
    ]

    for answers, errors in wrong:
        response = correct(client, record, **answers)
        assert (response.status_code, response.context["form"].errors) == (422, errors)
    assert read(record).edited_at is None


def test_nobody_overwrites_or_removes_what_they_have_not_seen(
    cast: Cast, client_for: SignIn, record: OfflineRecord
) -> None:
    client = client_for(cast.adam)
    stale = answers_of(client, record, notes="mine")
    unseen = {"reason": "never happened", "seen": client.get(f"{page_of(record)}remove/").context["seen"]}
    correct(client_for(cast.alice), record, notes="hers")
    refused = [client.post(f"{page_of(record)}edit/", stale), client.post(f"{page_of(record)}remove/", unseen)]

    said = {"__all__": ["Somebody else has just changed this record. Look at it, then try again."]}
    assert [(answer.status_code, answer.context["form"].errors) for answer in refused] == [(422, said)] * 2
    assert read(record).notes == "hers"


def test_G03_it_is_removed_with_a_reason_and_the_audit_history_keeps_that(
    cast: Cast, client_for: SignIn, record: OfflineRecord, kit: CustomField
) -> None:
    client, here = client_for(cast.adam), f"{page_of(record)}remove/"
    warn(cast, kit.activity, OFFLINE_RECORD_CREATED, OFFLINE_RECORD_EXPIRES)
    seen = client.get(here).context["seen"]
    assert client.post(here, {"seen": seen, "reason": " "}).status_code == 422
    assert read(record).pk == record.pk
    answer = client.post(here, {"seen": seen, "reason": "never happened"}, follow=True)

    assert answer.redirect_chain == [(reverse("offline_activity_records", args=[record.activity_id]), 302)]
    assert [str(told) for told in answer.context["messages"]] == [
        "The record of Bob O'Connor of 1 June 2025 is removed."
    ]
    with tenant_scope(cast.acme.pk):
        assert not OfflineRecord.objects.exists()
        event = AuditEvent.objects.get(action="offline_records.record.removed")
    assert (event.person_id, event.subject_id, event.details["reason"]) == (cast.bob.pk, record.pk, "never happened")
    assert event.details["before"] == {
        "completed_on": "2025-06-01",
        "result": "passed",
        "score": "80.00",
        "hours": "6.00",
        "expires_on": "2026-06-01",
    }
    assert waiting(cast) == set()
    assert client.get(page_of(record)).status_code == 404
