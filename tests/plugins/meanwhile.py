"""Two things at the same moment, with real transactions in threads: `in_thread`, `night_held_open`."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from lms.daily import services as daily
from lms.daily.services import run_daily
from lms.tenancy.models import Tenant

PATIENCE = 1.0  # seconds that somebody who does not wait would need at most


def in_thread(work: Callable[[], Any]) -> threading.Thread:
    """Begin work with a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@contextmanager
def night_held_open(tenant: Tenant, as_of: str, *, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Run the night of a day up to its commit; it commits when what is yielded is called, or at the end."""
    arrived, go_on = threading.Event(), threading.Event()

    def hold(point: str) -> None:
        if point == "daily.before_commit":
            arrived.set()
            assert go_on.wait(30)

    def run() -> None:
        try:
            run_daily(tenant, as_of=dt.date.fromisoformat(as_of))
        finally:
            arrived.set()

    monkeypatch.setattr(daily, "reach", hold)
    thread = in_thread(run)
    try:
        assert arrived.wait(30)
        yield go_on.set
    finally:
        go_on.set()
        thread.join()
