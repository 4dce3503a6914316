"""Near misses for the values on the shown page, within the actor's reach only: "Did you mean" (L-07, L-11, W8).

One query for people, one for items; the comparing is done here, on a few candidates. Nothing outside the reach can
be learned from the answer. Public: `suggest_people`, `suggest_items`.
"""

import re
from collections.abc import Collection, Iterable
from difflib import SequenceMatcher
from functools import reduce
from operator import or_
from typing import Final

from django.db.models import Q, QuerySet

from lms.core.text import match_key
from lms.imports.importer import Importer
from lms.people.models import User

SHOWN: Final = 3
# More values than this are on no page; more candidates than this are compared with nobody.
_MOST_VALUES: Final = 20
_MOST_CANDIDATES: Final = 4_000
_NEAR: Final = 0.72
_NEAR_ITEM: Final = 0.7
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_KEYS: Final = {"username": "username_key", "email": "email_key", "employee_id": "employee_id_key"}
_FIELDS: Final = {"username": "username", "email": "email", "employee_id": "employee_id"}
_NAME_HIT: Final = 0.8
# What is this much farther away than the nearest is not worth saying.
_AS_NEAR: Final = 0.1
# A year in its name is the mark of an edition that has been replaced.
_YEAR: Final = re.compile(r"\b(19|20)\d\d\b")
_OLD_EDITION: Final = 0.15


def suggest_people(values: Collection[str], *, find_by: str, reach: QuerySet[User]) -> dict[str, list[str]]:
    """Return, for each value, the nearest identifiers of people in the reach; values without one are absent."""
    # Any number has neighbours that differ by a digit: they say nothing.
    texts = {value: match_key(value) for value in list(values)[:_MOST_VALUES]}
    wanted = {value: text for value, text in texts.items() if text and not text.isdecimal()}
    if not wanted:
        return {}
    key, shown = _KEYS[find_by], _FIELDS[find_by]
    near = reduce(or_, (condition for text in wanted.values() for condition in _could_be(key, text)))
    people = reach.filter(near).exclude(**{key: ""}).order_by(key)
    candidates = dict(people.values_list(key, shown)[:_MOST_CANDIDATES])
    found = {}
    for value, text in wanted.items():
        best = _nearest(text, candidates, least=_NEAR)
        if best:
            found[value] = [candidates[candidate] for candidate in best]
    return found


def _could_be(key: str, text: str) -> Iterable[Q]:
    """Return the conditions under which a stored key is worth comparing: the same beginning or the same end."""
    yield Q(**{f"{key}__startswith": text[:3]})
    if len(text) > 5:
        yield Q(**{f"{key}__endswith": text[-5:]})


def suggest_items(values: Collection[str], *, importer: Importer, actor: User) -> dict[str, list[str]]:
    """Return, for each value, the nearest items the actor may use, as "code name" (W8)."""
    wanted = {value: match_key(value) for value in list(values)[:_MOST_VALUES] if match_key(value)}
    if not wanted:
        return {}
    items = {match_key(code): (code, name) for code, name in importer.item_codes(actor=actor)}
    found = {}
    for value, text in wanted.items():
        scores = {key: _score_item(text, key, name) for key, (_, name) in items.items()}
        least = max(_NEAR_ITEM, max(scores.values(), default=0.0) - _AS_NEAR)
        best = sorted((key for key in scores if scores[key] >= least), key=lambda key: (-scores[key], key))
        if best:
            found[value] = [" ".join(items[key]) for key in best[:SHOWN]]
    return found


def _score_item(text: str, code: str, name: str) -> float:
    """Return how near an item is: by its code, or because a word of the value begins a word of its name."""
    matcher = SequenceMatcher(None, text, code)
    score = matcher.ratio() if matcher.quick_ratio() >= _NEAR_ITEM else 0.0
    named = match_key(name)
    words = named.split()
    if text == named:
        return 1.0
    hits = [part for part in _WORD.findall(text) if any(word.startswith(part) for word in words)]
    if not hits:
        return score
    return max(score, _NAME_HIT - (_OLD_EDITION if _YEAR.search(name) else 0.0))


def _nearest(text: str, candidates: Iterable[str], *, least: float) -> list[str]:
    scored = []
    matcher = SequenceMatcher()
    matcher.set_seq2(text)
    for candidate in candidates:
        if abs(len(candidate) - len(text)) > max(3, len(text) // 2):
            continue
        matcher.set_seq1(candidate)
        if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
            continue
        ratio = matcher.ratio()
        if ratio >= least:
            scored.append((-ratio, candidate))
    return [candidate for _, candidate in sorted(scored)[:SHOWN]]
