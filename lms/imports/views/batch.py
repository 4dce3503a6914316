"""The page of one import and its rows; cancel, go on, import the rest (spec: screens, Import page)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lms.core.components import Tab
from lms.core.wording import say_moment
from lms.imports.access import may_manage, may_undo
from lms.imports.confirming import cancel_batch, continue_batch
from lms.imports.importer import Importer, get_importer
from lms.imports.mapping import header_names
from lms.imports.models import FINISHED_STATES, ImportBatch, ImportRow, Outcome, State
from lms.imports.options import describe_options
from lms.imports.outcomes import final_outcome
from lms.imports.presenting import (
    count_outcomes,
    describe_file,
    name_outcome,
    outcome_bars,
    outcome_tone,
    rows_not_in,
    say_interrupted,
    say_read_as,
    say_result,
    say_retention,
    step_name,
)
from lms.imports.results import count_open_rows
from lms.imports.reviewing import word_problem
from lms.imports.selectors import find_rows
from lms.imports.transitions import StateConflict
from lms.imports.undoing import is_undoable
from lms.imports.views.guarding import managed, on_batch, send_to_step
from lms.imports.views.progress import live_context
from lms.imports.views.uploading import crumbs_of
from lms.people.access import PersonRequest


@require_GET
@on_batch
def batch(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """The page of an import that was confirmed, or has ended otherwise."""
    if step_name(batch) != "batch":
        return send_to_step(request, batch)
    importer = get_importer(batch.kind)
    has_rows = batch.rows_deleted_on is None
    is_applied = batch.confirmed_at is not None
    counts = _final_counts(batch)
    context = live_context(batch, page="batch") | {
        "importer": importer,
        "crumbs": crumbs_of(importer, batch),
        "file_facts": describe_file(batch),
        "history": _history(batch),
        "options": describe_options(importer, batch=batch, tenant=request.tenant),
        "read_as": say_read_as(batch) if batch.sniffed else "",
        "numbers": count_outcomes(counts),
        "not_processed": counts.get(Outcome.NOT_PROCESSED, 0),
        "bars": outcome_bars(batch, counts=counts),
        "result": say_result(batch) if batch.state in FINISHED_STATES else "",
        "interrupted": say_interrupted(batch) if batch.state in {State.FAILED, State.CANCELLED} and is_applied else "",
        "rest": rows_not_in(batch) if batch.state in {State.FAILED, State.CANCELLED} and is_applied else 0,
        "retention": say_retention(batch),
        "has_rows": has_rows,
        "has_results": has_rows and is_applied and not batch.is_working,
        "open_rows": count_open_rows(batch) if batch.failed and batch.state in FINISHED_STATES else None,
        "corrects": (batch.summary or {}).get("corrects"),
        "may_manage": may_manage(batch, request.user),
        "may_undo": may_undo(batch, request.user) and is_undoable(batch, tenant=request.tenant),
        "may_cancel": batch.state in {State.QUEUED, State.APPLYING} and not batch.cancel_requested,
    }
    return render(request, "imports/batch.html", context)


def _final_counts(batch: ImportBatch) -> dict[str, int]:
    """Return the outcomes so far; before anything was applied, nothing."""
    return {outcome: rows for outcome, rows in (batch.counts or {}).items() if rows}


def _history(batch: ImportBatch) -> list[tuple[str, str]]:
    """Return what happened to the import, in the order in which it happened."""
    steps = [(_("Uploaded"), f"{say_moment(batch.uploaded_at)}, {batch.uploader_name}")]
    if batch.checked_at:
        steps.append((_("Checked"), say_moment(batch.checked_at)))
    if batch.confirmed_at:
        confirmed = batch.confirmed_by.full_name if batch.confirmed_by else ""
        steps.append((_("Confirmed"), ", ".join(part for part in (say_moment(batch.confirmed_at), confirmed) if part)))
    if batch.finished_at:
        steps.append((_("Ended"), say_moment(batch.finished_at)))
    if batch.undone_at:
        undone = batch.undone_by.full_name if batch.undone_by else ""
        steps.append((_("Undone"), f"{say_moment(batch.undone_at)}, {undone}"))
    if batch.undo_reason:
        steps.append((_("Reason"), batch.undo_reason))
    return steps


@require_GET
@on_batch
def rows(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """The rows of an import: failed first, searchable, page by page (E-67: gone after the purge)."""
    importer = get_importer(batch.kind)
    context: dict[str, Any] = {
        "batch": batch,
        "importer": importer,
        "crumbs": [
            *crumbs_of(importer, batch)[:-1],
            (_("Import %(n)s") % {"n": batch.number}, reverse("imports:batch", args=[batch.number])),
            (_("Rows"), None),
        ],
        "retention": say_retention(batch),
        "is_deleted": batch.rows_deleted_on is not None,
    }
    if batch.rows_deleted_on is None:
        context |= _describe_rows(request, batch, importer)
    return render(request, "imports/rows.html", context)


def _describe_rows(request: PersonRequest, batch: ImportBatch, importer: Importer) -> dict[str, Any]:
    outcome, code = request.GET.get("outcome", ""), request.GET.get("code", "")
    text = request.GET.get("q", "").strip()
    page = find_rows(batch, outcome=outcome, code=code, text=text, after=request.GET.get("after", ""))
    columns = _shown_columns(batch, importer)
    kept = {key: value for key, value in (("outcome", outcome), ("code", code), ("q", text)) if value}
    counts = batch.counts or batch.planned or {}
    names = [""] + [name for name in Outcome.values if counts.get(name)]
    address = request.path
    return {
        "columns": [name for name, _place in columns],
        "lines": [_describe_row(row, batch=batch, importer=importer, columns=columns) for row in page.rows],
        "tabs": [
            Tab(
                name_outcome(name, is_planned=batch.confirmed_at is None) if name else _("All rows"),
                f"{address}?{urlencode({k: v for k, v in {**kept, 'outcome': name}.items() if v})}",
                active=name == outcome,
                count=counts.get(name) if name else batch.data_rows,
            )
            for name in names
        ],
        "next": f"?{urlencode({**kept, 'after': page.after})}" if page.after else "",
        "first": f"?{urlencode(kept)}" if request.GET.get("after") else "",
        "q": text,
        "outcome": outcome,
        "code": code,
        "is_filtered": bool(kept),
    }


def _shown_columns(batch: ImportBatch, importer: Importer) -> list[tuple[str, int]]:
    """Return name and place of the file's columns that were mapped, in the order of the importer's fields."""
    names = header_names(batch)
    mapped = (batch.mapping or {}).get("columns") or {}
    return [
        (names[mapped[column.key]], mapped[column.key])
        for column in importer.columns
        if column.key in mapped and mapped[column.key] < len(names)
    ]


def _describe_row(
    row: ImportRow, *, batch: ImportBatch, importer: Importer, columns: list[tuple[str, int]]
) -> dict[str, Any]:
    outcome = final_outcome(row, batch=batch)
    find_by = batch.mapping.get("find_by", "username")
    return {
        "row_no": row.row_no,
        "cells": [(name, _cell(row.cells, place)) for name, place in columns],
        "outcome": name_outcome(outcome, is_planned=batch.confirmed_at is None),
        "tone": outcome_tone(outcome),
        "is_failed": outcome in {Outcome.REJECTED, Outcome.ERRORED},
        "problems": [
            (code, " ".join(word_problem(code, params, field_key=key, importer=importer, find_by=find_by)).strip())
            for code, key, params in row.problems
        ],
        "effect": row.plan,
    }


def _cell(cells: list[Any], place: int) -> str:
    cell = cells[place] if place < len(cells) else None
    if isinstance(cell, dict):
        return str(next(iter(cell.values()), ""))
    return "" if cell is None else str(cell)


@require_POST
@managed
def cancel(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """Cancel an import; what is in stays and can be undone."""
    try:
        cancel_batch(batch, actor=request.user)
    except StateConflict:
        batch.refresh_from_db()
        messages.warning(request, _("It was too late to cancel; this is how the import stands."))
        return send_to_step(request, batch)
    batch.refresh_from_db()
    if batch.state == State.CANCELLED:
        messages.info(request, _("Cancelled. Nothing was imported.") if not batch.imported else _("Cancelled."))
    else:
        messages.info(request, _("Stops after the current rows."))
    return send_to_step(request, batch)


@require_POST
@managed
def go_on(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """Go on where it stopped, or import the rest of a cancelled import."""
    try:
        continue_batch(batch, actor=request.user)
    except StateConflict:
        messages.warning(request, _("There is nothing to go on with; this is how the import stands."))
    batch.refresh_from_db()
    return redirect("imports:batch", number=batch.number)
