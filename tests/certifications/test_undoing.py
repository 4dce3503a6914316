"""Undoing imports of certifications: what goes back, what passes on, what stays and is named (E-33, E-34, E-68)."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certifications.kinds import EXPIRING_SOON, WINDOW_OPENS
from certifications.memberships import assign_team_certifications
from certifications.models import Certification, CertificationAssignment, StatusChange
from certifications.undoing import undo_certifications
from lms.core.periods import Period
from lms.courses.memberships import add_members
from lms.daily.services import run_daily
from lms.imports.importer import UndoRow
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue import add_certification, assign, evidence, records, statuses
from tests.certifications.import_data import HEAD
from tests.certifications.undo_data import MORE_RECENT, D, add, add_yearly, counts, foretell, run_nights
from tests.plugins.cast import Cast, add_person
from tests.plugins.days import OnDay
from tests.plugins.running import Imports
from tests.plugins.standing import CERTIFICATION_TABLES, describe_certifications, dump_tables, told_mails


@pytest.fixture(autouse=True)
def aid(cast: Cast) -> Certification:
    """AID, by the completion date."""
    return add_yearly(cast.acme, "AID")


@pytest.fixture
def due(cast: Cast) -> Certification:
    """DUE, by the expiry date."""
    return add_yearly(cast.acme, "DUE", method="expiry_date")


@pytest.mark.parametrize("action", ["history", "certify_uncertified", MORE_RECENT])
def test_E33_the_same_day_the_tables_are_as_before_to_the_row(
    cast: Cast, imports: Imports, on_day: OnDay, due: Certification, action: str
) -> None:
    """Certified, in the window, expired, assigned and unknown people; new records, known ones, evidence new and known."""
    assign(cast.carl, due)
    with on_day("2026-03-14"):
        add(imports, "bob,AID,2026-01-01", "bob,DUE,2025-04-01,2025-04-10", "ben,AID,2025-03-20", "ben,DUE,2024-01-01",
            "ben,NOT-THERE,2024-01-01")  # fmt: skip
        run_daily(cast.acme, as_of=D("2026-03-14"))
    assert {state for *_, state, _ in statuses(cast.acme)} == {"certified", "window_open", "expired"}
    before = dump_tables(cast.acme, CERTIFICATION_TABLES)
    with on_day("2026-03-15"):
        imported = add(
            imports, "bob,AID,2026-03-01", "bob,DUE,2025-04-01", "bob,DUE,2026-03-12", "ben,AID,2025-03-20",
            "ben,DUE,2026-01-01,2026-02-01", "ben,NOT-THERE,2024-01-01", "ben,NOR-THIS,2024-01-01", "carl,DUE,2026-03-03",
            "lea,AID,2020-01-01", "lea,AID,2021-01-01", action=action,
        )  # fmt: skip
        told = foretell(cast, imported)
        undone = imports.undo(imported)
    assert dump_tables(cast.acme, CERTIFICATION_TABLES) == before
    restored = {"history": 0, "certify_uncertified": 1, MORE_RECENT: 3}[action]
    assert (told.removed, told.restored, told.kept, told.kept_examples) == (7, restored, 0, ())
    assert counts(undone) == {"removed": 7, "restored": restored, "kept": 0}


@pytest.mark.parametrize(
    ("night", "wanted"),
    [
        ("2026-03-01", ("certified", D("2025-04-10"), D("2026-03-11"), D("2026-04-10"))),
        ("2026-03-11", ("window_open", D("2025-04-10"), D("2026-03-11"), D("2026-04-10"))),
        ("2026-04-10", ("window_open", D("2025-04-10"), D("2026-03-11"), D("2026-04-10"))),
        ("2026-04-11", ("expired", None, None, None)),
    ],
)
def test_E33_T48_what_comes_back_is_as_the_last_night_would_have_left_it(
    cast: Cast, imports: Imports, on_day: OnDay, night: str, wanted: tuple[Any, ...]
) -> None:
    with on_day("2026-02-01"):
        add(imports, "bob,AID,2025-04-10")
        imported = add(imports, "bob,AID,2026-01-10")
    run_daily(cast.acme, as_of=D(night))
    with on_day("2026-05-01"):
        imports.undo(imported)
    (found,) = describe_certifications(cast.acme)["statuses"]
    assert found == ("bob", "AID", wanted[0], D("2025-04-10"), *wanted[1:], D("2026-02-01"))


def test_E33_an_expiry_that_came_because_of_the_import_goes_back_with_it(
    cast: Cast, imports: Imports, on_day: OnDay, due: Certification
) -> None:
    """Certified until July; the wrong file contradicts nothing and ends in March: the night expires it."""
    with on_day("2026-02-20"):
        add(imports, "bob,DUE,2025-06-20,2025-07-01")
        with tenant_scope(cast.acme.pk):
            Certification.objects.filter(pk=due.pk).update(method="completion_date")
        imported = add(imports, "bob,DUE,2025-06-25")
    run_daily(cast.acme, as_of=D("2026-06-26"))
    assert statuses(cast.acme) == [("bob", "DUE", "expired", "")]
    with on_day("2026-06-27"):
        imports.undo(imported)
    assert statuses(cast.acme) == [("bob", "DUE", "window_open", "2025-06-20")]


def test_E33_reminders_that_wait_because_of_the_import_are_withdrawn_and_none_is_sent_late(
    cast: Cast, imports: Imports, on_day: OnDay
) -> None:
    with tenant_scope(cast.acme.pk):
        Certification.objects.update(message_switches={WINDOW_OPENS: True, EXPIRING_SOON: False})
    with on_day("2026-02-01"):
        add(imports, "ben,AID,2025-03-20")
        imported = add(imports, "bob,AID,2025-04-10", "ben,AID,2026-01-01")
    with on_day("2026-03-12"):
        run_nights(cast.acme, "2026-02-01", "2026-03-12")
        assert told_mails(cast.acme) == [("bob@acme.example", WINDOW_OPENS, "AID")]
        imports.undo(imported)
        assert told_mails(cast.acme) == []
        run_nights(cast.acme, "2026-03-13", "2026-03-20")
    assert statuses(cast.acme) == [("ben", "AID", "window_open", "2025-03-20")]
    assert told_mails(cast.acme) == []


@pytest.mark.usefixtures("due")
def test_E34_T51_a_record_passes_to_the_import_that_found_it_with_what_its_row_says(
    cast: Cast, imports: Imports, on_day: OnDay
) -> None:
    with on_day("2026-03-01"):
        first = add(imports, "bob,DUE,2026-01-10,2026-01-31", action="history")
    with on_day("2026-03-05"):
        later = add(imports, "bob,DUE,10/01/2026,28/02/2026")
        assert later.rows == [(2, "unchanged", ["R407"])]
        assert statuses(cast.acme) == []
    with on_day("2026-03-20"):
        told = foretell(cast, first)
        undone = imports.undo(first)
    assert (told.removed, told.restored, told.kept) == (0, 0, 0)
    assert counts(undone) == {"removed": 0, "restored": 0, "kept": 0}
    found = describe_certifications(cast.acme, names={later.batch.pk: "later"})
    dates = (D("2026-01-10"), D("2026-02-28"), D("2027-02-28"), D("2027-01-29"))
    assert found == {
        "records": [
            ("bob", "DUE", *dates, "due", D("2026-02-28"), 1, Period.parse("365 days"), "import", "later", 2, "10/01/2026",
             "28/02/2026")
        ],
        "statuses": [("bob", "DUE", "certified", D("2026-01-10"), D("2026-01-10"), *dates[:1:-1], D("2026-03-05"))],
        "links": [
            ("bob", "DUE", "later", 2, "", "", None, None, None, None, None, "certified", D("2026-01-10"), D("2026-01-10"),
             *dates[:1:-1], D("2026-03-05"))
        ],
        "assignments": [("bob", "DUE", D("2026-01-10"), "import", "later")],
        "evidence": [],
        "sightings": [],
    }  # fmt: skip
    imports.undo(later)
    assert {name: rows for name, rows in describe_certifications(cast.acme).items() if rows} == {}


def test_E34_evidence_passes_on_and_goes_with_its_last_import(cast: Cast, imports: Imports) -> None:
    first = add(imports, "bob,NOT-THERE,2024-01-01,2024-02-01")
    later = add(imports, "bob,not-there,2024-01-01,2024-03-01", "bob,NOT-THERE,2024-01-02")
    told = foretell(cast, later)
    assert (told.removed, told.kept) == (1, 0)
    undone = imports.undo(first)
    assert counts(undone) == {"removed": 0, "restored": 0, "kept": 0}
    found = describe_certifications(cast.acme, names={later.batch.pk: "later"})
    assert [row[3:7] for row in found["evidence"]] == [
        (D("2024-01-02"), None, "import", "later"),
        (D("2024-01-01"), D("2024-03-01"), "import", "later"),
    ]
    assert found["sightings"] == []
    assert evidence(cast.acme) == [("bob", "NOT-THERE", "", "2024-01-02"), ("bob", "not-there", "", "2024-01-01")]
    assert counts(imports.undo(later))["removed"] == 2
    assert evidence(cast.acme) == []


@pytest.mark.usefixtures("due")
def test_E33_R2_an_expiry_that_was_counted_from_the_undone_one_is_counted_from_the_one_before(
    cast: Cast, imports: Imports, on_day: OnDay
) -> None:
    """2025-06-30 and a year; with the wrong one between a year more."""
    with on_day("2024-06-20"):
        add(imports, "bob,DUE,2024-06-15,2024-06-30")
    with on_day("2025-06-20"):
        wrong = add(imports, "bob,DUE,2025-06-01")
    with on_day("2026-06-20"):
        add(imports, "bob,DUE,2026-06-10")
        assert [row[3] for row in records(cast.acme)] == ["2025-06-30", "2026-06-30", "2027-06-30"]
        undone = imports.undo(wrong)
    assert [row[3] for row in records(cast.acme)] == ["2025-06-30", "2027-06-10"], "late by then: from the completion"
    assert counts(undone) == {"removed": 1, "restored": 0, "kept": 1}


def test_E33_the_night_between_two_imports_counts_for_the_second(cast: Cast, imports: Imports, on_day: OnDay) -> None:
    """Without the first, bob would have been expired when the second came, which certifies who is not certified."""
    with on_day("2026-02-01"):
        add(imports, "bob,AID,2025-02-10")
        first = add(imports, "bob,AID,2026-01-20")
    with on_day("2026-02-11"):
        run_daily(cast.acme, as_of=D("2026-02-11"))
    with on_day("2026-02-12"):
        second = add(imports, "bob,AID,2026-01-15", action="certify_uncertified")
        assert second.outcomes == ["added_to_history"]
    with on_day("2026-02-20"):
        told = foretell(cast, first)
        undone = imports.undo(first)
        assert (told.removed, told.restored, told.kept) == (1, 0, 1)
        assert counts(undone) == {"removed": 1, "restored": 0, "kept": 1}
        assert statuses(cast.acme) == [("bob", "AID", "certified", "2026-01-15")]
        imports.undo(second)
    assert statuses(cast.acme) == [("bob", "AID", "expired", "")]


def test_E33_an_import_that_certified_only_because_of_the_undone_one_goes_to_the_history(
    cast: Cast, imports: Imports, on_day: OnDay, due: Certification
) -> None:
    """The wrong one expired the same night, so the second certified; the true one is certified until July."""
    with on_day("2026-02-20"):
        add(imports, "bob,DUE,2025-06-20,2025-07-01")
        with tenant_scope(cast.acme.pk):
            Certification.objects.filter(pk=due.pk).update(
                method="completion_date", active_period=Period.parse("90 days")
            )
        wrong = add(imports, "bob,DUE,2025-06-25")
        run_daily(cast.acme, as_of=D("2026-02-20"))
    with on_day("2026-02-21"):
        later = add(imports, "bob,DUE,2025-12-01", action="certify_uncertified")
        assert later.outcomes == ["updated"]
        undone = imports.undo(wrong)
    assert statuses(cast.acme) == [("bob", "DUE", "certified", "2025-06-20")]
    assert counts(undone) == {"removed": 1, "restored": 1, "kept": 0}
    with tenant_scope(cast.acme.pk):
        assert StatusChange.objects.count() == 1


# --- assignments ----------------------------------------------------------------------------------------------------


def test_E33_T46_the_assignment_goes_unless_a_later_import_or_a_team_stands_behind_it(
    cast: Cast, imports: Imports, on_day: OnDay, aid: Certification
) -> None:
    """Lea's goes, Bob's is the later import's, also one that saves to the history, Ben's and Carl's their team's."""
    everybody = ("lea", "bob", "ben", "carl")
    with on_day("2026-03-01"):
        first = add(imports, *(f"{name},AID,2026-01-10" for name in everybody))
    with on_day("2026-03-05"):
        later = add(imports, "bob,AID,2026-01-09", action="history")
        with tenant_scope(cast.acme.pk):
            assign_team_certifications(cast.ward_a, certification_ids=[aid.pk], today=D("2026-03-06"))
            add_members(cast.ward_a, people=[cast.carl], today=D("2026-03-06"))
    with on_day("2026-03-08"):
        add(imports, "ben,AID,2026-01-09", action="history")
    with on_day("2026-03-10"):
        imports.undo(first)
    found = describe_certifications(cast.acme, names={later.batch.pk: "later"})["assignments"]
    assert found == [
        ("ben", "AID", D("2026-03-06"), "team", None),
        ("bob", "AID", D("2026-01-09"), "import", "later"),
        ("carl", "AID", D("2026-03-06"), "team", None),
    ]


def test_E34_T46_an_import_from_before_does_not_stand_behind_an_assignment(cast: Cast, imports: Imports) -> None:
    add(imports, "bob,AID,2026-01-10")
    with tenant_scope(cast.acme.pk):
        CertificationAssignment.objects.all().delete()  # somebody took it away
    imports.undo(add(imports, "bob,AID,2026-02-10"))
    assert describe_certifications(cast.acme)["assignments"] == []


# --- the machinery ------------------------------------------------------------------------------------------------


def test_T61_an_import_that_got_half_way_is_undone_as_far_as_it_got(cast: Cast, imports: Imports) -> None:
    imported = add(imports, "bob,AID,2026-01-10", "ben,AID,2026-01-10", "ben,GONE,2026-01-10", "bob,GONE,2026-01-10")
    with tenant_scope(cast.acme.pk):
        rows = imported.batch.rows().filter(person_id=cast.bob.pk)
        undo_certifications(
            [UndoRow(row.row_no, row.person_id or 0, row.item_id) for row in rows],
            batch_id=imported.batch.pk,
            tenant=cast.acme,
            now=dt.datetime.now(tz=dt.UTC),
        )
    assert [row[0] for row in (*records(cast.acme), *statuses(cast.acme), *evidence(cast.acme))] == ["ben"] * 3


def test_E33_statements_do_not_grow_with_people_nor_with_what_came_later(cast: Cast, imports: Imports) -> None:
    crowd = [f"crowd{number}" for number in range(12)]
    with tenant_scope(cast.acme.pk):
        for name in crowd:
            add_person(cast.acme, name)
    counted = []
    for people in (crowd[:2], crowd[2:]):
        first = add(imports, *(f"{name},AID,2026-01-10" for name in people))
        add(imports, *(f"{name},AID,2026-01-10" for name in people), *(f"{name},AID,2025-01-10" for name in people))
        imports.undo(first, works=False)
        with CaptureQueriesContext(connection) as captured:
            imports.work()
        counted.append(len(captured))
    assert counted[0] == counted[1]
    assert len(statuses(cast.acme)) == 12


def test_other_organisations_are_untouched(cast: Cast, imports: Imports) -> None:
    add_certification(cast.zebra, "AID")
    charlies = imports.run(
        "certifications",
        HEAD + "zoe,AID,,2026-01-10,\n",
        as_="charlie",
        options={"action": MORE_RECENT},
        messages="suppress",
    )
    assert charlies.outcomes == ["created"]
    before = dump_tables(cast.zebra, CERTIFICATION_TABLES)
    imported = add(imports, "bob,AID,2026-01-10")
    imports.undo(imported)
    assert dump_tables(cast.zebra, CERTIFICATION_TABLES) == before
