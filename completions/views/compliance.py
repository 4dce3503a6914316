"""Reports > Compliance: who stands how in which course, over everybody in reach; on the page and as files (G-05)."""

from collections.abc import Iterator
from typing import Final

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from completions.compliance import Line, Lines, Selection, iterate_lines
from completions.forms import ComplianceFilterForm
from completions.models import Status
from lms.core.exports import TABLE_TYPES, Cell, attach_table
from lms.core.paging import take_page
from lms.courses.selectors import usable_courses
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission
from lms.people.selectors import narrow_people, reaches_everybody
from lms.tenancy.clock import today

_WIDTHS: Final = (28, 20, 16, 40, 24, 14, 8, 12, 12, 12, 10, 14, 14)


@requires(Permission.SEE_PEOPLE)
@require_GET
def compliance_list(request: PersonRequest) -> HttpResponse:
    """Every active person in reach with every active course assigned, narrowed down by class, course, team and words."""
    form = ComplianceFilterForm(request.GET or None, actor=request.user)
    answers = form.answers() if request.GET else {}
    page = take_page(request, Lines(_select(request, answers)))  # type: ignore[arg-type]
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page_obj": page,
        "lines": page.object_list,
        "is_filtered": bool(answers),
        "reaches_everybody": reaches_everybody(request.user),
        "courses": frozenset(usable_courses(request.user).values_list("pk", flat=True)),
        "query": query.urlencode(),
        "crumbs": [(_("Reports"), None), (_("Reporting Engine"), reverse("report_list")), (_("Compliance"), None)],
    }
    return render(request, "completions/compliance_list.html", context)


@requires(Permission.SEE_PEOPLE)
@require_GET
def compliance_file(request: PersonRequest, file_format: str) -> HttpResponseBase:
    """The same list as a file, whole."""
    if file_format not in TABLE_TYPES:
        raise Http404
    form = ComplianceFilterForm(request.GET or None, actor=request.user)
    rows = _write_rows(_select(request, form.answers() if request.GET else {}))
    name = f"compliance-{today(request.tenant).isoformat()}"
    return attach_table(rows, name=name, file_format=file_format, sheet="Compliance", widths=_WIDTHS)


def _select(request: PersonRequest, answers: dict[str, str]) -> Selection:
    team_id = int(answers["team"]) if "team" in answers else None
    return Selection(
        today=today(request.tenant),
        people=narrow_people(request.user, query=answers.get("q", ""), team_id=team_id),
        group=answers.get("standing", ""),
        course_id=int(answers["course"]) if "course" in answers else None,
    )


def _write_rows(selection: Selection) -> Iterator[tuple[Cell, ...]]:
    yield (
        _("Name"), _("Username"), _("Course Code"), _("Course"), _("Compliance status"), _("Status"), _("Percent done"),
        _("Assigned"), _("Due"), _("Completed"), _("Days late"), _("Compliant until"), _("Retake opens"),
    )  # fmt: skip
    for line in iterate_lines(selection):
        yield _write_row(line)


def _write_row(line: Line) -> tuple[Cell, ...]:
    stands = line.standing
    return (
        line.person_name, line.username, line.course_code, line.course_name, str(line.group.label),
        str(Status(line.status).label), line.percent, line.assigned_on, stands.due_on, line.completed_on, line.late_days,
        stands.compliant_until, stands.retake_opens_on,
    )  # fmt: skip
