"""Who may give which role, and to whom: nobody above themselves (L-02, S26). Pure functions.

Public surface: `role_level`, `roles_in_gift`.
"""

from lms.people.models import Role, User

_LEVELS = {Role.LEARNER: 0, Role.TEAM_LEADER: 1, Role.TEAM_ADMIN: 1, Role.ADMINISTRATOR: 2, Role.OWNER: 3}


def role_level(role: str) -> int:
    """Return the level of a role: Learner < Team Leader and Team Administrator < Administrator < Account Owner."""
    return _LEVELS[Role(role)]


def roles_in_gift(actor: User) -> list[Role]:
    """Return the roles the actor may give: those up to their own."""
    return [role for role in Role if role_level(role) <= role_level(actor.role)]
