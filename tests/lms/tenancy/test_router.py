"""Only the owner role migrates."""

import pytest
from pytest_django import Settings

from lms.tenancy.router import OwnerMigratesRouter


def test_with_an_owner_the_application_role_migrates_nothing(settings: Settings) -> None:
    router = OwnerMigratesRouter()
    assert "owner" in settings.DATABASES
    assert (router.allow_migrate("owner", "people"), router.allow_migrate("default", "people")) == (True, False)


def test_without_one_there_is_only_the_default(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(settings.DATABASES, "owner")
    assert OwnerMigratesRouter().allow_migrate("default", "people")
