"""The nearest certification to a reference that fits none, of those the actor may use (T-34).

One query; the comparing is done here, for the values on the shown page only. Public: `suggest_certifications`,
`read_words`.
"""

from collections.abc import Collection
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from certifications.references import Reference, folded
from certifications.selectors import usable_certifications
from lms.people.models import User
from lms.people.permissions import Permission

# More references than this are on no page; more certifications than this are compared with nothing.
_MOST_REFERENCES: Final = 100
_MOST_CANDIDATES: Final = 2_000
_NEAR: Final = 0.72
_BETWEEN: Final = " / "  # as `Reference.words` joins them


def read_words(words: str) -> Reference:
    """Return the reference that a problem shows; one part alone may be a short name or an ID number."""
    short_name, between, id_number = words.rpartition(_BETWEEN)
    return Reference(short_name, id_number) if between else Reference(words, words)


class _Candidate(NamedTuple):
    """A certification in reach: its folded texts, and how it is shown."""

    short_name: str
    id_number: str
    name: str
    shown: str


def suggest_certifications(references: Collection[Reference], *, actor: User) -> dict[Reference, str]:
    """Return "short name, name" of the nearest certification for each reference; one that nothing is near to is absent."""
    wanted = list(references)[:_MOST_REFERENCES]
    if not wanted:
        return {}
    usable = usable_certifications(actor, permission=Permission.IMPORT_CERTIFICATIONS).order_by("short_name_key")
    candidates = [
        _Candidate(short_name, id_number, folded(name), f"{shown} {name}")
        for short_name, id_number, shown, name in usable.values_list(
            "short_name_key", "id_number_key", "short_name", "name"
        )[:_MOST_CANDIDATES]
    ]
    found = {reference: _find_nearest(reference, candidates) for reference in wanted}
    return {reference: shown for reference, shown in found.items() if shown}


def _find_nearest(reference: Reference, candidates: Collection[_Candidate]) -> str:
    best, shown = _NEAR, ""
    matcher = SequenceMatcher(autojunk=False)
    for text, is_number in ((folded(reference.short_name), False), (folded(reference.id_number), True)):
        if not text:
            continue
        matcher.set_seq2(text)
        for candidate in candidates:
            for other in (candidate.id_number,) if is_number else (candidate.short_name, candidate.name):
                matcher.set_seq1(other)
                if other and matcher.real_quick_ratio() >= best and matcher.quick_ratio() >= best:
                    ratio = matcher.ratio()
                    if ratio > best or (ratio == best and not shown):
                        best, shown = ratio, candidate.shown
    return shown
