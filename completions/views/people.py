"""The people of a course, and the people an import made current: how they stand, and choosing them for a move (L-68, L-91)."""

from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from completions.compliance import Lines, Selection, count_picture
from completions.forms import StandingFilterForm
from completions.wording import draw_groups
from lms.core.paging import take_page
from lms.courses.models import Course
from lms.courses.selectors import usable_courses
from lms.courses.views.courses import course_tabs
from lms.imports.access import get_batch
from lms.imports.models import ImportBatch
from lms.people.access import PersonRequest, requires
from lms.people.models import User
from lms.people.permissions import Permission, may
from lms.people.selectors import reaches_everybody, search_people, visible_people
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant

_KIND: Final = "completions"  # key of the importer


@requires(Permission.SEE_PEOPLE)
@require_GET
def course_people(request: PersonRequest, pk: int) -> HttpResponse:
    """The people in reach who are assigned to the course, each with compliance status and dates."""
    course = get_object_or_404(usable_courses(request.user), pk=pk)
    form = StandingFilterForm(request.GET or None)
    answers = form.answers() if request.GET else {}
    selection = select_course_people(answers, course=course, tenant=request.tenant, people=visible_people(request.user))
    context = _list_people(request, selection, form=form, answers=answers) | {
        "course": course,
        "bars": draw_groups(
            count_picture(Selection(today=selection.today, people=_narrow(request), course_id=course.pk)),
            url=reverse("course_people", args=[course.pk]),
        ),
        "move_url": reverse("course_move", args=[course.pk]),
        "may_assign": course.is_active and may(request.user, Permission.MANAGE_COURSES),
        "tabs": course_tabs(course, active="course_people"),
        "crumbs": [
            (_("Content"), None),
            (_("Courses"), reverse("course_list")),
            (course.name, reverse("course", args=[course.pk])),
            (_("People"), None),
        ],
    }
    return render(request, "completions/course_people.html", context)


@requires(Permission.SEE_PEOPLE)
@require_GET
def import_people(request: PersonRequest, number: int) -> HttpResponse:
    """The people in reach and courses that an import made current and that still show its completions (L-91)."""
    batch = find_completions_import(request.user, number)
    form = StandingFilterForm(request.GET or None)
    answers = form.answers() if request.GET else {}
    selection = select_import_people(answers, batch=batch, tenant=request.tenant, people=visible_people(request.user))
    context = _list_people(request, selection, form=form, answers=answers) | {
        "batch": batch,
        "move_url": reverse("import_move", args=[batch.number]),
        "crumbs": import_crumbs(batch, last=_("People")),
    }
    return render(request, "completions/import_people.html", context)


def select_course_people(answers: dict[str, str], *, course: Course, tenant: Tenant, people: Any) -> Selection:
    """Return the people of a course as the filter narrows them down; by a class they are active people only (G-05)."""
    group = answers.get("standing", "")
    found = search_people(people, answers.get("q", ""))
    return Selection(today=today(tenant), people=found, group=group, course_id=course.pk, active_only=bool(group))


def select_import_people(answers: dict[str, str], *, batch: ImportBatch, tenant: Tenant, people: Any) -> Selection:
    """Return the same of what an import made current."""
    group = answers.get("standing", "")
    found = search_people(people, answers.get("q", ""))
    return Selection(today=today(tenant), people=found, group=group, batch_id=batch.pk, active_only=bool(group))


def find_completions_import(actor: User, number: int) -> ImportBatch:
    """Return an import of completions that the actor may see; else 404."""
    batch = get_batch(actor, number)
    if batch.kind != _KIND:
        raise Http404
    return batch


def import_crumbs(batch: ImportBatch, *, last: str) -> list[tuple[str, str | None]]:
    """Return the way from the imports to a page about the people of one."""
    number = _("Import %(number)s") % {"number": batch.number}
    own = reverse("imports:batch", args=[batch.number])
    return [(_("Content"), None), (_("Imports"), reverse("imports:list")), (number, own), (last, None)]


def _narrow(request: PersonRequest) -> Any:
    """Return the people in reach as a selection wants them: None for everybody."""
    return None if reaches_everybody(request.user) else visible_people(request.user)


def _list_people(
    request: PersonRequest, selection: Selection, *, form: StandingFilterForm, answers: dict[str, str]
) -> dict[str, Any]:
    page = take_page(request, Lines(selection))  # type: ignore[arg-type]
    return {
        "form": form,
        "answers": answers,
        "page_obj": page,
        "lines": page.object_list,
        "is_filtered": bool(answers),
        "by_group": bool(answers.get("standing")),
        "may_set": may(request.user, Permission.IMPORT_COMPLETIONS),
        "may_send": may(request.user, Permission.SEND_MESSAGES),
    }
