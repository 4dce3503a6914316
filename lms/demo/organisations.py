"""The two organisations of the demo, put together from their parts."""

import random
from datetime import timedelta
from functools import cache
from typing import Final

from completions.kinds import COURSE_ASSIGNED, NON_COMPLIANT, RETAKE_OPEN
from lms.demo import (
    bergmann,
    bergmann_offline,
    big_file,
    northfield,
    northfield_certifications,
    northfield_courses,
    northfield_offline,
    old_certificates,
    old_lms,
    small_files,
)
from lms.demo.organisation import DemoPerson, Organisation, OwnTemplate, PastResult, loading_day

_RECENT: Final = 600
_RETAKE_WORDS: Final = OwnTemplate(
    text=RETAKE_OPEN,
    language="en-gb",
    subject="Time to renew {course}",
    body=(
        "Hello {first_name},\n\nyour training counts until {compliant_until}. Please take it again before that day, so "
        "that you can go on working without a break.\n\n{courses}\n\n{link}\n\nBook a place with {contact}."
    ),
)


@cache
def make_northfield() -> Organisation:
    """Return Northfield Hospitals."""
    return Organisation(
        slug="northfield",
        name="Northfield Hospitals",
        time_zone=northfield.TIME_ZONE,
        date_format="dd/mm/yyyy",
        language="en-gb",
        contact="Learning and Development, extension 4410",
        contact_email="learning@northfield.example",
        domains=northfield.DOMAINS,
        teams=northfield.make_teams(),
        people=northfield.make_people(),
        courses=northfield_courses.make_courses(),
        team_courses=northfield_courses.make_team_courses(),
        promotions=northfield.make_promotions(),
        past=(*_make_hospital_past(), *old_lms.make_past(), *big_file.make_past()),
        assignments=(*old_lms.make_assignments(), *small_files.make_clean_assignments()),
        switches={COURSE_ASSIGNED: True, NON_COMPLIANT: False},
        templates=(_RETAKE_WORDS,),
        certifications=northfield_certifications.make_certifications(),
        team_certifications=northfield_certifications.make_team_certifications(),
        certified=(*northfield_certifications.make_certified(), *old_certificates.make_certified()),
        evidence=northfield_certifications.make_evidence(),
        categories=northfield_offline.CATEGORIES,
        activities=northfield_offline.make_activities(),
        offline=northfield_offline.make_records(),
        recorder="maria.keller",
    )


@cache
def make_bergmann() -> Organisation:
    """Return Bergmann Antriebstechnik."""
    return Organisation(
        slug="bergmann",
        name="Bergmann Antriebstechnik GmbH",
        time_zone=bergmann.TIME_ZONE,
        date_format="dd.mm.yyyy",
        language="de",
        contact="Personalentwicklung, Durchwahl 310",
        contact_email="personalentwicklung@bergmann.example",
        domains=bergmann.DOMAINS,
        teams=bergmann.make_teams(),
        people=bergmann.make_people(),
        courses=bergmann.make_courses(),
        team_courses=bergmann.make_team_courses(),
        promotions=(),
        past=_make_learned(
            bergmann.make_people()[1:],
            codes=[made.course for made in bergmann.make_team_courses() if "/" not in made.team],
        ),
        certifications=bergmann.make_certifications(),
        team_certifications=bergmann.make_team_certifications(),
        certified=bergmann.make_certified(),
        categories=bergmann_offline.CATEGORIES,
        activities=bergmann_offline.make_activities(),
        offline=bergmann_offline.make_records(),
        recorder="sabine.vogt",
    )


def _make_hospital_past() -> tuple[PastResult, ...]:
    people = [person for person in northfield.make_people() if person.team.startswith(northfield.HOSPITAL)]
    return _make_learned(people, codes=[code for code, _ in northfield_courses.NAMED])


def _make_learned(people: "list[DemoPerson] | tuple[DemoPerson, ...]", *, codes: list[str]) -> tuple[PastResult, ...]:
    """Return what people have learned here: seven of ten courses completed, one of ten begun.

    Five of six completions are of the last twelve months; what is left has lapsed where courses are yearly.
    """
    chance = random.Random(7)  # noqa: S311 - made-up progress
    past = []
    for person in people:
        for code in codes:
            drawn = chance.random()
            if drawn < 0.7:
                age = chance.randrange(1, 720)
                day = loading_day() - timedelta(days=7 + (age * 3 // 5 if age < _RECENT else age))
                past.append(PastResult(username=person.username, course=code, completed_on=day))
            elif drawn < 0.8:
                percent = chance.randrange(5, 95, 5)
                since = loading_day() - timedelta(days=10 + percent // 4)
                past.append(
                    PastResult(
                        username=person.username, course=code, completed_on=None, percent=percent, assigned_on=since
                    )
                )
    return tuple(past)
