"""One offline record entered by hand: who may, for whom, and by the rules of imports (S-01, S-18, S-19, S-27, S-28, S-41)."""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from lms.audit.models import AuditEvent
from lms.core.periods import Period
from lms.notifications.models import MessageSwitch, OutboxMessage
from lms.people.models import PeopleDomain, User
from lms.tenancy.scope import tenant_scope
from offline_records.choices import Kind
from offline_records.kinds import OFFLINE_RECORD_CREATED, OFFLINE_RECORD_EXPIRES
from offline_records.models import OfflineActivity, OfflineRecord
from tests.offline_records.catalogue import add_activity, add_field, add_record, allow_leader
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
D = dt.date.fromisoformat


@pytest.fixture(autouse=True)
def _march() -> Iterator[None]:
    with time_machine.travel("2026-03-15T12:00:00+00:00", tick=True):
        yield


@pytest.fixture
def lift(cast: Cast) -> OfflineActivity:
    """Valid for a year; a result is needed, a score from 0 to 100 is not."""
    return add_activity(
        cast.acme,
        fields={"result": "required", "score": "optional", "expires_on": "optional", "notes": "optional"},
        validity=Period.parse("12 months"),
        score_minimum=0,
        score_maximum=100,
        earliest_date=D("2020-01-01"),
        provider="Red Cross",
    )


def form_of(person: User, activity: OfflineActivity) -> str:
    return f"{reverse('offline_record_add')}?activity={activity.pk}&person={person.pk}"


def entered(**more: str) -> dict[str, str]:
    return {"completed_on": "2026-01-10", "result": "passed", "reason": "certificate shown"} | more


def switch_on(cast: Cast, *kinds: str) -> None:
    with tenant_scope(cast.acme.pk):
        for kind in kinds:
            MessageSwitch.objects.create(tenant=cast.acme, kind=kind, is_on=True)


def count_records(cast: Cast) -> int:
    with tenant_scope(cast.acme.pk):
        return OfflineRecord.objects.count()


def test_S31_S45_a_record_by_hand_is_like_an_imported_one_and_says_who_and_why(
    cast: Cast, client_for: SignIn, lift: OfflineActivity
) -> None:
    kit = add_field(lift, "Kit", Kind.CHOICE, choices=["Red bag", "Green bag"])
    bags = add_field(lift, "Bags", Kind.NUMBER)
    answers = entered(score="87,5", notes=" late ", **{f"field_{kit.pk}": "Red bag", f"field_{bags.pk}": "2"})
    response = client_for(cast.adam).post(form_of(cast.bob, lift), answers, follow=True)
    with tenant_scope(cast.acme.pk):
        record = OfflineRecord.objects.get()

    assert (record.person_id, record.activity_id, record.completed_on) == (cast.bob.pk, lift.pk, D("2026-01-10"))
    assert (record.result, record.score, record.notes, record.provider) == (
        "passed", Decimal("87.5"), "late", "Red Cross",
    )  # fmt: skip
    assert record.custom == {str(kit.pk): "Red bag", str(bags.pk): "2.00"}
    assert (record.expires_on, record.is_expiry_stated) == (D("2027-01-10"), False)
    assert (record.origin, record.batch_id, record.row_no, record.recorded_by_id) == (
        "manual",
        None,
        None,
        cast.adam.pk,
    )
    assert record.messages_suppressed_through == D("2026-03-15")
    assert response.redirect_chain == [(reverse("offline_record", args=[record.pk]), 302)]
    sentence = response.context["entry"].sentence
    assert sentence == "Recorded on 15 March 2026 by Adam Admin (Administrator), entered by hand."
    assert [(str(change.what), change.who, change.reason) for change in response.context["changes"]] == [
        ("Offline record entered by hand", "Adam Admin (Administrator)", "certificate shown")
    ]
    with tenant_scope(cast.acme.pk):
        event = AuditEvent.objects.get(action="offline_records.record.added")
    assert (event.person_id, event.subject_label) == (cast.bob.pk, "LIFT LIFT course")


def test_S45_a_stated_expiry_wins_and_one_that_is_past_is_said(
    cast: Cast, client_for: SignIn, lift: OfflineActivity
) -> None:
    answer = client_for(cast.adam).post(form_of(cast.bob, lift), entered(expires_on="2026-02-28"), follow=True)

    with tenant_scope(cast.acme.pk):
        assert OfflineRecord.objects.values_list("expires_on", "is_expiry_stated").get() == (D("2026-02-28"), True)
    assert [str(message) for message in answer.context["messages"]] == [
        "LIFT course of 10 January 2026 is recorded for Bob O'Connor. No longer valid since 1 March 2026."
    ]


def test_S16_S17_S18_S27_what_cannot_be_is_said_beside_the_field(
    cast: Cast, client_for: SignIn, lift: OfflineActivity
) -> None:
    trainer = add_field(lift, "Trainer", is_required=True)
    add_record(cast.bob, lift, D("2024-01-01"))
    client, key = client_for(cast.adam), f"field_{trainer.pk}"
    wrong: list[tuple[dict[str, str], dict[str, list[str]]]] = [
        ({"completed_on": "2026-03-16"}, {"completed_on": ["16 March 2026 is in the future."]}),
        (
            {"completed_on": "2019-12-31"},
            {"completed_on": ["31 December 2019 is too early: records begin on 1 January 2020."]},
        ),
        ({"completed_on": "1949-12-31"}, {"completed_on": ["31 December 1949 is too early."]}),
        ({"completed_on": "2024-01-01"}, {"completed_on": ["Already recorded on 1 January 2024."]}),
        ({"completed_on": ""}, {"completed_on": ["This field is required."]}),
        ({"result": ""}, {"result": ["This field is required."]}),
        ({"result": "won"}, {"result": ["Select a valid choice. won is not one of the available choices."]}),
        ({"score": "101"}, {"score": ['Score "101" must be a number from 0 to 100.']}),
        ({"score": "many"}, {"score": ['Score "many" must be a number from 0 to 100.']}),
        (
            {"expires_on": "2026-01-09"},
            {"expires_on": ["9 January 2026 is before the completion date, 10 January 2026."]},
        ),
        ({"notes": "x" * 2_001}, {"notes": ["Notes has 2,001 characters, 2,000 are allowed."]}),
        ({key: ""}, {key: ["This field is required."]}),
        ({"reason": " "}, {"reason": ["This field is required."]}),
    ]

    for answers, errors in wrong:
        response = client.post(form_of(cast.bob, lift), {**entered(**{key: "Anna"}), **answers})
        assert (response.status_code, response.context["form"].errors) == (422, errors)
    assert count_records(cast) == 1


def test_S19_an_activity_that_is_not_open_to_the_persons_user_domain(cast: Cast, client_for: SignIn) -> None:
    clinical = add_activity(cast.acme, "CLIN", domains=(cast.clinical,))
    client = client_for(cast.adam)
    refused = client.post(form_of(cast.carl, clinical), entered())

    assert refused.context["form"].errors == {"__all__": ["CLIN course is not open to the user domain (none)."]}
    assert client.post(form_of(cast.bob, clinical), entered()).status_code == 302
    assert count_records(cast) == 1


def test_S28_for_a_deactivated_person_with_a_warning(cast: Cast, client_for: SignIn, lift: OfflineActivity) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    switch_on(cast, OFFLINE_RECORD_CREATED)
    client = client_for(cast.adam)

    assert "This person is deactivated." in client.get(form_of(cast.bob, lift)).content.decode()
    assert client.post(form_of(cast.bob, lift), entered()).status_code == 302
    with tenant_scope(cast.acme.pk):
        assert OutboxMessage.objects.count() == 0


@pytest.mark.parametrize(("choice", "mails"), [("send", 2), ("suppress", 0)])
def test_S41_E60_with_messages_switched_on_the_choice_has_to_be_made(
    cast: Cast, client_for: SignIn, lift: OfflineActivity, choice: str, mails: int
) -> None:
    switch_on(cast, OFFLINE_RECORD_CREATED, OFFLINE_RECORD_EXPIRES)
    client, soon = client_for(cast.adam), entered(completed_on="2025-04-01")
    asked = client.post(form_of(cast.bob, lift), soon)

    assert asked.context["form"].errors == {"messages": ["Choose whether the messages are sent."]}
    assert [count.kind for count in asked.context["told"]] == [OFFLINE_RECORD_CREATED, OFFLINE_RECORD_EXPIRES]
    assert count_records(cast) == 0
    assert client.post(form_of(cast.bob, lift), {**soon, "messages": choice}).status_code == 302
    with tenant_scope(cast.acme.pk):
        assert OutboxMessage.objects.filter(to_address="bob@acme.example").count() == mails


def test_S01_S09_a_team_role_enters_for_the_people_and_user_domains_granted(
    cast: Cast, client_for: SignIn, lift: OfflineActivity
) -> None:
    with tenant_scope(cast.acme.pk):
        office = PeopleDomain.objects.create(tenant=cast.acme, slug="office", name="Office")
    closed = add_activity(cast.acme, "OFFICE", domains=(office,))
    foreign = add_activity(cast.zebra, "ZZB")
    asked: list[tuple[User, User, OfflineActivity]] = [
        (cast.lea, cast.ben, lift),
        (cast.lea, cast.carl, lift),
        (cast.lea, cast.ben, closed),
        (cast.adam, cast.carl, lift),
        (cast.adam, cast.ben, foreign),
        (cast.charlie, cast.zoe, lift),
        (cast.charlie, cast.zoe, foreign),
    ]

    clients = {actor.username: client_for(actor) for actor in (cast.lea, cast.adam, cast.charlie)}

    def opened() -> list[Any]:
        """Whether the form is there; else the status where that refuses."""
        answers = [clients[actor.username].get(form_of(person, activity)) for actor, person, activity in asked]
        return [
            answer.context["form"] is not None if answer.status_code == 200 else answer.status_code
            for answer in answers
        ]

    assert opened() == [403, 403, 403, True, False, False, True]
    allow_leader(cast.acme, cast.lea, cast.clinical)
    assert opened() == [True, False, False, True, False, False, True]
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.ben.pk).update(domain=office)
    assert opened() == [False, False, False, True, False, False, True]
    client = clients["lea"]
    assert client.post(form_of(cast.ben, lift), entered()).context["form"] is None
    assert client.post(form_of(cast.bob, lift), entered()).status_code == 302
    with tenant_scope(cast.acme.pk):
        assert list(OfflineRecord.objects.values_list("person_id", "recorded_by_id")) == [(cast.bob.pk, cast.lea.pk)]


def test_activity_and_person_are_chosen_one_after_the_other(
    cast: Cast, client_for: SignIn, lift: OfflineActivity
) -> None:
    add_activity(cast.acme, "OLD", is_active=False)
    client, here = client_for(cast.adam), reverse("offline_record_add")
    first = client.get(here)
    second = client.get(here, {"activity": str(lift.pk), "q": "müll"})
    other = client.get(here, {"person": cast.bob.pk})

    assert [code for _pk, _name, code in first.context["activities"]] == ["LIFT"]
    assert [person.username for person in second.context["found"]] == ["ben"]
    assert f"activity={lift.pk}&amp;person={cast.ben.pk}" in second.content.decode()
    assert (other.context["person"], f'name="person" value="{cast.bob.pk}"' in other.content.decode()) == (
        cast.bob,
        True,
    )
    for nonsense in ("x", "²", "9" * 30, "-1"):
        assert client.get(f"{here}?activity={nonsense}&person={nonsense}").status_code == 200
