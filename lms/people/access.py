"""What a view asks before anything else: may this person do this? Refusals name whom to ask (G-02, S24).

Public surface: `PersonRequest`, `requires`, `log_security`.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase

from lms.people.models import User
from lms.people.permissions import Permission, may
from lms.tenancy.middleware import TenantRequest

_log = logging.getLogger("rollbook.security")
P = ParamSpec("P")


class PersonRequest(TenantRequest):
    """A request of somebody who is signed in."""

    user: User


View = Callable[Concatenate[PersonRequest, P], HttpResponseBase]


def requires(permission: Permission) -> Callable[[View[P]], View[P]]:
    """Refuse a view (403) to everybody without `permission`. The view must run inside the request's scope."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: PersonRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not may(request.user, permission):
                log_security("permission refused", request=request, permission=permission.value)
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def log_security(event: str, *, request: TenantRequest, **facts: str | int | None) -> None:
    """Log an event of sign-in or refusal by ids, never with names or values a person has typed (S42, S43)."""
    user = getattr(request, "user", None)
    _log.info(
        "%s tenant=%s person=%s %s",
        event,
        request.tenant.pk,
        getattr(user, "pk", None),
        " ".join(f"{key}={value}" for key, value in facts.items()),
    )
