"""A results file that comes back: it uploads as it is, is counted down, and what we added is never taken for data."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.core.workbook import write_workbook
from lms.imports.models import ImportBatch
from lms.imports.readers.facts import ReadLimits, ReadOptions
from lms.imports.readers.reading import read_rows, sniff_file
from lms.imports.results import count_open_rows, write_results
from lms.people.models import Role
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast, add_person
from tests.plugins.running import Imported

FILE = """Username;Completion Date;Course Code;Team remark
bob;01.05.2024;SAFE-1;ok
dora;02.05.2024;SAFE-1;=1+1

ben;31.02.2024;SAFE-1;"a;b"
carl;03.05.2024;NOPE;'=quoted
"""
FAILED = [(2, "rejected", ["R102"]), (3, "rejected", ["R302"]), (4, "rejected", ["R202"])]

RunImport = Callable[..., Imported]


def take_failed_rows(batch: ImportBatch, *, file_format: str) -> bytes:
    file = io.BytesIO()
    with tenant_scope(batch.tenant_id):
        write_results(batch, content="failed", file_format=file_format, to=file)
    return file.getvalue()


def read_back(content: bytes, *, path: Path) -> list[list[Any]]:
    """The original cells of a results file, as the product's own reader gives them."""
    path.write_bytes(content)
    limits = ReadLimits()
    options = sniff_file(path, options=ReadOptions(), limits=limits).resolve_options(ReadOptions())
    with read_rows(path, options=options, limits=limits) as rows:
        return [cells for _, cells in rows]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_E65_E29_E66_failed_rows_come_back_as_they_are_and_are_counted_down(
    cast: Cast, run_import: RunImport, file_format: str
) -> None:
    first = run_import("completions", FILE, date_format="dd.mm.yyyy")
    assert (first.rows[1:], first.counts) == (
        [(3, "rejected", ["R102"]), (5, "rejected", ["R302"]), (6, "rejected", ["R202"])],
        {"created": 1, "rejected": 3},
    )
    failed = take_failed_rows(first.batch, file_format=file_format)

    again = run_import("completions", failed, file_name=f"failed.{file_format}", date_format="dd.mm.yyyy")
    assert (again.rows, again.summary["corrects"]) == (FAILED, first.number)

    with tenant_scope(cast.acme.pk):
        add_person(cast.acme, "dora", role=Role.LEARNER)
    corrected = run_import("completions", failed, file_name=f"failed.{file_format}", date_format="dd.mm.yyyy")

    assert corrected.outcomes == ["created", "rejected", "rejected"]
    with tenant_scope(cast.acme.pk):
        counted = count_open_rows(first.batch)
    assert (counted.failed, counted.came_in, counted.open) == (3, ((corrected.number, 1),), 2)


@pytest.mark.django_db(transaction=True)
def test_E66_E65_a_file_of_failed_rows_of_failed_rows_still_holds_the_original_cells(
    run_import: RunImport,
) -> None:
    first = run_import("completions", FILE, date_format="dd.mm.yyyy")
    content = take_failed_rows(first.batch, file_format="csv")
    second = run_import("completions", content, date_format="dd.mm.yyyy")

    lines = take_failed_rows(second.batch, file_format="csv").decode("utf-8-sig").splitlines()

    assert lines[0] == content.decode("utf-8-sig").splitlines()[0]
    assert [line.split(";")[3] for line in (lines[1], lines[3])] == ["'=1+1", "''=quoted"]


# What a cell can hold after reading: no NUL, no lone surrogates, no control characters but tab and line feed.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n"), min_size=1, max_size=30
).filter(lambda text: text.strip(" \t\n\u00a0\ufeff") != "")


@settings(max_examples=15, deadline=None)
@given(rows=st.lists(st.lists(TEXTS, min_size=2, max_size=2), min_size=1, max_size=5))
def test_S12_every_text_of_a_workbook_is_read_back_as_it_was(
    rows: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = io.BytesIO()
    write_workbook(rows, head=["Username", "Course"], sheet="Import", to=file)

    found = read_back(file.getvalue(), path=tmp_path_factory.mktemp("book") / "a.xlsx")

    assert found == rows
