"""What stands around every screen: organisation, menu, notices. Filled by the apps' menu entries."""

from typing import Any

from django.http import HttpRequest


def around_every_screen(request: HttpRequest) -> dict[str, Any]:
    """Return the context of base.html; empty where no tenant or person is known (error pages, sign-in)."""
    from lms.dashboard.menu import build_menu

    tenant = getattr(request, "tenant", None)
    user = getattr(request, "user", None)
    if tenant is None:
        return {}
    context: dict[str, Any] = {"tenant": tenant}
    if user is not None and user.is_authenticated:
        context["menu"] = build_menu(request)
    return context
