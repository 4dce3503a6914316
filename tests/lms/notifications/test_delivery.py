"""The outbox against a real SMTP server: once, with the same Message-ID, later, or listed as failed."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from lms.embedded.mailcatcher import MailCatcher
from lms.notifications.delivery import Delivery, deliver_due
from lms.notifications.models import MailDue, OutboxMessage
from lms.notifications.selectors import find_undelivered
from lms.notifications.services import queue_mail
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
PARAMS: dict[str, Any] = {
    "number": 41,
    "file_name": "export\r\nBcc: evil@x.example.csv",
    "imported": 46902,
    "failed": 1057,
    "undo_until": "2026-12-14",
}


def queue(tenant: Tenant, person: User, *, key: str = "k1", **more: Any) -> bool:
    with tenant_scope(tenant.pk):
        return queue_mail(person_id=person.pk, kind="import_finished", params=PARAMS, dedup_key=key, **more)


def outbox(tenant: Tenant, *fields: str) -> list[Any]:
    with tenant_scope(tenant.pk):
        return list(OutboxMessage.objects.order_by("id").values_list(*fields, flat=len(fields) == 1))


def age(tenant: Tenant, **shift: Any) -> None:
    """Move due times and creation of all mails into the past; the database clock is what counts."""
    seconds = dt.timedelta(**shift).total_seconds()
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_outboxmessage SET not_before = not_before - %s * interval '1 second',"
            " created_at = created_at - %s * interval '1 second'",
            [seconds, seconds],
        )
        cursor.execute("UPDATE notifications_maildue SET not_before = not_before - %s * interval '1 second'", [seconds])


def test_E69_P13_a_mail_goes_out_once_in_words(cast: Cast, mail_catcher: MailCatcher) -> None:
    assert (queue(cast.acme, cast.alice), queue(cast.acme, cast.alice)) == (True, False)

    assert (deliver_due(), deliver_due()) == (Delivery(sent=1), Delivery())

    (mail,) = mail_catcher.caught
    message = mail.message
    assert (mail.recipients, message["Subject"], message["Message-ID"], message["Bcc"]) == (
        ("alice@acme.example",),
        "Import 41 finished: 46,902 imported, 1,057 failed",
        outbox(cast.acme, "message_id")[0],
        None,
    )
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "46,902 rows imported, 1,057 failed. Download the failed rows, correct them and upload that file" in text
    assert "You can undo this import until 14 December 2026." in text
    assert outbox(cast.acme, "state", "attempts") == [("sent", 1)]
    assert MailDue.objects.count() == 0


def test_words_follow_the_recipients_language(cast: Cast, mail_catcher: MailCatcher) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.alice.pk).update(language="de")
    queue(cast.acme, cast.alice)

    deliver_due()

    html = mail_catcher.caught[0].message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert '<html lang="de">' in html


def test_F57_a_refused_recipient_fails_for_good_and_the_next_mail_goes(cast: Cast, mail_catcher: MailCatcher) -> None:
    mail_catcher.refused["bob@acme.example"] = "550 no such user"
    queue(cast.acme, cast.bob, key="k1")
    queue(cast.acme, cast.alice, key="k2")

    assert deliver_due() == Delivery(sent=1, failed=1)
    assert outbox(cast.acme, "state", "last_error") == [("failed", "550 SMTPRecipientsRefused"), ("sent", "")]
    with tenant_scope(cast.acme.pk):
        assert [mail.dedup_key for mail in find_undelivered()] == ["k1"]


def test_F54_a_busy_server_is_asked_again_with_the_same_message_id(cast: Cast, mail_catcher: MailCatcher) -> None:
    mail_catcher.refused["alice@acme.example"] = "451 try later"
    queue(cast.acme, cast.alice)
    (message_id,) = outbox(cast.acme, "message_id")

    assert (deliver_due(), deliver_due()) == (Delivery(postponed=1), Delivery())
    mail_catcher.refused.clear()
    age(cast.acme, minutes=5)

    assert deliver_due() == Delivery(sent=1)
    assert [mail.message["Message-ID"] for mail in mail_catcher.caught] == [message_id]
    assert outbox(cast.acme, "state", "attempts", "last_error") == [("sent", 2, "")]


def test_F54_after_two_days_of_trying_a_mail_is_listed_as_failed(cast: Cast, mail_catcher: MailCatcher) -> None:
    mail_catcher.refused["alice@acme.example"] = "421 too busy"
    queue(cast.acme, cast.alice)
    age(cast.acme, hours=49)

    assert deliver_due() == Delivery(failed=1)
    assert outbox(cast.acme, "state") == ["failed"]


def test_F54_a_server_that_is_down_postpones(cast: Cast, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    queue(cast.acme, cast.alice)

    assert deliver_due() == Delivery(postponed=1)
    assert outbox(cast.acme, "state", "last_error") == [("queued", "ConnectionRefusedError")]


def test_F55_E61_a_sender_that_died_is_replaced_when_its_lease_is_over(cast: Cast, mail_catcher: MailCatcher) -> None:
    queue(cast.acme, cast.alice)
    with tenant_scope(cast.acme.pk):
        OutboxMessage.objects.update(state="sending", attempts=1)
    age(cast.acme, minutes=20)

    assert deliver_due() == Delivery(sent=1)
    assert outbox(cast.acme, "state", "attempts") == [("sent", 2)]
    assert len(mail_catcher.caught) == 1


def test_F56_a_sender_held_up_too_long_gives_the_rest_back(
    cast: Cast, mail_catcher: MailCatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(cast.acme, cast.alice)
    with monkeypatch.context() as slow:
        slow.setattr("lms.notifications.delivery._SENDING_SECONDS", 0.0)
        assert deliver_due(seconds=0.05).sent == 0
    assert outbox(cast.acme, "state") == ["queued"]

    assert deliver_due() == Delivery(sent=1)
    assert len(mail_catcher.caught) == 1


def test_E19_who_was_deactivated_or_has_no_address_gets_none(cast: Cast, mail_catcher: MailCatcher) -> None:
    queue(cast.acme, cast.bob)
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(is_active=False)
        User.objects.filter(pk=cast.ben.pk).update(email="")

    assert queue(cast.acme, cast.bob, key="k2") is False
    assert queue(cast.acme, cast.ben, key="k3") is False
    assert (deliver_due(), mail_catcher.caught) == (Delivery(), [])
    assert outbox(cast.acme, "state") == ["withdrawn"]


def test_P20_each_organisation_gets_its_own_mail(cast: Cast, mail_catcher: MailCatcher) -> None:
    with tenant_scope(cast.zebra.pk):
        User.objects.filter(pk=cast.charlie.pk).update(email="zzb@zebra.example")
    queue(cast.acme, cast.alice)
    queue(cast.zebra, cast.charlie)

    assert deliver_due() == Delivery(sent=2)
    texts = {mail.recipients[0]: mail.content for mail in mail_catcher.caught}
    assert (b"ZZB" in texts["alice@acme.example"], b"ZZB" in texts["zzb@zebra.example"]) == (False, True)
