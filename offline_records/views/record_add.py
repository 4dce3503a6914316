"""Adding one offline record by hand: the activity, then the person, then what is recorded; every choice is in the address."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from lms.core.wording import say_date
from lms.imports.importer import ConcurrentChange
from lms.notifications.choices import KindCount
from lms.people.access import PersonRequest, requires
from lms.people.models import User
from lms.people.permissions import Permission
from lms.people.selectors import list_candidates
from offline_records.models import OfflineActivity
from offline_records.records.adding import Entered, add_record, may_send_to, people_to_record
from offline_records.records.forms import RecordForm
from offline_records.records.refusing import ChoiceNeeded, RecordRefused, say_problem
from offline_records.selectors import load_terms, usable_activities
from offline_records.views.crumbs import make_crumbs

_PEOPLE_SHOWN = 20


@requires(Permission.IMPORT_OFFLINE_RECORDS)
@require_http_methods(["GET", "POST"])
def offline_record_add(request: PersonRequest) -> HttpResponse:
    """One record entered by hand, by the same rules as imports (S-18, S-19, S-27)."""
    activities = usable_activities(request.user).order_by("name", "pk")
    people = people_to_record(request.user)
    activity = activities.filter(pk=_read_id(request, "activity")).first()
    person = people.select_related("domain").filter(pk=_read_id(request, "person")).first()
    query = request.GET.get("q", "").strip()[:100]
    form, told, may_send = None, [], True
    if activity is not None and person is not None:
        may_send = may_send_to(request.user, person)
        data = request.POST if request.method == "POST" else None
        form = RecordForm(
            data,
            tenant=request.tenant,
            terms=load_terms([activity.pk])[activity.pk],
            asks_messages=bool(data and data.get("messages")),
            may_send=may_send,
        )
        if form.is_bound and form.is_valid():
            try:
                return _add(request, person, activity, form)
            except ChoiceNeeded as needed:
                form.ask_messages()
                told = _count_told(person, needed)
            except RecordRefused as refused:
                form.show_problems(refused.problems)
            except ConcurrentChange:
                form.add_error(None, _("Somebody else has just recorded the same. Look at it, then try again."))
    context = {
        "activity": activity,
        "person": person,
        "activities": activities.values_list("pk", "name", "code"),
        "found": list_candidates(people, query=query, chosen=(), taken=User.objects.none(), most=_PEOPLE_SHOWN)
        if person is None
        else [],
        "people_shown": _PEOPLE_SHOWN,
        "query": query,
        "form": form,
        "told": told,
        "may_send": may_send,
        "crumbs": make_crumbs(
            (_("Activities"), reverse("offline_activity_list")), (pgettext("offline records", "Add a record"), None)
        ),
    }
    return render(request, "offline_records/record_add.html", context, status=422 if form and form.errors else 200)


def _read_id(request: PersonRequest, name: str) -> int:
    """Return the id that the address names; 0 for none."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < len(str(2**63)) else 0


def _add(request: PersonRequest, person: User, activity: OfflineActivity, form: RecordForm) -> HttpResponse:
    answers = form.cleaned_data
    entered = Entered(
        completed_on=answers["completed_on"],
        values=answers["values"],
        reason=answers["reason"],
        messages=answers["messages"],
    )
    record, warnings = add_record(person, activity, entered=entered, actor=request.user)
    names = {"activity": activity.name, "name": person.full_name, "date": say_date(record.completed_on)}
    said = [_("%(activity)s of %(date)s is recorded for %(name)s.") % names]
    said += [say_problem(problem, labels={}) for problem in warnings]
    messages.success(request, " ".join(said))
    return redirect("offline_record", pk=record.pk)


def _count_told(person: User, needed: ChoiceNeeded) -> list[KindCount]:
    """Return what one person would be told, by kind: by mail, or in the product alone."""
    mailed, noticed = (1, 0) if person.email else (0, 1)
    return [KindCount(kind=kind, with_email=mailed, without_email=noticed) for kind in needed.kinds]
