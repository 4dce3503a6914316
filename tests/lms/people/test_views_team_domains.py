"""The user domains a team role names, on the page of its team; each refusal beside what is allowed (S-01)."""

import re
from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from lms.people.models import PeopleDomain, PromotionDomain, User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def named(cast: Cast) -> set[tuple[str, str]]:
    with tenant_scope(cast.acme.pk):
        return set(PromotionDomain.objects.values_list("promotion__person__username", "domain__slug"))


def test_S01_user_domains_are_named_with_a_promotion_and_afterwards(cast: Cast, client_for: SignIn) -> None:
    admin = client_for(cast.adam)
    add, page = reverse("team_add_people", args=[cast.ward_a.pk]), reverse("team", args=[cast.ward_a.pk])
    answers = {"become": "team_admin", "people": [cast.carl.pk], "domains": [cast.clinical.pk]}
    admin.post(add, answers)
    admin.post(add, answers | {"become": "member", "people": [cast.bob.pk]})  # a member names nothing
    assert named(cast) == {("carl", "clinical")}
    assert "Offline records: Clinical" in words(admin.get(page))
    # colleagues learn no other user domains than those of their own role (S-09)
    assert "Offline records: Clinical" not in words(client_for(cast.lea).get(page))

    own = reverse("team_role_domains", args=[cast.ward_a.pk, cast.lea.pk])
    assert own in words(admin.get(page))
    assert "Team roles upload offline records for the people of these user domains" in words(admin.get(own))
    assert admin.post(own, {"domains": [cast.clinical.pk]}).headers["Location"] == page
    assert named(cast) == {("carl", "clinical"), ("lea", "clinical")}
    assert "Offline records: Clinical" in words(client_for(cast.lea).get(page))
    assert [box for box in re.findall(r"<input[^>]*>", words(admin.get(own))) if "checked" in box]
    admin.post(own, {})
    assert named(cast) == {("carl", "clinical")}


def test_S01_S25_nobody_names_domains_for_strangers_or_of_strangers(cast: Cast, client_for: SignIn) -> None:
    with tenant_scope(cast.zebra.pk):
        foreign = PeopleDomain.objects.create(tenant=cast.zebra, slug="zzb", name="ZZB Stable")
    own = reverse("team_role_domains", args=[cast.ward_a.pk, cast.lea.pk])
    chosen = {"domains": [cast.clinical.pk]}
    assert client_for(cast.lea).post(own, chosen).status_code == 403
    assert client_for(cast.charlie).post(own, {"domains": [foreign.pk]}).status_code == 404
    admin = client_for(cast.adam)
    assert admin.post(own, {"domains": [foreign.pk]}).status_code == 422
    for nobody in ((cast.ward_a, cast.bob), (cast.ward_b, cast.lea), (cast.herd, cast.charlie)):
        address = reverse("team_role_domains", args=[nobody[0].pk, nobody[1].pk])
        assert admin.post(address, chosen).status_code == 404
    assert named(cast) == set()
    assert admin.post(own, chosen).status_code == 302
    assert named(cast) == {("lea", "clinical")}


def test_S08_an_organisation_without_user_domains_is_not_asked(cast: Cast, client_for: SignIn) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.update(domain=None)
        PeopleDomain.objects.all().delete()
    admin = client_for(cast.adam)
    own = reverse("team_role_domains", args=[cast.ward_a.pk, cast.lea.pk])
    assert own not in words(admin.get(reverse("team", args=[cast.ward_a.pk])))
    assert 'name="domains"' not in words(admin.get(reverse("team_add_people", args=[cast.ward_a.pk]) + "?q=carl"))
    assert "Without user domains a team role may upload for everybody in its teams." in words(admin.get(own))


def test_G01_only_uploading_offline_records_can_be_given_to_team_roles(cast: Cast, client_for: SignIn) -> None:
    page = client_for(cast.alice).get(reverse("role_permissions"))
    editable = {str(permission.label) for permission, _boxes in page.context["form"].table()}
    fixed = {str(label): [allowed for _role, allowed in roles] for label, roles in page.context["fixed"]}
    assert "Upload offline records" in editable
    manage = "Create and edit offline activities, correct their records"
    assert manage not in editable
    assert fixed[manage] == [False, False, True, True]
