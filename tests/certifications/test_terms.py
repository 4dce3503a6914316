"""What a certification says, handed to the rules as it stands (T-38, T-43, T-54, T-70)."""

import datetime as dt

from certifications.choices import Basis
from certifications.rules import RenewalEvent
from certifications.terms import CertificationTerms
from lms.core.periods import Period

D = dt.date.fromisoformat
TERMS = CertificationTerms(
    certification_id=3,
    short_name="AID",
    name="First Aid",
    method="expiry_date",
    active_period=Period.parse("2 years"),
    recertification_window=Period.parse("3 months"),
    minimum_active_period=Period.parse("6 months"),
    expiring_days=10,
)


def test_T38_T54_the_dates_of_a_completion() -> None:
    first = TERMS.dates(D("2024-05-01"), due_on=D("2024-06-30"))
    assert (str(first.expires_on), str(first.window_opens_on), first.basis) == ("2026-06-30", "2026-03-30", Basis.DUE)
    again = TERMS.dates(D("2026-04-15"), previous_expires_on=first.expires_on, previous_window_opens_on=D("2026-05-01"))
    assert (str(again.expires_on), again.basis) == ("2026-06-30", Basis.KEPT)


def test_T39_the_minimum_active_period_counts_with_the_fixed_method() -> None:
    fixed = CertificationTerms(
        method="fixed_date",
        active_period=Period.parse("12 months"),
        recertification_window=Period.parse("1 month"),
        minimum_active_period=Period.parse("6 months"),
    )
    assert str(fixed.dates(D("2021-07-30"), due_on=D("2021-12-31")).expires_on) == "2022-12-31"


def test_T70_the_days_of_its_reminders() -> None:
    events = TERMS.renewal_events(window_opens_on=D("2026-03-30"), expires_on=D("2026-06-30"))
    assert [(str(day), event) for day, event in events] == [
        ("2026-03-30", RenewalEvent.WINDOW_OPENS),
        ("2026-06-20", RenewalEvent.EXPIRES_SOON),
        ("2026-07-01", RenewalEvent.EXPIRED),
    ]


def test_T68_the_item_of_a_message_leaves_out_what_is_not_known() -> None:
    assert TERMS.describe(completed_on=D("2024-05-01"), expires_on=None) == {
        "certification_id": 3,
        "short_name": "AID",
        "certification": "First Aid",
        "completed_on": "2024-05-01",
    }
