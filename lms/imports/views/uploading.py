"""The first step: the start page of a kind of import, its templates, and receiving the file (L-59 to L-61, L-15, L-94).

The upload itself runs outside of a transaction (design: architecture, rule 7): who may is asked in one short scope,
the body is streamed with none open, and the batch is made in another.
"""

import tempfile
import uuid
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from lms.core.exports import attach_file
from lms.core.wording import say_date_format
from lms.imports.access import UPLOAD_WINDOW, has_uploaded_often
from lms.imports.forms import UploadForm
from lms.imports.importer import Importer, get_importer
from lms.imports.models import ImportBatch
from lms.imports.presenting import wizard_steps
from lms.imports.problems import describe_problem
from lms.imports.readers.facts import FileRefused
from lms.imports.readers.gate import detect_format
from lms.imports.results import FORMATS
from lms.imports.selectors import allowed_importers, describe_reach
from lms.imports.template_contents import gather_template
from lms.imports.template_files import write_csv_template, write_xlsx_template
from lms.imports.uploading import UploadConflict, UploadRefused, store_upload
from lms.imports.views.receiving import CappedUploadHandler, is_hopeless
from lms.people.access import PersonRequest, log_security
from lms.tenancy.languages import page_language
from lms.tenancy.middleware import opens_own_scope
from lms.tenancy.scope import tenant_scope

ACCEPT = ".csv,.tsv,.txt,.xlsx"


def find_importer(request: PersonRequest, kind: str) -> Importer:
    """Return the importer of this key if the person may use it: 404 for an unknown kind, 403 without the right."""
    try:
        importer = get_importer(kind)
    except LookupError:
        raise Http404 from None
    if importer not in allowed_importers(request.user):
        raise PermissionDenied
    return importer


@require_GET
def start(request: PersonRequest, kind: str) -> HttpResponseBase:
    """The start page: rules, templates, the drop zone."""
    importer = find_importer(request, kind)
    return _show_start(request, importer, UploadForm())


def _show_start(request: PersonRequest, importer: Importer, form: UploadForm, *, kept_name: str = "") -> HttpResponse:
    reach = describe_reach(importer, actor=request.user)
    context = {
        "importer": importer,
        "form": form,
        "kept_name": kept_name,
        "steps": wizard_steps(None, current=0),
        "crumbs": crumbs_of(importer),
        "reach": reach,
        "panel": None if reach.is_empty else importer.upload_panel(tenant=request.tenant, actor=request.user),
        "asked": request.POST,
        "accept": ACCEPT,
        "row_limit": min(request.tenant.row_limit, settings.IMPORT_ROW_CEILING),
        "byte_limit": settings.IMPORT_UPLOAD_BYTES,
        "date_format": say_date_format(request.user.date_format or request.tenant.date_format),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "imports/start.html", context, status=status)


def crumbs_of(importer: Importer, batch: ImportBatch | None = None) -> list[tuple[str, str | None]]:
    """Return the reference path of a kind of import (L-59), and the import at its end."""
    places = {1: reverse("quick_actions"), 2: reverse("quick_actions")}
    crumbs: list[tuple[str, str | None]] = [
        (str(label), places.get(place)) for place, label in enumerate(importer.crumbs)
    ]
    title = (str(importer.title), reverse("imports:start", args=[importer.key]) if batch else None)
    crumbs.append(title)
    if batch is not None:
        crumbs.append((_("Import %(n)s") % {"n": batch.number}, None))
    return crumbs


@require_GET
def template(request: PersonRequest, kind: str, file_format: str) -> HttpResponseBase:
    """The template of a kind of import, empty or with the people in reach (L-15)."""
    importer = find_importer(request, kind)
    content = gather_template(
        importer, actor=request.user, tenant=request.tenant, with_people=request.GET.get("people") == "1"
    )
    file = cast("BinaryIO", tempfile.SpooledTemporaryFile(max_size=1024 * 1024))  # noqa: SIM115 - the response closes it
    write = write_xlsx_template if file_format == "xlsx" else write_csv_template
    write(content, to=file)
    file.seek(0)
    return attach_file(file, name=f"{importer.key}-template.{file_format}", content_type=FORMATS[file_format])


@login_not_required
@csrf_exempt
@opens_own_scope
@require_http_methods(["GET", "POST"])
def receive_upload(request: PersonRequest) -> HttpResponseBase:
    """Take a file. Answers with the mapping page's address, or with the start page and what is wrong (422)."""
    with tenant_scope(request.tenant.pk):
        person = request.user
        if not person.is_authenticated:
            address = redirect_to_login(reverse("dashboard")).url
            return HttpResponseClientRedirect(address) if "HX-Request" in request.headers else redirect(address)
        importers = {importer.key: importer for importer in allowed_importers(person)}
        is_throttled = has_uploaded_often(person)
    if not importers or not _is_own_page(request):
        log_security("upload refused", request=request)
        raise PermissionDenied
    if request.method != "POST":
        return redirect("imports:start", kind=next(iter(importers)))
    with translation.override(page_language(person.language, request.tenant.language)):
        return _refuse_for_now(request, importers) if is_throttled else _take_form(request, importers)


def _refuse_for_now(request: PersonRequest, importers: dict[str, Importer]) -> HttpResponse:
    """Answer somebody who uploads without end, before the file is read (S39)."""
    log_security("upload throttled", request=request)
    words = _("You have uploaded %(n)s files within an hour. Wait a while, then upload this one.")
    limit = settings.IMPORT_UPLOADS_PER_HOUR
    response = _refuse(request, next(iter(importers.values())), words % {"n": limit})
    response.status_code = 429
    response.headers["Retry-After"] = str(int(UPLOAD_WINDOW.total_seconds()))
    return response


def _is_own_page(request: HttpRequest) -> bool:
    """Return whether the form was sent by a page of ours, before its body is read."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host()


def _take_form(request: PersonRequest, importers: dict[str, Importer]) -> HttpResponseBase:
    handler = CappedUploadHandler(request)
    if is_hopeless(request):
        return _refuse(request, next(iter(importers.values())), _too_large())
    request.upload_handlers = [handler]
    answer: HttpResponseBase = _take_checked(request, importers=importers, handler=handler)
    return answer


@csrf_protect
def _take_checked(
    request: PersonRequest, *, importers: dict[str, Importer], handler: CappedUploadHandler
) -> HttpResponseBase:
    importer = importers.get(request.POST.get("kind", "")) or next(iter(importers.values()))
    if handler.is_too_large:
        return _refuse(request, importer, _too_large())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        with tenant_scope(request.tenant.pk):
            return _show_start(request, importer, form)
    upload = form.cleaned_data["file"]
    try:
        detect_format(upload.file)
        batch = store_upload(
            tenant=request.tenant,
            actor=request.user,
            importer=importer,
            chunks=upload.chunks(),
            file_name=upload.name or "",
            note=form.cleaned_data["note"],
            idempotency_key=form.cleaned_data["key"] or uuid.uuid4(),
            read_options=form.read_options(),
            options=_own_answers(request, importer),
        )
    except (FileRefused, UploadRefused) as refused:
        return _refuse(request, importer, describe_problem(refused.code, refused.params), form=form, name=upload.name)
    except UploadConflict:
        words = _("This page has already sent another file. Choose the file again.")
        return _refuse(request, importer, words, form=form, name=upload.name)
    address = reverse("imports:map", args=[batch.number])
    return HttpResponseClientRedirect(address) if "HX-Request" in request.headers else redirect(address)


def _own_answers(request: PersonRequest, importer: Importer) -> dict[str, Any]:
    """Return the answers to what the upload page has asked for the importer; a page that asked nothing leaves it open (L-48)."""
    asked = set(request.POST.getlist("asks"))
    if not asked:
        return {}
    with tenant_scope(request.tenant.pk):
        form = importer.options_form(request.POST, tenant=request.tenant, initial={})
    form.is_valid()  # what was not asked is missing, and no error here
    return {name: value for name, value in form.cleaned_data.items() if name in asked}


def _too_large() -> str:
    limit = settings.IMPORT_UPLOAD_BYTES // (1024 * 1024)
    return describe_problem("F010", {"detail": f"> {limit} MB"})


def _refuse(
    request: PersonRequest, importer: Importer, words: str, *, form: UploadForm | None = None, name: str | None = ""
) -> HttpResponse:
    """Show the start page again with what is wrong beside the file field, and a fresh key."""
    data = {
        "note": form.cleaned_data["note"] if form else "",
        "header": form.data.get("header", "auto") if form else "auto",
    }
    again = UploadForm({**data, "key": str(uuid.uuid4())})
    again.full_clean()
    again.errors.pop("file", None)
    again.add_error("file", words)
    with tenant_scope(request.tenant.pk):
        return _show_start(request, importer, again, kept_name=name or "")
