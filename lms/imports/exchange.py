"""What passes between the engine and an importer: for whom it runs, rows, facts, plans, pieces of pages. No behaviour.

Importers take these from `importer`, the one module they know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

from lms.imports.columns import RowProblem
from lms.people.models import User
from lms.tenancy.models import Tenant


class NoItem(Enum):
    """What `Importer.resolve_items` may say of a key instead of an id or a problem."""

    NO_ITEM = "no item"


NO_ITEM: Final = NoItem.NO_ITEM  # the row is fit without an item: the importer's plan says what becomes of it


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """For whom and how a check, an application or an undo runs."""

    tenant: Tenant
    actor: User  # whose reach counts: who confirmed, before that who uploaded
    batch_id: int
    number: int
    options: Mapping[str, Any]  # answers to the importer's option form, as stored
    today: date  # in the tenant's time zone
    now: datetime


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A row after reading and parsing, before anything is looked up."""

    person_key: str | None
    item_key: str | None
    day: date | None
    values: dict[str, Any]  # what the log keeps: JSON types only
    problems: list[RowProblem]
    is_skipped: bool = False


@dataclass(frozen=True, slots=True)
class PersonFact:
    """A person in the actor's reach."""

    id: int
    username: str
    first_name: str
    last_name: str
    email: str
    employee_id: str
    is_active: bool
    active_since: date | None = None  # came back on this day after a deactivation (E-19)


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What `plan_rows` receives for one row that has no fatal problem so far.

    Rows without an item are not compared with each other: `same_as` and `is_newest` say nothing about them.
    """

    row_no: int
    person_id: int
    item_id: int | None
    day: date
    values: dict[str, Any]
    same_as: int | None = None  # an earlier row of the file with the same person, item and day
    is_newest: bool = True  # the newest of its person and item in the file


@dataclass(frozen=True, slots=True)
class UnfitRow:
    """A row that failed before it could be planned, but whose person was found."""

    row_no: int
    person_id: int
    item_id: int | None  # None: it was not found, or there is none
    day: date | None
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """A message that a row causes, if its importer chooses to send: one of a kind per person and import (E-20)."""

    kind: str  # key of a `lms.notifications.kinds` kind that is switched on
    occasion_on: date  # the day of what it tells; nobody is told about a day on which they were deactivated (E-19)
    item: dict[str, Any]  # what the kind's words need about this row's item; JSON types only


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of one row. `effect` is for people (E-28): {"before": ..., "after": ..., "assigned": bool, ...}."""

    outcome: str
    problems: list[RowProblem] = field(default_factory=list)
    effect: dict[str, Any] = field(default_factory=dict)
    target_id: int | None = None
    action: Any = None  # the importer's own note for `apply_rows`
    messages: tuple[PlannedMessage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """What a file says about itself (S-11, S-26, S-36, S-43).

    `problems` refuse the file: [{"code": "F009", "params": {...}}].
    """

    is_own: bool = False  # it is a template of this kind: the kind need not be asked
    options: Mapping[str, Any] = field(default_factory=dict)  # answers it gives to the importer's questions
    problems: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """A piece of a page that belongs to the importer: a template and what it needs."""

    template: str
    context: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Something a person may do after an import, on a page of the importer's app."""

    words: Any
    url: str


@dataclass(frozen=True, slots=True)
class UndoRow:
    """An applied row that is to be taken back."""

    row_no: int
    person_id: int
    item_id: int | None


@dataclass(frozen=True, slots=True)
class UndoCounts:
    """What undoing some rows did, or would do."""

    removed: int = 0  # records of the batch that go
    restored: int = 0  # current results that get back what they had before
    kept: int = 0  # results that stay as they are, because something newer happened
    kept_examples: tuple[dict[str, Any], ...] = ()
