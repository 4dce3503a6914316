"""What the check counts is what is sent, whatever happens in between (E-19 to E-22, E-60, E-61; P13 to P15)."""

import datetime as dt
from collections.abc import Callable

import pytest
from pytest_django import Settings

from lms.imports import applying
from lms.imports.confirming import ConfirmationRefused
from lms.imports.importer import PersonFact, Plan, PlannedMessage, RowFacts
from lms.imports.messaging.counting import MessageTally, message_numbers, read_totals
from lms.imports.messaging.keeping import keep_messages, read_shown
from lms.imports.models import ImportBatch
from lms.notifications.models import OutboxMessage
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.message_data import (
    EXPECTED,
    HEAD,
    RETAKES,
    caused_mails,
    caused_notices,
    check,
    days_ago,
    mixed_file,
    prepare_courses,
    told,
)
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import dump_tables

Run = Callable[..., Imported]


@pytest.fixture(autouse=True)
def _courses(cast: Cast) -> None:
    prepare_courses(cast)


# --- the check counts (E-20, E-22) -------------------------------------------------------------------------------


def test_E20_E22_the_check_counts_messages_people_and_the_most_of_one_person(cast: Cast, run_import: Run) -> None:
    checked = check(cast, run_import)
    stored = checked.summary["messages"]
    assert message_numbers(checked.summary) == {
        "kinds": {
            "course_assigned": {"messages": 3, "with_email": 3, "without_email": 0, "people": 3},
            "non_compliant": {"messages": 2, "with_email": 2, "without_email": 0, "people": 2},
            "retake_open": {"messages": 1, "with_email": 1, "without_email": 0, "people": 1},
        },
        "messages": 6,
        "emails": 6,
        "people": 3,
        "people_with_email": 3,
        "people_without_email": 0,
        "most": 3,
    }
    sample = stored["sample"]
    assert (sample["kind"], sample["person_id"], sample["items_total"]) == ("course_assigned", cast.bob.pk, 2)
    assert sorted(item["code"] for item in sample["items"]) == ["FIRE-2", "SAFE-1"]
    assert [total.kind for total in read_totals(checked.batch).kinds] == [
        "course_assigned",
        "non_compliant",
        "retake_open",
    ]


def test_E19_people_without_an_address_are_counted_apart_and_get_the_notice(
    cast: Cast, imports: Imports, run_import: Run
) -> None:
    with tenant_scope(cast.acme.pk):
        bob = User.objects.get(pk=cast.bob.pk)
        bob.email = ""
        bob.save()
    checked = check(cast, run_import)
    totals = read_totals(checked.batch)
    assert (totals.messages, totals.emails, totals.people_with_email, totals.people_without_email) == (6, 3, 2, 1)
    assert (totals.most, totals.sample["person_id"]) == (2, cast.ben.pk)
    done = imports.confirm(checked, messages="send")
    assert told(cast, done) == [mail for mail in EXPECTED if mail[0] != "bob"]
    assert len(caused_notices(cast.acme, done.batch)) == 6


def test_the_check_writes_no_message(cast: Cast, run_import: Run) -> None:
    tables = ("notifications_notice", "notifications_outboxmessage")
    before = dump_tables(cast.acme, tables)
    check(cast, run_import)
    assert dump_tables(cast.acme, tables) == before


def test_consequences_are_counted_by_people_and_name(cast: Cast, run_import: Run) -> None:
    run_import("completions", HEAD + f"carl,FIRE-2,{days_ago(cast.acme, 5)}\n", messages="suppress")
    content = mixed_file(cast.acme) + f"carl,FIRE-2,{days_ago(cast.acme, 105)}\n"
    checked = run_import("completions", content, check_only=True, options=RETAKES)
    found = checked.summary["consequences"]
    assert found["days_lost"] == {
        "rows": 1,
        "people": 1,
        "days": 100,
        "examples": [{"person_id": cast.carl.pk, "row_no": 8, "days": 100}],
    }
    lapsed = [
        {"person_id": cast.bob.pk, "row_no": 2, "days": 0},
        {"person_id": cast.ben.pk, "row_no": 6, "days": 0},
    ]
    for name in ("lapsed", "reset"):
        assert found[name] == {"rows": 2, "people": 2, "days": 0, "examples": lapsed}
    assert (found["retake_open"]["rows"], found["retake_open"]["examples"][0]["row_no"]) == (1, 3)
    assert sorted(found) == ["days_lost", "lapsed", "reset", "retake_open"]


# --- send, or not (E-60, E-61) -----------------------------------------------------------------------------------


def test_E61_with_send_exactly_what_was_counted_is_sent(cast: Cast, imports: Imports, run_import: Run) -> None:
    checked = check(cast, run_import)
    done = imports.confirm(checked, messages="send")
    totals = read_totals(done.batch)
    assert (done.state, done.batch.messages) == ("completed", "send")
    assert told(cast, done) == EXPECTED
    assert totals.emails == len(EXPECTED)
    notices = [
        (person, kind, held, sorted(codes)) for person, kind, held, codes in caused_notices(cast.acme, done.batch)
    ]
    assert notices == [(person, kind, False, codes) for person, kind, codes in EXPECTED]


def test_E60_with_suppress_nothing_is_sent(cast: Cast, imports: Imports, run_import: Run) -> None:
    done = imports.confirm(check(cast, run_import), messages="suppress")
    assert (done.batch.messages, told(cast, done), caused_notices(cast.acme, done.batch)) == ("suppress", [], [])


def test_E61_the_size_of_chunks_changes_no_message(
    cast: Cast, imports: Imports, run_import: Run, settings: Settings
) -> None:
    """Bob's and Ben's rows lie on borders of chunks; each gets one mail of a kind (E-20)."""
    pictures = []
    for size in (1, 2, 3, 1000):
        settings.IMPORT_CHUNK_ROWS = size
        done = imports.confirm(check(cast, run_import), messages="send")
        pictures.append((message_numbers(done.summary), told(cast, done), caused_notices(cast.acme, done.batch)))
        imports.undo(done)
    assert pictures[0] == pictures[1] == pictures[2] == pictures[3]
    assert pictures[0][1] == EXPECTED


@pytest.mark.parametrize("point", ["chunk.begin", "chunk.rows", "chunk.before_commit", "finish.before_commit"])
def test_P13_a_worker_that_dies_in_a_chunk_sends_nothing_twice(
    cast: Cast,
    imports: Imports,
    run_import: Run,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
) -> None:
    settings.IMPORT_CHUNK_ROWS = 1
    deaths = iter([True])

    def die(name: str, **_: object) -> None:
        if name == point and next(deaths, False):
            raise MemoryError

    monkeypatch.setattr(applying, "reach", die)
    done = imports.confirm(check(cast, run_import), messages="send")
    assert next(deaths, None) is None
    assert (done.state, told(cast, done)) == ("completed", EXPECTED)


def test_E61_two_organisations_do_not_tell_each_others_people(cast: Cast, imports: Imports, run_import: Run) -> None:
    own = imports.confirm(check(cast, run_import), messages="send")
    content = HEAD + f"zoe,SAFE-1,{days_ago(cast.zebra, 400)}\n"
    other = run_import("completions", content, as_="charlie", options=RETAKES, messages="send")
    assert told(cast, own) == EXPECTED
    assert [mail[:2] for mail in caused_mails(cast.zebra, other.batch)] == [
        ("zoe", "course_assigned"),
        ("zoe", "non_compliant"),
    ]
    with tenant_scope(cast.zebra.pk):
        assert not OutboxMessage.objects.filter(batch_id=own.batch.pk).exists()


def test_D01_left_lapsed_nobody_is_told_of_it(cast: Cast, run_import: Run) -> None:
    checked = run_import("completions", mixed_file(cast.acme), check_only=True)
    assert sorted(message_numbers(checked.summary)["kinds"]) == ["course_assigned", "retake_open"]


# --- the pure parts ------------------------------------------------------------------------------------------------

DAY = dt.date(2026, 3, 1)
BOB = PersonFact(1, "bob", "Bob", "O", "bob@acme.example", "", is_active=True)


def message(kind: str = "told", *, day: dt.date = DAY, code: str = "A") -> PlannedMessage:
    return PlannedMessage(kind, day, {"code": code})


def row(number: int, *, item: int = 1) -> RowFacts:
    return RowFacts(number, 1, item, DAY, {})


def test_E28_the_kinds_stand_in_the_plan_and_repeats_are_said_once() -> None:
    plans = [
        Plan("created", effect={"after": "x"}, messages=(message("b"), message("a"))),
        Plan("created", messages=(message("a"), message("a", code="B"))),
        Plan("created", messages=(message("a"),)),
    ]
    kept = keep_messages(plans, rows=[row(2), row(3), row(4)], people={1: BOB}, shown=None)
    assert [plan.effect for plan in kept] == [{"after": "x", "messages": ["a", "b"]}, {"messages": ["a"]}, {}]
    assert [len(plan.messages) for plan in kept] == [2, 1, 0]


@pytest.mark.parametrize(
    ("since", "is_active", "kept"),
    [(None, True, 1), (DAY, True, 1), (DAY + dt.timedelta(1), True, 0), (None, False, 0)],
)
def test_E19_only_active_people_are_told_and_only_of_days_since(
    *, since: dt.date | None, is_active: bool, kept: int
) -> None:
    person = PersonFact(1, "bob", "", "", "", "", is_active=is_active, active_since=since)
    plans = keep_messages([Plan("created", messages=(message(),))], rows=[row(2)], people={1: person}, shown=None)
    assert len(plans[0].messages) == kept


def test_E61_shown_is_judged_by_person_and_item() -> None:
    shown = read_shown([(1, 1, '{"messages": ["a"]}'), (1, 1, '{"messages": ["b"]}'), (1, 2, "{}")])
    assert shown == {(1, 1): frozenset({"a", "b"})}
    plans = [Plan("created", messages=(message("a"), message("c"))), Plan("created", messages=(message("a"),))]
    kept = keep_messages(plans, rows=[row(2), row(3, item=2)], people={1: BOB}, shown=shown)
    assert [plan.effect for plan in kept] == [{"messages": ["a"]}, {}]


def test_the_sample_is_of_the_biggest_kind_and_of_somebody_with_an_address() -> None:
    tally = MessageTally()
    nobody = PersonFact(2, "ben", "", "", "", "", is_active=True)
    tally.note((message("a", code="1"), message("a", code="2"), message("b")), person=nobody)
    tally.note((message("a", code="3"),), person=BOB)
    stored = tally.as_json()
    assert stored["sample"] == {"kind": "a", "person_id": 1, "items": [{"code": "3"}], "items_total": 1}
    assert (stored["messages"], stored["emails"], stored["most"], stored["people_without_email"]) == (3, 1, 1, 1)
    assert MessageTally().as_json() == {}
    assert read_totals(ImportBatch(summary={})).messages == 0


def test_refusals_have_words() -> None:
    assert all(ConfirmationRefused(reason).words for reason in ("messages", "may_not_send", "send_at"))
