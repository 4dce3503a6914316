"""Reads for the screens of imports: lists, the widget, reach of an importer, rows of an import.

Public: `recent_lines`, `waiting_lines`, `present_batches`, `allowed_importers`, `describe_reach`, `find_rows`,
`RowFilter`, `RowPage`, `find_import_before`. Who may see what is `access`; words are `presenting`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Case, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast

from lms.imports.access import visible_batches
from lms.imports.effects import effect_filter, kind_filter
from lms.imports.importer import Importer, all_importers
from lms.imports.lines import BatchLine, present_batch
from lms.imports.models import ImportBatch, Outcome, State
from lms.imports.outcomes import failed_rows_filter, final_outcome_case
from lms.people.models import Team, User
from lms.people.permissions import LARGE_IMPORT_ROWS, Permission, permissions_of
from lms.people.selectors import reaches_everybody, teams_in_reach

RECENT: Final = 10
ROWS_PER_PAGE: Final = 50
# What lists of imports show; the large JSON of mapping and sniffed picture stays where it is.
_LISTED: Final = ("mapping", "read_options", "summary", "undo_summary")


def allowed_importers(actor: User) -> list[Importer]:
    """Return the kinds of import the actor may use."""
    granted = permissions_of(actor)
    return [importer for importer in all_importers() if importer.permission in granted]


def present_batches(batches: Iterable[ImportBatch], *, actor: User) -> list[BatchLine]:
    """Return imports as lines, with undo offered where the actor may (G-01)."""
    granted = permissions_of(actor)

    def may_undo(batch: ImportBatch) -> bool:
        if Permission.UNDO_ANY_IMPORT in granted:
            return True
        is_large = batch.data_rows > LARGE_IMPORT_ROWS
        needed = Permission.MANAGE_OWN_LARGE_IMPORTS if is_large else Permission.MANAGE_OWN_IMPORTS
        return batch.uploaded_by_id == actor.pk and needed in granted

    return [present_batch(batch, undoable=may_undo(batch)) for batch in batches]


def list_batches(actor: User) -> QuerySet[ImportBatch]:
    """Return the imports the actor may see, newest first, without what lists do not show."""
    return visible_batches(actor).defer(*_LISTED).order_by("-uploaded_at", "-pk")


def recent_lines(actor: User) -> list[BatchLine]:
    """Return the last ten imports the actor may see (E-69): one query over imports, whatever they are."""
    return present_batches(list_batches(actor)[:RECENT], actor=actor)


def waiting_lines(actor: User) -> list[BatchLine]:
    """Return the actor's own imports that wait for a person: to map, to confirm, numbers changed, refused, failed."""
    waiting = list_batches(actor).filter(
        Q(state__in=[State.UPLOADED, State.READY, State.REFUSED, State.FAILED]), uploaded_by_id=actor.pk
    )
    return present_batches(waiting[:RECENT], actor=actor)


def find_import_before(batch: ImportBatch) -> ImportBatch | None:
    """Return the import that runs before a queued one in its tenant's lane, whoever's it is (E-27)."""
    running = ImportBatch.objects.filter(state__in=[State.QUEUED, State.APPLYING, State.UNDOING])
    ahead = running.exclude(pk=batch.pk).filter(sequence__lt=batch.sequence or 0)
    return ahead.defer(*_LISTED).order_by("sequence").first()


@dataclass(frozen=True, slots=True)
class Reach:
    """Over whom and what a team role imports (L-94): its teams and the numbers behind them."""

    teams: tuple[Team, ...]
    people: int
    items: int
    is_everybody: bool

    @property
    def is_empty(self) -> bool:
        """Whether the person leads no team yet (L-04)."""
        return not self.is_everybody and not self.teams


def describe_reach(importer: Importer, *, actor: User) -> Reach:
    """Return the reach of an importer; owners and administrators reach everybody and get no numbers."""
    if reaches_everybody(actor):
        return Reach(teams=(), people=0, items=0, is_everybody=True)
    team_ids = teams_in_reach(actor, permission=importer.permission)
    return Reach(
        teams=tuple(Team.objects.filter(pk__in=team_ids).order_by("name", "pk")),
        people=importer.reach(actor).count(),
        items=sum(1 for _ in importer.item_codes(actor=actor)),
        is_everybody=False,
    )


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some rows of an import, and the key of the next page (empty: none)."""

    rows: list[Any]
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFilter:
    """What narrows the rows of an import down; empty answers narrow nothing."""

    outcome: str = ""
    code: str = ""  # of a problem
    effect: str = ""  # on the person
    kind: str = ""  # of message
    text: str = ""  # searched in the cells; a number also finds its row


def find_rows(batch: ImportBatch, narrowed: RowFilter, *, after: str = "") -> RowPage:
    """Return a page of the row log, failed rows first, then in the order of the file.

    `after` is the key a page before has returned.
    """
    rows = (
        batch.rows()
        .annotate(
            final=final_outcome_case(batch),
            rank=Case(When(failed_rows_filter(batch), then=Value(0)), default=Value(1), output_field=IntegerField()),
        )
        .order_by("rank", "row_no")
    )
    if narrowed.outcome in Outcome.values:
        rows = rows.filter(final=narrowed.outcome)
    if narrowed.code:
        rows = rows.filter(problems__contains=[[narrowed.code]])
    if narrowed.effect:
        rows = rows.filter(effect_filter(narrowed.effect))
    if narrowed.kind:
        rows = rows.filter(kind_filter(narrowed.kind))
    text = narrowed.text
    if text:
        found = Q(cells_text__icontains=text)
        if text.isdecimal() and len(text) < 8:
            found |= Q(row_no=int(text))
        rows = rows.annotate(cells_text=Cast("cells", TextField())).filter(found)
    rank, _, row_no = after.partition("-")
    if rank.isdecimal() and row_no.isdecimal():
        rows = rows.filter(Q(rank__gt=int(rank)) | Q(rank=int(rank), row_no__gt=int(row_no)))
    page = list(rows[: ROWS_PER_PAGE + 1])
    if len(page) <= ROWS_PER_PAGE:
        return RowPage(page, "")
    last = page[ROWS_PER_PAGE - 1]
    return RowPage(page[:ROWS_PER_PAGE], f"{last.rank}-{last.row_no}")
