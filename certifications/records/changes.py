"""What people have changed by hand in the completion records of a person, from the audit history (G-03, T-53, T-72).

Public: `Correction`, `list_corrections`. One query.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certifications.choices import Basis
from lms.audit.actions import name_action
from lms.audit.models import AuditEvent
from lms.core.components import Words
from lms.core.wording import say_date
from lms.people.models import Role, User

_ACTIONS: Final = "certifications.record."
_FIELDS: Final[dict[str, Any]] = {
    "completed_on": gettext_lazy("completed on"),
    "due_on": gettext_lazy("due on"),
    "expires_on": gettext_lazy("expires on"),
    "window_opens_on": gettext_lazy("window opens on"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One change by hand: what was done to which completion, by whom and why."""

    at: datetime
    what: Words
    completed_on: date | None  # of the record, after the change
    who: str
    reason: str
    changes: list[str]  # "expires on: 1 May 2025 → 1 June 2025"


def list_corrections(person: User, *, certification_id: int) -> list[Correction]:
    """Return the changes by hand, newest first; those of records that are gone too."""
    events = AuditEvent.objects.filter(
        person_id=person.pk,
        subject_kind="certification",
        subject_id=certification_id,
        action__startswith=_ACTIONS,
    )
    roles = {role.value: str(role.label) for role in Role}
    return [
        Correction(
            at=event.at,
            what=name_action(event.action),
            completed_on=_read(event.details.get("completed_on")),
            who=f"{event.actor_name} ({roles.get(event.actor_role, event.actor_role)})",
            reason=str(event.details.get("reason", "")),
            changes=_compare(event.details.get("before") or {}, event.details.get("after")),
        )
        for event in events.order_by("-at", "-pk")
    ]


def _compare(before: dict[str, Any], after: dict[str, Any] | None) -> list[str]:
    if after is None:
        return []
    found = [
        f"{label}: {say_date(_read(before.get(name)))} → {say_date(_read(after.get(name)))}"
        for name, label in _FIELDS.items()
        if before.get(name) != after.get(name)
    ]
    if after.get("basis") == Basis.ENTERED != before.get("basis"):
        found.append(_("dates entered by hand"))
    return found


def _read(text: object) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) and text else None
