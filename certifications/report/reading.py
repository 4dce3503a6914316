"""The certification import report: every row of every certification import one may see (T-63 to T-65, T-79, T-35).

Rows come from the row log, and from the records and evidence of imports whose log is gone. Only imports that have ended
are listed, so that a row says what has become of it. A constant number of statements, whatever there is.

Public: `ReportFilter`, `ReportPage`, `Totals`, `Report`, `OUTCOME_GROUPS`.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Final

from django.db.models import F, Func, JSONField, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from certifications.report.rows import BatchKey, Row, RowWanted, count_log, count_records, read_log, read_records
from lms.core.components import Words
from lms.imports.access import visible_batches
from lms.imports.models import FINISHED_STATES, IMPORTED, ImportBatch, Outcome, State
from lms.imports.outcomes import applied_through
from lms.people.models import User
from lms.people.permissions import Permission
from lms.people.selectors import reaches_everybody, search_people, visible_people
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant

KIND: Final = "certifications"
PAGE_ROWS: Final = 50
_EXPORT_PAGE: Final = 2_000
# Who is looked for by name: more people than this cannot be meant.
_PEOPLE_AT_MOST: Final = 5_000
_ENDED: Final = (*FINISHED_STATES, State.CANCELLED, State.FAILED, State.UNDOING, State.UNDONE)
_RUNNING: Final = (State.QUEUED, State.APPLYING)
# Problems that come up when a row's turn has come, not in the check.
_MET_LATE: Final = ("R901", "R902", "R903")
# What the pages do not show of an import stays where it is.
_UNREAD: Final = ("sniffed", "read_options", "options", "summary", "undo_summary", "planned", "confirm_when_checked")
# The codes of problems that the check of an import has met.
_MET_CODES: Final = Func(
    F("summary"),
    Value("$.problems[*].code"),
    template="jsonb_path_query_array(%(expressions)s::jsonpath)",
    output_field=JSONField(),
)

# The total line: total = imported + errors + evidence + unchanged + skipped (T-65).
OUTCOME_GROUPS: Final[dict[str, tuple[Words, tuple[str, ...]]]] = {
    "imported": (_("Imported"), IMPORTED),
    "errors": (_("Errors"), (Outcome.REJECTED, Outcome.ERRORED, Outcome.NOT_PROCESSED)),
    "evidence": (_("Imported as evidence"), (Outcome.EVIDENCE,)),
    "unchanged": (_("Unchanged"), (Outcome.UNCHANGED,)),
    "skipped": (_("Skipped"), (Outcome.SKIPPED,)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFilter:
    """What narrows the report down; empty answers narrow nothing."""

    number: int | None = None  # of the import
    row_no: int | None = None
    person: str = ""
    outcome: str = ""  # a group of the total line, or one outcome
    code: str = ""  # of a problem
    evidence: str = ""  # "yes", "no"
    first_day: date | None = None  # on which the import ended, inclusive
    last_day: date | None = None

    @property
    def outcomes(self) -> tuple[str, ...] | None:
        """The outcomes that are asked for; None for all."""
        asked: set[str] | None = None
        if self.outcome:
            asked = set(OUTCOME_GROUPS[self.outcome][1] if self.outcome in OUTCOME_GROUPS else (self.outcome,))
        if self.evidence:
            fits = {str(name) for name in Outcome.values if (name == Outcome.EVIDENCE) == (self.evidence == "yes")}
            asked = fits if asked is None else asked & fits
        return None if asked is None else tuple(sorted(str(name) for name in asked))


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Some rows, each with its import, and the key of the next page (empty: none)."""

    rows: list[tuple[ImportBatch, Row]]
    after: str


@dataclass(frozen=True, slots=True)
class Totals:
    """How many rows there are, by group of outcomes; the groups add up to all of them (T-65)."""

    groups: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """All of them."""
        return sum(self.groups.values())


class Report:
    """The report of one reader, narrowed down; everything is asked for once."""

    def __init__(self, wanted: ReportFilter, *, tenant: Tenant, actor: User) -> None:
        self.wanted, self.tenant, self.actor = wanted, tenant, actor

    @cached_property
    def batches(self) -> list[ImportBatch]:
        """The imports with rows to list, newest first."""
        found = self._visible.filter(state__in=_ENDED)
        if self.wanted.number is not None:
            found = found.filter(number=self.wanted.number)
        ended = Q()
        if self.wanted.first_day:
            ended &= Q(ended_at__gte=self._midnight(self.wanted.first_day))
        if self.wanted.last_day:
            ended &= Q(ended_at__lt=self._midnight(self.wanted.last_day + timedelta(days=1)))
        found = found.annotate(ended_at=Coalesce("finished_at", "confirmed_at"), met=_MET_CODES).filter(ended)
        return list(found.defer(*_UNREAD).select_related("confirmed_by").order_by("-number"))

    @property
    def _visible(self) -> QuerySet[ImportBatch]:
        return visible_batches(self.actor).filter(kind=KIND, confirmed_at__isnull=False)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.tenant.zone)

    def has_any(self) -> bool:
        """Whether there is a certification import to tell about, whatever narrows the report."""
        return self._visible.filter(state__in=_ENDED).exists()

    def running(self) -> list[int]:
        """Return the numbers of the imports whose rows come once they have ended."""
        return list(self._visible.filter(state__in=_RUNNING).order_by("number").values_list("number", flat=True))

    def codes(self) -> list[str]:
        """Return the codes of problems that the imports with a row log have met, for choosing one."""
        found = self._visible.filter(state__in=_ENDED, rows_deleted_on=None).annotate(met=_MET_CODES)
        codes: set[str] = set()
        for met, changed_rows in found.values_list("met", "changed_rows"):
            codes.update(met)
            codes.update(_MET_LATE if changed_rows else ())
        return sorted(codes)

    @cached_property
    def deleted(self) -> list[ImportBatch]:
        """The listed imports whose row log is gone (T-79)."""
        return [batch for batch in self.batches if self._is_deleted(batch)]

    def _is_deleted(self, batch: ImportBatch) -> bool:
        return batch.rows_deleted_on is not None or batch.purge_on <= today(self.tenant)

    @cached_property
    def _keys(self) -> tuple[list[BatchKey], list[BatchKey]]:
        """How the rows are found: in the row log, and in what was recorded."""
        logged: list[BatchKey] = []
        recorded: list[BatchKey] = []
        for place, batch in enumerate(self.batches):
            through = None if batch.state in FINISHED_STATES else applied_through(batch)
            person_place = (batch.mapping.get("columns") or {}).get("username")
            key = BatchKey(place, batch.pk, batch.purge_on, through, person_place)
            if self._is_deleted(batch):
                recorded.append(key)
            elif self._may_hold(batch):
                logged.append(key)
        return logged, recorded

    def _may_hold(self, batch: ImportBatch) -> bool:
        """Whether an import can have rows that fit, by what it knows itself: millions of rows need not be looked at."""
        wanted = self.wanted
        outcomes = wanted.outcomes
        if outcomes is not None and self._knows_numbers(batch) and not any(batch.counts.get(name) for name in outcomes):
            return False
        return not wanted.code or bool(batch.changed_rows) or wanted.code in batch.met  # type: ignore[attr-defined]

    @cached_property
    def _row_wanted(self) -> RowWanted:
        return RowWanted(
            row_no=self.wanted.row_no,
            outcomes=self.wanted.outcomes,
            code=self.wanted.code,
            people=self._find_people(),
            text=self.wanted.person,
            reach=self._reach(),
        )

    def _reach(self) -> list[int] | None:
        if reaches_everybody(self.actor):
            return None
        return list(self._people.values_list("pk", flat=True))

    @property
    def _people(self) -> QuerySet[User]:
        return visible_people(self.actor, permission=Permission.IMPORT_CERTIFICATIONS)

    def _find_people(self) -> list[int] | None:
        if not self.wanted.person:
            return None
        found = search_people(self._people, self.wanted.person).values_list("pk", flat=True)
        return list(found[:_PEOPLE_AT_MOST])

    def name_people(self, ids: Collection[int]) -> dict[int, User]:
        """Return the people among these whom the reader may see."""
        return {person.pk: person for person in self._people.filter(pk__in=ids)}

    def read_page(self, *, after: str = "", limit: int = PAGE_ROWS) -> ReportPage:
        """Return the rows behind a key that an earlier page has returned; two statements."""
        rows = self._read(self._parse_key(after), limit=limit + 1)
        shown = [(self.batches[row.place], row) for row in rows[:limit]]
        if len(rows) <= limit or not shown:
            return ReportPage(shown, "")
        batch, row = shown[-1]
        return ReportPage(shown, f"{batch.number}-{row.row_no}")

    def _read(self, key: tuple[int, int], *, limit: int) -> list[Row]:
        logged, recorded = self._keys
        rows = [
            *read_log(logged, self._row_wanted, after=key, limit=limit),
            *read_records(recorded, self._row_wanted, after=key, limit=limit),
        ]
        return sorted(rows, key=lambda row: (row.place, row.row_no))[:limit]

    def _parse_key(self, after: str) -> tuple[int, int]:
        """Return (place, row number) of the last row that was shown; an import that is gone is followed by the next."""
        number, _dash, row_no = after.partition("-")
        if not (number.isdecimal() and row_no.isdecimal() and len(after) < 25):
            return 0, 0
        for place, batch in enumerate(self.batches):
            if batch.number <= int(number):
                return place, int(row_no) if batch.number == int(number) else 0
        return len(self.batches), 0

    def iterate_rows(self) -> Iterator[list[tuple[ImportBatch, Row]]]:
        """Yield all rows in pages, for a file."""
        key: tuple[int, int] = (0, 0)
        while rows := self._read(key, limit=_EXPORT_PAGE):
            yield [(self.batches[row.place], row) for row in rows]
            key = rows[-1].place, rows[-1].row_no

    def count(self, *, page: ReportPage | None = None) -> Totals:
        """Add up the rows by group of outcomes; two statements at most.

        Where nothing but the outcome narrows the rows, imports know their numbers themselves; `page` may be the first one:
        nothing is counted again where it holds all there is.
        """
        if page is not None and not page.after:
            return self._add_up(Counter(row.outcome for _, row in page.rows))
        logged, recorded = self._keys
        wanted = self._row_wanted
        counts: Counter[str] = Counter()
        to_count: Sequence[BatchKey] = logged
        if wanted.is_empty:
            known = [key for key in logged if self._knows_numbers(self.batches[key.place])]
            for key in known:
                counts.update(self.batches[key.place].counts)
            to_count = [key for key in logged if key not in known]
        counts += count_log(to_count, wanted)
        counts += count_records(recorded, wanted)
        return self._add_up(counts)

    def _add_up(self, counts: Mapping[str, int]) -> Totals:
        asked = self.wanted.outcomes
        return Totals(
            {
                name: sum(counts.get(str(found), 0) for found in outcomes if asked is None or str(found) in asked)
                for name, (_words, outcomes) in OUTCOME_GROUPS.items()
            }
        )

    def _knows_numbers(self, batch: ImportBatch) -> bool:
        """Whether the numbers of an import are those of its rows, to the last one (E-50)."""
        return bool(sum(batch.counts.values()) == batch.data_rows)
