"""Fixtures around the servers of a test run (tests/servers.py starts them), and the rule for two database roles."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker, Settings

from lms.embedded.mailcatcher import MailCatcher, catch_mail
from lms.embedded.servers import Servers, ensure_servers
from tests.servers import OWN_POSTGRES, make_reachable_directory

pytest_plugins = [
    "tests.plugins.cast",
    "tests.plugins.running",
    "tests.plugins.days",
    "tests.plugins.emptying",
    "tests.plugins.hashing",
    "tests.plugins.reading",
    "tests.plugins.scheduling",
]

BROWSERS = ("chromium", "chromium-headless-shell", "google-chrome")
TRANSACTIONAL_FIXTURES = {"transactional_db", "live_server", "django_db_reset_sequences"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every test with a database name both aliases.

    `default` is the application role's view of the owner's test database: only the owner can create it, and only
    the owner may flush it. A transactional test that names `default` alone would leave its rows to the next test.
    """
    for item in items:
        marker = item.get_closest_marker("django_db")
        if uses_database(item, marker=marker) and not (marker and marker.kwargs.get("databases")):
            arguments = dict(marker.kwargs) if marker else {}
            arguments |= {"databases": ["default", "owner"]}
            if is_transactional(item, marker=marker):
                arguments["transaction"] = True
            item.add_marker(pytest.mark.django_db(**arguments), append=False)


def uses_database(item: pytest.Item, *, marker: pytest.Mark | None) -> bool:
    """Tell whether the test touches the database at all."""
    wanted = {"db", *TRANSACTIONAL_FIXTURES}
    return marker is not None or not wanted.isdisjoint(getattr(item, "fixturenames", ()))


def is_transactional(item: pytest.Item, *, marker: pytest.Mark | None) -> bool:
    """Tell whether the test commits for real."""
    wanted = marker is not None and bool(marker.kwargs.get("transaction") or marker.kwargs.get("reset_sequences"))
    return wanted or not TRANSACTIONAL_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None,  # noqa: ARG001 (pytest-django's own fixture, run before this one)
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """pytest-django's database, with the application role's connection closed before the owner drops it."""
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Leave the test databases to the end of their server, which no forgotten connection can hold up."""
    return bool(os.environ[OWN_POSTGRES])


@pytest.fixture
def mail_catcher(settings: Settings) -> Iterator[MailCatcher]:
    """A real SMTP server for this test; Django's own mails go there."""
    with catch_mail() as catcher:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = catcher.port
        yield catcher


@pytest.fixture(scope="module")
def private_servers() -> Iterator[Servers]:
    """PostgreSQL and a broker of this module's own, for tests that crash them; the database is empty.

    Tests reach them by `environment`, in processes they start themselves.
    """
    directory = make_reachable_directory()
    try:
        with ensure_servers(directory=directory, durable=False, with_mail=False, given={}) as servers:
            yield servers
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser to drive. Without one the test is skipped, with words; with CI=true it fails."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        message = f"no browser: none of {', '.join(BROWSERS)} is installed (Debian: apt install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return Path(found)
