"""Management Console > Offline Activities > Upload Offline Records: one page that leads (S-02, S-04 to S-11, S-15, S-36)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lms.imports.choosing_options import choose_options, may_choose_options
from lms.imports.importer import get_importer
from lms.imports.models import ImportBatch
from lms.imports.views.guarding import managed, send_to_step
from lms.imports.views.uploading import crumbs_of, find_importer, show_start
from lms.people.access import PersonRequest
from offline_records.choices import KIND
from offline_records.choosing import make_choice, read_answers
from offline_records.upload_panel import describe_upload


@require_GET
def offline_upload(request: PersonRequest) -> HttpResponseBase:
    """The page. Its answers stand in the address, so that back, forward, a bookmark and another tab show the same."""
    importer = find_importer(request, KIND)
    number = request.GET.get("import", "")
    if number.isdecimal():
        return _show_uploaded(request, int(number))
    return show_start(request, importer)


@managed
def _show_uploaded(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """The page for a file that is there already: what it is for was not said yet, or is said again."""
    if batch.kind != KIND or not may_choose_options(batch):
        return send_to_step(request, batch)
    return _render_choice(request, batch, request.GET)


@require_POST
@managed
def offline_upload_choose(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """Keep what the uploaded file is for and have it checked; what is missing or not theirs shows the page again."""
    find_importer(request, KIND)
    if batch.kind != KIND or not may_choose_options(batch):
        return send_to_step(request, batch)
    choice = make_choice(read_answers(request.POST), actor=request.user)
    if not choice.is_complete:
        return _render_choice(request, batch, request.POST, wrong=_("Answer the four questions first."))
    choose_options(batch, options=choice.options)
    batch.refresh_from_db()
    return send_to_step(request, batch)


def _render_choice(
    request: PersonRequest, batch: ImportBatch, data: Mapping[str, Any], *, wrong: str = ""
) -> HttpResponse:
    context = {
        "batch": batch,
        "importer": get_importer(KIND),
        "panel": {
            "context": describe_upload(
                data, tenant=request.tenant, actor=request.user, number=batch.number, before=batch.options
            )
        },
        "wrong": wrong,
        "crumbs": crumbs_of(get_importer(KIND), batch),
    }
    return render(request, "offline_records/upload.html", context, status=422 if wrong else 200)
