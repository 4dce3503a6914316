"""The bad rows of an import of all or nothing: what the review shows of them, and leaving them out (S-21, S-39, S-40)."""

from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from lms.core.wording import say_number
from lms.imports.bad_rows import list_bad_cells
from lms.imports.importer import Importer
from lms.imports.leaving_out import ALREADY_RECORDED, is_all_recorded, leave_out_rows
from lms.imports.models import ImportBatch, Outcome, State
from lms.imports.outcome_words import count_outcomes, words_for
from lms.imports.presenting import say_stopped
from lms.imports.selectors import RowFilter, find_rows
from lms.imports.transitions import StateConflict
from lms.imports.views.batch import describe_row, shown_columns
from lms.imports.views.guarding import managed, send_to_step
from lms.people.access import PersonRequest

READY_SHOWN: Final = 10


def describe_bad_rows(request: PersonRequest, batch: ImportBatch, *, importer: Importer) -> dict[str, Any]:
    """Return what the review of an import of all or nothing says beside that of any other."""
    bad = count_outcomes(batch.planned)["failed"]
    context: dict[str, Any] = {}
    if batch.state == State.REFUSED:
        context |= {
            "stopped": say_stopped(batch),
            "bad_rows": bad,
            "is_all_recorded": is_all_recorded(importer, batch=batch),
            "recorded_code": ALREADY_RECORDED,
        }
    if not importer.lists_bad_rows:
        return context
    if bad:
        page = request.GET.get("page", "")
        context["bad_cells"] = list_bad_cells(importer, batch=batch, actor=request.user, page=page)
    return context | {"ready_rows": _describe_ready(batch, importer=importer)}


def _describe_ready(batch: ImportBatch, *, importer: Importer) -> dict[str, Any]:
    """Return the rows that are right: how many, and the first of them."""
    rows = find_rows(batch, RowFilter(outcome=Outcome.CREATED)).rows[:READY_SHOWN]
    columns = shown_columns(batch, importer)
    return {
        "title": words_for(batch).will_create,
        "count": batch.planned.get(Outcome.CREATED, 0),
        "columns": [name for name, _place in columns],
        "lines": [describe_row(row, batch=batch, importer=importer, columns=columns) for row in rows],
        "more": max(batch.planned.get(Outcome.CREATED, 0) - len(rows), 0),
    }


@require_POST
@managed
def leave_out(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """Leave the bad rows out, or those that are already recorded, and check again (S-39, S-40)."""
    code = ALREADY_RECORDED if request.POST.get("code") == ALREADY_RECORDED else ""
    try:
        rows = leave_out_rows(batch, actor=request.user, code=code)
    except StateConflict:
        messages.warning(request, _("No rows can be left out now; this is how the import stands."))
        batch.refresh_from_db()
        return send_to_step(request, batch)
    if not rows:
        messages.info(request, _("There is no such row."))
        return redirect("imports:review", number=batch.number)
    words = ngettext(
        "%(n)s row is left out; checking the others again.", "%(n)s rows are left out; checking the others again.", rows
    )
    messages.success(request, words % {"n": say_number(rows)})
    return redirect("imports:checking", number=batch.number)
