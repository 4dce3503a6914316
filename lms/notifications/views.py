"""The notices of whoever is signed in."""

from typing import Final

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from lms.notifications.models import Notice
from lms.notifications.selectors import count_unread, list_notices
from lms.notifications.services import mark_read
from lms.notifications.templates import OwnWords, load_words
from lms.notifications.wording import Message, find_subjects, word_notice
from lms.people.access import PersonRequest

_PAGE_NOTICES: Final = 25


@require_GET
def show_notices(request: PersonRequest) -> HttpResponse:
    """List the person's own notices, newest first."""
    page = Paginator(list_notices(request.user.pk), _PAGE_NOTICES).get_page(request.GET.get("page"))
    own = load_words(find_subjects((notice.kind, notice.params) for notice in page))
    notices = [{"notice": notice, "words": _word(notice, request, own=own)} for notice in page]
    context = {"page": page, "notices": notices, "unread": count_unread(request.user.pk)}
    return render(request, "notifications/notices.html", context)


@require_POST
def open_notice(request: PersonRequest, pk: int) -> HttpResponse:
    """Mark one notice as read and go where it leads."""
    notice = get_object_or_404(list_notices(request.user.pk), pk=pk)
    mark_read(request.user.pk, notice_ids=[notice.pk])
    links = _word(notice, request, own={}).links
    return redirect(links[0][1] if links else "notifications:list")


@require_POST
def read_all(request: PersonRequest) -> HttpResponse:
    """Mark all notices as read."""
    mark_read(request.user.pk)
    return redirect("notifications:list")


def _word(notice: Notice, request: PersonRequest, *, own: OwnWords) -> Message:
    """Return a notice in words; days are counted from the day it was written, as its dates do not move."""
    day = notice.created_at.astimezone(request.tenant.zone).date()
    return word_notice(notice.kind, notice.params, person=request.user, tenant=request.tenant, today=day, own=own)
