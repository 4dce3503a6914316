"""Every table of a tenant stands behind a forced wall, and no leaf of the row log stands outside (S40)."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from lms.tenancy.walls import BuildWalls

# Tables that name a tenant and have no wall, each with its reason in its model.
WITHOUT_WALL = {"people_session", "imports_worklane", "imports_workitem", "notifications_maildue"}

pytestmark = pytest.mark.django_db


def tables_of_tenants() -> set[str]:
    return {
        model._meta.db_table
        for model in apps.get_models()
        if any(field.column == "tenant_id" for field in model._meta.concrete_fields)
    }


def fetch(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def test_every_table_that_names_a_tenant_is_walled_also_for_its_owner() -> None:
    forced = {name for (name,) in fetch("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")}
    assert tables_of_tenants() - forced == WITHOUT_WALL
    assert forced - tables_of_tenants() == set()


def test_every_wall_raises_outside_of_a_scope_and_checks_what_is_written() -> None:
    policies = fetch("SELECT tablename, policyname, permissive, cmd, qual, with_check FROM pg_policies")
    assert {policy[0] for policy in policies} == tables_of_tenants() - WITHOUT_WALL
    rule = "(tenant_id = (current_setting('app.tenant'::text))::integer)"
    assert {policy[1:] for policy in policies} == {("tenant", "PERMISSIVE", "ALL", rule, rule)}


def test_the_application_role_owns_nothing_and_cannot_pass_walls() -> None:
    assert fetch("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user") == [(False, False)]
    assert fetch("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole AND relkind IN ('r', 'p')") == [
        (0,)
    ]


def test_the_application_role_reads_no_leaf_of_the_row_log() -> None:
    leaves = fetch(
        "SELECT count(*), count(*) FILTER (WHERE has_table_privilege(inhrelid, 'SELECT, INSERT, UPDATE, DELETE'))"
        " FROM pg_inherits WHERE inhparent = 'imports_importrow'::regclass"
    )
    ((all_of_them, open_ones),) = leaves
    assert all_of_them > 0
    assert open_ones == 0


def test_the_operation_describes_itself_for_migrations() -> None:
    operation = BuildWalls("course", "teamcourse", referenced=("course",), unchecked=("teamcourse.team",))
    name, args, given = operation.deconstruct()
    assert BuildWalls(*args, **given).deconstruct() == (name, args, given)
    assert operation.describe() == "Build the tenant's walls around course, teamcourse"
