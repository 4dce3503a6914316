"""The outbox against a real SMTP server: once, with the same Message-ID, later, or listed as failed."""

import datetime as dt
import math
import os
import signal
import subprocess
import sys
from typing import Any
from urllib.parse import quote

import pytest
from django.core.mail import get_connection
from django.db import connection

from lms.embedded.mailcatcher import MailCatcher
from lms.notifications.delivery import Delivery, _deliver, deliver_due, pause_after, turn_size
from lms.notifications.messages import release_messages, withdraw_items, withdraw_messages
from lms.notifications.models import MailDue, MessageTemplate, OutboxMessage
from lms.notifications.selectors import find_undelivered
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.lms.notifications.mail_data import age, outbox, queue, tell
from tests.plugins.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


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


def test_F55_E61_killed_between_the_servers_answer_and_the_commit(cast: Cast, mail_catcher: MailCatcher) -> None:
    tell(cast.acme, cast.alice, cast.adam, cast.bob, cast.ben, cast.carl, is_held=True)
    with tenant_scope(cast.acme.pk):
        release_messages(batch_id=7, at=None, hold=dt.timedelta(0))
    database = connection.settings_dict
    address = f"postgres://{database['USER']}@{quote(database['HOST'], safe='')}/{database['NAME']}"
    environment = os.environ | {"DATABASE_URL": address, "EMAIL_URL": f"smtp://127.0.0.1:{mail_catcher.port}"}

    sender = subprocess.run(
        [sys.executable, "-m", "tests.lms.notifications.dying_sender", "3"], env=environment, check=False, timeout=120
    )

    assert (sender.returncode, len(mail_catcher.caught)) == (-signal.SIGKILL, 3)
    assert sorted(outbox(cast.acme, "state")) == ["sending", "sending", "sending", "sent", "sent"]
    assert deliver_due() == Delivery()  # they are the dead sender's until its lease is over
    age(cast.acme, minutes=12)
    assert deliver_due() == Delivery(sent=3)
    identifiers = [str(mail.message["Message-ID"]) for mail in mail_catcher.caught]
    assert (len(identifiers), set(identifiers)) == (6, set(outbox(cast.acme, "message_id")))
    assert (set(outbox(cast.acme, "state")), len(set(identifiers))) == ({"sent"}, 5)


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


def test_F58_P15_a_mail_on_hold_can_be_withdrawn(cast: Cast, mail_catcher: MailCatcher) -> None:
    tell(cast.acme, cast.bob, cast.ben, is_held=True)
    assert (deliver_due(), MailDue.objects.count()) == (Delivery(), 0)
    with tenant_scope(cast.acme.pk):
        release_messages(batch_id=7, at=None, hold=dt.timedelta(minutes=2))
    assert deliver_due() == Delivery()

    with tenant_scope(cast.acme.pk):
        assert (withdraw_messages(batch_id=7), withdraw_messages(batch_id=7)) == (2, 0)
    age(cast.acme, minutes=5)

    assert (deliver_due(), mail_catcher.caught) == (Delivery(), [])
    assert MailDue.objects.count() == 0


def test_E21_a_held_mail_is_never_delivered_beside_others(cast: Cast, mail_catcher: MailCatcher) -> None:
    tell(cast.acme, cast.bob, is_held=True)
    age(cast.acme, days=3)
    queue(cast.acme, cast.alice)

    assert deliver_due() == Delivery(sent=1)
    assert outbox(cast.acme, "state") == ["held", "sent"]
    assert [mail.recipients for mail in mail_catcher.caught] == [("alice@acme.example",)]


def test_E20_E61_messages_of_an_import_arrive_as_released(cast: Cast, mail_catcher: MailCatcher) -> None:
    tell(cast.acme, cast.bob, cast.ben, is_held=True)
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(language="fr")
        MessageTemplate.objects.create(
            tenant=cast.acme, text="overdue", language="fr", subject="En retard : {course}", body="{courses}\n\n{link}"
        )
        release_messages(batch_id=7, at=None, hold=dt.timedelta(0))

    assert deliver_due() == Delivery(sent=2)

    mails = {mail.recipients[0]: mail.message for mail in mail_catcher.caught}
    assert {to: str(mail["Subject"]) for to, mail in mails.items()} == {
        "bob@acme.example": "En retard : Safety",
        "ben@acme.example": "Overdue: Safety",
    }
    assert {str(mail["Message-ID"]) for mail in mails.values()} == set(outbox(cast.acme, "message_id"))
    french = mails["bob@acme.example"]
    parts = [french.get_body((kind,)).get_content() for kind in ("plain", "html")]  # type: ignore[union-attr]
    assert ["- Safety (SAFE-1): 1 mars 2026" in parts[0], "<li>Safety (SAFE-1): 1 mars 2026</li>" in parts[1]] == [
        True,
        True,
    ]


def test_P15_a_mail_withdrawn_on_its_way_is_not_tried_again(cast: Cast, mail_catcher: MailCatcher) -> None:
    tell(cast.acme, cast.bob, cast.ben, is_held=True)
    mail_catcher.refused["bob@acme.example"] = "451 try later"
    with tenant_scope(cast.acme.pk):
        release_messages(batch_id=7, at=None, hold=dt.timedelta(0))
        claimed = list(OutboxMessage.objects.order_by("recipient_id"))
        OutboxMessage.objects.update(state="sending", attempts=1)
        for message in claimed:
            message.attempts = 1
        withdraw_messages(batch_id=7)
    backend, done = get_connection(), Delivery()

    for message in claimed:
        _deliver(message, tenant=cast.acme, own={}, backend=backend, done=done)
    backend.close()

    # The server took the second one: it is sent, and listed so.
    assert outbox(cast.acme, "recipient_id", "state") == [(cast.bob.pk, "withdrawn"), (cast.ben.pk, "sent")]
    age(cast.acme, hours=2)
    assert deliver_due() == Delivery()


def test_U3_what_no_longer_holds_is_not_tried_again_either(cast: Cast, mail_catcher: MailCatcher) -> None:
    """Completed while a reminder was on its way and the server was busy, or after it had failed for good."""
    mail_catcher.refused["bob@acme.example"] = "451 try later"
    tell(cast.acme, cast.bob, cast.ben, cast.carl)
    with tenant_scope(cast.acme.pk):
        claimed = OutboxMessage.objects.get(recipient_id=cast.bob.pk)
        OutboxMessage.objects.filter(pk=claimed.pk).update(state="sending", attempts=1)
        OutboxMessage.objects.filter(recipient_id=cast.ben.pk).update(state="failed")
        claimed.attempts = 1
        kinds = set(OutboxMessage.objects.values_list("kind", flat=True))
        (item,) = claimed.params["items"]
        done = [(person.pk, item["course_id"]) for person in (cast.bob, cast.ben)]
        assert withdraw_items(done, kinds=kinds, name="course_id") == 2
    backend, tried = get_connection(), Delivery()
    _deliver(claimed, tenant=cast.acme, own={}, backend=backend, done=tried)
    backend.close()

    states = dict(outbox(cast.acme, "recipient_id", "state"))
    assert states == {cast.bob.pk: "withdrawn", cast.ben.pk: "withdrawn", cast.carl.pk: "queued"}


def test_F55_E61_a_sender_that_was_taken_over_writes_nothing(cast: Cast, mail_catcher: MailCatcher) -> None:
    mail_catcher.refused["bob@acme.example"] = "451 try later"
    tell(cast.acme, cast.bob, cast.ben)
    with tenant_scope(cast.acme.pk):
        claimed = list(OutboxMessage.objects.order_by("recipient_id"))
        OutboxMessage.objects.update(state="sending", attempts=2)  # another one has them now
    backend, done = get_connection(), Delivery()
    for message in claimed:
        message.attempts = 1
        _deliver(message, tenant=cast.acme, own={}, backend=backend, done=done)
    backend.close()
    assert outbox(cast.acme, "state", "last_error", "sent_at") == [("sending", "", None)] * 2


def test_E61_no_minute_sees_more_mails_than_the_limit() -> None:
    for limit in (1, 2, 3, 5, 7, 20, 60, 100, 600, 30_000):
        size = turn_size(limit)
        assert 1 <= size <= min(limit, 20)
        pause = pause_after(size, mails_per_minute=limit).total_seconds()
        # A minute that begins and ends inside turns holds this many of them, the first and the last one in full.
        turns = math.ceil(60 / pause) if pause < 60 else 1
        assert turns * size <= limit, limit
        assert turns * size >= min(limit, 0.6 * limit) or limit < 10


def test_a_tenant_at_its_limit_pauses_and_the_others_go_on(cast: Cast, mail_catcher: MailCatcher) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(mails_per_minute=10)
    for number in range(5):
        queue(cast.acme, cast.alice, key=f"k{number}")
    queue(cast.zebra, cast.charlie)

    # Turns of two mails; the next one after 15 seconds by the database clock.
    assert deliver_due() == Delivery(sent=3)
    assert [mail.recipients[0].split("@")[1] for mail in mail_catcher.caught].count("acme.example") == 2
    queue(cast.acme, cast.bob, key="new")
    assert deliver_due() == Delivery()
    age(cast.acme, seconds=16)
    assert deliver_due() == Delivery(sent=2)
    age(cast.acme, seconds=16)
    assert deliver_due() == Delivery(sent=2)
    age(cast.acme, seconds=16)
    assert (deliver_due(), MailDue.objects.count(), len(mail_catcher.caught)) == (Delivery(), 0, 7)


def test_a_short_pause_is_waited_for(cast: Cast, mail_catcher: MailCatcher) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(mails_per_minute=1_200)
    for number in range(45):
        queue(cast.acme, cast.alice, key=f"k{number}")

    assert deliver_due() == Delivery(sent=45)
    assert len({mail.message["Message-ID"] for mail in mail_catcher.caught}) == 45
    assert MailDue.objects.count() == 0


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
