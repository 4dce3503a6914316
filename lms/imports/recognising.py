"""Recognises what kind of import a file is by its column names; the person confirms it (screens, Dashboard).

A file that was dropped where no kind was chosen carries `KIND_OPEN` among its options until somebody has said what it is.
Public: `KIND_OPEN`, `is_kind_open`, `Guess`, `guess_kinds`, `choose_kind`. In the caller's scope.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lms.audit.services import record_event
from lms.core.text import header_key
from lms.imports.importer import Importer
from lms.imports.mapping import column_names, digest_headers, is_remembered
from lms.imports.models import HeaderMapping, HeaderSynonym, ImportBatch, State
from lms.imports.transitions import StateConflict
from lms.people.models import User

KIND_OPEN: Final = "kind_open"


@dataclass(frozen=True, slots=True)
class Guess:
    """How well a file fits a kind of import."""

    importer: Importer
    found: int  # needed columns that are there by name
    needed: int
    was_chosen: bool = False  # this person has imported a file with the same columns as this kind

    @property
    def is_whole(self) -> bool:
        """Whether every needed column is there."""
        return self.found == self.needed


def is_kind_open(batch: ImportBatch) -> bool:
    """Return whether nobody has said yet what kind of import this is."""
    return bool((batch.options or {}).get(KIND_OPEN))


def guess_kinds(importers: Sequence[Importer], *, batch: ImportBatch, actor: User) -> list[Guess]:
    """Return the kinds, the one that fits best first: chosen before, then most of its needed columns. Two queries."""
    headers = [str(header or "") for header in (batch.sniffed or {}).get("headers") or []]
    if not is_remembered(batch):
        headers = []  # without column names nothing is known
    names = {key for key in map(header_key, headers) if key}
    kinds = [importer.key for importer in importers]
    own_names: dict[tuple[str, str], set[str]] = {}
    for kind, field, key in HeaderSynonym.objects.filter(kind__in=kinds).values_list("kind", "field", "header_key"):
        own_names.setdefault((kind, field), set()).add(key)
    chosen: set[str] = set()
    if names:
        memories = HeaderMapping.objects.filter(person=actor, kind__in=kinds, headers_key=digest_headers(headers))
        chosen = set(memories.values_list("kind", flat=True))
    guesses = [
        Guess(
            importer,
            found=sum(
                bool(names & (column_names(column) | own_names.get((importer.key, column.key), set())))
                for column in importer.columns
                if column.required
            ),
            needed=sum(column.required for column in importer.columns),
            was_chosen=importer.key in chosen,
        )
        for importer in importers
    ]
    return sorted(guesses, key=_rank, reverse=True)  # stable: kinds that fit alike stay in their order


def _rank(guess: Guess) -> tuple[bool, bool, int, float]:
    return guess.was_chosen, guess.is_whole, guess.found, guess.found / max(guess.needed, 1)


def choose_kind(batch: ImportBatch, importer: Importer, *, actor: User) -> None:
    """Say what kind of import a file is; raise StateConflict if that was said already."""
    options = {name: value for name, value in batch.options.items() if name != KIND_OPEN}
    waiting = ImportBatch.objects.filter(
        pk=batch.pk, state__in=[State.UPLOADED, State.REFUSED], options__has_key=KIND_OPEN
    )
    if not waiting.update(kind=importer.key, options=options):
        message = "the kind was chosen already"
        raise StateConflict(message)
    batch.kind, batch.options = importer.key, options
    details = {"number": batch.number, "kind": importer.key}
    record_event("imports.batch.kind_chosen", actor=actor, subject=batch, batch_id=batch.pk, details=details)
