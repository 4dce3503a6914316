"""The certifications that a team holds: on its page, giving it some and taking one away."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from certifications.assigning import assign_team, preview_assignment, withdraw_team
from certifications.forms import ChooseCertificationsForm
from certifications.models import TeamCertification
from certifications.selectors import search_certifications, usable_certifications
from certifications.views.assign import ask_about_messages, choice_form
from lms.core.text import read_ids
from lms.core.wording import say_number
from lms.courses.memberships import people_below
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission
from lms.people.selectors import find_team
from lms.tenancy.clock import today

_LISTED: Final = 100


@requires(Permission.MANAGE_CERTIFICATIONS)
@require_http_methods(["GET", "POST"])
def team_add_certifications(request: PersonRequest, pk: int) -> HttpResponse:
    """Choose certifications for a team; then see how many people get them and what they are told."""
    team = find_team(request.user, pk).team
    query = request.GET.get("q", "").strip()[:100]
    taken = TeamCertification.objects.filter(team=team).values("certification_id")
    candidates = usable_certifications(request.user).filter(is_active=True).exclude(pk__in=taken)
    listed = list(search_certifications(candidates, query).order_by("name", "pk")[: _LISTED + 1])
    if request.method == "POST":
        chosen = read_ids(request.POST.getlist("certifications"))
        listed = list(candidates.filter(pk__in=chosen).order_by("name", "pk"))
    form = ChooseCertificationsForm(request.POST if request.method == "POST" else None, certifications=listed)
    people = people_below(team)
    crumbs = [
        (_("Teams"), reverse("team_list")),
        (team.name, reverse("team", args=[pk])),
        (_("Assign certifications"), None),
    ]
    if request.method == "POST" and form.is_valid():
        preview = preview_assignment(people, certifications=listed)
        choice = choice_form(request, preview)
        if choice.is_bound and choice.is_valid():
            count = assign_team(
                team,
                certification_ids=form.cleaned_data["certifications"],
                actor=request.user,
                on=today(request.tenant),
                messages=choice.cleaned_data["messages"],
            )
            words = ngettext(
                "Assigned to %(team)s: %(n)s person gets something new.",
                "Assigned to %(team)s: %(n)s people get something new.",
                count,
            )
            messages.success(request, words % {"team": team.name, "n": say_number(count)})
            return redirect("team", pk=pk)
        return ask_about_messages(
            request,
            preview=preview,
            form=choice,
            carried=[("certifications", str(found.pk)) for found in listed],
            back=reverse("team_add_certifications", args=[pk]),
            title=_("Assign to %(team)s") % {"team": team.name},
            crumbs=crumbs,
        )
    context = {
        "team": team,
        "form": form,
        "query": query,
        "certifications": listed[:_LISTED],
        "has_more": len(listed) > _LISTED,
        "people_count": len(people),
        "crumbs": crumbs,
    }
    return render(request, "certifications/team_add.html", context, status=422 if form.errors else 200)


@requires(Permission.MANAGE_CERTIFICATIONS)
@require_POST
def team_remove_certification(request: PersonRequest, pk: int, certification_pk: int) -> HttpResponse:
    """Take a certification away from a team; people with a record keep it."""
    team = find_team(request.user, pk).team
    found = get_object_or_404(usable_certifications(request.user), pk=certification_pk)
    withdraw_team(team, certification=found, actor=request.user)
    words = _("%(team)s does not hold %(certification)s any more. People with a record keep it.")
    messages.success(request, words % {"team": team.name, "certification": found.name})
    return redirect("team", pk=pk)
