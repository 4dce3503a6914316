"""What a person sees first, Recent Imports that refresh themselves, and the quick actions (L-59, L-65, E-69)."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lms.dashboard.board import build_board
from lms.dashboard.menu import list_bulk_imports
from lms.dashboard.searching import SHOWN, search_everywhere
from lms.dashboard.selectors import load_own_learning
from lms.imports.forms import UploadForm
from lms.imports.selectors import allowed_importers, recent_lines, waiting_lines
from lms.imports.views.guarding import needs_imports
from lms.imports.views.uploading import ACCEPT
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission, permissions_of
from lms.people.selectors import reaches_everybody
from lms.tenancy.clock import today


@require_GET
def dashboard(request: PersonRequest) -> HttpResponse:
    """The start page: a place to drop a file on, what waits, recent imports, compliance, and one's own learning."""
    importers = allowed_importers(request.user)
    granted = permissions_of(request.user)
    context: dict[str, Any] = {
        "bulk_imports": list_bulk_imports(granted),
        "importers": importers,
        "sees_imports": bool(importers) or Permission.SEE_OTHERS_IMPORTS in granted,
        "sees_people": Permission.SEE_PEOPLE in granted,
        "accept": ACCEPT,
        "byte_limit": settings.IMPORT_UPLOAD_BYTES,
    }
    if context["sees_imports"]:
        context |= _recent(request) | {"form": UploadForm(), "waiting": waiting_lines(request.user)}
    if context["sees_people"]:
        context["board"] = build_board(request.user, day=today(request.tenant), sees_imports=context["sees_imports"])
        context["reaches_everybody"] = reaches_everybody(request.user)
    own = load_own_learning(request.user, day=today(request.tenant))
    if own.tasks or not context["sees_people"]:
        context["own"] = own
    return render(request, "dashboard/dashboard.html", context)


def _recent(request: PersonRequest) -> dict[str, Any]:
    lines = recent_lines(request.user)
    starts = [] if lines else list_bulk_imports(permissions_of(request.user))
    return {"lines": lines, "starts": starts, "is_live": any(line.is_working for line in lines), "now": timezone.now()}


@require_GET
@needs_imports
def recent_imports(request: PersonRequest) -> HttpResponseBase:
    """The widget alone; it asks for itself again as long as something runs."""
    return render(request, "dashboard/_recent_imports.html", _recent(request))


def quick_actions(request: PersonRequest) -> HttpResponse:
    """Content > Quick Actions > Bulk Imports: the kinds of import the person may start."""
    granted = permissions_of(request.user)
    context = {
        "bulk_imports": list_bulk_imports(granted),
        "sees_people": Permission.SEE_PEOPLE in granted,
        "uploads_certifications": Permission.IMPORT_CERTIFICATIONS in granted,
        "crumbs": [(_("Content"), None), (_("Quick Actions"), None)],
    }
    return render(request, "dashboard/quick_actions.html", context)


@require_GET
@requires(Permission.SEE_PEOPLE)
def search(request: PersonRequest) -> HttpResponse:
    """People, courses and imports in reach that fit what was typed into the top bar."""
    query = request.GET.get("q", "").strip()[:100]
    found = search_everywhere(request.user, query=query) if query else None
    context = {"query": query, "search_query": query, "found": found, "shown": SHOWN}
    return render(request, "dashboard/search.html", context)
