"""The kinds of message about certifications: their words, their lines, their numbers."""

import datetime as dt
from typing import Any

import pytest
from django.utils import translation

from certifications.kinds import (
    CERTIFICATION_ASSIGNED,
    CERTIFICATION_COMPLETED,
    CERTIFICATION_EXPIRED,
    EXPIRING_SOON,
    KINDS,
    WINDOW_OPENS,
)
from certifications.terms import CertificationTerms
from lms.notifications.kinds import MessageKind, find_kind
from lms.notifications.layout import RenderedMessage
from lms.notifications.selectors import switched_on
from lms.notifications.templates import render_message
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

TODAY = dt.date(2026, 4, 2)


def kind_of(key: str) -> MessageKind:
    kind = find_kind(key)
    assert kind is not None
    return kind


def item(short_name: str = "FA-1", name: str = "First Aid", **days: dt.date | None) -> dict[str, Any]:
    return CertificationTerms(certification_id=1, short_name=short_name, name=name).describe(**days)


def render(cast: Cast, kind: str, *items: dict[str, Any], today: dt.date = TODAY) -> RenderedMessage:
    with tenant_scope(cast.acme.pk):
        return render_message(kind, items, person=cast.bob, tenant=cast.acme, today=today)


def shift(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


@pytest.mark.parametrize(
    ("kind", "dates", "subject", "line"),
    [
        (CERTIFICATION_ASSIGNED, {}, "New for you: First Aid", "First Aid (FA-1)"),
        (
            CERTIFICATION_COMPLETED,
            {"completed_on": shift(-2), "expires_on": shift(363)},
            "Completed: First Aid",
            "First Aid (FA-1): completed on 31 March 2026, expires on 31 March 2027 (363 days left)",
        ),
        (
            CERTIFICATION_COMPLETED,
            {"completed_on": shift(-400), "expires_on": shift(-35)},
            "Completed: First Aid",
            "First Aid (FA-1): completed on 26 February 2025, expired on 26 February 2026 (35 days over)",
        ),
        (
            WINDOW_OPENS,
            {"expires_on": shift(30)},
            "Time to recertify: First Aid",
            "First Aid (FA-1): expires on 2 May 2026 (30 days left)",
        ),
        (
            EXPIRING_SOON,
            {"expires_on": shift(1)},
            "Expires soon: First Aid",
            "First Aid (FA-1): expires on 3 April 2026 (1 day left)",
        ),
        (
            EXPIRING_SOON,
            {"expires_on": shift(0)},
            "Expires soon: First Aid",
            "First Aid (FA-1): expires today, 2 April 2026",
        ),
        (
            CERTIFICATION_EXPIRED,
            {"expires_on": shift(-1)},
            "Expired: First Aid",
            "First Aid (FA-1): expired on 1 April 2026 (1 day over)",
        ),
    ],
)
def test_T70_subject_and_line_of_every_kind(
    cast: Cast, kind: str, dates: dict[str, Any], subject: str, line: str
) -> None:
    mail = render(cast, kind, item(**dates))

    assert (mail.subject, f"\n- {line}\n" in mail.text) == (subject, True)
    assert mail.text.rstrip().endswith("You get it because of your certifications.")
    assert f"http://{cast.acme.host}/people/{cast.bob.pk}/record/" in mail.text
    assert kind_of(kind).describe([item(**dates)], TODAY) == [line]


def test_T68_days_are_counted_when_the_mail_is_made(cast: Cast) -> None:
    expires = item(expires_on=shift(1))

    assert "(1 day left)" in render(cast, EXPIRING_SOON, expires).text
    assert "(4 days over)" in render(cast, EXPIRING_SOON, expires, today=shift(5)).text


def test_E20_the_subject_names_one_certification_and_counts_several(cast: Cast) -> None:
    mail = render(cast, WINDOW_OPENS, item(expires_on=shift(5)), item("Forklift", "Forklift", expires_on=shift(2)))

    assert mail.subject == "Time to recertify: 2 certifications"
    assert (
        "- First Aid (FA-1): expires on 7 April 2026 (5 days left)\n"
        "- Forklift: expires on 4 April 2026 (2 days left)" in mail.text
    )


def test_T70_of_several_certifications_the_most_urgent_gives_dates_and_days() -> None:
    items = [
        item(completed_on=shift(-9), window_opens_on=shift(-3), expires_on=shift(9)),
        item(completed_on=shift(-1), window_opens_on=shift(-5), expires_on=shift(4)),
    ]

    values = kind_of(EXPIRING_SOON).fill(items, TODAY)

    assert {name: values[name] for name in ("completed_on", "window_opens_on", "expires_on", "days", "count")} == {
        "completed_on": "1 April 2026",
        "window_opens_on": "28 March 2026",
        "expires_on": "6 April 2026",
        "days": "4",
        "count": "2",
    }


@pytest.mark.parametrize("key", KINDS)
def test_T70_the_sample_fits_every_text(key: str) -> None:
    kind = kind_of(key)
    (text,) = kind.texts
    items = kind.sample(text.key, TODAY)
    values = kind.fill(items, TODAY)

    assert (len(items), kind.choose(items, TODAY), kind.about) == (3, key, "certification_id")
    assert [place.name for place in kind.placeholders if not values.get(place.name)] == []
    assert ("over)" in kind.describe(items, TODAY)[0]) == (key == CERTIFICATION_EXPIRED)


def test_T70_E72_assigned_and_completed_are_off_unless_switched_on(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        assert switched_on() & set(KINDS) == {WINDOW_OPENS, EXPIRING_SOON, CERTIFICATION_EXPIRED}


def test_L77_in_a_language_without_pages_the_date_stands_alone() -> None:
    dates: dict[str, Any] = {"completed_on": shift(-2), "expires_on": shift(30)}
    with translation.override("fr"):
        assert kind_of(CERTIFICATION_COMPLETED).describe([item(**dates)], TODAY) == ["First Aid (FA-1): 31 mars 2026"]
        assert kind_of(WINDOW_OPENS).describe([item(**dates)], TODAY) == ["First Aid (FA-1): 2 mai 2026"]
