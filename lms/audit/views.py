"""The audit history on screen and as a file (G-04)."""

import tempfile
from typing import Final

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from lms.audit.actions import name_action
from lms.audit.forms import EventFilterForm
from lms.audit.models import AuditEvent
from lms.audit.selectors import describe_details, find_events, iterate_export, name_people
from lms.audit.services import record_event
from lms.core.exports import CSV_TYPE, XLSX_TYPE, attach_file, write_csv, write_xlsx
from lms.people.access import PersonRequest, requires
from lms.people.models import Role
from lms.people.permissions import Permission

_PAGE_EVENTS: Final = 50


@require_GET
@requires(Permission.SEE_AUDIT)
def show_history(request: PersonRequest) -> HttpResponse:
    """Show who did what, newest first, narrowed by the filters."""
    form = EventFilterForm(request.GET or None)
    events = AuditEvent.objects.order_by("-at", "-id")
    if form.is_bound:
        events = find_events(form.as_filter(), tenant=request.tenant) if form.is_valid() else events.none()
    page = Paginator(events, _PAGE_EVENTS).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "entries": describe_events(list(page)), "query": request.GET.urlencode()}
    return render(request, "audit/history.html", context)


@require_POST
@requires(Permission.SEE_AUDIT)
def export_history(request: PersonRequest, file_format: str) -> FileResponse:
    """Send the events that fit the filters as CSV or XLSX; that somebody did is an event itself."""
    form = EventFilterForm(request.POST)
    if file_format not in {"csv", "xlsx"} or not form.is_valid():
        raise Http404
    rows = iterate_export(find_events(form.as_filter(), tenant=request.tenant))
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    written = write_xlsx(rows, to=file, sheet="Audit") if file_format == "xlsx" else write_csv(rows, to=file)
    record_event("audit.history.exported", actor=request.user, details={"rows": written - 1, "format": file_format})
    return attach_file(
        file,
        name=f"audit-history.{file_format}",
        content_type=XLSX_TYPE if file_format == "xlsx" else CSV_TYPE,
    )


def describe_events(events: list[AuditEvent]) -> list[dict[str, object]]:
    """Return the events with their words: what happened, in which role, about whom."""
    people = name_people({event.person_id for event in events if event.person_id})
    roles = {role.value: role.label for role in Role}
    return [
        {
            "event": event,
            "what": name_action(event.action),
            "role": roles.get(event.actor_role, ""),
            "about": people.get(event.person_id or 0, ""),
            "details": describe_details(event.details),
        }
        for event in events
    ]
