"""The words of a mail: own before shipped, in the language of the person, placeholders filled in one pass."""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

from completions.kinds import DUE_REMINDER, OVERDUE
from lms.notifications.kinds import all_kinds, find_kind, find_text
from lms.notifications.layout import Block, RenderedMessage, split_blocks
from lms.notifications.models import MessageTemplate
from lms.notifications.templates import choose_words, find_foreign, load_words, render_message, shipped_words
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

TODAY = dt.date(2026, 2, 18)
ITEM: dict[str, Any] = {"course_id": 1, "code": "SAFE-1", "course": "Safety Basics", "due_on": "2026-03-01"}


def write_words(cast: Cast, language: str, subject: str, body: str = "{courses}", text: str = DUE_REMINDER) -> None:
    with tenant_scope(cast.acme.pk):
        MessageTemplate.objects.create(tenant=cast.acme, text=text, language=language, subject=subject, body=body)


def render(cast: Cast, *items: dict[str, Any], language: str = "", **fields: Any) -> RenderedMessage:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(language=language, **fields)
        bob = User.objects.get(pk=cast.bob.pk)
        return render_message(DUE_REMINDER, items or (ITEM,), person=bob, tenant=cast.acme, today=TODAY)


def test_L75_every_kind_has_shipped_words_within_its_placeholders() -> None:
    kinds = [kind.key for kind in all_kinds()]
    assert kinds[:14] == [
        "import_finished",
        "course_assigned",
        "course_completed",
        "due_reminder",
        "overdue",
        "retake_open",
        "non_compliant",
        "certification_assigned",
        "certification_completed",
        "certification_window_opens",
        "certification_expiring_soon",
        "certification_expired",
        "offline_record_created",
        "offline_record_expires",
    ]
    for kind in all_kinds():
        for text in kind.texts:
            for language, _name in settings.LANGUAGES:
                words = shipped_words(text, language)
                assert words is not None
                assert (text.key, find_foreign(words.subject + words.body, kind)) == (text.key, [])
                assert (0 < len(words.subject) <= 255, words.subject.count("\n")) == (True, 0)


def test_L75_a_shipped_mail_as_text_and_html(cast: Cast) -> None:
    mail = render(cast)
    link = f"http://{cast.acme.host}"

    assert mail.subject == "Please complete: Safety Basics"
    assert mail.text.startswith(
        "Hello Bob,\n\nThis is still to be completed by you:\n\n"
        "- Safety Basics (SAFE-1): due on 1 March 2026 (11 days left)\n\nOpen your Record of Learning:\n" + link
    )
    assert mail.text.rstrip().endswith(
        "-- \nAcme Hospitals\nThis mail was sent to Bob O'Connor. You get it because of your courses."
    )
    assert "<li>Safety Basics (SAFE-1): due on 1 March 2026 (11 days left)</li>" in mail.html
    assert f'<a class="button" href="{link}' in mail.html
    assert f"/people/{cast.bob.pk}/record/" in mail.html


def test_L75_own_words_come_before_the_shipped_ones(cast: Cast) -> None:
    write_words(cast, "en-gb", "{organisation}: {count} x {course}", "Dear {full_name},\n\n{due_date}, {days} days")

    mail = render(cast)

    assert mail.subject == "Acme Hospitals: 1 x Safety Basics"
    assert mail.text.startswith("Dear Bob O'Connor,\n\n1 March 2026, 11 days\n")


def test_S24_the_words_of_one_organisation_are_not_anothers(cast: Cast) -> None:
    write_words(cast, "en-gb", "Ours")
    with tenant_scope(cast.zebra.pk):
        mail = render_message(DUE_REMINDER, [ITEM], person=cast.zoe, tenant=cast.zebra, today=TODAY)

    assert mail.subject == "Please complete: Safety Basics"


@pytest.mark.parametrize(
    ("person", "organisation", "own", "expected"),
    [
        ("fr", "en-gb", {"fr": "à moi", "en-gb": "mine"}, "à moi"),
        ("fr", "en-gb", {"en-gb": "mine"}, "mine"),
        ("fr", "en-gb", {}, "Please complete: Safety Basics"),
        ("de", "en-gb", {"en-gb": "mine"}, "shipped in de"),
        ("de", "en-gb", {"de": "meins", "en-gb": "mine"}, "meins"),
        ("", "en-gb", {"de": "meins", "en-gb": "mine"}, "mine"),
        ("", "de", {"en-gb": "mine"}, "shipped in de"),
        ("fr", "de", {}, "shipped in de"),
    ],
)
def test_L77_the_language_of_the_mail_follows_the_profile_if_there_are_words(
    cast: Cast, person: str, organisation: str, own: dict[str, str], expected: str
) -> None:
    for language, subject in own.items():
        write_words(cast, language, subject)
    cast.acme.language = organisation
    found = find_text(DUE_REMINDER)
    assert found is not None
    with tenant_scope(cast.acme.pk):
        words = choose_words(found[1], languages=(person, organisation), own=load_words())
    mail = render(cast, language=person)

    if expected.startswith("shipped in "):
        assert (words.language, words.is_own) == (expected.removeprefix("shipped in "), False)
        assert f'<html lang="{words.language}">' in mail.html
    else:
        assert mail.subject == expected


def test_L77_dates_are_said_in_the_language_of_the_words(cast: Cast) -> None:
    write_words(cast, "fr", "Rappel : {course}", "Bonjour {first_name},\n\n{courses}\n\nAvant le {due_date}.")

    mail = render(cast, language="fr")

    # The product speaks no French: the line of a course has the date alone, in French.
    assert mail.text.startswith("Bonjour Bob,\n\n- Safety Basics (SAFE-1): 1 mars 2026\n\nAvant le 1 mars 2026.")
    assert '<html lang="fr">' in mail.html


def test_L77_a_language_without_words_falls_back_whole(cast: Cast) -> None:
    mail = render(cast, language="fr")

    assert "due on 1 March 2026 (11 days left)" in mail.text
    assert '<html lang="en-gb">' in mail.html


def test_L76_a_foreign_placeholder_is_found_and_prints_nothing(cast: Cast) -> None:
    kind = find_kind(OVERDUE)
    assert kind is not None
    assert find_foreign("{course} {compliant_until} { Course } {} {due date} {compliant_until} {link", kind) == [
        "compliant_until",
        "Course",
        "",
        "due date",
    ]
    write_words(cast, "en-gb", "x{number}y { course }", "[{number}] {unknown thing}")

    mail = render(cast)

    assert mail.subject == "xy Safety Basics"
    assert mail.text.startswith("[]")


def test_S16_what_is_filled_in_is_text_and_nothing_more(cast: Cast) -> None:
    write_words(cast, "en-gb", "{course}", "{first_name}\n\n<b>bold</b>\n\n{courses}")
    course = ITEM | {"course": "A\r\nBcc: evil@x.example {link} <script>", "code": "<i>"}

    mail = render(cast, course, first_name="{link}\n- x")

    assert mail.subject == "A Bcc: evil@x.example {link} <script>"
    assert mail.text.startswith("{link} - x\n\n<b>bold</b>\n\n- A Bcc: evil@x.example {link} <script> (<i>): due on")
    assert ("<script>" in mail.html, "<b>" in mail.html, "<i>" in mail.html) == (False, False, False)
    assert "&lt;b&gt;bold&lt;/b&gt;" in mail.html


def test_S16_a_list_in_a_subject_becomes_one_line(cast: Cast) -> None:
    write_words(cast, "en-gb", "Open: {courses}")

    assert render(cast, ITEM, ITEM).subject == (
        "Open: - Safety Basics (SAFE-1): due on 1 March 2026 (11 days left)"
        " - Safety Basics (SAFE-1): due on 1 March 2026 (11 days left)"
    )


def test_a_text_is_cut_into_paragraphs_lists_and_buttons() -> None:
    text = "One\ntwo\n- a\n-b\n- c\n\n\nhttp://x/1\nafter http://x/1"

    assert split_blocks(text, link="http://x/1", link_words="Go") == [
        Block("text", ("One", "two")),
        Block("list", ("a",)),
        Block("text", ("-b",)),
        Block("list", ("c",)),
        Block("link", ("Go",), "http://x/1"),
        Block("text", ("after http://x/1",)),
    ]


def test_a_kind_that_is_gone_is_a_lookup_error(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk), pytest.raises(LookupError):
        render_message("gone", [ITEM], person=cast.bob, tenant=cast.acme, today=TODAY)


def test_rendering_leaves_the_language_as_it_was(cast: Cast) -> None:
    with translation.override("de"):
        render(cast, language="en-gb")
        assert translation.get_language() == "de"
