"""Which courses an actor may use."""

from django.db.models import QuerySet

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
