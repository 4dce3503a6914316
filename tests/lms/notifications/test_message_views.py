"""Settings > Messages: for owners only; words, switches, previews, test mails within their limits."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certifications.kinds import OBLIGATIONS as CERTIFICATIONS_SAY
from completions.kinds import COURSE_ASSIGNED, NON_COMPLIANT, OVERDUE, RETAKE_OPEN
from lms.audit.models import AuditEvent
from lms.notifications.models import MessageSwitch, MessageTemplate, OutboxMessage
from lms.notifications.selectors import switched_on
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
WORDS = {"subject": "Late: {course}", "body": "Dear {first_name},\r\n\r\n{courses}  \r\n\r\n{link}"}


def address(name: str = "edit", text: str = OVERDUE, language: str = "en-gb") -> str:
    return reverse(f"messages:{name}", args=[text, language])


def templates(tenant: Tenant) -> list[tuple[str, str, str, str]]:
    with tenant_scope(tenant.pk):
        return list(MessageTemplate.objects.order_by("id").values_list("text", "language", "subject", "body"))


def mails(tenant: Tenant) -> list[tuple[int | None, str, dict[str, Any]]]:
    with tenant_scope(tenant.pk):
        return list(OutboxMessage.objects.order_by("id").values_list("recipient_id", "kind", "params"))


def audited(tenant: Tenant) -> list[tuple[str, dict[str, Any]]]:
    with tenant_scope(tenant.pk):
        return list(AuditEvent.objects.order_by("id").values_list("action", "details"))


def test_L10_only_owners_edit_words(cast: Cast, client_for: SignIn) -> None:
    for person in (cast.adam, cast.lea, cast.bob):
        client = client_for(person)
        answers = [
            client.get(reverse("messages:list")).status_code,
            client.post(reverse("messages:list"), {"on": [OVERDUE]}).status_code,
            client.get(address()).status_code,
            client.post(address(), WORDS).status_code,
            client.post(address("preview"), WORDS).status_code,
        ]
        assert answers == [403] * 5
    assert templates(cast.acme) == []

    assert client_for(cast.alice).post(address(), WORDS).status_code == 302
    assert templates(cast.acme) == [
        (OVERDUE, "en-gb", "Late: {course}", "Dear {first_name},\n\n{courses}\n\n{link}"),
    ]
    assert templates(cast.zebra) == []


def test_L75_words_are_written_changed_and_dropped(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.alice)
    assert 'value="Overdue: {course}"' in client.get(address()).content.decode()

    client.post(address(), WORDS)
    client.post(address(), WORDS | {"subject": "Later: {course}"})

    assert [(language, subject) for _, language, subject, _ in templates(cast.acme)] == [("en-gb", "Later: {course}")]
    page = client.get(address()).content.decode()
    assert ('value="Later: {course}"' in page, "Own words" in page) == (True, True)
    client.post(address(), {"action": "drop"})
    client.post(address(), {"action": "drop"})
    assert templates(cast.acme) == []
    assert audited(cast.acme) == [
        ("notifications.words.changed", {"text": OVERDUE, "language": "en-gb"}),
        ("notifications.words.changed", {"text": OVERDUE, "language": "en-gb"}),
        ("notifications.words.removed", {"text": OVERDUE, "language": "en-gb"}),
    ]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"subject": ""}, "subject", "required"),
        ({"subject": "x" * 256}, "subject", "255"),
        ({"subject": "one\ntwo"}, "subject", "one line"),
        ({"subject": "one\u2028two"}, "subject", "one line"),
        ({"subject": "{compliant_until}"}, "subject", "{compliant_until} does not belong to this message. Allowed: {"),
        ({"body": ""}, "body", "required"),
        ({"body": "x" * 5_001}, "body", "5000"),
        ({"body": "{Course} and {due date}"}, "body", "{Course}, {due date} do not belong to this message."),
    ],
)
def test_L75_L76_what_cannot_be_sent_is_refused_on_saving(
    cast: Cast, client_for: SignIn, changes: dict[str, str], field: str, words: str
) -> None:
    response = client_for(cast.alice).post(address(), WORDS | changes)

    errors = response.context["form"].errors
    assert (response.status_code, list(errors), words in " ".join(errors[field])) == (422, [field], True)
    assert templates(cast.acme) == []


def test_L75_a_subject_may_have_255_characters(cast: Cast, client_for: SignIn) -> None:
    assert client_for(cast.alice).post(address(), WORDS | {"subject": "x" * 255}).status_code == 302


def test_L77_further_languages_have_words_too_and_unknown_ones_are_no_pages(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.alice)
    page = client.get(address(language="fr")).content.decode()
    assert ("No words yet" in page, "people with this language get them in English" in page) == (True, True)

    client.post(address(language="fr"), WORDS | {"subject": "En retard : {course}"})

    assert [(language, subject) for _, language, subject, _ in templates(cast.acme)] == [("fr", "En retard : {course}")]
    assert "Français" in client.get(reverse("messages:list")).content.decode()
    for text, language in ((OVERDUE, "tlh"), ("gone", "fr"), (NON_COMPLIANT, "fr")):
        assert client.get(address(text=text, language=language)).status_code == 404


def test_L77_a_person_may_choose_a_language_the_pages_do_not_speak(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.bob)

    assert client.post(reverse("profile"), {"language": "fr", "date_format": "", "time_zone": ""}).status_code == 302

    page = client.get(reverse("profile")).content.decode()
    assert ('lang="en-gb"' in page, '<option value="fr" selected>' in page) == (True, True)


def test_L75_the_preview_shows_what_is_typed_with_sample_data(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.alice)

    shipped = client.get(address("preview"))
    typed = client.post(address("preview"), WORDS | {"sample": "several", "subject": "Late: <i>{course}</i>"})
    refused = client.post(address("preview"), WORDS | {"body": "{nothing}"})

    assert "Overdue: Safety Basics" in shipped.content.decode()
    page = typed.content.decode()
    assert ("Late: &lt;i&gt;3 courses&lt;/i&gt;" in page, "Fire Safety Awareness (FIRE-2)" in page) == (True, True)
    assert ("Dear Alice," in page, "(30 days over)" in page) == (True, True)
    assert (refused.status_code, "{nothing} does not belong" in refused.content.decode()) == (422, True)
    assert (templates(cast.acme), mails(cast.acme)) == ([], [])


def test_S35_the_preview_runs_nothing_and_only_its_page_may_frame_it(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.alice)
    preview, page = client.get(address("preview")), client.get(address())

    policy = preview.headers["Content-Security-Policy"]
    assert sorted(policy.split("; ")) == [
        "base-uri 'none'",
        "default-src 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox",
        "style-src 'unsafe-inline'",
    ]
    assert preview.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert ("frame-src 'self'" in page.headers["Content-Security-Policy"], page.headers["X-Frame-Options"]) == (
        True,
        "DENY",
    )
    assert "style-src 'self';" in f"{page.headers['Content-Security-Policy']};"


def test_L78_a_test_mail_goes_to_oneself_with_the_words_as_typed(cast: Cast, client_for: SignIn) -> None:
    response = client_for(cast.alice).post(address(language="de"), WORDS | {"action": "test", "sample": "several"})

    assert "A test mail is on its way to alice@acme.example." in response.content.decode()
    assert mails(cast.acme) == [
        (
            cast.alice.pk,
            "test_mail",
            {
                "text": OVERDUE,
                "language": "de",
                "subject": "Late: {course}",
                "body": "Dear {first_name},\n\n{courses}\n\n{link}",
                "is_long": True,
            },
        )
    ]
    assert templates(cast.acme) == []


def test_L78_the_eleventh_test_mail_of_an_hour_is_refused_and_the_51st_of_a_day(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.alice)

    def send() -> tuple[int, bool]:
        response = client.post(address(), WORDS | {"action": "test"})
        return response.status_code, "You have sent 10 test mails within an hour" in response.content.decode()

    start = timezone.now()
    assert [send() for _ in range(10)] == [(200, False)] * 10
    assert send() == (422, True)
    assert client_for(cast.charlie).post(address(), WORDS | {"action": "test"}).status_code == 200
    for hour in range(1, 5):
        with time_machine.travel(start + timedelta(minutes=61 * hour)):
            client = client_for(cast.alice)
            assert [send() for _ in range(11)] == [(200, False)] * 10 + [(422, True)]
    with time_machine.travel(start + timedelta(minutes=61 * 5)):
        client = client_for(cast.alice)
        assert send() == (422, True)
    with time_machine.travel(start + timedelta(hours=25)):
        client = client_for(cast.alice)
        assert send() == (200, False)
    assert len(mails(cast.acme)) == 51


def test_L78_who_has_no_address_is_told(cast: Cast, client_for: SignIn) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.alice.pk).update(email="")

    response = client_for(cast.alice).post(address(), WORDS | {"action": "test"})

    assert (response.status_code, "You have no e-mail address" in response.content.decode()) == (422, True)


def test_E72_kinds_are_switched_on_and_off_for_one_organisation(cast: Cast, client_for: SignIn) -> None:
    on = [COURSE_ASSIGNED, OVERDUE, RETAKE_OPEN]
    client = client_for(cast.alice)

    assert client.post(reverse("messages:list"), {"on": [*on, "import_finished", "nonsense"]}).status_code == 302
    client.post(reverse("messages:list"), {"on": on})

    with tenant_scope(cast.acme.pk):
        assert switched_on() == {*on, "import_finished"}
        assert MessageSwitch.objects.count() == 6
    with tenant_scope(cast.zebra.pk):
        assert switched_on() == {
            "due_reminder",
            OVERDUE,
            RETAKE_OPEN,
            NON_COMPLIANT,
            *CERTIFICATIONS_SAY,
            "import_finished",
        }
    assert audited(cast.acme) == [
        (
            "notifications.kinds.switched",
            {COURSE_ASSIGNED: True, "due_reminder": False, NON_COMPLIANT: False}
            | dict.fromkeys(CERTIFICATIONS_SAY, False),
        )
    ]
