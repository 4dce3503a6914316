"""The walls are looked at by the application's own role; each broken wall is found."""

import os
import secrets
import subprocess
import sys
from collections.abc import Sequence

import pytest
from django.conf import settings as django_settings
from django.core.checks import CheckMessage
from django.core.management import call_command
from django.db import connections
from pytest_django import Settings

from lms.tenancy.checks import INSECURE_KEY, check_production, check_walls


def ids(problems: Sequence[CheckMessage]) -> list[str | None]:
    return [problem.id for problem in problems]


@pytest.mark.django_db
def test_S29_the_walls_of_a_migrated_database_stand() -> None:
    assert check_walls(databases=["default"]) == []


@pytest.mark.django_db
def test_checks_without_a_database_ask_none() -> None:
    assert check_walls(databases=None) == []


@pytest.mark.django_db(transaction=True)
def test_S29_a_table_without_a_wall_and_a_readable_partition_are_found() -> None:
    role = django_settings.DATABASES["default"]["USER"]
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE zz_open (id bigint, tenant_id int)")
        cursor.execute("CREATE TABLE zz_parted (id bigint, tenant_id int) PARTITION BY LIST (id)")
        cursor.execute("ALTER TABLE zz_parted ENABLE ROW LEVEL SECURITY")
        cursor.execute("ALTER TABLE zz_parted FORCE ROW LEVEL SECURITY")
        cursor.execute("CREATE POLICY tenant ON zz_parted USING (tenant_id = current_setting('app.tenant')::int)")
        cursor.execute("CREATE TABLE zz_leaf PARTITION OF zz_parted FOR VALUES IN (1)")
        cursor.execute(f'GRANT SELECT ON zz_leaf TO "{role}"')
    try:
        assert [(problem.id, problem.msg) for problem in check_walls(databases=["default"])] == [
            ("tenancy.E002", "The table zz_open holds tenants' rows and has no wall."),
            ("tenancy.E003", "The application's role can read the partition zz_leaf past the wall of its parent."),
        ]
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("DROP TABLE zz_open, zz_parted")


@pytest.mark.django_db
def test_S48_the_owner_role_would_be_refused_as_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.tenancy.checks.connections", {"default": connections["owner"]})

    assert "tenancy.E001" in ids(check_walls(databases=["default"]))


def test_S47_the_key_of_development_is_refused_in_production(settings: Settings) -> None:
    settings.HTTPS = True
    settings.SECRET_KEY_FALLBACKS = []
    settings.SECRET_KEY = f"{INSECURE_KEY}-set-SECRET_KEY-in-production"
    assert ids(check_production()) == ["tenancy.E004"]

    settings.SECRET_KEY = "x" * 50
    settings.HTTPS = False
    assert ids(check_production()) == ["tenancy.W005"]


@pytest.mark.django_db
def test_S36_check_with_the_database_is_clean() -> None:
    call_command("check", databases=["default"])


def test_S36_a_production_set_up_as_told_is_clean() -> None:
    environment = os.environ | {"HTTPS": "true", "SECRET_KEY": secrets.token_urlsafe(50), "BASE_DOMAIN": "example.org"}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "System check identified no issues (2 silenced).\n"), done.stderr
