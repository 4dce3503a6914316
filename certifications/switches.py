"""Which kinds of message are on for a certification (T-70, E-72). Pure. Public: `kinds_on`, `read_departures`."""

from collections.abc import Mapping
from typing import Any

from certifications.kinds import KINDS


def read_departures(stored: Mapping[str, Any]) -> dict[str, bool]:
    """Return where a certification departs from the organisation: kind of message -> on or off; other keys are ignored."""
    return {kind: bool(stored[kind]) for kind in KINDS if stored.get(kind) is not None}


def kinds_on(organisation: frozenset[str], departures: Mapping[str, Any]) -> frozenset[str]:
    """Return the kinds about certifications that are sent: as the `organisation` does, unless the certification departs.

    `organisation` is what `lms.notifications.selectors.switched_on` returns, `departures` is
    `Certification.message_switches`.
    """
    answers = read_departures(departures)
    return frozenset(kind for kind in KINDS if answers.get(kind, kind in organisation))
