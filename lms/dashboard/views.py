"""What a person sees first, and the quick actions (L-59)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lms.dashboard.menu import list_bulk_imports
from lms.people.access import PersonRequest
from lms.people.permissions import Permission, permissions_of


def dashboard(request: PersonRequest) -> HttpResponse:
    """The start page."""
    granted = permissions_of(request.user)
    context = {"bulk_imports": list_bulk_imports(granted), "sees_people": Permission.SEE_PEOPLE in granted}
    return render(request, "dashboard/dashboard.html", context)


def quick_actions(request: PersonRequest) -> HttpResponse:
    """Content > Quick Actions > Bulk Imports: the kinds of import the person may start."""
    granted = permissions_of(request.user)
    context = {
        "bulk_imports": list_bulk_imports(granted),
        "sees_people": Permission.SEE_PEOPLE in granted,
        "crumbs": [(_("Content"), None), (_("Quick Actions"), None)],
    }
    return render(request, "dashboard/quick_actions.html", context)
