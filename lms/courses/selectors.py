"""Which courses an actor may use, and what their settings say.

Public: `usable_courses`, `search_courses`, `list_course_codes`, `describe_settings`.
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from lms.core.text import match_key
from lms.courses.models import Course, TeamCourse
from lms.courses.settings_words import SettingsRow, word_settings
from lms.people.models import User
from lms.people.permissions import Permission
from lms.people.selectors import reaches_everybody, teams_above, teams_in_reach


def usable_courses(actor: User, *, permission: Permission | None = None) -> QuerySet[Course]:
    """Return the courses the actor may target (L-11).

    Owners and administrators: every course. Team roles: courses assigned to a team in reach or to an ancestor of one.
    """
    if reaches_everybody(actor):
        return Course.objects.all()
    teams = teams_above(teams_in_reach(actor, permission=permission))
    assigned = TeamCourse.objects.filter(team_id__in=teams).values("course_id")
    return Course.objects.filter(pk__in=assigned) if teams else Course.objects.none()


def search_courses(courses: QuerySet[Course], query: str) -> QuerySet[Course]:
    """Return those of `courses` where every word of `query` is in the name or the code."""
    for word in query.split()[:5]:
        courses = courses.filter(Q(code_key__contains=match_key(word)) | Q(name__icontains=word))
    return courses


def list_course_codes(actor: User) -> QuerySet[Course]:
    """Return every course the actor may use, for the course report (L-20)."""
    return usable_courses(actor).order_by("code_key", "pk")


def describe_settings(courses: Iterable[Course]) -> list[SettingsRow]:
    """Return what these courses say about compliance, due dates and reminders, in words and in their order (L-46)."""
    return [word_settings(course) for course in courses]
