"""One completion record entered by hand, by the rules of imports (T-27, T-45, T-72)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from certifications.kinds import OBLIGATIONS
from certifications.models import Certification, CertificationRecord
from lms.notifications.models import OutboxMessage
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.certifications.record_data import add_certification, add_record, day, status_of
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _march() -> Iterator[None]:
    with time_machine.travel("2026-03-15T12:00:00+00:00", tick=True):
        yield


@pytest.fixture
def aid(cast: Cast) -> Certification:
    return add_certification(cast.acme, message_switches=dict.fromkeys(OBLIGATIONS, True))


def form_of(person: User, certification: Certification) -> str:
    return reverse("certification_record_add", args=[person.pk, certification.pk])


def entered(**more: str) -> dict[str, str]:
    return {"completed_on": "2025-09-01", "action": "certify_if_more_recent", "reason": "certificate shown"} | more


def test_T72_a_record_by_hand_certifies_and_the_page_says_who_and_why(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    response = client_for(cast.adam).post(form_of(cast.bob, aid), entered(), follow=True)
    (entry,) = response.context["page"].entries

    assert status_of(cast.bob, aid) == ("certified", day("2025-09-01"), day("2026-08-01"), day("2026-09-01"))
    assert entry.sentence == "Recorded on 15 March 2026 by Adam Admin (Administrator), entered by hand."
    assert [(str(found.what), found.reason) for found in response.context["corrections"]] == [
        ("Completion record entered by hand", "certificate shown")
    ]


def test_T45_save_to_history_leaves_the_current_certification_alone(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    client_for(cast.adam).post(form_of(cast.bob, aid), entered(action="history"))

    assert status_of(cast.bob, aid) is None
    with tenant_scope(cast.acme.pk):
        assert CertificationRecord.objects.get().completed_on == day("2025-09-01")


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({"completed_on": "2026-03-16"}, {"completed_on": ["16 March 2026 is in the future."]}),
        ({"due_on": "9999-12-31"}, {"due_on": ["Enter a valid date."]}),
        ({"due_on": "0001-01-01"}, {"due_on": ["Enter a valid date."]}),
        ({"completed_on": "2024-01-01"}, {"completed_on": ["A completion on this day is recorded already."]}),
        ({"reason": " "}, {"reason": ["This field is required."]}),
        ({"completed_on": "2025-01-01"}, {"messages": ["Choose whether the messages are sent."]}),
    ],
)
def test_T72_what_cannot_be_is_said_beside_the_field(
    cast: Cast, client_for: SignIn, aid: Certification, answers: dict[str, str], errors: dict[str, list[str]]
) -> None:
    add_record(cast.bob, aid, "2024-01-01")
    response = client_for(cast.adam).post(form_of(cast.bob, aid), entered(**answers))

    assert (response.status_code, response.context["form"].errors) == (422, errors)
    with tenant_scope(cast.acme.pk):
        assert CertificationRecord.objects.count() == 1


@pytest.mark.parametrize(("choice", "mails"), [("send", ["certification_expired"]), ("suppress", [])])
def test_E60_with_a_choice_about_messages_it_is_recorded(
    cast: Cast, client_for: SignIn, aid: Certification, choice: str, mails: list[str]
) -> None:
    answer: Any = client_for(cast.adam).post(
        form_of(cast.bob, aid), entered(completed_on="2025-01-01", messages=choice)
    )

    assert answer.status_code == 302
    with tenant_scope(cast.acme.pk):
        assert list(OutboxMessage.objects.values_list("kind", flat=True)) == mails


def test_S25_for_administrators_of_the_own_organisation_only(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    foreign = add_certification(cast.zebra, "ZZB")
    found = [(cast.adam, cast.bob, aid), (cast.lea, cast.bob, aid), (cast.adam, cast.bob, foreign)]
    found += [(cast.adam, cast.zoe, foreign), (cast.charlie, cast.zoe, foreign), (cast.charlie, cast.bob, aid)]

    assert [client_for(actor).get(form_of(person, held)).status_code for actor, person, held in found] == [
        200,
        403,
        404,
        404,
        200,
        404,
    ]
