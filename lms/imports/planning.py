"""Decides what becomes of rows: the same steps at the check and again when a row's turn to apply comes (E-25).

Reach and people first, then duplicates and the newest of each person and item, then the importer's pure rules, and at last
which of their messages may go out.
Rows come in whole groups of person and item, ordered by day and row.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any, TypeVar

from django.db.models.expressions import RawSQL

from lms.core.text import match_key
from lms.imports.columns import RowProblem, shorten
from lms.imports.importer import Importer, PersonFact, Plan, RowFacts, RunContext
from lms.imports.messaging.keeping import Shown, keep_messages
from lms.imports.models import Outcome

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A row that was found fit so far: person, item and day are known."""

    row_no: int
    person_id: int
    item_id: int | None
    day: date
    values: dict[str, Any]
    problems: list[RowProblem]


@dataclass(frozen=True, slots=True)
class PlannedRows:
    """Rows with their plans, and what the importer needs to write them. `rows` are the fit ones, with `plans` in order."""

    rows: list[RowFacts]
    plans: list[Plan]
    unfit: list[tuple[OpenRow, list[RowProblem]]]
    facts: Any
    people: dict[int, PersonFact]


def plan_open_rows(
    rows: Sequence[OpenRow],
    *,
    importer: Importer,
    context: RunContext,
    is_applying: bool,
    shown: Shown | None = None,
) -> PlannedRows:
    """Plan whole groups in a constant number of queries; with `is_applying`, what is there now is locked and reach rechecked.

    `shown` are the messages of the check, beyond which none is planned when applying (E-61).
    """
    people = _load_people(rows, importer=importer, context=context)
    closed: dict[int, RowProblem] = {}
    if is_applying:
        items = {row.item_id for row in rows if row.item_id is not None}
        closed = importer.unusable_items(sorted(items), context=context)
    fit: list[tuple[OpenRow, list[RowProblem]]] = []
    unfit: list[tuple[OpenRow, list[RowProblem]]] = []
    for row in rows:
        problems, is_fit = _judge_person(row, people.get(row.person_id), context=context, is_applying=is_applying)
        if row.item_id in closed:
            code, field, params = closed[row.item_id]
            problems, is_fit = [*problems, ("R901", field, {**params, "code": code})], False
        (fit if is_fit else unfit).append((row, problems))
    facts_rows = _compare_within_file([row for row, _ in fit])
    facts = importer.load_facts(facts_rows, context=context, lock=is_applying)
    plans = importer.plan_rows(facts_rows, facts=facts, context=context)
    plans = [
        replace(plan, problems=[*problems, *plan.problems]) if problems else plan
        for plan, (_, problems) in zip(plans, fit, strict=True)
    ]
    plans = keep_messages(plans, rows=facts_rows, people=people, shown=shown)
    return PlannedRows(facts_rows, plans, unfit, facts, people)


def _load_people(rows: Sequence[OpenRow], *, importer: Importer, context: RunContext) -> dict[int, PersonFact]:
    wanted = sorted({row.person_id for row in rows})
    # One array instead of thousands of parameters.
    ids = RawSQL("SELECT unnest(%s::bigint[])", [wanted])
    reach = importer.reach(context.actor).filter(pk__in=ids)
    columns = reach.values_list(
        "pk", "username", "first_name", "last_name", "email", "employee_id", "is_active", "active_since"
    )
    return {values[0]: PersonFact(*values) for values in columns}


def _judge_person(
    row: OpenRow, person: PersonFact | None, *, context: RunContext, is_applying: bool
) -> tuple[list[RowProblem], bool]:
    if person is None:
        # At the check the row would not have come here: the person moved out of reach since (L-09).
        return [("R901", "", {"code": "R102", "value": row.values.get("person", "")})], False
    problems: list[RowProblem] = []
    for name, text in row.values.get("checks", {}).items() if not is_applying else ():
        if text.strip() and not _agrees(name, text, person):
            here = _shown(name, person)
            problems.append(("R106", name, {"username": person.username, "here": here, "value": shorten(text)}))
    if problems:
        return problems, False
    if not person.is_active:
        if context.tenant.deactivated_people_fail:
            return [("R107", "", {"username": person.username})], False
        return [("R104", "", {})], True
    return [], True


def _shown(name: str, person: PersonFact) -> str:
    if name == "full_name":
        return f"{person.first_name} {person.last_name}".strip()
    return str(getattr(person, name))


def _agrees(name: str, text: str, person: PersonFact) -> bool:
    """Return whether a check-only cell fits the person: it plainly does not if no word of it is theirs (E-10)."""
    own = match_key(_shown(name, person))
    if not own:
        return True
    given = match_key(text)
    if name in ("email", "employee_id"):
        return given == own
    return bool(set(given.replace(",", " ").split()) & set(own.split()))


def _compare_within_file(rows: Sequence[OpenRow]) -> list[RowFacts]:
    """Mark repeats of an earlier row, and the newest row of each person and item (L-40, R403); rows without one are alone."""
    compared: list[RowFacts] = []
    for (_, item_id), group in groupby(rows, key=lambda row: (row.person_id, row.item_id)):
        members = list(group)
        if item_id is None:
            compared += [RowFacts(row.row_no, row.person_id, None, row.day, row.values) for row in members]
            continue
        newest = members[-1].day
        first_of_day: dict[date, int] = {}
        for row in members:
            same_as = first_of_day.get(row.day)
            first_of_day.setdefault(row.day, row.row_no)
            compared.append(
                RowFacts(
                    row.row_no,
                    row.person_id,
                    row.item_id,
                    row.day,
                    row.values,
                    same_as=same_as,
                    is_newest=same_as is None and row.day == newest,
                )
            )
    return compared


def read_whole_groups(
    read: Callable[[int], list[RowT]], *, limit: int, group_of: Callable[[RowT], object]
) -> list[RowT]:
    """Return at most `limit` of the next rows so that no group is split; where one group alone is larger, just that one.

    `read(n)` returns the next n rows, or fewer at the end.
    """
    rows = read(limit + 1)
    if len(rows) <= limit:
        return rows
    cut, edge = limit, group_of(rows[limit])
    while cut and group_of(rows[cut - 1]) == edge:
        cut -= 1
    while not cut:  # so that a row that kills its chunk takes no other group with it (E-63)
        limit *= 2
        rows = read(limit + 1)
        cut = next((place for place, row in enumerate(rows) if group_of(row) != edge), 0)
        if not cut and len(rows) <= limit:
            return rows
    return rows[:cut]


def unfit_outcome(problems: Sequence[RowProblem]) -> str:
    """Return the outcome of a row that cannot be imported."""
    return Outcome.ERRORED if any(code == "R902" for code, _, _ in problems) else Outcome.REJECTED
