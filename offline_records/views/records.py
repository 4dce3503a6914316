"""Offline records as lists: of one activity, and Reports > Offline records over all of them; on the page and as files (S-34)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lms.core.exports import TABLE_TYPES, attach_table
from lms.core.paging import take_page
from lms.core.wording import say_number
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission, may
from lms.people.selectors import reaches_everybody
from lms.tenancy.clock import today
from offline_records.models import OfflineActivity
from offline_records.records.files import FILE_ROWS, WIDTHS, iterate_file
from offline_records.records.list_form import RecordFilterForm
from offline_records.records.lists import read_lines, seen_activities, select_records, with_names
from offline_records.views.crumbs import activity_tabs
from offline_records.views.record_crumbs import may_open, records_crumbs


@requires(Permission.SEE_PEOPLE)
@require_GET
def offline_activity_records(request: PersonRequest, pk: int) -> HttpResponse:
    """The records of one activity, of the people in reach; archived activities have theirs too."""
    activity = get_object_or_404(seen_activities(request.user), pk=pk)
    is_open = may_open(request.user, activity)
    context = {
        "may_add": activity.is_active and is_open,
        "add_url": f"{reverse('offline_record_add')}?activity={pk}",
        "all_url": reverse("offline_activity_records", args=[pk]),
        "csv_url": reverse("offline_activity_records_file", args=[pk, "csv"]),
        "xlsx_url": reverse("offline_activity_records_file", args=[pk, "xlsx"]),
        "tabs": activity_tabs(activity, active="offline_activity_records", actor=request.user) if is_open else [],
        "crumbs": records_crumbs(activity, is_open=is_open),
    }
    return _show_list(request, activity=activity, context=context)


@requires(Permission.SEE_PEOPLE)
@require_GET
def offline_record_list(request: PersonRequest) -> HttpResponse:
    """The same over all activities."""
    context = {
        "may_add": may(request.user, Permission.IMPORT_OFFLINE_RECORDS),
        "add_url": reverse("offline_record_add"),
        "all_url": reverse("offline_record_list"),
        "csv_url": reverse("offline_record_list_file", args=["csv"]),
        "xlsx_url": reverse("offline_record_list_file", args=["xlsx"]),
        "crumbs": [(_("Reports"), None), (_("Reporting Engine"), reverse("report_list")), (_("Offline records"), None)],
    }
    return _show_list(request, activity=None, context=context)


def _show_list(request: PersonRequest, *, activity: OfflineActivity | None, context: dict[str, Any]) -> HttpResponse:
    form = RecordFilterForm(request.GET or None, actor=request.user, activity=activity)
    day = today(request.tenant)
    page = take_page(request, with_names(select_records(form.as_selection(today=day))))
    lines = read_lines(page, day=day)
    query = request.GET.copy()
    query.pop("page", None)
    context |= {
        "activity": activity,
        "form": form,
        "page_obj": page,
        "lines": lines,
        # Many activities have neither: a column of dashes says nothing.
        "has_results": any(line.record.result for line in lines),
        "has_scores": any(line.record.score is not None for line in lines),
        "is_filtered": bool(form.answers()),
        "reaches_everybody": reaches_everybody(request.user),
        "query": query.urlencode(),
    }
    return render(request, "offline_records/records.html", context)


@requires(Permission.SEE_PEOPLE)
@require_GET
def offline_activity_records_file(request: PersonRequest, pk: int, file_format: str) -> HttpResponseBase:
    """The records of one activity as a file, its own fields as columns."""
    activity = get_object_or_404(seen_activities(request.user), pk=pk)
    return _send_file(request, file_format, activity=activity)


@requires(Permission.SEE_PEOPLE)
@require_GET
def offline_record_list_file(request: PersonRequest, file_format: str) -> HttpResponseBase:
    """The records of all activities as a file."""
    return _send_file(request, file_format, activity=None)


def _send_file(request: PersonRequest, file_format: str, *, activity: OfflineActivity | None) -> HttpResponseBase:
    if file_format not in TABLE_TYPES:
        raise Http404
    form = RecordFilterForm(request.GET or None, actor=request.user, activity=activity)
    selection = form.as_selection(today=today(request.tenant))
    if select_records(selection).order_by()[: FILE_ROWS + 1].count() > FILE_ROWS:
        words = _("More than %(most)s records make no file. Narrow them down, for example to one year.")
        messages.warning(request, words % {"most": say_number(FILE_ROWS)})
        back = reverse("offline_activity_records", args=[activity.pk]) if activity else reverse("offline_record_list")
        return redirect(f"{back}?{request.GET.urlencode()}")
    name = f"{f'{activity.code}-' if activity else ''}offline-records-{selection.today.isoformat()}"
    return attach_table(
        iterate_file(selection), name=name, file_format=file_format, sheet="Offline records", widths=WIDTHS
    )
