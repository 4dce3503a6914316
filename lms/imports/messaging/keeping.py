"""Which messages of planned rows may go out: what the check showed, to people who may be told (E-19, E-25, E-28, E-61).

Public: `keep_messages`, `find_allowed`, `read_shown`, `Shown`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from lms.core.json_text import decode_json, encode_json
from lms.imports.importer import PersonFact, Plan, PlannedMessage, RowFacts
from lms.imports.models import ImportBatch
from lms.notifications.choices import MessageChoice
from lms.people.models import User
from lms.people.permissions import Permission, may

Group = tuple[int, int | None]
Shown = Mapping[Group, frozenset[str]]


def keep_messages(
    plans: Sequence[Plan], *, rows: Sequence[RowFacts], people: Mapping[int, PersonFact], shown: Shown | None
) -> list[Plan]:
    """Return the plans with the messages that may go out, their kinds in `effect["messages"]` (E-28).

    Deactivated people get none, nor anybody one about the time away (E-19). Rows of a person and item that say the same
    say it once. With `shown`, what the check did not show for that person and item is dropped (E-61).
    """
    said: set[tuple[int, int | None, str, str]] = set()
    kept = []
    for row, plan in zip(rows, plans, strict=True):
        if not plan.messages:
            kept.append(plan)
            continue
        group = (row.person_id, row.item_id)
        messages = []
        for message in plan.messages:
            key = (*group, message.kind, encode_json(message.item))
            is_shown = shown is None or message.kind in shown.get(group, ())
            if is_shown and key not in said and _may_be_told(people[row.person_id], message):
                said.add(key)
                messages.append(message)
        kinds = {"messages": sorted({message.kind for message in messages})} if messages else {}
        kept.append(replace(plan, messages=tuple(messages), effect={**plan.effect, **kinds}))
    return kept


def _may_be_told(person: PersonFact, message: PlannedMessage) -> bool:
    return person.is_active and (person.active_since is None or message.occasion_on >= person.active_since)


def read_shown(rows: Iterable[tuple[int, int | None, str]]) -> Shown:
    """Return which kinds the check showed for each person and item; rows are (person, item, stored plan as text)."""
    shown: dict[Group, frozenset[str]] = {}
    for person_id, item_id, plan in rows:
        if '"messages"' in plan:  # most rows have none, and need no decoding
            kinds = decode_json(plan).get("messages", ())
            shown[person_id, item_id] = shown.get((person_id, item_id), frozenset()) | frozenset(kinds)
    return shown


def find_allowed(batch: ImportBatch, rows: Iterable[tuple[int, int | None, str]], *, actor: User) -> Shown:
    """Return what these rows may still tell: what the check showed, if the actor has not lost the right to send (E-25).

    No query for owners and administrators, two for team roles.
    """
    is_lost = batch.messages == MessageChoice.SEND and not may(actor, Permission.SEND_MESSAGES)
    return {} if is_lost else read_shown(rows)
