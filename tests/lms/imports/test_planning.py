"""Rows compared within the file, groups kept whole (E-10, L-40, R106, R403). Pure, without a database."""

import datetime as dt
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from lms.imports.importer import PersonFact
from lms.imports.planning import OpenRow, _agrees, _compare_within_file, read_whole_groups, unfit_outcome

BOB = PersonFact(1, "bob", "Bob", "O'Connor", "bob@acme.example", "000123", is_active=True)


def open_row(row_no: int, day: str, *, person: int = 1, item: int | None = 1) -> OpenRow:
    return OpenRow(row_no, person, item, dt.date.fromisoformat(day), {}, [])


def test_L40_R403_repeats_and_the_newest_of_each_person_and_item() -> None:
    rows = [
        open_row(5, "2020-01-01"),
        open_row(3, "2021-01-01"),
        open_row(4, "2021-01-01"),
        open_row(2, "2019-01-01", person=2),
        open_row(6, "2019-01-01", item=2, person=2),
    ]
    compared = [(row.row_no, row.same_as, row.is_newest) for row in _compare_within_file(rows)]
    assert compared == [(5, None, False), (3, None, True), (4, 3, False), (2, None, True), (6, None, True)]


def test_rows_without_an_item_are_compared_with_nothing() -> None:
    rows = [open_row(2, "2020-01-01"), *(open_row(row_no, "2020-01-01", item=None) for row_no in (3, 4))]
    rows += [open_row(5, "2021-01-01", item=None)]
    compared = [(row.row_no, row.item_id, row.same_as, row.is_newest) for row in _compare_within_file(rows)]
    assert compared == [(2, 1, None, True), (3, None, None, True), (4, None, None, True), (5, None, None, True)]


@given(
    groups=st.lists(st.integers(min_value=1, max_value=9), max_size=12),
    limit=st.integers(min_value=1, max_value=7),
)
def test_E63_reading_whole_groups_loses_splits_and_doubles_nothing(groups: list[int], limit: int) -> None:
    rows = [(number, group) for group, size in enumerate(groups) for number in range(size)]
    done: list[tuple[int, int]] = []
    blocks = []
    while len(done) < len(rows):
        start = len(done)

        def read(count: int, start: int = start) -> list[tuple[int, int]]:
            return rows[start : start + count]

        block = read_whole_groups(read, limit=limit, group_of=lambda row: row[1])
        blocks.append(block)
        done += block
    assert done == rows
    starts = [block[0][1] for block in blocks]
    assert len(set(starts)) == len(starts), "no group begins in two blocks"
    for block in blocks:
        sizes = [len(list(members)) for _, members in groupby(block, key=lambda row: row[1])]
        assert len(block) <= limit or len(sizes) == 1


def test_E10_a_check_cell_agrees_unless_it_is_plainly_another_person() -> None:
    told = {
        (name, text): _agrees(name, text, BOB)
        for name, text in (
            ("first_name", "BOB"),
            ("first_name", "Robert"),
            ("last_name", "o'connor"),
            ("last_name", "O'Connor-Smith"),
            ("full_name", "O'Connor, Bob"),
            ("full_name", "Carl Outside"),
            ("email", "Bob@ACME.example"),
            ("email", "other@acme.example"),
            ("employee_id", "000123"),
            ("employee_id", "123"),
        )
    }
    assert [key for key, agrees in told.items() if not agrees] == [
        ("first_name", "Robert"),
        ("last_name", "O'Connor-Smith"),
        ("full_name", "Carl Outside"),
        ("email", "other@acme.example"),
        ("employee_id", "123"),
    ]


def test_E10_what_we_do_not_know_of_a_person_contradicts_nothing() -> None:
    nameless = PersonFact(2, "x", "", "", "", "", is_active=True)
    assert _agrees("last_name", "Anything", nameless)


def test_the_blame_decides_the_outcome() -> None:
    assert unfit_outcome([("R901", "", {})]) == "rejected"
    assert unfit_outcome([("R901", "", {}), ("R902", "", {})]) == "errored"
