"""Which kinds of message are on for a certification."""

import pytest

from certifications.kinds import CERTIFICATION_ASSIGNED, CERTIFICATION_EXPIRED, EXPIRING_SOON, KINDS, WINDOW_OPENS
from certifications.switches import kinds_on, read_departures

ORGANISATION = frozenset({WINDOW_OPENS, EXPIRING_SOON, "overdue"})


@pytest.mark.parametrize(
    ("departures", "expected"),
    [
        ({}, {WINDOW_OPENS, EXPIRING_SOON}),
        ({WINDOW_OPENS: True}, {WINDOW_OPENS, EXPIRING_SOON}),
        ({WINDOW_OPENS: False}, {EXPIRING_SOON}),
        ({CERTIFICATION_ASSIGNED: True}, {CERTIFICATION_ASSIGNED, WINDOW_OPENS, EXPIRING_SOON}),
        ({CERTIFICATION_EXPIRED: False}, {WINDOW_OPENS, EXPIRING_SOON}),
        (dict.fromkeys(KINDS, True), set(KINDS)),
        (dict.fromkeys(KINDS, False), set()),
        ({EXPIRING_SOON: None, "overdue": True, "gone": True}, {WINDOW_OPENS, EXPIRING_SOON}),
    ],
)
def test_T70_E72_a_certification_departs_from_the_organisation_kind_by_kind(
    departures: dict[str, bool | None], expected: set[str]
) -> None:
    assert kinds_on(ORGANISATION, departures) == expected


def test_T70_only_kinds_about_certifications_can_depart() -> None:
    assert read_departures({WINDOW_OPENS: True, EXPIRING_SOON: None, "overdue": False}) == {WINDOW_OPENS: True}
