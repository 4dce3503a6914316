"""Recognises what kind of import a file is, by its template or its column names; the person confirms it (screens, Dashboard).

A file that was dropped where no kind was chosen carries `KIND_OPEN` among its options until somebody has said what it is.
What a file says about itself fills in what nobody has chosen (S-36), and refuses it where it contradicts (S-26, S-43).
Public: `KIND_OPEN`, `STARTS_CHECK`, `is_kind_open`, `Guess`, `guess_kinds`, `choose_kind`, `recognise_file`, `Recognised`.
In the caller's scope.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lms.audit.services import record_event
from lms.core.text import header_key
from lms.imports.columns import Column
from lms.imports.importer import Importer
from lms.imports.mapping import column_names, digest_headers, is_remembered
from lms.imports.models import HeaderMapping, HeaderSynonym, ImportBatch, State
from lms.imports.readers.facts import Sniffed
from lms.imports.transitions import StateConflict, change_state
from lms.people.models import User

KIND_OPEN: Final = "kind_open"
STARTS_CHECK: Final = "starts_check"  # in a batch's mapping, as long as nobody has mapped its columns
_NOTHING: Final = (None, "")  # an option that is not chosen yet


@dataclass(frozen=True, slots=True)
class Guess:
    """How well a file fits a kind of import."""

    importer: Importer
    found: int  # columns by which it is known that are there by name
    needed: int
    was_chosen: bool = False  # this person has imported a file with the same columns as this kind
    is_own: bool = False  # the file is a template of this kind (S-36)

    @property
    def is_whole(self) -> bool:
        """Whether every needed column is there."""
        return self.found == self.needed


def is_kind_open(batch: ImportBatch) -> bool:
    """Return whether nobody has said yet what kind of import this is."""
    return bool((batch.options or {}).get(KIND_OPEN))


def guess_kinds(importers: Sequence[Importer], *, batch: ImportBatch, actor: User) -> list[Guess]:
    """Return the kinds, the one that fits best first: its own template, chosen before, most of its needed columns.

    Two queries, and those of the kinds to recognise their templates.
    """
    headers = [str(header or "") for header in (batch.sniffed or {}).get("headers") or []]
    picture = Sniffed.from_json(batch.sniffed) if batch.sniffed else None
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
                for column in _telling(importer)
            ),
            needed=len(_telling(importer)),
            was_chosen=importer.key in chosen,
            is_own=bool(picture and importer.recognise(picture, options={}, actor=actor).is_own),
        )
        for importer in importers
    ]
    return sorted(guesses, key=_rank, reverse=True)  # stable: kinds that fit alike stay in their order


def _telling(importer: Importer) -> list[Column]:
    """Return the columns by which a kind is known: the needed ones, or all that its template has before any choice."""
    return [column for column in importer.columns if column.required or importer.template_has_all]


def _rank(guess: Guess) -> tuple[bool, bool, bool, int, float]:
    return guess.is_own, guess.was_chosen, guess.is_whole, guess.found, guess.found / max(guess.needed, 1)


@dataclass(frozen=True, slots=True)
class Recognised:
    """What is chosen for a file once it has spoken for itself, and what speaks against it (F009, F014)."""

    options: dict[str, Any]
    problems: list[dict[str, Any]]


def recognise_file(importer: Importer, sniffed: Sniffed, *, options: Mapping[str, Any], actor: User) -> Recognised:
    """Return the options with what the file says about itself where nothing was chosen, and the problems of both."""
    found = importer.recognise(sniffed, options=options, actor=actor)
    filled = {name: value for name, value in found.options.items() if options.get(name) in _NOTHING}
    return Recognised({**options, **filled}, [dict(problem) for problem in found.problems])


def choose_kind(batch: ImportBatch, importer: Importer, *, actor: User) -> None:
    """Say what kind of import a file is that was looked at; raise StateConflict if that was said already.

    What the file says about itself is taken with it, or refuses it. For a kind whose check starts by itself, the caller
    goes on with `starting.start_by_itself`.
    """
    options = {name: value for name, value in batch.options.items() if name != KIND_OPEN}
    found = recognise_file(importer, Sniffed.from_json(batch.sniffed or {}), options=options, actor=actor)
    changes: dict[str, Any] = {"kind": importer.key, "options": found.options}
    if importer.starts_check:
        changes["mapping"] = {**batch.mapping, STARTS_CHECK: True}
    waiting = ImportBatch.objects.filter(
        pk=batch.pk, state__in=[State.UPLOADED, State.REFUSED], options__has_key=KIND_OPEN
    )
    if not waiting.update(**changes):
        message = "the kind was chosen already"
        raise StateConflict(message)
    for name, value in changes.items():
        setattr(batch, name, value)
    if found.problems and batch.state == State.UPLOADED:
        problems = [*found.problems, *batch.upload_problems]
        change_state(batch, to=State.REFUSED, expected=[State.UPLOADED], problems=problems, sniffed={})
    details = {"number": batch.number, "kind": importer.key}
    record_event("imports.batch.kind_chosen", actor=actor, subject=batch, batch_id=batch.pk, details=details)
