"""Who runs what when two workers share the tests: some modules stay whole, and nothing long is left to the end.

Modules whose fixtures are costly (servers of their own, a browser, a corpus that is read once) are worth running on one
worker. pytest-xdist's own groups go by a suffix that it adds to node ids, which pytest 9.2 no longer lets it do.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling

WHOLE = (
    "tests/browser/",
    "tests/contract/test_badges.py",
    "tests/faults/",
    "tests/lms/imports/readers/test_corpus.py",
)
DEMO = "tests/lms/embedded/test_demo.py::test_demo_imports_once_keeps_its_data_and_leaves_nothing_behind"
FAULTS = "tests/faults/"


class WholeModules(LoadGroupScheduling):  # type: ignore[misc] # pytest-xdist has no types
    """Gives tests out one by one, but those of WHOLE module by module."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return module if module.startswith(WHOLE) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WholeModules | None:
    """Schedule as above where the Makefile's --dist loadgroup is asked for."""
    return WholeModules(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the demo and, after the tests with a database, with the faults: each takes a minute or more."""

    def place(item: pytest.Item) -> int:
        if item.nodeid == DEMO:
            return 0
        if item.get_closest_marker("django_db"):
            return 1
        return 2 if item.nodeid.startswith(FAULTS) else 3

    items.sort(key=place)
