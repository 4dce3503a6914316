"""An organisation's settings, for its Account Owners."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission
from lms.tenancy.forms import OrganisationForm
from lms.tenancy.models import Tenant
from lms.tenancy.services import save_settings


@requires(Permission.MANAGE_ORGANISATION)
@require_http_methods(["GET", "POST"])
def organisation_settings(request: PersonRequest) -> HttpResponse:
    """Whom people ask, how dates are read, limits and retention of imports."""
    tenant = Tenant.objects.get(pk=request.tenant.pk)
    form = OrganisationForm(request.POST if request.method == "POST" else None, instance=tenant)
    if request.method == "POST" and form.is_valid():
        save_settings(form.save(commit=False), actor=request.user, changed=form.changed_data)
        messages.success(request, _("The settings are saved."))
        return redirect("organisation_settings")
    context = {"form": form}
    return render(request, "tenancy/organisation_settings.html", context, status=422 if form.errors else 200)
