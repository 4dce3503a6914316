"""The certification import report: every row, numbers that add up, records after the log is gone (T-63 to T-65, T-79)."""

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from certifications.choices import Origin
from certifications.models import Certification, Evidence
from certifications.report.lines import iterate_file, present_rows
from lms.imports.models import ImportBatch, Outcome, State
from lms.imports.outcomes import final_outcome
from lms.people.models import RolePermission
from lms.tenancy.scope import tenant_scope
from tests.certifications.record_data import add_certification, add_record, day, link, show
from tests.certifications.report_data import add_batch, add_row, delete_log
from tests.certifications.report_reading import lines_of, list_rows, report_of
from tests.plugins.cast import Cast


@pytest.fixture
def aid(cast: Cast) -> Certification:
    return add_certification(cast.acme)


def fill(cast: Cast, aid: Certification) -> tuple[ImportBatch, ImportBatch]:
    """Two imports of Adam: the first with every outcome, the second with two rows."""
    met = [{"code": code} for code in ("R102", "R205", "R208", "R302", "R403")]
    first = add_batch(cast.adam, 1, summary={"problems": met}, changed_rows=1)
    second = add_batch(cast.adam, 2, summary={"problems": [{"code": "R102"}]})
    bob = {"person_id": cast.bob.pk, "item_id": aid.pk}
    add_row(first, 2, "created", "bob", "FIRST-AID", "", "2024-01-01", "", **bob, day="2024-01-01")
    add_row(first, 3, "updated", "ben", "FIRST-AID", "", "2024-01-01", "", person_id=cast.ben.pk, item_id=aid.pk)
    add_row(first, 4, "added_to_history", "bob", "FIRST-AID", "", "2023-01-01", "", **bob, day="2023-01-01")
    add_row(first, 5, "evidence", "bob", "OTHER", "", "2024-01-01", "", person_id=cast.bob.pk, problems=["R205"])
    add_row(first, 6, "unchanged", "bob", "FIRST-AID", "", "2024-01-01", "", **bob, problems=["R403"])
    add_row(first, 7, "skipped", "sample", problems=["R208"])
    add_row(first, 8, "rejected", "nobody", "FIRST-AID", "", "x", "", problems=["R102", "R302"])
    add_row(first, 9, "errored", "bob", "FIRST-AID", "", "2020-01-01", "", **bob, problems=["R902"])
    add_row(second, 2, "created", "carl", "FIRST-AID", "", "2024-01-01", "", person_id=cast.carl.pk, item_id=aid.pk)
    add_row(second, 3, "rejected", "NOBODY", "FIRST-AID", "", "2024-01-01", "", problems=["R102"])
    return first, second


def test_T63_T65_every_row_newest_import_first_and_numbers_that_add_up(cast: Cast, aid: Certification) -> None:
    fill(cast, aid)

    assert list_rows(cast, cast.adam) == [
        (2, 2, "created"),
        (2, 3, "rejected"),
        (1, 2, "created"),
        (1, 3, "updated"),
        (1, 4, "added_to_history"),
        (1, 5, "evidence"),
        (1, 6, "unchanged"),
        (1, 7, "skipped"),
        (1, 8, "rejected"),
        (1, 9, "errored"),
    ]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"number": 1, "row_no": 4}, [(1, 4)]),
        ({"row_no": 2}, [(2, 2), (1, 2)]),
        ({"number": 3}, []),
        ({"person": "carl"}, [(2, 2)]),
        ({"person": "nobody"}, [(2, 3), (1, 8)]),
        ({"person": "Müller"}, [(1, 3)]),
        ({"outcome": "errors"}, [(2, 3), (1, 8), (1, 9)]),
        ({"outcome": "imported", "number": 1}, [(1, 2), (1, 3), (1, 4)]),
        ({"outcome": "updated"}, [(1, 3)]),
        ({"code": "R102"}, [(2, 3), (1, 8)]),
        ({"code": "R302"}, [(1, 8)]),
        ({"code": "R902"}, [(1, 9)]),
        ({"evidence": "yes"}, [(1, 5)]),
        ({"evidence": "no", "number": 1, "outcome": "evidence"}, []),
        ({"evidence": "no", "number": 2}, [(2, 2), (2, 3)]),
        ({"code": "R102", "person": "bob"}, []),
    ],
)
def test_T63_T65_whatever_the_filter_the_rows_and_the_total_agree(
    cast: Cast, aid: Certification, wanted: dict[str, Any], found: list[tuple[int, int]]
) -> None:
    fill(cast, aid)

    assert [(number, row) for number, row, _ in list_rows(cast, cast.adam, **wanted)] == found


def test_T63_days_are_those_of_the_organisation(cast: Cast, aid: Certification) -> None:
    first, second = fill(cast, aid)
    with tenant_scope(cast.acme.pk):  # in London it is summer: 23:30 on the 30th is 00:30 on 1 July
        ImportBatch.objects.filter(pk=first.pk).update(finished_at=datetime(2025, 6, 30, 23, 30, tzinfo=UTC))
        ImportBatch.objects.filter(pk=second.pk).update(finished_at=datetime(2025, 7, 3, 12, tzinfo=UTC))

    def numbers(**days: date) -> list[int]:
        return sorted({number for number, *_ in list_rows(cast, cast.adam, **days)})

    june, july, third = day("2025-06-30"), day("2025-07-01"), day("2025-07-03")
    assert [numbers(last_day=june), numbers(first_day=july), numbers(first_day=july, last_day=july)] == [
        [],
        [1, 2],
        [1],
    ]
    assert [numbers(first_day=third), numbers(last_day=third)] == [[2], [1, 2]]


def test_T63_values_stand_as_they_stood_with_who_and_when_and_the_way_to_record_and_editor(
    cast: Cast, aid: Certification
) -> None:
    batch = add_batch(cast.adam, 41)
    record = add_record(cast.bob, aid, "2024-04-03", origin=Origin.IMPORT, batch_id=batch.pk, row_no=812)
    add_row(
        batch, 812, "created", " BOB", "first-aid ", {"n": "17"}, "03.04.2024", {"d": "2024-05-01T00:00:00"},
        person_id=cast.bob.pk, item_id=aid.pk, day="2024-04-03",
    )  # fmt: skip
    (line,) = lines_of(cast, cast.adam)

    assert (line.number, line.row_no, list(line.values)) == (
        41,
        812,
        [" BOB", "first-aid ", "17", "03.04.2024", "2024-05-01"],
    )
    assert (line.outcome, line.is_evidence, line.problems) == (
        "Imported, became the current certification",
        False,
        [],
    )
    assert (line.who, line.at, line.person) == (cast.adam.full_name, batch.finished_at, cast.bob)
    base = f"/people/{cast.bob.pk}/certifications/{aid.pk}/"
    assert (line.record_url, line.editor_url) == (f"{base}#record-{record.pk}", f"{base}records/{record.pk}/")


def test_T63_one_value_for_the_whole_file_and_a_due_date_that_no_row_has(cast: Cast) -> None:
    mapping = {"columns": {"username": 1}, "fixed": {"certificationshortname": "AID"}, "absent": ["duedate"]}
    batch = add_batch(cast.adam, 1, mapping=mapping)
    add_row(batch, 2, "rejected", "x", "bob")
    add_row(batch, 3, "rejected", "short row")

    assert [list(line.values) for line in lines_of(cast, cast.adam)] == [
        ["bob", "AID", "", "", ""],
        ["", "AID", "", "", ""],
    ]


def test_T64_a_row_shows_all_its_problems_in_words(cast: Cast) -> None:
    batch = add_batch(cast.adam, 1)
    problems = [
        ("R102", "username", {"value": "nobody"}),
        ("R302", "completiondate", {"value": "x", "format": "yyyy-mm-dd"}),
    ]
    add_row(batch, 2, "rejected", "nobody", "", "", "x", "", problems=problems)
    (line,) = lines_of(cast, cast.adam)

    assert [code for code, _ in line.problems] == ["R102", "R302"]
    assert 'No person with Username "nobody" that you manage.' in line.problems[0][1]
    assert '"x" is not a date' in line.problems[1][1]
    assert (line.tone, line.record_url, line.editor_url) == ("danger", "", "")


def test_T35_evidence_is_flagged_and_leads_to_the_record_of_learning(cast: Cast, aid: Certification) -> None:
    fill(cast, aid)
    lines = lines_of(cast, cast.adam, number=1)

    assert [line.row_no for line in lines if line.is_evidence] == [5]
    assert [line.record_url for line in lines if line.is_evidence] == [f"/people/{cast.bob.pk}/record/#evidence"]


def test_L69_team_roles_find_their_own_imports_and_people_in_their_reach_only(cast: Cast, aid: Certification) -> None:
    fill(cast, aid)
    own = add_batch(cast.lea, 3)
    add_row(own, 2, "created", "bob", person_id=cast.bob.pk, item_id=aid.pk)
    add_row(own, 3, "created", "carl", person_id=cast.carl.pk, item_id=aid.pk)
    add_row(own, 4, "rejected", "carl", problems=["R102"])
    with tenant_scope(cast.acme.pk):
        RolePermission.objects.create(
            tenant=cast.acme, role=cast.lea.role, permission="import_certifications", allowed=True
        )

    assert list_rows(cast, cast.lea) == [(3, 2, "created"), (3, 4, "rejected")]
    assert [number for number, *_ in list_rows(cast, cast.adam, row_no=3)] == [3, 2, 1]
    assert list_rows(cast, cast.lea, person="carl") == [(3, 4, "rejected")]


def test_other_kinds_and_other_organisations_are_not_listed(cast: Cast, aid: Certification) -> None:
    add_row(add_batch(cast.adam, 1, kind="completions"), 2, "created", "bob", person_id=cast.bob.pk)
    add_row(add_batch(cast.charlie, 1), 2, "created", "zoe", person_id=cast.zoe.pk)
    add_row(add_batch(cast.adam, 2), 2, "created", "bob", person_id=cast.bob.pk, item_id=aid.pk)

    assert list_rows(cast, cast.adam) == [(2, 2, "created")]


@pytest.mark.parametrize("state", [State.QUEUED, State.APPLYING])
def test_an_import_that_still_runs_is_named_and_listed_once_it_has_ended(cast: Cast, state: State) -> None:
    batch = add_batch(cast.adam, 1, state=state, finished_at=None)
    add_row(batch, 2, "created", "bob", person_id=cast.bob.pk)
    with tenant_scope(cast.acme.pk):
        report = report_of(cast, cast.adam)
        assert (report.running(), report.has_any()) == ([1], False)

    assert list_rows(cast, cast.adam) == []


def test_an_import_that_nobody_confirmed_is_no_import(cast: Cast) -> None:
    batch = add_batch(cast.adam, 1, state=State.CANCELLED, confirmed_at=None, confirmed_by=None)
    add_row(batch, 2, "created", "bob", person_id=cast.bob.pk)

    assert list_rows(cast, cast.adam) == []


@pytest.mark.parametrize("state", [State.COMPLETED, State.CANCELLED, State.FAILED, State.UNDONE])
def test_E50_rows_that_were_not_reached_are_errors_as_on_the_page_of_the_import(cast: Cast, state: State) -> None:
    batch = add_batch(cast.adam, 1, state=state, checkpoint=2, progress_total=1)
    for number, outcome in enumerate(("created", "unchanged", "created", "rejected"), start=1):
        place = None if outcome == "rejected" else number
        add_row(batch, number + 1, outcome, "bob", person_id=cast.bob.pk, position=place)
    with tenant_scope(cast.acme.pk):
        ImportBatch.objects.filter(pk=batch.pk).update(counts={"created": 1})  # they add up to nothing known
        batch.refresh_from_db()
        expected = [(1, row.row_no, final_outcome(row, batch=batch)) for row in batch.rows().order_by("row_no")]

    assert list_rows(cast, cast.adam) == expected
    assert [found for *_, found in expected].count(Outcome.NOT_PROCESSED) == {
        State.COMPLETED: 0,
        State.CANCELLED: 1,
        State.FAILED: 1,
        State.UNDONE: 2,
    }[state]


def test_T79_records_stay_listed_after_the_log_is_gone(cast: Cast, aid: Certification) -> None:
    old, new = add_batch(cast.adam, 1), add_batch(cast.adam, 2)
    origin = {"origin": Origin.IMPORT, "batch_id": old.pk}
    first = add_record(cast.bob, aid, "2023-04-03", row_no=2, date_text="03.04.2023", **origin)
    second = add_record(cast.bob, aid, "2024-04-03", due_on="2024-05-01", row_no=3, date_text="03.04.2024", **origin)
    add_record(cast.ben, aid, "2024-04-04", row_no=5, **origin)
    status = show(first)
    link(None, status, batch_id=old.pk, row_no=2)
    link(status, show(second), batch_id=old.pk, row_no=3)
    with tenant_scope(cast.acme.pk):
        Evidence.objects.create(
            tenant=cast.acme, person=cast.carl, short_name="Old AID", id_number="7", completed_on=day("2020-01-01"),
            recorded_at=timezone.now(), row_no=4, **origin,
        )  # fmt: skip
    for row_no, outcome in enumerate(("created", "updated", "evidence", "added_to_history", "rejected"), start=2):
        add_row(old, row_no, outcome, "as it stood", person_id=cast.bob.pk if outcome != "rejected" else None)
    add_row(new, 2, "rejected", "nobody")
    before = list_rows(cast, cast.adam)
    delete_log(old, on=day("2026-01-31"))

    assert list_rows(cast, cast.adam) == [row for row in before if row != (1, 6, "rejected")]
    assert list_rows(cast, cast.adam, person="carl") == [(1, 4, "evidence")]
    assert list_rows(cast, cast.adam, outcome="updated") == [(1, 3, "updated")]
    assert list_rows(cast, cast.adam, code="R102") == []
    assert [list(line.values) for line in lines_of(cast, cast.adam, number=1)] == [
        ["bob", "FIRST-AID", "FIRST-AID-ID", "03.04.2023", ""],
        ["bob", "FIRST-AID", "FIRST-AID-ID", "03.04.2024", "2024-05-01"],
        ["carl", "Old AID", "7", "2020-01-01", ""],
        ["ben", "FIRST-AID", "FIRST-AID-ID", "2024-04-04", ""],
    ]
    with tenant_scope(cast.acme.pk):
        assert [found.number for found in report_of(cast, cast.adam).deleted] == [1]


def test_T66_T79_from_the_day_of_the_purge_on_nothing_is_read_from_the_log(cast: Cast) -> None:
    """On day 30 the row is there; on day 31 only what it recorded would be, and it recorded nothing."""
    batch = add_batch(cast.adam, 1)
    add_row(batch, 2, "rejected", "nobody")
    kept = list_rows(cast, cast.adam)
    with tenant_scope(cast.acme.pk):
        ImportBatch.objects.filter(pk=batch.pk).update(purge_on=timezone.now().date() - timedelta(days=1))

    assert (kept, list_rows(cast, cast.adam)) == ([(1, 2, "rejected")], [])


def test_a_page_begins_behind_the_last_one_also_when_its_import_is_gone(cast: Cast) -> None:
    for number in (1, 2, 3):
        add_row(add_batch(cast.adam, number), 2, "rejected", "nobody")
    with tenant_scope(cast.acme.pk):
        report = report_of(cast, cast.adam)
        pages = [report.read_page(after=after).rows for after in ("3-2", "2-1", "2-2", "9-9", "x-1", "1-2", "0-5")]

    assert [[batch.number for batch, _ in rows] for rows in pages] == [
        [2, 1],
        [2, 1],
        [1],
        [3, 2, 1],
        [3, 2, 1],
        [],
        [],
    ]


def test_the_codes_on_offer_are_those_that_were_met(cast: Cast) -> None:
    add_batch(cast.adam, 1, summary={"problems": [{"code": "R102", "rows": 1}, {"code": "R302", "rows": 1}]})
    add_batch(cast.adam, 2, summary={"problems": [{"code": "R102", "rows": 1}]}, changed_rows=1)
    add_batch(cast.adam, 3, summary={})
    with tenant_scope(cast.acme.pk):
        assert report_of(cast, cast.adam).codes() == ["R102", "R302", "R901", "R902", "R903"]


def test_the_file_holds_every_row_of_the_report(cast: Cast, aid: Certification) -> None:
    fill(cast, aid)
    with tenant_scope(cast.acme.pk):
        head, *rows = itertools.islice(iterate_file(report_of(cast, cast.adam, outcome="errors")), 10)

    assert head[:9] == [
        "Import", "Row", "Username", "Short name", "ID number", "Completion date", "Due date", "Person", "Outcome",
    ]  # fmt: skip
    assert [row[:4] for row in rows] == [
        [2, 3, "NOBODY", "FIRST-AID"],
        [1, 8, "nobody", "FIRST-AID"],
        [1, 9, "bob", "FIRST-AID"],
    ]
    assert [row[11] for row in rows] == ["R102", "R102 R302", "R902"]


def test_a_page_takes_the_same_statements_however_much_there_is(
    cast: Cast, aid: Certification, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    taken = []
    for number in (1, 2, 3, 4):
        batch = add_batch(cast.adam, number, **({"rows_deleted_on": day("2026-01-01")} if number in {2, 4} else {}))
        for row_no in range(2, number * 5):
            on = f"2{row_no + number * 30:03}-01-01"
            add_row(batch, row_no, "created", "bob", person_id=cast.bob.pk, item_id=aid.pk, day=on)
            add_record(cast.bob, aid, on, origin=Origin.IMPORT, batch_id=batch.pk, row_no=row_no)
        with tenant_scope(cast.acme.pk), django_assert_max_num_queries(12) as queries:
            report = report_of(cast, cast.adam, person="bob")
            page = report.read_page()
            present_rows(page.rows, report=report, may_edit=True)
            report.count()
        taken.append((len(page.rows), len(queries)))

    assert [rows for rows, _ in taken] == [3, 11, 24, 42]
    assert {number for _, number in taken[1:]} == {taken[1][1]}
