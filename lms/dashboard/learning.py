"""The Record of Learning: courses, certifications, offline records, other evidence, from the apps that keep them (L-08, G-03)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from certifications.record import build_certifications
from completions.record import build_record
from lms.people.access import PersonRequest
from lms.people.models import User
from lms.people.permissions import Permission, may
from lms.people.selectors import editable_people, findable_people, visible_people
from lms.people.views.people import person_tabs, record_crumbs
from lms.tenancy.clock import today
from offline_records.record import build_offline_records
from offline_records.records.adding import people_to_record


@require_GET
def record_of_learning(request: PersonRequest, pk: int) -> HttpResponse:
    """A person's record: their own, or of somebody in reach; 404 for anybody else (L-08)."""
    person = get_object_or_404(findable_people(request.user), pk=pk)
    sees_people = may(request.user, Permission.SEE_PEOPLE)
    is_own, day = not sees_people, today(request.tenant)
    may_edit = may(request.user, Permission.MANAGE_PEOPLE) and editable_people(request.user).filter(pk=pk).exists()
    context = {
        "person": person,
        "record": build_record(person, is_own=is_own, day=day),
        "certifications": build_certifications(person, is_own=is_own, day=day),
        "offline": build_offline_records(person, is_own=is_own, day=day),
        "is_own": is_own,
        "may_add": may(request.user, Permission.IMPORT_COMPLETIONS) and _reaches(request.user, person),
        "may_add_offline": may(request.user, Permission.IMPORT_OFFLINE_RECORDS)
        and people_to_record(request.user).filter(pk=pk).exists(),
        "offline_add_url": f"{reverse('offline_record_add')}?person={pk}",
        "tabs": person_tabs(person, active="record_of_learning", may_edit=may_edit),
        "crumbs": record_crumbs(person, sees_people=sees_people),
    }
    return render(request, "dashboard/record.html", context)


def _reaches(actor: User, person: User) -> bool:
    return visible_people(actor, permission=Permission.IMPORT_COMPLETIONS).filter(pk=person.pk).exists()
