"""Who stands how in which certification: the same states as the rules, active people only (G-05)."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
import time_machine
from django.test import Client

from certifications.attention import Group, Line, Lines, Selection, answer_attention, count_groups, iterate_lines
from certifications.models import Certification, CertificationStatus
from certifications.rules import state_on
from lms.courses.attention import Trouble, TroubleCounts, TroubleKind, count_by_person, find_troubles
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import assign, certification, certify
from tests.plugins.cast import Cast, add_person

SignIn = Callable[[User], Client]
TODAY = date(2026, 3, 15)


@pytest.fixture(autouse=True)
def _march() -> Iterator[None]:
    with time_machine.travel(f"{TODAY.isoformat()}T12:00:00+00:00", tick=True):
        yield


@pytest.fixture
def ils(cast: Cast) -> Certification:
    """On 2026-03-15, with 12 months and a window of one: Ben expired, Bob's window open, Carl certified, Lea never."""
    made = certification(cast.acme, "ILS")
    for person in (cast.ben, cast.bob, cast.carl, cast.lea):
        assign(person, made)
    certify(cast.ben, made, "2025-03-14", state="expired")
    certify(cast.bob, made, "2025-03-20", state="window_open")
    certify(cast.carl, made, "2026-01-10")
    return made


def groups(*, day: date = TODAY, people: Any = None) -> dict[str, int]:
    return {group.value: number for group, number in count_groups(Selection(today=day, people=people)).items()}


def lines(**more: Any) -> list[Line]:
    return list(Lines(Selection(**({"today": TODAY} | more))))


def test_G05_four_disjoint_states_of_active_people_and_certifications(cast: Cast, ils: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        assert groups() == {"certified": 1, "window_open": 1, "expired": 1, "never": 1, "expires_soon": 1}
        User.objects.filter(pk=cast.ben.pk).update(is_active=False)
        assert groups()["expired"] == 0
        Certification.objects.filter(pk=ils.pk).update(is_active=False)
        assert set(groups().values()) == {0}
    with tenant_scope(cast.zebra.pk):
        assert set(groups().values()) == {0}


def test_a_line_says_who_what_and_until_when_also_once_expired(cast: Cast, ils: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        found = {line.username: line for line in lines()}

    assert [(name, line.group.value, str(line.expires_on)) for name, line in found.items()] == [
        ("lea", "never", "None"),
        ("ben", "expired", "2026-03-14"),
        ("bob", "window_open", "2026-03-20"),
        ("carl", "certified", "2027-01-10"),
    ]
    carl = found["carl"]
    assert (carl.completed_on, carl.window_opens_on, carl.short_name, carl.name, carl.person_name) == (
        date(2026, 1, 10),
        date(2026, 12, 10),
        "ILS",
        ils.name,
        "Carl Outside",
    )


@pytest.mark.usefixtures("ils")
def test_T48_the_list_is_right_before_the_daily_job_has_run(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        assert groups(day=date(2026, 12, 9)) == {
            "certified": 1,
            "window_open": 0,
            "expired": 2,
            "never": 1,
            "expires_soon": 0,
        }
        assert groups(day=date(2026, 12, 10))["window_open"] == 1
        assert [groups(day=date(2027, 1, day))["expired"] for day in (10, 11)] == [2, 3]


@pytest.mark.usefixtures("ils")
@pytest.mark.parametrize("days", [0, 30, 31])
def test_expires_soon_is_within_30_days_and_still_certified(cast: Cast, days: int) -> None:
    with tenant_scope(cast.acme.pk):
        expiry = TODAY + timedelta(days=days)
        CertificationStatus.objects.filter(person=cast.carl).update(expires_on=expiry)
        assert groups()["expires_soon"] == (2 if days <= 30 else 1)


def test_the_groups_are_the_states_of_the_rules_for_every_mixture_of_dates(cast: Cast) -> None:
    days = (None, TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1))
    made = certification(cast.acme, "MIX")
    expected = {}
    with tenant_scope(cast.acme.pk):
        people = [add_person(cast.acme, f"mix{number}") for number in range(48)]
    for person, (state, window, expires) in zip(
        people, product(("certified", "window_open", "expired"), days, days), strict=True
    ):
        assign(person, made)
        certify(person, made, "2025-06-01", state=state, window_opens_on=window, expires_on=expires)
        expected[person.username] = state_on(TODAY, state=state, window_opens_on=window, expires_on=expires).value
    with tenant_scope(cast.acme.pk):
        assert {line.username: line.group.value for line in lines()} == expected
        assert {
            group.value: {line.username for line in lines(group=group.value)}
            for group in (Group.CERTIFIED, Group.WINDOW_OPEN, Group.EXPIRED)
        } == {
            state: {name for name, found in expected.items() if found == state}
            for state in ("certified", "window_open", "expired")
        }


def test_the_file_and_the_pages_hold_the_same_lines_in_the_same_order(cast: Cast, ils: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        assert list(iterate_lines(Selection(today=TODAY))) == lines()
        assert list(Lines(Selection(today=TODAY))[1:3]) == lines()[1:3]
        assert Lines(Selection(today=TODAY))[1:3].count() == 2
        assert [line.username for line in lines(certification_id=ils.pk, people=User.objects.none())] == []


def test_G05_an_expired_certification_needs_attention_from_the_day_after(cast: Cast, ils: Certification) -> None:
    people = [cast.ben.pk, cast.bob.pk, cast.carl.pk, cast.lea.pk]
    with tenant_scope(cast.acme.pk):
        found = find_troubles(people, day=TODAY)
        later = answer_attention(people, date(2026, 3, 21))
        User.objects.filter(pk=cast.ben.pk).update(is_active=False)
        assert find_troubles(people, day=TODAY) == []
    with tenant_scope(cast.zebra.pk):
        assert answer_attention(people, TODAY) == []

    ben = Trouble(
        person_id=cast.ben.pk, item_id=ils.pk, name=ils.name, kind=TroubleKind.EXPIRED, since=date(2026, 3, 15)
    )
    assert found == [ben]
    assert count_by_person(found) == {cast.ben.pk: TroubleCounts(expired=1)}
    assert sorted((trouble.person_id, trouble.since) for trouble in later) == sorted(
        [
            (cast.ben.pk, date(2026, 3, 15)),
            (cast.bob.pk, date(2026, 3, 21)),
        ]
    )


def test_the_pages_of_people_and_teams_say_what_has_expired(cast: Cast, ils: Certification, client_for: SignIn) -> None:
    page = " ".join(client_for(cast.lea).get(f"/people/{cast.ben.pk}/").content.decode().split())
    assert f'<li>{ils.name} <span class="muted small">expired since 15 March 2026</span></li>' in page
    assert "1 expired" in page
    response = client_for(cast.adam).get(f"/teams/{cast.nights.pk}/")
    assert [counts for _, counts in response.context["members"]] == [TroubleCounts(expired=1)]
    assert "1 expired" in " ".join(response.content.decode().split())
    assert "expired" not in client_for(cast.lea).get(f"/people/{cast.bob.pk}/").content.decode()
