"""Assigning people to a certification, with what follows from it before it is done (T-70, E-60)."""

from collections.abc import Sequence
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from certifications.assigning import (
    AssignmentPreview,
    assign_people,
    preview_assignment,
    removable_assignments,
    withdraw_person,
)
from certifications.memberships import find_recorded
from certifications.models import Certification, CertificationAssignment
from certifications.selectors import usable_certifications
from certifications.views.catalogue import certification_crumbs, certification_tabs
from lms.core.paging import take_page
from lms.core.text import read_ids
from lms.core.wording import say_number
from lms.notifications.forms import MessageChoiceForm
from lms.people.access import PersonRequest, requires
from lms.people.forms.choosing import ChoosePeopleForm
from lms.people.permissions import Permission
from lms.people.selectors import list_candidates, visible_people
from lms.tenancy.clock import today

_CANDIDATES: Final = 50
# The button of the page with the numbers (field `step`).
_DO: Final = "assign"


@requires(Permission.MANAGE_CERTIFICATIONS)
@require_http_methods(["GET", "POST"])
def certification_assign(request: PersonRequest, pk: int) -> HttpResponse:
    """Assign a certification to people: searched and ticked, or by pasted usernames."""
    found = get_object_or_404(usable_certifications(request.user).filter(is_active=True), pk=pk)
    candidates = visible_people(request.user).filter(is_active=True)
    query = request.GET.get("q", "").strip()[:100]
    chosen = read_ids(request.POST.getlist("people"))
    form = ChoosePeopleForm(request.POST if request.method == "POST" else None, candidates=candidates, chosen=chosen)
    if form.is_bound and form.is_valid():
        return _assign(request, found, people=form.cleaned_data["chosen"])
    taken = CertificationAssignment.objects.filter(certification=found).values("person_id")
    listed = list_candidates(candidates, query=query, chosen=chosen, taken=taken, most=_CANDIDATES)
    own = removable_assignments(found).filter(person__in=visible_people(request.user)).select_related("person")
    page = take_page(request, own.order_by("person__last_name", "person__first_name", "pk"))
    context = {
        "certification": found,
        "form": form,
        "query": query,
        "people": listed[:_CANDIDATES],
        "chosen": chosen,
        "has_more": len(listed) > _CANDIDATES,
        "page_obj": page,
        "recorded": {person for person, _ in find_recorded([(made.person_id, found.pk) for made in page.object_list])},
        "tabs": certification_tabs(found, active="certification_people", actor=request.user),
        "crumbs": certification_crumbs(found, _("Assign people")),
    }
    return render(request, "certifications/assign.html", context, status=422 if form.errors else 200)


def _assign(request: PersonRequest, found: Certification, *, people: list[int]) -> HttpResponse:
    preview = preview_assignment(people, certifications=[found])
    back = reverse("certification_assign", args=[found.pk])
    if not preview.people:
        messages.info(request, _("These people have the certification already."))
        return redirect(back)
    form = choice_form(request, preview)
    if not preview.messages or (form.is_bound and form.is_valid()):
        choice = form.cleaned_data["messages"] if preview.messages else ""
        on = today(request.tenant)
        count = assign_people(people, certification=found, actor=request.user, on=on, messages=choice)
        words = ngettext("%(n)s person is assigned.", "%(n)s people are assigned.", count)
        messages.success(request, words % {"n": say_number(count)})
        return redirect("certification_people", pk=found.pk)
    return ask_about_messages(
        request,
        preview=preview,
        form=form,
        carried=[("people", str(person)) for person in people],
        back=back,
        title=_("Assign %(certification)s") % {"certification": found.name},
        crumbs=certification_crumbs(found, _("Assign people")),
    )


@requires(Permission.MANAGE_CERTIFICATIONS)
@require_POST
def certification_unassign(request: PersonRequest, pk: int, person_pk: int) -> HttpResponse:
    """Take an assignment by hand back while nothing is recorded."""
    found = get_object_or_404(usable_certifications(request.user), pk=pk)
    person = get_object_or_404(visible_people(request.user), pk=person_pk)
    assignment = removable_assignments(found).filter(person=person).first()
    if assignment is not None and withdraw_person(assignment, certification=found, actor=request.user):
        words = _("%(name)s is not assigned to this certification any more.")
        messages.success(request, words % {"name": person.full_name})
    else:
        words = _("%(name)s keeps it: something is recorded, or it did not come by hand, or a team holds it.")
        messages.warning(request, words % {"name": person.full_name})
    return redirect("certification_assign" if found.is_active else "certification_people", pk=pk)


def choice_form(request: PersonRequest, preview: AssignmentPreview) -> MessageChoiceForm:
    """Return the question about messages, answered if the page with the numbers was sent."""
    is_answer = request.POST.get("step") == _DO
    return MessageChoiceForm(request.POST if is_answer else None, asks_messages=bool(preview.messages))


def ask_about_messages(
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
    context = {"title": title, "preview": preview, "form": form, "carried": carried, "back": back, "crumbs": crumbs}
    return render(request, "certifications/assign_confirm.html", context, status=422 if form.errors else 200)
