"""Courses > Upload Completion Records > Certification import report, on the page and as a file (T-02, T-63, T-65, T-79)."""

from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from certifications.report.form import ReportFilterForm
from certifications.report.lines import iterate_file, present_rows
from certifications.report.reading import OUTCOME_GROUPS, Report, ReportFilter, Totals
from lms.core.exports import TABLE_TYPES, attach_table
from lms.core.wording import say_number
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission, may
from lms.people.selectors import reaches_everybody
from lms.tenancy.clock import today

# More rows make no file that anybody opens; one import always fits.
FILE_ROWS: Final = 100_000
_WIDTHS: Final = (8, 8, 20, 24, 18, 16, 16, 28, 40, 80, 20, 16, 28, 20, 8)


@requires(Permission.IMPORT_CERTIFICATIONS)
@require_GET
def certification_report(request: PersonRequest) -> HttpResponse:
    """Every row of the certification imports one may see, narrowed down, with numbers that add up."""
    everything = Report(ReportFilter(), tenant=request.tenant, actor=request.user)
    form = ReportFilterForm(request.GET or None, codes=everything.codes())
    report = Report(form.as_filter(), tenant=request.tenant, actor=request.user) if form.is_bound else everything
    after = request.GET.get("after", "")
    page = report.read_page(after=after)
    kept = _without(request.GET, "after")
    totals = report.count(page=None if after else page)
    context = {
        "form": form,
        "lines": present_rows(page.rows, report=report, may_edit=may(request.user, Permission.MANAGE_CERTIFICATIONS)),
        "totals": totals,
        "groups": _describe_groups(totals, kept),
        "deleted": report.deleted,
        "running": report.running(),
        "has_any": bool(page.rows) or everything.has_any(),
        "is_filtered": report.wanted != ReportFilter(),
        "reaches_everybody": reaches_everybody(request.user),
        "query": kept.urlencode(),
        "first": f"?{kept.urlencode()}" if after else "",
        "next": f"?{'&'.join(part for part in (kept.urlencode(), urlencode({'after': page.after})) if part)}"
        if page.after
        else "",
        "crumbs": [
            (_("Courses"), reverse("course_list")),
            (_("Upload Completion Records"), reverse("certification_upload")),
            (_("Certification import report"), None),
        ],
    }
    return render(request, "certifications/report.html", context)


def _describe_groups(totals: Totals, kept: QueryDict) -> list[tuple[object, int, str]]:
    """Return the parts of the total line: words, number, and the rows behind it."""
    return [
        (words, totals.groups[name], f"?{_without(kept, 'outcome', outcome=name).urlencode()}")
        for name, (words, _outcomes) in OUTCOME_GROUPS.items()
    ]


def _without(query: QueryDict, name: str, **more: str) -> QueryDict:
    left = query.copy()
    left.pop(name, None)
    for key, value in more.items():
        left[key] = value
    return left


@requires(Permission.IMPORT_CERTIFICATIONS)
@require_GET
def certification_report_export(request: PersonRequest, file_format: str) -> HttpResponseBase:
    """What the report shows, as a file."""
    if file_format not in TABLE_TYPES:
        raise Http404
    everything = Report(ReportFilter(), tenant=request.tenant, actor=request.user)
    form = ReportFilterForm(request.GET or None, codes=everything.codes())
    report = Report(form.as_filter(), tenant=request.tenant, actor=request.user) if form.is_bound else everything
    rows = report.count().rows
    if rows > FILE_ROWS:
        words = _("%(n)s rows are too many for a file, %(most)s fit. Narrow them down, for example to one import.")
        messages.warning(request, words % {"n": say_number(rows), "most": say_number(FILE_ROWS)})
        return redirect(f"{reverse('certification_report')}?{request.GET.urlencode()}")
    name = f"certification-imports-{today(request.tenant).isoformat()}"
    return attach_table(
        iterate_file(report), name=name, file_format=file_format, sheet="Certification imports", widths=_WIDTHS
    )
