"""No importer without the contract."""

import pkgutil
from importlib import import_module
from pathlib import Path

from lms.imports.importer import all_importers
from tests.contract.suite import AllOrNothingContract, FreeRowsContract, RowByRowContract


def test_every_registered_importer_has_a_subclass_of_the_suite() -> None:
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.name.startswith("test_") and module.name != Path(__file__).stem:
            import_module(f"tests.contract.{module.name}")
    suites = (RowByRowContract, AllOrNothingContract, FreeRowsContract)
    held = {kind.kind for suite in suites for kind in suite.__subclasses__()}
    assert {importer.key for importer in all_importers()} - held == set()
