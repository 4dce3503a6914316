"""Hosts become tenants; what a failed page has written is taken back (S41)."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from lms.courses.models import Course
from lms.tenancy.middleware import TenantMiddleware, opens_own_scope, runs_without_scope
from lms.tenancy.models import Tenant
from lms.tenancy.scope import current_tenant_id, tenant_scope
from tests.plugins.cast import Cast


def ask(cast: Cast, view: object, *, host: str = "") -> HttpResponse:
    request = RequestFactory().get("/", headers={"host": host or cast.acme.host})
    return TenantMiddleware(view)(request)  # type: ignore[arg-type]


def test_a_request_runs_in_the_scope_of_its_host(cast: Cast) -> None:
    seen = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append((request.tenant.slug, current_tenant_id()))  # type: ignore[attr-defined]
        return HttpResponse()

    for host in (cast.acme.host, f"{cast.acme.host.upper()}:8000", cast.zebra.host):
        ask(cast, view, host=host)
    assert seen == [("acme", cast.acme.pk), ("acme", cast.acme.pk), ("zebra", cast.zebra.pk)]


@pytest.mark.parametrize("host", ["nowhere.localhost", "localhost", "acme.localhost.evil.example"])
def test_S41_an_unknown_host_is_a_404_before_anything_else(cast: Cast, client: Client, host: str) -> None:
    del cast
    response = client.get("/", headers={"host": host})
    assert response.status_code in (400, 404)
    assert b"Acme" not in response.content


def test_S41_a_closed_organisation_has_no_host(cast: Cast) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(is_active=False)
    assert ask(cast, lambda _request: HttpResponse()).status_code == 404


@pytest.mark.parametrize(("status", "name"), [(200, "changed"), (404, "changed"), (500, "Safety Basics")])
def test_what_a_failed_view_has_written_is_not_committed(cast: Cast, status: int, name: str) -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        Course.objects.filter(pk=cast.safe.pk).update(name="changed")
        return HttpResponse(status=status)

    assert ask(cast, view).status_code == status
    with tenant_scope(cast.acme.pk):
        assert Course.objects.get(pk=cast.safe.pk).name == name


def test_a_view_may_open_its_scopes_itself() -> None:
    @opens_own_scope
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert view.opens_own_scope is True  # type: ignore[attr-defined]
    assert not runs_without_scope(RequestFactory().get("/no/such/page"))
