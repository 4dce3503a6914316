"""What kind of import is it? Asked where a file was dropped without saying so (screens, Dashboard).

Recognised by its template or its column names, and confirmed by the person before anything is mapped.
"""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.imports.mapping import header_names
from lms.imports.models import ImportBatch
from lms.imports.presenting import say_read_as, wizard_steps
from lms.imports.recognising import choose_kind, guess_kinds, is_kind_open
from lms.imports.selectors import allowed_importers
from lms.imports.starting import start_by_itself
from lms.imports.transitions import StateConflict
from lms.imports.views.guarding import managed, send_to_step
from lms.imports.views.uploading import crumbs_of
from lms.people.access import PersonRequest


@require_http_methods(["GET", "POST"])
@managed
def choose(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """The page that proposes a kind, with a button for each the person may use."""
    importers = {importer.key: importer for importer in allowed_importers(request.user)}
    if not importers:
        raise PermissionDenied
    if not is_kind_open(batch) or not batch.sniffed:
        return send_to_step(request, batch)
    if request.method == "POST" and (importer := importers.get(request.POST.get("kind", ""))):
        try:
            choose_kind(batch, importer, actor=request.user)
        except StateConflict:
            batch.refresh_from_db()
            return send_to_step(request, batch)
        if batch.sniffed and importer.starts_check:  # S-36
            start_by_itself(batch)
        return send_to_step(request, batch)
    return _show(request, batch)


def _show(request: PersonRequest, batch: ImportBatch) -> HttpResponse:
    guesses = guess_kinds(allowed_importers(request.user), batch=batch, actor=request.user)
    first, *others = guesses
    is_clear = bool(first.found or first.is_own) and all(
        (first.is_own, first.was_chosen, first.is_whole, first.found)
        > (other.is_own, other.was_chosen, other.is_whole, other.found)
        for other in others
    )
    context = {
        "batch": batch,
        "guesses": guesses,
        "likely": first if is_clear else None,
        "others": others,
        "headers": header_names(batch),
        "read_as": say_read_as(batch),
        "steps": wizard_steps(None, current=0),
        "crumbs": [(_("Imports"), reverse("imports:list")), crumbs_of(first.importer, batch)[-1]],
    }
    return render(request, "imports/kind.html", context)
