"""What the page Upload Offline Records shows: its five parts, the picture of the template, whom to ask (S-02, S-35, S-42).

Public: `make_upload_panel`, `describe_upload`, `upload_address`, `name_creators`.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from lms.imports.importer import Importer, Panel, get_importer
from lms.imports.template_contents import TemplatePreview, preview_template
from lms.people.models import User
from lms.people.permissions import DEFAULTS, Permission, may
from lms.people.selectors import reaches_everybody
from lms.tenancy.models import Tenant
from offline_records.choices import KIND
from offline_records.choosing import Choice, make_choice, people_to_import, read_answers

_NAMED: Final = 3  # people who are named as those who can help


def make_upload_panel(*, tenant: Tenant, actor: User, answers: Mapping[str, Any]) -> Panel:
    """Return the five parts as they are after these answers."""
    return Panel("offline_records/_parts.html", describe_upload(answers, tenant=tenant, actor=actor))


def describe_upload(
    data: Mapping[str, Any], *, tenant: Tenant, actor: User, number: int = 0, before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what the parts need. `number` and `before`: the import they are chosen for, and its options so far."""
    choice = make_choice(read_answers(data, before=before), actor=actor)
    kept = {"category": choice.category.id if choice.category else "", "q": choice.asked.text}
    # What was said behind the activity is not lost while those parts are closed.
    later = {"domain": choice.kept_domain, "identifier": choice.asked.identifier}
    return {
        "choice": choice,
        "picture": _draw_template(choice, tenant=tenant, actor=actor),
        "template_query": urlencode(choice.named),
        "people": _count_people(choice, actor=actor),
        "number": number,
        "closed": ", ".join(domain.name for domain in choice.closed),
        "is_limited": not reaches_everybody(actor),
        "other_activity_url": upload_address({**kept, "activity": "", **later}, number=number),
        "no_search_url": upload_address({**kept, "q": "", **later}, number=number),
        "more_url": upload_address({**kept, **later, "rows": choice.more}, number=number),
        "may_create": may(actor, Permission.MANAGE_OFFLINE_ACTIVITIES),
        "create_url": f"{reverse('offline_activity_new')}?{urlencode({'category': kept['category'], 'name': kept['q']})}",
        "creators": [] if choice.found else name_creators(),
    }


def upload_address(answers: Mapping[str, Any], *, number: int = 0) -> str:
    """Return the address of the page with these answers, for an import that is uploaded already if one is given."""
    own = {"import": number} if number else {}
    said = {name: value for name, value in answers.items() if value != "" or name == "activity"}
    query = urlencode(own | said)
    return f"{reverse('offline_upload')}?{query}" if query else reverse("offline_upload")


def _draw_template(choice: Choice, *, tenant: Tenant, actor: User) -> TemplatePreview | None:
    if not choice.is_complete:
        return None
    importer: Importer = get_importer(KIND).fit(choice.options)
    return preview_template(importer, actor=actor, tenant=tenant)


def _count_people(choice: Choice, *, actor: User) -> int:
    """Return how many people of the user domain a template can be filled in with."""
    if not choice.is_complete or choice.domain is None:
        return 0
    return people_to_import(choice.domain, actor=actor).count()


def name_creators() -> list[str]:
    """Return people who may create what is missing, by name (S-42)."""
    roles = [role for role, granted in DEFAULTS.items() if Permission.MANAGE_OFFLINE_ACTIVITIES in granted]
    people = User.objects.filter(role__in=roles, is_active=True).order_by("last_name", "first_name", "pk")
    return [person.full_name for person in people[:_NAMED]]
