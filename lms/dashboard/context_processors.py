"""What stands around every screen: organisation, menu, person, whom to ask (spec/screens.md, "Around every screen")."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from lms.dashboard.menu import build_menu
from lms.notifications.selectors import count_unread
from lms.people.models import Role, User
from lms.tenancy.models import Tenant


def around_every_screen(request: HttpRequest) -> dict[str, Any]:
    """Return the context of base.html; nothing where no tenant is known.

    Whatever needs the database is looked up only if the page shows it: plain pages and errors are also made where
    no tenant scope is open.
    """
    tenant: Tenant | None = getattr(request, "tenant", None)
    if tenant is None:
        return {}
    return {
        "tenant": tenant,
        "organisation": tenant.name,
        "contact": tenant.contact or tenant.contact_email,
        "contact_url": f"mailto:{tenant.contact_email}" if tenant.contact_email else "",
        "home_url": reverse("dashboard"),
        "notices_url": reverse("notifications:list"),
        "notice_count": SimpleLazyObject(
            lambda: count_unread(request.user.pk) if isinstance(request.user, User) else 0
        ),
        "profile_url": reverse("profile"),
        "sign_out_url": reverse("sign_out"),
        "search_url": SimpleLazyObject(lambda: _search_address(request)),
        "menu": SimpleLazyObject(lambda: build_menu(request)),
        "person_name": SimpleLazyObject(lambda: _person(request, "full_name")),
        "person_role": SimpleLazyObject(lambda: _person(request, "get_role_display")),
    }


def _person(request: HttpRequest, attribute: str) -> str:
    user = request.user
    if not isinstance(user, User):
        return ""
    value = getattr(user, attribute)
    return str(value() if callable(value) else value)


def _search_address(request: HttpRequest) -> str:
    """Return where to search; learners have nothing to search for."""
    is_learner = not isinstance(request.user, User) or request.user.role == Role.LEARNER
    return "" if is_learner else reverse("search")
