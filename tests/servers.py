"""pytest plugin (see addopts): starts the real servers once for a test run, before Django reads its settings.

The process that the terminal started owns the servers; the workers of pytest-xdist inherit their addresses. What
is shared is kept apart by the worker's name: the database (pytest-django adds a suffix), broker keys and queues
(BROKER_KEY_PREFIX), files and logs (DATA_DIR). Servers named by the environment are used as they are.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lms.embedded.processes import EmbeddedServerError
from lms.embedded.servers import ensure_servers

RUN_DIRECTORY = "ROLLBOOK_TEST_RUN"
OWN_POSTGRES = "ROLLBOOK_TEST_OWN_POSTGRES"
_running = ExitStack()


def make_reachable_directory() -> Path:
    """Return a new temporary directory that servers run as another account can enter, as pytest's own are not."""
    directory = Path(tempfile.mkdtemp(prefix="rollbook-tests-"))
    directory.chmod(0o755)
    return directory


def start_servers() -> None:
    """Start what is missing and put the addresses into the environment of this process and its workers."""
    directory = make_reachable_directory()
    _running.callback(shutil.rmtree, directory, ignore_errors=True)
    servers = _running.enter_context(ensure_servers(directory=directory, durable=False, with_mail=False))
    os.environ.update(servers.environment)
    os.environ[RUN_DIRECTORY] = str(directory)
    os.environ[OWN_POSTGRES] = "yes" if servers.postgres else ""
    os.environ["HASHED_STATIC_FILES"] = "false"  # nothing is collected
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)  # pyproject.toml names it


def keep_worker_apart() -> None:
    """Give this worker its own folder and its own corner of the broker."""
    directory = Path(os.environ[RUN_DIRECTORY])
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    os.environ["BROKER_KEY_PREFIX"] = f"{directory.name}-{worker}:"
    os.environ["DATA_DIR"] = str(directory / worker)
    (directory / worker / "static").mkdir(parents=True)  # whitenoise warns if it is absent
    os.environ["HASHED_STATIC_FILES"] = "false"  # static files as they lie in the folders, without collectstatic
    if os.environ["STORAGE_URL"].startswith("file://"):
        os.environ["STORAGE_URL"] = f"file://{directory / worker / 'files'}"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Run before pytest-django, which imports the settings in the same hook."""
    options = early_config.known_args_namespace
    if not (options.help or options.version):
        if "PYTEST_XDIST_WORKER" not in os.environ:
            try:
                start_servers()
            except EmbeddedServerError as error:
                _running.close()
                raise pytest.UsageError(str(error)) from error
        keep_worker_apart()
    return (yield)


def pytest_unconfigure() -> None:
    """Stop what this process has started."""
    _running.close()


# pytest leaves the hook out when a conftest file cannot be imported.
atexit.register(_running.close)
