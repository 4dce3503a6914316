"""A crowd whom an import tells something, and what it has told them: for tests of messages."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from lms.core.periods import Period
from lms.courses.models import Course
from lms.imports.models import ImportBatch
from lms.notifications.models import MessageSwitch, Notice, OutboxMessage
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imported

HEAD = "username,course code,completion date\n"
RETAKES = {"opens_retakes": True}
Run = Callable[..., Imported]
# Whom `mixed_file` tells what, and about which courses.
EXPECTED = [
    ("ben", "course_assigned", ["SAFE-1"]),
    ("ben", "non_compliant", ["SAFE-1"]),
    ("bob", "course_assigned", ["FIRE-2", "SAFE-1"]),
    ("bob", "non_compliant", ["SAFE-1"]),
    ("bob", "retake_open", ["FIRE-2"]),
    ("carl", "course_assigned", ["SAFE-1"]),
]


def days_ago(tenant: Tenant, days: int) -> str:
    """Return the ISO day so many days before the organisation's today."""
    return (today(tenant) - dt.timedelta(days=days)).isoformat()


def prepare_courses(cast: Cast) -> None:
    """SAFE-1 and FIRE-2 last a year, open their retake 30 days before; "assigned" is told too. In both organisations."""
    for tenant in (cast.acme, cast.zebra):
        with tenant_scope(tenant.pk):
            Course.objects.filter(code__in=["SAFE-1", "FIRE-2"]).update(
                compliant_for=Period.parse("365 days"), retake_days=30
            )
            MessageSwitch.objects.create(tenant=tenant, kind="course_assigned", is_on=True)


def mixed_file(tenant: Tenant) -> str:
    """Return a file by which bob, ben and carl are told something; bob most.

    bob    SAFE-1 non-compliant on arrival, FIRE-2 in its retake window; both assigned
    ben    SAFE-1 three times, the last one non-compliant; assigned
    carl   SAFE-1 fine; assigned
    """
    lapsed, late, fine = days_ago(tenant, 400), days_ago(tenant, 350), days_ago(tenant, 10)
    older = [days_ago(tenant, days) for days in (900, 800)]
    return (
        HEAD
        + f"bob,SAFE-1,{lapsed}\nbob,FIRE-2,{late}\n"
        + "".join(f"ben,SAFE-1,{day}\n" for day in [*older, lapsed])
        + f"carl,SAFE-1,{fine}\n"
    )


def caused_mails(tenant: Tenant, batch: ImportBatch) -> list[tuple[str, str, str, list[str]]]:
    """Return (username, kind, state, codes of the items) of every mail the import caused."""
    with tenant_scope(tenant.pk):
        names = dict(User.objects.values_list("pk", "username"))
        return sorted(
            (names[mail.recipient_id or 0], mail.kind, str(mail.state), _codes(mail.params))
            for mail in OutboxMessage.objects.filter(dedup_key__endswith=f":import:{batch.pk}", batch_id=batch.pk)
        )


def caused_notices(tenant: Tenant, batch: ImportBatch) -> list[tuple[str, str, bool, list[str]]]:
    """Return (username, kind, held, codes of the items) of every notice the import caused."""
    with tenant_scope(tenant.pk):
        return sorted(
            (notice.person.username, notice.kind, notice.is_held, _codes(notice.params))
            for notice in Notice.objects.filter(batch_id=batch.pk).select_related("person")
        )


def check(cast: Cast, run_import: Run, **more: Any) -> Imported:
    """Upload and check the mixed file with the retake box ticked."""
    return run_import("completions", mixed_file(cast.acme), check_only=True, options=RETAKES, **more)


def told(cast: Cast, imported: Imported, *, state: str = "queued") -> list[tuple[str, str, list[str]]]:
    """Return who is mailed what; every mail is in this state, and its items stand in the order of their codes."""
    found = caused_mails(cast.acme, imported.batch)
    assert {mail[2] for mail in found} <= {state}
    return [(person, kind, sorted(codes)) for person, kind, _, codes in found]


def _codes(params: dict[str, Any]) -> list[str]:
    return [item["code"] for item in params["items"]]
