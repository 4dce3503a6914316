"""Record of Learning, a course's people, and what is entered by hand (L-08, L-68, G-03)."""

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from completions.forms import CompletionForm, CoursePeopleFilterForm, DefaultPolicyForm, ProgressForm
from completions.models import CourseResult, Status
from completions.record import build_record
from completions.selectors import default_policy
from completions.services import AlreadyRecorded, NewCompletion, add_completion, set_default_policy, set_progress
from completions.standings import load_standings
from lms.core.paging import take_page
from lms.courses.models import Course, CourseAssignment
from lms.courses.selectors import usable_courses
from lms.courses.views.courses import course_tabs
from lms.imports.importer import ConcurrentChange
from lms.people.access import PersonRequest, requires
from lms.people.models import User
from lms.people.permissions import Permission, may
from lms.people.selectors import editable_people, findable_people, search_people, visible_people
from lms.people.views.people import person_tabs


@requires(Permission.MANAGE_ORGANISATION)
@require_http_methods(["GET", "POST"])
def completion_settings(request: PersonRequest) -> HttpResponse:
    """Which date a person shows after an import, unless the importer chooses otherwise (L-44)."""
    form = DefaultPolicyForm(request.POST or None, initial={"default_policy": default_policy()})
    if request.method == "POST" and form.is_valid():
        set_default_policy(form.cleaned_data["default_policy"], tenant=request.tenant, actor=request.user)
        messages.success(request, _("The settings are saved."))
        return redirect("completion_settings")
    context = {"form": form}
    return render(request, "completions/settings.html", context, status=422 if form.errors else 200)


@require_GET
def record_of_learning(request: PersonRequest, pk: int) -> HttpResponse:
    """A person's record: their own, or of somebody in reach; 404 for anybody else (L-08)."""
    person = get_object_or_404(findable_people(request.user), pk=pk)
    sees_people = may(request.user, Permission.SEE_PEOPLE)
    is_own = not sees_people
    may_edit = may(request.user, Permission.MANAGE_PEOPLE) and editable_people(request.user).filter(pk=pk).exists()
    context = {
        "person": person,
        "record": build_record(person, is_own=is_own),
        "is_own": is_own,
        "may_add": may(request.user, Permission.IMPORT_COMPLETIONS) and _reaches(request.user, person),
        "tabs": person_tabs(person, active="record_of_learning", may_edit=may_edit),
        "crumbs": _person_crumbs(person, sees_people=sees_people),
    }
    return render(request, "completions/record.html", context)


def _reaches(actor: User, person: User) -> bool:
    return visible_people(actor, permission=Permission.IMPORT_COMPLETIONS).filter(pk=person.pk).exists()


def _person_crumbs(person: User, *, sees_people: bool, last: str = "") -> list[tuple[str, str | None]]:
    crumbs: list[tuple[str, str | None]] = []
    if sees_people:
        crumbs = [(_("People"), reverse("people_list")), (person.full_name, reverse("person", args=[person.pk]))]
    record = (_("Record of Learning"), reverse("record_of_learning", args=[person.pk]) if last else None)
    return [*crumbs, record, (last, None)] if last else [*crumbs, record]


@requires(Permission.IMPORT_COMPLETIONS)
@require_http_methods(["GET", "POST"])
def completion_add(request: PersonRequest, pk: int) -> HttpResponse:
    """One completion entered by hand, by the same rules as imports."""
    reach = visible_people(request.user, permission=Permission.IMPORT_COMPLETIONS)
    person = get_object_or_404(reach, pk=pk)
    courses = usable_courses(request.user, permission=Permission.IMPORT_COMPLETIONS)
    form = CompletionForm(
        request.POST if request.method == "POST" else None,
        tenant=request.tenant,
        courses=courses,
    )
    if form.is_bound and form.is_valid():
        answers = form.cleaned_data
        try:
            add_completion(NewCompletion(**answers), tenant=request.tenant, actor=request.user, person=person)
        except AlreadyRecorded:
            form.add_error("completed_on", _("This completion is already recorded."))
        except ConcurrentChange:
            form.add_error(None, _("Somebody else has just changed this record. Look at it, then try again."))
        else:
            messages.success(request, _("%(course)s is recorded.") % {"course": answers["course"].name})
            return redirect("record_of_learning", pk=person.pk)
    context = {
        "form": form,
        "person": person,
        "courses": courses.order_by("code_key").values_list("code", "name")[:500],
        "crumbs": _person_crumbs(person, sees_people=True, last=_("Add a completion")),
    }
    return render(request, "completions/completion_form.html", context, status=422 if form.errors else 200)


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
        "lines": load_standings(list(page.object_list), course=course),
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


@requires(Permission.IMPORT_COMPLETIONS)
@require_http_methods(["GET", "POST"])
def course_progress(request: PersonRequest, pk: int, person_pk: int) -> HttpResponse:
    """Set the progress of one person in a course, with a reason."""
    course = get_object_or_404(usable_courses(request.user, permission=Permission.IMPORT_COMPLETIONS), pk=pk)
    reach = visible_people(request.user, permission=Permission.IMPORT_COMPLETIONS)
    person = get_object_or_404(reach, pk=person_pk)
    result = CourseResult.objects.filter(course=course, person=person).first()
    initial = {"status": Status.IN_PROGRESS.value, "percent": result.percent if result and result.percent < 100 else 0}
    form = ProgressForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        set_progress(
            tenant=request.tenant,
            actor=request.user,
            person=person,
            course=course,
            status=form.cleaned_data["status"],
            percent=form.cleaned_data["percent"] or 0,
            reason=form.cleaned_data["reason"],
        )
        messages.success(request, _("The progress of %(name)s is set.") % {"name": person.full_name})
        return redirect("course_people", pk=course.pk)
    context = {
        "form": form,
        "course": course,
        "person": person,
        "result": result,
        "crumbs": [
            (_("Courses"), reverse("course_list")),
            (course.name, reverse("course", args=[course.pk])),
            (_("People"), reverse("course_people", args=[course.pk])),
            (person.full_name, None),
        ],
    }
    return render(request, "completions/progress_form.html", context, status=422 if form.errors else 200)
