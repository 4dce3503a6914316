"""Rows that are fit without an item, warnings of the whole file, and problems with a field of their own."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from pytest_django import Settings as DjangoSettings

from lms.imports.importer import Plan, RowFacts
from lms.imports.reviewing import build_review
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.dated_importer import HEAD, DatedImporter, dated
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import completions, dump_tables

__all__ = ["dated"]
pytestmark = pytest.mark.usefixtures("dated")
Run = Callable[..., Imported]
FREE = "bob,FREE-1,2024-05-01,\nbob,FREE-1,2024-05-01,\nbob,SAFE-1,2024-05-01,2024-04-01\nben,FREE-2,2023-05-01,\n"


def test_T29_a_row_may_be_fit_without_an_item(cast: Cast, run_import: Run) -> None:
    done = run_import("dated", HEAD + FREE)

    assert (done.state, done.counts) == ("completed", {"evidence": 3, "created": 1})
    assert done.rows == [
        (2, "evidence", ["R205"]),
        (3, "evidence", ["R205"]),  # not compared: the importer's plan would do it
        (4, "created", []),
        (5, "evidence", ["R205"]),
    ]
    with tenant_scope(cast.acme.pk):
        found = list(done.batch.rows().order_by("row_no").values_list("person_id", "item_id"))
    bob, ben = cast.bob.pk, cast.ben.pk
    assert found == [(bob, None), (bob, None), (bob, cast.safe.pk), (ben, None)]
    assert (done.summary["people"], done.summary["items"]) == (2, 1)
    assert len(completions(cast.acme)) == 1


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_P7_a_chunk_holds_all_rows_without_an_item_of_a_person(
    dated: DatedImporter, run_import: Run, settings: DjangoSettings, size: int
) -> None:
    settings.IMPORT_CHUNK_ROWS = size
    seen: list[list[int]] = []
    plan_rows = dated.plan_rows

    def watch(rows: Sequence[RowFacts], **given: Any) -> list[Plan]:
        seen.append([row.row_no for row in rows if row.item_id is None])
        return plan_rows(rows, **given)

    dated.plan_rows = watch  # type: ignore[method-assign]
    assert run_import("dated", HEAD + FREE).state == "completed"
    assert all((2 in rows) == (3 in rows) for rows in seen)


def test_E33_what_had_no_item_is_given_to_the_undo(
    cast: Cast, dated: DatedImporter, imports: Imports, run_import: Run
) -> None:
    before = dump_tables(cast.acme)
    done = run_import("dated", HEAD + FREE)

    assert imports.undo(done).state == "undone"
    assert sorted(row.row_no for row in dated.undone) == [2, 3, 5]
    assert dump_tables(cast.acme) == before


def test_R204_warnings_of_the_whole_file_stand_on_every_row_whatever_becomes_of_it(cast: Cast, run_import: Run) -> None:
    content = HEAD + "bob,FREE-1,2024-05-01,\nben,FREE-12,2024-05-01,\nnobody,FREE-12,2024-05-01,\n"
    checked = run_import("dated", content, check_only=True)

    assert checked.rows == [
        (2, "evidence", ["R205"]),
        (3, "evidence", ["R204", "R205"]),
        (4, "rejected", ["R204", "R102"]),
    ]
    with tenant_scope(cast.acme.pk):
        problems = checked.batch.rows().get(row_no=3).problems
    assert problems[0] == [
        "R204",
        "course_code",
        {"id": "free-12", "a": "free-1", "b": "free-12", "value": "[FREE-12]"},
    ]
    assert run_import("dated", content).rows == checked.rows


def test_a_problem_of_matching_may_name_its_own_field(cast: Cast, run_import: Run) -> None:
    checked = run_import("dated", HEAD + "bob,CROSSED,2024-05-01,\nben,UNKNOWN,2024-05-01,\n", check_only=True)

    with tenant_scope(cast.acme.pk):
        problems = list(checked.batch.rows().order_by("row_no").values_list("problems", flat=True))
    assert problems == [
        [["R203", "due_on", {"value": "[CROSSED]"}]],
        [["R202", "course_code", {"value": "[UNKNOWN]"}]],
    ]


def test_T41_R305_the_second_date_has_a_problem_and_a_text_of_its_own(cast: Cast, run_import: Run) -> None:
    content = HEAD + "bob,SAFE-1,2024-05-01,31/06/2012\nben,SAFE-1,1.5.2024,2.5.2024\ncarl,SAFE-1,x,\n"
    checked = run_import("dated", content, check_only=True, date_format="dd/mm/yyyy")

    assert [(row[1], row[2]) for row in checked.rows] == [
        ("rejected", ["R305"]),
        ("created", []),
        ("rejected", ["R302"]),
    ]
    with tenant_scope(cast.acme.pk):
        values = checked.batch.rows().get(row_no=3).values
    assert values == {
        "date_text": "1.5.2024",
        "due_on": "2024-05-02",
        "due_on_text": "2.5.2024",
        "item": "[SAFE-1]",
        "person": "ben",
    }


def test_T77_numbers_are_added_up_over_the_whole_check(run_import: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("staging", "row_log"):
        monkeypatch.setattr(f"lms.imports.{module}.BLOCK_ROWS", 1)

    assert run_import("dated", HEAD + FREE, check_only=True).summary["tally"] == {"free": 3, "bound": 1}
    assert run_import("completions", HEAD + "bob,SAFE-1,2024-05-01,\n", check_only=True).summary["tally"] == {}


def test_a_kind_says_problems_in_its_own_words(cast: Cast, dated: DatedImporter, run_import: Run) -> None:
    checked = run_import("dated", HEAD + "bob,UNKNOWN,2024-05-01,\nben,FREE-1,2024-05-01,\n", check_only=True)

    with tenant_scope(cast.acme.pk):
        review = build_review(dated, batch=checked.batch, actor=cast.adam)
    assert [(group.title, group.fix, [value.sentence for value in group.values]) for group in review.failing] == [
        ("Certification not found", "Ask.", ["No certification “[UNKNOWN]”."])
    ]
    assert [(group.title, group.sentence) for group in review.noting] == [("Becomes evidence", "Becomes evidence.")]


def test_what_was_planned_as_evidence_says_so_no_more_once_it_is_not(
    dated: DatedImporter, imports: Imports, run_import: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = run_import("dated", HEAD + "bob,FREE-1,2024-05-01,\n", check_only=True)
    monkeypatch.setattr(dated, "_plan_free", lambda: Plan("unchanged", [("R401", "", {})]))
    done = imports.confirm(checked)

    assert done.rows == [(2, "unchanged", ["R401", "R903"])]
