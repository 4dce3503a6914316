"""The list of certifications, one of them, its settings, and the list as a file (T-70, T-73)."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from certifications.choices import Method
from certifications.examples import MethodExample, make_examples
from certifications.forms import CertificationFilterForm, CertificationForm
from certifications.holders import draw_states
from certifications.models import Certification, TeamCertification
from certifications.selectors import read_terms, search_certifications, usable_certifications
from certifications.services import save_certification, set_archived
from lms.core.components import Tab
from lms.core.exports import TABLE_TYPES, Cell, attach_table
from lms.core.paging import take_page
from lms.people.access import PersonRequest, requires
from lms.people.models import User
from lms.people.permissions import Permission, may
from lms.people.selectors import reaches_everybody, teams_above, teams_in_reach, visible_people
from lms.tenancy.clock import today


@requires(Permission.SEE_PEOPLE)
@require_GET
def certification_list(request: PersonRequest) -> HttpResponse:
    """The certifications the person may use, narrowed down by search, state and method."""
    form = CertificationFilterForm(request.GET or None)
    context = {
        "form": form,
        "page_obj": take_page(request, _narrow(request, form)),
        "may_manage": may(request.user, Permission.MANAGE_CERTIFICATIONS),
        "is_filtered": bool(request.GET),
        "query": request.GET.urlencode(),
        "crumbs": [(_("Content"), None), (_("Certifications"), None)],
    }
    return render(request, "certifications/certification_list.html", context)


def _narrow(request: PersonRequest, form: CertificationFilterForm) -> QuerySet[Certification]:
    answers = form.answers() if form.is_bound else {}
    found = search_certifications(usable_certifications(request.user), answers.get("q", ""))
    if (active := answers.get("active", "")) != "all":
        found = found.filter(is_active=active != "no")
    if method := answers.get("method", ""):
        found = found.filter(method=method)
    return found.order_by("name", "pk")


@requires(Permission.SEE_PEOPLE)
@require_GET
def certification_export(request: PersonRequest, file_format: str) -> HttpResponseBase:
    """What the list shows, as a file (T-73)."""
    if file_format not in TABLE_TYPES:
        raise Http404
    found = _narrow(request, CertificationFilterForm(request.GET or None))
    rows: list[tuple[Cell, ...]] = [_export_head(), *(_export_line(certification) for certification in found)]
    name = f"certifications-{today(request.tenant).isoformat()}"
    return attach_table(
        rows, name=name, file_format=file_format, sheet="Certifications", widths=(24, 20, 60, 36, 16, 24, 24, 10)
    )


def _export_head() -> tuple[Cell, ...]:
    return (
        _("Short name"),
        _("ID number"),
        _("Name"),
        _("Recertification method"),
        _("Active period"),
        _("Recertification window"),
        _("Minimum active period"),
        _("Active"),
    )


def _export_line(found: Certification) -> tuple[Cell, ...]:
    periods = (found.active_period, found.recertification_window, found.minimum_active_period)
    return (
        found.short_name,
        found.id_number,
        found.name,
        str(found.get_method_display()),
        *(period.words if period else None for period in periods),
        found.is_active,
    )


def certification_tabs(certification: Certification, *, active: str, actor: User) -> list[Tab]:
    """Return the tabs of a certification's pages; `active` is the URL name of the open one."""
    tabs = [("certification", _("Overview")), ("certification_people", _("People"))]
    if may(actor, Permission.MANAGE_CERTIFICATIONS):
        tabs += [("certification_edit", _("Settings")), ("certification_messages", _("Messages"))]
    return [Tab(label, reverse(name, args=[certification.pk]), active=name == active) for name, label in tabs]


def certification_crumbs(certification: Certification, *last: str) -> list[tuple[str, str | None]]:
    """Return the way from the catalogue to a certification, and on to the page called `last`."""
    own = reverse("certification", args=[certification.pk]) if last else None
    return [
        (_("Content"), None),
        (_("Certifications"), reverse("certification_list")),
        (certification.name, own),
        *((words, None) for words in last),
    ]


@requires(Permission.SEE_PEOPLE)
@require_GET
def certification(request: PersonRequest, pk: int) -> HttpResponse:
    """The overview: references to copy (T-73), what the settings mean with dates worked out, numbers of people by state."""
    found = get_object_or_404(usable_certifications(request.user), pk=pk)
    day = today(request.tenant)
    people = None if reaches_everybody(request.user) else visible_people(request.user)
    teams = TeamCertification.objects.filter(certification=found).select_related("team").order_by("team__name")
    if people is not None:
        teams = teams.filter(team_id__in=teams_above(teams_in_reach(request.user)))
    context = {
        "certification": found,
        "settings": describe_settings(found),
        "examples": make_examples(read_terms(found), year=day.year),
        "bars": draw_states(found, people=people, url=reverse("certification_people", args=[pk]), today=day),
        "teams": teams,
        "may_manage": may(request.user, Permission.MANAGE_CERTIFICATIONS),
        "tabs": certification_tabs(found, active="certification", actor=request.user),
        "crumbs": certification_crumbs(found),
    }
    return render(request, "certifications/certification.html", context)


def describe_settings(found: Certification) -> list[tuple[str, str]]:
    """Return the settings of a certification as pairs of words."""
    periods = [
        (_("Active period"), found.active_period),
        (_("Recertification window"), found.recertification_window),
    ]
    if found.method == Method.FIXED_DATE:
        periods.append((_("Minimum active period"), found.minimum_active_period))
    return [
        (_("Recertification method"), str(found.get_method_display())),
        *((label, period.words if period else "") for label, period in periods),
    ]


@requires(Permission.MANAGE_CERTIFICATIONS)
@require_http_methods(["GET", "POST"])
def certification_new(request: PersonRequest) -> HttpResponse:
    """A new certification."""
    form = CertificationForm(
        request.POST if request.method == "POST" else None, instance=Certification(tenant=request.tenant)
    )
    if request.method == "POST" and form.is_valid():
        created = form.save(commit=False)
        save_certification(created, actor=request.user)
        messages.success(request, _("%(name)s is added.") % {"name": created.name})
        return redirect("certification", pk=created.pk)
    crumbs = [
        (_("Content"), None),
        (_("Certifications"), reverse("certification_list")),
        (_("New certification"), None),
    ]
    context = {"form": form, "crumbs": crumbs}
    return render(request, "certifications/certification_form.html", context, status=422 if form.errors else 200)


@requires(Permission.MANAGE_CERTIFICATIONS)
@require_http_methods(["GET", "POST"])
def certification_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """The settings; they hold for records from then on, what is recorded keeps its dates."""
    found = get_object_or_404(usable_certifications(request.user), pk=pk)
    stored = Certification.objects.get(pk=pk)  # validation writes into the other one
    form = CertificationForm(request.POST if request.method == "POST" else None, instance=found)
    if request.method == "POST" and form.is_valid():
        save_certification(form.save(commit=False), actor=request.user)
        messages.success(request, _("%(name)s is saved.") % {"name": found.name})
        return redirect("certification_edit", pk=pk)
    context = {
        "certification": stored,
        "form": form,
        "examples": [] if form.errors else make_examples(read_terms(stored), year=today(request.tenant).year)[:1],
        "tabs": certification_tabs(stored, active="certification_edit", actor=request.user),
        "crumbs": certification_crumbs(stored, _("Settings")),
    }
    return render(request, "certifications/certification_form.html", context, status=422 if form.errors else 200)


@requires(Permission.MANAGE_CERTIFICATIONS)
@require_GET
def certification_example(request: PersonRequest) -> HttpResponse:
    """The worked example by the settings as they stand in a form; nothing is saved."""
    form = CertificationForm(request.GET, instance=Certification(tenant=request.tenant))
    examples: list[MethodExample] = []
    if not form.has_wrong_terms():
        examples = make_examples(read_terms(form.instance), year=today(request.tenant).year)[:1]
    return render(request, "certifications/_example.html", {"examples": examples})


@requires(Permission.MANAGE_CERTIFICATIONS)
@require_POST
def certification_archive(request: PersonRequest, pk: int) -> HttpResponse:
    """Archive a certification, or bring it back (form field `archived`: 1 or 0)."""
    found = get_object_or_404(usable_certifications(request.user), pk=pk)
    archived = request.POST.get("archived") == "1"
    set_archived(found, archived=archived, actor=request.user)
    words = _("%(name)s is archived.") if archived else _("%(name)s is active again.")
    messages.success(request, words % {"name": found.name})
    return redirect("certification", pk=pk)
