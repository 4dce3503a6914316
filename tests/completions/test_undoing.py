"""Undoing imports in any order: the tenant equals a twin that never had them (E-33, E-34)."""

import datetime as dt
import itertools
import random

import pytest

from completions.services import set_progress
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import TABLES, describe_standing, dump_tables

HEAD = "username,course code,completion date,score\n"


def add(imports: Imports, *lines: str, policy: str = "latest_import") -> Imported:
    return imports.run("completions", HEAD + "\n".join(lines), options={"policy": policy})


@pytest.mark.parametrize(
    ("policy", "second"),
    [
        ("latest_import", "bob,SAFE-1,2024-05-01,80"),  # the same file again
        ("newest_date", "bob,SAFE-1,2023-05-01,70"),  # an older completion, kept as history while the first was there
    ],
)
def test_E33_undoing_the_first_import_leaves_what_the_second_alone_would_have_made(
    cast: Cast, imports: Imports, policy: str, second: str
) -> None:
    first = add(imports, "bob,SAFE-1,2024-05-01,90", policy=policy)
    before = dump_tables(cast.acme)
    later = add(imports, second, policy=policy)
    imports.undo(first)
    _, code, day, score = second.split(",")
    assert describe_standing(cast.acme) == {
        "results": [("bob", code, "completed", 100, dt.date.fromisoformat(day))],
        "completions": [("bob", code, dt.date.fromisoformat(day), int(score), "", "import", later.number)],
        "assignments": [("bob", code, dt.date.fromisoformat(day), "import", later.number)],
    }
    imports.undo(later)
    assert {table: dump_tables(cast.acme)[table] for table in TABLES[:5]} == {table: [] for table in TABLES[:5]}
    assert before["completions_achievement"] != []


def test_E34_a_history_only_import_inherits_neither_the_result_nor_the_assignment(cast: Cast, imports: Imports) -> None:
    first = add(imports, "bob,SAFE-1,2024-05-01,90")
    add(imports, "bob,SAFE-1,2024-06-01,", policy="history_only")
    imports.undo(first)
    found = describe_standing(cast.acme, with_origin=False)
    assert (found["results"], found["assignments"]) == ([], [])


def test_E34_a_change_by_a_person_on_top_stays_and_the_history_below_it_is_put_right(
    cast: Cast, imports: Imports
) -> None:
    first = add(imports, "bob,SAFE-1,2024-05-01,90", policy="newest_date")
    second = add(imports, "bob,SAFE-1,2023-05-01,", policy="newest_date")
    with tenant_scope(cast.acme.pk):
        set_progress(
            tenant=cast.acme, actor=cast.adam, person=cast.bob, course=cast.safe, status="in_progress", percent=40,
            reason="started again",
        )  # fmt: skip
    third = add(imports, "bob,SAFE-1,2022-05-01,")
    imports.undo(first)
    imports.undo(third)
    assert describe_standing(cast.acme, with_origin=False)["results"] == [
        ("bob", "SAFE-1", "in_progress", 40, dt.date(2023, 5, 1))  # on top of what the second would have made current
    ]
    assert [second.number] == [number for *_, number in describe_standing(cast.acme)["completions"]]


DAYS = ["2021-01-01", "2022-01-01", "2023-01-01"]
POLICIES = ["latest_import", "newest_date", "history_only"]


def draw_file(source: random.Random) -> tuple[list[str], str]:
    lines = [
        f"{person},{course},{day},{source.choice(['', '70', '80'])}"
        for person, course, day in itertools.product(["bob", "carl"], ["SAFE-1", "FIRE-2"], DAYS)
        if source.random() < 0.35
    ]
    return lines or ["bob,SAFE-1,2021-01-01,"], source.choice(POLICIES)


@pytest.mark.parametrize("seed", range(6))
def test_E33_after_undoing_in_any_order_the_tenant_equals_its_twin(cast: Cast, imports: Imports, seed: int) -> None:
    """Four imports one after the other, some undone in any order: history and assignments are the twin's.

    The current result may differ where a remaining import replaced one that is gone: that change is kept (E-34).
    """
    source = random.Random(seed)  # noqa: S311 - draws tests, guards nothing
    files = [draw_file(source) for _ in range(4)]
    done = [add(imports, *lines, policy=policy) for lines, policy in files]
    gone = source.sample(range(4), source.choice([1, 2, 3]))
    for index in gone:
        imports.undo(done[index])
    numbers = [done[index].number for index in range(4) if index not in gone]
    found = describe_standing(cast.acme)
    for index in reversed(range(4)):
        if index not in gone:
            imports.undo(done[index])
    assert {table: rows for table, rows in dump_tables(cast.acme, TABLES[:5]).items() if rows} == {}
    twin = [add(imports, *files[index][0], policy=files[index][1]) for index in range(4) if index not in gone]
    names = dict(zip([made.number for made in twin], numbers, strict=True))
    wanted = describe_standing(cast.acme)
    assert {
        kind: [(*row[:-1], names.get(row[-1])) for row in wanted[kind]] for kind in ("completions", "assignments")
    } == {kind: found[kind] for kind in ("completions", "assignments")}
    assert {row[:2] for row in found["results"]} == {row[:2] for row in wanted["results"]}
    if all(policy == files[0][1] for _, policy in files):
        assert found["results"] == wanted["results"]
