"""The one way to change who is in a team and which courses a team takes, because each carries the other.

What else follows from being in a team, other apps are told (`lms.people.team_changes`).

A course of a team is assigned to the people of that team and of the teams below it, on the later of the day the
course came and the day the person came; leaving takes the assignment away only while not started. Everything here
runs in the open tenant scope and commits nothing. Bulk: a constant number of statements whatever the number of
people.

Public surface: `add_members`, `remove_members`, `set_teams_of_person`, `settle_people`, `assign_team_courses`,
`withdraw_team_courses`, `people_below`, `expand_team_courses`, `withdraw_unbacked`.
"""

from collections.abc import Collection
from datetime import date

from django.db import connection

from lms.courses.due_dates import DUE_ON, clear_due_dates
from lms.courses.models import CourseAssignment, TeamCourse
from lms.courses.progress import Pair, find_completed, find_started
from lms.people.models import Membership, Team, User
from lms.people.selectors import team_and_below
from lms.people.team_changes import follow_teams
from lms.tenancy.scope import current_tenant_id

# Every (person, course, day) that follows from memberships and team courses.
_BACKED = """
WITH RECURSIVE above AS (
    SELECT id AS team_id, id AS above_id, parent_id FROM people_team
    UNION ALL
    SELECT a.team_id, t.id, t.parent_id FROM above a JOIN people_team t ON t.id = a.parent_id
), backed AS (
    SELECT m.person_id, tc.course_id, min(greatest(tc.assigned_on, m.joined_on)) AS assigned_on
    FROM people_membership m
    JOIN above a ON a.team_id = m.team_id
    JOIN courses_teamcourse tc ON tc.team_id = a.above_id
    WHERE %(people)s::bigint[] IS NULL OR m.person_id = ANY(%(people)s::bigint[])
    GROUP BY m.person_id, tc.course_id
)
"""
_EXPAND = (
    _BACKED
    + """
INSERT INTO courses_courseassignment (tenant_id, person_id, course_id, assigned_on, due_on, origin)
SELECT %(tenant)s, assigned.person_id, assigned.course_id, assigned.assigned_on, """
    + DUE_ON
    + """, 'team' FROM backed assigned
JOIN courses_course course ON course.id = assigned.course_id AND course.is_active
JOIN people_user u ON u.id = assigned.person_id AND u.is_active
ORDER BY assigned.person_id, assigned.course_id
ON CONFLICT (tenant_id, person_id, course_id) DO NOTHING
RETURNING person_id, course_id
"""
)
_UNBACKED = (
    _BACKED  # noqa: S608 - made of two constants
    + """
SELECT a.person_id, a.course_id FROM courses_courseassignment a
WHERE a.origin = 'team' AND a.person_id = ANY(%(people)s::bigint[])
  AND NOT EXISTS (SELECT 1 FROM backed b WHERE b.person_id = a.person_id AND b.course_id = a.course_id)
"""
)


def add_members(team: Team, *, people: Collection[User], today: date) -> int:
    """Put people into a team and give them its courses; return how many were not in it before."""
    before = set(Membership.objects.filter(team=team, person__in=people).values_list("person_id", flat=True))
    new = [person for person in people if person.pk not in before]
    Membership.objects.bulk_create(
        [Membership(tenant_id=team.tenant_id, team=team, person=person, joined_on=today) for person in new],
        ignore_conflicts=True,
    )
    joined = [person.pk for person in new]
    expand_team_courses(joined)
    follow_teams(joined)
    return len(new)


def remove_members(team: Team, *, people: Collection[User]) -> int:
    """Take people out of a team, and with it the team's courses that they have not started; return how many left."""
    left, _ = Membership.objects.filter(team=team, person__in=people).delete()
    gone = [person.pk for person in people]
    withdraw_unbacked(gone)
    follow_teams(gone)
    return left


def set_teams_of_person(person: User, *, teams: Collection[Team], among: Collection[int], today: date) -> None:
    """Make `teams` the person's teams, as far as they are `among` those the actor may decide about."""
    wanted = {team.pk for team in teams}
    there = set(Membership.objects.filter(person=person).values_list("team_id", flat=True))
    Membership.objects.filter(person=person, team_id__in=(there & set(among)) - wanted).delete()
    Membership.objects.bulk_create(
        Membership(tenant_id=person.tenant_id, team_id=team, person=person, joined_on=today)
        for team in sorted(wanted - there)
    )
    settle_people([person.pk])


def settle_people(people: Collection[int]) -> None:
    """Bring what these people have by teams in line with where they, or their teams, are now."""
    withdraw_unbacked(people)
    expand_team_courses(people)
    follow_teams(people)


def assign_team_courses(team: Team, *, course_ids: Collection[int], today: date) -> list[Pair]:
    """Let a team take courses from `today` on; return the (person, course) pairs that are assigned now and were not."""
    before = set(TeamCourse.objects.filter(team=team, course_id__in=course_ids).values_list("course_id", flat=True))
    new = [course for course in course_ids if course not in before]
    TeamCourse.objects.bulk_create(
        [TeamCourse(tenant_id=team.tenant_id, team=team, course_id=course, assigned_on=today) for course in new],
        ignore_conflicts=True,
    )
    return [pair for pair in _expand(people_below(team)) if pair[1] in new]


def withdraw_team_courses(team: Team, *, course_ids: Collection[int]) -> None:
    """Take courses away from a team; people who have started them, or have them otherwise, keep them."""
    TeamCourse.objects.filter(team=team, course_id__in=course_ids).delete()
    withdraw_unbacked(people_below(team))


def people_below(team: Team) -> list[int]:
    """Return the ids of the people in a team and in the teams below it."""
    teams = team_and_below(team.pk)
    return list(Membership.objects.filter(team_id__in=teams).values_list("person_id", flat=True).distinct())


def expand_team_courses(people: Collection[int] | None = None) -> int:
    """Assign what follows from teams to these people (None: to everybody, for the daily job); return how many are new.

    Deactivated people and archived courses are left out until they come back.
    """
    return len(_expand(people))


def _expand(people: Collection[int] | None) -> list[Pair]:
    """Write the assignments that are missing, each with its due date unless completed before; return their pairs."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPAND, {"people": None if people is None else list(people), "tenant": current_tenant_id()})
        new: list[Pair] = cursor.fetchall()
    clear_due_dates(find_completed(new))
    return new


def withdraw_unbacked(people: Collection[int]) -> int:
    """Remove these people's assignments by teams that no team stands behind any more and nobody has started."""
    with connection.cursor() as cursor:
        cursor.execute(_UNBACKED, {"people": list(people)})
        pairs = {(person, course) for person, course in cursor.fetchall()}
    going = pairs - find_started(pairs)
    if not going:
        return 0
    people_gone, courses_gone = zip(*sorted(going), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM courses_courseassignment a USING unnest(%s::bigint[], %s::bigint[]) AS gone (person_id, course_id) "
            "WHERE a.person_id = gone.person_id AND a.course_id = gone.course_id AND a.origin = %s",
            [list(people_gone), list(courses_gone), CourseAssignment.Origin.TEAM],
        )
        return int(cursor.rowcount)
