"""A course's compliance and due dates: settings, what they would do to people, and saving them (L-46 to L-56, L-92)."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from completions.push_forms import PushForm
from completions.pushing import PushPreview, preview_push, save_settings
from completions.views.effects import word_effects
from lms.courses.forms import ComplianceForm
from lms.courses.models import Course
from lms.courses.selectors import describe_settings, usable_courses
from lms.courses.settings_words import make_example
from lms.courses.views.courses import course_tabs
from lms.notifications.selectors import switched_on
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission, may
from lms.tenancy.clock import today

# What the buttons of the form say (field `step`).
CHECK, APPLY, SAVE = "check", "apply", "save"


@requires(Permission.SEE_PEOPLE)
@require_http_methods(["GET", "POST"])
def course_compliance(request: PersonRequest, pk: int) -> HttpResponse:
    """The settings; a save that changes something for people shows first what, and asks (L-92)."""
    found = get_object_or_404(usable_courses(request.user), pk=pk)
    may_manage = may(request.user, Permission.MANAGE_COURSES)
    stored = describe_settings([found])[0]
    form = None
    if may_manage:
        sends = switched_on()
        data = request.POST if request.method == "POST" else None
        form = ComplianceForm(data, instance=found, organisation_sends=sends)
        if form.is_bound and form.is_valid():
            return _save(request, found, form)
    context = {
        "course": found,
        "form": form,
        "settings": stored,
        "example": [] if form is not None and form.errors else make_example(found, anchor=_example_day(request)),
        "tabs": course_tabs(found, active="course_compliance"),
        "crumbs": _crumbs(found, _("Compliance and due dates")),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "courses/compliance.html", context, status=status)


def _save(request: PersonRequest, course: Course, form: ComplianceForm) -> HttpResponse:
    """Save settings that fit together, or show first what they would do."""
    step = request.POST.get("step", CHECK)
    changes = _changes_compliance(form)
    if step != APPLY and not form.has_changed_dates() and step != SAVE:
        save_settings(course, tenant=request.tenant, actor=request.user, changed=form.changed_data)
        messages.success(request, _("The settings are saved."))
        return redirect("course_compliance", pk=course.pk)
    preview = preview_push(course, on=today(request.tenant))
    asks_completed = bool(preview.completed.people) and (
        changes or request.POST.get("may_apply") == "1" or step == APPLY
    )
    if step == CHECK and not asks_completed and not preview.assigned.people:
        save_settings(course, tenant=request.tenant, actor=request.user, changed=form.changed_data)
        messages.success(request, _("The settings are saved. They change nothing for anybody today."))
        return redirect("course_compliance", pk=course.pk)
    push_form = PushForm(request.POST if step == SAVE else None, preview=preview, asks_completed=asks_completed)
    if step == SAVE and push_form.is_valid():
        save_settings(
            course,
            tenant=request.tenant,
            actor=request.user,
            changed=form.changed_data,
            to_completed=push_form.cleaned_data["to_completed"],
            messages=push_form.cleaned_data["messages"],
        )
        messages.success(request, _("The settings are saved. People's dates follow within a few moments."))
        return redirect("course_compliance", pk=course.pk)
    return _show_changes(request, course, form, preview=preview, push_form=push_form, asks_completed=asks_completed)


def _changes_compliance(form: ComplianceForm) -> bool:
    return bool({"compliant_for", "retake_days"} & set(form.changed_data))


def _show_changes(
    request: PersonRequest,
    course: Course,
    form: ComplianceForm,
    *,
    preview: PushPreview,
    push_form: PushForm,
    asks_completed: bool,
) -> HttpResponse:
    """The page "what changes if you save"."""
    stems = tuple(form.fields)
    carried = [(name, value) for name, values in request.POST.lists() if name.startswith(stems) for value in values]
    context = {
        "course": course,
        "settings": describe_settings([course])[0],
        "carried": [*carried, ("may_apply", "1" if asks_completed else "0")],
        "form": push_form,
        "asks_completed": asks_completed,
        "assigned": preview.assigned,
        "assigned_words": word_effects(preview.assigned, is_completed=False),
        "completed": preview.completed,
        "completed_words": word_effects(preview.completed, is_completed=True),
        "crumbs": _crumbs(course, _("What changes if you save")),
    }
    return render(request, "courses/compliance_changes.html", context, status=422 if push_form.errors else 200)


@requires(Permission.MANAGE_COURSES)
@require_GET
def course_compliance_example(request: PersonRequest, pk: int) -> HttpResponse:
    """The worked example by the settings as they stand in the form; nothing is saved."""
    found = get_object_or_404(usable_courses(request.user), pk=pk)
    form = ComplianceForm(request.GET, instance=found)
    example = make_example(found, anchor=_example_day(request)) if form.is_valid() else []
    return render(request, "courses/_compliance_example.html", {"example": example, "errors": form.errors})


def _example_day(request: PersonRequest) -> date:
    """The day of the example: the first of January of this year, a date whose sums can be done in the head."""
    return date(today(request.tenant).year, 1, 1)


def _crumbs(course: Course, last: str) -> list[tuple[str, str | None]]:
    return [
        (_("Content"), None),
        (_("Courses"), reverse("course_list")),
        (course.name, reverse("course", args=[course.pk])),
        (last, None),
    ]
