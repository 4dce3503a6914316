"""What a signed-in request brings along: the right tenant, not too idle, the person's language and time zone."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from lms.people.sessions import TENANT
from lms.tenancy.languages import page_language
from lms.tenancy.middleware import runs_without_scope

Handler = Callable[[HttpRequest], HttpResponse]
SEEN = "seen_at"
SIGNED_IN = "signed_in_at"
_NOTE_SEEN_EVERY = 60  # seconds; a session is written at most this often


class SessionGuardMiddleware:
    """Ends a session that belongs to another tenant, was idle too long, or is too old (S31).

    Pages that refresh themselves (marked by the header X-Poll) do not count as activity.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = request.session
        if session.get("_auth_user_id"):
            now = int(time.time())
            seen = int(session.get(SEEN, 0))
            is_old = now - int(session.get(SIGNED_IN, 0)) > settings.SESSION_COOKIE_AGE
            if session.get(TENANT) != request.tenant.pk or now - seen > settings.SESSION_IDLE_SECONDS or is_old:  # type: ignore[attr-defined]
                session.flush()
            elif now - seen > _NOTE_SEEN_EVERY and "X-Poll" not in request.headers:
                session[SEEN] = now
        return self.get_response(request)


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Sends whoever is not signed in to the sign-in page, and from there back to the page they were on (G-06)."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """Leave views that open their own scopes alone: the person cannot be looked up yet, they ask themselves."""
        if runs_without_scope(request):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(  # type: ignore[override]
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
    ) -> HttpResponse:
        """Answer with the way to sign in; scripts are told to open it, they would show it inside the page."""
        response = redirect_to_login(_page_of(request), settings.LOGIN_URL)
        return HttpResponseClientRedirect(response.url) if "HX-Request" in request.headers else response


def _page_of(request: HttpRequest) -> str:
    """Return the path of the page the browser shows: of a form or a script's request, the page it came from."""
    if request.method == "GET" and "HX-Request" not in request.headers:
        return request.get_full_path()
    source = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    if url_has_allowed_host_and_scheme(source, allowed_hosts={request.get_host()}):
        parts = urlsplit(source)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return "/"


class PersonalSettingsMiddleware:
    """Shows pages in the person's language and time zone where they have chosen one."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if runs_without_scope(request) or not request.user.is_authenticated:
            return self.get_response(request)
        zone = ZoneInfo(request.user.time_zone) if request.user.time_zone else timezone.get_current_timezone()
        language = page_language(request.user.language, request.tenant.language)  # type: ignore[attr-defined]
        with timezone.override(zone), translation.override(language):
            return self.get_response(request)
