"""Downloads of an import: results, the check, and the original file (E-65, E-17, L-66)."""

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRedirect

from lms.imports.importer import get_importer
from lms.imports.models import ImportBatch
from lms.imports.presenting import say_retention
from lms.imports.results import (
    FORMATS,
    Content,
    DetailsDeleted,
    Download,
    open_original,
    request_results,
    send_download,
)
from lms.imports.views.guarding import on_batch
from lms.imports.views.uploading import crumbs_of
from lms.people.access import PersonRequest


@require_GET
@on_batch
def results(request: PersonRequest, batch: ImportBatch, content: str, file_format: str) -> HttpResponseBase:
    """All rows or the failed ones; a large file is made in the background, behind a page that waits for it."""
    if content not in Content.values or file_format not in FORMATS or batch.checked_at is None:
        raise Http404
    try:
        answer = request_results(batch, content=content, file_format=file_format, actor=request.user)
    except DetailsDeleted:
        return _show_deleted(request, batch)
    if isinstance(answer, Download):
        # A script cannot save a file: it is told to open the address itself.
        return HttpResponseClientRedirect(request.path) if "HX-Request" in request.headers else send_download(answer)
    context = {
        "batch": batch,
        "importer": get_importer(batch.kind),
        "crumbs": crumbs_of(get_importer(batch.kind), batch),
        "is_failed_only": content == Content.FAILED,
    }
    template = "imports/_preparing.html" if "HX-Request" in request.headers else "imports/preparing.html"
    return render(request, template, context)


@require_GET
@on_batch
def original(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """The file as it was uploaded."""
    try:
        return send_download(open_original(batch))
    except DetailsDeleted:
        return _show_deleted(request, batch)


def _show_deleted(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    context = {
        "batch": batch,
        "importer": get_importer(batch.kind),
        "crumbs": crumbs_of(get_importer(batch.kind), batch),
        "retention": say_retention(batch)
        if batch.rows_deleted_on
        else _("The row details of this import are deleted."),
    }
    return render(request, "imports/deleted.html", context, status=410)
