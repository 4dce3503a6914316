"""The one permission table (G-01): what each role may do, with an owner's changes for team roles.

Public: `Permission`, `may`, `permissions_of`, `role_may`, `DEFAULTS`. Reach (over whom) is `lms.people.selectors`.
"""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from lms.people.models import TEAM_ROLES, Promotion, Role, RolePermission, User


class Permission(TextChoices):
    """Everything that can be allowed or refused."""

    IMPORT_COMPLETIONS = "import_completions", _("Import course completions")
    IMPORT_CERTIFICATIONS = "import_certifications", _("Import certification records")
    IMPORT_OFFLINE_RECORDS = "import_offline_records", _("Upload offline records")
    SEND_MESSAGES = "send_messages", _("Send messages from imports")
    MANAGE_OWN_IMPORTS = "manage_own_imports", _("Confirm, cancel and undo own imports")
    MANAGE_OWN_LARGE_IMPORTS = "manage_own_large_imports", _("Confirm, cancel and undo own imports above 500 rows")
    UNDO_ANY_IMPORT = "undo_any_import", _("Undo any import")
    SEE_OTHERS_IMPORTS = "see_others_imports", _("See and download others' imports")
    TAKE_OVER_IMPORTS = "take_over_imports", _("Take over an import of another person")
    SEE_PEOPLE = "see_people", _("See people, teams and courses in reach")
    MANAGE_PEOPLE = "manage_people", _("Create and edit people and teams")
    MANAGE_COURSES = "manage_courses", _("Create and edit courses")
    MANAGE_CERTIFICATIONS = "manage_certifications", _("Create and edit certifications, correct their records")
    MANAGE_OFFLINE_ACTIVITIES = (
        "manage_offline_activities",
        _("Create and edit offline activities, correct their records"),
    )
    MANAGE_ORGANISATION = "manage_organisation", _("Change limits, retention, templates and permissions")
    SEE_AUDIT = "see_audit", _("Read the audit history")


# Up to this many rows an own import needs MANAGE_OWN_IMPORTS alone (G-01).
LARGE_IMPORT_ROWS: Final = 500

EDITABLE: Final = (
    Permission.IMPORT_COMPLETIONS,
    Permission.IMPORT_CERTIFICATIONS,
    Permission.IMPORT_OFFLINE_RECORDS,
    Permission.SEND_MESSAGES,
    Permission.MANAGE_OWN_IMPORTS,
    Permission.MANAGE_OWN_LARGE_IMPORTS,
)
_TEAM: Final = frozenset({Permission.IMPORT_COMPLETIONS, Permission.MANAGE_OWN_IMPORTS, Permission.SEE_PEOPLE})
DEFAULTS: Final[dict[str, frozenset[Permission]]] = {
    Role.LEARNER: frozenset(),
    Role.TEAM_LEADER: _TEAM,
    Role.TEAM_ADMIN: _TEAM,
    Role.ADMINISTRATOR: frozenset(Permission) - {Permission.MANAGE_ORGANISATION},
    Role.OWNER: frozenset(Permission),
}


def role_may(role: str, permission: Permission) -> bool:
    """Return whether a role has a permission in the open tenant, the owner's changes included. One query for team roles."""
    if role in TEAM_ROLES and permission in EDITABLE:
        answer = RolePermission.objects.filter(role=role, permission=permission).values_list("allowed", flat=True)
        for allowed in answer:
            return allowed
    return permission in DEFAULTS.get(role, frozenset())


def permissions_of(actor: User) -> frozenset[Permission]:
    """Return everything the actor may do at all, somewhere; at most two queries (none for tenant roles and learners).

    Tenant roles have a permission in the whole tenant; team roles have it if one of their team roles, or without
    any their profile role, has it (over which teams: `lms.people.selectors.teams_in_reach`). Deactivated people have
    none (S32).
    """
    if not actor.is_active:
        return frozenset()
    if actor.role not in TEAM_ROLES:
        return DEFAULTS[actor.role]
    roles = set(Promotion.objects.filter(person_id=actor.pk).values_list("role", flat=True)) or {actor.role}
    granted = {(role, permission) for role in roles for permission in DEFAULTS[role]}
    for role, permission, allowed in RolePermission.objects.filter(role__in=roles).values_list(
        "role", "permission", "allowed"
    ):
        if permission in EDITABLE:
            (granted.add if allowed else granted.discard)((role, Permission(permission)))
    return frozenset(permission for _role, permission in granted)


def may(actor: User, permission: Permission) -> bool:
    """Return whether the actor has the permission at all, somewhere."""
    return permission in permissions_of(actor)
