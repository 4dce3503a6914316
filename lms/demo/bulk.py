"""Bulk writing: COPY into a temporary table, then INSERT ... SELECT (COPY into a walled table is refused)."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

from lms.tenancy.scope import current_tenant_id


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows into a table of the open tenant and return their number.

    `columns` are database columns without `tenant_id`; every column that may not be empty must be named, because
    defaults of Django are not defaults of the database.
    """
    table = model._meta.db_table
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE TEMPORARY TABLE demo_rows ON COMMIT DROP AS SELECT {names} FROM "{table}" LIMIT 0'  # noqa: S608
        )
        with cursor.copy(f"COPY demo_rows ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(
            f'INSERT INTO "{table}" (tenant_id, {names}) SELECT %s, {names} FROM demo_rows',  # noqa: S608 - own names
            [current_tenant_id()],
        )
        written = int(cursor.rowcount)
        cursor.execute("DROP TABLE demo_rows")
    return written
