"""The people of a course and their standing (L-68)."""

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from completions.forms import CoursePeopleFilterForm
from completions.models import CourseResult, Status
from completions.standings import load_standings
from lms.core.paging import take_page
from lms.courses.models import Course, CourseAssignment
from lms.courses.selectors import usable_courses
from lms.courses.views.courses import course_tabs
from lms.people.access import PersonRequest, requires
from lms.people.models import User
from lms.people.permissions import Permission, may
from lms.people.selectors import search_people, visible_people
from lms.tenancy.clock import today


@requires(Permission.SEE_PEOPLE)
@require_GET
def course_people(request: PersonRequest, pk: int) -> HttpResponse:
    """The people of a course who are in reach, each with status, percent and completion date."""
    course = get_object_or_404(usable_courses(request.user), pk=pk)
    form = CoursePeopleFilterForm(request.GET or None)
    answers = form.cleaned_data if form.is_valid() else {}
    people = search_people(_people_of(course, request.user, status=answers.get("status", "")), answers.get("q", ""))
    page = take_page(request, people.order_by("last_name", "first_name", "pk"))
    context = {
        "course": course,
        "form": form,
        "page_obj": page,
        "lines": load_standings(list(page.object_list), course=course, day=today(request.tenant)),
        "is_filtered": any(answers.values()),
        "may_set": may(request.user, Permission.IMPORT_COMPLETIONS),
        "tabs": course_tabs(course, active="course_people"),
        "crumbs": [
            (_("Content"), None),
            (_("Courses"), reverse("course_list")),
            (course.name, reverse("course", args=[course.pk])),
            (_("People"), None),
        ],
    }
    return render(request, "completions/course_people.html", context)


def _people_of(course: Course, actor: User, *, status: str) -> QuerySet[User]:
    """Return the people in reach who are assigned to the course or have a result in it, with this status if given."""
    results = CourseResult.objects.filter(course=course)
    assigned = CourseAssignment.objects.filter(course=course)
    people = visible_people(actor)
    if status in {Status.COMPLETED, Status.IN_PROGRESS}:
        return people.filter(pk__in=results.filter(status=status).values("person_id"))
    if status == Status.NOT_STARTED:
        begun = results.exclude(status=Status.NOT_STARTED)
        people = people.exclude(pk__in=begun.values("person_id"))
    return people.filter(Q(pk__in=assigned.values("person_id")) | Q(pk__in=results.values("person_id")))
