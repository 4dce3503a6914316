"""What changes between the check and a row's turn: rights, reach, records (E-25, E-28, L-09, P22, F48, S27, S28)."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from completions.models import CourseResult
from lms.imports import working
from lms.imports.models import ImportBatch
from lms.people.models import Promotion, Role, RolePermission, User
from lms.people.permissions import Permission
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import completions

pytestmark = pytest.mark.django_db
Run = Callable[..., Imported]
HEAD = "username,course code,completion date\n"
TEXT = HEAD + "bob,SAFE-1,2024-05-01\nben,SAFE-1,2024-05-01\n"


def take_promotion(cast: Cast) -> None:
    Promotion.objects.filter(person=cast.lea).delete()


def take_permission(cast: Cast) -> None:
    RolePermission.objects.create(
        tenant=cast.acme, role=Role.TEAM_LEADER, permission=Permission.IMPORT_COMPLETIONS, allowed=False
    )


def take_role(cast: Cast) -> None:
    User.objects.filter(pk__in=[cast.lea.pk, cast.adam.pk]).update(role=Role.LEARNER)


def deactivate(cast: Cast) -> None:
    User.objects.filter(pk__in=[cast.lea.pk, cast.adam.pk]).update(is_active=False)


@pytest.mark.parametrize(
    ("who", "happens"),
    [
        ("lea", take_promotion),
        ("lea", take_permission),
        ("lea", take_role),
        ("lea", deactivate),
        ("adam", take_role),
        ("adam", deactivate),
    ],
)
def test_F48_P22_who_loses_the_right_in_the_middle_of_an_import_changes_nothing_more(
    cast: Cast,
    imports: Imports,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    who: str,
    happens: Callable[[Cast], None],
) -> None:
    settings.IMPORT_CHUNK_ROWS = 1
    imported = imports.confirm(imports.check(imports.upload("completions", TEXT, as_=who)), works=False)
    passed = []

    def pass_point(name: str) -> None:
        if name == "chunk.after_commit":
            passed.append(name)
            if len(passed) == 1:
                with tenant_scope(cast.acme.pk):
                    happens(cast)

    monkeypatch.setattr(working, "reach", pass_point)
    imports.work()
    found = imports.load(imported.batch)
    assert found.rows == [(2, "created", []), (3, "rejected", ["R901", "R901"])]  # neither person nor course
    assert (found.state, completions(cast.acme)) == ("completed_with_errors", [("bob", "SAFE-1", "2024-05-01")])


def test_E28_the_results_name_what_was_really_current_before(cast: Cast, imports: Imports) -> None:
    """Same outcome as the check said, but another day was replaced: somebody changed it while the import waited."""
    imports.run("completions", HEAD + "bob,SAFE-1,2020-01-01\n")
    imported = imports.confirm(imports.check(imports.upload("completions", TEXT)), works=False)
    with tenant_scope(cast.acme.pk):
        CourseResult.objects.filter(person=cast.bob).update(completed_on="2021-01-01", updated_at=timezone.now())
    imports.work()
    found = imports.load(imported.batch)
    assert found.rows == [(2, "updated", []), (3, "created", [])]
    with tenant_scope(cast.acme.pk):
        batch = ImportBatch.objects.get(pk=imported.batch.pk)
        assert batch.rows().get(row_no=2).plan == {"before": "2021-01-01", "after": "2024-05-01"}
    assert batch.changed_rows == 0


def test_S21_only_the_check_that_was_looked_at_can_be_confirmed(
    cast: Cast, imports: Imports, client_for: Callable[[User], Client]
) -> None:
    """Two tabs: one still shows the old numbers when the other has switched the options and checked again."""
    imports.run("completions", HEAD + "bob,SAFE-1,2025-01-01\n")
    imported = imports.check(imports.upload("completions", TEXT), options={"policy": "newest_date"})
    client = client_for(cast.adam)
    page = client.get(reverse("imports:review", args=[imported.number])).content.decode()
    shown = re.findall(r'name="checked" value="([^"]+)"', page)
    imports.check(imported, options={"policy": "latest_import"})
    address = reverse("imports:confirm", args=[imported.number])
    answer = client.post(address, {"checked": shown[0]}, follow=True)
    assert "checked again since" in answer.content.decode()
    assert imports.load(imported.batch).state == "ready"
    page = client.get(reverse("imports:review", args=[imported.number])).content.decode()
    client.post(address, {"checked": re.findall(r'name="checked" value="([^"]+)"', page)[0]})
    imports.work()
    assert imports.load(imported.batch).outcomes == ["updated", "created"]
