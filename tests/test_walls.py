"""The walls between organisations, as the database holds them (S29).

Everything here runs as the application's role. A new table, index or key that does not fit fails by itself.
"""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import DatabaseError, ProgrammingError

from lms.tenancy.checks import UNWALLED
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

# Without a tenant: what all organisations share, or what is read before the organisation is known (digests and ids only).
SHARED = UNWALLED | {"django_content_type", "django_migrations", "people_signinattempt"}
# Django's own tables of permissions and groups, which nothing here uses.
SHIPPED_PREFIXES = ("auth_", "django_")
# What the shared tables may hold: ids, states, counters, times, digests. Sessions hold signed data of their own.
PLAIN_TYPES = {"integer", "bigint", "smallint", "timestamp with time zone", "boolean"}
PLAIN_TEXTS = {
    ("imports_workitem", "kind"),
    ("people_session", "session_key"),
    ("people_session", "session_data"),
    ("people_signinattempt", "bucket"),
}


def select(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def list_tables() -> list[str]:
    """Every table that is no partition."""
    found = select(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
        "AND NOT relispartition ORDER BY 1"
    )
    return [str(name) for (name,) in found]


def walled_tables() -> list[str]:
    return [name for name in list_tables() if name not in SHARED and not name.startswith(SHIPPED_PREFIXES)]


def quote(table: str) -> str:
    return connection.ops.quote_name(table)


@pytest.mark.django_db
def test_S29_every_table_of_a_tenant_is_behind_a_forced_wall_that_raises_outside_of_a_scope() -> None:
    policy = "(tenant_id = (current_setting('app.tenant'::text))::integer)"
    found = select(
        "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, p.polcmd::text, p.polpermissive, "
        "pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid) "
        "FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid WHERE c.relname = ANY(%s) ORDER BY 1",
        walled_tables(),
    )
    assert found == [(table, True, True, "*", True, policy, policy) for table in walled_tables()]
    assert len(found) > 20


@pytest.mark.django_db
def test_S29_without_a_scope_every_table_of_a_tenant_raises() -> None:
    silent = []
    for table in walled_tables():
        try:
            with transaction.atomic():
                select(f"SELECT 1 FROM {quote(table)} LIMIT 1")  # noqa: S608 - names from the catalogue
            silent.append(table)
        except DatabaseError:
            continue
    assert silent == []


@pytest.mark.django_db
def test_S29_with_another_tenant_every_table_gives_no_row_and_takes_none(cast: Cast, imports: Imports) -> None:
    imports.run(
        "completions", "username,course code,completion date\nbob,SAFE-1,2024-05-01\nnobody,SAFE-1,2024-05-01\n"
    )
    with tenant_scope(cast.acme.pk):
        own = {table: count_rows(table, cast.acme.pk) for table in walled_tables()}
    with tenant_scope(cast.zebra.pk):
        assert {table: count_rows(table, cast.acme.pk) for table in walled_tables()} == dict.fromkeys(own, 0)
        for table in walled_tables():
            assert (table, change_rows(table, cast.acme.pk)) == (table, 0)
    with tenant_scope(cast.acme.pk):
        assert {table: count_rows(table, cast.acme.pk) for table in walled_tables()} == own
        filled = {table for table, rows in own.items() if rows}
        assert {"people_user", "imports_importbatch", "imports_importrow", "completions_achievement"} <= filled


def count_rows(table: str, tenant_id: int) -> int:
    rows = select(f"SELECT count(*) FROM {quote(table)} WHERE tenant_id = %s", tenant_id)  # noqa: S608 - as above
    return int(str(rows[0][0]))


def change_rows(table: str, tenant_id: int) -> int:
    """Return how many rows of a tenant can be changed or deleted; a table that takes no changes at all has none."""
    changed = 0
    for statement in ("UPDATE {} SET tenant_id = tenant_id", "DELETE FROM {}"):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"{statement.format(quote(table))} WHERE tenant_id = %s", [tenant_id])
                changed += cursor.rowcount
        except ProgrammingError as error:
            if "permission denied" not in str(error):
                raise
    return changed


@pytest.mark.django_db
def test_S29_a_row_cannot_be_written_into_another_tenant_or_moved_there(cast: Cast) -> None:
    refusal = "violates row-level security policy"
    with tenant_scope(cast.zebra.pk):
        with pytest.raises(ProgrammingError, match=refusal), transaction.atomic():
            select("INSERT INTO people_team (tenant_id, name, is_active) VALUES (%s, 'x', true)", cast.acme.pk)
        with pytest.raises(ProgrammingError, match=refusal), transaction.atomic():
            select("UPDATE people_team SET tenant_id = %s", cast.acme.pk)


@pytest.mark.django_db
def test_S29_no_row_can_point_at_a_row_of_another_tenant(cast: Cast) -> None:
    refusal = "violates foreign key constraint"
    row = (cast.zebra.pk, cast.herd.pk, cast.bob.pk)
    with tenant_scope(cast.zebra.pk), pytest.raises(DatabaseError, match=refusal), transaction.atomic():
        select(
            "INSERT INTO people_membership (tenant_id, team_id, person_id, joined_on) VALUES (%s, %s, %s, now())", *row
        )


@pytest.mark.django_db
def test_every_unique_index_of_a_tenants_table_begins_with_the_tenant() -> None:
    """Anything else would say that a name is taken elsewhere (S30). Ids are given out by the database."""
    found = select(
        "SELECT c.relname, i.relname, (SELECT array_agg(a.attname::text ORDER BY k.n) "
        "FROM unnest(x.indkey::int[]) WITH ORDINALITY k(attnum, n) "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum) "
        "FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid "
        "WHERE x.indisunique AND c.relname = ANY(%s)",
        walled_tables(),
    )
    wrong = [
        (table, index, columns)
        for table, index, columns in found
        if columns[0] != "tenant_id" and columns not in (["id"], ["purge_on", "batch_id", "row_no"])
    ]
    assert wrong == []


@pytest.mark.django_db
def test_every_key_between_tenants_tables_carries_the_tenant() -> None:
    found = select(
        "SELECT k.conrelid::regclass::text, k.conname, "
        "(SELECT array_agg(a.attname::text ORDER BY n) FROM unnest(k.conkey) WITH ORDINALITY c(attnum, n) "
        " JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.attnum), "
        "(SELECT array_agg(a.attname::text ORDER BY n) FROM unnest(k.confkey) WITH ORDINALITY c(attnum, n) "
        " JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = c.attnum) "
        "FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid::regclass::text = ANY(%s)",
        walled_tables(),
    )
    wrong = [row for row in found if row[2][0] != "tenant_id" or row[3] != ["tenant_id", "id"]]
    assert (wrong, len(found) > 15) == ([], True)


@pytest.mark.django_db
def test_every_link_of_the_models_between_tenants_tables_has_such_a_key() -> None:
    keys = {
        (str(table), str(column))
        for table, column in select(
            "SELECT k.conrelid::regclass::text, a.attname::text FROM pg_constraint k "
            "JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey) WHERE k.contype = 'f'"
        )
    }
    links = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        if model._meta.db_table in walled_tables()
        for field in model._meta.local_fields
        if field.is_relation and field.name != "tenant"
    }
    # Checked once, by the key of the completion that is written with them.
    assert links - keys == {
        ("completions_courseresult", "person_id"),
        ("completions_courseresult", "course_id"),
        ("completions_resultchange", "person_id"),
        ("completions_resultchange", "course_id"),
        ("certifications_certificationstatus", "person_id"),
        ("certifications_certificationstatus", "certification_id"),
        ("certifications_statuschange", "person_id"),
        ("certifications_statuschange", "certification_id"),
        ("courses_courseassignment", "person_id"),
        ("courses_courseassignment", "course_id"),
    }


@pytest.mark.django_db
def test_what_stands_outside_the_walls_holds_no_names_and_no_values() -> None:
    shared = sorted(SHARED - {"django_content_type", "django_migrations", "tenancy_tenant"})
    found = select(
        "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns "
        "WHERE table_name = ANY(%s)",
        shared,
    )
    texts = {(table, column) for table, column, kind in found if kind not in PLAIN_TYPES}
    assert texts == PLAIN_TEXTS


@pytest.mark.django_db
def test_S48_the_applications_role_can_neither_get_past_the_walls_nor_change_them(cast: Cast) -> None:
    forbidden = [
        "TRUNCATE people_team",
        "ALTER TABLE people_team NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON people_team",
        "CREATE TABLE public.own (id int)",
        "SET ROLE postgres",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'y', now())",
        "UPDATE audit_auditevent SET action = 'x'",
        "DELETE FROM audit_auditevent",
    ]
    leaves = select("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' ORDER BY 1 LIMIT 2")
    forbidden += [f"SELECT 1 FROM {quote(str(name))}" for (name,) in leaves]  # noqa: S608 - as above
    passed = []
    with tenant_scope(cast.acme.pk):
        for statement in forbidden:
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(statement)
                passed.append(statement)
            except DatabaseError:
                continue
    assert (passed, len(leaves)) == ([], 2)


@pytest.mark.django_db
def test_S29_scopes_do_not_nest_and_leave_nothing_behind(cast: Cast) -> None:
    with pytest.raises(RuntimeError), tenant_scope(cast.acme.pk), tenant_scope(cast.zebra.pk):
        pass
    with pytest.raises(DatabaseError), transaction.atomic():
        select("SELECT 1 FROM people_team")
