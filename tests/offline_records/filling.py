"""Templates of offline records, filled in as people do it, and what becomes of them."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from lms.imports.importer import Importer, get_importer
from lms.imports.template_contents import gather_template
from lms.imports.template_files import write_csv_template
from lms.imports.template_workbook import write_xlsx_template
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.offline_records.catalogue import KIND


def fit(options: Mapping[str, Any], tenant: Tenant) -> Importer:
    """The importer for a choice."""
    with tenant_scope(tenant.pk):
        return get_importer(KIND).fit(options)


def make_template(options: Mapping[str, Any], *, actor: User, tenant: Tenant, **how: Any) -> bytes:
    """The workbook for a choice."""
    return _write(write_xlsx_template, options, actor=actor, tenant=tenant, **how)


def make_csv_template(options: Mapping[str, Any], *, actor: User, tenant: Tenant, **how: Any) -> bytes:
    """The same as CSV."""
    return _write(write_csv_template, options, actor=actor, tenant=tenant, **how)


def _write(write: Any, options: Mapping[str, Any], *, actor: User, tenant: Tenant, **how: Any) -> bytes:
    target = io.BytesIO()
    with tenant_scope(tenant.pk):
        write(gather_template(get_importer(KIND).fit(options), actor=actor, tenant=tenant, **how), to=target)
    return target.getvalue()


def fill(workbook: bytes, rows: Sequence[Mapping[str, Any]], *, drops: Sequence[str] = ()) -> bytes:
    """Write rows over the samples and save, as a spreadsheet does; `drops` are sheets that get lost on the way."""
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    page = book.worksheets[0]
    places = {str(cell.value): place for place, cell in enumerate(page[1], start=1)}
    page.delete_rows(2, 2)  # the samples
    for number, row in enumerate(rows, start=2):
        for column, value in row.items():
            page.cell(number, places[column]).value = value
    for name in drops:
        del book[name]
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def read_sheet(workbook: bytes | Path, sheet: str) -> list[list[Any]]:
    """The cells of a sheet."""
    source = workbook if isinstance(workbook, Path) else io.BytesIO(workbook)
    return [list(row) for row in openpyxl.load_workbook(source)[sheet].iter_rows(values_only=True)]
