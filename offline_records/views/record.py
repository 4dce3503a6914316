"""One offline record: its page with origin and changes, correcting and removing it (G-03, W20)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from lms.core.components import Words
from lms.core.wording import say_date
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission, may
from lms.people.selectors import findable_people
from lms.tenancy.clock import today
from offline_records.models import OfflineRecord
from offline_records.record import load_record_sources, make_entry
from offline_records.records.changes import list_changes
from offline_records.records.editing import (
    ChangedMeanwhile,
    Correction,
    NothingChanged,
    correct_record,
    fingerprint,
    hold_record,
    remove_record,
    terms_of,
)
from offline_records.records.files import list_custom_fields
from offline_records.records.forms import ReasonForm, RecordForm
from offline_records.records.refusing import RecordRefused
from offline_records.records.values import Labels, values_of
from offline_records.views.crumbs import Crumb
from offline_records.views.record_crumbs import may_open, records_crumbs


@requires(Permission.SEE_PEOPLE)
@require_GET
def offline_record(request: PersonRequest, pk: int) -> HttpResponse:
    """Everything a record says, where it comes from, and what was changed since."""
    record = _find_record(request, pk)
    labels = Labels.of(list_custom_fields(record.activity_id))
    context = {
        "record": record,
        "entry": make_entry(record, sources=load_record_sources([record], is_own=False), day=today(request.tenant)),
        "facts": _list_facts(record, labels),
        "changes": list_changes(record, labels=labels),
        "may_edit": may(request.user, Permission.MANAGE_OFFLINE_ACTIVITIES),
        "crumbs": _make_crumbs(request, record),
    }
    return render(request, "offline_records/record.html", context)


def _find_record(request: PersonRequest, pk: int) -> OfflineRecord:
    """Return a record of somebody in reach; 404 for any other (G-06)."""
    reach = findable_people(request.user)
    records = OfflineRecord.objects.select_related("person__domain", "activity__category")
    return get_object_or_404(records.filter(person_id__in=reach.values("pk")), pk=pk)


def _list_facts(record: OfflineRecord, labels: Labels) -> list[tuple[Words, str]]:
    """Return the values a record has beside day and validity, by their names."""
    values = values_of(record)
    values.pop("expires_on", None)
    return [(labels.name(key), labels.say(key, values[key])) for key in labels.order(values)]


def _make_crumbs(request: PersonRequest, record: OfflineRecord, *, last: str = "") -> list[Crumb]:
    words = f"{record.person.full_name}, {say_date(record.completed_on)}"
    here = reverse("offline_record", args=[record.pk]) if last else None
    below: list[Crumb] = [(words, here), *([(last, None)] if last else [])]
    return records_crumbs(record.activity, *below, is_open=may_open(request.user, record.activity))


@requires(Permission.MANAGE_OFFLINE_ACTIVITIES)
@require_http_methods(["GET", "POST"])
def offline_record_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Correct a record by the rules of its activity; an archived one too."""
    record = _find_record(request, pk)
    terms = terms_of(record)
    initial = {**values_of(record), "completed_on": record.completed_on, "seen": fingerprint(record)}
    form = RecordForm(
        request.POST if request.method == "POST" else None, tenant=request.tenant, terms=terms, initial=initial
    )
    if form.is_bound and form.is_valid() and _correct(request, pk, form):
        messages.success(request, pgettext("offline records", "The record is corrected."))
        return redirect("offline_record", pk=pk)
    context = {"record": record, "form": form, "crumbs": _make_crumbs(request, record, last=_("Edit"))}
    return render(request, "offline_records/record_edit.html", context, status=422 if form.errors else 200)


def _correct(request: PersonRequest, pk: int, form: RecordForm) -> bool:
    answers = form.cleaned_data
    correction = Correction(completed_on=answers["completed_on"], values=answers["values"], seen=answers["seen"])
    try:
        held = hold_record(pk)
        correct_record(held, terms=terms_of(held), correction=correction, actor=request.user, reason=answers["reason"])
    except RecordRefused as refused:
        form.show_problems(refused.problems)
    except NothingChanged:
        form.add_error(None, _("Nothing was changed: this is what is recorded."))
    except ChangedMeanwhile:
        form.add_error(None, _say_changed())
    else:
        return True
    return False


@requires(Permission.MANAGE_OFFLINE_ACTIVITIES)
@require_http_methods(["GET", "POST"])
def offline_record_remove(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask once, with a reason, then take a record away."""
    record = _find_record(request, pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            remove_record(
                hold_record(pk),
                seen=request.POST.get("seen", ""),
                actor=request.user,
                reason=form.cleaned_data["reason"],
            )
        except ChangedMeanwhile:
            form.add_error(None, _say_changed())
        else:
            facts: dict[str, Any] = {"name": record.person.full_name, "date": say_date(record.completed_on)}
            messages.success(request, _("The record of %(name)s of %(date)s is removed.") % facts)
            return redirect("offline_activity_records", pk=record.activity_id)
    context = {
        "record": record,
        "form": form,
        "seen": fingerprint(record),
        "crumbs": _make_crumbs(request, record, last=_("Remove")),
    }
    return render(request, "offline_records/record_remove.html", context, status=422 if form.errors else 200)


def _say_changed() -> str:
    return _("Somebody else has just changed this record. Look at it, then try again.")
