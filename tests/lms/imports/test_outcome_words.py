"""Outcomes in the words of their kind, and the numbers that add up (T-65)."""

import pytest
from django.utils import translation

from lms.imports.importer import find_words
from lms.imports.kind_words import KindWords
from lms.imports.models import ImportBatch, Outcome
from lms.imports.outcome_words import count_outcomes, name_outcome, outcome_bars
from lms.imports.presenting import say_import_button, say_phase, say_result, say_totals


@pytest.mark.parametrize(
    ("kind", "done", "planned"),
    [
        (
            "completions",
            "Imported, replaced the current completion",
            "Will replace the current completion",
        ),
        (
            "certifications",
            "Imported, replaced the current certification",
            "Will replace the current certification",
        ),
        ("gone", "Imported, replaced the current record", "Will replace the current record"),
    ],
)
def test_what_replaced_something_is_said_in_the_words_of_the_kind(kind: str, done: str, planned: str) -> None:
    words = find_words(kind)
    with translation.override("en-gb"):
        assert name_outcome(Outcome.UPDATED, words=words) == done
        assert name_outcome(Outcome.UPDATED, words=words, is_planned=True) == planned
        assert name_outcome(Outcome.UNCHANGED, words=words, is_planned=True) == "Already recorded"


def test_every_outcome_has_words_in_any_kind() -> None:
    for is_planned in (False, True):
        named = [name_outcome(outcome, words=KindWords(), is_planned=is_planned) for outcome in Outcome.values]
        assert len(set(named)) == len(named)
        assert not set(named) & set(Outcome.values)


def test_T65_evidence_is_counted_apart_and_nothing_twice() -> None:
    counts = dict.fromkeys(Outcome.values, 1)
    numbers = count_outcomes(counts)
    assert numbers == {"imported": 3, "evidence": 1, "unchanged": 1, "skipped": 1, "failed": 2}
    assert sum(numbers.values()) + counts[Outcome.NOT_PROCESSED] == len(counts)


def test_bars_stand_in_one_order_whatever_the_kind() -> None:
    batch = ImportBatch(number=7, kind="certifications")
    bars = outcome_bars(batch, counts={"evidence": 2, "updated": 3, "created": 1})
    assert [(str(bar.label), bar.value) for bar in bars] == [
        ("Will be imported", 1),
        ("Will replace the current certification", 3),
        ("Will be kept as other evidence", 2),
    ]


def test_T65_what_becomes_evidence_has_a_number_of_its_own_in_every_sentence() -> None:
    planned = {"created": 5, "evidence": 2, "rejected": 1}
    batch = ImportBatch(number=7, kind="certifications", data_rows=8, planned=planned, counts=planned)
    batch.summary = {"people": 2, "items": 1}
    with translation.override("en-gb"):
        assert say_totals(batch) == (
            "8 rows for 2 people and 1 certification. 5 will be imported, 2 will be kept as other evidence, 1 cannot be "
            "imported."
        )
        assert say_import_button(batch) == "Import 7 rows"
        batch.counts = {"created": 5, "evidence": 2}
        assert say_result(batch) == "5 rows imported, 2 kept as other evidence."


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("completions", "Looking up people and courses"),
        ("certifications", "Looking up people and certifications"),
        ("gone", "Looking up people and what the rows are about"),
    ],
)
def test_the_phase_of_matching_is_worded_by_the_kind(kind: str, words: str) -> None:
    assert say_phase(ImportBatch(kind=kind, state="checking", phase="matching")) == words
