"""Settings > Messages, for Account Owners only (L-10): which kinds are sent, and in which words."""

from csp.constants import SELF
from csp.decorators import csp, csp_update
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods

from lms.notifications.editing import save_switches
from lms.notifications.kinds import all_kinds
from lms.notifications.selectors import find_undelivered, switched_on
from lms.notifications.words_views import PREVIEW_POLICY, WordsPlace, answer_preview, answer_words, list_languages
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission


@requires(Permission.MANAGE_ORGANISATION)
@require_http_methods(["GET", "POST"])
def list_messages(request: PersonRequest) -> HttpResponse:
    """The kinds of message with their switches, and the languages in which each has words."""
    if request.method == "POST":
        answers = {kind.key: kind.key in request.POST.getlist("on") for kind in all_kinds() if kind.is_switchable}
        if save_switches(answers, actor=request.user):
            messages.success(request, _("Saved. It counts from the next message on; none is sent later for the past."))
        return redirect("messages:list")
    place = _make_place()
    own, on = place.load(), switched_on()
    kinds = [
        {
            "kind": kind,
            "is_on": kind.key in on,
            "texts": [{"text": text, "languages": list_languages(place, text, own=own)} for text in kind.texts],
        }
        for kind in sorted(all_kinds(), key=lambda kind: not kind.is_switchable)
    ]
    return render(request, "notifications/messages.html", {"kinds": kinds, "failed": find_undelivered().count()})


@requires(Permission.MANAGE_ORGANISATION)
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type] # it is typed for views without arguments
@require_http_methods(["GET", "POST"])
def edit_words(request: PersonRequest, text: str, language: str) -> HttpResponse:
    """The words of one text in one language: save them, mail them to oneself, or go back to the shipped ones."""
    return answer_words(request, _make_place(), text=text, language=language)


@xframe_options_sameorigin
@csp(PREVIEW_POLICY)  # type: ignore[arg-type] # as above
@requires(Permission.MANAGE_ORGANISATION)
@require_http_methods(["GET", "POST"])
def preview_words(request: PersonRequest, text: str, language: str) -> HttpResponse:
    """A mail with the words as typed (POST) or as they are (GET), filled with sample data."""
    return answer_preview(request, _make_place(), text=text, language=language)


def _make_place() -> WordsPlace:
    return WordsPlace(
        edit_name="messages:edit",
        preview_name="messages:preview",
        crumbs=[(_("Settings"), None), (_("Messages"), reverse("messages:list"))],
    )
