"""The checker of records (T-72): whose current certification has dates that contradict each other. Reads only.

The condition is the twin of `rules.find_inconsistencies`, so that the database goes through a million of them by itself;
why, is said for those on the page. Public: `inconsistent_statuses`, `explain_status`.
"""

from typing import Final

from django.db.models import F, Q, QuerySet

from certifications.choices import State
from certifications.models import CertificationStatus
from certifications.rules import Inconsistency, find_inconsistencies

_HAS_DATES: Final = Q(completed_on__isnull=False) | Q(window_opens_on__isnull=False) | Q(expires_on__isnull=False)
_LACKS_DATES: Final = Q(completed_on=None) | Q(window_opens_on=None) | Q(expires_on=None)
_CONTRADICTS: Final = (
    Q(window_opens_on__gt=F("expires_on"))
    | Q(expires_on__lt=F("completed_on"))
    | Q(record__completed_on__lt=F("completed_on"))
    | Q(record__completed_on__gt=F("completed_on"))
    | Q(record__expires_on__lt=F("expires_on"))
    | Q(record__expires_on__gt=F("expires_on"))
)
_CONDITION: Final = (
    Q(record=None) | Q(Q(state=State.EXPIRED) & _HAS_DATES) | Q(~Q(state=State.EXPIRED) & (_LACKS_DATES | _CONTRADICTS))
)


def inconsistent_statuses() -> QuerySet[CertificationStatus]:
    """Return the current certifications with inconsistent dates, with person, certification and record, by name."""
    found = CertificationStatus.objects.filter(_CONDITION).select_related("person", "certification", "record")
    return found.order_by("certification__name", "certification_id", "person__last_name", "person__first_name", "pk")


def explain_status(status: CertificationStatus) -> tuple[Inconsistency, ...]:
    """Return what is wrong with a current certification; nothing for a sound one."""
    record = status.record
    return find_inconsistencies(
        state=status.state,
        completed_on=status.completed_on,
        window_opens_on=status.window_opens_on,
        expires_on=status.expires_on,
        record=(record.completed_on, record.expires_on) if record else None,
    )
