"""The page on which words are edited, with its preview: the organisation's, or those for messages about one subject.

A view that is open to whoever may do so names the place and calls these. Public: `WordsPlace`, `PREVIEW_POLICY`,
`find_shown`, `list_languages`, `answer_words`, `answer_preview`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from lms.core.components import Tab
from lms.notifications.editing import Subject, TrialMail, drop_words, save_words, send_trial_mail
from lms.notifications.forms import ONE, WordsForm
from lms.notifications.kinds import Item, MessageKind, Text, find_text
from lms.notifications.layout import RenderedMessage
from lms.notifications.templates import (
    OwnWords,
    Words,
    allowed_placeholders,
    choose_words,
    load_words,
    render_words,
    shipped_words,
)
from lms.people.access import PersonRequest
from lms.tenancy.clock import today
from lms.tenancy.languages import has_pages, name_language

# The preview is a document of its own in a frame without scripts, so that mail styles stay out of the pages.
PREVIEW_POLICY: Final[dict[str, Any]] = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": [True],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsPlace:
    """Where words are edited: the names of its URLs, which take `arguments`, a text and a language; what is around it."""

    edit_name: str
    preview_name: str
    crumbs: Sequence[tuple[str, str | None]]
    arguments: tuple[int, ...] = ()
    subject: Subject | None = None  # None: the words of the organisation, for every message
    sample: Item = field(default_factory=dict)  # what a preview says of the subject
    explanation: str = ""  # when these words are used, in one sentence

    @property
    def about_id(self) -> int:
        """Id of the subject; 0 for the organisation's words."""
        return self.subject.id if self.subject else 0

    def address(self, text: Text, language: str) -> str:
        """Return the path of the page for a text and language."""
        return reverse(self.edit_name, args=[*self.arguments, text.key, language])

    def load(self) -> OwnWords:
        """Return the own words that matter here. One query."""
        return load_words([self.about_id])


def find_shown(text: str, language: str) -> tuple[MessageKind, Text]:
    """Return the kind and text of an address; Http404 if there is none, or no mail goes out in the language."""
    found = find_text(text)
    if found is None or language not in dict(settings.MAIL_LANGUAGES):
        raise Http404
    return found


def answer_words(request: PersonRequest, place: WordsPlace, *, text: str, language: str) -> HttpResponse:
    """The words of one text in one language: save them, mail them to oneself, or go back to those without them."""
    kind, shown = find_shown(text, language)
    own = place.load()
    form = _make_form(request, place, kind, shown, language=language, own=own)
    action = request.POST.get("action", "save")
    if request.method == "POST" and action == "drop":
        if drop_words(shown, language=language, actor=request.user, subject=place.subject):
            messages.success(request, _say_dropped(place))
        return redirect(place.address(shown, language))
    if request.method == "POST" and form.is_valid():
        if action == "test":
            _send_trial(request, place, form, shown, language=language)
        else:
            save_words(shown, form.words(language), actor=request.user, subject=place.subject)
            messages.success(request, _("Saved. Mails from now on have these words."))
            return redirect(place.address(shown, language))
    about = place.about_id
    fallback = choose_words(shown, languages=(language, request.tenant.language), own=own, about=about)
    context = {
        "crumbs": [*place.crumbs, (shown.label, None)],
        "form": form,
        "kind": kind,
        "text": shown,
        "place": place,
        "language": language,
        "language_name": name_language(language),
        "preview_url": reverse(place.preview_name, args=[*place.arguments, text, language]),
        "is_own": (text, language, about) in own,
        "is_shared": (text, language, 0) in own,  # the organisation's, where there is a subject
        "has_shipped": has_pages(language),
        "falls_back_to": name_language(fallback.language) if fallback.language != language else "",
        "placeholders": allowed_placeholders(kind),
        "texts": [Tab(other.label, place.address(other, language), active=other == shown) for other in kind.texts],
        "languages": list_languages(place, shown, own=own, open_language=language),
        "further": _further_languages(place, shown, own=own, open_language=language),
    }
    return render(request, "notifications/message_edit.html", context, status=422 if form.errors else 200)


def answer_preview(request: PersonRequest, place: WordsPlace, *, text: str, language: str) -> HttpResponse:
    """A mail with the words as typed (POST) or as they are (GET), filled with sample data."""
    kind, shown = find_shown(text, language)
    own = place.load()
    form = _make_form(request, place, kind, shown, language=language, own=own)
    if request.method != "POST":
        languages = (language, request.tenant.language)
        words, is_long = choose_words(shown, languages=languages, own=own, about=place.about_id), False
    elif form.is_valid():
        words, is_long = form.words(language), form.is_long
    else:
        return render(request, "notifications/mail/preview.html", {"form": form}, status=422)
    mail = _render_sample(request, place, kind, shown, words=words, is_long=is_long)
    return render(request, "notifications/mail/preview.html", {"mail": mail, "mail_language": words.language})


def list_languages(place: WordsPlace, text: Text, *, own: OwnWords, open_language: str = "") -> list[dict[str, Any]]:
    """Return the languages in which there are words for a text, those of the product first, and the open one."""
    about = place.about_id
    return [
        {
            "name": name,
            "url": place.address(text, language),
            "is_own": (text.key, language, about) in own,
            "is_open": language == open_language,
        }
        for language, name in settings.MAIL_LANGUAGES
        if shipped_words(text, language)
        or {(text.key, language, about), (text.key, language, 0)} & own.keys()
        or language == open_language
    ]


def _further_languages(place: WordsPlace, text: Text, *, own: OwnWords, open_language: str) -> list[dict[str, Any]]:
    known = {entry["name"] for entry in list_languages(place, text, own=own, open_language=open_language)}
    return [
        {"name": name, "url": place.address(text, language)}
        for language, name in settings.MAIL_LANGUAGES
        if name not in known
    ]


def _make_form(
    request: PersonRequest, place: WordsPlace, kind: MessageKind, text: Text, *, language: str, own: OwnWords
) -> WordsForm:
    words = choose_words(text, languages=(language, request.tenant.language), own=own, about=place.about_id)
    initial = {"subject": words.subject, "body": words.body, "sample": ONE}
    # Words for one subject are for mails about it alone.
    has_several = place.subject is None and len(kind.sample(text.key, today(request.tenant))) > 1
    data = request.POST if request.method == "POST" else None
    return WordsForm(data, kind=kind, has_several=has_several, initial=initial)


def _render_sample(
    request: PersonRequest, place: WordsPlace, kind: MessageKind, text: Text, *, words: Words, is_long: bool
) -> RenderedMessage:
    day = today(request.tenant)
    with translation.override(words.language if has_pages(words.language) else request.tenant.language):
        items = [{**item, **place.sample} for item in kind.sample(text.key, day)]
    items = items if is_long else items[:1]
    return render_words(words, kind=kind, items=items, person=request.user, tenant=request.tenant, today=day)


def _send_trial(request: PersonRequest, place: WordsPlace, form: WordsForm, text: Text, *, language: str) -> None:
    done = send_trial_mail(text, form.words(language), is_long=form.is_long, actor=request.user, sample=place.sample)
    if done == TrialMail.QUEUED:
        words = _("A test mail is on its way to %(address)s. What you have typed is not saved yet.")
        messages.success(request, words % {"address": request.user.email})
    elif done == TrialMail.NO_ADDRESS:
        form.add_error(None, _("You have no e-mail address to which a test mail could go."))
    else:
        form.add_error(
            None, _("You have sent 10 test mails within an hour, or 50 within a day. Wait a while, or use the preview.")
        )


def _say_dropped(place: WordsPlace) -> str:
    if place.subject is None:
        return _("The shipped words are used again.")
    return _("The words of your organisation are used again.")
