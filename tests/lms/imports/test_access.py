"""Who may see and do what with which import (G-01, L-01 to L-07, L-11, L-69)."""

from collections.abc import Callable

import pytest
from django.http import Http404

from lms.courses.models import TeamCourse
from lms.imports.access import get_batch, may_import, may_manage, may_undo, visible_batches
from lms.imports.importer import get_importer
from lms.people.models import Membership, Promotion, Role, RolePermission, Team, User
from lms.people.permissions import LARGE_IMPORT_ROWS, Permission
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import ASSIGNED, JOINED, Cast, add_person
from tests.plugins.running import Imported, Imports

Run = Callable[..., Imported]
HEAD = "username,course code,completion date\n"
WARDS = HEAD + "bob,SAFE-1,2024-05-01\nben,SAFE-1,2024-05-01\ncarl,SAFE-1,2024-05-01\n"


def may_import_completions(cast: Cast, person: User) -> bool:
    with tenant_scope(cast.acme.pk):
        return may_import(User.objects.get(pk=person.pk), get_importer("completions"))


def test_L01_four_roles_may_import_and_learners_may_not(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        tina = add_person(cast.acme, "tina", role=Role.TEAM_ADMIN)
    people = (cast.alice, cast.adam, tina, cast.lea, cast.bob)
    assert [may_import_completions(cast, person) for person in people] == [True, True, True, True, False]


def test_L02_roles_are_ordered_and_several_people_may_own_the_account(cast: Cast) -> None:
    assert list(Role) == [Role.LEARNER, Role.TEAM_LEADER, Role.TEAM_ADMIN, Role.ADMINISTRATOR, Role.OWNER]
    with tenant_scope(cast.acme.pk):
        for name in ("olga", "otto"):
            add_person(cast.acme, name, role=Role.OWNER)
        assert User.objects.filter(role=Role.OWNER).count() == 3


def test_L03_a_leader_imports_for_own_teams_and_those_below(run_import: Run) -> None:
    imported = run_import("completions", WARDS, as_="lea")
    assert imported.rows == [(2, "created", []), (3, "created", []), (4, "rejected", ["R102"])]


def test_L04_a_profile_role_without_a_team_reaches_nobody(cast: Cast, run_import: Run) -> None:
    with tenant_scope(cast.acme.pk):
        Promotion.objects.all().delete()
    imported = run_import("completions", WARDS, as_="lea")
    assert imported.rows == [(number, "rejected", ["R102", "R202"]) for number in (2, 3, 4)]


def test_L05_permissions_hold_per_team(cast: Cast, run_import: Run) -> None:
    with tenant_scope(cast.acme.pk):
        Promotion.objects.create(tenant=cast.acme, team=cast.ward_b, person=cast.lea, role=Role.TEAM_ADMIN)
    imported = run_import("completions", WARDS, as_="lea")
    assert imported.outcomes == ["created", "created", "created"]
    with tenant_scope(cast.acme.pk):
        RolePermission.objects.create(
            tenant=cast.acme, role=Role.TEAM_LEADER, permission=Permission.IMPORT_COMPLETIONS, allowed=False
        )
        # The course is Ward A's, which she may no longer import for.
        TeamCourse.objects.create(tenant=cast.acme, team=cast.ward_b, course=cast.safe, assigned_on=ASSIGNED)
    imported = run_import("completions", WARDS.replace("2024", "2023"), as_="lea")
    assert imported.rows == [(2, "rejected", ["R102"]), (3, "rejected", ["R102"]), (4, "updated", ["R402"])]


def test_L06_an_owner_can_take_the_permission_from_a_role(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        tina = add_person(cast.acme, "tina", role=Role.TEAM_ADMIN)
        RolePermission.objects.create(
            tenant=cast.acme, role=Role.TEAM_LEADER, permission=Permission.IMPORT_COMPLETIONS, allowed=False
        )
    assert [may_import_completions(cast, person) for person in (cast.lea, tina)] == [False, True]


def test_L07_P21_out_of_reach_and_unknown_give_the_same_bytes(cast: Cast, imports: Imports, run_import: Run) -> None:
    """Carl is in a ward that Lea does not lead; Zoe is of another tenant; nils is nobody."""
    answers = []
    for name in ("carl", "nils", "zoe"):
        imported = run_import("completions", f"{HEAD}bob,SAFE-1,2024-05-01\n{name},SAFE-1,2024-05-01\n", as_="lea")
        with tenant_scope(cast.acme.pk):
            row = imported.batch.rows().values().get(row_no=3)
            ours = ("batch_id", "purge_on")
            kept = {key: value for key, value in row.items() if key not in ours}
        seen = (imported.state, imported.counts, imported.summary, kept)
        answers.append(repr(seen).replace(name, "WHO"))
        imports.undo(imported)
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(("assigned_to", "outcome"), [("ward_a", "created"), ("ward_b", "rejected")])
def test_L11_team_roles_use_courses_of_their_teams_alone(
    cast: Cast, run_import: Run, assigned_to: str, outcome: str
) -> None:
    with tenant_scope(cast.acme.pk):
        TeamCourse.objects.create(
            tenant=cast.acme, team=getattr(cast, assigned_to), course=cast.fire, assigned_on=ASSIGNED
        )
    imported = run_import("completions", HEAD + "bob,FIRE-2,2024-05-01\n", as_="lea")
    assert imported.outcomes == [outcome]


def test_L11_a_foreign_course_and_an_unknown_one_give_the_same_words(run_import: Run) -> None:
    found = [
        repr(run_import("completions", f"{HEAD}bob,{code},2024-05-01\n", as_="lea").summary).replace(code, "CODE")
        for code in ("FIRE-2", "NADA-9")
    ]
    assert found[0] == found[1]


def test_L11_a_course_of_a_team_above_can_be_used(cast: Cast, run_import: Run) -> None:
    with tenant_scope(cast.acme.pk):
        top = Team.objects.create(tenant=cast.acme, name="Hospital")
        Team.objects.filter(pk=cast.ward_a.pk).update(parent=top)
        TeamCourse.objects.create(tenant=cast.acme, team=top, course=cast.fire, assigned_on=ASSIGNED)
    imported = run_import("completions", HEAD + "bob,FIRE-2,2024-05-01\n", as_="lea")
    assert imported.outcomes == ["created"]


def test_L69_team_roles_see_their_own_imports_alone(cast: Cast, run_import: Run) -> None:
    of_adam = run_import("completions", WARDS, check_only=True)
    of_lea = run_import("completions", WARDS, as_="lea", check_only=True)
    with tenant_scope(cast.acme.pk):
        seen = {
            person.username: sorted(visible_batches(person).values_list("number", flat=True))
            for person in (cast.alice, cast.adam, cast.lea, cast.bob)
        }
        assert get_batch(cast.lea, of_lea.number) == of_lea.batch
        for number in (of_adam.number, 999):
            with pytest.raises(Http404):
                get_batch(cast.lea, number)
    both = [of_adam.number, of_lea.number]
    assert seen == {"alice": both, "adam": both, "lea": [of_lea.number], "bob": []}


def test_G01_small_imports_are_the_leaders_own_large_ones_are_not(cast: Cast, run_import: Run) -> None:
    batch = run_import("completions", WARDS, as_="lea", check_only=True).batch
    with tenant_scope(cast.acme.pk):
        lea, bob, adam = (User.objects.get(pk=person.pk) for person in (cast.lea, cast.bob, cast.adam))
        answers = []
        for rows in (LARGE_IMPORT_ROWS, LARGE_IMPORT_ROWS + 1):
            batch.data_rows = rows
            answers += [(may_manage(batch, person), may_undo(batch, person)) for person in (lea, bob, adam)]
    assert answers == [(True, True), (False, False), (True, True), (False, False), (False, False), (True, True)]


def test_L09_a_person_who_left_the_team_is_out_of_reach_at_the_next_check(cast: Cast, run_import: Run) -> None:
    with tenant_scope(cast.acme.pk):
        Membership.objects.filter(person=cast.bob).delete()
    assert run_import("completions", HEAD + "bob,SAFE-1,2024-05-01\n", as_="lea").rows == [(2, "rejected", ["R102"])]
    with tenant_scope(cast.acme.pk):
        Membership.objects.create(tenant=cast.acme, team=cast.nights, person=cast.bob, joined_on=JOINED)
    assert run_import("completions", HEAD + "bob,SAFE-1,2024-05-01\n", as_="lea").rows == [(2, "created", [])]
