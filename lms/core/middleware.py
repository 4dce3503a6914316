"""Middleware without domain words: health probes, addresses that no browser makes, headers of private pages."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


class HealthMiddleware:
    """Answer /livez (the process runs) and /readyz (it reaches its database) on every host, before tenancy."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/livez":
            return HttpResponse("alive\n", content_type="text/plain")
        if request.path == "/readyz":
            return self._answer_ready()
        return self.get_response(request)

    def _answer_ready(self) -> HttpResponse:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except Exception:  # noqa: BLE001 - whatever it is, the answer to the load balancer is the same
            return HttpResponse("database unreachable\n", status=503, content_type="text/plain")
        return HttpResponse("ready\n", content_type="text/plain")


class PrivatePagesMiddleware:
    """Keep every page out of shared caches and of other origins (S9, S46)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class PlainAddressMiddleware:
    """Answer an address with a NUL in its query with 400: no database takes it as a text, whatever page is asked for."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", ""):
            message = "a NUL in the address"
            raise BadRequest(message)
        return self.get_response(request)
