"""Fixtures of the fault tests: one plant for each module, on servers of its own that may be crashed, and its twin run.

Every disturbed import is compared with its twin: the same file in an equal organisation with nothing in the way.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lms.embedded.servers import Servers
from tests.faults.plant import Plant, Twin, run_twin, write_file


@pytest.fixture(scope="module")
def plant(private_servers: Servers) -> Iterator[Plant]:
    """A product of this module's own."""
    with ExitStack() as stack:
        yield Plant(private_servers, stack=stack)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that all of them import: 1,500 rows, some of them bad."""
    return write_file(tmp_path_factory.mktemp("files") / "file.csv")


@pytest.fixture(scope="module")
def twin(plant: Plant, file: Path) -> Twin:
    """What the undisturbed twin holds after the import, and after undoing it."""
    return run_twin(plant, file)
