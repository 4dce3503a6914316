"""Gathers, while rows are planned, what the review shows: totals, problems, dates, changes by name, messages."""

from bisect import insort
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from lms.imports.effects import ASSIGNED
from lms.imports.importer import Importer, PersonFact, Plan, RowFacts
from lms.imports.messaging.counting import MessageTally
from lms.imports.models import Outcome
from lms.imports.problems import Level, level_of
from lms.imports.staging import Stage

VALUES_SHOWN: Final = 100
ROWS_SHOWN: Final = 5
DISTINCT_COUNTED: Final = 10_000
EXAMPLES_SHOWN: Final = 20
_WEIGHT: Final = {Level.ROW: 0, Level.WARNING: 1, Level.INFO: 2}


@dataclass(slots=True)
class _Found:
    """One problem code in one field."""

    rows: int = 0
    first_rows: list[int] = field(default_factory=list)
    values: Counter[str] = field(default_factory=Counter)
    first_row_of: dict[str, int] = field(default_factory=dict)
    params_of: dict[str, dict[str, Any]] = field(default_factory=dict)

    def note(self, row_no: int, params: dict[str, Any]) -> None:
        """Count one row; rows come in any order."""
        self.rows += 1
        self.first_rows = sorted([*self.first_rows, row_no])[:ROWS_SHOWN]
        value = str(params.get("value", ""))
        if value in self.values or len(self.values) < DISTINCT_COUNTED:
            self.values[value] += 1
            if row_no < self.first_row_of.get(value, row_no + 1):
                self.first_row_of[value] = row_no
                self.params_of[value] = params


@dataclass(slots=True)
class _Consequence:
    """One kind of consequence: how many rows and people, and those with the most days by name (else the first rows)."""

    rows: int = 0
    days: int = 0
    people: set[int] = field(default_factory=set)
    examples: list[tuple[int, int, int]] = field(default_factory=list)  # (minus days, row, person)

    def note(self, facts: RowFacts, value: Any) -> None:
        """Count one row; the value is a number of days, or anything else that says it is so."""
        days = value if isinstance(value, int) and value is not True else 0
        self.rows += 1
        self.days += days
        self.people.add(facts.person_id)
        insort(self.examples, (-days, facts.row_no, facts.person_id))
        del self.examples[EXAMPLES_SHOWN:]

    def as_json(self) -> dict[str, Any]:
        """Return the numbers, and up to twenty examples."""
        examples = [{"person_id": person, "row_no": row, "days": -days} for days, row, person in self.examples]
        return {"rows": self.rows, "people": len(self.people), "days": self.days, "examples": examples}


@dataclass(slots=True)
class Summary:
    """The numbers of one check. `outcomes` adds up to the data rows (E-50)."""

    importer: Importer
    outcomes: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)  # outcomes of rows that apply will not visit
    positions: int = 0
    effects: Counter[str] = field(default_factory=Counter)
    people: set[int] = field(default_factory=set)
    items: set[int] = field(default_factory=set)
    years: Counter[int] = field(default_factory=Counter)
    first_day: date | None = None
    last_day: date | None = None
    messages: MessageTally = field(default_factory=MessageTally)
    consequences: dict[str, _Consequence] = field(default_factory=dict)
    tally: Counter[str] = field(default_factory=Counter)
    _found: dict[tuple[str, str], _Found] = field(default_factory=dict)
    _names: list[tuple[str, str]] = field(init=False)  # key in a plan's effect, name in the summary

    def __post_init__(self) -> None:
        counted = (effect for effect in self.importer.effects if effect.is_counted and effect.key != ASSIGNED)
        self._names = [(effect.key, effect.name) for effect in counted]

    def note_row(
        self,
        row_no: int,
        *,
        outcome: str,
        problems: Sequence[Any],
        person_id: int | None,
        item_id: int | None,
        day: date | None,
        is_visited: bool = False,
    ) -> None:
        """Count one row with its problems; `is_visited`: it has a position, so apply counts it when its turn comes."""
        self.outcomes[str(outcome)] += 1
        if not is_visited and outcome in (Outcome.REJECTED, Outcome.SKIPPED, Outcome.ERRORED):
            self.left_out[str(outcome)] += 1
        if person_id is not None:
            self.people.add(person_id)
        if item_id is not None:
            self.items.add(item_id)
        if day is not None and outcome != Outcome.REJECTED:
            self.years[day.year] += 1
            self.first_day = day if self.first_day is None or day < self.first_day else self.first_day
            self.last_day = day if self.last_day is None or day > self.last_day else self.last_day
        for code, name, params in problems:
            self._found.setdefault((code, name), _Found()).note(row_no, params)

    def note_effect(self, plan: Plan) -> None:
        """Count what a plan changes."""
        if "after" in plan.effect:
            self.effects["becomes_current"] += 1
            if plan.effect.get("before"):
                self.effects["changed_current"] += 1
        if plan.effect.get("assigned"):
            self.effects["assigned"] += 1
        if plan.outcome == Outcome.ADDED_TO_HISTORY:
            self.effects["history"] += 1
        if any(code == "R402" for code, _, _ in plan.problems):
            self.effects["replaces_newer"] += 1

    def note_consequences(self, plan: Plan, *, facts: RowFacts, person: PersonFact) -> None:
        """Count what a plan does to its person, by name, and what they would be told. Days add up."""
        for key, name in self._names:
            if plan.effect.get(key):
                self.consequences.setdefault(name, _Consequence()).note(facts, plan.effect[key])
        if plan.messages:
            self.messages.note(plan.messages, person=person)

    def note_tally(self, numbers: Mapping[str, int]) -> None:
        """Add the importer's own numbers of some rows (T-77)."""
        self.tally.update(numbers)

    def as_json(self, stage: Stage) -> dict[str, Any]:
        """Return the summary as it is stored on the batch."""
        return {
            "people": len(self.people),
            "items": len(self.items),
            "first_day": self.first_day.isoformat() if self.first_day else None,
            "last_day": self.last_day.isoformat() if self.last_day else None,
            "by_year": {str(year): self.years[year] for year in sorted(self.years)},
            "problems": self._problems(),
            "left_out": dict(self.left_out),
            "effects": dict(self.effects),
            "changed_current": self.effects["changed_current"],
            "consequences": {name: found.as_json() for name, found in self.consequences.items()},
            "messages": self.messages.as_json(),
            "tally": dict(self.tally),
            "statuses": [{"value": value, "rows": rows} for value, rows in stage.statuses.most_common()],
            "dates": {name: self._date_facts(reader) for name, reader in stage.dates.items()},
            "cleaned": stage.cleaned,
        }

    def _date_facts(self, reader: Any) -> dict[str, Any]:
        evidence = reader.evidence
        return {
            "ambiguous": evidence.ambiguous,
            "sample": evidence.ambiguous_sample,
            "only": evidence.only,
            "first_row": evidence.first_row,
            "first_text": evidence.first_text,
        }

    def _problems(self) -> list[dict[str, Any]]:
        levels = self.importer.problem_levels
        ordered = sorted(
            self._found.items(),
            key=lambda entry: (_WEIGHT.get(level_of(entry[0][0], levels=levels), 3), -entry[1].rows),
        )
        return [
            {
                "code": code,
                "field": name,
                "level": level_of(code, levels=levels).value,
                "rows": found.rows,
                "first_rows": found.first_rows,
                "distinct": len(found.values),
                "values": [
                    {
                        "value": value,
                        "rows": rows,
                        "first_row": found.first_row_of[value],
                        "params": found.params_of[value],
                    }
                    for value, rows in found.values.most_common(VALUES_SHOWN)
                ],
            }
            for (code, name), found in ordered
        ]
