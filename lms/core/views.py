"""Pages without domain words: errors (G-06) and refused forms (the style guide stands in lms.core.styleguide).

Who is signed in and whom to ask comes from the context processor; the page for our own faults (500) is static,
because it is made where the transaction may already be broken.
"""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def show_bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """The request could not be read (400)."""
    return render(request, "400.html", status=400)


def show_forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Something the person's role does not include (403); names whom to ask (G-02).

    A reason given to PermissionDenied is shown.
    """
    reason = str(exception) if isinstance(exception, PermissionDenied) and exception.args else ""
    return render(request, "403.html", {"reason": reason}, status=403)


def show_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Not there, or not yours: the same words for both (G-06, S30)."""
    return render(request, "404.html", status=404)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """A form without its secret: mostly an old page, after signing in again somewhere else (S34)."""
    words = _("This page was open for too long, or you have signed in again since. Go back, reload it and try again.")
    return render(request, "403.html", {"reason": words, "is_stale_form": True}, status=403)
