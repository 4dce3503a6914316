"""The registry of importers."""

import pytest

from completions.importers import CompletionsImporter
from lms.imports.importer import Importer, all_importers, discover_importers, get_importer, register


def test_importers_are_found_by_their_file_name_and_known_by_their_key() -> None:
    found = {importer.key: importer for importer in all_importers()}
    assert "completions" in found
    assert all(get_importer(key) is importer for key, importer in found.items())
    discover_importers()
    assert {importer.key: importer for importer in all_importers()} == found, "looking twice changes nothing"


def test_an_unknown_key_is_a_lookup_error() -> None:
    with pytest.raises(LookupError):
        get_importer("payroll")


def test_two_kinds_cannot_share_a_key() -> None:
    class Impostor(CompletionsImporter):
        """Another kind of that name."""

    with pytest.raises(ValueError, match="two importers are called 'completions'"):
        register(Impostor())


def test_an_importer_that_does_not_fulfil_the_contract_cannot_be_made() -> None:
    unfinished = type("Unfinished", (Importer,), {"key": "unfinished"})
    with pytest.raises(TypeError, match="abstract"):
        unfinished()
