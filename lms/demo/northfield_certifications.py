"""The certifications of Northfield Hospitals, one for each method and a second by the expiry date (spec: demo).

Who holds them in which state is counted back from the day of loading, so that all states are there on any day.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Final

from certifications.choices import Method
from lms.core.periods import Period
from lms.demo.northfield import HOSPITAL, LED_TEAM, make_people
from lms.demo.organisation import (
    DemoCertification,
    DemoEvidence,
    DemoPerson,
    PastCertification,
    TeamCertified,
    loading_day,
)

LIFE_SUPPORT: Final = "ILS-PROV"
PRESCRIBER: Final = "NMP"
ATTESTATION: Final = "AML-ATT"
FORKLIFT: Final = "FLT-B1"
_LIFE_SUPPORT_TEAMS: Final = (LED_TEAM, f"{HOSPITAL}/Emergency Department", f"{HOSPITAL}/Theatres")
_ESTATES: Final = f"{HOSPITAL}/Estates"
_PRESCRIBERS: Final = 80
_NEVER_CERTIFIED: Final = 0.15
_MONTHS_12, _MONTHS_3 = Period.parse("12 months"), Period.parse("3 months")
_OLD_COURSES: Final = (
    ("ATLS-2019", "RCS-1187", "Advanced trauma life support"),
    ("NLS", "", "Newborn life support"),
    ("", "HSE-FAW-3", "First aid at work"),
)


def make_certifications() -> tuple[DemoCertification, ...]:
    """Return the catalogue."""
    return (
        DemoCertification(
            short_name=LIFE_SUPPORT,
            id_number="RCUK-ILS",
            name="Immediate Life Support Provider",
            method=Method.COMPLETION_DATE,
            active_period=_MONTHS_12,
            recertification_window=_MONTHS_3,
        ),
        DemoCertification(
            short_name=PRESCRIBER,
            id_number="NMC-V300",
            name="Non-medical Prescriber",
            method=Method.EXPIRY_DATE,
            active_period=Period.parse("24 months"),
            recertification_window=_MONTHS_3,
        ),
        DemoCertification(
            short_name=ATTESTATION,
            id_number="ATT-ANNUAL",
            name="Annual Attestation",
            method=Method.FIXED_DATE,
            active_period=_MONTHS_12,
            recertification_window=Period.parse("2 months"),
            minimum_active_period=Period.parse("6 months"),
        ),
        DemoCertification(
            short_name=FORKLIFT,
            id_number="RTITB-B1",
            name="Forklift Licence",
            method=Method.EXPIRY_DATE,
            active_period=Period.parse("36 months"),
            recertification_window=_MONTHS_3,
        ),
    )


def make_team_certifications() -> tuple[TeamCertified, ...]:
    """Return the team assignments; prescribers are assigned one by one."""
    return (
        *(TeamCertified(team=team, short_name=LIFE_SUPPORT) for team in _LIFE_SUPPORT_TEAMS),
        TeamCertified(team=HOSPITAL, short_name=ATTESTATION),
        TeamCertified(team=_ESTATES, short_name=FORKLIFT),
    )


@cache
def make_certified() -> tuple[PastCertification, ...]:
    """Return what people of the hospital have completed: most are certified, some about to renew, some expired."""
    chance = random.Random(12)  # noqa: S311 - made-up dates
    people = [person for person in make_people() if person.team.startswith(HOSPITAL)]
    return (
        *_complete_often(
            _of_teams(people, *_LIFE_SUPPORT_TEAMS), LIFE_SUPPORT, chance, latest=range(5, 420), every=358
        ),
        *_complete_often(people[60 : 60 + _PRESCRIBERS], PRESCRIBER, chance, latest=range(20, 830), every=722),
        *_attest(people, chance),
        *_complete_often(_of_teams(people, _ESTATES), FORKLIFT, chance, latest=range(10, 1_180), every=1_085),
    )


def make_evidence() -> tuple[DemoEvidence, ...]:
    """Return what some people of Ward 3 and its neighbours have learned elsewhere."""
    chance = random.Random(31)  # noqa: S311 - made-up dates
    found = []
    for at, person in enumerate(make_people()[22:70:4]):
        short_name, id_number, _ = _OLD_COURSES[at % len(_OLD_COURSES)]
        day = loading_day() - timedelta(days=chance.randrange(400, 2_400))
        found.append(
            DemoEvidence(
                username=person.username,
                short_name=short_name,
                id_number=id_number,
                completed_on=day,
                due_on=day + timedelta(days=chance.randrange(5, 60)) if at % 2 else None,
            )
        )
    return tuple(found)


def _of_teams(people: list[DemoPerson], *teams: str) -> list[DemoPerson]:
    return [person for person in people if person.team.startswith(teams)]


def _complete_often(
    people: list[DemoPerson], short_name: str, chance: random.Random, *, latest: range, every: int
) -> Iterator[PastCertification]:
    """Yield the last completion of each person and up to three before it; some have never completed it."""
    for person in people:
        if chance.random() < _NEVER_CERTIFIED:
            yield PastCertification(username=person.username, short_name=short_name)
            continue
        day = loading_day() - timedelta(days=chance.choice(latest))
        for _ in range(chance.randrange(1, 5)):
            yield PastCertification(username=person.username, short_name=short_name, completed_on=day)
            day -= timedelta(days=every + chance.randrange(-20, 6))


def _attest(people: list[DemoPerson], chance: random.Random) -> Iterator[PastCertification]:
    """Yield the attestations of the last years, each due on 31 December; some have missed the last one."""
    last = loading_day().year - 1
    for person in people:
        drawn = chance.random()
        if drawn < _NEVER_CERTIFIED:
            continue
        first = last - chance.randrange(0, 3)
        until = last if drawn > _NEVER_CERTIFIED + 0.08 else last - 1
        for year in range(min(first, until), until + 1):
            due = date(year, 12, 31)
            day = due - timedelta(days=chance.randrange(0, 80))
            yield PastCertification(username=person.username, short_name=ATTESTATION, completed_on=day, due_on=due)
