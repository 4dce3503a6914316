"""The page of one import and its rows; cancel, go on, import the rest (spec: screens, Import page)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.core.components import Tab
from lms.core.wording import say_moment, say_number
from lms.imports.access import may_manage, may_undo
from lms.imports.confirming import cancel_batch, continue_batch, may_cancel
from lms.imports.effects import name_effect, say_consequences
from lms.imports.importer import Importer, importer_of
from lms.imports.mapping import header_names
from lms.imports.message_words import say_choice, say_progress
from lms.imports.messaging.writing import withdraw_import_messages
from lms.imports.models import FINISHED_STATES, ImportBatch, ImportRow, Outcome, State
from lms.imports.options import describe_options
from lms.imports.outcome_words import count_outcomes, name_outcome, outcome_bars, outcome_tone, words_for
from lms.imports.outcomes import final_outcome
from lms.imports.presenting import (
    describe_file,
    rows_not_in,
    say_interrupted,
    say_read_as,
    say_result,
    say_retention,
    step_name,
)
from lms.imports.results import count_open_rows
from lms.imports.reviewing import word_problem
from lms.imports.selectors import RowFilter, find_rows
from lms.imports.transitions import StateConflict
from lms.imports.undoing import is_undoable
from lms.imports.views.guarding import managed, on_batch, send_to_step
from lms.imports.views.progress import live_context
from lms.imports.views.uploading import crumbs_of
from lms.notifications.messages import count_messages
from lms.notifications.wording import name_kind
from lms.people.access import PersonRequest


@require_GET
@on_batch
def batch(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """The page of an import that was confirmed, or has ended otherwise."""
    if step_name(batch) != "batch":
        return send_to_step(request, batch)
    importer = importer_of(batch)
    has_rows = batch.rows_deleted_on is None
    is_applied = batch.confirmed_at is not None
    # While the first rows are written there is nothing to be led to yet.
    has_written = is_applied and (batch.checkpoint > 0 or not batch.is_working)
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
        "undone": _say_undone(importer, batch) if batch.state == State.UNDONE else "",
        "rest": rows_not_in(batch) if batch.state in {State.FAILED, State.CANCELLED} and is_applied else 0,
        "retention": say_retention(batch),
        "has_rows": has_rows,
        "has_results": has_rows and is_applied and not batch.is_working,
        "open_rows": count_open_rows(batch) if batch.failed and batch.state in FINISHED_STATES else None,
        "corrects": (batch.summary or {}).get("corrects"),
        "follow_ups": importer.follow_ups(batch=batch, tenant=request.tenant, actor=request.user)
        if has_written
        else [],
        "may_manage": may_manage(batch, request.user),
        "may_undo": may_undo(batch, request.user) and is_undoable(batch, tenant=request.tenant),
        "may_cancel": may_cancel(batch),
    }
    return render(request, "imports/batch.html", context | _describe_messages(batch))


def _say_undone(importer: Importer, batch: ImportBatch) -> str:
    """Return what undoing the import has done."""
    numbers = {name: say_number((batch.undo_summary or {}).get(name) or 0) for name in ("removed", "restored", "kept")}
    return str(importer.words.undone) % numbers


def _describe_messages(batch: ImportBatch) -> dict[str, Any]:
    """Return what has become of the messages of an import, and whether some can still be withdrawn (E-21)."""
    if batch.confirmed_at is None:
        return {}
    counts = count_messages(batch_id=batch.pk)
    is_over = batch.state in {State.UNDOING, State.UNDONE}
    return {
        "message_choice": say_choice(batch),
        "message_lines": say_progress(batch, counts, now=timezone.now()),
        "undelivered": counts.failed,
        "may_withdraw": counts.can_be_withdrawn and not is_over,
    }


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
    importer = importer_of(batch)
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
    asked = {name: request.GET.get(name, "").strip() for name in ("outcome", "code", "effect", "kind", "q")}
    narrowed = RowFilter(
        outcome=asked["outcome"], code=asked["code"], effect=asked["effect"], kind=asked["kind"], text=asked["q"]
    )
    page = find_rows(batch, narrowed, after=request.GET.get("after", ""))
    columns = shown_columns(batch, importer)
    kept = {name: value for name, value in asked.items() if value}
    counts = batch.counts or batch.planned or {}
    names = [""] + [name for name in Outcome.values if counts.get(name)]
    address, words = request.path, words_for(batch)
    return {
        "columns": [name for name, _place in columns],
        "lines": [describe_row(row, batch=batch, importer=importer, columns=columns) for row in page.rows],
        "tabs": [
            Tab(
                name_outcome(name, words=words, is_planned=batch.confirmed_at is None) if name else _("All rows"),
                f"{address}?{urlencode({k: v for k, v in {**kept, 'outcome': name}.items() if v})}",
                active=name == narrowed.outcome,
                count=counts.get(name) if name else batch.data_rows,
            )
            for name in names
        ],
        "next": f"?{urlencode({**kept, 'after': page.after})}" if page.after else "",
        "first": f"?{urlencode(kept)}" if request.GET.get("after") else "",
        "q": narrowed.text,
        "outcome": narrowed.outcome,
        "kept": [(name, value) for name, value in kept.items() if name != "q"],
        "narrowed_to": _name_filter(narrowed, importer=importer),
        "is_filtered": bool(kept),
    }


def _name_filter(narrowed: RowFilter, *, importer: Importer) -> str:
    """Return what the rows are narrowed down to by a link of another page, in words."""
    if narrowed.kind:
        return _("Message: %(kind)s") % {"kind": name_kind(narrowed.kind)}
    return name_effect(narrowed.effect, importer=importer) or narrowed.code


def shown_columns(batch: ImportBatch, importer: Importer) -> list[tuple[str, int]]:
    """Return name and place of the file's columns that were mapped, in the order of the importer's fields."""
    names = header_names(batch)
    mapped = (batch.mapping or {}).get("columns") or {}
    return [
        (names[mapped[column.key]], mapped[column.key])
        for column in importer.columns
        if column.key in mapped and mapped[column.key] < len(names)
    ]


def describe_row(
    row: ImportRow, *, batch: ImportBatch, importer: Importer, columns: list[tuple[str, int]]
) -> dict[str, Any]:
    """Return one row of the log for a page: its mapped cells, its outcome, its problems in words."""
    outcome = final_outcome(row, batch=batch)
    find_by = batch.mapping.get("find_by", "username")
    return {
        "row_no": row.row_no,
        "cells": [(name, _cell(row.cells, place)) for name, place in columns],
        "outcome": name_outcome(outcome, words=words_for(batch), is_planned=batch.confirmed_at is None),
        "tone": outcome_tone(outcome),
        "is_failed": outcome in {Outcome.REJECTED, Outcome.ERRORED},
        "problems": [
            (code, " ".join(word_problem(code, params, field_key=key, importer=importer, find_by=find_by)).strip())
            for code, key, params in row.problems
        ],
        "change": _say_change(row.plan, importer=importer),
        "consequences": say_consequences(row.plan, importer=importer),
        "messages": [name_kind(kind) for kind in row.plan.get("messages", ())],
    }


def _say_change(plan: dict[str, Any], *, importer: Importer) -> str:
    """Return what was current before the row and after it."""
    if not (plan.get("before") and plan.get("after")):
        return ""
    return str(importer.words.change_of_current) % {"a": plan["before"], "b": plan["after"]}


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
        cancelled, nothing = _("Cancelled."), importer_of(batch).words.nothing_done
        messages.info(request, cancelled if batch.imported else f"{cancelled} {nothing}")
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


@require_http_methods(["GET", "POST"])
@managed
def withdraw(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """Take back the messages that have not gone out yet, after asking once (E-21)."""
    counts = count_messages(batch_id=batch.pk)
    if request.method == "GET" and counts.can_be_withdrawn:
        context = {
            "batch": batch,
            "crumbs": crumbs_of(importer_of(batch), batch),
            "lines": say_progress(batch, counts, now=timezone.now()),
            "waiting": counts.held + counts.waiting,
        }
        return render(request, "imports/withdraw.html", context)
    if request.method == "POST":
        _withdraw(request, batch)
    else:
        messages.info(request, _("There is nothing to withdraw any more."))
    return redirect("imports:batch", number=batch.number)


def _withdraw(request: PersonRequest, batch: ImportBatch) -> None:
    try:
        number = withdraw_import_messages(batch, actor=request.user)
    except StateConflict:
        messages.warning(request, _("The messages cannot be withdrawn now; this is how the import stands."))
        return
    words = ngettext("%(n)s e-mail was withdrawn.", "%(n)s e-mails were withdrawn.", number)
    messages.success(request, words % {"n": say_number(number)} if number else _("The messages were withdrawn."))
