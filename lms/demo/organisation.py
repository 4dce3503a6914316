"""What a made-up organisation consists of, before it is written to the database. Plain data, no tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Final

from django.utils import timezone

from lms.core.periods import Period
from lms.people.models import Role

# The day on which the story of the demo stands still: the newest completion in any file is of this day (W6).
NEWEST_DAY: Final = date(2026, 11, 14)
OLDEST_DAY: Final = date(2009, 1, 4)
# Everybody who can sign in has this password; it is printed, and `load_demo` refuses to run behind HTTPS.
DEMO_PASSWORD: Final = "practice-makes-perfect"  # noqa: S105 - shown to everybody who starts the demo


@cache
def loading_day() -> date:
    """Return the day on which the demo is loaded: what is open, due or lapsed in its picture is counted from here."""
    return timezone.now().date()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTerms:
    """What a course says about compliance, due dates and messages; the fields are those of the course."""

    compliant_for: Period | None = None
    retake_days: int | None = None
    due_within: Period | None = None
    due_on: date | None = None
    remind_days_before: int | None = None
    remind_every: Period | None = None
    remind_at_most: int = 1
    switches: Mapping[str, bool] = field(default_factory=dict)  # kinds in which it departs from the organisation


FOR_EVER: Final = DemoTerms()


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
    terms: DemoTerms = FOR_EVER


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPromotion:
    """A person has a team role in a team."""

    username: str
    team: str
    role: str
    domains: Sequence[str] = ()  # for these it may upload offline records


@dataclass(frozen=True, slots=True, kw_only=True)
class PastResult:
    """Where a person stands in a course before any file is imported; without a day it is not completed yet.

    `assigned_on`: None is well before the completion.
    """

    username: str
    course: str
    completed_on: date | None
    percent: int = 100
    assigned_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAssignment:
    """A person was assigned to a course and has not begun it."""

    username: str
    course: str
    assigned_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamAssignment:
    """A course is assigned to a team and the teams below; `assigned_on` None is since the beginning."""

    team: str
    course: str
    assigned_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCertification:
    """A certification of the catalogue; the fields are those of the certification."""

    short_name: str
    id_number: str
    name: str
    method: str
    active_period: Period
    recertification_window: Period
    minimum_active_period: Period | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCertification:
    """A person completed a certification before any file is imported; without a day it is assigned and never completed."""

    username: str
    short_name: str
    completed_on: date | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCertified:
    """A certification is assigned to a team and the teams below, since the beginning."""

    team: str
    short_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoEvidence:
    """Learning of a person that is in no catalogue."""

    username: str
    short_name: str
    id_number: str
    completed_on: date
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoField:
    """A field of the organisation's own on the records of an offline activity."""

    label: str
    kind: str = "text"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoActivity:
    """An offline activity; `category` is a path such as "Toolbox Talks/Ladders", without `domains` all may have records."""

    code: str
    name: str
    category: str
    validity: Period | None = None
    expiring_days: int = 30
    provider: str = ""
    location: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    custom: Sequence[DemoField] = ()
    domains: tuple[str, ...] = ()
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOffline:
    """A person completed an offline activity before any file is imported; `values` are of its fields and custom fields."""

    username: str
    activity: str
    completed_on: date
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTemplate:
    """The organisation's own words for one text of a message."""

    text: str
    language: str
    subject: str
    body: str


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
    team_courses: Sequence[TeamAssignment]
    promotions: Sequence[DemoPromotion]
    past: Sequence[PastResult]
    assignments: Sequence[PastAssignment] = ()
    switches: Mapping[str, bool] = field(default_factory=dict)  # kinds of message that are not as shipped
    templates: Sequence[OwnTemplate] = ()
    certifications: Sequence[DemoCertification] = ()
    team_certifications: Sequence[TeamCertified] = ()
    certified: Sequence[PastCertification] = ()
    evidence: Sequence[DemoEvidence] = ()
    categories: Sequence[str] = ()  # paths, parents first
    activities: Sequence[DemoActivity] = ()
    offline: Sequence[PastOffline] = ()
    recorder: str = ""  # username of whoever entered what was certified before
