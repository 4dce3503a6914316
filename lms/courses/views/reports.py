"""Reports > Reporting Engine > Course > Summary > Course Report: codes, names and settings, on the page and as files (L-20)."""

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lms.core.exports import TABLE_TYPES, Cell, attach_table
from lms.core.paging import take_page
from lms.courses.models import Course
from lms.courses.selectors import describe_settings, list_course_codes
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission, may
from lms.tenancy.clock import today


@requires(Permission.SEE_PEOPLE)
@require_GET
def report_list(request: PersonRequest) -> HttpResponse:
    """The reports there are, as far as the person may open them."""
    context = {
        "imports_certifications": may(request.user, Permission.IMPORT_CERTIFICATIONS),
        "crumbs": [(_("Reports"), None), (_("Reporting Engine"), None)],
    }
    return render(request, "courses/report_list.html", context)


@requires(Permission.SEE_PEOPLE)
@require_GET
def course_report(request: PersonRequest) -> HttpResponse:
    """Every course the person may use, with its code and settings."""
    page = take_page(request, list_course_codes(request.user), per_page=100)
    context = {
        "page_obj": page,
        "lines": list(zip(page.object_list, describe_settings(page.object_list), strict=True)),
        "crumbs": [
            (_("Reports"), None),
            (_("Reporting Engine"), reverse("report_list")),
            (_("Course"), None),
            (_("Summary"), None),
            (_("Course Report"), None),
        ],
    }
    return render(request, "courses/course_report.html", context)


def _report_head() -> tuple[Cell, ...]:
    return (
        _("Course Code"),
        _("Course"),
        _("Active"),
        _("Open for imports"),
        _("Compliant for"),
        _("Retake opens, days before"),
        _("Due within"),
        _("Due on"),
        _("First reminder, days before"),
        _("Repeat every"),
        _("At most"),
    )


def _report_line(course: Course) -> tuple[Cell, ...]:
    return (
        course.code,
        course.name,
        course.is_active,
        course.open_for_import,
        course.compliant_for.words if course.compliant_for else _("for ever"),
        course.retake_days,
        course.due_within.words if course.due_within else None,
        course.due_on,
        course.remind_days_before,
        course.remind_every.words if course.remind_every else None,
        course.remind_at_most if course.remind_days_before is not None or course.remind_every else None,
    )


@requires(Permission.SEE_PEOPLE)
@require_GET
def course_report_file(request: PersonRequest, file_format: str) -> HttpResponseBase:
    """The same as a file."""
    if file_format not in TABLE_TYPES:
        raise Http404
    rows = [_report_head(), *(_report_line(course) for course in list_course_codes(request.user))]
    name = f"course-report-{today(request.tenant).isoformat()}"
    return attach_table(
        rows,
        name=name,
        file_format=file_format,
        sheet="Course Report",
        widths=(24, 60, 10, 18, 16, 24, 20, 14, 26, 16, 12),
    )
