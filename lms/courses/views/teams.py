"""Taking a course away from a team; assigning is `completions.views.assign`, which knows what follows from it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lms.audit.services import record_event
from lms.courses.memberships import withdraw_team_courses
from lms.courses.models import Course
from lms.courses.selectors import usable_courses
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission
from lms.people.selectors import find_team


@requires(Permission.MANAGE_COURSES)
@require_POST
def team_remove_course(request: PersonRequest, pk: int, course_pk: int) -> HttpResponse:
    """Take a course away from a team; people who have started it keep it."""
    team = find_team(request.user, pk).team
    course: Course = get_object_or_404(usable_courses(request.user), pk=course_pk)
    withdraw_team_courses(team, course_ids=[course.pk])
    record_event(
        "courses.team.withdrawn",
        actor=request.user,
        subject_kind="team",
        subject_id=team.pk,
        subject_label=team.name,
        details={"courses": [course.pk]},
    )
    messages.success(
        request,
        _("%(team)s does not take %(course)s any more. People who have started it keep it.")
        % {"team": team.name, "course": course.name},
    )
    return redirect("team", pk=pk)
