"""Which certification a reference of a file means (T-17, T-20 to T-24, T-28, T-29), and which references are doubtful (T-23).

Public: `match_references`, `compare_references`.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from certifications.models import Certification
from certifications.references import Reference, exact, folded, split_key
from lms.imports.columns import RowProblem
from lms.imports.importer import NO_ITEM, NoItem

_NOT_FOUND = "R202"
_DO_NOT_FIT = "R203"


class _Catalogue(NamedTuple):
    """The certifications in reach that a block of references may mean, by their references as they are compared."""

    by_short_name: dict[str, int]
    by_id_number: dict[str, int]


def match_references(
    keys: Collection[str], *, usable: QuerySet[Certification], ignore_case: bool, makes_evidence: bool
) -> dict[str, int | NoItem | RowProblem]:
    """Return what each key of `references.join_key` means: an id of `usable`, evidence (NO_ITEM), or a problem. One query.

    Of two references both have to fit the same certification. Two that belong to two are an error also where evidence
    is made; what is out of reach is unknown.
    """
    references = {key: split_key(key) for key in keys}
    found = _load(references.values(), usable=usable, ignore_case=ignore_case)
    return {key: _match(reference, found, makes_evidence=makes_evidence) for key, reference in references.items()}


def _load(references: Collection[Reference], *, usable: QuerySet[Certification], ignore_case: bool) -> _Catalogue:
    short_names = sorted({folded(reference.short_name) for reference in references if reference.short_name})
    id_numbers = sorted({folded(reference.id_number) for reference in references if reference.id_number})
    fits = Q(short_name_key__in=_as_set(short_names)) | Q(id_number_key__in=_as_set(id_numbers))
    compare = folded if ignore_case else exact
    found = _Catalogue({}, {})
    for pk, short_name, id_number in usable.filter(fits).values_list("pk", "short_name", "id_number"):
        found.by_short_name[compare(short_name)] = pk
        if id_number:
            found.by_id_number[compare(id_number)] = pk
    return found


def _as_set(values: Sequence[str]) -> RawSQL:
    """Return the values as one array parameter instead of thousands of parameters."""
    return RawSQL("SELECT unnest(%s::text[])", [values])


def _match(reference: Reference, found: _Catalogue, *, makes_evidence: bool) -> int | NoItem | RowProblem:
    field = "certificationshortname" if reference.short_name else "certificationidnumber"
    by_short_name = found.by_short_name.get(reference.short_name) if reference.short_name else None
    by_id_number = found.by_id_number.get(reference.id_number) if reference.id_number else None
    if not all(reference):
        match = by_short_name if reference.short_name else by_id_number
        if match is not None:
            return match
    elif by_short_name is not None and by_id_number is not None:
        return by_short_name if by_short_name == by_id_number else (_DO_NOT_FIT, field, {})
    if makes_evidence:
        return NO_ITEM
    is_half_known = by_short_name is not None or by_id_number is not None
    return (_DO_NOT_FIT if is_half_known else _NOT_FOUND, field, {})


def compare_references(keys: Collection[str]) -> dict[str, list[RowProblem]]:
    """Return R204 for every key whose ID number stands with another short name elsewhere in the file (T-23)."""
    named: defaultdict[str, dict[str, str]] = defaultdict(dict)  # ID number -> short name -> key
    for key in keys:
        reference = split_key(key)
        if all(reference):
            named[reference.id_number][reference.short_name] = key
    return {
        key: [("R204", "certificationidnumber", _name_two(id_number, short_name, sorted(keys_of)))]
        for id_number, keys_of in named.items()
        if len(keys_of) > 1
        for short_name, key in keys_of.items()
    }


def _name_two(id_number: str, own: str, names: Sequence[str]) -> dict[str, str]:
    """Return the parameters of R204: the row's own short name and the first other, in their order."""
    other = next(name for name in names if name != own)
    first, second = sorted((own, other))
    return {"value": id_number, "id": id_number, "a": first, "b": second}
