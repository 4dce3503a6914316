"""Mails that could not be delivered: listed for owners and administrators, by import, tried again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lms.audit.models import AuditEvent
from lms.notifications.models import MailDue, OutboxMessage
from lms.notifications.services import queue_mail
from lms.notifications.wording import name_kind, say_delivery_error
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.batch_data import make_batch
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
PARAMS: dict[str, Any] = {"items": [{"code": "SAFE-1", "course": "Safety", "due_on": "2026-03-01"}]}


def fail(person: User, *, batch_id: int | None = None, state: str = "failed", key: str = "") -> int:
    with tenant_scope(person.tenant_id):
        queue_mail(
            person_id=person.pk,
            kind="overdue",
            params=PARAMS,
            dedup_key=f"{key}{person.pk}:{batch_id}",
            batch_id=batch_id,
        )
        mail = OutboxMessage.objects.latest("id")
        mail.state, mail.attempts, mail.last_error = state, 9, "550 SMTPRecipientsRefused"
        mail.save()
    return mail.pk


def states(person: User) -> list[tuple[str, int]]:
    with tenant_scope(person.tenant_id):
        return list(OutboxMessage.objects.order_by("id").values_list("state", "attempts"))


def test_F57_failed_mails_are_listed_with_person_kind_and_reason(cast: Cast, client_for: SignIn) -> None:
    batch = make_batch(cast)
    fail(cast.bob, batch_id=batch.pk)
    fail(cast.ben)
    fail(cast.carl, state="sent")
    fail(cast.zoe)

    for person in (cast.adam, cast.alice):
        page = client_for(person).get(reverse("messages:undelivered")).content.decode()
        assert [name in page for name in ("O&#x27;Connor", "Müller", "Outside", "ZZB")] == [True, True, False, False]
        assert "The mail server refuses it (550). Is the address right?" in page
    only = client_for(cast.adam).get(reverse("messages:undelivered"), {"import": batch.number}).content.decode()
    assert ["O&#x27;Connor" in only, "Müller" in only] == [True, False]
    assert client_for(cast.lea).get(reverse("messages:undelivered")).status_code == 403


@pytest.mark.parametrize("number", ["999", "x", "-1", "99999999999999999999"])
def test_an_import_that_does_not_exist_is_no_page(cast: Cast, client_for: SignIn, number: str) -> None:
    assert client_for(cast.adam).get(reverse("messages:undelivered"), {"import": number}).status_code == 404


def test_F57_a_failed_mail_is_tried_again_with_its_message_id(cast: Cast, client_for: SignIn) -> None:
    first, _second, other = fail(cast.bob), fail(cast.ben), fail(cast.zoe)
    with tenant_scope(cast.acme.pk):
        message_id = OutboxMessage.objects.get(pk=first).message_id
    MailDue.objects.all().delete()
    client = client_for(cast.adam)

    assert client.post(reverse("messages:retry"), {"mail": str(first)}).status_code == 302
    client.post(reverse("messages:retry"), {"mail": str(other)})
    client.post(reverse("messages:retry"), {"mail": "x"})

    assert (states(cast.bob), states(cast.zoe)) == ([("queued", 0), ("failed", 9)], [("failed", 9)])
    assert MailDue.objects.get().tenant_id == cast.acme.pk
    with tenant_scope(cast.acme.pk):
        assert OutboxMessage.objects.get(pk=first).message_id == message_id
        assert list(AuditEvent.objects.values_list("action", "details")) == [
            ("notifications.mail.retried", {"mails": 1})
        ]


def test_F57_all_failed_mails_of_an_import_are_tried_again(cast: Cast, client_for: SignIn) -> None:
    batch = make_batch(cast)
    fail(cast.bob, batch_id=batch.pk)
    fail(cast.ben, batch_id=batch.pk)
    fail(cast.carl)
    assert client_for(cast.lea).post(reverse("messages:retry"), {"import": batch.number}).status_code == 403

    client_for(cast.alice).post(reverse("messages:retry"), {"import": batch.number})

    assert states(cast.bob) == [("queued", 0), ("queued", 0), ("failed", 9)]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("550 SMTPRecipientsRefused", "The mail server refuses it (550). Is the address right?"),
        ("451 SMTPRecipientsRefused", "The mail server put it off for two days (451)."),
        ("ConnectionRefusedError", "The mail server could not be reached for two days."),
        ("ValueError", "It could not be written, or the address cannot be used."),
    ],
)
def test_F57_the_reason_is_said_in_words(error: str, words: str) -> None:
    assert say_delivery_error(error) == words


def test_every_kind_of_mail_has_a_name() -> None:
    kinds = ("overdue", "test_mail", "undo_finished", "import_waiting", "import_cancelled", "import_needs_you", "old")
    assert [name_kind(kind) for kind in kinds] == [
        "Overdue",
        "Test mail",
        "Undo finished",
        "Import is waiting",
        "Import cancelled",
        "Import needs you",
        "old",
    ]
