"""The progress of one person in a course, set by hand."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from completions.forms import ProgressForm
from completions.models import CourseResult, Status
from completions.services import set_progress
from lms.courses.selectors import usable_courses
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission
from lms.people.selectors import visible_people


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
