"""Assigning people and teams to courses, with what follows from it before it is done (L-53, L-92)."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from completions.assigning import (
    AssignmentPreview,
    assign_people,
    assign_team,
    preview_assignment,
    withdraw_person,
)
from lms.core.paging import take_page
from lms.core.text import read_ids
from lms.core.wording import say_date, say_number
from lms.courses.assignments import removable_assignments
from lms.courses.forms import ChooseCoursesForm
from lms.courses.memberships import people_below
from lms.courses.models import Course, CourseAssignment, TeamCourse
from lms.courses.progress import find_started
from lms.courses.selectors import search_courses, usable_courses
from lms.notifications.forms import MessageChoiceForm
from lms.people.access import PersonRequest, requires
from lms.people.forms.choosing import ChoosePeopleForm
from lms.people.permissions import Permission
from lms.people.selectors import find_team, list_candidates, visible_people
from lms.tenancy.clock import today

_CANDIDATES = 50
_LISTED = 100
# The button of the page with the numbers (field `step`).
_DO = "assign"


@requires(Permission.MANAGE_COURSES)
@require_http_methods(["GET", "POST"])
def course_assign(request: PersonRequest, pk: int) -> HttpResponse:
    """Assign a course to people: searched and ticked, or by pasted usernames."""
    course = get_object_or_404(usable_courses(request.user).filter(is_active=True), pk=pk)
    candidates = visible_people(request.user).filter(is_active=True)
    query = request.GET.get("q", "").strip()[:100]
    chosen = read_ids(request.POST.getlist("people"))
    form = ChoosePeopleForm(request.POST if request.method == "POST" else None, candidates=candidates, chosen=chosen)
    if form.is_bound and form.is_valid():
        return _assign_people(request, course, people=form.cleaned_data["chosen"])
    taken = CourseAssignment.objects.filter(course=course).values("person_id")
    listed = list_candidates(candidates, query=query, chosen=chosen, taken=taken, most=_CANDIDATES)
    own = removable_assignments(course).filter(person__in=visible_people(request.user)).select_related("person")
    page = take_page(request, own.order_by("person__last_name", "person__first_name", "pk"))
    started = find_started([(found.person_id, course.pk) for found in page.object_list])
    context = {
        "course": course,
        "form": form,
        "query": query,
        "people": listed[:_CANDIDATES],
        "chosen": chosen,
        "has_more": len(listed) > _CANDIDATES,
        "page_obj": page,
        "started": {person for person, _course in started},
        "crumbs": _course_crumbs(course, _("Assign people")),
    }
    return render(request, "courses/assign.html", context, status=422 if form.errors else 200)


def _assign_people(request: PersonRequest, course: Course, *, people: list[int]) -> HttpResponse:
    on = today(request.tenant)
    preview = preview_assignment(people, courses=[course], on=on)
    back = reverse("course_assign", args=[course.pk])
    if not preview.people:
        messages.info(request, _("These people have the course already."))
        return redirect(back)
    form = _choice_form(request, preview)
    is_plain = not preview.messages and not preview.overdue
    if is_plain or (form.is_bound and form.is_valid()):
        choice = "" if is_plain else form.cleaned_data["messages"]
        count = assign_people(people, course=course, actor=request.user, on=on, messages=choice)
        words = ngettext("%(n)s person is assigned.", "%(n)s people are assigned.", count)
        messages.success(request, words % {"n": say_number(count)})
        return redirect("course_people", pk=course.pk)
    return _ask(
        request,
        preview=preview,
        form=form,
        carried=[("people", str(person)) for person in people],
        back=back,
        title=_("Assign %(course)s") % {"course": course.name},
        crumbs=_course_crumbs(course, _("Assign people")),
    )


@requires(Permission.MANAGE_COURSES)
@require_POST
def course_unassign(request: PersonRequest, pk: int, person_pk: int) -> HttpResponse:
    """Take an assignment by hand back that is not started."""
    course = get_object_or_404(usable_courses(request.user), pk=pk)
    person = get_object_or_404(visible_people(request.user), pk=person_pk)
    assignment = removable_assignments(course).filter(person=person).first()
    if assignment is not None and withdraw_person(assignment, course=course, actor=request.user):
        words = _("%(name)s does not take this course any more.")
        messages.success(request, words % {"name": person.full_name})
    else:
        words = _("%(name)s keeps the course: it was started, or did not come by hand.")
        messages.warning(request, words % {"name": person.full_name})
    return redirect("course_assign", pk=course.pk)


@requires(Permission.MANAGE_COURSES)
@require_http_methods(["GET", "POST"])
def team_add_courses(request: PersonRequest, pk: int) -> HttpResponse:
    """Choose courses for a team; then see how many people get them and what they are told."""
    team = find_team(request.user, pk).team
    query = request.GET.get("q", "").strip()[:100]
    taken = TeamCourse.objects.filter(team=team).values("course_id")
    candidates = usable_courses(request.user).filter(is_active=True).exclude(pk__in=taken)
    courses = list(search_courses(candidates, query).order_by("name", "pk")[: _LISTED + 1])
    if request.method == "POST":
        chosen = read_ids(request.POST.getlist("courses"))
        courses = list(candidates.filter(pk__in=chosen).order_by("name", "pk"))
    form = ChooseCoursesForm(request.POST if request.method == "POST" else None, courses=courses)
    people = people_below(team)
    crumbs = [(_("Teams"), reverse("team_list")), (team.name, reverse("team", args=[pk])), (_("Assign courses"), None)]
    if request.method == "POST" and form.is_valid():
        on = today(request.tenant)
        preview = preview_assignment(people, courses=courses, on=on)
        choice = _choice_form(request, preview)
        if choice.is_bound and choice.is_valid():
            count = assign_team(
                team,
                course_ids=form.cleaned_data["courses"],
                actor=request.user,
                on=on,
                messages=choice.cleaned_data["messages"],
            )
            words = ngettext(
                "Assigned to %(team)s: %(n)s person gets something new.",
                "Assigned to %(team)s: %(n)s people get something new.",
                count,
            )
            messages.success(request, words % {"team": team.name, "n": say_number(count)})
            return redirect("team", pk=pk)
        return _ask(
            request,
            preview=preview,
            form=choice,
            carried=[("courses", str(course.pk)) for course in courses],
            back=reverse("team_add_courses", args=[pk]),
            title=_("Assign to %(team)s") % {"team": team.name},
            crumbs=crumbs,
        )
    context = {
        "team": team,
        "form": form,
        "query": query,
        "courses": courses[:_LISTED],
        "has_more": len(courses) > _LISTED,
        "people_count": len(people),
        "crumbs": crumbs,
    }
    return render(request, "courses/team_add_courses.html", context, status=422 if form.errors else 200)


def _choice_form(request: PersonRequest, preview: AssignmentPreview) -> MessageChoiceForm:
    is_answer = request.POST.get("step") == _DO
    return MessageChoiceForm(request.POST if is_answer else None, asks_messages=bool(preview.messages))


def _ask(
    request: PersonRequest,
    *,
    preview: AssignmentPreview,
    form: MessageChoiceForm,
    carried: Sequence[tuple[str, str]],
    back: str,
    title: str,
    crumbs: Sequence[tuple[str, str | None]],
) -> HttpResponse:
    """The page with the numbers; what was chosen before is carried along."""
    context = {
        "title": title,
        "preview": preview,
        "form": form,
        "carried": carried,
        "back": back,
        "dues": [(name, say_date(due) if due else _("no due date")) for name, due in preview.dues],
        "crumbs": crumbs,
    }
    return render(request, "courses/assign_confirm.html", context, status=422 if form.errors else 200)


def _course_crumbs(course: Course, last: str) -> list[tuple[str, str | None]]:
    return [
        (_("Courses"), reverse("course_list")),
        (course.name, reverse("course", args=[course.pk])),
        (_("People"), reverse("course_people", args=[course.pk])),
        (last, None),
    ]
