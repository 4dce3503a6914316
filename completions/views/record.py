"""Record of Learning, and completions entered by hand (L-08, G-03)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from completions.forms import CompletionForm
from completions.record import build_record
from completions.selectors import may_send_to
from completions.services import AlreadyRecorded, ChoiceNeeded, NewCompletion, add_completion
from lms.courses.selectors import usable_courses
from lms.imports.importer import ConcurrentChange
from lms.notifications.choices import KindCount
from lms.people.access import PersonRequest, requires
from lms.people.models import User
from lms.people.permissions import Permission, may
from lms.people.selectors import editable_people, findable_people, visible_people
from lms.people.views.people import person_tabs
from lms.tenancy.clock import today


@require_GET
def record_of_learning(request: PersonRequest, pk: int) -> HttpResponse:
    """A person's record: their own, or of somebody in reach; 404 for anybody else (L-08)."""
    person = get_object_or_404(findable_people(request.user), pk=pk)
    sees_people = may(request.user, Permission.SEE_PEOPLE)
    is_own = not sees_people
    may_edit = may(request.user, Permission.MANAGE_PEOPLE) and editable_people(request.user).filter(pk=pk).exists()
    context = {
        "person": person,
        "record": build_record(person, is_own=is_own, day=today(request.tenant)),
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
        "crumbs": _person_crumbs(person, sees_people=True, last=_("Add a completion")),
    }
    return render(request, "completions/completion_form.html", context, status=422 if form.errors else 200)
