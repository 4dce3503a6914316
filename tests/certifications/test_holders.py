"""The people of a certification by state: the list says what the rules say, on the day it is looked at (T-48, T-72, G-05)."""

import datetime as dt
from itertools import product
from typing import Any

import pytest

from certifications.attention import Group
from certifications.choices import State
from certifications.holders import INCONSISTENT, draw_states, list_holders, read_holders
from certifications.models import Certification, CertificationStatus
from certifications.rules import state_on
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import D, assign, certification, certify, record
from tests.plugins.cast import Cast, add_person

TODAY = D("2026-03-15")


@pytest.fixture
def ils(cast: Cast) -> Certification:
    """Adam not certified, Bob certified, Ben with an open window, Carl expired by the job, Lea expired since the last run."""
    found = certification(cast.acme)
    for person in (cast.adam, cast.bob, cast.ben, cast.carl, cast.lea):
        assign(person, found)
    certify(cast.bob, found, "2026-02-01")
    certify(cast.ben, found, "2025-04-01")
    certify(cast.carl, found, "2024-01-01", state="expired")
    certify(cast.lea, found, "2025-03-14")
    return found


def names(cast: Cast, found: Certification, group: str = "") -> list[str]:
    with tenant_scope(cast.acme.pk):
        people = list_holders(found, people=User.objects.all(), group=group, today=TODAY)
        return sorted(person.username for person in people)


def test_T48_everybody_is_in_one_state_also_before_the_daily_run(cast: Cast, ils: Certification) -> None:
    assert names(cast, ils) == ["adam", "ben", "bob", "carl", "lea"]
    assert {group: names(cast, ils, group.value) for group in list(Group)[:4]} == {
        Group.CERTIFIED: ["bob"],
        Group.WINDOW_OPEN: ["ben"],
        Group.EXPIRED: ["carl", "lea"],
        Group.NEVER: ["adam"],
    }
    with tenant_scope(cast.acme.pk):
        bars = draw_states(ils, people=None, url="/x/", today=TODAY)
    assert [(str(bar.label), bar.value, bar.href) for bar in bars] == [
        ("Certified", 1, "/x/?status=certified"),
        ("Certified, recertification window open", 1, "/x/?status=window_open"),
        ("Not certified yet", 1, "/x/?status=never"),
        ("Expired", 2, "/x/?status=expired"),
    ]


def test_every_line_has_its_dates_and_who_expired_the_day_of_the_record(cast: Cast, ils: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        people = list_holders(ils, people=User.objects.all(), today=TODAY)
        lines = {one.person.username: one for one in read_holders(people, certification=ils, today=TODAY)}
    assert {
        name: (line.state, line.completed_on, line.window_opens_on, line.expires_on) for name, line in lines.items()
    } == {
        "adam": ("", None, None, None),
        "bob": ("certified", D("2026-02-01"), D("2027-01-01"), D("2027-02-01")),
        "ben": ("window_open", D("2025-04-01"), D("2026-03-01"), D("2026-04-01")),
        "carl": ("expired", D("2024-01-01"), None, D("2025-01-01")),
        "lea": ("expired", D("2025-03-14"), None, D("2026-03-14")),
    }
    assert {str(line.origin) for line in lines.values()} == {"by hand"}


def test_the_list_and_the_rule_agree_on_every_state_and_date(cast: Cast) -> None:
    found = certification(cast.acme)
    days = (None, TODAY - dt.timedelta(days=1), TODAY, TODAY + dt.timedelta(days=1))
    expected: dict[str, list[str]] = {state.value: [] for state in State}
    for number, (state, opens, expires) in enumerate(product(State, days, days)):
        with tenant_scope(cast.acme.pk):
            person = add_person(cast.acme, f"p{number:02}")
        certify(person, found, "2025-04-01", state=state.value, window_opens_on=opens, expires_on=expires)
        is_in = state_on(TODAY, state=state.value, window_opens_on=opens, expires_on=expires)
        expected[is_in.value].append(person.username)
    assert {state: names(cast, found, state) for state in expected} == expected


def test_T72_inconsistent_dates_are_a_list_of_their_own_and_say_why(cast: Cast, ils: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        CertificationStatus.objects.filter(person=cast.bob).update(window_opens_on=D("2027-03-01"))
        User.objects.filter(pk=cast.bob.pk).update(is_active=False)  # to be corrected all the same
    assert names(cast, ils, INCONSISTENT) == ["bob"]
    with tenant_scope(cast.acme.pk):
        (line,) = read_holders([cast.bob], certification=ils, today=TODAY)
    assert line.problems == ["The recertification window opens after the expiry."]


def test_G05_by_a_group_deactivated_people_are_left_out(cast: Cast, ils: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk__in=[cast.bob.pk, cast.adam.pk]).update(is_active=False)
    assert (names(cast, ils, "certified"), names(cast, ils, "never")) == ([], [])
    assert len(names(cast, ils)) == 5


def test_who_holds_it_without_an_assignment_is_listed_history_alone_is_not(cast: Cast) -> None:
    found = certification(cast.acme)
    certify(cast.bob, found, "2026-02-01")
    record(cast.ben, found, "2026-02-01")
    assert names(cast, found) == ["bob"]


def test_a_constant_number_of_queries(cast: Cast, ils: Certification, django_assert_num_queries: Any) -> None:
    with tenant_scope(cast.acme.pk):
        people = list(User.objects.all())
        with django_assert_num_queries(2):
            assert len(read_holders(people, certification=ils, today=TODAY)) == len(people)
