"""Where a certification departs from the organisation's messages (T-70). Runs in the open tenant scope; commits nothing.

Public: `message_kinds`, `save_departures`.
"""

from collections.abc import Mapping

from certifications.kinds import KINDS
from certifications.models import Certification
from certifications.services import label_of
from certifications.switches import read_departures
from lms.audit.services import record_event
from lms.notifications.kinds import MessageKind, find_kind
from lms.people.models import User


def message_kinds() -> list[MessageKind]:
    """Return the kinds of message about certifications, in their order."""
    return [kind for key in KINDS if (kind := find_kind(key)) is not None]


def save_departures(certification: Certification, departures: Mapping[str, bool], *, actor: User) -> list[str]:
    """Switch kinds on or off for one certification; those left out are as the organisation. Return which changed.

    It counts from the next message on: nothing is told later about the time before.
    """
    found = Certification.objects.select_for_update().get(pk=certification.pk)
    before, after = read_departures(found.message_switches), read_departures(departures)
    changed = [kind for kind in KINDS if before.get(kind) != after.get(kind)]
    if not changed:
        return []
    found.message_switches = after
    found.save(update_fields=["message_switches"])
    record_event(
        "certifications.messages.switched",
        actor=actor,
        subject_kind="certification",
        subject_id=found.pk,
        subject_label=label_of(found),
        details={
            "before": {kind: before.get(kind) for kind in changed},
            "after": {kind: after.get(kind) for kind in changed},
        },
    )
    return changed
