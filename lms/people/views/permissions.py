"""What team roles may do, and user domains: an owner's settings about people (L-06)."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.people.access import PersonRequest, requires
from lms.people.forms.teams import DomainForm, RolePermissionsForm
from lms.people.models import TEAM_ROLES, TENANT_ROLES, PeopleDomain, Role, User
from lms.people.permissions import DEFAULTS, EDITABLE, Permission, role_may
from lms.people.services import save_domain, save_permissions


@requires(Permission.MANAGE_ORGANISATION)
@require_http_methods(["GET", "POST"])
def role_permissions(request: PersonRequest) -> HttpResponse:
    """One box for each team role and each permission that an owner may change."""
    allowed = {
        (role.value, permission.value) for role in TEAM_ROLES for permission in EDITABLE if role_may(role, permission)
    }
    form = RolePermissionsForm(request.POST if request.method == "POST" else None, allowed=allowed)
    if request.method == "POST":
        if form.is_valid():
            save_permissions(form.answers(), actor=request.user)
            messages.success(request, _("What team roles may do is saved. It counts from the next click on."))
        return redirect("role_permissions")
    fixed = [
        (permission.label, [(role.label, permission in DEFAULTS[role]) for role in (*TEAM_ROLES, *TENANT_ROLES)])
        for permission in Permission
        if permission not in EDITABLE
    ]
    roles = [Role(role) for role in (*TEAM_ROLES, *TENANT_ROLES)]
    return render(request, "people/role_permissions.html", {"form": form, "fixed": fixed, "roles": roles})


@requires(Permission.MANAGE_ORGANISATION)
@require_http_methods(["GET", "POST"])
def domain_list(request: PersonRequest) -> HttpResponse:
    """The user domains, and a form for a new one."""
    return _show_domains(request, PeopleDomain(tenant=request.tenant))


@requires(Permission.MANAGE_ORGANISATION)
@require_http_methods(["GET", "POST"])
def domain_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Rename a user domain."""
    return _show_domains(request, get_object_or_404(PeopleDomain, pk=pk))


def _show_domains(request: PersonRequest, domain: PeopleDomain) -> HttpResponse:
    form = DomainForm(request.POST if request.method == "POST" else None, instance=domain)
    if request.method == "POST" and form.is_valid():
        save_domain(form.save(commit=False), actor=request.user)
        messages.success(request, _("%(name)s is saved.") % {"name": domain.name})
        return redirect("domain_list")
    counts = dict(
        User.objects.filter(domain__isnull=False, is_active=True).values_list("domain_id").annotate(Count("pk"))
    )
    domains = [(other, counts.get(other.pk, 0)) for other in PeopleDomain.objects.order_by("name")]
    context = {"form": form, "domains": domains, "edited": domain.pk}
    return render(request, "people/domains.html", context, status=422 if form.errors else 200)
