"""Receiving the file (L-61, T-60): checked by its first bytes, stored, and left to a worker.

This runs outside of a transaction (design: architecture, rule 7): who may is asked in one short scope, the body is
streamed with none open, and the batch is made in another.
"""

import uuid
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from lms.imports.access import UPLOAD_WINDOW, has_uploaded_often
from lms.imports.forms import UploadForm
from lms.imports.importer import Importer
from lms.imports.models import ImportBatch
from lms.imports.problems import describe_problem
from lms.imports.readers.facts import FileRefused
from lms.imports.readers.gate import detect_format
from lms.imports.recognising import KIND_OPEN
from lms.imports.selectors import allowed_importers
from lms.imports.uploading import UploadConflict, UploadRefused, store_upload
from lms.imports.views.uploading import ACCEPT, Asked, ask_start, render_start
from lms.people.access import PersonRequest, log_security
from lms.tenancy.languages import page_language
from lms.tenancy.middleware import opens_own_scope
from lms.tenancy.scope import tenant_scope

# What a form holds besides its file: its other fields, boundaries and headers.
_FORM_BYTES: Final = 64 * 1024
# Up to this many times the limit the rest of a body is read and thrown away, so that the person gets an answer.
_PATIENCE: Final = 4


class CappedUploadHandler(TemporaryFileUploadHandler):
    """Writes an upload to a temporary file and stops at the operator's ceiling; `is_too_large` then says so."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.received = 0
        self.is_too_large = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> Any:
        self.received += len(raw_data)
        if self.received > settings.IMPORT_UPLOAD_BYTES:
            self.is_too_large = True
            raise StopUpload(connection_reset=False)
        return super().receive_data_chunk(raw_data, start)


def is_hopeless(request: HttpRequest) -> bool:
    """Return whether the request says itself that it is far too large to be read to its end."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    size = int(announced) if str(announced).isdecimal() else 0
    return size > _PATIENCE * settings.IMPORT_UPLOAD_BYTES + _FORM_BYTES


@dataclass(frozen=True, slots=True)
class _Sender:
    """Who sends a file: the request, and the kinds of import that person may use."""

    request: PersonRequest
    importers: dict[str, Importer]

    def find_importer(self, kind: str) -> Importer | None:
        """Return the importer the page was for; None for a page for every kind. 403 for a kind that is not theirs."""
        if kind and kind not in self.importers:
            raise PermissionDenied
        if not kind and len(self.importers) > 1:
            return None
        return self.importers[kind or next(iter(self.importers))]


@login_not_required
@csrf_exempt
@opens_own_scope
@require_http_methods(["GET", "POST"])
def receive_upload(request: PersonRequest) -> HttpResponseBase:
    """Take a file. Answers with the address of the next step, or with the page again and what is wrong (422).

    Without a kind (from the dashboard, by somebody who may use several) the kind is asked once the file was looked at.
    """
    with tenant_scope(request.tenant.pk):
        person = request.user
        if not person.is_authenticated:
            address = redirect_to_login(reverse("dashboard")).url
            return HttpResponseClientRedirect(address) if "HX-Request" in request.headers else redirect(address)
        sender = _Sender(request, {importer.key: importer for importer in allowed_importers(person)})
        is_throttled = has_uploaded_often(person)
    if not sender.importers or not _is_own_page(request):
        log_security("upload refused", request=request)
        raise PermissionDenied
    if request.method != "POST":
        asked = request.GET.get("kind", "")
        return redirect("imports:start", kind=asked if asked in sender.importers else next(iter(sender.importers)))
    with translation.override(page_language(person.language, request.tenant.language)):
        return _take_body(sender, is_throttled=is_throttled)


def _is_own_page(request: HttpRequest) -> bool:
    """Return whether the form was sent by a page of ours, before its body is read."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host()


def _take_body(sender: _Sender, *, is_throttled: bool) -> HttpResponseBase:
    if is_hopeless(sender.request):
        # Its body stays unread, so the kind has to stand in the address.
        return _refuse(sender, sender.find_importer(sender.request.GET.get("kind", "")), _too_large(), is_read=False)
    handler = CappedUploadHandler(sender.request)
    sender.request.upload_handlers = [handler]
    if is_throttled:
        return _refuse_for_now(sender)
    answer: HttpResponseBase = _take_checked(sender.request, sender=sender, handler=handler)
    return answer


def _refuse_for_now(sender: _Sender) -> HttpResponse:
    """Answer somebody who uploads without end, before the file is stored (S39)."""
    log_security("upload throttled", request=sender.request)
    words = _("You have uploaded %(n)s files within an hour. Wait a while, then upload this one.")
    limit = settings.IMPORT_UPLOADS_PER_HOUR
    importer = sender.find_importer(sender.request.POST.get("kind", ""))
    response = _refuse(sender, importer, words % {"n": limit}, is_read=True)
    response.status_code = 429
    response.headers["Retry-After"] = str(int(UPLOAD_WINDOW.total_seconds()))
    return response


@csrf_protect
def _take_checked(request: PersonRequest, *, sender: _Sender, handler: CappedUploadHandler) -> HttpResponseBase:
    importer = sender.find_importer(request.POST.get("kind", ""))
    if handler.is_too_large:
        return _refuse(sender, importer, _too_large(), is_read=True)
    form = UploadForm(request.POST, request.FILES)
    with tenant_scope(request.tenant.pk):
        asked = ask_start(request, importer, upload=form, data=request.POST) if importer else Asked(upload=form)
        is_valid = asked.is_valid()
        answers = _own_answers(request, importer) if importer is not None and asked.start is None else _Answers()
        for words in answers.wrong:
            form.add_error(None, words)
        if not is_valid or answers.wrong:
            return _show(sender, importer, asked, is_read=True, name=_sent_name(request))
        settings_given = _read_settings(importer, asked, answers)
    upload = form.cleaned_data["file"]
    try:
        detect_format(upload.file)
        batch = store_upload(
            tenant=request.tenant,
            actor=request.user,
            importer=importer or next(iter(sender.importers.values())),
            chunks=upload.chunks(),
            file_name=upload.name or "",
            note=form.cleaned_data["note"],
            idempotency_key=form.cleaned_data["key"] or uuid.uuid4(),
            **settings_given,
        )
    except (FileRefused, UploadRefused) as refused:
        words = describe_problem(refused.code, refused.params)
        return _refuse(sender, importer, words, is_read=True, name=upload.name)
    except UploadConflict:
        words = _("This page has already sent another file. Choose the file again.")
        return _refuse(sender, importer, words, is_read=True, name=upload.name)
    return _go_on(request, batch)


def _go_on(request: PersonRequest, batch: ImportBatch) -> HttpResponse:
    address = reverse("imports:map", args=[batch.number])
    return HttpResponseClientRedirect(address) if "HX-Request" in request.headers else redirect(address)


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the upload page has asked for a kind without a start form of its own, and what is wrong with the answers."""

    given: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def _read_settings(importer: Importer | None, asked: Asked, answers: _Answers) -> dict[str, Any]:
    """Return what the page has asked besides the file, as `store_upload` takes it."""
    read_options = asked.upload.read_options()
    if importer is None:
        return {"read_options": read_options, "options": {KIND_OPEN: True}}
    if asked.start is None or asked.options is None:
        return {"read_options": read_options, "options": answers.given, "starts_check": importer.starts_check}
    return {
        "read_options": {**asked.start.read_options(), **read_options},
        "options": dict(asked.options.cleaned_data),
        "date_format": asked.start.date_format(),
        "starts_check": True,
    }


def _own_answers(request: PersonRequest, importer: Importer) -> _Answers:
    """Return the answers to what the upload page has asked; a page that asked nothing leaves it open (L-48)."""
    asked = set(request.POST.getlist("asks"))
    if not asked:
        return _Answers()
    form = importer.options_form(request.POST, tenant=request.tenant, initial={})
    form.is_valid()  # what was not asked is missing, and no error here
    answers = {name: value for name, value in form.cleaned_data.items() if name in asked}
    if not asked.intersection(form.errors) and importer.allows(answers, actor=request.user):
        return _Answers(answers)
    # The same words whether it is not there or not theirs: nobody learns which.
    return _Answers(
        answers, [_("What you have chosen is not there any more, or not yours to import for. Choose again.")]
    )


def _too_large() -> str:
    limit = settings.IMPORT_UPLOAD_BYTES // (1024 * 1024)
    return describe_problem("F010", {"detail": f"> {limit} MB"})


def _sent_name(request: PersonRequest) -> str:
    sent = request.FILES.get("file")
    return (sent.name or "") if sent else ""


def _refuse(
    sender: _Sender, importer: Importer | None, words: str, *, is_read: bool, name: str | None = ""
) -> HttpResponse:
    """Show the page again with what is wrong beside the file field, everything else as it was, and a fresh key."""
    data = sender.request.POST if is_read else {}
    kept = {"note": data.get("note", ""), "header": data.get("header", "auto")}
    again = UploadForm({**kept, "key": str(uuid.uuid4())})
    again.full_clean()
    again.errors.pop("file", None)
    again.add_error("file", words)
    with tenant_scope(sender.request.tenant.pk):
        asked = (
            ask_start(sender.request, importer, upload=again, data=data or None) if importer else Asked(upload=again)
        )
        return _show(sender, importer, asked, is_read=is_read, name=name or "")


def _show(sender: _Sender, importer: Importer | None, asked: Asked, *, is_read: bool, name: str) -> HttpResponse:
    """Return the page the file was sent from: the importer's, or the one for every kind."""
    if importer is not None:
        answers = sender.request.POST if is_read else sender.request.GET
        return render_start(sender.request, importer, asked, answers=answers, kept_name=name)
    context = {
        "form": asked.upload,
        "kept_name": name,
        "importers": list(sender.importers.values()),
        "accept": ACCEPT,
        "byte_limit": settings.IMPORT_UPLOAD_BYTES,
        "crumbs": [(_("Dashboard"), reverse("dashboard")), (_("Import a file"), None)],
    }
    return render(sender.request, "imports/any.html", context, status=422)
