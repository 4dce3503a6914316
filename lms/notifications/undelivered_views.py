"""Mails that could not be delivered, for owners and administrators (F57): to whom, why, and trying again."""

from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from lms.core.wording import say_number
from lms.imports.models import ImportBatch
from lms.notifications.editing import try_again
from lms.notifications.models import OutboxMessage
from lms.notifications.selectors import find_undelivered
from lms.notifications.wording import name_kind, say_delivery_error
from lms.people.access import PersonRequest, requires
from lms.people.models import User
from lms.people.permissions import Permission

_PAGE_MAILS: Final = 50


@requires(Permission.MANAGE_PEOPLE)
@require_GET
def list_undelivered(request: PersonRequest) -> HttpResponse:
    """The failed mails, newest first; of one import with ?import=N."""
    number = request.GET.get("import", "")
    page = Paginator(_chosen(number), _PAGE_MAILS).get_page(request.GET.get("page"))
    people = User.objects.in_bulk({mail.recipient_id for mail in page if mail.recipient_id})
    imports = dict(
        ImportBatch.objects.filter(pk__in={mail.batch_id for mail in page if mail.batch_id}).values_list("pk", "number")
    )
    mails = [
        {
            "mail": mail,
            "person": people.get(mail.recipient_id) if mail.recipient_id else None,
            "kind": name_kind(mail.kind),
            "import": imports.get(mail.batch_id) if mail.batch_id else None,
            "why": say_delivery_error(mail.last_error),
        }
        for mail in page
    ]
    return render(request, "notifications/undelivered.html", {"page": page, "mails": mails, "number": number})


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def retry(request: PersonRequest) -> HttpResponse:
    """Try one mail again, or all that the list shows."""
    number, pk = request.POST.get("import", ""), request.POST.get("mail", "")
    chosen = _chosen(number)
    if pk:
        chosen = chosen.filter(pk=pk) if pk.isdecimal() else chosen.none()
    tried = try_again(chosen, actor=request.user)
    words = ngettext("%(n)s mail is tried again.", "%(n)s mails are tried again.", tried) % {"n": say_number(tried)}
    if tried:
        messages.success(request, words)
    else:
        messages.info(request, _("There is nothing to try again any more."))
    address = reverse("messages:undelivered")
    return redirect(f"{address}?{urlencode({'import': number})}" if number else address)


def _chosen(number: str) -> "QuerySet[OutboxMessage]":
    """Return the failed mails, of one import if its number is given; an import that does not exist is a 404."""
    if not number:
        return find_undelivered()
    batch = ImportBatch.objects.filter(number=int(number)).first() if number.isdecimal() and len(number) < 10 else None
    if batch is None:
        raise Http404
    return find_undelivered(batch_id=batch.pk)
