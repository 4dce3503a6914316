"""What a mail says and in whose name, over SMTP."""

import pytest

from lms.embedded.mailcatcher import MailCatcher
from lms.notifications.delivery import Delivery, deliver_due
from lms.notifications.models import MailDue, MessageTemplate
from lms.notifications.services import queue_mail
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.lms.notifications.mail_data import PARAMS, outbox, queue
from tests.plugins.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


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


def test_a_mail_comes_in_the_organisations_name_and_answers_go_to_its_contact(
    cast: Cast, mail_catcher: MailCatcher
) -> None:
    name = "Städtische Kliniken\r\nBcc: evil@x.example, Süd"
    Tenant.objects.filter(pk=cast.acme.pk).update(name=name, contact_email="training@acme.example")
    queue(cast.acme, cast.alice)

    deliver_due()

    (mail,) = mail_catcher.caught
    (sender,) = mail.message["From"].addresses
    assert (sender.display_name, sender.addr_spec, mail.message["Reply-To"], mail.recipients) == (
        "Städtische Kliniken Bcc: evil@x.example, Süd",
        "no-reply@localhost",
        "training@acme.example",
        ("alice@acme.example",),
    )


def test_words_follow_the_recipients_language(cast: Cast, mail_catcher: MailCatcher) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.alice.pk).update(language="de")
    queue(cast.acme, cast.alice)

    deliver_due()

    html = mail_catcher.caught[0].message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert '<html lang="de">' in html


def test_E69_an_organisation_words_the_end_of_an_import_itself(cast: Cast, mail_catcher: MailCatcher) -> None:
    with tenant_scope(cast.acme.pk):
        MessageTemplate.objects.create(
            tenant=cast.acme,
            text="import_finished_failed",
            language="en-gb",
            subject="{first_name}, {failed} rows of {file} failed",
            body="{undo_until}",
        )
    queue(cast.acme, cast.alice)
    with tenant_scope(cast.acme.pk):
        queue_mail(
            person_id=cast.alice.pk,
            kind="import_finished",
            params=PARAMS | {"is_failure": True, "reference": "7F3K-2Q"},
            dedup_key="k2",
        )

    deliver_due()

    # What went wrong on our side keeps its words.
    assert [str(mail.message["Subject"]) for mail in mail_catcher.caught] == [
        "Alice, 1,057 rows of export Bcc: evil@x.example.csv failed",
        "Import 41 could not be finished",
    ]
