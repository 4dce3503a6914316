"""Outcomes of rows in words, in numbers and as a picture (E-50). No queries, no HTML.

Public: `words_for`, `name_outcome`, `outcome_tone`, `outcome_bars`, `count_outcomes`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from lms.core.components import Bar, Tone
from lms.imports.importer import find_words
from lms.imports.kind_words import KindWords
from lms.imports.models import IMPORTED, ImportBatch, Outcome, State

_OUTCOME_TONES: Final[dict[str, Tone]] = {
    Outcome.CREATED: "success",
    Outcome.UPDATED: "accent",
    Outcome.ADDED_TO_HISTORY: "info",
    Outcome.EVIDENCE: "info",
    Outcome.UNCHANGED: "neutral",
    Outcome.SKIPPED: "neutral",
    Outcome.REJECTED: "danger",
    Outcome.ERRORED: "danger",
    Outcome.NOT_PROCESSED: "warning",
}
_OUTCOME_WORDS: Final[dict[str, Any]] = {
    Outcome.ADDED_TO_HISTORY: gettext_lazy("Added to history"),
    Outcome.EVIDENCE: gettext_lazy("Kept as other evidence"),
    Outcome.UNCHANGED: gettext_lazy("Already recorded"),
    Outcome.SKIPPED: gettext_lazy("Left out"),
    Outcome.REJECTED: gettext_lazy("Failed"),
    Outcome.ERRORED: gettext_lazy("Failed on our side"),
    Outcome.NOT_PROCESSED: gettext_lazy("Not processed"),
}
# The same before anything is imported.
_PLANNED_WORDS: Final[dict[str, Any]] = {
    Outcome.ADDED_TO_HISTORY: gettext_lazy("Will be added to history"),
    Outcome.EVIDENCE: gettext_lazy("Will be kept as other evidence"),
}


def words_for(batch: ImportBatch) -> KindWords:
    """Return the sentences of the kind of an import; where errors stop it, its other rows are not said to go in (S-20)."""
    words = find_words(batch.kind)
    if batch.state != State.REFUSED:
        return words
    return replace(
        words,
        will_create=gettext_lazy("Without errors"),
        planned=lambda n: ngettext("%(n)s has no errors", "%(n)s have no errors", n),
    )


def name_outcome(outcome: str, *, words: KindWords, is_planned: bool = False) -> str:
    """Return an outcome in the words of its kind; `is_planned`: it has not happened yet."""
    own: dict[str, tuple[Any, Any]] = {
        Outcome.CREATED: (words.created, words.will_create),
        Outcome.UPDATED: (words.updated, words.will_update),
        Outcome.REJECTED: (_OUTCOME_WORDS[Outcome.REJECTED], words.will_fail),
    }
    if outcome in own:
        return str(own[outcome][is_planned])
    if is_planned and outcome in _PLANNED_WORDS:
        return str(_PLANNED_WORDS[outcome])
    return str(_OUTCOME_WORDS.get(outcome, outcome))


def outcome_tone(outcome: str) -> Tone:
    """Return the tone of an outcome's badge."""
    return _OUTCOME_TONES.get(outcome, "neutral")


def outcome_bars(batch: ImportBatch, *, counts: Mapping[str, int]) -> list[Bar]:
    """Return the picture of outcomes, each with the list of its rows behind it."""
    has_rows = batch.rows_deleted_on is None
    rows = reverse("imports:rows", args=[batch.number])
    is_planned = batch.confirmed_at is None
    words = words_for(batch)
    return [
        Bar(
            label=name_outcome(outcome, words=words, is_planned=is_planned),
            value=counts[outcome],
            tone=outcome_tone(outcome),
            href=f"{rows}?outcome={outcome}" if has_rows else "",
        )
        for outcome in _OUTCOME_TONES
        if counts.get(outcome)
    ]


def count_outcomes(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the numbers people ask for: imported, kept as evidence, already recorded, left out, failed (T-65)."""
    return {
        "imported": sum(counts.get(outcome, 0) for outcome in IMPORTED),
        "evidence": counts.get(Outcome.EVIDENCE, 0),
        "unchanged": counts.get(Outcome.UNCHANGED, 0),
        "skipped": counts.get(Outcome.SKIPPED, 0),
        "failed": counts.get(Outcome.REJECTED, 0) + counts.get(Outcome.ERRORED, 0),
    }
