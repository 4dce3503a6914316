"""A fourth importer is one app: badges hold to the contract, and the engine was not touched for them."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from pytest_django import DjangoDbBlocker

from lms.imports import importer as registry
from lms.notifications import kinds
from lms.tenancy.scope import tenant_scope
from tests.contract.suite import FreeRowsContract
from tests.plugins.cast import Cast

APP = "tests.contract.badges"


@pytest.fixture(scope="module", autouse=True)
def badges(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The app is installed and its tables are made by its own migration, while this module runs."""
    del django_db_setup
    apps.set_installed_apps([*settings.INSTALLED_APPS, APP])
    registry.discover_importers()
    with django_db_blocker.unblock():
        MigrationExecutor(connections["owner"]).migrate([("badges", "0001_badges")])
    try:
        yield
    finally:
        with django_db_blocker.unblock():
            MigrationExecutor(connections["owner"]).migrate([("badges", None)])
        apps.unset_installed_apps()
        registry._registry.pop("badges")  # noqa: SLF001 - the product unregisters nothing
        kinds._registry.pop("badge_awarded")  # noqa: SLF001


class TestBadges(FreeRowsContract):
    """Badges."""

    kind = "badges"
    message_kind = "badge_awarded"
    tables = ("badges_award",)
    free_item = "Home-made cup"

    def prepare(self, cast: Cast) -> None:
        from tests.contract.badges.models import Badge

        for tenant in (cast.acme, cast.zebra):
            with tenant_scope(tenant.pk):
                Badge.objects.create(tenant=tenant, code_key="gold")

    def file(self, *people: str, item: str = "", day: str = "2024-05-01") -> str:
        return "username,badge,awarded on,ends on\n" + "".join(f"{name},{item or 'Gold'},{day},\n" for name in people)

    def close_item(self, cast: Cast) -> None:
        from tests.contract.badges.models import Badge

        with tenant_scope(cast.acme.pk):
            Badge.objects.update(is_retired=True)
