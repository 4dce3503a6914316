"""Who an actor can reach. `visible_people` is the one definition; lists, matching, results and undo all use it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.http import Http404
from django.utils.translation import gettext as _

from lms.core.text import match_key
from lms.people.models import TEAM_ROLES, TENANT_ROLES, Membership, Promotion, Team, User
from lms.people.permissions import Permission, role_may
from lms.people.roles import roles_in_gift

_SUBTREE = """
WITH RECURSIVE below AS (
    SELECT id FROM people_team WHERE id = ANY(%s::bigint[])
    UNION SELECT t.id FROM people_team t JOIN below b ON t.parent_id = b.id
) SELECT id FROM below ORDER BY id
"""
# Gathered once, before people are looked at: on tables without statistics a plain sub-select is run once a person.
_MEMBERS = "SELECT unnest(ARRAY(SELECT person_id FROM people_membership WHERE team_id = ANY(%s::bigint[])))"
_ANCESTORS = """
WITH RECURSIVE above AS (
    SELECT id, parent_id FROM people_team WHERE id = ANY(%s::bigint[])
    UNION SELECT t.id, t.parent_id FROM people_team t JOIN above a ON t.id = a.parent_id
) SELECT id FROM above ORDER BY id
"""


def reaches_everybody(actor: User) -> bool:
    """Return whether the actor's reach is the whole tenant (owners and administrators)."""
    return actor.is_active and actor.role in TENANT_ROLES


def teams_in_reach(actor: User, *, permission: Permission | None = None) -> list[int]:
    """Return the ids of the teams the actor is promoted in, and of all teams below them (L-03 to L-05).

    With `permission`, only promotions whose team role has it count. Tenant roles get every team.
    """
    if reaches_everybody(actor):
        return list(Team.objects.order_by("id").values_list("id", flat=True))
    if not actor.is_active or actor.role not in TEAM_ROLES:
        return []
    promotions = Promotion.objects.filter(person_id=actor.pk).values_list("team_id", "role")
    allowed = {role: permission is None or role_may(role, permission) for _, role in promotions}
    return _walk(_SUBTREE, [team for team, role in promotions if allowed[role]])


def teams_above(team_ids: list[int]) -> list[int]:
    """Return the given teams and all teams above them."""
    return _walk(_ANCESTORS, team_ids)


def _walk(sql: str, team_ids: list[int]) -> list[int]:
    if not team_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, [team_ids])
        return [row[0] for row in cursor.fetchall()]


def visible_people(actor: User, *, permission: Permission | None = None) -> QuerySet[User]:
    """Return the people the actor can reach, active or not.

    Owners and administrators: everybody of the tenant. Team roles: members of the teams in reach. Learners: nobody.
    """
    if reaches_everybody(actor):
        return User.objects.all()
    return _members_of(teams_in_reach(actor, permission=permission))


def members_below(team_ids: list[int]) -> QuerySet[User]:
    """Return the members of these teams and of all teams below them, active or not."""
    return _members_of(_walk(_SUBTREE, team_ids))


def _members_of(teams: list[int]) -> QuerySet[User]:
    members = RawSQL(_MEMBERS, [teams])  # noqa: S611 - a constant statement
    return User.objects.filter(pk__in=members) if teams else User.objects.none()


def findable_people(actor: User) -> QuerySet[User]:
    """Return the people whose page the actor may open: those in reach, and themselves."""
    return User.objects.filter(Q(pk=actor.pk) | Q(pk__in=visible_people(actor).values("pk")))


def editable_people(actor: User) -> QuerySet[User]:
    """Return the people in reach whose role is not above the actor's: an administrator must not take over an owner (S26)."""
    return visible_people(actor).filter(role__in=roles_in_gift(actor))


def describe_person(person: User) -> list[tuple[object, object]]:
    """Return what is known of a person as pairs of words, for the profile; empty identifiers are a dash."""
    missing = "\u2013"
    return [
        (_("Name"), person.full_name),
        (_("Username"), person.username),
        (_("E-mail"), person.email or missing),
        (_("Employee id"), person.employee_id or missing),
        (_("User domain"), person.domain or missing),
        (_("Role"), person.get_role_display()),
    ]


def search_people(people: QuerySet[User], query: str) -> QuerySet[User]:
    """Return those of `people` where every word of `query` is in the name, username or e-mail, or begins the employee id."""
    for word in query.split()[:5]:
        key = match_key(word)
        people = people.filter(
            Q(username_key__contains=key)
            | Q(email_key__contains=key)
            | Q(employee_id_key__startswith=key)
            | Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
        )
    return people


def narrow_people(actor: User, *, query: str = "", team_id: int | None = None) -> QuerySet[User] | None:
    """Return the people in reach who fit the words and are in the team or below it.

    None is everybody of the organisation: a list of all need not look at people one by one.
    """
    if not query and team_id is None and reaches_everybody(actor):
        return None
    people = search_people(visible_people(actor), query)
    if team_id is not None:
        members = Membership.objects.filter(team_id__in=team_and_below(team_id))
        people = people.filter(pk__in=members.values("person_id"))
    return people


def list_candidates(
    people: QuerySet[User], *, query: str, chosen: Sequence[int], taken: QuerySet[Any], most: int
) -> list[User]:
    """Return who may be ticked on a page of choices: found by the search or chosen before, and not in `taken` (ids).

    At most `most` and one more, which tells that there are more. Nobody without a search or a choice.
    """
    if not query and not chosen:
        return []
    found = search_people(people, query) if query else people.filter(pk__in=chosen)
    return list(found.exclude(pk__in=taken).order_by("last_name", "first_name", "pk")[: most + 1])


@dataclass(frozen=True)
class TeamPlace:
    """A team and its place in the tree: `depth` 0 at the top; `path` from the top, itself included."""

    team: Team
    depth: int
    path: tuple[str, ...]

    @property
    def indented(self) -> str:
        """The name for a drop-down list, moved in by its depth."""
        return "\u2003" * self.depth + self.team.name

    @property
    def path_text(self) -> str:
        """The way from the top in words."""
        return " \u203a ".join(self.path)


def list_team_paths(actor: User) -> list[TeamPlace]:
    """Return the teams in the actor's reach in the order of the tree, each below what it is part of. Two queries."""
    reach = Team.objects.all() if reaches_everybody(actor) else Team.objects.filter(pk__in=teams_in_reach(actor))
    teams = {team.pk: team for team in reach.order_by("name", "pk")}
    below: dict[int | None, list[Team]] = defaultdict(list)
    for team in teams.values():
        below[team.parent_id if team.parent_id in teams else None].append(team)
    places: list[TeamPlace] = []
    waiting = [TeamPlace(team, 0, (team.name,)) for team in reversed(below[None])]
    while waiting:
        place = waiting.pop()
        places.append(place)
        waiting.extend(
            TeamPlace(team, place.depth + 1, (*place.path, team.name)) for team in reversed(below[place.team.pk])
        )
    return places


def find_team(actor: User, team_id: int) -> TeamPlace:
    """Return a team in the actor's reach; raise Http404, the same for not there and not theirs (G-06)."""
    for place in list_team_paths(actor):
        if place.team.pk == team_id:
            return place
    raise Http404


def team_and_below(team_id: int) -> list[int]:
    """Return the ids of a team and of all teams below it."""
    return _walk(_SUBTREE, [team_id])
