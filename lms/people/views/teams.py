"""The team tree, one team with its people, team roles and courses, and changing them."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from lms.core.paging import take_page
from lms.core.text import read_ids
from lms.courses.attention import TroubleCounts, count_by_person, find_troubles
from lms.courses.memberships import add_members, people_below, remove_members, settle_people
from lms.courses.models import TeamCourse
from lms.people.access import PersonRequest, requires
from lms.people.forms.teams import MEMBER, AddPeopleForm, RoleDomainsForm, TeamForm
from lms.people.models import Membership, PeopleDomain, Promotion, PromotionDomain, Role, Team, User
from lms.people.permissions import Permission, may
from lms.people.selectors import (
    find_team,
    list_team_paths,
    reaches_everybody,
    search_people,
    teams_above,
    visible_people,
)
from lms.people.services import demote, promote, save_team, set_promotion_domains
from lms.people.team_changes import list_team_panels
from lms.tenancy.clock import today

_CANDIDATES = 50


@requires(Permission.SEE_PEOPLE)
def team_list(request: PersonRequest) -> HttpResponse:
    """The teams in reach as a tree, with how many people are in each itself."""
    places = list_team_paths(request.user)
    teams = [place.team.pk for place in places]
    members = dict(
        Membership.objects.filter(team_id__in=teams, person__is_active=True)
        .values_list("team_id")
        .annotate(Count("pk"))
    )
    leaders: dict[int, list[Promotion]] = {}
    for promotion in Promotion.objects.filter(team_id__in=teams).select_related("person").order_by("person__last_name"):
        leaders.setdefault(promotion.team_id, []).append(promotion)
    context = {
        "rows": [(place, members.get(place.team.pk, 0), leaders.get(place.team.pk, [])) for place in places],
        "may_manage": may(request.user, Permission.MANAGE_PEOPLE),
    }
    return render(request, "people/team_list.html", context)


@requires(Permission.SEE_PEOPLE)
def team(request: PersonRequest, pk: int) -> HttpResponse:
    """One team: its people and how many of their courses are overdue or lapsed, who leads it, its courses."""
    place = find_team(request.user, pk)
    found, path = place.team, place.path_text
    members = Membership.objects.filter(team=found).select_related("person")
    courses = TeamCourse.objects.filter(team_id__in=teams_above([found.pk])).select_related("course", "team")
    page = take_page(request, members.order_by("person__last_name", "person__first_name", "pk"))
    counts = count_by_person(find_troubles([one.person_id for one in page], day=today(request.tenant)))
    context = {
        "team": found,
        "path": path,
        "page_obj": page,
        "members": [(one, counts.get(one.person_id, TroubleCounts())) for one in page],
        "promotions": _list_promotions(found, actor=request.user),
        "has_domains": PeopleDomain.objects.exists(),
        "courses": courses.order_by("course__name", "pk"),
        "panels": list_team_panels(request.user, found),
        "below": Team.objects.filter(parent=found).order_by("name"),
        "may_manage": may(request.user, Permission.MANAGE_PEOPLE),
        "crumbs": [(_("Teams"), reverse("team_list")), (found.name, None)],
    }
    return render(request, "people/team.html", context)


def _list_promotions(found: Team, *, actor: User) -> list[tuple[Promotion, list[str]]]:
    """Return the team roles of a team, with the names of the user domains that each names; two queries.

    Team roles see those of their own role alone: other user domains are none of their business (S-09).
    """
    promotions = Promotion.objects.filter(team=found).select_related("person").order_by("person__last_name", "pk")
    named = PromotionDomain.objects.filter(promotion__team=found).order_by("domain__name")
    if not reaches_everybody(actor):
        named = named.filter(promotion__person_id=actor.pk)
    names: dict[int, list[str]] = {}
    for promotion_id, name in named.values_list("promotion_id", "domain__name"):
        names.setdefault(promotion_id, []).append(name)
    return [(promotion, names.get(promotion.pk, [])) for promotion in promotions]


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def team_create(request: PersonRequest) -> HttpResponse:
    """A new team."""
    form = TeamForm(
        request.POST if request.method == "POST" else None, actor=request.user, instance=Team(tenant=request.tenant)
    )
    if request.method == "POST" and form.is_valid():
        created = form.save(commit=False)
        save_team(created, actor=request.user)
        messages.success(request, _("%(name)s is added.") % {"name": created.name})
        return redirect("team", pk=created.pk)
    context = {"form": form, "crumbs": [(_("Teams"), reverse("team_list")), (_("New team"), None)]}
    return render(request, "people/team_form.html", context, status=422 if form.errors else 200)


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def team_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Rename, move or deactivate a team. A move changes the courses of everybody in it and below."""
    found = find_team(request.user, pk).team
    name = found.name
    form = TeamForm(request.POST if request.method == "POST" else None, actor=request.user, instance=found)
    if request.method == "POST" and form.is_valid():
        save_team(form.save(commit=False), actor=request.user)
        settle_people(people_below(found))
        messages.success(request, _("%(name)s is saved.") % {"name": found.name})
        return redirect("team", pk=found.pk)
    crumbs = [(_("Teams"), reverse("team_list")), (name, reverse("team", args=[pk])), (_("Edit"), None)]
    context = {"form": form, "team_pk": pk, "crumbs": crumbs}
    return render(request, "people/team_form.html", context, status=422 if form.errors else 200)


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def team_add_people(request: PersonRequest, pk: int) -> HttpResponse:
    """Search people and put them into the team, as members or with a team role."""
    found = find_team(request.user, pk).team
    query = request.GET.get("q", "").strip()[:100]
    candidates = visible_people(request.user).filter(is_active=True).order_by("last_name", "first_name", "pk")
    listed = list(search_people(candidates, query)[: _CANDIDATES + 1]) if query else []
    if request.method == "POST":
        chosen = read_ids(request.POST.getlist("people"))
        listed = list(candidates.filter(pk__in=chosen))
    form = AddPeopleForm(request.POST if request.method == "POST" else None, people=listed[:_CANDIDATES])
    if request.method == "POST" and form.is_valid():
        _add_people(request, found, people=listed, answers=form.cleaned_data)
        return redirect("team", pk=found.pk)
    context = {
        "team": found,
        "form": form,
        "query": query,
        "people": listed[:_CANDIDATES],
        "has_more": len(listed) > _CANDIDATES,
        "members": set(Membership.objects.filter(team=found, person__in=listed).values_list("person_id", flat=True)),
        "crumbs": [
            (_("Teams"), reverse("team_list")),
            (found.name, reverse("team", args=[pk])),
            (_("Add people"), None),
        ],
    }
    return render(request, "people/team_add_people.html", context, status=422 if form.errors else 200)


def _add_people(request: PersonRequest, found: Team, *, people: list[User], answers: Mapping[str, Any]) -> None:
    if answers["become"] == MEMBER:
        count = add_members(found, people=people, today=today(request.tenant))
        words = ngettext("%(count)d person is added to %(team)s.", "%(count)d people are added to %(team)s.", count)
    else:
        domains = list(answers.get("domains", ()))
        promote(people, team=found, role=Role(answers["become"]), actor=request.user, domains=domains)
        count = len(people)
        words = ngettext(
            "%(count)d team role in %(team)s is given.", "%(count)d team roles in %(team)s are given.", count
        )
    messages.success(request, words % {"count": count, "team": found.name})


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def team_remove_member(request: PersonRequest, pk: int, person_pk: int) -> HttpResponse:
    """Take a person out of the team."""
    found = find_team(request.user, pk).team
    person = get_object_or_404(visible_people(request.user), pk=person_pk)
    if remove_members(found, people=[person]):
        messages.success(request, _("%(name)s is not in %(team)s any more.") % {"name": person, "team": found})
    return redirect("team", pk=pk)


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def team_remove_role(request: PersonRequest, pk: int, person_pk: int) -> HttpResponse:
    """Take a person's role in the team away."""
    found = find_team(request.user, pk).team
    person = get_object_or_404(visible_people(request.user), pk=person_pk)
    demote(person, team=found, actor=request.user)
    messages.success(request, _("%(name)s has no role in %(team)s any more.") % {"name": person, "team": found})
    return redirect("team", pk=pk)


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def team_role_domains(request: PersonRequest, pk: int, person_pk: int) -> HttpResponse:
    """The user domains that a team role names: for them its holder may upload offline records (S-01)."""
    found = find_team(request.user, pk).team
    promotion = get_object_or_404(Promotion.objects.select_related("person", "team"), team=found, person_id=person_pk)
    named = PromotionDomain.objects.filter(promotion=promotion).values_list("domain_id", flat=True)
    form = RoleDomainsForm(request.POST if request.method == "POST" else None, initial={"domains": list(named)})
    if request.method == "POST" and form.is_valid():
        set_promotion_domains(promotion, domains=list(form.cleaned_data["domains"]), actor=request.user)
        messages.success(request, _("The user domains of %(name)s are saved.") % {"name": promotion.person.full_name})
        return redirect("team", pk=pk)
    context = {
        "team": found,
        "promotion": promotion,
        "form": form,
        "has_domains": PeopleDomain.objects.exists(),
        "crumbs": [
            (_("Teams"), reverse("team_list")),
            (found.name, reverse("team", args=[pk])),
            (_("User domains"), None),
        ],
    }
    return render(request, "people/team_role_domains.html", context, status=422 if form.errors else 200)
