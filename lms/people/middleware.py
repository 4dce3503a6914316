"""What a signed-in request brings along: the right tenant, not too idle, the person's language and time zone."""

import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from lms.people.sessions import TENANT
from lms.tenancy.middleware import runs_without_scope

Handler = Callable[[HttpRequest], HttpResponse]
SEEN = "seen_at"


class SessionGuardMiddleware:
    """Ends a session that belongs to another tenant or was idle too long (S31).

    Pages that refresh themselves (marked by the header X-Poll) do not count as activity.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = request.session
        if session.get("_auth_user_id"):
            now = int(time.time())
            idle = now - int(session.get(SEEN, now))
            if session.get(TENANT) != request.tenant.pk or idle > settings.SESSION_IDLE_SECONDS:  # type: ignore[attr-defined]
                session.flush()
            elif idle > 60 and "X-Poll" not in request.headers:
                session[SEEN] = now
        return self.get_response(request)


class PersonalSettingsMiddleware:
    """Shows pages in the person's language and time zone where they have chosen one."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if runs_without_scope(request) or not request.user.is_authenticated:
            return self.get_response(request)
        zone = ZoneInfo(request.user.time_zone) if request.user.time_zone else timezone.get_current_timezone()
        language = request.user.language or translation.get_language()
        with timezone.override(zone), translation.override(language):
            return self.get_response(request)
