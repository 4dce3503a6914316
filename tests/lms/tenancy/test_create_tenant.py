"""manage.py create_tenant."""

import io
import re

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from lms.audit.models import AuditEvent
from lms.people.models import Role, User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.usefixtures("cast")


def create(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_tenant", *arguments, stdout=out)
    return out.getvalue()


def test_create_tenant_makes_an_organisation_whose_owner_can_set_a_password() -> None:
    printed = create(
        "newco", "--name", "New Co", "--owner", "Olga", "--email", "olga@newco.example", "--language", "de"
    )

    tenant = Tenant.objects.get(slug="newco")
    assert (tenant.name, tenant.host, tenant.language) == ("New Co", f"newco.{settings.BASE_DOMAIN}", "de")
    with tenant_scope(tenant.pk):
        owner = User.objects.get()
        assert (owner.username, owner.role, owner.has_usable_password()) == ("Olga", Role.OWNER, False)
        assert sorted(AuditEvent.objects.values_list("action", flat=True)) == [
            "people.person.created",
            "tenancy.tenant.created",
        ]
    link = re.search(r"http://newco\.\S+/password/set/\S+", printed)
    assert link is not None
    answer = Client(headers={"host": tenant.host}).get(link[0].partition(tenant.host)[2], follow=True)
    assert "Choose your password" in answer.content.decode() or "new_password1" in answer.content.decode()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["acme", "--name", "X", "--owner", "o", "--email", "o@x.example"], "already an organisation"),
        (
            ["new", "--host", "ACME.localhost", "--name", "X", "--owner", "o", "--email", "o@x.example"],
            "Another organisation",
        ),
        (["new", "--name", "X", "--owner", " ", "--email", "o@x.example"], "needs a username"),
        (["new", "--name", "X", "--owner", "o", "--email", "nobody"], "valid email"),
        (["new", "--name", "X", "--owner", "o", "--email", "o@x.example", "--time-zone", "Moon"], "no time zone"),
    ],
)
def test_create_tenant_refuses_what_cannot_be(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words) as caught:
        create(*arguments)

    assert caught.value.returncode == 2
    assert Tenant.objects.count() == 2


def test_create_tenant_takes_a_password_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("four-unlikely-words-here\n"))
    arguments = ("newco", "--name", "New Co", "--owner", "olga", "--email", "olga@newco.example", "--password-stdin")

    printed = create(*arguments)

    assert "/password/set/" not in printed
    with tenant_scope(Tenant.objects.get(slug="newco").pk):
        assert User.objects.get().check_password("four-unlikely-words-here")


def test_S38_a_weak_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("password\n"))

    with pytest.raises(CommandError, match="too short"):
        create("newco", "--name", "New Co", "--owner", "olga", "--email", "olga@newco.example", "--password-stdin")
