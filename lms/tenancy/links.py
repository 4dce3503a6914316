"""Absolute addresses for mails and terminals, always from the tenant's own host, never from a request (S41)."""

from django.conf import settings

from lms.tenancy.models import Tenant


def build_link(tenant: Tenant, path: str) -> str:
    """Return the full address of `path` (beginning with "/") at the tenant's host."""
    scheme = "https" if settings.HTTPS else "http"
    port = f":{settings.SITE_PORT}" if settings.SITE_PORT else ""
    return f"{scheme}://{tenant.host}{port}{path}"
