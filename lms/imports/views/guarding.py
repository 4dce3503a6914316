"""What the screens of imports ask first: who may see an import, and which page its state belongs to.

Public: `on_batch`, `managed`, `needs_imports`, `send_to_step`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from lms.imports.access import get_batch, may_manage
from lms.imports.models import ImportBatch
from lms.imports.presenting import step_address
from lms.imports.selectors import allowed_importers
from lms.people.access import PersonRequest
from lms.people.permissions import LARGE_IMPORT_ROWS, Permission, may

P = ParamSpec("P")
BatchView = Callable[Concatenate[PersonRequest, ImportBatch, P], HttpResponseBase]
NumberView = Callable[Concatenate[PersonRequest, int, P], HttpResponseBase]
ListView = Callable[Concatenate[PersonRequest, P], HttpResponseBase]


def on_batch(view: BatchView[P]) -> NumberView[P]:
    """Give a view the import of its number; 404 for one that is not there or not theirs (G-06, L-69)."""

    @wraps(view)
    def found(request: PersonRequest, number: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, get_batch(request.user, number), *args, **kwargs)

    return cast("NumberView[P]", found)


def managed(view: BatchView[P]) -> NumberView[P]:
    """Like `on_batch`, for views that change an import: 403 for those who may only look at it (G-01)."""

    @wraps(view)
    def allowed(request: PersonRequest, number: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        batch = get_batch(request.user, number)
        if not may_manage(batch, request.user):
            raise PermissionDenied(refusal_words(batch))
        return view(request, batch, *args, **kwargs)

    return cast("NumberView[P]", allowed)


def refusal_words(batch: ImportBatch) -> str:
    """Return why somebody may not go on with an import they can see."""
    if batch.data_rows > LARGE_IMPORT_ROWS:
        return _("Imports of more than %(n)s rows are confirmed, cancelled and undone by an administrator.") % {
            "n": LARGE_IMPORT_ROWS
        }
    return _("Your role may look at this import, but not change it.")


def needs_imports(view: ListView[P]) -> ListView[P]:
    """Refuse (403) whoever may neither import anything nor see the imports of others (L-01)."""

    @wraps(view)
    def guarded(request: PersonRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not allowed_importers(request.user) and not may(request.user, Permission.SEE_OTHERS_IMPORTS):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return cast("ListView[P]", guarded)


def send_to_step(request: PersonRequest, batch: ImportBatch) -> HttpResponse:
    """Redirect to the page that belongs to the state of the import."""
    address = step_address(batch)
    return HttpResponseClientRedirect(address) if "HX-Request" in request.headers else redirect(address)
