"""Partitions of the row log: one per purge date, made ahead and dropped whole (E-67). Only the owner role can.

Public: `make_partitions`, `drop_partitions`. Blocks nobody: attached and detached without locking readers out.
"""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

PARENT = "imports_importrow"
# Partitions are made this many days before the first upload can need them.
AHEAD_DAYS = 14


def partition_name(day: date) -> str:
    """Return the table that holds the rows to be purged on `day`."""
    return f"{PARENT}_{day:%Y%m%d}"


def make_partitions(connection: BaseDatabaseWrapper, *, today: date) -> list[str]:
    """Create the missing partitions for every purge date an upload of the next two weeks can get; return their names.

    `connection` is the owner's. The new table is made apart and attached, which readers do not notice; nobody is
    granted anything on it, so the wall of the parent is the only way in.
    """
    made = []
    last = today + timedelta(days=1 + settings.RETENTION_DAYS_CEILING + AHEAD_DAYS)
    with connection.cursor() as cursor:
        existing = _existing(cursor)
        day = today + timedelta(days=1)  # nothing is kept for less than a day
        while day <= last:
            name = partition_name(day)
            if name not in existing:
                _make(cursor, name, day)
                made.append(name)
            day += timedelta(days=1)
    return made


def drop_partitions(connection: BaseDatabaseWrapper, *, today: date) -> list[str]:
    """Detach and drop every partition whose purge date has come; return their names. Safe to repeat after a crash.

    `connection` is the owner's, in autocommit. Waits for running transactions without blocking anybody.
    """
    dropped = []
    with connection.cursor() as cursor:
        for name in sorted(_existing(cursor)):
            if name <= partition_name(today):
                cursor.execute("SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = %s::regclass", [name])
                state = cursor.fetchone()
                if state is not None:
                    how = "FINALIZE" if state[0] else "CONCURRENTLY"
                    cursor.execute(f'ALTER TABLE {PARENT} DETACH PARTITION "{name}" {how}')
                cursor.execute(f'DROP TABLE "{name}"')
                dropped.append(name)
    return dropped


def _existing(cursor: Any) -> set[str]:
    cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ %s", [rf"^{PARENT}_\d{{8}}$"])
    return {row[0] for row in cursor.fetchall()}


def _make(cursor: Any, name: str, day: date) -> None:
    role = settings.DATABASES["default"]["USER"]
    cursor.execute(f'CREATE TABLE "{name}" (LIKE {PARENT} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)')
    cursor.execute(f'REVOKE ALL ON "{name}" FROM "{role}"')
    cursor.execute(
        f"ALTER TABLE {PARENT} ATTACH PARTITION \"{name}\" FOR VALUES FROM ('{day}') TO ('{day + timedelta(days=1)}')"
    )
