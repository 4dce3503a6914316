"""What Northfield does outside of Rollbook: first aid, fire drills, practicals, talks, and who has records of it (spec: demo).

Records are in every state: valid, expiring soon, expired, for ever. Nobody of the sign-in sheet has a valid one of its
activity. Public: `CATEGORIES`, `make_activities`, `make_records`.
"""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from lms.core.periods import Period
from lms.demo.northfield import ST_ANNES, WARD_3, WARD_3_NIGHT, make_people
from lms.demo.organisation import DemoActivity, DemoField, DemoPerson, PastOffline, loading_day
from offline_records.choices import Field, Kind, Need

CATEGORIES: Final = ("First Aid", "Fire Drills", "Practicals", "Toolbox Talks", "Toolbox Talks/Estates and Catering")
FIRST_AID: Final = "FAW-3"
FIRST_AID_DAYS: Final = 3 * 365 + 1
ASSEMBLY_POINT: Final = "Assembly point"
_POINTS: Final = ("North car park", "South lawn", "Ambulance bay")
_OPTIONAL, _REQUIRED = Need.OPTIONAL.value, Need.REQUIRED.value


def make_activities() -> tuple[DemoActivity, ...]:
    """Return the catalogue; one activity is archived, some are open to one user domain only."""
    return (
        DemoActivity(
            code=FIRST_AID,
            name="First Aid at Work",
            category="First Aid",
            validity=Period.parse("36 months"),
            expiring_days=90,
            provider="Redwood First Aid Training",
            fields={Field.HOURS: _OPTIONAL, Field.PROVIDER: _OPTIONAL, Field.CERTIFICATE_NUMBER: _REQUIRED},
        ),
        DemoActivity(
            code="EFA-1",
            name="Emergency First Aid, one day",
            category="First Aid",
            validity=Period.parse("36 months"),
            provider="Redwood First Aid Training",
            fields={Field.CERTIFICATE_NUMBER: _OPTIONAL},
            is_active=False,
        ),
        DemoActivity(
            code="EVD",
            name="Evacuation Drill",
            category="Fire Drills",
            validity=Period.parse("12 months"),
            fields={Field.LOCATION: _OPTIONAL, Field.NOTES: _OPTIONAL},
            custom=(DemoField(label=ASSEMBLY_POINT, kind=Kind.CHOICE.value, choices=_POINTS),),
        ),
        DemoActivity(
            code="FWR",
            name="Fire Warden Walk-round",
            category="Fire Drills",
            validity=Period.parse("24 months"),
            fields={Field.HOURS: _OPTIONAL},
        ),
        DemoActivity(
            code="HOI",
            name="Hoist Practical",
            category="Practicals",
            validity=Period.parse("24 months"),
            location="Skills Lab",
            fields={Field.RESULT: _REQUIRED, Field.LOCATION: _OPTIONAL, Field.NOTES: _OPTIONAL},
            domains=("clinical",),
        ),
        DemoActivity(
            code="MFT",
            name="Mask Fit Test",
            category="Practicals",
            validity=Period.parse("24 months"),
            fields={Field.RESULT: _REQUIRED},
            custom=(DemoField(label="Mask model"),),
        ),
        DemoActivity(code="TBT-01", name="Sharps and Needles", category="Toolbox Talks"),
        DemoActivity(
            code="TBT-11",
            name="Working at Height",
            category="Toolbox Talks/Estates and Catering",
            domains=("support",),
        ),
        DemoActivity(
            code="TBT-12",
            name="Knives and Slicers",
            category="Toolbox Talks/Estates and Catering",
            domains=("support",),
        ),
    )


def make_records() -> tuple[PastOffline, ...]:
    """Return the records of St Anne's Hospital."""
    chance = random.Random(311)  # noqa: S311 - made-up dates
    people = make_people()
    ward = people[WARD_3.start : WARD_3_NIGHT.stop]
    return (*_make_old_first_aid(ward), *_make_hospital(people[ST_ANNES.start : ST_ANNES.stop], ward, chance))


def _make_old_first_aid(ward: tuple[DemoPerson, ...]) -> Iterator[PastOffline]:
    """The first aiders of Ward 3 were trained more than three years ago; their certificates have run out."""
    for number, person in enumerate(ward[::4]):
        yield _first_aid(person, days=FIRST_AID_DAYS + 20 + number, number=number)


def _make_hospital(
    others: tuple[DemoPerson, ...], ward: tuple[DemoPerson, ...], chance: random.Random
) -> Iterator[PastOffline]:
    for number, person in enumerate(others):
        if chance.random() < 0.12:
            yield _first_aid(person, days=chance.randrange(20, FIRST_AID_DAYS + 200), number=1_000 + number)
    talks = [(person, code) for person in others if person.domain == "support" for code in ("TBT-11", "TBT-12")]
    for person, code in talks:
        if chance.random() < 0.5:
            yield _past(person, code, days=chance.randrange(5, 900))
    for person in (*ward, *others):
        if chance.random() < 0.7:
            values = {ASSEMBLY_POINT: chance.choice(_POINTS)}
            yield _past(person, "EVD", days=chance.randrange(5, 420), **values)
        if person.domain == "clinical" and chance.random() < 0.4:
            result = "passed" if chance.random() < 0.9 else "failed"
            yield _past(person, "HOI", days=chance.randrange(5, 800), result=result)
        if chance.random() < 0.2:
            yield _past(person, "TBT-01", days=chance.randrange(5, 900))
        if chance.random() < 0.03:
            yield _past(person, "EFA-1", days=chance.randrange(900, 1_500))


def _first_aid(person: DemoPerson, *, days: int, number: int) -> PastOffline:
    return _past(person, FIRST_AID, days=days, hours="24", certificate_number=f"RW-{20_000 + number}")


def _past(person: DemoPerson, code: str, *, days: int, **values: str) -> PastOffline:
    return PastOffline(
        username=person.username,
        activity=code,
        completed_on=loading_day() - timedelta(days=days),
        values=values,
    )
