"""Who an actor can reach. `visible_people` is the one definition; lists, matching, results and undo all use it."""

from django.db import connection
from django.db.models import QuerySet

from lms.people.models import TEAM_ROLES, TENANT_ROLES, Membership, Promotion, Team, User
from lms.people.permissions import Permission, role_may

_SUBTREE = """
WITH RECURSIVE below AS (
    SELECT id FROM people_team WHERE id = ANY(%s::bigint[])
    UNION SELECT t.id FROM people_team t JOIN below b ON t.parent_id = b.id
) SELECT id FROM below ORDER BY id
"""
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
    teams = teams_in_reach(actor, permission=permission)
    members = Membership.objects.filter(team_id__in=teams).values("person_id")
    return User.objects.filter(pk__in=members) if teams else User.objects.none()
