"""Categories of offline activities on screen; each refusal beside what is allowed."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from offline_records.models import Category
from tests.offline_records.catalogue import add_activity, add_category
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
LIST = reverse("offline_category_list")
NEW = reverse("offline_category_new")


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def names(cast: Cast) -> set[tuple[str, int | None, bool]]:
    with tenant_scope(cast.acme.pk):
        return set(Category.objects.values_list("name", "parent_id", "is_active"))


def test_S04_S05_the_tree_is_created_renamed_and_moved(cast: Cast, client_for: SignIn) -> None:
    add_category(cast.zebra, "ZZB Stable")
    client = client_for(cast.adam)
    assert "No categories yet" in words(client.get(LIST))
    assert client.post(NEW, {"name": "Safety", "parent": ""}).headers["Location"] == LIST
    with tenant_scope(cast.acme.pk):
        safety = Category.objects.get()
    assert client.get(f"{NEW}?parent={safety.pk}").context["form"]["parent"].value() == str(safety.pk)
    client.post(NEW, {"name": "Fire", "parent": str(safety.pk)})
    with tenant_scope(cast.acme.pk):
        fire = Category.objects.get(name="Fire")
    edit = reverse("offline_category_edit", args=[fire.pk])
    client.post(edit, {"name": "Fire drills", "parent": str(safety.pk)})
    assert names(cast) == {("Safety", None, True), ("Fire drills", safety.pk, True)}
    add_activity(cast.acme, category=fire)
    rows = client.get(LIST).context["rows"]
    assert [(place.path_text, number) for place, number in rows] == [("Safety", 1), ("Safety \u203a Fire drills", 1)]

    # not below itself, not below another organisation's, not twice in one place
    up = client.post(reverse("offline_category_edit", args=[safety.pk]), {"name": "Safety", "parent": str(fire.pk)})
    assert (up.status_code, list(up.context["form"].errors)) == (422, ["parent"])
    again = client.post(NEW, {"name": "FIRE drills", "parent": str(safety.pk)})
    assert again.context["form"].errors == {"name": ["There is already a category with this name in the same place."]}
    client.post(edit, {"name": "Fire drills", "parent": ""})
    assert names(cast) == {("Safety", None, True), ("Fire drills", None, True)}


def test_S04_a_category_in_use_says_what_stands_in_the_way(cast: Cast, client_for: SignIn) -> None:
    safety = add_category(cast.acme, "Safety")
    fire = add_category(cast.acme, "Fire", parent=safety)
    activity = add_activity(cast.acme, category=fire)
    client = client_for(cast.adam)
    archive, edit = (reverse(name, args=[safety.pk]) for name in ("offline_category_archive", "offline_category_edit"))
    assert "1 offline activity in it is still active." in words(client.get(edit))
    refused = client.post(archive, {"archived": "1"}, follow=True)
    assert refused.redirect_chain == [(edit, 302)]
    assert "1 sub-category is still active." in words(refused)

    for one, what in ((activity, "activity"), (fire, "category"), (safety, "category")):
        client.post(reverse(f"offline_{what}_archive", args=[one.pk]), {"archived": "1"})
    assert {name for name, _parent, is_active in names(cast) if not is_active} == {"Safety", "Fire"}
    # an archived category below an archived one keeps its place when it is renamed
    below = reverse("offline_category_edit", args=[fire.pk])
    assert client.post(below, {"name": "Fire 2010", "parent": str(safety.pk)}).status_code == 302
    client.post(archive, {"archived": "0"})
    assert names(cast) == {("Safety", None, True), ("Fire 2010", safety.pk, False)}


def test_S25_only_administrators_of_the_own_organisation(cast: Cast, client_for: SignIn) -> None:
    foreign = add_category(cast.zebra, "ZZB Stable")
    own = add_category(cast.acme, "Safety")
    for name in ("offline_category_edit", "offline_category_archive"):
        address, here = reverse(name, args=[foreign.pk]), reverse(name, args=[own.pk])
        assert client_for(cast.adam).post(address, {"archived": "1"}).status_code == 404
        assert client_for(cast.lea).post(here, {"archived": "1"}).status_code == 403
        assert client_for(cast.adam).post(here, {"archived": "1", "name": "Safety"}).status_code == 302
    below_foreign = client_for(cast.adam).post(NEW, {"name": "Mine", "parent": str(foreign.pk)})
    assert list(below_foreign.context["form"].errors) == ["parent"]
