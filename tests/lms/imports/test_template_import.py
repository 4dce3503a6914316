"""A template that comes back: untouched it imports nothing, filled in it imports as it is (L-13, L-15)."""

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from lms.imports.checking import request_check
from lms.imports.command_line import Run, follow, start_run
from lms.imports.importer import get_importer
from lms.imports.mapping import suggest_mapping
from lms.imports.models import ImportBatch, State
from lms.imports.template_contents import gather_template
from lms.imports.template_files import write_csv_template
from lms.imports.template_workbook import write_xlsx_template
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast


def write_template(cast: Cast, actor: User, path: Path) -> None:
    with tenant_scope(cast.acme.pk):
        content = gather_template(get_importer("completions"), actor=actor, tenant=cast.acme)
    with path.open("wb") as file:
        (write_xlsx_template if path.suffix == ".xlsx" else write_csv_template)(content, to=file)


def check_file(path: Path, actor: User) -> list[tuple[int, str, list[str]]]:
    """Upload and check with what is suggested; return (row, outcome, codes)."""
    run: Run = start_run("completions", path, slug="acme", username=actor.username, read_options={})
    with tenant_scope(run.tenant.pk):
        batch = ImportBatch.objects.get(pk=run.batch_id)
        suggested = suggest_mapping(run.importer, batch=batch, actor=run.actor)
        assert suggested.is_exact
        mapping = replace(suggested.mapping, date_order_answered=True)
        request_check(batch, actor=run.actor, mapping=mapping.to_json(), options={"policy": "latest_import"})
    checked = next(follow(run, lambda found: found.state == State.CHECKING))
    with tenant_scope(run.tenant.pk):
        rows = checked.rows().order_by("row_no")
        return [(row.row_no, row.outcome, [problem[0] for problem in row.problems]) for row in rows]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_L13_L15_an_untouched_template_imports_nothing_and_says_so(cast: Cast, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"template.{suffix}"
    write_template(cast, cast.alice, path)
    assert check_file(path, cast.alice) == [(2, "skipped", ["R208"]), (3, "skipped", ["R208"])]


@pytest.mark.django_db(transaction=True)
def test_L15_a_filled_workbook_imports_as_it_is(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    write_template(cast, cast.alice, path)
    book = openpyxl.load_workbook(path)
    filled: list[tuple[str, date, str]] = [("bob", date(2026, 3, 4), "SAFE-1"), ("ben", date(2026, 3, 5), "FIRE-2")]
    for row, (username, day, code) in enumerate(filled, start=3):
        book["Data"].cell(row, 1).value = username
        book["Data"].cell(row, 2).value = day
        book["Data"].cell(row, 3).value = code
    book.save(path)
    assert check_file(path, cast.alice) == [(2, "skipped", ["R208"]), (3, "created", []), (4, "created", [])]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("date_format", ["mm/dd/yyyy", "dd.mm.yyyy", "yyyy-mm-dd"])
def test_L16_L17_a_filled_csv_is_read_in_the_format_its_sample_shows(
    cast: Cast, tmp_path: Path, date_format: str
) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.adam.pk).update(date_format=date_format)
        adam = User.objects.select_related("tenant").get(pk=cast.adam.pk)
    path = tmp_path / "template.csv"
    write_template(cast, adam, path)
    header, sample, _ = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    path.write_text("\n".join([",".join(header), f"bob,{sample[1]},SAFE-1"]), "utf-8")
    assert check_file(path, adam) == [(2, "created", [])]
