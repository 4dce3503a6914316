"""How many messages an import would send, to whom, and one of them as a sample (E-20, E-22).

Public: `MessageTally`, `MessageTotals`, `read_totals`, `message_numbers`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from lms.imports.importer import PersonFact, PlannedMessage
from lms.imports.models import ImportBatch
from lms.notifications.choices import KindCount

# A sample is a real message; of one with more items than this the first are shown.
SAMPLE_ITEMS: Final = 200


@dataclass(slots=True)
class MessageTally:
    """Counts, while rows are planned in the order of people, what would be sent: one of a kind per person (E-20, E-22)."""

    mailed: dict[str, set[int]] = field(default_factory=dict)  # kind -> people with an address
    noticed: dict[str, set[int]] = field(default_factory=dict)  # kind -> people who only get the notice
    _person: PersonFact | None = None
    _items: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    # kind -> (has an address, number of items, person, first items): the person with the most items.
    _samples: dict[str, tuple[bool, int, int, list[dict[str, Any]]]] = field(default_factory=dict)

    def note(self, messages: Sequence[PlannedMessage], *, person: PersonFact) -> None:
        """Count the messages of one row."""
        if self._person is None or self._person.id != person.id:
            self._close_person()
            self._person = person
        counted = self.mailed if person.email else self.noticed
        for message in messages:
            counted.setdefault(message.kind, set()).add(person.id)
            self._items.setdefault(message.kind, []).append(message.item)

    def _close_person(self) -> None:
        if self._person is not None:
            has_email = bool(self._person.email)
            for kind, items in self._items.items():
                if (has_email, len(items)) > self._samples.get(kind, (False, 0))[:2]:
                    self._samples[kind] = (has_email, len(items), self._person.id, items[:SAMPLE_ITEMS])
        self._items = {}

    def as_json(self) -> dict[str, Any]:
        """Return the numbers as `ImportBatch.summary["messages"]` holds them; empty if nothing would be sent."""
        self._close_person()
        kinds = {kind: self._count_kind(kind) for kind in sorted(self.mailed.keys() | self.noticed.keys())}
        if not kinds:
            return {}
        mails = Counter(person for people in self.mailed.values() for person in people)
        without = set().union(*self.noticed.values())
        biggest = max(kinds, key=lambda kind: kinds[kind]["messages"])
        _, items_total, person_id, items = self._samples[biggest]
        return {
            "kinds": kinds,
            "messages": sum(counts["messages"] for counts in kinds.values()),
            "emails": mails.total(),
            "people": len(mails) + len(without),
            "people_with_email": len(mails),
            "people_without_email": len(without),
            "most": max(mails.values(), default=0),
            "sample": {"kind": biggest, "person_id": person_id, "items": items, "items_total": items_total},
        }

    def _count_kind(self, kind: str) -> dict[str, int]:
        mailed, noticed = len(self.mailed.get(kind, ())), len(self.noticed.get(kind, ()))
        return {
            "messages": mailed + noticed,
            "with_email": mailed,
            "without_email": noticed,
            "people": mailed + noticed,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTotals:
    """What the check says would be sent; the biggest kind first. `most` is the most mails one person gets (E-20)."""

    kinds: tuple[KindCount, ...] = ()
    messages: int = 0
    emails: int = 0
    people: int = 0
    people_with_email: int = 0
    people_without_email: int = 0  # who get the notice only; not among the e-mails
    most: int = 0
    # {"kind", "person_id", "items", "items_total"} of one real message; empty once the details are deleted.
    sample: Mapping[str, Any] = field(default_factory=dict)


def read_totals(batch: ImportBatch) -> MessageTotals:
    """Return the message numbers of the batch's check."""
    stored = dict((batch.summary or {}).get("messages") or {})
    kinds = [
        KindCount(kind=kind, with_email=counts["with_email"], without_email=counts["without_email"])
        for kind, counts in stored.pop("kinds", {}).items()
    ]
    sample = stored.pop("sample", None) or {}
    ordered = sorted(kinds, key=lambda count: (-count.messages, count.kind))
    return MessageTotals(kinds=tuple(ordered), sample=sample, **stored)


def message_numbers(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers that were shown, for comparing two checks (E-25): everything but the sample."""
    return {name: value for name, value in (summary.get("messages") or {}).items() if name != "sample"}
