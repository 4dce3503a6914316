"""The menu: only what the role may use; the import within three clicks."""

import re
from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from lms.people.models import RolePermission, User
from lms.people.permissions import Permission
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]


def menu(client: Client, path: str = "/") -> list[tuple[str, bool]]:
    sections = client.get(path).context["menu"]
    return [(str(item.label), item.active) for section in sections for item in section.items]


def labels(client: Client) -> list[str]:
    return [label for label, _active in menu(client)]


def test_L01_each_role_has_its_menu(cast: Cast, client_for: SignIn) -> None:
    content = ["Dashboard", "Quick Actions", "Courses", "Certifications", "Imports", "Upload course CSV"]
    certifications = ["Upload certification CSV", "Certification import report"]
    team = ["People", "Teams", "Reporting Engine", "Compliance", "Certifications of people", "Offline records"]
    offline = ["Upload Offline Records", "Activities", "Categories"]
    administrator = [*content, *certifications, *offline, *team, "Audit history", "Mails not delivered"]

    assert labels(client_for(cast.bob)) == ["Dashboard", "Record of Learning", "Your profile"]
    assert labels(client_for(cast.lea)) == [*content, *team]
    assert labels(client_for(cast.adam)) == administrator
    assert labels(client_for(cast.alice)) == [
        *administrator,
        "Organisation",
        "Course completions",
        "Messages",
        "Roles and permissions",
        "User domains",
    ]


def test_L06_an_import_that_is_switched_off_is_not_in_the_menu(cast: Cast, client_for: SignIn) -> None:
    with tenant_scope(cast.acme.pk):
        RolePermission.objects.create(
            tenant=cast.acme, role="team_leader", permission=Permission.IMPORT_COMPLETIONS, allowed=False
        )

    assert labels(client_for(cast.lea)) == [
        "Dashboard",
        "Courses",
        "Certifications",
        "People",
        "Teams",
        "Reporting Engine",
        "Compliance",
        "Certifications of people",
        "Offline records",
    ]
    assert "Quick Actions" in labels(client_for(cast.adam))


def test_S01_S02_offline_activities_are_a_section_of_their_own(cast: Cast, client_for: SignIn) -> None:
    def section(person: User) -> list[tuple[str, str]]:
        sections = client_for(person).get("/").context["menu"]
        items = [item for section in sections if section.label == "Offline Activities" for item in section.items]
        return [(str(item.label), item.url) for item in items]

    upload, activities = ("Upload Offline Records", "/offline/upload/"), ("Activities", "/offline/")
    assert section(cast.adam) == [upload, activities, ("Categories", "/offline/categories/")]
    assert section(cast.lea) == []
    with tenant_scope(cast.acme.pk):
        RolePermission.objects.create(
            tenant=cast.acme, role="team_leader", permission=Permission.IMPORT_OFFLINE_RECORDS, allowed=True
        )
    assert section(cast.lea) == [upload, activities]


def test_L59_the_import_is_reached_in_three_clicks(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)

    first = client.get("/").content.decode()
    (quick_actions,) = re.findall(r'<a href="([^"]+)"[^>]*>(?:(?!</a>).)*<span>Quick Actions</span>', first, re.DOTALL)
    second = client.get(quick_actions).content.decode()
    (start,) = re.findall(
        r'<a [^>]*href="([^"]+)"[^>]*>(?:(?!</a>).)*<span>Import Course Completions</span>', second, re.DOTALL
    )
    page = client.get(start)

    assert "Bulk Imports" in second
    assert (start, page.status_code) == (reverse("imports:start", args=["completions"]), 200)


def test_the_open_page_is_marked_once(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.alice)

    def marked(path: str) -> list[str]:
        return [label for label, active in menu(client, path) if active]

    assert marked("/") == ["Dashboard"]
    assert marked(reverse("person", args=[cast.bob.pk])) == ["People"]
    assert marked(reverse("domain_list")) == ["User domains"]
    assert marked(reverse("organisation_settings")) == ["Organisation"]
    assert marked(reverse("imports:start", args=["completions"])) == ["Upload course CSV"]
    assert marked(reverse("certification_upload")) == ["Upload certification CSV"]
    assert marked(reverse("certification_list")) == ["Certifications"]
    assert marked(reverse("messages:edit", args=["overdue", "de"])) == ["Messages"]
    assert marked(reverse("messages:undelivered")) == ["Mails not delivered"]
    assert marked(reverse("offline_upload")) == ["Upload Offline Records"]
    assert marked(reverse("offline_activity_new")) == ["Activities"]
    assert marked(reverse("offline_category_new")) == ["Categories"]
    assert marked(reverse("profile")) == []
