"""Completions entered by hand (G-03)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from completions.forms import CompletionForm
from completions.selectors import may_send_to
from completions.services import AlreadyRecorded, ChoiceNeeded, NewCompletion, add_completion
from lms.courses.selectors import usable_courses
from lms.imports.importer import ConcurrentChange
from lms.notifications.choices import KindCount
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission
from lms.people.selectors import visible_people
from lms.people.views.people import record_crumbs


@requires(Permission.IMPORT_COMPLETIONS)
@require_http_methods(["GET", "POST"])
def completion_add(request: PersonRequest, pk: int) -> HttpResponse:
    """One completion entered by hand, by the same rules as imports."""
    reach = visible_people(request.user, permission=Permission.IMPORT_COMPLETIONS)
    person = get_object_or_404(reach, pk=pk)
    courses = usable_courses(request.user, permission=Permission.IMPORT_COMPLETIONS)
    may_send = may_send_to(request.user, [person.pk])
    form = CompletionForm(
        request.POST if request.method == "POST" else None,
        tenant=request.tenant,
        courses=courses,
        may_send=may_send,
    )
    told: list[KindCount] = []
    if form.is_bound and form.is_valid():
        answers = form.cleaned_data
        try:
            add_completion(NewCompletion(**answers), tenant=request.tenant, actor=request.user, person=person)
        except ChoiceNeeded as needed:
            form.ask_messages()
            mailed, noticed = (1, 0) if person.email else (0, 1)
            told = [KindCount(kind=kind, with_email=mailed, without_email=noticed) for kind in needed.kinds]
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
        "told": told,
        "may_send": may_send,
        "courses": courses.order_by("code_key").values_list("code", "name")[:500],
        "crumbs": record_crumbs(person, sees_people=True, last=_("Add a completion")),
    }
    return render(request, "completions/completion_form.html", context, status=422 if form.errors else 200)
