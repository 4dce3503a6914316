"""The completion records of a person for one certification, and the editor of one record (T-72, T-81, G-03)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from certifications.models import Certification, CertificationAssignment, CertificationRecord, CertificationStatus
from certifications.record import CertificationLine, RecordEntry, build_certifications
from certifications.records.adding import AlreadyRecorded, add_record
from certifications.records.changes import list_corrections
from certifications.records.checker import explain_status
from certifications.records.editing import (
    Change,
    ChoiceNeeded,
    EditRefused,
    correct_record,
    delete_record,
    hold_records,
    make_current,
)
from certifications.records.forms import CorrectionForm, DeletionForm, NewRecordForm, ReasonForm
from certifications.selectors import usable_certifications
from certifications.wording import say_inconsistency, say_reason
from lms.core.wording import say_date
from lms.imports.importer import ConcurrentChange
from lms.notifications.choices import KindCount
from lms.people.access import PersonRequest, requires
from lms.people.models import User
from lms.people.permissions import Permission, may
from lms.people.selectors import findable_people
from lms.tenancy.clock import today

_CORRECT, _CHOOSE, _DELETE = "correct", "make_current", "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What a person has of one certification."""

    line: CertificationLine | None  # None: neither assigned nor ever certified
    entries: Sequence[RecordEntry]  # newest first
    inconsistencies: Sequence[str]

    @property
    def current_id(self) -> int | None:
        """The record behind the current certification."""
        return self.line.entry.record.pk if self.line and self.line.entry else None


@requires(Permission.SEE_PEOPLE)
@require_GET
def certification_record(request: PersonRequest, pk: int, certification_pk: int) -> HttpResponse:
    """How a person in reach stands in a certification, and every completion with why it expires when it does."""
    person = get_object_or_404(findable_people(request.user), pk=pk)
    certification = get_object_or_404(_seen_certifications(request.user, person), pk=certification_pk)
    page = _build_page(request, person, certification)
    context = {
        "person": person,
        "certification": certification,
        "page": page,
        "corrections": list_corrections(person, certification_id=certification.pk),
        "may_edit": may(request.user, Permission.MANAGE_CERTIFICATIONS),
        "is_catalogued": usable_certifications(request.user).filter(pk=certification.pk).exists(),
        "crumbs": record_crumbs(person, certification),
    }
    return render(request, "certifications/person_certification.html", context)


def _seen_certifications(actor: User, person: User) -> QuerySet[Certification]:
    """Return the certifications the actor may use, and those the person in reach has to do with."""
    owned = Q(pk__in=usable_certifications(actor).values("pk"))
    for table in (CertificationRecord, CertificationStatus, CertificationAssignment):
        owned |= Q(pk__in=table.objects.filter(person=person).values("certification_id"))
    return Certification.objects.filter(owned)


def _build_page(request: PersonRequest, person: User, certification: Certification) -> _Page:
    part = build_certifications(person, is_own=False, day=today(request.tenant))
    line = next((found for found in part.current if found.certification.pk == certification.pk), None)
    entries = [line.entry] if line and line.entry else []
    entries += [entry for entry in part.history if entry.certification.pk == certification.pk]
    status = (
        CertificationStatus.objects.filter(person=person, certification=certification).select_related("record").first()
    )
    return _Page(
        line=line,
        entries=sorted(entries, key=lambda entry: entry.record.completed_on, reverse=True),
        inconsistencies=[say_inconsistency(found) for found in explain_status(status)] if status else [],
    )


def record_crumbs(person: User, certification: Certification, *, last: str = "") -> list[tuple[str, str | None]]:
    """Return the way to the records of a person, and to a page below."""
    here = reverse("certification_record", args=[person.pk, certification.pk]) if last else None
    return [
        (_("People"), reverse("people_list")),
        (person.full_name, reverse("person", args=[person.pk])),
        (_("Record of Learning"), reverse("record_of_learning", args=[person.pk])),
        (certification.name, here),
        *([(last, None)] if last else []),
    ]


@requires(Permission.MANAGE_CERTIFICATIONS)
@require_http_methods(["GET", "POST"])
def certification_record_edit(request: PersonRequest, pk: int, certification_pk: int, record_pk: int) -> HttpResponse:
    """Correct a record, make it current, or delete it; three forms, each with its own button."""
    person = get_object_or_404(findable_people(request.user), pk=pk)
    certification = get_object_or_404(Certification, pk=certification_pk)
    record = get_object_or_404(CertificationRecord, pk=record_pk, person=person, certification=certification)
    back = reverse("certification_record", args=[person.pk, certification.pk])
    page = _build_page(request, person, certification)
    is_current = page.current_id == record.pk
    forms = _make_forms(request, record, page=page, is_current=is_current)
    told: list[KindCount] = []
    asked = request.POST.get("what", "") if request.method == "POST" else ""
    bound = forms.get(asked)
    if bound is not None and bound.is_valid():
        try:
            done = _carry_out(request, person, record, bound)
        except ChoiceNeeded as needed:
            bound.ask_messages()
            told = _count_told(person, needed)
        except EditRefused as refused:
            bound.add_error(refused.field if refused.field in bound.fields else None, str(refused.words))
        else:
            messages.success(request, done)
            return redirect(back)
    has_errors = bound is not None and bool(bound.errors)
    context = {
        "person": person,
        "certification": certification,
        "record": record,
        "reason": say_reason(record),
        "is_current": is_current,
        "inconsistencies": page.inconsistencies if is_current else [],
        "forms": forms,
        "asked": asked,
        "told": told,
        "back": back,
        "crumbs": record_crumbs(person, certification, last=_("Edit")),
    }
    return render(request, "certifications/record_edit.html", context, status=422 if has_errors else 200)


@requires(Permission.MANAGE_CERTIFICATIONS)
@require_http_methods(["GET", "POST"])
def certification_record_add(request: PersonRequest, pk: int, certification_pk: int) -> HttpResponse:
    """One completion entered by hand, by the rules of imports."""
    person = get_object_or_404(findable_people(request.user), pk=pk)
    certification = get_object_or_404(Certification, pk=certification_pk)
    form = NewRecordForm(request.POST if request.method == "POST" else None, tenant=request.tenant)
    told: list[KindCount] = []
    if form.is_bound and form.is_valid():
        try:
            add_record(person, certification, actor=request.user, **form.cleaned_data)
        except ChoiceNeeded as needed:
            form.ask_messages()
            told = _count_told(person, needed)
        except AlreadyRecorded:
            form.add_error("completed_on", _("A completion on this day is recorded already."))
        except ConcurrentChange:
            form.add_error(None, _("Somebody else has just changed this record. Look at it, then try again."))
        else:
            day = {"date": say_date(form.cleaned_data["completed_on"])}
            messages.success(request, _("The completion of %(date)s is recorded.") % day)
            return redirect("certification_record", pk=person.pk, certification_pk=certification.pk)
    context = {
        "person": person,
        "certification": certification,
        "form": form,
        "told": told,
        "back": reverse("certification_record", args=[person.pk, certification.pk]),
        "crumbs": record_crumbs(person, certification, last=_("Add a record")),
    }
    return render(request, "certifications/record_add.html", context, status=422 if form.errors else 200)


def _count_told(person: User, needed: ChoiceNeeded) -> list[KindCount]:
    """Return what one person would be told, by kind: by mail, or in the product alone."""
    mailed, noticed = (1, 0) if person.email else (0, 1)
    return [KindCount(kind=kind, with_email=mailed, without_email=noticed) for kind in needed.kinds]


def _make_forms(
    request: PersonRequest, record: CertificationRecord, *, page: _Page, is_current: bool
) -> dict[str, ReasonForm]:
    asked = request.POST.get("what", "") if request.method == "POST" else ""
    others = [entry.record for entry in page.entries if entry.record.pk != record.pk]
    forms: dict[str, ReasonForm] = {
        _CORRECT: CorrectionForm(
            request.POST if asked == _CORRECT else None, tenant=request.tenant, record=record, prefix=_CORRECT
        ),
        _DELETE: DeletionForm(
            request.POST if asked == _DELETE else None, others=others, is_current=is_current, prefix=_DELETE
        ),
    }
    if not is_current or page.inconsistencies:
        forms[_CHOOSE] = ReasonForm(request.POST if asked == _CHOOSE else None, prefix=_CHOOSE)
    return forms


def _carry_out(request: PersonRequest, person: User, record: CertificationRecord, form: ReasonForm) -> str:
    """Do what the form asks for, on what is locked now; return what was done."""
    held = hold_records(person, certification_id=record.certification_id)
    answers = form.cleaned_data
    change = Change(
        tenant=request.tenant, actor=request.user, reason=answers["reason"], messages=answers.get("messages", "")
    )
    day = {"date": say_date(record.completed_on)}
    match form:
        case CorrectionForm():
            changed = correct_record(held, record_id=record.pk, correction=form.correction(), change=change)
            corrected = _("The record is corrected.")
            return f"{corrected} {say_reason(changed)}"
        case DeletionForm():
            delete_record(held, record_id=record.pk, successor_id=form.successor_id, change=change)
            return _("The completion of %(date)s is deleted.") % day
        case _other:
            make_current(held, record_id=record.pk, change=change)
            return _("The completion of %(date)s is the current certification.") % day
