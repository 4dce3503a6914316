"""Which column of a file holds which field: suggest, check, remember (E-57, E-08 to E-11).

Public: `Mapping`, `Suggestion`, `Proposal`, `CHECK_FIELDS`, `suggest_mapping`, `chosen_mapping`, `header_names`,
`digest_headers`, `column_names`, `remember_mapping`, `save_preset`, `sample_values`. Writes nothing but remembered mappings.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from lms.core.text import clean_text, header_key, match_key
from lms.imports.columns import Cell, Column, cell_text
from lms.imports.importer import Importer, get_importer
from lms.imports.models import HeaderMapping, HeaderSynonym, ImportBatch
from lms.imports.remembering import Settings, recall_settings, remember_settings
from lms.imports.results.columns import is_added_header
from lms.people.models import User
from lms.people.selectors import visible_people

# How the column of the person is understood (E-08): the key stored with the mapping -> what the screen says.
FIND_BY: Final[dict[str, Any]] = {
    "username": _("Username"),
    "email": _("E-mail address"),
    "employee_id": _("Employee id"),
}
# Columns that are compared with the person found and never stored (E-10).
CHECK_FIELDS: Final[dict[str, Any]] = {
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "full_name": _("Full name"),
    "email": _("E-mail address"),
    "employee_id": _("Employee id"),
}
_IDENTIFIER_NAMES: Final = {
    "email": ("email", "mail", "emailaddress", "emailadresse"),
    "employee_id": (
        "employeeid", "employeenumber", "employeeno", "personalnr", "personalnr.", "personalnummer",
        "mitarbeiternummer", "mitarbeiternr", "mitarbeiterid",
    ),
}  # fmt: skip
_MAX_SAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Mapping:
    """What `ImportBatch.mapping` holds; see the model."""

    columns: dict[str, int] = field(default_factory=dict)
    find_by: str = "username"
    fixed: dict[str, str] = field(default_factory=dict)
    checks: dict[str, int] = field(default_factory=dict)
    date_format: str = ""
    completed_statuses: list[str] | None = None
    date_order_answered: bool = False
    absent: list[str] = field(default_factory=list)  # needed fields that the file plainly does not have (T-75)

    def to_json(self) -> dict[str, Any]:
        """Return plain data that fits a jsonb column."""
        return {
            "columns": self.columns,
            "find_by": self.find_by,
            "fixed": self.fixed,
            "checks": self.checks,
            "date_format": self.date_format,
            "completed_statuses": self.completed_statuses,
            "date_order_answered": self.date_order_answered,
            "absent": self.absent,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Mapping":
        """Return the mapping that was stored; what is missing has its default."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The column proposed for a field: `reason` is exact, name, remembered, chosen, or empty for none.

    `candidates` are the columns that fit equally well where none was chosen.
    """

    column: int | None = None
    reason: str = ""
    candidates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """The mapping page as it is filled in before anybody has touched it."""

    mapping: Mapping
    suggestions: dict[str, Suggestion]
    options: dict[str, Any]
    is_exact: bool  # everything needed was recognised by exact names
    memory: str = ""  # "": nothing remembered, "own": the person's last choice, else the name of a preset


def header_names(batch: ImportBatch) -> list[str]:
    """Return a name for every column of the file, "Column n" where it has none (L-18, L-63)."""
    headers = [str(header or "") for header in (batch.sniffed or {}).get("headers") or []]
    return [header or str(_("Column %(n)s")) % {"n": place} for place, header in enumerate(headers, start=1)]


def digest_headers(headers: Sequence[str]) -> str:
    """Return the key under which a set of column names is remembered; the order of the columns counts."""
    return hashlib.sha256("\x1f".join(header_key(header) for header in headers).encode()).hexdigest()


def sample_values(batch: ImportBatch, column: int) -> list[str]:
    """Return up to three values of a column, in the order of the file."""
    rows: list[tuple[int, list[Cell]]] = (batch.sniffed or {}).get("sample_rows") or []
    texts = (clean_text(cell_text(cells[column])) for _, cells in rows if column < len(cells))
    return list(dict.fromkeys(text for text in texts if text))[:_MAX_SAMPLES]


def is_remembered(batch: ImportBatch) -> bool:
    """Return whether this file's mapping can be remembered: only files with column names."""
    return bool((batch.sniffed or {}).get("header_row"))


def suggest_mapping(importer: Importer, *, batch: ImportBatch, actor: User) -> Proposal:
    """Return what to propose: exact names first, synonyms next, and the choice remembered for this header set on top.

    A column is proposed once; a field that two columns fit equally gets none. Three queries at most.
    """
    headers = [str(header or "") for header in (batch.sniffed or {}).get("headers") or []]
    suggestions = _match_names(importer, headers) if is_remembered(batch) else {}
    memory = _recall(importer, headers, actor=actor) if is_remembered(batch) else None
    remembered = _still_known(Mapping.from_json(memory.mapping), importer) if memory else None
    if remembered:
        suggestions = _overlay(suggestions, remembered)
    for column in importer.columns:
        suggestions.setdefault(column.key, Suggestion())
    columns = {key: found.column for key, found in suggestions.items() if found.column is not None}
    mapping = Mapping(
        columns=columns,
        find_by=importer.find_by
        or (remembered.find_by if remembered else _guess_find_by(importer, columns, batch=batch, actor=actor)),
        fixed={},
        checks=remembered.checks if remembered else {},
        date_format=_propose_date_format(importer, batch=batch, remembered=remembered, actor=actor),
        completed_statuses=remembered.completed_statuses if remembered else None,
        date_order_answered=bool(remembered and remembered.date_order_answered),
    )
    needed = [column.key for column in importer.columns if column.required]
    return Proposal(
        mapping=mapping,
        suggestions=suggestions,
        options=memory.options if memory else {},
        is_exact=all(suggestions[key].reason == "exact" for key in needed),
        memory=(memory.name or "own") if memory else "",
    )


def chosen_mapping(importer: Importer, *, batch: ImportBatch) -> Proposal:
    """Return the mapping a person has already chosen for this batch, for the same page."""
    mapping = Mapping.from_json(batch.mapping)
    if importer.find_by:
        mapping = replace(mapping, find_by=importer.find_by)
    suggestions = {
        column.key: Suggestion(mapping.columns.get(column.key), "chosen" if column.key in mapping.columns else "")
        for column in importer.columns
    }
    return Proposal(mapping=mapping, suggestions=suggestions, options=batch.options, is_exact=False)


def _propose_date_format(importer: Importer, *, batch: ImportBatch, remembered: Mapping | None, actor: User) -> str:
    """Return how dates are written: as said at the upload, as for these columns last time, as in any file last time."""
    said = str(batch.mapping.get("date_format") or "")
    known = said or (remembered.date_format if remembered else "") or recall_settings(actor, importer).date_format
    return known or preset_date_format(importer, actor=actor)


def preset_date_format(importer: Importer, *, actor: User) -> str:
    """Return the date format of the person's profile where the kind offers it, else the first on offer (E-03)."""
    names = [name for name, _label in importer.date_formats(actor)]
    own = own_date_format(actor)
    return own if own in names else names[0]


def own_date_format(actor: User) -> str:
    """Return the date format of the person's profile, or the organisation's (L-17)."""
    return actor.date_format or actor.tenant.date_format


def _exact_keys(column: Column) -> set[str]:
    """Return the names that are the field's own: its key, that in its template, and its label in both languages."""
    names = {column.key, column.header}
    for language in ("en", "de"):
        with override(language):
            names.add(str(column.label))
    return {header_key(name) for name in names if name}


def _match_names(importer: Importer, headers: Sequence[str]) -> dict[str, Suggestion]:
    keys = ["" if is_added_header(header) else header_key(header) for header in headers]
    synonyms = dict(HeaderSynonym.objects.filter(kind=importer.key).values_list("header_key", "field"))
    found: dict[str, Suggestion] = {}
    taken: set[int] = set()
    for reason in ("exact", "tenant", "name"):
        for column in importer.columns:
            if column.key in found:
                continue
            if reason == "exact":
                wanted = _exact_keys(column)
            elif reason == "tenant":
                wanted = {key for key, name in synonyms.items() if name == column.key}
            else:
                wanted = set(column.header_keys)
            fitting = tuple(place for place, key in enumerate(keys) if key and key in wanted and place not in taken)
            if len(fitting) == 1:
                found[column.key] = Suggestion(fitting[0], "exact" if reason == "exact" else "name")
                taken.add(fitting[0])
            elif fitting:
                found[column.key] = Suggestion(candidates=fitting)
    return found


def _overlay(suggestions: dict[str, Suggestion], remembered: Mapping) -> dict[str, Suggestion]:
    """Put the remembered choice on top; a column it uses elsewhere is no longer proposed by its name."""
    used = set(remembered.columns.values())
    merged = {
        key: found
        for key, found in suggestions.items()
        if found.column is None or found.column not in used or remembered.columns.get(key) == found.column
    }
    for key, column in remembered.columns.items():
        if key not in merged or merged[key].column != column:
            merged[key] = Suggestion(column, "remembered")
    return merged


def _still_known(remembered: Mapping, importer: Importer) -> Mapping:
    """Leave out the fields that an import like this one does not have: they would take the column of another field."""
    known = {column.key for column in importer.columns}
    return replace(remembered, columns={key: place for key, place in remembered.columns.items() if key in known})


def _recall(importer: Importer, headers: Sequence[str], *, actor: User) -> HeaderMapping | None:
    """Return the person's last choice for these column names, else the organisation's newest preset (E-11)."""
    found = HeaderMapping.objects.filter(
        Q(person=actor) | Q(person=None), kind=importer.key, headers_key=digest_headers(headers)
    )
    return min(found, key=lambda memory: (memory.person_id is None, -memory.updated_at.timestamp()), default=None)


def _guess_find_by(importer: Importer, columns: dict[str, int], *, batch: ImportBatch, actor: User) -> str:
    """Return the identifier that finds most people among the sample values; by the column's name where none does."""
    person = next((column.key for column in importer.columns if column.kind == "person"), None)
    if person is None or person not in columns:
        return "username"
    values = [match_key(text) for text in sample_values(batch, columns[person])]
    counts = visible_people(actor).aggregate(
        username=Count("pk", filter=Q(username_key__in=values)),
        email=Count("pk", filter=Q(email_key__in=values)),
        employee_id=Count("pk", filter=Q(employee_id_key__in=values)),
    ) if values else {}  # fmt: skip
    best = max(FIND_BY, key=lambda name: counts.get(name, 0))
    if counts.get(best):
        return best
    key = header_key(str((batch.sniffed or {})["headers"][columns[person]]))
    return next((name for name, names in _IDENTIFIER_NAMES.items() if key in names), "username")


def unused_columns(batch: ImportBatch, mapping: Mapping) -> list[str]:
    """Return the names of the file's columns that are not read; those we added ourselves are not listed (E-29)."""
    used = {*mapping.columns.values(), *mapping.checks.values()}
    headers = (batch.sniffed or {}).get("headers") or []
    return [
        name
        for place, name in enumerate(header_names(batch))
        if place not in used and not is_added_header(str(headers[place] or ""))
    ]


def missing_columns(importer: Importer, mapping: Mapping) -> list[Column]:
    """Return the needed fields without a column, a value for the whole file, or the word that there are none (F004)."""
    return [
        column
        for column in importer.columns
        if column.required
        and column.key not in mapping.columns
        and not mapping.fixed.get(column.key)
        and not (column.absent_label and column.key in mapping.absent)
    ]


def repeated_columns(mapping: Mapping) -> set[int]:
    """Return the columns that are mapped to more than one field (F005). A check column may repeat the person's."""
    seen: set[int] = set()
    repeated: set[int] = set()
    for column in mapping.columns.values():
        (repeated if column in seen else seen).add(column)
    return repeated


def remember_mapping(batch: ImportBatch, *, actor: User, mapping: Mapping, options: dict[str, Any]) -> None:
    """Keep this choice for the person and these column names (E-11); values for a whole file are not kept.

    For kinds that remember settings whatever the columns, those are kept too (T-04).
    """
    said = Settings(options, mapping.date_format, batch.read_options)
    remember_settings(actor, get_importer(batch.kind), said)
    _keep(batch, person=actor, name="", mapping=mapping, options=options)


def is_preset(batch: ImportBatch, *, name: str) -> bool:
    """Return whether the organisation has a preset of this name for these columns."""
    headers = [str(header or "") for header in (batch.sniffed or {}).get("headers") or []]
    presets = HeaderMapping.objects.filter(kind=batch.kind, person=None, name=name)
    return presets.filter(headers_key=digest_headers(headers)).exists()


def save_preset(batch: ImportBatch, *, name: str, mapping: Mapping, options: dict[str, Any]) -> None:
    """Share this choice with the organisation under a name; the same name for the same columns is replaced (E-11)."""
    _keep(batch, person=None, name=name, mapping=mapping, options=options)


def _keep(batch: ImportBatch, *, person: User | None, name: str, mapping: Mapping, options: dict[str, Any]) -> None:
    if not is_remembered(batch):
        return
    headers = [str(header or "") for header in (batch.sniffed or {})["headers"]]
    HeaderMapping.objects.update_or_create(
        tenant_id=batch.tenant_id,
        kind=batch.kind,
        person=person,
        name=name,
        headers_key=digest_headers(headers),
        defaults={
            "mapping": replace(mapping, fixed={}, absent=[]).to_json(),
            "options": options,
            "read_options": batch.read_options,
        },
    )


def column_names(column: Column) -> frozenset[str]:
    """Return every name by which a field is known from the start, as `header_key` compares names."""
    return column.header_keys | _exact_keys(column)
