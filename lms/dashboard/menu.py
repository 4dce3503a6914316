"""The left menu and the quick actions: only what the role may use, by the paths of the specification (L-59, L-01).

Public surface: `MenuItem`, `MenuSection`, `build_menu`, `list_bulk_imports`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lms.core.components import Words
from lms.imports.importer import all_importers
from lms.people.models import Role, User
from lms.people.permissions import Permission, permissions_of


@dataclass(frozen=True)
class MenuItem:
    """One entry; `icon` is an id of static/icons.svg. `exact`: marked only on its own page, not on those below."""

    label: Words
    url: str
    icon: str = ""
    exact: bool = False
    active: bool = False


@dataclass(frozen=True)
class MenuSection:
    """Entries under one heading."""

    label: Words
    items: list[MenuItem]


@dataclass(frozen=True)
class BulkImport:
    """A kind of import that the person may start."""

    key: str
    title: Words
    url: str
    sample_url: str  # the template, with sample rows; empty: it is made on the start page, for what is chosen there


def build_menu(request: HttpRequest) -> list[MenuSection]:
    """Return the menu of whoever is signed in, the entry of the open page marked; nothing for nobody."""
    if not isinstance(request.user, User):
        return []
    granted = permissions_of(request.user)
    sections = [MenuSection(label, list(items)) for label, items in _all_entries(request.user, granted)]
    return _mark_open([section for section in sections if section.items], path=request.path)


def list_bulk_imports(granted: Iterable[Permission]) -> list[BulkImport]:
    """Return the kinds of import that somebody with these permissions may start."""
    return [
        BulkImport(
            importer.key,
            importer.title,
            reverse("imports:start", args=[importer.key]),
            "" if importer.template_has_all else reverse("imports:template_xlsx", args=[importer.key]),
        )
        for importer in all_importers()
        if importer.permission in granted
    ]


def _all_entries(person: User, granted: frozenset[Permission]) -> Iterable[tuple[Words, Iterable[MenuItem]]]:
    imports = bool(list_bulk_imports(granted)) or Permission.SEE_OTHERS_IMPORTS in granted
    sees = Permission.SEE_PEOPLE in granted
    records = Permission.IMPORT_OFFLINE_RECORDS in granted
    owns = Permission.MANAGE_ORGANISATION in granted
    yield "", _entries((True, _("Dashboard"), "dashboard", "dashboard"))
    if person.role == Role.LEARNER:
        yield (
            _("Yours"),
            [
                MenuItem(_("Record of Learning"), reverse("record_of_learning", args=[person.pk]), "award"),
                MenuItem(_("Your profile"), reverse("profile"), "user"),
            ],
        )
    yield (
        _("Content"),
        _entries(
            (imports, _("Quick Actions"), "quick_actions", "upload"),
            (sees, _("Courses"), "course_list", "book"),
            (sees, _("Certifications"), "certification_list", "award"),
            (imports, _("Imports"), "imports:list", "history"),
        ),
    )
    yield _("Upload Completion Records"), _list_uploads(granted)
    yield (
        _("Offline Activities"),
        _entries(
            (records, _("Upload Offline Records"), "offline_upload", "upload"),
            (records, _("Activities"), "offline_activity_list", "clipboard"),
            (Permission.MANAGE_OFFLINE_ACTIVITIES in granted, _("Categories"), "offline_category_list", "columns"),
        ),
    )
    yield (
        _("People"),
        _entries((sees, _("People"), "people_list", "user"), (sees, _("Teams"), "team_list", "team")),
    )
    yield (
        _("Reports"),
        _entries(
            (sees, _("Reporting Engine"), "report_list", "table"),
            (sees, _("Compliance"), "compliance_list", "check"),
            (sees, _("Certifications of people"), "certification_attention", "shield"),
            (sees, _("Offline records"), "offline_record_list", "clipboard"),
            (Permission.SEE_AUDIT in granted, _("Audit history"), "audit:history", "clock"),
            (Permission.MANAGE_PEOPLE in granted, _("Mails not delivered"), "messages:undelivered", "mail"),
        ),
    )
    yield (
        _("Settings"),
        _entries(
            (owns, _("Organisation"), "organisation_settings", "settings"),
            (owns, _("Course completions"), "completion_settings", "check"),
            (owns, _("Messages"), "messages:list", "bell"),
            (owns, _("Roles and permissions"), "role_permissions", "shield"),
            (owns, _("User domains"), "domain_list", "columns"),
        ),
    )


def _list_uploads(granted: frozenset[Permission]) -> list[MenuItem]:
    """Return Courses > Upload Completion Records: a file for either kind, and the report (T-01, T-02)."""
    items = []
    if Permission.IMPORT_COMPLETIONS in granted:
        items.append(MenuItem(_("Upload course CSV"), reverse("imports:start", args=["completions"]), "upload"))
    if Permission.IMPORT_CERTIFICATIONS in granted:
        items.append(MenuItem(_("Upload certification CSV"), reverse("certification_upload"), "award"))
        items.append(MenuItem(_("Certification import report"), reverse("certification_report"), "table"))
    return items


def _entries(*entries: tuple[bool, Words, str, str]) -> list[MenuItem]:
    return [
        MenuItem(label, reverse(name), icon, exact=name == "dashboard")
        for allowed, label, name, icon in entries
        if allowed
    ]


def _mark_open(sections: list[MenuSection], *, path: str) -> list[MenuSection]:
    """Mark the entry whose address is the longest beginning of the open page's."""

    def fits(item: MenuItem) -> bool:
        return path == item.url if item.exact else path.startswith(item.url)

    urls: list[Any] = [item.url for section in sections for item in section.items if fits(item)]
    if not urls:
        return sections
    nearest = max(urls, key=len)
    return [
        MenuSection(section.label, [replace(item, active=item.url == nearest) for item in section.items])
        for section in sections
    ]
