"""The list of offline activities, one of them, and its settings (S-05, S-18, S-31, S-42, S-45)."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.core.paging import take_page
from lms.core.wording import say_date
from lms.people.access import PersonRequest, requires
from lms.people.models import PeopleDomain
from lms.people.permissions import Permission, may
from lms.tenancy.clock import today
from offline_records.categories import list_places
from offline_records.examples import ActivityExample, make_example
from offline_records.forms.activities import ActivityFilterForm, ActivityForm
from offline_records.forms.custom_fields import CustomFieldFormSet, make_custom_formset
from offline_records.forms.drafts import read_draft
from offline_records.models import Category, OfflineActivity
from offline_records.selectors import (
    categories_below,
    load_terms,
    records_in_reach,
    search_activities,
    usable_activities,
)
from offline_records.services import CannotSaveError, archive_activity, save_activity
from offline_records.upload_panel import name_creators
from offline_records.views.crumbs import activity_crumbs, activity_tabs, make_crumbs

_COUNTED = 10_000


@requires(Permission.IMPORT_OFFLINE_RECORDS)
@require_GET
def offline_activity_list(request: PersonRequest) -> HttpResponse:
    """The activities the person may use, narrowed down by search, category (with those below it) and state."""
    may_manage = may(request.user, Permission.MANAGE_OFFLINE_ACTIVITIES)
    form = ActivityFilterForm(request.GET or None, may_manage=may_manage)
    page = take_page(request, _narrow(request, form, may_manage=may_manage))
    paths = {place.category.pk: place.path_text for place in list_places()}
    context = {
        "form": form,
        "page_obj": page,
        "rows": [(activity, paths[activity.category_id]) for activity in page],
        "may_manage": may_manage,
        "has_categories": bool(paths),
        "is_filtered": bool(request.GET),
        "query": request.GET.get("q", ""),
        "creators": [] if page.object_list or may_manage else name_creators(),
        "crumbs": make_crumbs((_("Activities"), None)),
    }
    return render(request, "offline_records/activity_list.html", context)


def _narrow(request: PersonRequest, form: ActivityFilterForm, *, may_manage: bool) -> QuerySet[OfflineActivity]:
    answers = form.answers() if form.is_bound else {}
    found = usable_activities(request.user, with_archived=may_manage)
    found = search_activities(found, answers.get("q", ""))
    if category := answers.get("category"):
        found = found.filter(category_id__in=categories_below(category))
    if may_manage and (active := answers.get("active", "")) != "all":
        found = found.filter(is_active=active != "no")
    return found.order_by("name", "pk")


@requires(Permission.IMPORT_OFFLINE_RECORDS)
@require_GET
def offline_activity(request: PersonRequest, pk: int) -> HttpResponse:
    """The overview: the code to copy, the settings, the template's columns, the number of records one may see."""
    may_manage = may(request.user, Permission.MANAGE_OFFLINE_ACTIVITIES)
    found = get_object_or_404(usable_activities(request.user, with_archived=may_manage), pk=pk)
    paths = {place.category.pk: place.path_text for place in list_places()}
    count = records_in_reach(request.user).filter(activity=found)[: _COUNTED + 1].count()
    context = {
        "activity": found,
        "key": str(found.pk),
        "settings": describe_settings(found, category=paths[found.category_id]),
        "example": _make_example(request, found),
        "record_count": min(count, _COUNTED),
        "has_more_records": count > _COUNTED,
        "may_manage": may_manage,
        "tabs": activity_tabs(found, active="offline_activity", actor=request.user),
        "crumbs": activity_crumbs(found),
    }
    return render(request, "offline_records/activity.html", context)


def describe_settings(activity: OfflineActivity, *, category: str) -> list[tuple[str, str]]:
    """Return the settings of an activity as pairs of words."""
    facts = [
        (_("Category"), category),
        (_("Valid for"), activity.validity.words if activity.validity else _("for ever")),
        (_("Provider"), activity.provider),
        (_("Location"), activity.location),
        (_("Earliest completion date"), say_date(activity.earliest_date) if activity.earliest_date else ""),
    ]
    return [(label, value) for label, value in facts if value]


def _make_example(request: PersonRequest, activity: OfflineActivity) -> ActivityExample:
    terms = load_terms([activity.pk])[activity.pk]
    return make_example(terms, today=today(request.tenant), domain_names=_name_domains(terms.open_to))


def _name_domains(open_to: frozenset[int] | None) -> list[str]:
    if open_to is None:
        return []
    return list(PeopleDomain.objects.filter(pk__in=open_to).order_by("name").values_list("name", flat=True))


@requires(Permission.MANAGE_OFFLINE_ACTIVITIES)
@require_http_methods(["GET", "POST"])
def offline_activity_new(request: PersonRequest) -> HttpResponse:
    """A new activity; `?name=` and `?category=` fill in what was searched for (S-42)."""
    made = OfflineActivity(tenant=request.tenant)
    initial = {"name": request.GET.get("name", "")[:255], "category": request.GET.get("category", "")}
    form = ActivityForm(request.POST if request.method == "POST" else None, instance=made, initial=initial)
    custom = make_custom_formset(request.POST if request.method == "POST" else None, activity=made)
    if request.method == "POST" and _save(request, form, custom):
        messages.success(request, _("%(name)s is added.") % {"name": made.name})
        return redirect("offline_activity", pk=made.pk)
    crumbs = make_crumbs((_("Activities"), reverse("offline_activity_list")), (_("New offline activity"), None))
    context = {"crumbs": crumbs, "has_categories": Category.objects.filter(is_active=True).exists()}
    return _show_form(request, form, custom, **context)


@requires(Permission.MANAGE_OFFLINE_ACTIVITIES)
@require_http_methods(["GET", "POST"])
def offline_activity_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """The settings; they hold for records from then on, and templates of other fields are refused (S-43)."""
    found = get_object_or_404(OfflineActivity, pk=pk)
    stored = OfflineActivity.objects.get(pk=pk)  # validation writes into the other one
    form = ActivityForm(request.POST if request.method == "POST" else None, instance=found)
    custom = make_custom_formset(request.POST if request.method == "POST" else None, activity=found)
    if request.method == "POST" and _save(request, form, custom):
        messages.success(request, _("%(name)s is saved.") % {"name": found.name})
        return redirect("offline_activity", pk=pk)
    context = {
        "activity": stored,
        "has_categories": True,
        "tabs": activity_tabs(stored, active="offline_activity_edit", actor=request.user),
        "crumbs": activity_crumbs(stored, _("Settings")),
    }
    return _show_form(request, form, custom, **context)


def _save(request: PersonRequest, form: ActivityForm, custom: CustomFieldFormSet) -> bool:
    """Save what both forms say; False if one of them, or what is there, does not allow it."""
    if not (form.is_valid() & custom.is_valid()):
        return False
    try:
        save_activity(
            form.save(commit=False),
            fields=form.chosen_fields(),
            custom=custom.read_lines(),
            domains=form.chosen_domains(),
            actor=request.user,
        )
    except CannotSaveError as error:
        form.add_error("category", str(error))
        return False
    return True


def _show_form(request: PersonRequest, form: ActivityForm, custom: CustomFieldFormSet, **context: Any) -> HttpResponse:
    is_wrong = request.method == "POST"
    context |= {"form": form, "custom": custom}
    if not is_wrong and form.instance.pk is not None:
        context["example"] = _make_example(request, form.instance)
    return render(request, "offline_records/activity_form.html", context, status=422 if is_wrong else 200)


@requires(Permission.MANAGE_OFFLINE_ACTIVITIES)
@require_POST
def offline_activity_example(request: PersonRequest) -> HttpResponse:
    """The example by the settings as they stand in a form; nothing is saved."""
    made = OfflineActivity(tenant=request.tenant)
    form = ActivityForm(request.POST, instance=made)
    terms = read_draft(form, custom=make_custom_formset(request.POST, activity=made))
    example = make_example(terms, today=today(request.tenant), domain_names=_name_domains(terms.open_to))
    return render(request, "offline_records/_activity_example.html", {"example": example})


@requires(Permission.MANAGE_OFFLINE_ACTIVITIES)
@require_POST
def offline_activity_archive(request: PersonRequest, pk: int) -> HttpResponse:
    """Archive an activity, or bring it back (form field `archived`: 1 or 0)."""
    found = get_object_or_404(OfflineActivity, pk=pk)
    archived = request.POST.get("archived") == "1"
    try:
        archive_activity(found, archived=archived, actor=request.user)
    except CannotSaveError as error:
        messages.error(request, str(error))
        return redirect("offline_activity", pk=pk)
    words = _("%(name)s is archived.") if archived else _("%(name)s is active again.")
    messages.success(request, words % {"name": found.name})
    return redirect("offline_activity", pk=pk)
