"""The first step: the start page of a kind of import and its templates (L-59, L-60, L-15, L-94, T-04, T-74).

`receiving` takes the file. Public: the views; `find_importer` and `show_start` also for an app that gives its start page
an address of its own; `ask_start`, `render_start`, `crumbs_of`.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lms.core.exports import attach_file
from lms.core.wording import say_date_format
from lms.imports.forms import UploadForm
from lms.imports.importer import Importer, get_importer
from lms.imports.models import ImportBatch
from lms.imports.presenting import wizard_steps
from lms.imports.remembering import Settings, forget_settings, recall_settings
from lms.imports.results import FORMATS
from lms.imports.selectors import allowed_importers, describe_reach
from lms.imports.start_form import StartForm
from lms.imports.template_contents import TemplateRefused, fit_template, gather_template, name_template
from lms.imports.template_files import write_csv_template
from lms.imports.template_workbook import write_xlsx_template
from lms.people.access import PersonRequest

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The forms of a start page: the file and, where the importer asks on it, how to read it and what to do with it."""

    upload: UploadForm
    start: StartForm | None = None
    options: forms.Form | None = None
    is_remembered: bool = False  # what is shown are the settings of the person's last upload (T-04)

    @property
    def all_forms(self) -> list[forms.Form]:
        """Every form of the page."""
        return [form for form in (self.upload, self.start, self.options) if form is not None]

    def is_valid(self) -> bool:
        """Judge all of them, so that every mistake shows at once."""
        return not [form for form in self.all_forms if not form.is_valid()]


def ask_start(
    request: PersonRequest, importer: Importer, *, upload: UploadForm, data: Mapping[str, Any] | None = None
) -> Asked:
    """Return the forms of a start page, filled with the answers, or with what the person chose last (T-04)."""
    last = recall_settings(request.user, importer)
    reading = {**last.read_options, "date_format": last.date_format or _own_format(request)}
    start = importer.start_form(data, actor=request.user, initial=reading)
    if start is None:
        return Asked(upload=upload)
    options = importer.options_form(data, tenant=request.tenant, initial=last.options)
    return Asked(upload=upload, start=start, options=options, is_remembered=last != Settings())


@require_GET
def start(request: PersonRequest, kind: str) -> HttpResponseBase:
    """The start page: rules, templates, the drop zone; where it has an address of its own, the way there."""
    importer = find_importer(request, kind)
    if not importer.start_name:
        return show_start(request, importer)
    said = request.GET.urlencode()
    return redirect(reverse(importer.start_name) + (f"?{said}" if said else ""))


def show_start(request: PersonRequest, importer: Importer) -> HttpResponse:
    """Return the start page of an importer as it first opens; its address may say what is chosen already (S-04 to S-10)."""
    return render_start(request, importer, ask_start(request, importer, upload=UploadForm()), answers=request.GET)


def render_start(
    request: PersonRequest,
    importer: Importer,
    asked: Asked,
    *,
    answers: Mapping[str, Any],
    kept_name: str = "",
) -> HttpResponse:
    """Return the start page with these forms; `answers` and `kept_name` are what the last attempt has sent."""
    reach = describe_reach(importer, actor=request.user)
    panel = None
    if not reach.is_empty:
        panel = importer.upload_panel(tenant=request.tenant, actor=request.user, answers=answers)
    context = {
        "importer": importer,
        "form": asked.upload,
        "start": asked.start,
        "options": asked.options,
        "is_remembered": asked.is_remembered,
        "kept_name": kept_name,
        "steps": wizard_steps(None, current=0),
        "crumbs": crumbs_of(importer),
        "reach": reach,
        "reach_items": importer.say_items(reach.items),
        "panel": panel,
        "asked": answers,
        "accept": ACCEPT,
        "row_limit": min(request.tenant.row_limit, settings.IMPORT_ROW_CEILING),
        "byte_limit": settings.IMPORT_UPLOAD_BYTES,
        "date_format": say_date_format(_own_format(request)),
    }
    is_wrong = any(form.is_bound and form.errors for form in asked.all_forms)
    return render(request, importer.start_template, context, status=422 if is_wrong else 200)


def _own_format(request: PersonRequest) -> str:
    return request.user.date_format or request.tenant.date_format


@require_POST
def forget(request: PersonRequest, kind: str) -> HttpResponseBase:
    """Put the settings of the start page back to their defaults (T-04)."""
    importer = find_importer(request, kind)
    forget_settings(request.user, importer)
    messages.success(request, _("The settings are back to their defaults."))
    return redirect("imports:start", kind=kind)


def crumbs_of(importer: Importer, batch: ImportBatch | None = None) -> list[tuple[str, str | None]]:
    """Return the reference path of a kind of import (L-59), and the import at its end."""
    crumbs: list[tuple[str, str | None]] = [
        (str(label), reverse(name) if name else None) for label, name in importer.crumbs
    ]
    title = (str(importer.title), reverse("imports:start", args=[importer.key]) if batch else None)
    crumbs.append(title)
    if batch is not None:
        crumbs.append((_("Import %(n)s") % {"n": batch.number}, None))
    return crumbs


@require_GET
def template(request: PersonRequest, kind: str, file_format: str) -> HttpResponseBase:
    """The template of a kind of import, empty or with the people in reach, its dates in the chosen format (L-15, T-74).

    Where the address says what is chosen, it is made for exactly that (S-11).
    """
    importer = find_importer(request, kind)
    try:
        importer = fit_template(importer, request.GET.dict(), actor=request.user, tenant=request.tenant)
    except TemplateRefused as refused:
        if refused.is_open:
            return redirect(f"{reverse('imports:start', args=[kind])}?{request.GET.urlencode()}")
        raise Http404 from None
    content = gather_template(
        importer,
        actor=request.user,
        tenant=request.tenant,
        with_people=request.GET.get("people") == "1",
        date_format=request.GET.get("date_format", ""),
    )
    file = cast("BinaryIO", tempfile.SpooledTemporaryFile(max_size=1024 * 1024))  # noqa: SIM115 - the response closes it
    write = write_xlsx_template if file_format == "xlsx" else write_csv_template
    write(content, to=file)
    file.seek(0)
    return attach_file(file, name=f"{name_template(importer)}.{file_format}", content_type=FORMATS[file_format])
