"""What people have changed by hand in an offline record, from the audit history (G-03).

Public: `Change`, `list_changes`. One query.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from lms.audit.actions import name_action
from lms.audit.models import AuditEvent
from lms.core.components import Words
from lms.people.models import Role
from offline_records.models import OfflineRecord
from offline_records.records.values import Labels

_ACTIONS: Final = "offline_records.record."
_KIND: Final = "offlinerecord"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change by hand: what was done, by whom and why."""

    at: datetime
    what: Words
    who: str
    reason: str
    lines: list[str]  # "Score: 80 → 90"


def list_changes(record: OfflineRecord, *, labels: Labels) -> list[Change]:
    """Return what was done to a record by hand, newest first."""
    events = AuditEvent.objects.filter(
        person_id=record.person_id, subject_kind=_KIND, subject_id=record.pk, action__startswith=_ACTIONS
    )
    roles = {role.value: str(role.label) for role in Role}
    return [
        Change(
            at=event.at,
            what=name_action(event.action),
            who=f"{event.actor_name} ({roles.get(event.actor_role, event.actor_role)})",
            reason=str(event.details.get("reason", "")),
            lines=_compare(event.details, labels),
        )
        for event in events.order_by("-at", "-pk")
    ]


def _compare(details: dict[str, Any], labels: Labels) -> list[str]:
    before, after = details.get("before") or {}, details.get("after")
    if after is None:
        return []
    values = [
        f"{labels.name(key)}: {labels.say(key, before.get(key, ''))} → {labels.say(key, after.get(key, ''))}"
        for key in labels.order({**before, **after})
    ]
    texts = labels.order(details.get("texts") or [])
    return values + [_("%(field)s: changed") % {"field": labels.name(key)} for key in texts]
