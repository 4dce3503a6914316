"""Which courses an actor may use."""

from django.db.models import Q, QuerySet

from lms.core.text import match_key
from lms.courses.models import Course, TeamCourse
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


def list_course_codes(actor: User) -> list[tuple[str, str, bool, bool]]:
    """Return (code, name, active, open for imports) of every course the actor may use: the course report (L-20)."""
    courses = usable_courses(actor).order_by("code_key")
    return list(courses.values_list("code", "name", "is_active", "open_for_import"))
