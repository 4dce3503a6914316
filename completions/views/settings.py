"""An organisation's defaults for completions."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from completions.forms import DefaultPolicyForm
from completions.selectors import default_policy
from completions.services import set_default_policy
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission


@requires(Permission.MANAGE_ORGANISATION)
@require_http_methods(["GET", "POST"])
def completion_settings(request: PersonRequest) -> HttpResponse:
    """Which date a person shows after an import, unless the importer chooses otherwise (L-44)."""
    form = DefaultPolicyForm(request.POST or None, initial={"default_policy": default_policy()})
    if request.method == "POST" and form.is_valid():
        set_default_policy(form.cleaned_data["default_policy"], tenant=request.tenant, actor=request.user)
        messages.success(request, _("The settings are saved."))
        return redirect("completion_settings")
    context = {"form": form}
    return render(request, "completions/settings.html", context, status=422 if form.errors else 200)
