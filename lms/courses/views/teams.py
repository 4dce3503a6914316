"""Which courses a team takes."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from lms.audit.services import record_event
from lms.courses.forms import ChooseCoursesForm
from lms.courses.memberships import assign_team_courses, people_below, withdraw_team_courses
from lms.courses.models import Course, TeamCourse
from lms.courses.selectors import search_courses, usable_courses
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission
from lms.people.selectors import find_team
from lms.tenancy.clock import today

_LISTED = 100


@requires(Permission.MANAGE_COURSES)
@require_http_methods(["GET", "POST"])
def team_add_courses(request: PersonRequest, pk: int) -> HttpResponse:
    """Choose courses for a team; says how many people get them."""
    team = find_team(request.user, pk).team
    query = request.GET.get("q", "").strip()[:100]
    taken = TeamCourse.objects.filter(team=team).values("course_id")
    candidates = usable_courses(request.user).filter(is_active=True).exclude(pk__in=taken)
    courses = list(search_courses(candidates, query).order_by("name", "pk")[: _LISTED + 1])
    if request.method == "POST":
        chosen = [int(value) for value in request.POST.getlist("courses") if value.isdigit()]
        courses = list(candidates.filter(pk__in=chosen))
    form = ChooseCoursesForm(request.POST if request.method == "POST" else None, courses=courses)
    if request.method == "POST" and form.is_valid():
        count = len(form.cleaned_data["courses"])
        assign_team_courses(team, course_ids=form.cleaned_data["courses"], today=today(request.tenant))
        details = {"courses": form.cleaned_data["courses"]}
        record_event(
            "courses.team.assigned",
            actor=request.user,
            subject_kind="team",
            subject_id=team.pk,
            subject_label=team.name,
            details=details,
        )
        words = ngettext(
            "%(count)d course is assigned to %(team)s.", "%(count)d courses are assigned to %(team)s.", count
        )
        messages.success(request, words % {"count": count, "team": team.name})
        return redirect("team", pk=pk)
    crumbs = [(_("Teams"), reverse("team_list")), (team.name, reverse("team", args=[pk])), (_("Assign courses"), None)]
    context = {
        "team": team,
        "form": form,
        "query": query,
        "courses": courses[:_LISTED],
        "has_more": len(courses) > _LISTED,
        "people_count": len(people_below(team)),
        "crumbs": crumbs,
    }
    return render(request, "courses/team_add_courses.html", context, status=422 if form.errors else 200)


@requires(Permission.MANAGE_COURSES)
@require_POST
def team_remove_course(request: PersonRequest, pk: int, course_pk: int) -> HttpResponse:
    """Take a course away from a team; people who have started it keep it."""
    team = find_team(request.user, pk).team
    course: Course = get_object_or_404(usable_courses(request.user), pk=course_pk)
    withdraw_team_courses(team, course_ids=[course.pk])
    record_event(
        "courses.team.withdrawn",
        actor=request.user,
        subject_kind="team",
        subject_id=team.pk,
        subject_label=team.name,
        details={"courses": [course.pk]},
    )
    messages.success(
        request,
        _("%(team)s does not take %(course)s any more. People who have started it keep it.")
        % {"team": team.name, "course": course.name},
    )
    return redirect("team", pk=pk)
