"""Live progress of an import: the part of a page that refreshes itself and ends by opening the next page (E-64)."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from lms.imports.models import ImportBatch, State
from lms.imports.presenting import (
    has_percent,
    is_looking,
    percent_done,
    say_phase,
    say_state,
    say_time_left,
    state_tone,
    step_address,
    step_name,
)
from lms.imports.selectors import find_import_before
from lms.imports.views.guarding import on_batch
from lms.people.access import PersonRequest

PAGES = ("map", "checking", "batch")


def live_context(batch: ImportBatch, *, page: str) -> dict[str, Any]:
    """Return what the live part shows; `page` is the page it stands on."""
    return {
        "batch": batch,
        "live_page": page,
        "is_live": batch.is_working or is_looking(batch),
        "state_words": say_state(batch),
        "state_tone": state_tone(batch),
        "phase_words": say_phase(batch),
        "time_left": say_time_left(batch),
        "percent": percent_done(batch),
        "has_progress": has_percent(batch),
        "waits_for": _say_waiting(batch),
        "now": timezone.now(),
    }


def _say_waiting(batch: ImportBatch) -> str:
    """Return what a queued import waits for (W13, E-27)."""
    if batch.state != State.QUEUED:
        return ""
    earlier = find_import_before(batch)
    starts = _("Yours starts by itself.")
    if earlier is None:
        return starts
    left = say_time_left(earlier)
    words = (
        _("Another import of your organisation runs first (%(left)s).")
        if left
        else _("Another import of your organisation runs first.")
    )
    return f"{words % {'left': left}} {starts}"


@require_GET
@on_batch
def progress(request: PersonRequest, batch: ImportBatch, page: str) -> HttpResponseBase:
    """The live part alone; once the state belongs to another page, that page is opened instead."""
    if step_name(batch) != page:
        return HttpResponseClientRedirect(step_address(batch))
    if not batch.is_working and not is_looking(batch):
        return HttpResponseClientRefresh()
    return render(request, "imports/_live.html", live_context(batch, page=page))
