"""A person and a certification in every line of the decision table, for tests of planning."""

import datetime as dt
from typing import Any

from certifications.planning import (
    Choices,
    CurrentStatus,
    Facts,
    plan_certifications,
)
from certifications.rules import Situation
from certifications.terms import CertificationTerms
from lms.imports.importer import Plan, RowFacts

D = dt.date.fromisoformat
TODAY = D("2026-03-15")
PERSON, CERT = 7, 3
PAIR = (PERSON, CERT)
OLDER, CURRENT, NEWER = "2025-01-10", "2025-06-01", "2025-12-01"
ALL_KINDS = frozenset({
    "certification_assigned", "certification_completed", "certification_window_opens", "certification_expiring_soon",
    "certification_expired",
})  # fmt: skip


def terms(**changes: Any) -> CertificationTerms:
    return CertificationTerms(
        **{"certification_id": CERT, "short_name": "FA", "name": "First Aid", "method": "completion_date", **changes}
    )


def make_row(day: str = NEWER, *, number: int = 2, due: str = "", **changes: Any) -> RowFacts:
    values = {"short_name": "FA", "item": "FA", **({"due_on": due} if due else {})}
    return RowFacts(**{
        "row_no": number, "person_id": PERSON, "item_id": CERT, "day": D(day), "values": values, **changes,
    })  # fmt: skip


def make_evidence(
    day: str = NEWER, *, number: int = 2, short: str = "", id_number: str = "", due: str = ""
) -> RowFacts:
    values = {"short_name": short, "id_number": id_number, "item": short or id_number, "due_on": due}
    return make_row(day, number=number, item_id=None, values={key: value for key, value in values.items() if value})


def status(state: str = "certified", **changes: Any) -> CurrentStatus:
    """The current certification of 1 June 2025, for a year; expired, its dates are only in its record."""
    days = {"completed_on": D(CURRENT), "window_opens_on": D("2026-05-01"), "expires_on": D("2026-06-01")}
    behind = {f"last_{name}": day for name, day in days.items()}
    if state == "expired":
        days = dict.fromkeys(days)  # type: ignore[assignment]
    return CurrentStatus(**{"id": 1, "state": state, "record_id": 11, **days, **behind, **changes})


def broken(**changes: Any) -> CurrentStatus:
    return status(window_opens_on=D("2027-01-01"), **changes)


def facts(situation: Situation | None = None, **changes: Any) -> Facts:
    """A person in that line of the decision table."""
    found: dict[str, Any] = {"terms": {CERT: terms()}, "assigned": frozenset({PAIR})}
    if situation == Situation.NOT_ASSIGNED:
        found["assigned"] = frozenset()
    elif situation not in (None, Situation.ASSIGNED):
        found["statuses"] = {PAIR: broken() if situation == Situation.BROKEN else status(situation.value)}
    return Facts(**{**found, **changes})


def plan(row: RowFacts, known: Facts, *, action: str = "history") -> Plan:
    (found,) = plan_certifications([row], facts=known, choices=Choices(today=TODAY, action=action))
    return found


def codes(found: Plan) -> list[str]:
    return [code for code, _, _ in found.problems]
