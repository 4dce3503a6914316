"""Writing the catalogue of certifications. Runs in the open tenant scope; commits nothing.

Changed settings hold for records from then on: nothing here touches a record. Public: `save_certification`,
`set_archived`, `label_of`.
"""

from typing import Any, Final

from certifications.memberships import expand_team_certifications
from certifications.models import Certification
from lms.audit.services import record_event
from lms.core.periods import Period
from lms.people.models import User

# What the audit history keeps, before and after.
_TOLD: Final = (
    "short_name",
    "id_number",
    "name",
    "method",
    "active_period",
    "recertification_window",
    "minimum_active_period",
    "expiring_days",
    "is_active",
)


def save_certification(certification: Certification, *, actor: User) -> None:
    """Create or change a certification. One that comes back is assigned by its teams to who has come meanwhile (T-80)."""
    before = Certification.objects.filter(pk=certification.pk).values(*_TOLD).first()
    certification.save()
    after = {name: getattr(certification, name) for name in _TOLD}
    changed = [name for name in _TOLD if before is None or before[name] != after[name]]
    if before is not None and not changed:
        return
    if before is not None and certification.is_active and not before["is_active"]:
        expand_team_certifications()
    details = {"after": {name: _plain(after[name]) for name in changed}}
    if before is not None:
        details["before"] = {name: _plain(before[name]) for name in changed}
    record_event(
        "certifications.certification.created" if before is None else "certifications.certification.changed",
        actor=actor,
        subject_kind="certification",
        subject_id=certification.pk,
        subject_label=label_of(certification),
        details=details,
    )


def set_archived(certification: Certification, *, archived: bool, actor: User) -> None:
    """Archive a certification, or bring it back; what people have recorded stays either way, and runs out as it would."""
    certification.is_active = not archived
    save_certification(certification, actor=actor)


def label_of(certification: Certification) -> str:
    """Return a certification as the audit history names it."""
    return f"{certification.short_name} {certification.name}"


def _plain(value: Any) -> Any:
    """Return a setting as a JSON type."""
    return str(value) if isinstance(value, Period) else value
