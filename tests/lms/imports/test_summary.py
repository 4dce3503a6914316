"""What the review shows adds up (E-50), is sorted by weight, and stays small however large the file."""

import datetime as dt
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from lms.imports.importer import Plan, get_importer
from lms.imports.models import Outcome
from lms.imports.staging import Stage
from lms.imports.summary import VALUES_SHOWN, Summary
from tests.plugins.running import Imported

HEAD = "username,course code,completion date\n"


def test_the_summary_of_a_mixed_file(run_import: Callable[..., Imported]) -> None:
    content = (
        HEAD + "bob,SAFE-1,2020-05-01\nbob,SAFE-1,2024-05-01\nnobody,SAFE-1,2024-05-01\nnobody,SAFE-1,2024-05-01\n"
        "ben,NOPE,2024-05-01\nben,OLD-9,2014-05-01\n"
    )
    run_import("completions", HEAD + "bob,SAFE-1,2025-05-01\n")
    checked = run_import("completions", content, check_only=True)
    summary = checked.summary
    assert checked.planned == {"added_to_history": 2, "updated": 1, "rejected": 3}
    assert (summary["people"], summary["items"]) == (2, 2)
    assert (summary["first_day"], summary["last_day"], summary["by_year"]) == (
        "2014-05-01",
        "2024-05-01",
        {"2014": 1, "2020": 1, "2024": 1},
    )
    assert [(found["code"], found["level"], found["rows"], found["first_rows"]) for found in summary["problems"]] == [
        ("R102", "row", 2, [4, 5]),
        ("R202", "row", 1, [6]),
        ("R402", "warning", 1, [3]),
        ("R404", "info", 2, [2, 7]),
        ("R409", "info", 1, [7]),
    ]
    assert summary["problems"][0]["values"] == [
        {"value": "nobody", "rows": 2, "first_row": 4, "params": {"value": "nobody"}}
    ]
    assert summary["effects"] == {"becomes_current": 1, "changed_current": 1, "replaces_newer": 1, "history": 2}
    assert (summary["changed_current"], summary["existing_current"]) == (1, 1)
    assert summary["left_out"] == {"rejected": 3}


@given(st.lists(st.tuples(st.sampled_from(sorted(Outcome)), st.integers(0, 3)), max_size=50))
def test_E50_the_sum_of_outcomes_is_the_number_of_rows(rows: list[tuple[str, int]]) -> None:
    summary = Summary(importer=get_importer("completions"))
    for row_no, (outcome, found) in enumerate(rows, start=2):
        problems = [("R102", "username", {"value": str(number)}) for number in range(found)]
        summary.note_row(row_no, outcome=outcome, problems=problems, person_id=None, item_id=None, day=None)
    assert sum(summary.outcomes.values()) == len(rows)
    stored = summary.as_json(Stage())
    assert sum(problem["rows"] for problem in stored["problems"]) == sum(found for _, found in rows)


def test_a_hundred_values_of_a_problem_are_kept_the_most_frequent_first() -> None:
    summary = Summary(importer=get_importer("completions"))
    for number in range(300):
        for _ in range(2 if number == 250 else 1):
            problem = ("R102", "username", {"value": f"x{number}"})
            summary.note_row(number, outcome="rejected", problems=[problem], person_id=None, item_id=None, day=None)
    (found,) = summary.as_json(Stage())["problems"]
    assert (found["rows"], found["distinct"], len(found["values"])) == (301, 300, VALUES_SHOWN)
    assert found["values"][0] == {"value": "x250", "rows": 2, "first_row": 250, "params": {"value": "x250"}}


def test_effects_are_counted_by_kind() -> None:
    summary = Summary(importer=get_importer("completions"))
    summary.note_effect(Plan(Outcome.CREATED, effect={"before": None, "after": "2024-01-01", "assigned": True}))
    summary.note_effect(Plan(Outcome.UPDATED, [("R402", "", {})], {"before": "2025-01-01", "after": "2024-01-01"}))
    summary.note_effect(Plan(Outcome.ADDED_TO_HISTORY))
    assert summary.as_json(Stage())["effects"] == {
        "becomes_current": 2,
        "changed_current": 1,
        "assigned": 1,
        "history": 1,
        "replaces_newer": 1,
    }


def test_rejected_rows_do_not_move_the_first_and_last_day() -> None:
    summary = Summary(importer=get_importer("completions"))
    for outcome, year in (("rejected", 1999), ("created", 2020), ("skipped", 2021)):
        summary.note_row(2, outcome=outcome, problems=[], person_id=1, item_id=1, day=dt.date(year, 1, 1))
    assert (str(summary.first_day), str(summary.last_day)) == ("2020-01-01", "2021-01-01")
