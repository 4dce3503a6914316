"""Reports > Reporting Engine > Course > Summary > Course Report: codes and names, on the page and as files (L-20)."""

import tempfile
from typing import Final

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lms.core.exports import CSV_TYPE, XLSX_TYPE, Cell, attach_file, write_csv, write_xlsx
from lms.core.paging import take_page
from lms.courses.selectors import list_course_codes, usable_courses
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission
from lms.tenancy.clock import today

FORMATS: Final = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE}


@requires(Permission.SEE_PEOPLE)
@require_GET
def report_list(request: PersonRequest) -> HttpResponse:
    """The reports there are."""
    return render(
        request, "courses/report_list.html", {"crumbs": [(_("Reports"), None), (_("Reporting Engine"), None)]}
    )


@requires(Permission.SEE_PEOPLE)
@require_GET
def course_report(request: PersonRequest) -> HttpResponse:
    """Every course the person may use, with its code."""
    context = {
        "page_obj": take_page(request, usable_courses(request.user).order_by("code_key", "pk"), per_page=100),
        "crumbs": [
            (_("Reports"), None),
            (_("Reporting Engine"), reverse("report_list")),
            (_("Course"), None),
            (_("Summary"), None),
            (_("Course Report"), None),
        ],
    }
    return render(request, "courses/course_report.html", context)


@requires(Permission.SEE_PEOPLE)
@require_GET
def course_report_file(request: PersonRequest, file_format: str) -> HttpResponseBase:
    """The same as a file."""
    if file_format not in FORMATS:
        raise Http404
    rows: list[tuple[Cell, ...]] = [(_("Course Code"), _("Course"), _("Active"), _("Open for imports"))]
    rows += list_course_codes(request.user)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    if file_format == "csv":
        write_csv(rows, to=file)
    else:
        write_xlsx(rows, to=file, sheet="Course Report", widths=(24, 60, 10, 18))
    name = f"course-report-{today(request.tenant).isoformat()}.{file_format}"
    return attach_file(file, name=name, content_type=FORMATS[file_format])
