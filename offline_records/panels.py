"""What offline records add to the pages of an import: what it is for, and the way to its records (S-24, S-30).

Public: `make_review_panel`, `list_follow_ups`.
"""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lms.imports.importer import FollowUp, Panel
from lms.imports.models import ImportBatch, State
from lms.people.domains import find_domain
from lms.people.models import User
from lms.people.permissions import Permission, permissions_of
from offline_records.choices import Identifier
from offline_records.models import OfflineActivity


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


def list_follow_ups(*, batch: ImportBatch, actor: User) -> list[FollowUp]:
    """Return the way to the records of the import, for who may see them (S-24)."""
    activity_id = (batch.options or {}).get("activity")
    allowed = permissions_of(actor)
    if not isinstance(activity_id, int) or not {Permission.SEE_PEOPLE, Permission.IMPORT_OFFLINE_RECORDS} & allowed:
        return []
    url = f"{reverse('offline_activity_records', args=[activity_id])}?import={batch.number}"
    return [FollowUp(_("Show the records of this import"), url)]
