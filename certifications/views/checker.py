"""The checker: people whose current certification has inconsistent dates, with the way to their records (T-72)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from certifications.records.checker import explain_status, inconsistent_statuses
from certifications.wording import say_inconsistency
from lms.core.paging import take_page
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission


@requires(Permission.MANAGE_CERTIFICATIONS)
@require_GET
def certification_check(request: PersonRequest) -> HttpResponse:
    """The list; asked by a piece of a page, the number alone."""
    page = take_page(request, inconsistent_statuses())
    if "HX-Request" in request.headers:
        return render(request, "certifications/_check_count.html", {"paginator": page.paginator})
    context = {
        "page_obj": page,
        "lines": [
            (status, [say_inconsistency(found) for found in explain_status(status)]) for status in page.object_list
        ],
        "crumbs": [
            (_("Content"), None),
            (_("Certifications"), reverse("certification_list")),
            (_("Records with inconsistent dates"), None),
        ],
    }
    return render(request, "certifications/check.html", context)
