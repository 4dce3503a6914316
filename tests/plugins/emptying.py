"""How the database is emptied after a test that commits: by one statement, and only of what can hold something.

Django's own flush writes the content types and permissions anew each time, which nothing here reads, and leaves out the row
log, whose hundreds of partitions take longer to empty than everything else. These tests are few, but each waits for this.
"""

from collections.abc import Iterator
from functools import lru_cache

import pytest
from django.db import connections
from django.test import TransactionTestCase

KEPT = {"django_content_type", "auth_permission"}  # written once, when the tables are made


@lru_cache(maxsize=1)
def list_tables() -> list[str]:
    """Tables of managed models."""
    names = connections["owner"].introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(names) - KEPT)


def empty_database(_test: TransactionTestCase) -> None:
    """Empty all tables, and those partitions of the row log that have grown."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits "
            "WHERE inhparent = 'imports_importrow'::regclass AND pg_relation_size(inhrelid) > 0"
        )
        grown = [name for (name,) in cursor.fetchall()]
        cursor.execute("TRUNCATE " + ", ".join([*list_tables(), *grown]))


@pytest.fixture(scope="session", autouse=True)
def empty_quickly() -> Iterator[None]:
    """Let tests that commit end by `empty_database`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_database)
        yield
