"""Map Fields: how the file is read, which column holds what, and the two ways to the check (E-57, E-70, L-62, L-63)."""

from dataclasses import replace
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from lms.imports import mapping as mappings
from lms.imports.asking import Question, ask_about, needs_answer, note_first_row_answered
from lms.imports.checking import request_check
from lms.imports.columns import Column, cell_text
from lms.imports.forms import MappingForm, ReadingForm
from lms.imports.importer import Importer, importer_of
from lms.imports.mapping_table import present_mapping
from lms.imports.models import ImportBatch, State
from lms.imports.presenting import (
    describe_file,
    is_looking,
    say_queued,
    say_read_as,
    wizard_steps,
)
from lms.imports.problems import describe_parts
from lms.imports.readers.facts import FileRefused
from lms.imports.recognising import STARTS_CHECK, is_kind_open
from lms.imports.rereading import reread_file
from lms.imports.reviewing import word_problem
from lms.imports.starting import compose_options, is_encoding_guessed
from lms.imports.transitions import StateConflict
from lms.imports.views.guarding import managed, send_to_step
from lms.imports.views.uploading import crumbs_of
from lms.people.access import PersonRequest
from lms.people.permissions import Permission, may

_MAPPED: Final = (State.UPLOADED, State.READY, State.REFUSED)


@require_http_methods(["GET", "POST"])
@managed
def map_fields(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """The mapping page; while the worker still looks at the file, the page that waits for it."""
    if not (batch.state in _MAPPED or (batch.state == State.FAILED and batch.failed_in == State.CHECKING)):
        return send_to_step(request, batch)
    if is_kind_open(batch) and batch.sniffed:
        return redirect("imports:kind", number=batch.number)
    importer = importer_of(batch)
    page = _page_before(request, batch, importer)
    if page is not None:
        return page
    is_chosen = "columns" in batch.mapping
    proposal = (
        mappings.chosen_mapping(importer, batch=batch)
        if is_chosen
        else mappings.suggest_mapping(importer, batch=batch, actor=request.user)
    )
    data = request.POST if request.method == "POST" else None
    may_send = may(request.user, Permission.SEND_MESSAGES)
    form = MappingForm(data, batch=batch, importer=importer, proposal=proposal, actor=request.user, may_send=may_send)
    if data is not None:
        answer = _act(request, batch, importer=importer, form=form, proposal=proposal)
        if answer is not None:
            return answer
    return _show_mapping(request, batch, importer=importer, form=form, proposal=proposal)


def _page_before(request: PersonRequest, batch: ImportBatch, importer: Importer) -> HttpResponse | None:
    """Return the page of a file that cannot be mapped: not yet, not at all, or not before something is chosen."""
    if is_looking(batch):
        return render(request, "imports/looking.html", _frame(batch, importer))
    if not batch.sniffed:
        return render(request, "imports/unreadable.html", _frame(batch, importer) | _refusal(batch, importer))
    question = importer.open_question(batch)
    return redirect(question) if question else None


def _act(
    request: PersonRequest, batch: ImportBatch, *, importer: Importer, form: MappingForm, proposal: mappings.Proposal
) -> HttpResponse | None:
    """Do what the pressed button says; None: show the page again, with what was chosen."""
    action = request.POST.get("action", "update")
    if action == "update" or not form.is_valid():
        return None
    questions = ask_about(importer, batch=batch, actor=request.user)
    mapping = _with_date_order(request, questions, form.to_mapping(before=proposal.mapping))
    options = compose_options(
        importer, batch=batch, tenant=request.tenant, proposal=proposal, failure_mode=form.chosen_failure_mode()
    )
    if action == "preset":
        _save_preset(request, batch, form, mapping=mapping, options=options)
        return None
    if needs_answer(questions, mapping):
        messages.error(request, _("Answer the question above first"))
        return None
    # What the review would ask for; without an answer the import waits there if there is something to send (E-70).
    answers = {"messages": form["messages"].value() or ""} if action == "check_import" else None
    return _check(request, batch, mapping=mapping, options=options, answers=answers)


def _save_preset(
    request: PersonRequest, batch: ImportBatch, form: MappingForm, *, mapping: mappings.Mapping, options: dict[str, Any]
) -> None:
    name = form.cleaned_data["preset_name"].strip()
    if not name:
        form.add_error("preset_name", _("Give the preset a name."))
        return
    if mappings.is_preset(batch, name=name) and not may(request.user, Permission.TAKE_OVER_IMPORTS):
        raise PermissionDenied  # team roles add presets, they do not replace the organisation's
    mappings.save_preset(batch, name=name, mapping=mapping, options=options)
    messages.success(request, _("Saved as preset “%(name)s”.") % {"name": name})


def _check(
    request: PersonRequest,
    batch: ImportBatch,
    *,
    mapping: mappings.Mapping,
    options: dict[str, Any],
    answers: dict[str, Any] | None,
) -> HttpResponse:
    """Remember the mapping and start the check; with `answers` it goes on by itself if nothing is open (E-70)."""
    mappings.remember_mapping(batch, actor=request.user, mapping=mapping, options=options)
    confirm_with = {"actor": request.user.pk, "answers": answers} if answers is not None else None
    try:
        request_check(batch, actor=request.user, mapping=mapping.to_json(), options=options, confirm_with=confirm_with)
    except StateConflict:
        batch.refresh_from_db()
        return send_to_step(request, batch)
    if answers is not None:
        messages.success(request, say_queued())
    return redirect("imports:checking", number=batch.number)


def _with_date_order(request: PersonRequest, questions: list[Question], mapping: mappings.Mapping) -> mappings.Mapping:
    """Return the mapping with the answer to F006, if one of those on offer was given (E-04)."""
    answer = request.POST.get("date_order", "")
    offered = {known.value for question in questions if question.field == "date_order" for known in question.answers}
    if answer not in offered:
        return mapping
    return replace(mapping, date_format=answer, date_order_answered=True)


def _show_mapping(
    request: PersonRequest, batch: ImportBatch, *, importer: Importer, form: MappingForm, proposal: mappings.Proposal
) -> HttpResponse:
    mapping = form.to_mapping(before=proposal.mapping)
    if form.is_bound:
        form.is_valid()
    questions = ask_about(importer, batch=batch, actor=request.user)
    missing = mappings.missing_columns(importer, mapping)
    repeated = mappings.repeated_columns(mapping)
    context = _frame(batch, importer) | {
        "form": form,
        "reading": ReadingForm(batch=batch),
        "rows": present_mapping(importer, batch=batch, form=form, proposal=proposal),
        "checks": [form[f"check_{key}"] for key in mappings.CHECK_FIELDS],
        "unused": mappings.unused_columns(batch, mapping),
        "questions": questions,
        "problems": [
            word_problem(p["code"], p["params"], field_key="", importer=importer)
            for p in batch.problems
            if p["code"] not in _ASKED
        ],
        "waits_because": _say_why_it_waits(batch, missing, mapping),
        "reason": _reason(questions, missing, repeated, mapping),
        "is_folded": proposal.is_exact and not form.is_bound and "columns" not in batch.mapping and not questions,
        "memory": proposal.memory,
        "read_as": say_read_as(batch),
        "names": _sample_names(batch),
        "sample": _sample_table(batch),
        "is_remembered": mappings.is_remembered(batch),
    }
    status = 422 if form.is_bound and form.errors and request.POST.get("action") != "update" else 200
    return render(request, "imports/map.html", context, status=status)


def _say_why_it_waits(batch: ImportBatch, missing: list[Column], mapping: mappings.Mapping) -> list[str]:
    """Return why the check of a file that was to begin by itself has not begun, everything at once (T-09)."""
    if STARTS_CHECK not in batch.mapping:
        return []
    words = []
    if missing:
        fields = ", ".join(str(column.label) for column in missing)
        words.append(describe_parts("F004", {"field": fields})[0])
    unused = mappings.unused_columns(batch, mapping)
    if unused:
        words.append(_("Not used: %(names)s.") % {"names": ", ".join(unused)})
    if is_encoding_guessed(batch):
        words.append(_("The encoding of the text is a guess: look at the sample."))
    return words or [_("Look at what was found before the check begins.")]


_ASKED: Final = frozenset({"F006", "F011"})
_TEMPLATE_REFUSED: Final = {
    "F009": gettext_lazy("This template is for something else"),
    "F014": gettext_lazy("This template is out of date"),
}


def _reason(questions: list[Any], missing: list[Any], repeated: set[int], mapping: mappings.Mapping) -> str:
    """Return why the check cannot start yet, or nothing."""
    if missing:
        return _("Choose the column that holds %(field)s") % {"field": missing[0].label}
    if repeated:
        return _("One column is chosen for two fields")
    if needs_answer([question for question in questions if question.blocks_reading], mapping):
        return _("Answer the question above first")
    return ""


def _sample_names(batch: ImportBatch) -> str:
    """Return up to three sample texts with letters beyond ASCII, by which a person sees whether the encoding is right."""
    if (batch.sniffed or {}).get("format") != "csv":
        return ""
    texts = [
        text
        for _, cells in (batch.sniffed or {}).get("sample_rows") or []
        for text in cells
        if isinstance(text, str) and text and not text.isascii()
    ]
    return ", ".join(list(dict.fromkeys(texts))[:3])


def _sample_table(batch: ImportBatch) -> list[tuple[int, list[str]]]:
    width = len((batch.sniffed or {}).get("headers") or [])
    return [
        (row_no, [cell_text(cell) for cell in (cells + [None] * width)[:width]])
        for row_no, cells in (batch.sniffed or {}).get("sample_rows") or []
    ]


def _refusal(batch: ImportBatch, importer: Importer) -> dict[str, Any]:
    """Return why the file was refused, whether reading it otherwise could help, and the ways on from there (S-26, S-43)."""
    unread: dict[str, Any] = {"code": "F001", "params": {}}
    problem = next((p for p in batch.problems if p["code"] != "F008"), unread)
    sentence, fix = describe_parts(problem["code"], problem["params"], words=importer.problem_words)
    helps = problem["params"].get("kind") in {"encoding", "quote"} or problem["code"] == "F002"
    return {
        "headline": _TEMPLATE_REFUSED.get(problem["code"], _("This file cannot be imported")),
        "code": problem["code"],
        "sentence": sentence,
        "fix": fix,
        "reading": ReadingForm(batch=batch) if helps else None,
        "again": importer.start_again(batch),
        "ways_on": importer.ways_on(batch) if problem["code"] in _TEMPLATE_REFUSED else [],
    }


def _frame(batch: ImportBatch, importer: Importer) -> dict[str, Any]:
    return {
        "batch": batch,
        "importer": importer,
        "steps": wizard_steps(batch, current=1),
        "crumbs": crumbs_of(importer, batch),
        "file_facts": describe_file(batch),
        "headers": mappings.header_names(batch),
    }


@require_POST
@managed
def change_reading(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """Read the file again with other options and come back to the mapping page (E-54, E-01, E-02)."""
    if batch.state not in _MAPPED:
        return send_to_step(request, batch)
    form = ReadingForm(request.POST, batch=batch)
    if form.is_valid():
        if "read-header_row" in request.POST:
            note_first_row_answered(batch)
        try:
            reread_file(batch, tenant=request.tenant, read_options=form.to_options(batch))
        except FileRefused as refused:
            sentence, fix = describe_parts(refused.code, refused.params)
            messages.error(
                request, _("Not read like this: %(why)s The file is shown as before.") % {"why": f"{sentence} {fix}"}
            )
    return redirect("imports:map", number=batch.number)
