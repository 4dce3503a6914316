"""Checking and review: what the check found, options that can be switched, and the button that imports (E-15, E-39).

Import goes through a page of its own only where messages go out, or a number has to be typed (W11, E-60).
"""

from dataclasses import replace
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lms.core.text import match_key
from lms.core.wording import say_number
from lms.imports.access import may_manage
from lms.imports.bad_rows import list_changed_rows
from lms.imports.checking import request_check
from lms.imports.confirming import (
    ConfirmationRefused,
    TypedNumber,
    confirm_batch,
    is_stale,
    needs_typed_number,
)
from lms.imports.forms import ReviewOptionsForm, StatusForm
from lms.imports.importer import Importer, importer_of
from lms.imports.kind_words import CountWords
from lms.imports.mapping import Mapping, remember_mapping
from lms.imports.message_form import MessageForm
from lms.imports.message_words import review_messages, say_plan
from lms.imports.messaging.choosing import may_send, needs_choice
from lms.imports.models import ImportBatch, State
from lms.imports.options import describe_options
from lms.imports.outcome_words import outcome_bars
from lms.imports.presenting import (
    describe_file,
    has_changed_rows,
    say_changed,
    say_confirmation,
    say_import_button,
    say_nothing_to_do,
    say_queued,
    say_read_as,
    say_retention,
    say_totals,
    step_address,
    step_name,
    wizard_steps,
)
from lms.imports.reviewing import Review, build_review
from lms.imports.transitions import StateConflict
from lms.imports.views.bad_rows import describe_bad_rows
from lms.imports.views.guarding import managed, on_batch, refusal_words, send_to_step
from lms.imports.views.progress import live_context
from lms.imports.views.uploading import crumbs_of
from lms.people.access import PersonRequest


@require_GET
@on_batch
def checking(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """The page that waits for the check; leaving it stops nothing (L-70)."""
    if step_name(batch) != "checking":
        return send_to_step(request, batch)
    importer = importer_of(batch)
    context = live_context(batch, page="checking") | {
        "importer": importer,
        "steps": wizard_steps(batch, current=2),
        "crumbs": crumbs_of(importer, batch),
        "file_facts": describe_file(batch),
        "may_manage": may_manage(batch, request.user),
    }
    return render(request, "imports/checking.html", context)


@require_GET
@on_batch
def review(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """The review of a check."""
    if step_name(batch) != "review":
        return send_to_step(request, batch)
    return _show_review(request, batch)


def _show_review(
    request: PersonRequest, batch: ImportBatch, *, form: MessageForm | None = None, typed: str = "", status: int = 200
) -> HttpResponse:
    importer = importer_of(batch)
    if has_changed_rows(batch):
        return _show_changed(request, batch, importer=importer)
    review = build_review(importer, batch=batch, actor=request.user)
    about = review_messages(batch, tenant=request.tenant, actor=request.user)
    brake = needs_typed_number(batch) if batch.state == State.READY else None
    statuses = judge_statuses(importer, batch)
    context = _frame(request, batch, importer=importer) | {
        "review": review,
        "about": about,
        "message_form": form or MessageForm(tenant=request.tenant, may_send=about.may_send),
        "panel": importer.review_panel(batch=batch, tenant=request.tenant, actor=request.user),
        "ready": _say_ready(importer, batch, review=review),
        "totals": say_totals(batch),
        "nothing_to_do": "" if review.importable or review.failed else say_nothing_to_do(batch),
        "all_fine": _say_count(importer.words.all_fine, batch.data_rows),
        "foot": _say_foot(importer, batch, review=review),
        "bars": outcome_bars(batch, counts=batch.planned),
        "forms": option_forms(request, batch, importer=importer),
        "statuses": statuses,
        "newer_answers": _newer_answers(importer, batch),
        "blocked": _why_blocked(importer, batch, review=review, may=may_manage(batch, request.user)),
        "is_stale": is_stale(batch),
        "brake": brake,
        "brake_words": _say_brake(importer, brake),
        "typed": typed,
        "button": say_import_button(batch),
        "confirmation": say_confirmation(batch) if about.needs_choice else say_confirmation(batch, messages=""),
        "retention": say_retention(batch),
    }
    context["has_options"] = bool(statuses) or any(one.visible_fields() for one in context["forms"])
    context |= describe_bad_rows(request, batch, importer=importer)
    return render(request, "imports/review.html", context, status=status)


def _show_changed(request: PersonRequest, batch: ImportBatch, *, importer: Importer) -> HttpResponse:
    """Show which rows became impossible between the check and the writing, so that nothing was saved (S-25)."""
    rows = list_changed_rows(importer, batch=batch, page=request.GET.get("page", ""))
    context = _frame(request, batch, importer=importer) | {"changed": say_changed(batch), "rows": rows}
    return render(request, "imports/changed.html", context)


def _frame(request: PersonRequest, batch: ImportBatch, *, importer: Importer) -> dict[str, Any]:
    return {
        "batch": batch,
        "importer": importer,
        "steps": wizard_steps(batch, current=3),
        "crumbs": crumbs_of(importer, batch),
        "read_as": say_read_as(batch),
        "again": importer.start_again(batch),
        "may_manage": may_manage(batch, request.user),
    }


def _say_ready(importer: Importer, batch: ImportBatch, *, review: Review) -> str:
    """Return what a check says of which nothing stands in the way; empty: the general sentence (S-22)."""
    return importer.say_ready(batch) if batch.state == State.READY and review.importable else ""


def _say_count(words: CountWords, count: int) -> str:
    return words(count) % {"n": say_number(count)}


def _say_foot(importer: Importer, batch: ImportBatch, *, review: Review) -> str:
    """Return what would happen to how many rows, for the foot of the page."""
    if batch.state == State.REFUSED:
        return _("Nothing was saved.")
    words = _say_count(importer.words.foot, review.importable)
    out = review.failed + review.left_out
    if not out:
        return words
    left_out = _("%(n)s left out") % {"n": say_number(out)}
    return f"{words}, {left_out}"


def _newer_answers(importer: Importer, batch: ImportBatch) -> list[dict[str, Any]]:
    """Return the two buttons of W9: which option they switch, to what, and which one holds now."""
    return [
        {"option": option, "value": value, "words": words, "is_chosen": batch.options.get(option) == value}
        for option, value, words in importer.newer_answers
    ]


def option_forms(request: PersonRequest, batch: ImportBatch, *, importer: Importer) -> list[Any]:
    """Return the importer's own options and the engine's, filled with what the check used."""
    return [
        importer.options_form(None, tenant=request.tenant, initial=batch.options),
        ReviewOptionsForm(importer=importer, initial=batch.options),
    ]


def judge_statuses(importer: Importer, batch: ImportBatch) -> list[dict[str, Any]]:
    """Return the statuses of the file, each with whether it counts as completed (L-85)."""
    ticked = batch.mapping.get("completed_statuses")
    judge = getattr(importer, "default_completed", None)
    return [
        {
            "value": status["value"],
            "key": match_key(status["value"]),
            "rows": status["rows"],
            "completed": match_key(status["value"]) in ticked
            if ticked is not None
            else bool(judge and judge(status["value"])),
        }
        for status in (batch.summary or {}).get("statuses") or []
    ]


def _why_blocked(importer: Importer, batch: ImportBatch, *, review: Review, may: bool) -> str:
    """Return why Import cannot be pressed, or nothing."""
    if not may:
        return refusal_words(batch)
    if batch.state == State.REFUSED and len(importer.failure_modes) > 1:
        return _("Some rows are bad, and you have chosen to import nothing then.")
    if batch.state == State.REFUSED:
        return str(importer.words.why_stopped)
    if not review.importable:
        return str(importer.words.nothing_to_do)
    return ""


@require_POST
@managed
def change_options(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """Check again with other options; no new upload is needed (E-15, L-85)."""
    if batch.state not in {State.READY, State.REFUSED}:
        return send_to_step(request, batch)
    importer = importer_of(batch)
    only = request.POST.get("only", "")
    # A button beside a number switches one option and leaves the others (W9).
    data = {**batch.options, only: request.POST.get(only, "")} if only in batch.options else request.POST
    own = importer.options_form(data, tenant=request.tenant, initial=batch.options)
    engine = ReviewOptionsForm(data, importer=importer, initial=batch.options)
    if not (own.is_valid() and engine.is_valid()):
        messages.error(request, _("Choose one of the options."))
        return redirect("imports:review", number=batch.number)
    mapping = Mapping.from_json(batch.mapping)
    if "has_statuses" in request.POST:
        statuses = StatusForm(request.POST, statuses=judge_statuses(importer, batch))
        if statuses.is_valid():
            mapping = replace(mapping, completed_statuses=statuses.cleaned_data["completed"])
    # What is chosen before the file is not switched here.
    switched = {name: answer for name, answer in own.cleaned_data.items() if not own.fields[name].widget.is_hidden}
    options = {**batch.options, **switched, **engine.cleaned_data}
    remember_mapping(batch, actor=request.user, mapping=mapping, options=options)
    try:
        request_check(batch, actor=request.user, mapping=mapping.to_json(), options=options)
    except StateConflict:
        batch.refresh_from_db()
    return send_to_step(request, batch)


@require_POST
@managed
def confirm(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """Import the rows: once, however often it is pressed (W12, E-39, E-60)."""
    if batch.state == State.READY and not batch.planned:
        return send_to_step(request, batch)  # the file is read otherwise since: the check no longer holds
    form = None
    if _is_as_shown(request, batch) and needs_choice(batch):
        form = MessageForm(request.POST, tenant=request.tenant, may_send=may_send(batch, request.user))
        if not form.is_valid():
            return _show_review(request, batch, form=form, typed=request.POST.get("typed", ""), status=422)
        if form.is_sending and not request.POST.get("sure"):
            return _ask_once_more(request, batch, form=form)
    return _confirm(request, batch, form=form)


def _confirm(request: PersonRequest, batch: ImportBatch, *, form: MessageForm | None) -> HttpResponse:
    try:
        batch = confirm_batch(batch, actor=request.user, answers=_answers(request, form))
    except ConfirmationRefused as refused:
        batch.refresh_from_db()
        if refused.reason == "number" or form is None:
            words = refused.words if request.POST.get("typed") or request.POST.get("sure") else ""
            return _ask_once_more(request, batch, form=form, typed_error=words)
        form.add_error("messages", refused.words)
        return _show_review(request, batch, form=form, status=422)
    except StateConflict:
        batch.refresh_from_db()
        words = (
            _("This import was checked again since; look at its numbers before you import.")
            if batch.state == State.READY
            else _("This import is no longer waiting for you; this is how it stands.")
        )
        messages.warning(request, words)
        return send_to_step(request, batch)
    if batch.state == State.CHECKING:
        messages.info(
            request, _("The numbers were old; checking again. If none changes, the import goes on by itself.")
        )
    else:
        messages.success(request, say_queued())
    return redirect(step_address(batch))


def _is_as_shown(request: PersonRequest, batch: ImportBatch) -> bool:
    """Return whether the import still waits with the numbers the person has seen; if not, the confirmation says so."""
    checked = request.POST.get("checked", "")
    is_same = not checked or (batch.checked_at is not None and checked == batch.checked_at.isoformat())
    return batch.state == State.READY and is_same


def _answers(request: PersonRequest, form: MessageForm | None) -> dict[str, Any]:
    answers: dict[str, Any] = {"typed": request.POST.get("typed", ""), "checked": request.POST.get("checked", "")}
    return answers | (form.answers() if form else {})


def _ask_once_more(
    request: PersonRequest, batch: ImportBatch, *, form: MessageForm | None, typed_error: str = ""
) -> HttpResponse:
    """Show what is about to happen, where messages go out or the number of changes has to be typed (W11, E-39)."""
    importer = importer_of(batch)
    answers = form.answers() if form else {}
    chosen = str(answers.get("messages", ""))
    typed = request.POST.get("typed", "")
    context = {
        "batch": batch,
        "importer": importer,
        "steps": wizard_steps(batch, current=3),
        "crumbs": crumbs_of(importer, batch),
        "question": say_confirmation(batch, messages=chosen),
        "facts": [
            *describe_options(importer, batch=batch, tenant=request.tenant),
            (_("Messages"), say_plan(batch, form=form)),
        ],
        "kept": [(name, request.POST[name]) for name in _KEPT_ANSWERS if name in request.POST],
        "brake_words": _say_brake(importer, needs_typed_number(batch, messages=chosen)),
        "typed": typed,
        "typed_error": typed_error,
        "button": say_import_button(batch),
    }
    return render(request, "imports/confirm.html", context, status=422 if typed_error else 200)


def _say_brake(importer: Importer, brake: TypedNumber | None) -> str:
    """Return what has to be typed and why (E-39); empty where nothing has to be."""
    if brake is None:
        return ""
    words = _("This sends %(n)s messages. Type %(n)s to confirm:") if brake.reason == "messages" else None
    return str(words or importer.words.many_changes) % {"n": say_number(brake.number)}


_KEPT_ANSWERS: Final = ("messages", "send_on", "send_hour")


@require_POST
@managed
def check_again(request: PersonRequest, batch: ImportBatch) -> HttpResponseBase:
    """Repeat the check with the same answers."""
    try:
        request_check(batch, actor=request.user, mapping=batch.mapping, options=batch.options)
    except StateConflict:
        batch.refresh_from_db()
    return redirect(reverse("imports:checking", args=[batch.number]))
