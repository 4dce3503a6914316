"""Lets tests live on given days: `with on_day("2026-03-15"): ...` sets the clock to that noon."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.utils import timezone

OnDay = Callable[[str], time_machine.travel]


@pytest.fixture
def on_day(monkeypatch: pytest.MonkeyPatch) -> OnDay:
    """Return what moves the clock. The row log of files uploaded meanwhile is kept as of today: its partitions exist."""
    really_today = timezone.now().date()
    monkeypatch.setattr("lms.imports.uploading.today", lambda _tenant: really_today)

    def travel(text: str) -> time_machine.travel:
        return time_machine.travel(dt.datetime.fromisoformat(f"{text}T12:00:00+00:00"), tick=True)

    return travel
