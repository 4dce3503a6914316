"""System checks of the walls and of production settings, with ids; `manage.py check --database default [--deploy]`.

tenancy.E001  the application's database role is a superuser, bypasses row-level security, or owns the tables
tenancy.E002  a table with a tenant_id has no forced row-level security or no policy
tenancy.E003  the application's role can read a partition past the policy of its parent
tenancy.E004  production runs with the key that everybody can read (--deploy)
tenancy.W005  production is told to serve without HTTPS (--deploy)
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's name
from django.db import connections

# Tables that carry a tenant's id but no names and no values; work and sessions are found through them.
UNWALLED: Final = frozenset(
    {"imports_worklane", "imports_workitem", "notifications_maildue", "people_session", "tenancy_tenant"}
)
INSECURE_KEY: Final = "insecure-key-for-development-only"

_ROLE = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
_OWNED = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND pg_get_userbyid(c.relowner) = current_user
ORDER BY 1
"""
_OPEN = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
  AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))
ORDER BY 1
"""
_READABLE_LEAVES = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relispartition
  AND has_table_privilege(current_user, c.oid, 'SELECT, INSERT, UPDATE, DELETE')
ORDER BY 1
"""


@register(Tags.database)
def check_walls(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Look at the walls as the application's role sees them."""
    if "default" not in (databases or ()):
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute(_ROLE)
        is_superuser, bypasses = cursor.fetchone()
        owned, unwalled, leaves = (_names(cursor, sql) for sql in (_OWNED, _OPEN, _READABLE_LEAVES))
    problems: list[CheckMessage] = []
    if is_superuser or bypasses or owned:
        problems.append(
            Error(
                "The application's database role can get past row-level security.",
                hint="DATABASE_URL must name a role that is NOSUPERUSER NOBYPASSRLS and owns no table.",
                id="tenancy.E001",
            )
        )
    problems.extend(
        Error(
            f"The table {table} holds tenants' rows and has no wall.",
            hint="Add BuildWalls for it to a migration.",
            id="tenancy.E002",
        )
        for table in unwalled
        if table not in UNWALLED
    )
    problems.extend(
        Error(
            f"The application's role can read the partition {table} past the wall of its parent.",
            hint=f'REVOKE ALL ON "{table}" FROM that role, as the owner.',
            id="tenancy.E003",
        )
        for table in leaves
    )
    return problems


@register(Tags.security, deploy=True)
def check_production(app_configs: Iterable[AppConfig] | None = None, **_: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Look at what a production must not be started with."""
    problems: list[CheckMessage] = []
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if any(INSECURE_KEY in key for key in keys):
        problems.append(
            Error(
                "SECRET_KEY is the one of development.",
                hint="Set SECRET_KEY to 50 random characters.",
                id="tenancy.E004",
            )
        )
    if not settings.HTTPS:
        problems.append(
            Warning(
                "The site is served without HTTPS.",
                hint="Set HTTPS=true behind a proxy that speaks it: cookies become __Host- and Secure.",
                id="tenancy.W005",
            )
        )
    return problems


def _names(cursor: Any, sql: str) -> list[str]:
    cursor.execute(sql)
    return [row[0] for row in cursor.fetchall()]
