"""The kinds of message about certifications (T-68, T-70): when each is sent, its shipped words, its placeholders."""

from typing import Final

from certifications.rules import RenewalEvent

CERTIFICATION_ASSIGNED: Final = "certification_assigned"
CERTIFICATION_COMPLETED: Final = "certification_completed"
WINDOW_OPENS: Final = "certification_window_opens"
EXPIRING_SOON: Final = "certification_expiring_soon"
CERTIFICATION_EXPIRED: Final = "certification_expired"

KINDS: Final = (CERTIFICATION_ASSIGNED, CERTIFICATION_COMPLETED, WINDOW_OPENS, EXPIRING_SOON, CERTIFICATION_EXPIRED)
# One series: a daily run, and an import, tells the latest of them that has come (E-72).
EVENT_KINDS: Final = {
    RenewalEvent.WINDOW_OPENS: WINDOW_OPENS,
    RenewalEvent.EXPIRES_SOON: EXPIRING_SOON,
    RenewalEvent.EXPIRED: CERTIFICATION_EXPIRED,
}
# What somebody still has to do; it no longer holds once they have recertified.
OBLIGATIONS: Final = tuple(EVENT_KINDS.values())
