"""Bergmann Antriebstechnik GmbH: 2,000 people in two works, in German (spec: demo)."""

import random
from datetime import timedelta
from functools import cache
from typing import Final

from certifications.choices import Method
from lms.core.periods import Period
from lms.demo.names import GERMAN_FIRST, GERMAN_LAST, UsernameMaker, draw_names, fold_name
from lms.demo.organisation import (
    FOR_EVER,
    DemoCertification,
    DemoCourse,
    DemoPerson,
    DemoTerms,
    PastCertification,
    TeamAssignment,
    TeamCertified,
    loading_day,
)
from lms.people.models import Role

PEOPLE: Final = 2_000
TIME_ZONE: Final = "Europe/Berlin"
COURSES: Final = 40
ROOT: Final = "Bergmann"
DOMAINS: Final = {"werk-ulm": "Werk Ulm", "werk-linz": "Werk Linz"}
_TEAMS: Final = ("Fertigung", "Montage", "Lager", "Instandhaltung", "Qualität", "Verwaltung")
_WORKS: Final = ("Werk Ulm", "Werk Linz")
_NAMED_COURSES: Final = (
    ("UVV-10", "Gabelstapler"),
    ("ASI-01", "Arbeitsschutz Grundlagen"),
    ("LAS-05", "Ladungssicherung"),
    ("DS-02", "Datenschutz"),
)
_YEAR: Final = Period.parse("12 months")
_TERMS: Final = {
    "UVV-10": DemoTerms(compliant_for=_YEAR, retake_days=60),
    "ASI-01": DemoTerms(
        compliant_for=_YEAR,
        retake_days=30,
        due_within=Period.parse("4 weeks"),
        remind_days_before=14,
        remind_every=Period.parse("1 week"),
        remind_at_most=3,
    ),
    "LAS-05": DemoTerms(compliant_for=Period.parse("3 years")),
    "DS-02": DemoTerms(compliant_for=Period.parse("24 months")),
}
_TOPICS: Final = (
    ("KRA", "Kranführer"),
    ("HUB", "Hubarbeitsbühne"),
    ("ERH", "Ersthelfer"),
    ("BRA", "Brandschutzhelfer"),
    ("GEF", "Gefahrstoffe"),
    ("LAE", "Lärmschutz"),
    ("PSA", "Schutzausrüstung"),
    ("ELE", "Elektrotechnisch unterwiesene Person"),
    ("QMS", "Qualitätsmanagement"),
)
_VARIANTS: Final = ("Grundlagen", "Auffrischung", "für Führungskräfte", "Praxis")


@cache
def make_people() -> tuple[DemoPerson, ...]:
    """Return the 2,000 people; the first one is the administrator."""
    usernames = UsernameMaker({"sabine.vogt"})
    people = [
        DemoPerson(
            username="sabine.vogt",
            first_name="Sabine",
            last_name="Vogt",
            email="sabine.vogt@bergmann.example",
            employee_id="10001",
            domain="werk-ulm",
            team=f"{ROOT}/Werk Ulm/Verwaltung",
            role=Role.ADMINISTRATOR,
            signs_in=True,
        )
    ]
    for index, (first, last) in enumerate(draw_names(PEOPLE - 1, first=GERMAN_FIRST, last=GERMAN_LAST, seed=1911), 1):
        work = 0 if index % 5 < 3 else 1
        username = usernames.make_username(first, last)
        people.append(
            DemoPerson(
                username=username,
                first_name=first,
                last_name=last,
                email=f"{fold_name(first)}.{fold_name(last)}{index}@bergmann.example" if index % 20 else "",
                employee_id=str(10_001 + index),
                domain=list(DOMAINS)[work],
                team=f"{ROOT}/{_WORKS[work]}/{_TEAMS[index % len(_TEAMS)]}",
                is_active=index % 25 != 0,
            )
        )
    return tuple(people)


def make_teams() -> tuple[str, ...]:
    """Return all teams, parents first."""
    works = tuple(f"{ROOT}/{work}" for work in _WORKS)
    return (ROOT, *works, *(f"{work}/{team}" for work in works for team in _TEAMS))


def make_courses() -> tuple[DemoCourse, ...]:
    """Return the 40 courses."""
    named = [DemoCourse(code=code, name=name, terms=_TERMS.get(code, FOR_EVER)) for code, name in _NAMED_COURSES]
    others = [
        DemoCourse(code=f"{prefix}-{variant + 1:02d}", name=f"{name}, {words}")
        for prefix, name in _TOPICS
        for variant, words in enumerate(_VARIANTS)
    ]
    return (*named, *others)[:COURSES]


def make_team_courses() -> tuple[TeamAssignment, ...]:
    """Return the team assignments: two for everybody, one for the stores."""
    stores = tuple(f"{ROOT}/{work}/Lager" for work in _WORKS)
    lately = loading_day() - timedelta(days=20)
    return (
        TeamAssignment(team=ROOT, course="ASI-01", assigned_on=lately),
        TeamAssignment(team=ROOT, course="DS-02"),
        *(TeamAssignment(team=team, course="LAS-05") for team in stores),
    )


def make_certifications() -> tuple[DemoCertification, ...]:
    """Return the one certification."""
    return (
        DemoCertification(
            short_name="FZ-ELEKTRO",
            id_number="DGUV-3",
            name="Elektrofachkraft, jährliche Unterweisung",
            method=Method.EXPIRY_DATE,
            active_period=_YEAR,
            recertification_window=Period.parse("2 months"),
        ),
    )


def make_team_certifications() -> tuple[TeamCertified, ...]:
    """Return the team assignments: maintenance in both works."""
    return tuple(TeamCertified(team=f"{ROOT}/{work}/Instandhaltung", short_name="FZ-ELEKTRO") for work in _WORKS)


def make_certified() -> tuple[PastCertification, ...]:
    """Return who of maintenance is certified: nine of ten, some about to renew, some expired."""
    chance = random.Random(3)  # noqa: S311 - made-up dates
    people = [person for person in make_people() if person.team.endswith("/Instandhaltung")]
    return tuple(
        PastCertification(
            username=person.username,
            short_name="FZ-ELEKTRO",
            completed_on=loading_day() - timedelta(days=chance.randrange(5, 390)),
        )
        for at, person in enumerate(people)
        if at % 10
    )
