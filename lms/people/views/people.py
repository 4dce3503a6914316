"""The people list and the page of one person. Everybody sees their own page; others need to be in reach (L-03, L-08)."""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lms.core.components import Tab
from lms.core.paging import take_page
from lms.courses.attention import count_by_person, find_troubles
from lms.courses.memberships import set_teams_of_person
from lms.people.access import PersonRequest, requires
from lms.people.forms.people import PeopleFilterForm, PersonForm
from lms.people.mails import PasswordMail, build_password_mail, send_soon
from lms.people.models import Membership, Promotion, User
from lms.people.permissions import Permission, may
from lms.people.selectors import (
    describe_person,
    editable_people,
    findable_people,
    reaches_everybody,
    search_people,
    team_and_below,
    teams_in_reach,
    visible_people,
)
from lms.people.services import is_last_owner, save_person
from lms.tenancy.clock import today


@requires(Permission.SEE_PEOPLE)
def people_list(request: PersonRequest) -> HttpResponse:
    """The people in reach, narrowed down by search and filters."""
    form = PeopleFilterForm(request.GET or None, actor=request.user)
    people = _filter_people(visible_people(request.user), form.answers() if request.GET else {})
    teams = Membership.objects.select_related("team").order_by("team__name")
    if not reaches_everybody(request.user):
        teams = teams.filter(team_id__in=teams_in_reach(request.user))
    people = people.select_related("domain").prefetch_related(Prefetch("memberships", teams, to_attr="shown_teams"))
    page = take_page(request, people.order_by("last_name", "first_name", "pk"))
    context = {
        "form": form,
        "page_obj": page,
        "may_manage": may(request.user, Permission.MANAGE_PEOPLE),
        "reaches_everybody": reaches_everybody(request.user),
        "is_filtered": bool(request.GET),
    }
    return render(request, "people/people_list.html", context)


def _filter_people(people: QuerySet[User], answers: dict[str, str]) -> QuerySet[User]:
    if (active := answers.get("active", "")) != "all":
        people = people.filter(is_active=active != "no")
    if "role" in answers:
        people = people.filter(role=answers["role"])
    if "domain" in answers:
        people = people.filter(domain_id=int(answers["domain"]))
    if "team" in answers:
        members = Membership.objects.filter(team_id__in=team_and_below(int(answers["team"])))
        people = people.filter(pk__in=members.values("person_id"))
    return search_people(people, answers.get("q", ""))


def person_tabs(person: User, *, active: str, may_edit: bool) -> list[Tab]:
    """Return the tabs of a person's page; `active` is the URL name of the open one."""
    tabs = [("person", _("Profile")), ("record_of_learning", _("Record of Learning"))]
    if may_edit:
        tabs.append(("person_edit", _("Edit")))
    return [Tab(label, reverse(name, args=[person.pk]), active=name == active) for name, label in tabs]


def record_crumbs(person: User, *, sees_people: bool, last: str = "") -> list[tuple[str, str | None]]:
    """Return the breadcrumb of a person's Record of Learning, or of the page `last` below it."""
    crumbs: list[tuple[str, str | None]] = []
    if sees_people:
        crumbs = [(_("People"), reverse("people_list")), (person.full_name, reverse("person", args=[person.pk]))]
    record = (_("Record of Learning"), reverse("record_of_learning", args=[person.pk]) if last else None)
    return [*crumbs, record, (last, None)] if last else [*crumbs, record]


def person(request: PersonRequest, pk: int) -> HttpResponse:
    """One person: identifiers, teams, team roles, and what is overdue or lapsed."""
    found = get_object_or_404(findable_people(request.user).select_related("domain"), pk=pk)
    may_edit = _may_edit(request.user, found)
    teams = Membership.objects.filter(person=found).select_related("team").order_by("team__name")
    promotions = Promotion.objects.filter(person=found).select_related("team").order_by("team__name")
    if not reaches_everybody(request.user) and found != request.user:
        reach = teams_in_reach(request.user)
        teams, promotions = teams.filter(team_id__in=reach), promotions.filter(team_id__in=reach)
    troubles = find_troubles([found.pk], day=today(request.tenant))
    context = {
        "person": found,
        "troubles": troubles,
        "counts": count_by_person(troubles).get(found.pk),
        "facts": describe_person(found),
        "teams": teams,
        "promotions": promotions,
        "may_edit": may_edit,
        "sees_teams": may(request.user, Permission.SEE_PEOPLE),
        "tabs": person_tabs(found, active="person", may_edit=may_edit),
        "crumbs": _crumbs(request.user, (found.full_name, None)),
    }
    return render(request, "people/person.html", context)


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def person_create(request: PersonRequest) -> HttpResponse:
    """A new person, who is mailed a link to set a password if wanted."""
    form = PersonForm(
        request.POST if request.method == "POST" else None, actor=request.user, instance=User(tenant=request.tenant)
    )
    if request.method == "POST" and form.is_valid():
        created = form.save(commit=False)
        save_person(created, actor=request.user, changed=form.changed_data)
        _set_teams(request, created, form)
        messages.success(request, _("%(name)s is added.") % {"name": created.full_name})
        if form.cleaned_data["send_invitation"]:
            _mail_link(request, created, why=PasswordMail.INVITATION)
        return redirect("person", pk=created.pk)
    context = {"form": form, "crumbs": _crumbs(request.user, (_("New person"), None))}
    return render(request, "people/person_form.html", context, status=422 if form.errors else 200)


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def person_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Change a person; nobody changes somebody above themselves."""
    found = get_object_or_404(editable_people(request.user), pk=pk)
    was_last_owner = is_last_owner(found)
    form = PersonForm(request.POST if request.method == "POST" else None, actor=request.user, instance=found)
    if request.method == "POST" and form.is_valid():
        if was_last_owner and (form.cleaned_data["role"] != "owner" or not form.cleaned_data["is_active"]):
            form.add_error(None, _("This is the only Account Owner left. Make somebody else an owner first."))
        else:
            save_person(form.save(commit=False), actor=request.user, changed=form.changed_data)
            _set_teams(request, found, form)
            messages.success(request, _("%(name)s is saved.") % {"name": found.full_name})
            return redirect("person", pk=found.pk)
    context = {
        "form": form,
        "person": User.objects.get(pk=pk),
        "tabs": person_tabs(found, active="person_edit", may_edit=True),
        "crumbs": _crumbs(request.user, (str(User.objects.get(pk=pk)), None)),
    }
    return render(request, "people/person_form.html", context, status=422 if form.errors else 200)


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def person_send_link(request: PersonRequest, pk: int) -> HttpResponse:
    """Mail a person a link to set a password."""
    found = get_object_or_404(editable_people(request.user).filter(is_active=True), pk=pk)
    if found.email:
        _mail_link(request, found, why=PasswordMail.INVITATION if found.last_login is None else PasswordMail.RESET)
    else:
        messages.error(request, _("There is no e-mail address to send a link to."))
    return redirect("person", pk=found.pk)


def _set_teams(request: PersonRequest, found: User, form: PersonForm) -> None:
    set_teams_of_person(
        found, teams=form.chosen_teams(), among=teams_in_reach(request.user), today=today(request.tenant)
    )


def _mail_link(request: PersonRequest, found: User, *, why: PasswordMail) -> None:
    send_soon([build_password_mail(found, tenant=request.tenant, why=why)])
    messages.success(request, _("A link to set a password is on its way to %(email)s.") % {"email": found.email})


def _may_edit(actor: User, found: User) -> bool:
    return may(actor, Permission.MANAGE_PEOPLE) and editable_people(actor).filter(pk=found.pk).exists()


def _crumbs(actor: User, *last: tuple[str, str | None]) -> list[tuple[str, Any]]:
    first = [(_("People"), reverse("people_list"))] if may(actor, Permission.SEE_PEOPLE) else []
    return [*first, *last]
