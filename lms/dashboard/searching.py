"""The search of the top bar: people, courses, certifications, offline activities and imports in one's reach.

Public surface: `Found`, `search_everywhere`.
"""

from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet

from certifications.models import Certification
from certifications.selectors import search_certifications, usable_certifications
from lms.courses.models import Course
from lms.courses.selectors import search_courses, usable_courses
from lms.imports.access import visible_batches
from lms.imports.models import ImportBatch
from lms.people.models import User
from lms.people.permissions import Permission, may
from lms.people.selectors import search_people, visible_people
from offline_records.models import OfflineActivity
from offline_records.selectors import search_activities, usable_activities

# How many of each kind are shown; the lists have the rest.
SHOWN: Final = 10


@dataclass(frozen=True)
class Found:
    """The first few of each kind; one more than `SHOWN` says that there are more."""

    people: list[User]
    courses: list[Course]
    certifications: list[Certification]
    activities: list[OfflineActivity]
    batches: list[ImportBatch]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found at all."""
        return not (self.people or self.courses or self.certifications or self.activities or self.batches)


def search_everywhere(actor: User, *, query: str) -> Found:
    """Return what fits `query`: imports by number, file name or note, all else by every word."""
    batches = Q(file_name__icontains=query) | Q(note__icontains=query)
    if query.isdecimal() and len(query) < len(str(2**31)):
        batches |= Q(number=int(query))
    return Found(
        people=list(search_people(visible_people(actor), query).order_by("last_name", "first_name", "pk")[: SHOWN + 1]),
        courses=list(search_courses(usable_courses(actor), query).order_by("name", "pk")[: SHOWN + 1]),
        certifications=list(
            search_certifications(usable_certifications(actor), query).order_by("name", "pk")[: SHOWN + 1]
        ),
        activities=list(search_activities(_activities(actor), query).order_by("name", "pk")[: SHOWN + 1]),
        batches=list(visible_batches(actor).filter(batches).order_by("-number")[: SHOWN + 1]),
    )


def _activities(actor: User) -> QuerySet[OfflineActivity]:
    """Return the offline activities whose page the actor may open; archived ones only for those who can bring them back."""
    return usable_activities(actor, with_archived=may(actor, Permission.MANAGE_OFFLINE_ACTIVITIES))
