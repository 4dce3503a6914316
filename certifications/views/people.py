"""The people of a certification: who is assigned or holds it, how they stand, since when and until when."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from certifications.forms import HoldersFilterForm
from certifications.holders import counts_active_people, draw_states, list_holders, read_holders
from certifications.selectors import usable_certifications
from certifications.views.catalogue import certification_crumbs, certification_tabs
from lms.core.paging import take_page
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission, may
from lms.people.selectors import reaches_everybody, search_people, visible_people
from lms.tenancy.clock import today


@requires(Permission.SEE_PEOPLE)
@require_GET
def certification_people(request: PersonRequest, pk: int) -> HttpResponse:
    """The people in reach, each with state and dates; by a status active people only (G-05)."""
    found = get_object_or_404(usable_certifications(request.user), pk=pk)
    form = HoldersFilterForm(request.GET or None)
    answers = form.answers() if request.GET else {}
    group = answers.get("status", "")
    reach, day = visible_people(request.user), today(request.tenant)
    people = search_people(reach, answers.get("q", ""))
    page = take_page(request, list_holders(found, people=people, group=group, today=day))
    counted = None if reaches_everybody(request.user) else reach
    context = {
        "certification": found,
        "form": form,
        "page_obj": page,
        "holders": read_holders(page.object_list, certification=found, today=day),
        "bars": draw_states(found, people=counted, url=reverse("certification_people", args=[pk]), today=day),
        "is_filtered": bool(answers),
        "by_group": counts_active_people(group),
        "may_assign": found.is_active and may(request.user, Permission.MANAGE_CERTIFICATIONS),
        "tabs": certification_tabs(found, active="certification_people", actor=request.user),
        "crumbs": certification_crumbs(found, _("People")),
    }
    return render(request, "certifications/certification_people.html", context)
