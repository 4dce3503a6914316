"""Middleware without domain words: health probes and headers of private pages."""

from collections.abc import Callable

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
