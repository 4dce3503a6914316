"""The messages of a certification: its switches, its words, previews and test mails; refusals beside what is allowed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from certifications.kinds import (
    CERTIFICATION_ASSIGNED,
    CERTIFICATION_EXPIRED,
    EXPIRING_SOON,
    KINDS,
    WINDOW_OPENS,
)
from certifications.models import Certification
from certifications.selectors import load_terms
from completions.kinds import OVERDUE
from lms.audit.models import AuditEvent
from lms.notifications.delivery import build_mail
from lms.notifications.models import MessageSwitch, MessageTemplate, OutboxMessage
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import certification
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
WORDS = {"subject": "Renew {certification}", "body": "Dear {first_name},\r\n\r\n{certifications}\r\n\r\n{link}"}
SAVED = ("Renew {certification}", "Dear {first_name},\n\n{certifications}\n\n{link}")


@pytest.fixture
def aid(cast: Cast) -> Certification:
    """First Aid, whose messages are edited."""
    return certification(cast.acme, "AID", name="First Aid", expiring_days=10)


def messages_of(found: Certification) -> str:
    return reverse("certification_messages", args=[found.pk])


def words_of(found: Certification, text: str = WINDOW_OPENS, language: str = "en-gb", *, preview: bool = False) -> str:
    name = "certification_words_preview" if preview else "certification_words"
    return reverse(name, args=[found.pk, text, language])


def stored(tenant: Tenant) -> list[tuple[Any, ...]]:
    with tenant_scope(tenant.pk):
        rows = MessageTemplate.objects.order_by("id")
        return list(rows.values_list("about_id", "text", "language", "subject", "body"))


def sends(found: Certification) -> frozenset[str]:
    with tenant_scope(found.tenant_id):
        return load_terms([found.pk])[found.pk].sends


def page(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_T70_each_kind_is_switched_on_off_or_left_to_the_organisation(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    other = certification(cast.acme, "OTHER")
    client = client_for(cast.adam)
    assert sends(aid) == {WINDOW_OPENS, EXPIRING_SOON, CERTIFICATION_EXPIRED}

    answers = dict.fromkeys(KINDS, "") | {CERTIFICATION_ASSIGNED: "on", WINDOW_OPENS: "off", EXPIRING_SOON: "on"}
    assert client.post(messages_of(aid), answers).status_code == 302
    client.post(messages_of(aid), answers)

    assert sends(aid) == {CERTIFICATION_ASSIGNED, EXPIRING_SOON, CERTIFICATION_EXPIRED}
    assert sends(other) == {WINDOW_OPENS, EXPIRING_SOON, CERTIFICATION_EXPIRED}
    with tenant_scope(cast.acme.pk):
        MessageSwitch.objects.create(tenant=cast.acme, kind=EXPIRING_SOON, is_on=False)
        events = list(AuditEvent.objects.values_list("action", "subject_kind", "subject_id", "details"))
    assert sends(aid) == {CERTIFICATION_ASSIGNED, EXPIRING_SOON, CERTIFICATION_EXPIRED}
    assert sends(other) == {WINDOW_OPENS, CERTIFICATION_EXPIRED}
    departures = {CERTIFICATION_ASSIGNED: True, WINDOW_OPENS: False, EXPIRING_SOON: True}
    assert events == [
        (
            "certifications.messages.switched",
            "certification",
            aid.pk,
            {"before": dict.fromkeys(departures), "after": departures},
        )
    ]
    client.post(messages_of(aid), dict.fromkeys(KINDS, ""))
    assert sends(aid) == {WINDOW_OPENS, CERTIFICATION_EXPIRED}


def test_T70_the_page_shows_every_kind_its_default_and_the_languages_of_its_words(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    client = client_for(cast.adam)
    client.post(words_of(aid, language="fr"), WORDS)
    shown = client.get(messages_of(aid))

    kinds = [
        (entry["kind"].key, entry["is_on"], entry["field"].value(), [one["name"] for one in entry["languages"]])
        for entry in shown.context["kinds"]
    ]
    both = ["English", "Deutsch"]
    assert kinds == [
        (CERTIFICATION_ASSIGNED, False, "", both),
        ("certification_completed", False, "", both),
        (WINDOW_OPENS, True, "", [*both, "Français"]),
        (EXPIRING_SOON, True, "", both),
        (CERTIFICATION_EXPIRED, True, "", both),
    ]
    assert ("As the organisation: on" in page(shown), "Here: 10 days before." in page(shown)) == (True, True)
    assert client.post(messages_of(aid), {WINDOW_OPENS: "perhaps"}).status_code == 422


def test_T70_words_are_written_for_one_certification_and_dropped_again(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    client = client_for(cast.adam)
    before = page(client.get(words_of(aid)))
    assert ('value="Time to recertify: {certification}"' in before, "Shipped words" in before) == (True, True)

    assert client.post(words_of(aid), WORDS).status_code == 302

    assert stored(cast.acme) == [(aid.pk, WINDOW_OPENS, "en-gb", *SAVED)]
    after = page(client.get(words_of(aid)))
    assert ("Own words" in after, "Back to the words of your organisation" in after) == (True, True)
    client.post(words_of(aid), {"action": "drop"})
    assert stored(cast.acme) == []


def test_T70_without_own_words_the_organisations_are_shown_and_stay(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    ours = reverse("messages:edit", args=[WINDOW_OPENS, "en-gb"])
    owner, client = client_for(cast.alice), client_for(cast.adam)
    owner.post(ours, WORDS | {"subject": "Ours"})

    shown = page(client.get(words_of(aid)))
    assert ('value="Ours"' in shown, "Words of your organisation" in shown) == (True, True)
    client.post(words_of(aid), WORDS)
    client.post(words_of(aid), {"action": "drop"})
    client.post(words_of(aid), {"action": "drop"})

    assert [(about, subject) for about, _, _, subject, _ in stored(cast.acme)] == [(0, "Ours")]
    assert 'value="Ours"' in page(owner.get(ours))


def test_T70_L76_what_does_not_belong_to_the_message_is_refused_by_name(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    response = client_for(cast.adam).post(words_of(aid), WORDS | {"body": "{course}"})

    assert (response.status_code, stored(cast.acme)) == (422, [])
    assert "{course} does not belong to this message. Allowed: {certification}" in page(response)


def test_T70_the_preview_is_about_this_certification_and_about_nothing_else(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    client = client_for(cast.adam)

    shipped = page(client.get(words_of(aid, CERTIFICATION_EXPIRED, preview=True)))
    typed = page(client.post(words_of(aid, preview=True), WORDS | {"sample": "several"}))
    refused = client.post(words_of(aid, preview=True), WORDS | {"subject": "{nothing}"})

    assert ("Expired: First Aid" in shipped, "First Aid (AID): expired on" in shipped) == (True, True)
    assert ("Renew First Aid" in typed, "Fire Warden" in typed, "Dear Adam," in typed) == (True, False, True)
    assert (refused.status_code, stored(cast.acme)) == (422, [])
    edit = client.get(words_of(aid))
    assert ("sample" in edit.context["form"].fields, "Show it with" in page(edit)) == (False, False)


def test_T70_L78_a_test_mail_has_the_words_as_typed_and_the_certification(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    response = client_for(cast.adam).post(words_of(aid), WORDS | {"action": "test"})

    assert "A test mail is on its way to adam@acme.example." in page(response)
    with tenant_scope(cast.acme.pk):
        mail = OutboxMessage.objects.get()
    built = build_mail(mail, tenant=cast.acme)
    assert built is not None
    assert built.subject == "Renew First Aid"
    assert ("- First Aid (AID): expires on" in str(built.body), stored(cast.acme)) == (True, [])


def test_T70_G01_owners_and_administrators_edit_the_messages_of_their_own_certifications(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    theirs = certification(cast.zebra, "AID")
    addresses = (messages_of, words_of, lambda found: words_of(found, preview=True))
    for person, found, status in (
        (cast.lea, aid, 403),
        (cast.bob, aid, 403),
        (cast.adam, theirs, 404),
        (cast.charlie, aid, 404),
        (cast.adam, aid, 200),
        (cast.alice, aid, 200),
    ):
        client = client_for(person)
        assert [client.get(address(found)).status_code for address in addresses] == [status] * 3
    assert client_for(cast.charlie).post(words_of(aid), WORDS).status_code == 404
    assert client_for(cast.charlie).post(messages_of(aid), {WINDOW_OPENS: "off"}).status_code == 404
    assert (stored(cast.acme), stored(cast.zebra), WINDOW_OPENS in sends(aid)) == ([], [], True)


def test_T70_only_texts_about_certifications_in_known_languages_have_pages(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    client = client_for(cast.adam)
    for text, language in ((OVERDUE, "en-gb"), ("import_finished", "en-gb"), ("gone", "en-gb"), (WINDOW_OPENS, "tlh")):
        assert client.get(words_of(aid, text, language)).status_code == 404
        assert client.get(words_of(aid, text, language, preview=True)).status_code == 404


def test_S35_the_preview_runs_nothing_and_only_its_page_may_frame_it(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    client = client_for(cast.adam)
    preview, shown = client.get(words_of(aid, preview=True)), client.get(words_of(aid))

    policy = preview.headers["Content-Security-Policy"]
    assert ("default-src 'none'" in policy, preview.headers["X-Frame-Options"]) == (True, "SAMEORIGIN")
    policy = shown.headers["Content-Security-Policy"]
    assert ("frame-src 'self'" in policy, shown.headers["X-Frame-Options"]) == (True, "DENY")


def test_T70_the_organisations_page_has_these_kinds_and_says_that_a_certification_may_depart(
    cast: Cast, client_for: SignIn
) -> None:
    shown = page(client_for(cast.alice).get(reverse("messages:list")))

    assert shown.count("A certification may depart from this, and have words of its own") == 5
    assert shown.count("A course may depart from this in its settings.") == 4
    assert [f'value="{key}"' in shown for key in KINDS] == [True] * 5
    edit = page(client_for(cast.alice).get(reverse("messages:edit", args=[WINDOW_OPENS, "en-gb"])))
    assert ("several certifications" in edit, "several courses" in edit) == (True, False)


def test_L75_words_about_certifications_show_no_course(cast: Cast, client_for: SignIn) -> None:
    edit = page(client_for(cast.alice).get(reverse("messages:edit", args=[OVERDUE, "en-gb"])))
    assert ("several courses" in edit, "several certifications" in edit) == (True, False)
