"""The first pass: cells become values in blocks, statuses and dates are counted on the way (E-56, E-66, L-85)."""

from collections.abc import Callable

import pytest

from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imported

Run = Callable[..., Imported]
HEAD = "username,course code,completion date\n"


@pytest.mark.parametrize("block", [1, 2, 3])
def test_blocks_are_seamless(run_import: Run, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    for module in ("staging", "row_log"):
        monkeypatch.setattr(f"lms.imports.{module}.BLOCK_ROWS", block)
    content = HEAD + "".join(f"{name},SAFE-1,2024-05-01\n" for name in ("bob", "nobody", "ben", "carl", "bob", "lea"))
    assert run_import("completions", content).rows == [
        (2, "created", []),
        (3, "rejected", ["R102"]),
        (4, "created", []),
        (5, "created", []),
        (6, "unchanged", ["R403"]),
        (7, "created", []),
    ]


def test_E56_hygiene_of_identifiers(run_import: Run) -> None:
    done = run_import(
        "completions", HEAD + "\u200bB\u00adOB ,\ufeffsafe\u20111,2024-05-01\n\uff22\uff2f\uff22,SAFE-1,2023-05-01\n"
    )
    assert done.rows == [(2, "rejected", ["R202"]), (3, "created", [])], (
        "NFKC makes wide letters equal, U+2011 no hyphen"
    )
    assert done.summary["cleaned"] == 2


def test_E66_guards_of_our_own_files_come_off_and_others_stay(cast: Cast, run_import: Run) -> None:
    head = "username,course code,completion date,note"
    foreign = run_import("completions", f"{head}\nbob,SAFE-1,2024-05-01,'=1+1\n")
    ours = run_import("completions", f"{head},Outcome (Rollbook)\nben,SAFE-1,2024-05-01,'=1+1,x\n")
    with tenant_scope(cast.acme.pk):
        notes = [imported.batch.rows().get().values["note"] for imported in (foreign, ours)]
    assert notes[0] == "'=1+1"
    assert notes[1] in ("=1+1", "'=1+1")


def test_what_the_log_keeps_are_plain_values(cast: Cast, run_import: Run) -> None:
    done = run_import(
        "completions", 'username,course code,completion date,score,status\nbob,SAFE-1,1.5.2024,"87,5",passed\n'
    )
    with tenant_scope(cast.acme.pk):
        row = done.batch.rows().get()
        assert row.values == {"score": "87.50", "date_text": "1.5.2024", "person": "bob", "item": "SAFE-1"}
        assert (row.person_id, row.item_id, str(row.day), row.position) == (
            cast.bob.pk,
            cast.safe.pk,
            "2024-05-01",
            1,
        )
