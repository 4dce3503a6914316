"""Reports > Certifications: who stands how in which certification, over everybody in reach; on the page and as files (G-05)."""

from collections.abc import Iterator
from typing import Final

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from certifications.attention import Group, Line, Lines, Selection, iterate_lines
from certifications.attention_form import AttentionFilterForm
from certifications.selectors import usable_certifications
from certifications.wording import STATE_TONES
from lms.core.exports import TABLE_TYPES, Cell, attach_table
from lms.core.paging import take_page
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission
from lms.people.selectors import narrow_people, reaches_everybody
from lms.tenancy.clock import today

_WIDTHS: Final = (28, 20, 16, 16, 40, 36, 12, 12, 12, 14)


@requires(Permission.SEE_PEOPLE)
@require_GET
def certification_attention(request: PersonRequest) -> HttpResponse:
    """Every active person in reach with every active certification assigned, narrowed down by state, team and words."""
    form = AttentionFilterForm(request.GET or None, actor=request.user)
    answers = form.answers() if request.GET else {}
    page = take_page(request, Lines(_select(request, answers)))  # type: ignore[arg-type]
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page_obj": page,
        "lines": [(line, STATE_TONES.get(line.group.value, "neutral")) for line in page.object_list],
        "is_filtered": bool(answers),
        "reaches_everybody": reaches_everybody(request.user),
        "certifications": frozenset(usable_certifications(request.user).values_list("pk", flat=True)),
        "query": query.urlencode(),
        "crumbs": [(_("Reports"), None), (_("Reporting Engine"), reverse("report_list")), (_("Certifications"), None)],
    }
    return render(request, "certifications/attention_list.html", context)


@requires(Permission.SEE_PEOPLE)
@require_GET
def certification_attention_file(request: PersonRequest, file_format: str) -> HttpResponseBase:
    """The same list as a file, whole."""
    if file_format not in TABLE_TYPES:
        raise Http404
    form = AttentionFilterForm(request.GET or None, actor=request.user)
    rows = _write_rows(_select(request, form.answers() if request.GET else {}))
    name = f"certifications-{today(request.tenant).isoformat()}"
    return attach_table(rows, name=name, file_format=file_format, sheet="Certifications", widths=_WIDTHS)


def _select(request: PersonRequest, answers: dict[str, str]) -> Selection:
    team_id = int(answers["team"]) if "team" in answers else None
    return Selection(
        today=today(request.tenant),
        people=narrow_people(request.user, query=answers.get("q", ""), team_id=team_id),
        group=answers.get("state", ""),
        certification_id=int(answers["certification"]) if "certification" in answers else None,
    )


def _write_rows(selection: Selection) -> Iterator[tuple[Cell, ...]]:
    yield (
        _("Name"), _("Username"), _("Short name"), _("ID number"), _("Certification"), _("State"), _("Assigned"),
        _("Completed"), _("Expires"), _("Window opens"),
    )  # fmt: skip
    for line in iterate_lines(selection):
        yield _write_row(line)


def _write_row(line: Line) -> tuple[Cell, ...]:
    return (
        line.person_name, line.username, line.short_name, line.id_number, line.name, str(Group(line.group).label),
        line.assigned_on, line.completed_on, line.expires_on, line.window_opens_on,
    )  # fmt: skip
