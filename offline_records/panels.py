"""What offline records add to the pages of an import: what it is for, and the way to its records (S-24, S-30).

Public: `make_review_panel`, `say_ready`, `list_ways_on`, `list_follow_ups`.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lms.core.wording import say_number
from lms.imports.importer import FollowUp, Panel
from lms.imports.models import ImportBatch, Outcome, State
from lms.people.domains import NO_DOMAIN, Domain, find_domain
from lms.people.models import User
from lms.people.permissions import Permission, permissions_of
from offline_records.choices import Identifier
from offline_records.models import OfflineActivity
from offline_records.terms import ActivityTerms
from offline_records.upload_panel import upload_address


def make_review_panel(*, batch: ImportBatch) -> Panel | None:
    """Return category, activity, user domain and identifier, with the way to change them. Two queries."""
    options = batch.options or {}
    activity = OfflineActivity.objects.select_related("category").filter(pk=options.get("activity") or 0).first()
    if activity is None:
        return None
    domain_id = options.get("domain")
    domain = find_domain(domain_id) if isinstance(domain_id, int) else None
    identifier = options.get("identifier") or ""
    context: dict[str, Any] = {
        "choices": [
            (_("Category"), activity.category.name),
            (_("Offline activity"), f"{activity.code} {activity.name}"),
            (_("User domain"), domain.name if domain else ""),
            (_("People found by"), Identifier(identifier).label if identifier in Identifier.values else ""),
        ],
        "change_url": f"{reverse('offline_upload')}?import={batch.number}",
        "is_open": batch.state in {State.UPLOADED, State.READY, State.REFUSED},
    }
    return Panel("offline_records/_review_panel.html", context)


def say_ready(batch: ImportBatch, *, terms: ActivityTerms | None, domain: Domain | None) -> str:
    """Return how many records are ready, and for what (S-22)."""
    if terms is None or domain is None:
        return ""
    count = int(batch.planned.get(Outcome.CREATED, 0))
    words = (
        ngettext(
            "%(n)s record is ready for %(activity)s, user domain %(domain)s. Nothing is saved yet.",
            "%(n)s records are ready for %(activity)s, user domain %(domain)s. Nothing is saved yet.",
            count,
        )
        if domain.id != NO_DOMAIN
        else ngettext(
            "%(n)s record is ready for %(activity)s. Nothing is saved yet.",
            "%(n)s records are ready for %(activity)s. Nothing is saved yet.",
            count,
        )
    )
    return words % {"n": say_number(count), "activity": terms.name, "domain": domain.name}


def list_ways_on(batch: ImportBatch, *, named: Mapping[str, str]) -> list[FollowUp]:
    """Return where a file goes that was refused as a template: for what it says, or with a template for the choice.

    `named` is the choice as addresses name it.
    """
    template = f"{reverse('imports:template_xlsx', args=[batch.kind])}?{urlencode(named)}"
    found = next((problem for problem in batch.problems if problem["code"] in ("F009", "F014")), None)
    if found is None:
        return []
    if found["code"] == "F014":
        return [FollowUp(_("Download the new template"), template)]
    return [
        FollowUp(
            _("Choose what the template is for"),
            upload_address(found["params"].get("named") or {}, number=batch.number),
        ),
        FollowUp(_("Download the template for your choice"), template),
    ]


def list_follow_ups(*, batch: ImportBatch, actor: User) -> list[FollowUp]:
    """Return the way to the records of the import, for who may see them (S-24)."""
    activity_id = (batch.options or {}).get("activity")
    allowed = permissions_of(actor)
    if not isinstance(activity_id, int) or not {Permission.SEE_PEOPLE, Permission.IMPORT_OFFLINE_RECORDS} & allowed:
        return []
    url = f"{reverse('offline_activity_records', args=[activity_id])}?import={batch.number}"
    return [FollowUp(_("Show the records of this import"), url)]
