"""The daily job and an import at the same moment: one waits for the other, and whoever comes second sees the first (S53)."""

from typing import Any

import pytest

from certifications.kinds import CERTIFICATION_EXPIRED, EXPIRING_SOON, WINDOW_OPENS
from lms.imports.working import work_until_idle
from lms.notifications.models import OutboxMessage
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import D, assign, assignments, certification, certify, give_team
from tests.certifications.daily_data import standing
from tests.certifications.import_data import HEAD
from tests.plugins.cast import Cast
from tests.plugins.days import OnDay
from tests.plugins.meanwhile import PATIENCE, in_thread, night_held_open
from tests.plugins.running import Imports

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = "2026-03-15"


def mails(cast: Cast) -> list[tuple[Any, ...]]:
    with tenant_scope(cast.acme.pk):
        return sorted(OutboxMessage.objects.values_list("kind", "state"))


@pytest.mark.parametrize(
    ("completed_on", "state", "kind"),
    [
        ("2025-04-15", "certified", WINDOW_OPENS),
        ("2025-03-25", "window_open", EXPIRING_SOON),  # told, and nothing else changes
        ("2025-03-14", "window_open", CERTIFICATION_EXPIRED),
    ],
)
def test_T68_who_is_recertified_while_the_night_is_running_is_not_told_to(
    cast: Cast,
    imports: Imports,
    on_day: OnDay,
    monkeypatch: pytest.MonkeyPatch,
    completed_on: str,
    state: str,
    kind: str,
) -> None:
    aid = certification(cast.acme, "AID", name="First Aid", expiring_days=10)
    certify(cast.bob, aid, completed_on, state=state)
    assign(cast.bob, aid)
    with on_day(TODAY):
        import_during_the_night(cast, imports, "bob,AID,,2026-03-12,\n", monkeypatch=monkeypatch)
    assert standing(cast.bob, aid)[:2] == ("certified", "2026-03-12")
    assert mails(cast) == [(kind, "withdrawn")]  # the night did tell it, and it was taken back


def test_T46_who_is_assigned_by_the_night_and_by_an_import_at_once_is_assigned_once(
    cast: Cast, imports: Imports, on_day: OnDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    aid = certification(cast.acme, "AID", name="First Aid")
    certify(cast.bob, aid, "2025-04-15")
    give_team(cast.ward_a, aid)
    with on_day(TODAY):
        rows = "ben,AID,,2026-03-12,\nbob,AID,,2026-03-12,\n"
        import_during_the_night(cast, imports, rows, monkeypatch=monkeypatch)
    assert [standing(person, aid)[:2] for person in (cast.bob, cast.ben)] == [("certified", "2026-03-12")] * 2
    assert assignments(cast.acme) == [("ben", "AID", D("2026-01-01"), "team"), ("bob", "AID", D("2026-01-01"), "team")]


def import_during_the_night(cast: Cast, imports: Imports, rows: str, *, monkeypatch: pytest.MonkeyPatch) -> None:
    """Import these rows while the job has done its work and not committed yet."""
    options = {"action": "certify_if_more_recent"}
    checked = imports.run("certifications", HEAD + rows, options=options, check_only=True)
    imports.confirm(checked, works=False)
    with night_held_open(cast.acme, TODAY, monkeypatch=monkeypatch) as commit:
        importing = in_thread(lambda: work_until_idle(seconds=30))
        importing.join(PATIENCE)
        commit()
    importing.join()
    assert imports.load(checked.batch).state == "completed"
