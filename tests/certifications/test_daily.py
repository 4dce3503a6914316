"""The nights after: whose window opens, who expires, who is told what, day by day (spec: dates; T-48, T-68, T-71)."""

import pytest
from django.utils import timezone

from certifications.daily import run_certifications
from certifications.kinds import CERTIFICATION_EXPIRED, EXPIRING_SOON, OBLIGATIONS, WINDOW_OPENS
from certifications.models import Certification
from lms.daily.parts import DailyContext
from lms.daily.services import run_daily
from lms.notifications.models import MessageSwitch, Notice, OutboxMessage
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import D, assignments, certification, certify, give_team
from tests.certifications.daily_data import TODAY, Told, change, standing, told
from tests.completions.daily_data import run_nights
from tests.plugins.cast import Cast
from tests.plugins.standing import dump_tables

# Completed on 2025-04-10: for 12 months, window 1 month, "expiring soon" 10 days before.
DATES = ("2025-04-10", "2026-03-10", "2026-04-10")
CERTIFIED = ("certified", *DATES, "2026-04-10")
WINDOW_OPEN = ("window_open", *DATES, "2026-04-10")
STATUSES = "certifications_certificationstatus"
TABLES = (STATUSES, "certifications_certificationrecord", "certifications_statuschange")
EXPIRED = ("expired", "None", "None", "None", "2026-04-10")


@pytest.fixture
def aid(cast: Cast) -> Certification:
    """AID, for 12 months with a window of 1 month: the certification of the tables."""
    return certification(cast.acme, "AID", name="First Aid", expiring_days=10)


# --- States -----------------------------------------------------------------------------------------------------------


def test_T48_the_window_opens_on_its_day_and_expiry_is_the_day_after(cast: Cast, aid: Certification) -> None:
    certify(cast.bob, aid, "2025-04-10")
    run_nights(cast.acme, "2026-03-08", "2026-03-09")
    assert standing(cast.bob, aid) == CERTIFIED
    run_nights(cast.acme, "2026-03-10", "2026-03-10")
    assert standing(cast.bob, aid) == WINDOW_OPEN
    run_nights(cast.acme, "2026-03-11", "2026-04-10")
    assert standing(cast.bob, aid) == WINDOW_OPEN
    run_nights(cast.acme, "2026-04-11", "2026-04-11")
    assert standing(cast.bob, aid) == EXPIRED
    assert told(cast.acme) == [
        Told("2026-03-10", WINDOW_OPENS, "bob", ("AID",)),
        Told("2026-03-31", EXPIRING_SOON, "bob", ("AID",)),
        Told("2026-04-11", CERTIFICATION_EXPIRED, "bob", ("AID",)),
    ]


def test_T48_each_change_happens_once_and_touches_nothing_else(cast: Cast, aid: Certification) -> None:
    certify(cast.bob, aid, "2025-04-10")
    certify(cast.ben, aid, "2026-01-01")
    before = dump_tables(cast.acme, TABLES)
    run = run_daily(cast.acme, as_of=D("2026-03-10"))
    assert run is not None
    assert run.counts["certifications"] == {
        "assigned": 0,
        "windows_opened": 1,
        "expired": 0,
        WINDOW_OPENS: 1,
        EXPIRING_SOON: 0,
        CERTIFICATION_EXPIRED: 0,
    }
    opened = dump_tables(cast.acme, TABLES)
    was, other = before[STATUSES]
    assert opened == before | {STATUSES: [was | {"state": "window_open"}, other]}
    run_nights(cast.acme, "2026-03-11", "2026-03-13")
    assert dump_tables(cast.acme, TABLES) == opened
    assert run_daily(cast.acme, as_of=D("2026-03-13")) is None


@pytest.mark.parametrize("state", ["certified", "window_open"])
def test_T48_after_any_number_of_missed_days_only_the_latest_is_told(
    cast: Cast, aid: Certification, state: str
) -> None:
    certify(cast.bob, aid, "2025-04-10", state=state)
    run_nights(cast.acme, "2026-03-01", "2026-03-01")
    run_nights(cast.acme, "2027-01-01", "2027-01-02")
    assert standing(cast.bob, aid) == EXPIRED
    assert told(cast.acme) == [Told("2027-01-01", CERTIFICATION_EXPIRED, "bob", ("AID",))]


def test_T48_window_open_and_expired_on_arrival_move_the_next_night_once(cast: Cast, aid: Certification) -> None:
    run_nights(cast.acme, "2026-03-15", "2026-03-15")
    certify(cast.bob, aid, "2025-04-10", messages_suppressed_through=TODAY)
    certify(cast.ben, aid, "2020-04-10", messages_suppressed_through=TODAY)
    run = run_daily(cast.acme, as_of=D("2026-03-16"))
    assert run is not None
    assert (run.counts["certifications"]["windows_opened"], run.counts["certifications"]["expired"]) == (1, 1)
    assert (standing(cast.bob, aid), standing(cast.ben, aid)[0]) == (WINDOW_OPEN, "expired")
    assert told(cast.acme) == []


def test_T48_states_change_for_deactivated_people_and_archived_certifications_and_tell_nothing(
    cast: Cast, aid: Certification
) -> None:
    old = certification(cast.acme, "OLD", is_active=False)
    certify(cast.bob, old, "2025-04-10")
    certify(cast.carl, aid, "2025-04-10")
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.carl.pk).update(is_active=False)
    run_nights(cast.acme, "2026-03-09", "2026-03-10")
    assert (standing(cast.bob, old), standing(cast.carl, aid)) == (WINDOW_OPEN, WINDOW_OPEN)
    run_nights(cast.acme, "2026-04-11", "2026-04-11")
    assert (standing(cast.bob, old), standing(cast.carl, aid), told(cast.acme)) == (EXPIRED, EXPIRED, [])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"expires_on": None}, ("window_open", "2025-04-10", "2026-03-10", "None")),
        ({"window_opens_on": None}, ("expired", "None", "None", "None")),
        ({"state": "expired", "expires_on": "2026-04-10"}, ("expired", "None", "None", "2026-04-10")),
    ],
)
def test_T52_inconsistent_dates_move_by_the_rules_and_tell_nothing(
    cast: Cast, aid: Certification, fields: dict[str, str | None], expected: tuple[str, ...]
) -> None:
    certify(cast.bob, aid, "2025-04-10", **{"state": "certified", **fields})  # type: ignore[arg-type]
    run_nights(cast.acme, "2026-03-01", "2026-03-01")
    run_nights(cast.acme, "2026-04-11", "2026-04-12")
    assert (standing(cast.bob, aid)[:4], told(cast.acme)) == (expected, [])


def test_T54_expiring_keeps_the_record_whose_expiry_the_next_one_is_counted_from(
    cast: Cast, aid: Certification
) -> None:
    certify(cast.bob, aid, "2025-04-10")
    (before,) = dump_tables(cast.acme, TABLES)[STATUSES]
    run_nights(cast.acme, "2026-04-11", "2026-04-11")
    (after,) = dump_tables(cast.acme, TABLES)[STATUSES]
    cleared = {"state": "expired", "completed_on": None, "window_opens_on": None, "expires_on": None}
    assert after == before | cleared


# --- Messages ---------------------------------------------------------------------------------------------------------


def test_T71_after_a_quiet_import_the_past_is_not_told_and_the_next_real_event_is(
    cast: Cast, aid: Certification
) -> None:
    certify(cast.bob, aid, "2025-04-10", messages_suppressed_through=TODAY)  # in its window since 10 March
    certify(cast.ben, aid, "2025-04-20", messages_suppressed_through=TODAY)  # window from 20 March
    certify(cast.carl, aid, "2025-03-14", messages_suppressed_through=TODAY)  # expired since today
    run_nights(cast.acme, "2026-03-15", "2026-04-25")
    assert told(cast.acme) == [
        Told("2026-03-20", WINDOW_OPENS, "ben", ("AID",)),
        Told("2026-03-31", EXPIRING_SOON, "bob", ("AID",)),
        Told("2026-04-10", EXPIRING_SOON, "ben", ("AID",)),
        Told("2026-04-11", CERTIFICATION_EXPIRED, "bob", ("AID",)),
        Told("2026-04-21", CERTIFICATION_EXPIRED, "ben", ("AID",)),
    ]


def test_T71_an_event_on_the_day_after_a_quiet_import_is_told(cast: Cast, aid: Certification) -> None:
    certify(cast.bob, aid, "2025-04-16", messages_suppressed_through=TODAY)  # window from 16 March
    certify(cast.ben, aid, "2025-04-15", messages_suppressed_through=TODAY)  # window from 15 March, settled
    run_nights(cast.acme, "2026-03-15", "2026-03-17")
    assert told(cast.acme) == [Told("2026-03-16", WINDOW_OPENS, "bob", ("AID",))]


def test_E72_expiring_soon_never_comes_before_the_window_and_is_the_later_chapter_of_that_day(
    cast: Cast, aid: Certification
) -> None:
    change(aid, expiring_days=60)
    certify(cast.bob, aid, "2025-04-10")
    run_nights(cast.acme, "2026-02-01", "2026-04-12")
    assert told(cast.acme) == [
        Told("2026-03-10", EXPIRING_SOON, "bob", ("AID",)),
        Told("2026-04-11", CERTIFICATION_EXPIRED, "bob", ("AID",)),
    ]


@pytest.mark.parametrize("off", OBLIGATIONS)
def test_T70_E72_what_is_off_is_not_told_and_a_certification_may_depart(
    cast: Cast, aid: Certification, off: str
) -> None:
    loud = certification(cast.acme, "LOUD", name="Zzz", expiring_days=10, message_switches={off: True})
    for found in (aid, loud):
        certify(cast.bob, found, "2025-04-10")
    with tenant_scope(cast.acme.pk):
        MessageSwitch.objects.create(tenant=cast.acme, kind=off, is_on=False)
    run_nights(cast.acme, "2026-03-01", "2026-04-12")
    assert {message.kind: message.certifications for message in told(cast.acme)} == {
        kind: ("LOUD",) if kind == off else ("AID", "LOUD") for kind in OBLIGATIONS
    }
    assert standing(cast.bob, aid) == EXPIRED


@pytest.mark.parametrize("off", OBLIGATIONS)
def test_T70_a_certification_may_be_silent_where_the_organisation_is_not(
    cast: Cast, aid: Certification, off: str
) -> None:
    change(aid, message_switches={off: False})
    certify(cast.bob, aid, "2025-04-10")
    run_nights(cast.acme, "2026-03-01", "2026-04-12")
    assert [message.kind for message in told(cast.acme)] == [kind for kind in OBLIGATIONS if kind != off]


def test_what_was_off_on_its_day_is_not_told_late(cast: Cast, aid: Certification) -> None:
    change(aid, message_switches={WINDOW_OPENS: False})
    certify(cast.bob, aid, "2025-04-10")
    run_nights(cast.acme, "2026-03-09", "2026-03-11")
    change(aid, message_switches={})
    run_nights(cast.acme, "2026-03-12", "2026-03-14")
    assert told(cast.acme) == []


def test_E19_whoever_comes_back_hears_nothing_of_the_time_away(cast: Cast, aid: Certification) -> None:
    certify(cast.bob, aid, "2025-04-10")
    run_nights(cast.acme, "2026-03-08", "2026-03-08")
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(active_since=D("2026-03-11"))
    run_nights(cast.acme, "2026-03-12", "2026-04-12")
    assert [message.kind for message in told(cast.acme)] == [EXPIRING_SOON, CERTIFICATION_EXPIRED]


def test_E20_one_person_gets_one_message_of_a_kind_a_night_with_what_its_words_need(
    cast: Cast, aid: Certification
) -> None:
    other = certification(cast.acme, "BOAT", name="A Boat")
    certify(cast.bob, aid, "2025-04-10")
    certify(cast.bob, other, "2025-04-10")
    certify(cast.ben, aid, "2025-04-10")
    run_nights(cast.acme, "2026-03-10", "2026-03-10")
    assert told(cast.acme) == [
        Told("2026-03-10", WINDOW_OPENS, "ben", ("AID",)),
        Told("2026-03-10", WINDOW_OPENS, "bob", ("BOAT", "AID")),
    ]
    with tenant_scope(cast.acme.pk):
        mail = OutboxMessage.objects.get(recipient_id=cast.ben.pk)
    assert mail.params == {
        "items": [
            {
                "certification_id": aid.pk,
                "short_name": "AID",
                "certification": "First Aid",
                "completed_on": "2025-04-10",
                "window_opens_on": "2026-03-10",
                "expires_on": "2026-04-10",
            }
        ]
    }


def test_E19_somebody_without_an_address_gets_the_notice_only(cast: Cast, aid: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(email="")
    certify(cast.bob, aid, "2025-04-10")
    run_nights(cast.acme, "2026-03-10", "2026-03-10")
    with tenant_scope(cast.acme.pk):
        assert (Notice.objects.count(), OutboxMessage.objects.count()) == (1, 0)


# --- Teams, tenants, numbers ------------------------------------------------------------------------------------------


def test_what_follows_from_teams_is_assigned_without_a_message(cast: Cast, aid: Certification) -> None:
    change(aid, message_switches={"certification_assigned": True})
    give_team(cast.ward_a, aid, "2026-01-01")
    run = run_daily(cast.acme, as_of=D("2026-03-10"))
    assert run is not None
    assert run.counts["certifications"]["assigned"] == 2
    assert assignments(cast.acme) == [
        ("ben", "AID", D("2026-01-01"), "team"),
        ("bob", "AID", D("2026-01-01"), "team"),
    ]
    assert told(cast.acme) == []


def test_S24_another_organisation_is_untouched(cast: Cast, aid: Certification) -> None:
    theirs = certification(cast.zebra, "AID")
    certify(cast.zoe, theirs, "2025-04-10")
    certify(cast.bob, aid, "2025-04-10")
    before = dump_tables(cast.zebra, TABLES)
    run_nights(cast.acme, "2026-03-01", "2026-04-12")
    assert (dump_tables(cast.zebra, TABLES), told(cast.zebra)) == (before, [])
    run_nights(cast.zebra, "2026-03-09", "2026-03-09")
    assert standing(cast.zoe, theirs) == CERTIFIED


@pytest.mark.parametrize("people", [1, 3])
def test_the_number_of_statements_does_not_grow_with_the_people(
    cast: Cast, aid: Certification, django_assert_num_queries: object, people: int
) -> None:
    for person in (cast.bob, cast.ben, cast.carl)[:people]:
        certify(person, aid, "2025-04-10")
        certify(person, certification(cast.acme, f"B-{person.pk}"), "2025-03-08")
    context = DailyContext(tenant=cast.acme, as_of=D("2026-03-10"), previous=D("2026-03-07"), now=timezone.now())
    with tenant_scope(cast.acme.pk), django_assert_num_queries(10):  # type: ignore[operator]
        assert run_certifications(context)["expired"] == people
