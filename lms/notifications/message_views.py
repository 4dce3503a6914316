"""Settings > Messages, for Account Owners only (L-10): which kinds are sent, and in which words."""

from typing import Any, Final

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp, csp_update
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods

from lms.core.components import Tab
from lms.notifications.editing import TrialMail, drop_words, save_switches, save_words, send_trial_mail
from lms.notifications.forms import ONE, WordsForm
from lms.notifications.kinds import MessageKind, Text, all_kinds, find_text
from lms.notifications.layout import RenderedMessage
from lms.notifications.selectors import find_undelivered, switched_on
from lms.notifications.templates import (
    OwnWords,
    Words,
    allowed_placeholders,
    choose_words,
    load_words,
    render_words,
    shipped_words,
)
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission
from lms.tenancy.clock import today
from lms.tenancy.languages import has_pages, name_language

# The preview is a document of its own in a frame without scripts, so that mail styles stay out of the pages.
_PREVIEW_POLICY: Final[dict[str, Any]] = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": [True],
}


@requires(Permission.MANAGE_ORGANISATION)
@require_http_methods(["GET", "POST"])
def list_messages(request: PersonRequest) -> HttpResponse:
    """The kinds of message with their switches, and the languages in which each has words."""
    if request.method == "POST":
        answers = {kind.key: kind.key in request.POST.getlist("on") for kind in all_kinds() if kind.is_switchable}
        if save_switches(answers, actor=request.user):
            messages.success(request, _("Saved. It counts from the next message on; none is sent later for the past."))
        return redirect("messages:list")
    own, on = load_words(), switched_on()
    kinds = [
        {
            "kind": kind,
            "is_on": kind.key in on,
            "texts": [{"text": text, "languages": _languages(text, own=own)} for text in kind.texts],
        }
        for kind in sorted(all_kinds(), key=lambda kind: not kind.is_switchable)
    ]
    return render(request, "notifications/messages.html", {"kinds": kinds, "failed": find_undelivered().count()})


@requires(Permission.MANAGE_ORGANISATION)
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type] # it is typed for views without arguments
@require_http_methods(["GET", "POST"])
def edit_words(request: PersonRequest, text: str, language: str) -> HttpResponse:
    """The words of one text in one language: save them, mail them to oneself, or go back to the shipped ones."""
    kind, shown = _find(text, language)
    own = load_words()
    form = _make_form(request, kind, shown, language=language, own=own)
    action = request.POST.get("action", "save")
    if request.method == "POST" and action == "shipped":
        if drop_words(shown, language=language, actor=request.user):
            messages.success(request, _("The shipped words are used again."))
        return redirect("messages:edit", text=text, language=language)
    if request.method == "POST" and form.is_valid():
        if action == "test":
            _send_trial(request, form, shown, language=language)
        else:
            save_words(shown, form.words(language), actor=request.user)
            messages.success(request, _("Saved. Mails from now on have these words."))
            return redirect("messages:edit", text=text, language=language)
    fallback = choose_words(shown, languages=(language, request.tenant.language), own=own)
    context = {
        "crumbs": [(_("Settings"), None), (_("Messages"), reverse("messages:list")), (shown.label, None)],
        "form": form,
        "kind": kind,
        "text": shown,
        "language": language,
        "language_name": name_language(language),
        "is_own": (text, language) in own,
        "has_shipped": has_pages(language),
        "falls_back_to": name_language(fallback.language) if fallback.language != language else "",
        "placeholders": allowed_placeholders(kind),
        "texts": [Tab(other.label, _address(other, language), active=other == shown) for other in kind.texts],
        "languages": _languages(shown, own=own, open_language=language),
        "further": _further_languages(shown, own=own, open_language=language),
        "has_several": len(kind.sample(shown.key, today(request.tenant))) > 1,
    }
    return render(request, "notifications/message_edit.html", context, status=422 if form.errors else 200)


@xframe_options_sameorigin
@csp(_PREVIEW_POLICY)  # type: ignore[arg-type] # as above
@requires(Permission.MANAGE_ORGANISATION)
@require_http_methods(["GET", "POST"])
def preview_words(request: PersonRequest, text: str, language: str) -> HttpResponse:
    """A mail with the words as typed (POST) or as they are (GET), filled with sample data."""
    kind, shown = _find(text, language)
    own = load_words()
    form = _make_form(request, kind, shown, language=language, own=own)
    if request.method != "POST":
        words, is_long = choose_words(shown, languages=(language, request.tenant.language), own=own), False
    elif form.is_valid():
        words, is_long = form.words(language), form.is_long
    else:
        return render(request, "notifications/mail/preview.html", {"form": form}, status=422)
    mail = _render_sample(request, kind, shown, words=words, is_long=is_long)
    return render(request, "notifications/mail/preview.html", {"mail": mail, "mail_language": words.language})


def _find(text: str, language: str) -> tuple[MessageKind, Text]:
    found = find_text(text)
    if found is None or language not in dict(settings.MAIL_LANGUAGES):
        raise Http404
    return found


def _make_form(request: PersonRequest, kind: MessageKind, text: Text, *, language: str, own: OwnWords) -> WordsForm:
    words = choose_words(text, languages=(language, request.tenant.language), own=own)
    initial = {"subject": words.subject, "body": words.body, "sample": ONE}
    return WordsForm(request.POST if request.method == "POST" else None, kind=kind, initial=initial)


def _render_sample(
    request: PersonRequest, kind: MessageKind, text: Text, *, words: Words, is_long: bool
) -> RenderedMessage:
    day = today(request.tenant)
    with translation.override(words.language if has_pages(words.language) else request.tenant.language):
        items = kind.sample(text.key, day)
    items = items if is_long else items[:1]
    return render_words(words, kind=kind, items=items, person=request.user, tenant=request.tenant, today=day)


def _send_trial(request: PersonRequest, form: WordsForm, text: Text, *, language: str) -> None:
    done = send_trial_mail(text, form.words(language), is_long=form.is_long, actor=request.user)
    if done == TrialMail.QUEUED:
        words = _("A test mail is on its way to %(address)s. What you have typed is not saved yet.")
        messages.success(request, words % {"address": request.user.email})
    elif done == TrialMail.NO_ADDRESS:
        form.add_error(None, _("You have no e-mail address to which a test mail could go."))
    else:
        form.add_error(
            None, _("You have sent 10 test mails within an hour, or 50 within a day. Wait a while, or use the preview.")
        )


def _languages(text: Text, *, own: OwnWords, open_language: str = "") -> list[dict[str, Any]]:
    """Return the languages in which there are words for a text, those of the product first, and the open one."""
    return [
        {
            "name": name,
            "url": _address(text, language),
            "is_own": (text.key, language) in own,
            "is_open": language == open_language,
        }
        for language, name in settings.MAIL_LANGUAGES
        if shipped_words(text, language) or (text.key, language) in own or language == open_language
    ]


def _further_languages(text: Text, *, own: OwnWords, open_language: str) -> list[dict[str, Any]]:
    known = {entry["name"] for entry in _languages(text, own=own, open_language=open_language)}
    return [
        {"name": name, "url": _address(text, language)}
        for language, name in settings.MAIL_LANGUAGES
        if name not in known
    ]


def _address(text: Text, language: str) -> str:
    return reverse("messages:edit", args=[text.key, language])
