"""One transaction writes a whole file: nobody sees a part of it; the night and an import wait for each other (S-20, S-41)."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from lms.core.periods import Period
from lms.daily.services import run_daily
from lms.imports import applying
from lms.imports.models import ImportBatch
from lms.imports.working import work_until_idle
from lms.notifications.models import MessageSwitch, OutboxMessage
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from offline_records.kinds import OFFLINE_RECORD_EXPIRES
from offline_records.models import OfflineRecord
from tests.completions.daily_data import day
from tests.offline_records.catalogue import HEAD, KIND, add_activity, add_record, choose
from tests.plugins.cast import Cast
from tests.plugins.days import OnDay
from tests.plugins.meanwhile import in_thread, night_held_open
from tests.plugins.running import Imported, Imports

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 0.5  # seconds; the night of three people needs a tenth of it


@pytest.fixture
def checked(cast: Cast, imports: Imports, on_day: OnDay) -> Iterator[list[Imported]]:
    """Two imports that wait for a worker: of Ben, who is to be warned on 16 March, and of Bob, who is on the 17th."""
    lift = add_activity(cast.acme, validity=Period.parse("12 months"), expiring_days=30)
    add_record(cast.ben, lift, day("2025-04-15"), expires_on=day("2026-04-15"))
    add_record(cast.bob, lift, day("2025-04-16"), expires_on=day("2026-04-16"))
    with tenant_scope(cast.acme.pk):
        MessageSwitch.objects.create(tenant=cast.acme, kind=OFFLINE_RECORD_EXPIRES, is_on=True)
        User.objects.update(domain=None)
    with on_day("2026-03-16"):
        files = (f"{HEAD}\nben,,,2024-01-02\nben,,,2026-03-10\ncarl,,,2026-03-10\n", f"{HEAD}\nbob,,,2026-03-10\n")
        yield [imports.run(KIND, file, options=choose(lift), check_only=True) for file in files]


def look(cast: Cast) -> tuple[int, list[str], list[tuple[str, str]]]:
    """Return how many records there are, how the imports stand, and the mails about records."""
    with tenant_scope(cast.acme.pk):
        mails = OutboxMessage.objects.filter(kind=OFFLINE_RECORD_EXPIRES).order_by("pk")
        return (
            OfflineRecord.objects.count(),
            list(ImportBatch.objects.order_by("pk").values_list("state", flat=True)),
            list(mails.values_list("to_address", "state")),
        )


def test_S20_S41_nobody_sees_a_part_of_a_file_and_night_and_import_wait_for_each_other(
    cast: Cast, imports: Imports, checked: list[Imported], monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Whoever comes second sees the first: the night tells nothing that is over, or the import takes it back."""
    seen, nights = [], []

    def watch(point: str, **_: object) -> None:
        in_thread(lambda: seen.append(look(cast))).join()
        if point == "finish.before_commit":
            nights.append(in_thread(lambda: run_daily(cast.acme, as_of=day("2026-03-16"))))
            nights[0].join(PATIENCE)
            assert nights[0].is_alive(), "the night did not wait"

    settings.IMPORT_CHUNK_ROWS = 1
    with monkeypatch.context() as patch:
        patch.setattr(applying, "reach", watch)
        imports.confirm(checked[0])
        nights[0].join()
    assert len(seen) == 4  # begin, two chunks, end
    assert {repr(found) for found in seen} == {repr((2, ["applying", "ready"], []))}
    assert look(cast) == (5, ["completed", "ready"], [])

    imports.confirm(checked[1], works=False)
    with night_held_open(cast.acme, "2026-03-17", monkeypatch=monkeypatch) as commit:
        importing = in_thread(lambda: work_until_idle(seconds=30))
        importing.join(PATIENCE)
        assert importing.is_alive(), "the import did not wait"
        commit()
        importing.join()
    assert look(cast) == (6, ["completed", "completed"], [("bob@acme.example", "withdrawn")])
