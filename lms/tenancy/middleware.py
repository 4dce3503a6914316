"""Binds each request to the tenant of its host name and runs it in that tenant's scope."""

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils import timezone, translation

from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

ViewT = TypeVar("ViewT", bound=Callable[..., HttpResponseBase])


class TenantRequest(HttpRequest):
    """A request after TenantMiddleware."""

    tenant: Tenant


def opens_own_scope(view: ViewT) -> ViewT:
    """Mark a view that opens its tenant scopes itself, because a transaction must not span its whole run."""
    view.opens_own_scope = True  # type: ignore[attr-defined]
    return view


class TenantMiddleware:
    """Host to tenant by exact match; an unknown host is a 404 before anything else is looked at (S41)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = request.get_host().partition(":")[0].lower()
        tenant = Tenant.objects.filter(host=host, is_active=True).first()
        if tenant is None:
            return HttpResponse(render_to_string("no_tenant.html"), status=404)
        request.tenant = tenant  # type: ignore[attr-defined]
        with timezone.override(tenant.zone), translation.override(tenant.language):
            if runs_without_scope(request):
                return self.get_response(request)
            with tenant_scope(tenant.pk):
                response = self.get_response(request)
                if response.status_code >= 500:
                    # The inner middleware made a page of the exception; what the view wrote must not be committed.
                    transaction.set_rollback(True)
                return response


def runs_without_scope(request: HttpRequest) -> bool:
    """Return whether the view of this request opens its scopes itself."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    return getattr(view, "opens_own_scope", False)
