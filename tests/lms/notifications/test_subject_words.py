"""Words for messages about one subject: when they are used, and how few of them are loaded (T-70)."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certifications.kinds import CERTIFICATION_EXPIRED, WINDOW_OPENS
from completions.kinds import OVERDUE
from lms.audit.models import AuditEvent
from lms.notifications.delivery import build_mail
from lms.notifications.editing import Subject, drop_words, save_words
from lms.notifications.kinds import find_kind, find_subject, find_text
from lms.notifications.messages import NewMessage, write_messages
from lms.notifications.models import MessageTemplate, OutboxMessage
from lms.notifications.templates import Words, load_words, render_message
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

TODAY = dt.date(2026, 4, 2)


def item(subject: int, name: str = "First Aid") -> dict[str, Any]:
    return {"certification_id": subject, "short_name": "FA", "certification": name, "expires_on": "2026-05-01"}


def write_words(cast: Cast, subject: str, *, about: int = 0, language: str = "en-gb", text: str = WINDOW_OPENS) -> None:
    with tenant_scope(cast.acme.pk):
        MessageTemplate.objects.create(
            tenant=cast.acme, text=text, language=language, about_id=about, subject=subject, body="{certifications}"
        )


def subject_of(cast: Cast, *items: dict[str, Any], language: str = "", kind: str = WINDOW_OPENS) -> str:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(language=language)
        bob = User.objects.get(pk=cast.bob.pk)
        return render_message(kind, items, person=bob, tenant=cast.acme, today=TODAY).subject


@pytest.mark.parametrize(
    ("kind", "items", "expected"),
    [
        (WINDOW_OPENS, [item(7)], 7),
        (WINDOW_OPENS, [item(7), item(7)], 7),
        (WINDOW_OPENS, [item(7), item(8)], 0),
        (WINDOW_OPENS, [], 0),
        (WINDOW_OPENS, [{"certification": "of an older version"}], 0),
        (OVERDUE, [{"course_id": 7}], 0),
    ],
)
def test_T70_the_subject_is_what_all_items_are_about(kind: str, items: list[dict[str, Any]], expected: int) -> None:
    found = find_kind(kind)
    assert found is not None
    assert find_subject(found, items) == expected


def test_T70_words_for_a_subject_are_for_mails_about_it_alone(cast: Cast) -> None:
    write_words(cast, "Seven: {certification}", about=7)
    write_words(cast, "Expired seven", about=7, text=CERTIFICATION_EXPIRED)

    assert subject_of(cast, item(7)) == "Seven: First Aid"
    assert subject_of(cast, item(8)) == "Time to recertify: First Aid"
    assert subject_of(cast, item(7), item(8)) == "Time to recertify: 2 certifications"
    write_words(cast, "Ours: {certification}")
    assert [subject_of(cast, item(7)), subject_of(cast, item(8)), subject_of(cast, item(7), item(8))] == [
        "Seven: First Aid",
        "Ours: First Aid",
        "Ours: 2 certifications",
    ]
    assert subject_of(cast, item(7), kind=CERTIFICATION_EXPIRED) == "Expired seven"


@pytest.mark.parametrize(
    ("person", "own", "expected"),
    [
        ("fr", {("fr", 7): "à sept", ("fr", 0): "à nous", ("en-gb", 7): "seven"}, "à sept"),
        ("fr", {("fr", 0): "à nous", ("en-gb", 7): "seven"}, "à nous"),
        ("fr", {("en-gb", 7): "seven", ("en-gb", 0): "ours"}, "seven"),
        ("fr", {("de", 7): "sieben", ("en-gb", 0): "ours"}, "ours"),
        ("", {("de", 7): "sieben"}, "Time to recertify: First Aid"),
    ],
)
def test_T70_L77_the_language_of_the_person_comes_before_the_subject(
    cast: Cast, person: str, own: dict[tuple[str, int], str], expected: str
) -> None:
    for (language, about), subject in own.items():
        write_words(cast, subject, about=about, language=language)

    assert subject_of(cast, item(7), language=person) == expected


def test_T70_mails_and_notices_have_the_words_for_their_subject(cast: Cast, client_for: Any) -> None:
    write_words(cast, "Seven: {certification}", about=7)
    with tenant_scope(cast.acme.pk):
        messages = [NewMessage(cast.bob.pk, WINDOW_OPENS, item(7)), NewMessage(cast.ben.pk, WINDOW_OPENS, item(8))]
        write_messages(messages, group="day:2026-04-02", now=timezone.now())
        mails = list(OutboxMessage.objects.order_by("recipient_id"))

    built = [build_mail(mail, tenant=cast.acme) for mail in mails]
    bob: Client = client_for(cast.bob)
    ben: Client = client_for(cast.ben)

    assert [mail.subject for mail in built if mail] == ["Seven: First Aid", "Time to recertify: First Aid"]
    for client, title in ((bob, "Seven: First Aid"), (ben, "Time to recertify: First Aid")):
        assert title in client.get(reverse("notifications:list")).content.decode()


def test_T70_only_words_that_can_matter_are_loaded(cast: Cast) -> None:
    for about in range(4):
        write_words(cast, f"about {about}", about=about)
    with tenant_scope(cast.acme.pk):
        assert sorted(load_words()) == [(WINDOW_OPENS, "en-gb", 0)]
        assert sorted(load_words([2])) == [(WINDOW_OPENS, "en-gb", 0), (WINDOW_OPENS, "en-gb", 2)]


def test_T70_words_for_a_subject_are_saved_and_dropped_beside_the_organisations(cast: Cast) -> None:
    found = find_text(WINDOW_OPENS)
    assert found is not None
    text, seven = found[1], Subject("certification", 7, "FA First Aid")

    def stored() -> list[tuple[int, str]]:
        return list(MessageTemplate.objects.order_by("about_id").values_list("about_id", "subject"))

    with tenant_scope(cast.acme.pk):
        save_words(text, Words("ours", "x", "en-gb"), actor=cast.alice)
        save_words(text, Words("seven", "x", "en-gb"), actor=cast.adam, subject=seven)
        save_words(text, Words("seven!", "x", "en-gb"), actor=cast.adam, subject=seven)
        assert stored() == [(0, "ours"), (7, "seven!")]
        assert drop_words(text, language="en-gb", actor=cast.adam, subject=seven)
        assert not drop_words(text, language="en-gb", actor=cast.adam, subject=seven)
        assert stored() == [(0, "ours")]
        events = AuditEvent.objects.order_by("id").values_list("action", "subject_kind", "subject_id", "subject_label")
        assert list(events) == [
            ("notifications.words.changed", "message", None, "Recertification window opens"),
            ("notifications.words.changed", "certification", 7, "FA First Aid"),
            ("notifications.words.changed", "certification", 7, "FA First Aid"),
            ("notifications.words.removed", "certification", 7, "FA First Aid"),
        ]
