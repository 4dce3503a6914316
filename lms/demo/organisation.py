"""What a made-up organisation consists of, before it is written to the database. Plain data, no tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from lms.people.models import Role

# The day on which the story of the demo stands still: the newest completion in any file is of this day (W6).
NEWEST_DAY: Final = date(2026, 11, 14)
OLDEST_DAY: Final = date(2009, 1, 4)
# Everybody who can sign in has this password; it is printed, and `load_demo` refuses to run behind HTTPS.
DEMO_PASSWORD: Final = "practice-makes-perfect"  # noqa: S105 - shown to everybody who starts the demo


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """A person; `team` is the path of the one team the person is in."""

    username: str
    first_name: str
    last_name: str
    email: str
    employee_id: str
    domain: str
    team: str
    is_active: bool = True
    role: str = Role.LEARNER
    signs_in: bool = False

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCourse:
    """A course of the catalogue."""

    code: str
    name: str
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPromotion:
    """A person has a team role in a team."""

    username: str
    team: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastResult:
    """Where a person stands in a course before any file is imported; without a day it is not completed yet."""

    username: str
    course: str
    completed_on: date | None
    percent: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """One organisation, whole. Teams are paths such as "Northfield/St Anne's Hospital/Ward 3", parents first."""

    slug: str
    name: str
    time_zone: str
    date_format: str
    language: str
    contact: str
    contact_email: str
    domains: dict[str, str]
    teams: Sequence[str]
    people: Sequence[DemoPerson]
    courses: Sequence[DemoCourse]
    team_courses: Sequence[tuple[str, str]]
    promotions: Sequence[DemoPromotion]
    past: Sequence[PastResult]
