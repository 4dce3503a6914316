"""People and teams on screen; each refusal beside what is allowed."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from lms.audit.models import AuditEvent
from lms.core.paging import CAP
from lms.courses.models import CourseAssignment
from lms.people.mails import send_soon
from lms.people.models import Membership, Promotion, Role, RolePermission, Session, Team, User
from lms.people.permissions import Permission
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast, add_person

SignIn = Callable[[User], Client]


def listed(client: Client, query: str = "") -> list[str]:
    return [person.username for person in client.get(reverse("people_list") + query).context["page_obj"]]


def reread(person: User) -> User:
    with tenant_scope(person.tenant_id):
        return User.objects.get(pk=person.pk)


def person_answers(**changes: object) -> dict[str, object]:
    answers = {
        "username": "dora",
        "first_name": "Dora",
        "last_name": "Example",
        "email": "dora@acme.example",
        "employee_id": "",
        "domain": "",
        "role": "learner",
        "teams": [],
        "is_active": "on",
        "send_invitation": "",
    } | changes
    return {name: value for name, value in answers.items() if value != ""}


def test_L03_the_people_list_shows_whom_one_reaches(cast: Cast, client_for: SignIn) -> None:
    assert listed(client_for(cast.adam)) == ["adam", "lea", "ben", "bob", "carl", "alice"]
    assert listed(client_for(cast.lea)) == ["ben", "bob"]
    assert listed(client_for(cast.charlie)) == ["zoe", "charlie"]
    assert client_for(cast.bob).get(reverse("people_list")).status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=BOB", ["bob"]),
        ("?q=müller", ["ben"]),
        ("?q=o'con", ["bob"]),
        ("?q=000124", ["ben"]),
        ("?q=0124", []),
        ("?q=acme.example+ca", ["carl"]),
        ("?role=team_leader", ["lea"]),
        ("?role=emperor", ["adam", "lea", "ben", "bob", "carl", "alice"]),
        ("?q=%25", []),
    ],
)
def test_people_are_found(cast: Cast, client_for: SignIn, query: str, found: list[str]) -> None:
    assert listed(client_for(cast.adam), query) == found


def test_people_are_found_by_team_domain_and_state(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.ben.pk).update(is_active=False)

    assert listed(client, f"?team={cast.ward_a.pk}") == ["bob"]
    assert listed(client, f"?team={cast.ward_a.pk}&active=all") == ["ben", "bob"]
    assert listed(client, f"?domain={cast.clinical.pk}&active=no") == ["ben"]
    assert listed(client_for(cast.lea), f"?team={cast.ward_b.pk}") == ["bob"]


@pytest.mark.parametrize("people", [1, 3])
def test_the_list_costs_the_same_for_more_people(
    cast: Cast, client_for: SignIn, django_assert_num_queries: object, people: int
) -> None:
    with tenant_scope(cast.acme.pk):
        for number in range(people):
            person = add_person(cast.acme, f"new{number}")
            Membership.objects.create(tenant=cast.acme, team=cast.ward_b, person=person, joined_on="2020-01-01")
    client = client_for(cast.adam)

    with django_assert_num_queries(13):  # type: ignore[operator]
        client.get(reverse("people_list"))


def test_more_than_ten_thousand_are_not_counted(cast: Cast, client_for: SignIn) -> None:
    with tenant_scope(cast.acme.pk):
        people = [User(tenant=cast.acme, username=f"p{number}", last_name="Mass") for number in range(CAP + 1)]
        for person in people:
            person.fill_keys()
        User.objects.bulk_create(people, batch_size=2_000)

    page = client_for(cast.adam).get(reverse("people_list") + "?page=9999")

    assert "10,000+ people match" in page.content.decode()
    assert page.context["page_obj"].number == CAP // 50


def test_S25_the_page_of_a_person_out_of_reach_is_not_there(cast: Cast, client_for: SignIn) -> None:
    def status(actor: User, person: User) -> int:
        return client_for(actor).get(reverse("person", args=[person.pk])).status_code

    assert [status(cast.lea, person) for person in (cast.bob, cast.ben, cast.lea)] == [200, 200, 200]
    assert [status(cast.lea, person) for person in (cast.carl, cast.adam, cast.charlie)] == [404, 404, 404]
    assert [status(cast.adam, person) for person in (cast.carl, cast.zoe)] == [200, 404]
    assert status(cast.charlie, cast.zoe) == 200


def test_L08_a_learner_sees_only_the_own_page(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.bob)

    assert client.get(reverse("person", args=[cast.bob.pk])).status_code == 200
    assert client.get(reverse("person", args=[cast.ben.pk])).status_code == 404


def test_G02_a_refusal_names_whom_to_ask(cast: Cast, client_for: SignIn) -> None:
    page = client_for(cast.bob).get(reverse("people_list"))

    assert page.status_code == 403
    assert "Maria Keller, training office" in page.content.decode()


def test_a_person_is_added_with_teams_and_their_courses_and_mailed(cast: Cast, client_for: SignIn) -> None:
    answers = person_answers(teams=[cast.nights.pk], send_invitation="on", domain=cast.clinical.pk)

    response = client_for(cast.adam).post(reverse("person_create"), answers)

    with tenant_scope(cast.acme.pk):
        dora = User.objects.get(username="dora")
        assert response.headers["Location"] == reverse("person", args=[dora.pk])
        assert (dora.has_usable_password(), dora.domain_id, dora.role) == (False, cast.clinical.pk, "learner")
        assert list(dora.memberships.values_list("team__name", flat=True)) == ["Nights"]
        assert CourseAssignment.objects.get().course_id == cast.safe.pk
        assert AuditEvent.objects.get().action == "people.person.created"
    send_soon([]).result()
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        (["dora@acme.example"], "Your account at Acme Hospitals")
    ]


def test_L22_only_the_username_must_be_unique(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    same = {"email": "bob@acme.example", "employee_id": "000123", "first_name": "Bob", "last_name": "O'Connor"}

    assert client.post(reverse("person_create"), person_answers(username="bob2", **same)).status_code == 302
    assert (
        client.post(reverse("person_create"), person_answers(username="bob3", email="", employee_id="")).status_code
        == 302
    )
    clash = client.post(reverse("person_create"), person_answers(username=" BOB\u200b"))
    assert clash.status_code == 422
    assert list(clash.context["form"].errors) == ["username"]
    assert client_for(cast.charlie).post(reverse("person_create"), person_answers(username="bob")).status_code == 302


def test_R505_a_username_with_an_invisible_turn_is_refused(cast: Cast, client_for: SignIn) -> None:
    response = client_for(cast.adam).post(reverse("person_create"), person_answers(username="ab\u202ecd"))

    assert response.context["form"].errors == {
        "username": ["The username holds an invisible character (U+202E at position 3)."]
    }


def test_S26_nobody_gives_a_role_above_their_own(cast: Cast, client_for: SignIn) -> None:
    assert client_for(cast.adam).post(reverse("person_create"), person_answers(role="owner")).status_code == 422
    assert client_for(cast.alice).post(reverse("person_create"), person_answers(role="owner")).status_code == 302


def test_S26_an_administrator_cannot_change_an_owner(cast: Cast, client_for: SignIn) -> None:
    address = reverse("person_edit", args=[cast.alice.pk])
    answers = person_answers(username="alice", email="adam@acme.example", role="owner")

    assert client_for(cast.adam).get(address).status_code == 404
    assert client_for(cast.adam).post(address, answers).status_code == 404
    assert client_for(cast.adam).post(reverse("person_send_link", args=[cast.alice.pk])).status_code == 404
    assert reread(cast.alice).email == "alice@acme.example"
    assert client_for(cast.alice).post(address, answers).status_code == 302


def test_L02_several_people_may_be_owners_but_the_last_one_stays(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.alice)
    for name in ("o2", "o3"):
        assert client.post(reverse("person_create"), person_answers(username=name, role="owner")).status_code == 302
    with tenant_scope(cast.acme.pk):
        assert User.objects.filter(role=Role.OWNER).count() == 3
        User.objects.filter(username__in=("o2", "o3")).update(role=Role.ADMINISTRATOR)

    client.post(reverse("person_edit", args=[cast.alice.pk]), person_answers(username="alice", role="learner"))

    assert reread(cast.alice).role == Role.OWNER


def test_S32_deactivating_somebody_ends_the_sessions(cast: Cast, client_for: SignIn) -> None:
    client_for(cast.bob)
    answers = person_answers(username="bob", is_active="", teams=[cast.ward_a.pk])

    response = client_for(cast.adam).post(reverse("person_edit", args=[cast.bob.pk]), answers)

    assert response.status_code == 302
    assert not reread(cast.bob).is_active
    assert not Session.objects.filter(user_id=cast.bob.pk).exists()


def test_S24_leaders_and_learners_create_and_change_nobody(cast: Cast, client_for: SignIn) -> None:
    for actor in (cast.lea, cast.bob):
        client = client_for(actor)
        assert client.post(reverse("person_create"), person_answers()).status_code == 403
        assert (
            client.post(reverse("person_edit", args=[cast.bob.pk]), person_answers(username="bob")).status_code == 403
        )
        assert client.post(reverse("team_create"), {"name": "New"}).status_code == 403
    assert client_for(cast.adam).post(reverse("team_create"), {"name": "New"}).status_code == 302


def test_the_team_tree_shows_only_the_reach(cast: Cast, client_for: SignIn) -> None:
    def tree(actor: User) -> list[tuple[str, int, int]]:
        rows = client_for(actor).get(reverse("team_list")).context["rows"]
        return [(place.path_text, place.depth, members) for place, members, _leaders in rows]

    assert tree(cast.adam) == [("Ward A", 0, 1), ("Ward A \u203a Nights", 1, 1), ("Ward B", 0, 1)]
    assert tree(cast.lea) == [("Ward A", 0, 1), ("Ward A \u203a Nights", 1, 1)]
    assert tree(cast.charlie) == [("ZZB Herd", 0, 1)]


def test_S25_a_team_out_of_reach_is_not_there(cast: Cast, client_for: SignIn) -> None:
    def status(actor: User, team: Team) -> int:
        return client_for(actor).get(reverse("team", args=[team.pk])).status_code

    assert [status(cast.lea, team) for team in (cast.ward_a, cast.nights, cast.ward_b, cast.herd)] == [
        200,
        200,
        404,
        404,
    ]
    assert [status(cast.adam, team) for team in (cast.ward_b, cast.herd)] == [200, 404]


def test_a_team_is_moved_and_not_below_itself(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    address = reverse("team_edit", args=[cast.ward_a.pk])

    assert client.post(address, {"name": "Ward A", "parent": cast.nights.pk, "is_active": "on"}).status_code == 422
    assert client.post(address, {"name": "Ward A", "parent": cast.herd.pk, "is_active": "on"}).status_code == 422
    assert client.post(address, {"name": "Ward A", "parent": cast.ward_b.pk, "is_active": "on"}).status_code == 302
    with tenant_scope(cast.acme.pk):
        assert Team.objects.get(pk=cast.ward_a.pk).parent_id == cast.ward_b.pk
    same = client.post(reverse("team_create"), {"name": "Nights", "parent": cast.ward_a.pk})
    assert list(same.context["form"].errors) == ["name"]


def test_people_join_and_leave_a_team_on_its_page(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    address = reverse("team_add_people", args=[cast.ward_a.pk])
    assert [person.username for person in client.get(address + "?q=carl").context["people"]] == ["carl"]

    assert client.post(address, {"become": "member"}).status_code == 422
    assert client.post(address, {"become": "member", "people": [cast.zoe.pk]}).status_code == 422
    assert client.post(address, {"become": "member", "people": [cast.carl.pk]}).status_code == 302
    with tenant_scope(cast.acme.pk):
        assert CourseAssignment.objects.get(person=cast.carl).course_id == cast.safe.pk
    assert client.post(reverse("team_remove_member", args=[cast.ward_a.pk, cast.carl.pk])).status_code == 302
    with tenant_scope(cast.acme.pk):
        assert not Membership.objects.filter(team=cast.ward_a, person=cast.carl).exists()


def test_L05_S27_a_team_role_acts_at_once_and_so_does_its_end(cast: Cast, client_for: SignIn) -> None:
    admin, leader = client_for(cast.adam), client_for(cast.lea)
    add = reverse("team_add_people", args=[cast.ward_b.pk])

    admin.post(add, {"become": "team_admin", "people": [cast.lea.pk, cast.carl.pk]})
    assert listed(leader) == ["ben", "bob", "carl"]
    assert reread(cast.carl).role == Role.TEAM_ADMIN
    assert reread(cast.lea).role == Role.TEAM_LEADER

    admin.post(reverse("team_remove_role", args=[cast.ward_b.pk, cast.lea.pk]))
    admin.post(reverse("team_remove_role", args=[cast.ward_a.pk, cast.lea.pk]))
    assert listed(leader) == []
    with tenant_scope(cast.acme.pk):
        assert list(Promotion.objects.values_list("person__username", flat=True)) == ["carl"]


def test_L06_an_owner_ticks_what_team_roles_may_do(cast: Cast, client_for: SignIn) -> None:
    address = reverse("role_permissions")
    boxes = {
        f"{role}-{permission}": "on"
        for role in ("team_leader", "team_admin")
        for permission in (Permission.IMPORT_COMPLETIONS, Permission.MANAGE_OWN_IMPORTS)
    }
    del boxes["team_leader-import_completions"]

    assert client_for(cast.adam).post(address, boxes).status_code == 403
    assert client_for(cast.alice).post(address, boxes).status_code == 302

    with tenant_scope(cast.acme.pk):
        rows = list(RolePermission.objects.values_list("role", "permission", "allowed"))
        assert rows == [("team_leader", "import_completions", False)]
        assert AuditEvent.objects.get().details == {"permission": "import_completions", "allowed": False}
    client_for(cast.alice).post(address, boxes | {"team_leader-import_completions": "on"})
    with tenant_scope(cast.acme.pk):
        assert not RolePermission.objects.exists()


def test_user_domains_are_named_once(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.alice)

    assert client.post(reverse("domain_list"), {"name": "Estates", "slug": "Clinical"}).status_code == 422
    assert client.post(reverse("domain_list"), {"name": "Estates", "slug": "estates"}).status_code == 302
    assert client_for(cast.charlie).get(reverse("domain_edit", args=[cast.clinical.pk])).status_code == 404


def test_S14_names_are_never_markup(cast: Cast, client_for: SignIn) -> None:
    with tenant_scope(cast.acme.pk):
        add_person(cast.acme, "<script>alert(1)</script>", last_name='"><img src=x onerror=alert(1)>')

    page = client_for(cast.adam).get(reverse("people_list")).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_S29_nothing_of_another_tenant_is_ever_shown(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.alice)
    names = (
        "dashboard",
        "people_list",
        "team_list",
        "course_list",
        "course_report",
        "domain_list",
        "organisation_settings",
    )

    assert [name for name in names if "ZZB" in client.get(reverse(name)).content.decode()] == []
    assert "ZZB" in client_for(cast.charlie).get(reverse("people_list")).content.decode()
