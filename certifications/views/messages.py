"""The messages of a certification: which kinds it sends, and in which words (T-70)."""

from typing import Any

from csp.constants import SELF
from csp.decorators import csp, csp_update
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods

from certifications.kinds import EXPIRING_SOON, KINDS
from certifications.message_forms import DeparturesForm
from certifications.message_settings import message_kinds, save_departures
from certifications.models import Certification
from certifications.selectors import usable_certifications
from certifications.services import label_of
from certifications.switches import kinds_on, read_departures
from certifications.views.catalogue import certification_crumbs, certification_tabs
from lms.notifications.editing import Subject
from lms.notifications.selectors import switched_on
from lms.notifications.words_views import (
    PREVIEW_POLICY,
    WordsPlace,
    answer_preview,
    answer_words,
    find_shown,
    list_languages,
)
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission, may


@requires(Permission.MANAGE_CERTIFICATIONS)
@require_http_methods(["GET", "POST"])
def certification_messages(request: PersonRequest, pk: int) -> HttpResponse:
    """The kinds of message about this certification: on, off or as the organisation, and the words of each."""
    found = get_object_or_404(usable_certifications(request.user), pk=pk)
    form = DeparturesForm(
        request.POST if request.method == "POST" else None,
        organisation_sends=switched_on(),
        departures=read_departures(found.message_switches),
    )
    if request.method == "POST" and form.is_valid():
        if save_departures(found, form.departures(), actor=request.user):
            messages.success(request, _("Saved. It counts from the next message on; none is sent later for the past."))
        return redirect("certification_messages", pk=pk)
    context = {
        "certification": found,
        "form": form,
        "kinds": _describe_kinds(found, form),
        "may_change_defaults": may(request.user, Permission.MANAGE_ORGANISATION),
        "tabs": certification_tabs(found, active="certification_messages", actor=request.user),
        "crumbs": certification_crumbs(found, _("Messages")),
    }
    return render(request, "certifications/messages.html", context, status=422 if form.errors else 200)


@requires(Permission.MANAGE_CERTIFICATIONS)
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type] # it is typed for views without arguments
@require_http_methods(["GET", "POST"])
def certification_words(request: PersonRequest, pk: int, text: str, language: str) -> HttpResponse:
    """The words of one text in one language for messages about this certification alone."""
    return answer_words(request, _find_place(request, pk, text, language), text=text, language=language)


@xframe_options_sameorigin
@csp(PREVIEW_POLICY)  # type: ignore[arg-type] # as above
@requires(Permission.MANAGE_CERTIFICATIONS)
@require_http_methods(["GET", "POST"])
def certification_words_preview(request: PersonRequest, pk: int, text: str, language: str) -> HttpResponse:
    """A mail about this certification, with the words as typed (POST) or as they are (GET)."""
    return answer_preview(request, _find_place(request, pk, text, language), text=text, language=language)


def _describe_kinds(found: Certification, form: DeparturesForm) -> list[dict[str, Any]]:
    """Return a line for each kind: its switch, whether it is sent now, the languages of its words."""
    place = _make_place(found)
    own, on = place.load(), kinds_on(switched_on(), found.message_switches)
    return [
        {
            "kind": kind,
            "field": form[kind.key],
            "is_on": kind.key in on,
            "days": found.expiring_days if kind.key == EXPIRING_SOON else None,
            "languages": [entry for text in kind.texts for entry in list_languages(place, text, own=own)],
        }
        for kind in message_kinds()
    ]


def _find_place(request: PersonRequest, pk: int, text: str, language: str) -> WordsPlace:
    found = get_object_or_404(usable_certifications(request.user), pk=pk)
    kind, _text = find_shown(text, language)
    if kind.key not in KINDS:
        raise Http404
    return _make_place(found)


def _make_place(found: Certification) -> WordsPlace:
    way = certification_crumbs(found, _("Messages"))
    return WordsPlace(
        edit_name="certification_words",
        preview_name="certification_words_preview",
        arguments=(found.pk,),
        crumbs=[*way[:-1], (_("Messages"), reverse("certification_messages", args=[found.pk]))],
        subject=Subject("certification", found.pk, label_of(found)),
        sample={"certification_id": found.pk, "short_name": found.short_name, "certification": found.name},
        explanation=_(
            "These words are used where a mail is about “%(name)s” alone; one that lists several has the words of your "
            "organisation."
        )
        % {"name": found.name},
    )
