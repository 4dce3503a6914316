"""The message choice of an import of offline records: what the review counts is what goes out, and quiet means never (S-41)."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lms.core.periods import Period
from lms.imports.importer import RowFacts
from lms.notifications.models import MessageSwitch, Notice, OutboxMessage
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from offline_records.kinds import KINDS, OFFLINE_RECORD_CREATED, OFFLINE_RECORD_EXPIRES
from offline_records.models import OfflineActivity, OfflineRecord
from offline_records.planning import Facts, Recording, plan_records
from offline_records.terms import ActivityTerms
from tests.completions.daily_data import run_nights
from tests.offline_records.catalogue import HEAD, KIND, add_activity, choose
from tests.plugins.cast import Cast
from tests.plugins.days import OnDay
from tests.plugins.running import Imported, Imports

Run = Callable[..., Imported]
Mail = tuple[str, str, str, list[str]]
TODAY = dt.date(2026, 3, 15)
YEAR = Period.parse("12 months")
# Bob's second record expires soon on the day of the import, the first never does because of it; Ben's on 1 April.
FILE = f"{HEAD}\nbob,,,2025-03-20\nbob,,,2025-04-01\nben,,,2025-05-01\n"


@pytest.fixture
def lift(cast: Cast, on_day: OnDay) -> Iterator[OfflineActivity]:
    """LIFT, valid for a year, on 15 March, with both kinds of message switched on."""
    with tenant_scope(cast.acme.pk):
        MessageSwitch.objects.bulk_create(MessageSwitch(tenant=cast.acme, kind=kind, is_on=True) for kind in KINDS)
    with on_day("2026-03-15"):
        yield add_activity(cast.acme, validity=YEAR, expiring_days=30)


def mails(tenant: Tenant) -> list[Mail]:
    """Return who was to be told what, about records of which days, and what became of it."""
    with tenant_scope(tenant.pk):
        names = dict(User.objects.values_list("pk", "username"))
        kept = OutboxMessage.objects.filter(kind__in=KINDS)
        return sorted(
            (
                names[mail.recipient_id or 0],
                mail.kind,
                mail.state,
                [one["completed_on"] for one in mail.params["items"]],
            )
            for mail in kept
        )


CREATED = [
    ("ben", OFFLINE_RECORD_CREATED, "queued", ["2025-05-01"]),
    ("bob", OFFLINE_RECORD_CREATED, "queued", ["2025-03-20", "2025-04-01"]),
]
BOB = ("bob", OFFLINE_RECORD_EXPIRES, "queued", ["2025-04-01"])
BEN = ("ben", OFFLINE_RECORD_EXPIRES, "queued", ["2025-05-01"])


def test_S41_E71_what_the_review_shows_goes_out_and_the_nights_add_what_comes_later(
    cast: Cast, lift: OfflineActivity, run_import: Run, imports: Imports
) -> None:
    checked = run_import(KIND, FILE, options=choose(lift, cast.clinical), check_only=True)
    shown = checked.summary["messages"]
    assert (shown["emails"], {kind: one["messages"] for kind, one in shown["kinds"].items()}) == (
        3,
        {OFFLINE_RECORD_CREATED: 2, OFFLINE_RECORD_EXPIRES: 1},
    )
    done = imports.confirm(checked, messages="send")
    assert mails(cast.acme) == sorted([*CREATED, BOB])
    run_nights(cast.acme, "2026-03-15", "2026-03-16")
    run_nights(cast.acme, "2026-04-01", "2026-04-02")
    assert mails(cast.acme) == sorted([*CREATED, BOB, BEN])

    assert imports.undo(done).state == "undone"
    assert {state for _, _, state, _ in mails(cast.acme)} == {"withdrawn"}
    with tenant_scope(cast.acme.pk):
        assert (OfflineRecord.objects.count(), Notice.objects.filter(kind=OFFLINE_RECORD_CREATED).count()) == (0, 0)


def test_S41_E60_quiet_means_never_and_a_record_that_is_valid_for_longer_takes_the_warning_back(
    cast: Cast, lift: OfflineActivity, run_import: Run
) -> None:
    options = choose(lift, cast.clinical)
    run_import(KIND, FILE, options=options, messages="suppress")
    run_nights(cast.acme, "2026-03-15", "2026-03-16")
    run_nights(cast.acme, "2026-04-01", "2026-04-02")
    assert mails(cast.acme) == [BEN]
    run_import(KIND, f"{HEAD}\nben,,,2024-05-01\n", options=options, messages="suppress")
    assert mails(cast.acme) == [BEN]
    undone = run_import(KIND, f"{HEAD}\nben,,,2026-03-01\n", options=options, messages="suppress")
    assert [mail[2] for mail in mails(cast.acme)] == ["withdrawn"]
    assert undone.state == "completed"


# --- What is planned --------------------------------------------------------------------------------------------------


def plan(
    *days: str, latest: str = "", sends: frozenset[str] = frozenset(KINDS), **values: str
) -> list[tuple[bool, list[tuple[str, str]]]]:
    """Return for each day whether its record lasts longest, and what is told; `values` are those of the last row."""
    rows = [
        RowFacts(place, 7, 1, dt.date.fromisoformat(day), dict(values) if place == len(days) else {})
        for place, day in enumerate(days, start=1)
    ]
    terms = ActivityTerms(activity_id=1, validity=YEAR, expiring_days=30, sends=sends)
    facts = Facts(terms=terms, latest={7: dt.date.fromisoformat(latest)} if latest else {})
    found = []
    for one in plan_records(rows, facts=facts, today=TODAY):
        assert isinstance(one.action, Recording)
        told = [(message.kind, str(message.occasion_on)) for message in one.messages]
        found.append((one.action.lasts_longest, told))
    return found


def created(day: str) -> tuple[str, str]:
    return OFFLINE_RECORD_CREATED, day


def expires(day: str) -> tuple[str, str]:
    return OFFLINE_RECORD_EXPIRES, day


@pytest.mark.parametrize(
    ("days", "more", "expected"),
    [
        (["2025-04-14"], {}, [(True, [created("2025-04-14"), expires("2026-03-15")])]),
        (["2025-04-15"], {}, [(True, [created("2025-04-15")])]),
        (["2025-03-15"], {}, [(True, [created("2025-03-15"), expires("2026-02-13")])]),
        (["2025-03-14"], {}, [(True, [created("2025-03-14")])]),  # expired on arrival
        (["2025-04-01"], {"latest": "2026-03-31"}, [(True, [created("2025-04-01"), expires("2026-03-02")])]),
        (["2025-04-01"], {"latest": "2026-04-01"}, [(False, [created("2025-04-01")])]),
        (["2025-04-01"], {"latest": "9999-12-31"}, [(False, [created("2025-04-01")])]),
        (["2025-04-01"], {"result": "failed"}, [(False, [created("2025-04-01")])]),
        (["2025-04-01"], {"sends": frozenset({OFFLINE_RECORD_CREATED})}, [(False, [created("2025-04-01")])]),
        (["2025-04-01"], {"sends": frozenset({OFFLINE_RECORD_EXPIRES})}, [(True, [expires("2026-03-02")])]),
        (
            ["2025-04-01", "2025-04-02"],
            {"result": "failed"},
            [(True, [created("2025-04-01"), expires("2026-03-02")]), (False, [created("2025-04-02")])],
        ),
        # A stated expiry: the newest is not the one that is valid for longest.
        (
            ["2025-04-01", "2025-04-02"],
            {"expires_on": "2025-12-31"},
            [(True, [created("2025-04-01"), expires("2026-03-02")]), (False, [created("2025-04-02")])],
        ),
    ],
)
def test_S41_E22_an_import_tells_of_each_record_and_warns_of_the_one_that_is_valid_longest(
    days: list[str], more: dict[str, Any], expected: list[Any]
) -> None:
    assert plan(*days, **more) == expected


def test_S41_of_what_was_failed_nobody_hears_how_long_it_is_valid() -> None:
    row = RowFacts(2, 7, 1, dt.date(2025, 4, 1), {"result": "failed", "expires_on": "2026-03-20"})
    terms = ActivityTerms(activity_id=1, code="LIFT", name="Lifting", validity=YEAR, sends=frozenset(KINDS))
    (found,) = plan_records([row], facts=Facts(terms=terms), today=TODAY)
    assert [(message.kind, message.item) for message in found.messages] == [
        (
            OFFLINE_RECORD_CREATED,
            {
                "activity_id": 1,
                "code": "LIFT",
                "activity": "Lifting",
                "completed_on": "2025-04-01",
                "result": "failed",
            },
        )
    ]
