"""The one way into a tenant's data (S40)."""

import pytest
from django.db import DatabaseError, connection, transaction

from lms.courses.models import Course
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import current_tenant_id, tenant_scope
from tests.plugins.cast import Cast


def test_a_scope_shows_one_tenant_and_no_other(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        assert set(Course.objects.values_list("tenant_id", flat=True)) == {cast.acme.pk}
        assert not User.objects.filter(pk=cast.zoe.pk).exists()
        assert current_tenant_id() == cast.acme.pk
    with tenant_scope(cast.zebra.pk):
        assert set(Course.objects.values_list("tenant_id", flat=True)) == {cast.zebra.pk}


def test_outside_of_a_scope_a_query_is_an_error_also_after_one(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        assert User.objects.exists()
    with pytest.raises(DatabaseError), transaction.atomic():
        User.objects.exists()
    with pytest.raises(LookupError):
        current_tenant_id()


def test_scopes_do_not_nest(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk), pytest.raises(RuntimeError), tenant_scope(cast.zebra.pk):
        pass


def test_an_exception_takes_everything_back(cast: Cast) -> None:
    def rename_and_fail() -> None:
        with tenant_scope(cast.acme.pk):
            Course.objects.filter(pk=cast.safe.pk).update(name="changed")
            raise KeyError

    with pytest.raises(KeyError):
        rename_and_fail()
    with tenant_scope(cast.acme.pk):
        assert Course.objects.get(pk=cast.safe.pk).name == "Safety Basics"


def test_a_row_of_another_tenant_cannot_be_written(cast: Cast) -> None:
    with pytest.raises(DatabaseError), tenant_scope(cast.acme.pk):
        Course.objects.create(tenant=cast.zebra, code="X", name="X")
    with tenant_scope(cast.acme.pk):
        assert Course.objects.filter(pk=cast.zebra_safe.pk).update(name="taken") == 0


def test_no_row_can_point_across_tenants(cast: Cast) -> None:
    """The walls' foreign keys carry the tenant."""
    insert = (
        "INSERT INTO people_membership (tenant_id, team_id, person_id, joined_on) VALUES (%s, %s, %s, '2024-01-01')"
    )
    with pytest.raises(DatabaseError), tenant_scope(cast.acme.pk), connection.cursor() as cursor:
        cursor.execute(insert, [cast.acme.pk, cast.ward_a.pk, cast.zoe.pk])


def test_hosts_are_looked_up_without_a_scope(cast: Cast) -> None:
    assert Tenant.objects.get(host=cast.acme.host) == cast.acme
