"""What Bergmann does outside of Rollbook; one activity is for one of its two works only (spec: demo).

Public: `CATEGORIES`, `make_activities`, `make_records`.
"""

import random
from datetime import timedelta
from typing import Final

from lms.core.periods import Period
from lms.demo.bergmann import make_people
from lms.demo.organisation import DemoActivity, PastOffline, loading_day
from offline_records.choices import Field, Need

CATEGORIES: Final = ("Arbeitsschutz", "Unterweisungen")
_OPTIONAL: Final = Need.OPTIONAL.value
_DAYS: Final = {"EH-1": 800, "UW-KRAN": 420, "UW-PRESSE": 420}


def make_activities() -> tuple[DemoActivity, ...]:
    """Return the catalogue."""
    return (
        DemoActivity(
            code="EH-1",
            name="Ersthelfer-Ausbildung",
            category="Arbeitsschutz",
            validity=Period.parse("24 months"),
            expiring_days=60,
            provider="Rettungsschule Donau",
            fields={Field.HOURS: _OPTIONAL, Field.CERTIFICATE_NUMBER: _OPTIONAL},
        ),
        DemoActivity(
            code="UW-KRAN",
            name="Unterweisung Hallenkran",
            category="Unterweisungen",
            validity=Period.parse("12 months"),
            fields={Field.NOTES: _OPTIONAL},
        ),
        DemoActivity(
            code="UW-PRESSE",
            name="Unterweisung Pressenlinie 2",
            category="Unterweisungen",
            validity=Period.parse("12 months"),
            domains=("werk-linz",),
        ),
    )


def make_records() -> tuple[PastOffline, ...]:
    """Return who has been trained: a few first aiders everywhere, the production of both works."""
    chance = random.Random(62)  # noqa: S311 - made-up dates
    records = []
    for person in make_people():
        is_maker = person.team.endswith(("/Fertigung", "/Montage"))
        shares = {
            "EH-1": 0.06,
            "UW-KRAN": 0.5 if is_maker else 0.0,
            "UW-PRESSE": 0.6 if is_maker and person.domain == "werk-linz" else 0.0,
        }
        records += [
            PastOffline(
                username=person.username,
                activity=code,
                completed_on=loading_day() - timedelta(days=chance.randrange(5, _DAYS[code])),
            )
            for code, share in shares.items()
            if chance.random() < share
        ]
    return tuple(records)
