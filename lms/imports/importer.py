"""The contract an importer fulfils, and the registry of importers.

A new kind of import is one app with an `importers.py` that registers one `Importer`; everything else (reading,
mapping, whole-file facts, order, transactions, progress, results, screens) is the engine's.

A simple kind sets the attributes without a default and fulfils the abstract methods, no more. The rest is for kinds that

- say more on the pages: `crumbs`, `words`, `effects`, `problem_words`, `problem_titles`, `say_items`, `upload_panel`,
  `review_panel`, `panel_codes`, `follow_ups`, `newer_answers`, `tally`;
- ask something before the file is read: `start_template`, `start_name`, `start_form`, `remembers_settings`,
  `fresh_options`, `start_again`;
- name items in a way of their own: `compare_keys`, `suggest_items`, `template_codes`, `date_formats`;
- are all of a file or nothing, and say all that is wrong at once: `failure_modes`, `problem_levels`, `judge_unfit`,
  `lists_bad_rows`, `say_ready`;
- have other columns for each thing they are for, chosen before the file or said by it: `fit`, `allows`, `find_by`, `reach`,
  `open_question`, `starts_check`, `recognise`, `ways_on`, `sign_template`, `template_has_all`, `template_people`,
  `possible_columns`, `columns_note`. They belong together: whoever overrides `fit` reads on to `reach`.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.apps import apps
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lms.core.wording import say_number
from lms.imports.columns import Column, RowProblem
from lms.imports.date_formats import DATE_FORMATS
from lms.imports.exchange import (
    NO_ITEM,
    FollowUp,
    NoItem,
    Panel,
    PersonFact,
    Plan,
    PlannedMessage,
    Recognition,
    RowFacts,
    RunContext,
    StagedRow,
    UndoCounts,
    UndoRow,
    UnfitRow,
)
from lms.imports.kind_words import KindWords
from lms.imports.problems import Level, ProblemWords
from lms.imports.readers.facts import Sniffed
from lms.people.models import User
from lms.people.permissions import Permission
from lms.people.selectors import visible_people
from lms.tenancy.models import Tenant

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from lms.imports.effects import Effect
    from lms.imports.models import ImportBatch
    from lms.imports.start_form import StartForm

__all__ = [
    "NO_ITEM",
    "ConcurrentChange",
    "FollowUp",
    "Importer",
    "NoItem",
    "Panel",
    "PersonFact",
    "Plan",
    "PlannedMessage",
    "Recognition",
    "RowFacts",
    "RunContext",
    "StagedRow",
    "UndoCounts",
    "UndoRow",
    "UnfitRow",
    "all_importers",
    "discover_importers",
    "find_words",
    "get_importer",
    "importer_of",
    "register",
]


class Importer(ABC):
    """One kind of import. Subclass it, set the attributes, implement the methods, `register` an instance."""

    key: str
    label: Any  # "Course completions"
    title: Any  # "Import Course Completions"
    permission: Permission
    item_label: Any  # "course"
    item_label_plural: Any  # "courses"
    crumbs: Sequence[tuple[Any, str]] = ()  # the menu path above its title: words, and the name of an address or ""
    columns: Sequence[Column]
    failure_modes: Sequence[str] = ("import_good", "stop_if_any")
    fresh_options: Sequence[str] = ()  # asked anew for every file, not remembered from the last one
    # (option, value, words): the answers where people have newer records than the file's (W9).
    newer_answers: Sequence[tuple[str, str, Any]] = ()
    words: KindWords = KindWords()  # sentences of the pages that name what this kind writes
    effects: "Sequence[Effect]" = ()  # what its rows do to people, as plans say it and the review shows it
    # R-code -> (sentence, fix), and R-code -> heading on the review, where the catalogue's do not fit this kind.
    problem_words: Mapping[str, ProblemWords] = {}
    problem_titles: Mapping[str, Any] = {}
    panel_codes: Sequence[str] = ()  # R-codes that its review panel lists by itself
    remembers_settings: bool = False  # a person's settings are proposed next time, whatever the columns (T-04)
    find_by: str = ""  # by what a file names its people, where that is chosen before the file (S-10)
    # R-code -> level, where the catalogue's does not fit: what is only said of other kinds may fail a row here (S-27).
    problem_levels: Mapping[str, Level] = {}
    lists_bad_rows: bool = False  # the review lists every bad row with its cells (S-21)
    starts_check: bool = False  # the worker starts the check by itself as soon as nothing is open (S-15)
    template_has_all: bool = False  # its template has the optional columns too, for what was chosen and no less (S-11)
    columns_note: Any = ""  # on what its columns depend, for the page on file formats
    start_template: str = "imports/start.html"
    start_name: str = ""  # the name of the start page's address, where the importer's app gives it one of its own

    def fit(self, options: Mapping[str, Any]) -> "Importer":
        """Return this importer as it is for an import with these options: its columns may depend on them (S-31).

        Called in the tenant's scope; one or two queries. What the options name may be gone: then itself.
        """
        del options
        return self

    def reach(self, actor: User) -> "QuerySet[User]":
        """Return the people whose rows the actor may import; a row of anybody else is not found (L-07)."""
        return visible_people(actor, permission=self.permission)

    def recognise(self, sniffed: Sniffed, *, options: Mapping[str, Any], actor: User) -> Recognition:
        """Return what a file says about itself, by a template's signature or its cells, and what contradicts the options."""
        del sniffed, options, actor
        return Recognition()

    def sign_template(self, *, today: date) -> str:
        """Return the signature of a template made now, to be found again by `recognise`; empty: it is not signed."""
        del today
        return ""

    def open_question(self, batch: "ImportBatch") -> str:
        """Return the address of the page on which something must be chosen before the file can be mapped; empty: nothing."""
        del batch
        return ""

    def ways_on(self, batch: "ImportBatch") -> "list[FollowUp]":
        """Return what a person may do about a file that contradicts what was chosen for it (F009, F014)."""
        del batch
        return []

    def allows(self, options: Mapping[str, Any], *, actor: User) -> bool:
        """Return whether what these options name is the actor's to import for; what is not chosen yet, is (S-01, S-08)."""
        del options, actor
        return True

    def possible_columns(self) -> Sequence[Column]:
        """Return every column a file of this kind may have, whatever was chosen; for the page on file formats."""
        return self.columns

    @abstractmethod
    def options_form(self, data: Mapping[str, Any] | None, *, tenant: Tenant, initial: Mapping[str, Any]) -> forms.Form:
        """Return the form of this kind's options; its cleaned data is what `RunContext.options` holds."""

    @abstractmethod
    def default_options(self, tenant: Tenant) -> dict[str, Any]:
        """Return the options of a fresh import in this tenant."""

    def say_items(self, count: int) -> str:
        """Return a number of items in words: "412 courses"."""
        return f"{say_number(count)} {self.item_label if count == 1 else self.item_label_plural}"

    def date_formats(self, actor: User) -> Sequence[tuple[str, Any]]:
        """Return (name, label) of the date formats on offer."""
        del actor
        return DATE_FORMATS

    @abstractmethod
    def stage_row(self, values: dict[str, Any], *, problems: list[RowProblem], context: RunContext) -> StagedRow:
        """Return the row with its keys and day chosen from the parsed values. Pure, called once a row.

        `values` holds each mapped column by its key, the text of the day's cell as `date_text`, that of another date
        as `<key>_text`. What the returned `values["item"]` says is shown as the item of the row; without it, the cell
        of the first item column is.
        """

    @abstractmethod
    def resolve_items(self, keys: Collection[str], *, context: RunContext) -> Mapping[str, int | NoItem | RowProblem]:
        """Return for each item key the id the actor may use, NO_ITEM, or its problem. Missing keys are R202.

        A constant number of queries. A problem without a field is one of the first item column.
        """

    def compare_keys(self, keys: Collection[str], *, context: RunContext) -> Mapping[str, Sequence[RowProblem]]:
        """Return warnings about item keys that only show when all keys of the file are seen together (R204)."""
        del keys, context
        return {}

    @abstractmethod
    def unusable_items(self, ids: Collection[int], *, context: RunContext) -> dict[int, RowProblem]:
        """Return the problem of each of these items that the actor may no longer import for. One query."""

    @abstractmethod
    def item_names(self, ids: Collection[int]) -> dict[int, str]:
        """Return the names of items, for screens and results."""

    @abstractmethod
    def item_codes(self, *, actor: User) -> Iterable[tuple[str, str]]:
        """Return (code, name) of the items the actor may use, for templates and suggestions."""

    def suggest_items(self, values: Collection[str], *, actor: User) -> Mapping[str, Sequence[str]]:
        """Return what may have been meant by items that were not found, of those the actor may use; for a shown page only."""
        from lms.imports.suggesting import suggest_items

        return suggest_items(values, importer=self, actor=actor)

    def template_codes(self, actor: User) -> tuple[Sequence[Any], Iterable[Sequence[str]]]:
        """Return (column names, rows) of the sheet with the codes in the template.

        Its first columns hold what the item columns of a file take, in their order.
        """
        return (_("Code"), _("Name")), self.item_codes(actor=actor)

    def template_people(self, actor: User) -> "QuerySet[User]":
        """Return the people of the reach whose rows can come in as things are chosen: templates and suggestions name them."""
        return self.reach(actor)

    @abstractmethod
    def load_facts(self, rows: Sequence[RowFacts], *, context: RunContext, lock: bool) -> Any:
        """Return what is there now for these rows, in a constant number of queries; `lock` it for applying."""

    @abstractmethod
    def plan_rows(self, rows: Sequence[RowFacts], *, facts: Any, context: RunContext) -> list[Plan]:
        """Return one plan a row, in order. Pure; used by the check and again when a row's turn to apply comes.

        All rows of a person and item are in one call, ordered by day and row.
        """

    def judge_unfit(self, rows: Sequence[UnfitRow], *, context: RunContext) -> Mapping[int, Sequence[RowProblem]]:
        """Return what else is wrong with rows that failed already, by row number, where all of it is to be said at once.

        A constant number of queries (S-21).
        """
        del rows, context
        return {}

    def tally(self, rows: Sequence[RowFacts], *, facts: Any, context: RunContext) -> Mapping[str, int]:
        """Return numbers that the check adds up over all rows, into `summary["tally"]`. Pure."""
        del rows, facts, context
        return {}

    @abstractmethod
    def apply_rows(self, rows: Sequence[RowFacts], plans: Sequence[Plan], *, facts: Any, context: RunContext) -> None:
        """Write the plans in bulk, in the open transaction.

        Raises ConcurrentChange if somebody changed the same records meanwhile; the chunk is then tried again.
        """

    @abstractmethod
    def preview_undo(self, *, context: RunContext) -> UndoCounts:
        """Return what undoing the whole batch would do, and up to 20 examples of what stays. Writes nothing."""

    @abstractmethod
    def undo_rows(self, rows: Sequence[UndoRow], *, context: RunContext) -> UndoCounts:
        """Take back what the batch did to these rows, in the open transaction; whole groups of person and item.

        What later imports or people changed is kept and counted (E-33, E-34).
        """

    def start_form(
        self, data: Mapping[str, Any] | None, *, actor: User, initial: Mapping[str, Any]
    ) -> "StartForm | None":
        """Return what the start page asks about the file, beside all options of this kind; None: it asks for nothing.

        `initial` holds the settings of the actor's last upload, where they are remembered.
        """
        del data, actor, initial
        return None

    def upload_panel(self, *, tenant: Tenant, actor: User, answers: Mapping[str, Any]) -> Panel | None:
        """Return what the upload page is to say about this kind beside the engine's own words.

        `answers` are what its address or the last attempt has said: texts by name.
        """
        return None

    def review_panel(self, *, batch: "ImportBatch", tenant: Tenant, actor: User) -> Panel | None:
        """Return what the review is to say about the items in the file."""
        return None

    def say_ready(self, batch: "ImportBatch") -> str:
        """Return what a check without errors says first; empty: only that nothing is saved yet (S-22)."""
        del batch
        return ""

    def start_again(self, batch: "ImportBatch") -> str:
        """Return the address at which a corrected file is uploaded, with what was chosen for this import (S-39)."""
        del batch
        return reverse(self.start_name) if self.start_name else reverse("imports:start", args=[self.key])

    def follow_ups(self, *, batch: "ImportBatch", tenant: Tenant, actor: User) -> list[FollowUp]:
        """Return what the actor may do with the people of an applied import."""
        return []

    @abstractmethod
    def count_current(self, *, context: RunContext) -> int:
        """Return the number of existing current results in the actor's reach (the base of the brake, E-39)."""


class ConcurrentChange(Exception):  # noqa: N818 - a signal to try again, not an error
    """Somebody changed the same records between reading and writing them."""


_registry: Final[dict[str, Importer]] = {}


def register(importer: Importer) -> Importer:
    """Make an importer known; its key must be new."""
    if importer.key in _registry and type(_registry[importer.key]) is not type(importer):
        message = f"two importers are called {importer.key!r}"
        raise ValueError(message)
    _registry[importer.key] = importer
    return importer


def discover_importers() -> None:
    """Import `importers.py` of every installed app that has one."""
    for config in apps.get_app_configs():
        if config.name != __package__ and find_spec(f"{config.name}.importers") is not None:
            import_module(f"{config.name}.importers")


def get_importer(key: str) -> Importer:
    """Return the importer with this key; raise LookupError if there is none."""
    return _registry[key]


def importer_of(batch: "ImportBatch") -> Importer:
    """Return the importer of an import, with the columns that its options ask for; in the tenant's scope."""
    return get_importer(batch.kind).fit(batch.options or {})


def find_words(key: str) -> KindWords:
    """Return the sentences of a kind, or the general ones for a kind that is no longer installed."""
    return _registry[key].words if key in _registry else KindWords()


def all_importers() -> list[Importer]:
    """Return every importer in the order of registration."""
    return list(_registry.values())
