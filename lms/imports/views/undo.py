"""Undo: what goes back, what stays and why, the reason, and doing it (E-68, W17)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from lms.core.wording import say_date, say_number
from lms.imports.access import may_undo, visible_batches
from lms.imports.forms import UndoForm
from lms.imports.importer import Importer, UndoCounts, get_importer
from lms.imports.message_words import say_undo
from lms.imports.models import ImportBatch, State
from lms.imports.presenting import say_retention, undo_until
from lms.imports.transitions import StateConflict
from lms.imports.undoing import is_undoable, preview_undo, request_undo
from lms.imports.views.guarding import on_batch
from lms.imports.views.uploading import crumbs_of
from lms.notifications.messages import count_messages, count_recipients
from lms.people.access import PersonRequest
from lms.people.models import User
from lms.people.selectors import visible_people


@require_http_methods(["GET", "POST"])
@on_batch
def undo(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """Show what undoing would do; do it when asked with a reason. Too late or not allowed: who may, and until when."""
    if batch.state in {State.UNDOING, State.UNDONE}:
        return redirect("imports:batch", number=batch.number)
    if not may_undo(batch, request.user) or not is_undoable(batch, tenant=request.tenant):
        return _refuse(request, batch)
    form = UndoForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            request_undo(batch, tenant=request.tenant, actor=request.user, reason=form.cleaned_data["reason"])
        except StateConflict:
            messages.warning(request, _("It can no longer be undone; this is how the import stands."))
        return redirect("imports:batch", number=batch.number)
    return _show(request, batch, form)


def _show(request: PersonRequest, batch: ImportBatch, form: UndoForm) -> HttpResponse:
    counts = preview_undo(batch, tenant=request.tenant, actor=request.user)
    kept = _explain(counts.kept_examples, actor=request.user)
    sent = count_messages(batch_id=batch.pk)
    context = _frame(batch) | {
        "form": form,
        "counts": counts,
        "question": _("Undo import %(n)s?") % {"n": batch.number},
        "button": _("Undo import %(n)s") % {"n": batch.number},
        "sentences": [
            *_say(counts, importer=get_importer(batch.kind)),
            *say_undo(sent, recipients=count_recipients(batch_id=batch.pk) if sent.sent else 0),
        ],
        "kept": kept,
        "more_kept": max(counts.kept - len(kept), 0),
        "retention": say_retention(batch),
    }
    return render(request, "imports/undo.html", context, status=422 if form.errors else 200)


def _say(counts: UndoCounts, *, importer: Importer) -> list[str]:
    """Return W17, a sentence a line."""
    lines = [
        ngettext("%(n)s record is removed.", "%(n)s records are removed.", counts.removed)
        % {"n": say_number(counts.removed)}
    ]
    if counts.restored:
        lines.append(importer.words.restored(counts.restored) % {"n": say_number(counts.restored)})
    if counts.kept:
        words = ngettext(
            "%(n)s stays as it is, because something newer happened.",
            "%(n)s stay as they are, because something newer happened.",
            counts.kept,
        )
        lines.append(words % {"n": say_number(counts.kept)})
    return lines


def _explain(examples: Iterable[Mapping[str, Any]], *, actor: User) -> list[dict[str, Any]]:
    """Return who stays, and what happened since; nobody who has left the actor's reach. Two queries."""
    listed = list(examples)
    seen = set(
        visible_people(actor).filter(pk__in=[example["person_id"] for example in listed]).values_list("pk", flat=True)
    )
    listed = [example for example in listed if example["person_id"] in seen]
    later = {example["batch_id"] for example in listed if example.get("batch_id")}
    numbers = dict(visible_batches(actor).filter(pk__in=later).values_list("pk", "number"))
    return [
        {
            **example,
            "why": _say_why(example, numbers=numbers),
        }
        for example in listed
    ]


def _say_why(example: Mapping[str, Any], *, numbers: Mapping[int, int]) -> str:
    batch_id: int | None = example.get("batch_id")
    if batch_id is None:
        return example.get("reason") or _("changed by hand")
    if batch_id not in numbers:
        return _("another import came later")
    return _("import %(n)s came later") % {"n": numbers[batch_id]}


def _refuse(request: PersonRequest, batch: ImportBatch) -> HttpResponse:
    if not may_undo(batch, request.user):
        words = _("Only an administrator may undo this import, until %(date)s.") % {"date": say_date(undo_until(batch))}
        status = 403
    else:
        words = _("There is nothing to undo here. Imports can be undone until %(date)s.") % {
            "date": say_date(undo_until(batch))
        }
        status = 409
    return render(request, "imports/undo_refused.html", _frame(batch) | {"words": words}, status=status)


def _frame(batch: ImportBatch) -> dict[str, Any]:
    importer = get_importer(batch.kind)
    crumbs = crumbs_of(importer, batch)
    return {
        "batch": batch,
        "importer": importer,
        "crumbs": [*crumbs[:-1], (crumbs[-1][0], reverse("imports:batch", args=[batch.number])), (_("Undo"), None)],
    }
