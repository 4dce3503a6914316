"""What the tests of undoing need: imports of certifications, nights, and what an undo counts."""

import datetime as dt
from typing import Any

from certifications.models import Certification
from certifications.undoing import preview_undo
from lms.core.periods import Period
from lms.daily.services import run_daily
from lms.imports.importer import UndoCounts
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue import add_certification
from tests.certifications.import_data import HEAD
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports

MORE_RECENT = "certify_if_more_recent"
D = dt.date.fromisoformat


def add_yearly(tenant: Tenant, short_name: str, **fields: Any) -> Certification:
    """Write a certification of 365 days, its window 30 days."""
    periods: dict[str, Any] = {
        "active_period": Period.parse("365 days"),
        "recertification_window": Period.parse("30 days"),
    }
    return add_certification(tenant, short_name, **periods, **fields)


def add(imports: Imports, *lines: str, action: str = MORE_RECENT, messages: str = "suppress") -> Imported:
    """Import lines of person, short name, completed on and due on."""
    rows = (line.split(",") for line in lines)
    text = HEAD + "".join(f"{who},{code},,{done},{''.join(due)}\n" for who, code, done, *due in rows)
    options = {"action": action, "evidence": True, "ignore_case": False}
    imported = imports.run("certifications", text, options=options, messages=messages)
    assert imported.state == "completed", imported
    return imported


def run_nights(tenant: Tenant, first: str, last: str) -> None:
    """Run the job of every day from the first to the last."""
    for number in range((D(last) - D(first)).days + 1):
        day = D(first) + dt.timedelta(days=number)
        assert run_daily(tenant, as_of=day)


def foretell(cast: Cast, imported: Imported) -> UndoCounts:
    """Return what undoing would do."""
    with tenant_scope(cast.acme.pk):
        return preview_undo(batch_id=imported.batch.pk)


def counts(imported: Imported) -> dict[str, Any]:
    """Return what undoing did."""
    summary: dict[str, Any] = imported.batch.undo_summary
    return {name: summary[name] for name in ("removed", "restored", "kept")}
