"""Logs carry no values and no second line (S42)."""

import logging
import sys
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from lms.core.log_format import DiscreetFormatter


def format_error(message: str) -> str:
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, message, (), sys.exc_info())
    return DiscreetFormatter("%(levelname)s %(message)s").format(record)


@pytest.mark.django_db
def test_S42_an_error_of_the_database_is_logged_without_the_row_it_quotes() -> None:
    text = ""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT %s::int", ["Canary O'Connor"])
    except DatabaseError:
        text = format_error("chunk failed")
    assert "Canary" not in text
    assert text.splitlines()[0] == "ERROR chunk failed"
    assert "psycopg.errors.InvalidTextRepresentation (SQLSTATE 22P02)" in text
    assert "django.db.utils.DataError" in text
    assert f"{__file__}:" in text


def test_S42_nobody_can_write_a_second_line() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "host %s", ("a\r\nERROR forged",), None)
    assert DiscreetFormatter("%(message)s").format(record) == "host a\\r\\nERROR forged"


def test_S42_every_handler_uses_it() -> None:
    logs: dict[str, Any] = settings.LOGGING
    used = {handler["formatter"] for handler in logs["handlers"].values()}
    kinds = {logs["formatters"][name]["()"] for name in used}
    assert kinds == {"lms.core.log_format.DiscreetFormatter"}
