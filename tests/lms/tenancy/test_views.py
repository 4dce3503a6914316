"""An organisation's settings."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from lms.audit.models import AuditEvent
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
ANSWERS = {
    "name": "Acme Hospitals",
    "contact": "Training desk",
    "contact_email": "desk@acme.example",
    "time_zone": "Europe/Berlin",
    "date_format": "dd.mm.yyyy",
    "language": "de",
    "row_limit": "20000",
    "retention_days": "60",
    "earliest_date": "1990-01-01",
    "future_days": "1",
    "deactivated_people_fail": "on",
    "change_threshold_percent": "10",
    "reminder_hour": "6",
    "message_hold_minutes": "0",
    "mails_per_minute": "120",
    "message_threshold": "500",
}


def test_G01_an_owner_changes_the_settings_and_nobody_else(cast: Cast, client_for: SignIn) -> None:
    for actor in (cast.adam, cast.lea, cast.bob):
        assert client_for(actor).post(reverse("organisation_settings"), ANSWERS).status_code == 403

    assert client_for(cast.alice).post(reverse("organisation_settings"), ANSWERS).status_code == 302

    tenant = Tenant.objects.get(pk=cast.acme.pk)
    assert (tenant.contact, tenant.row_limit, tenant.retention_days, tenant.deactivated_people_fail) == (
        "Training desk",
        20_000,
        60,
        True,
    )
    assert (
        tenant.reminder_hour,
        tenant.message_hold_minutes,
        tenant.mails_per_minute,
        tenant.message_threshold,
    ) == (6, 0, 120, 500)
    assert Tenant.objects.get(pk=cast.zebra.pk).contact == "ZZB desk"
    with tenant_scope(cast.acme.pk):
        assert AuditEvent.objects.get().details["retention_days"] == "60"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("row_limit", "50001"),
        ("row_limit", "0"),
        ("retention_days", "91"),
        ("retention_days", "0"),
        ("change_threshold_percent", "101"),
        ("reminder_hour", "24"),
        ("message_hold_minutes", "1441"),
        ("mails_per_minute", "0"),
        ("message_threshold", "0"),
        ("time_zone", "Moon/Base"),
        ("language", "tlh"),
    ],
)
def test_S20_limits_stay_below_the_operators(cast: Cast, client_for: SignIn, field: str, value: str) -> None:
    response = client_for(cast.alice).post(reverse("organisation_settings"), ANSWERS | {field: value})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]


def test_S26_host_and_name_in_addresses_cannot_be_changed(cast: Cast, client_for: SignIn) -> None:
    client_for(cast.alice).post(reverse("organisation_settings"), ANSWERS | {"host": "evil.example", "slug": "evil"})

    tenant = Tenant.objects.get(pk=cast.acme.pk)
    assert (tenant.host, tenant.slug) == (cast.acme.host, "acme")
