"""The course list and the settings of one course."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lms.core.components import Tab
from lms.core.paging import take_page
from lms.courses.forms import CourseFilterForm, CourseForm
from lms.courses.models import Course, TeamCourse
from lms.courses.selectors import describe_settings, search_courses, usable_courses
from lms.courses.services import save_course, set_archived
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission, may
from lms.people.selectors import reaches_everybody, teams_above, teams_in_reach


@requires(Permission.SEE_PEOPLE)
def course_list(request: PersonRequest) -> HttpResponse:
    """The courses the person may use, narrowed down by search and state."""
    form = CourseFilterForm(request.GET or None)
    answers = form.answers() if request.GET else {}
    courses = search_courses(usable_courses(request.user), answers.get("q", ""))
    if (active := answers.get("active", "")) != "all":
        courses = courses.filter(is_active=active != "no")
    if period := answers.get("period", ""):
        courses = courses.filter(compliant_for__isnull=period == "no")
    context = {
        "form": form,
        "page_obj": take_page(request, courses.order_by("name", "pk")),
        "may_manage": may(request.user, Permission.MANAGE_COURSES),
        "is_filtered": bool(request.GET),
    }
    return render(request, "courses/course_list.html", context)


def course_tabs(course: Course, *, active: str) -> list[Tab]:
    """Return the tabs of a course's page; `active` is the URL name of the open one."""
    tabs = [
        ("course", _("Settings")),
        ("course_compliance", _("Compliance and due dates")),
        ("course_people", _("People")),
    ]
    return [Tab(label, reverse(name, args=[course.pk]), active=name == active) for name, label in tabs]


@requires(Permission.SEE_PEOPLE)
@require_http_methods(["GET", "POST"])
def course(request: PersonRequest, pk: int) -> HttpResponse:
    """The settings tab: code to copy (L-20), name, open for imports; read only without the permission to change it."""
    found = get_object_or_404(usable_courses(request.user), pk=pk)
    code, name = found.code, found.name
    may_manage = may(request.user, Permission.MANAGE_COURSES)
    form = CourseForm(request.POST if request.method == "POST" else None, instance=found) if may_manage else None
    if request.method == "POST" and form is not None and form.is_valid():
        save_course(form.save(commit=False), actor=request.user)
        messages.success(request, _("%(name)s is saved.") % {"name": found.name})
        return redirect("course", pk=found.pk)
    teams = TeamCourse.objects.filter(course=found).select_related("team").order_by("team__name")
    if not reaches_everybody(request.user):
        teams = teams.filter(team_id__in=teams_above(teams_in_reach(request.user)))
    context = {
        "course": found,
        "code": code,
        "name": name,
        "form": form,
        "teams": teams,
        "settings": describe_settings([found])[0],
        "tabs": course_tabs(found, active="course"),
        "crumbs": [(_("Content"), None), (_("Courses"), reverse("course_list")), (name, None)],
    }
    return render(request, "courses/course.html", context, status=422 if form is not None and form.errors else 200)


@requires(Permission.MANAGE_COURSES)
@require_http_methods(["GET", "POST"])
def course_create(request: PersonRequest) -> HttpResponse:
    """A new course; an empty code is generated (L-21)."""
    form = CourseForm(request.POST if request.method == "POST" else None, instance=Course(tenant=request.tenant))
    if request.method == "POST" and form.is_valid():
        created = form.save(commit=False)
        save_course(created, actor=request.user)
        messages.success(
            request, _("%(name)s is added. Its code is %(code)s.") % {"name": created.name, "code": created.code}
        )
        return redirect("course", pk=created.pk)
    crumbs = [(_("Content"), None), (_("Courses"), reverse("course_list")), (_("New course"), None)]
    context = {"form": form, "crumbs": crumbs}
    return render(request, "courses/course_form.html", context, status=422 if form.errors else 200)


@requires(Permission.MANAGE_COURSES)
@require_POST
def course_archive(request: PersonRequest, pk: int) -> HttpResponse:
    """Archive a course, or bring it back (form field `archived`: 1 or 0)."""
    found = get_object_or_404(usable_courses(request.user), pk=pk)
    archived = request.POST.get("archived") == "1"
    set_archived(found, archived=archived, actor=request.user)
    words = _("%(name)s is archived.") if archived else _("%(name)s is active again.")
    messages.success(request, words % {"name": found.name})
    return redirect("course", pk=found.pk)
