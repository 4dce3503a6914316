"""A chain without an import that was in it is the chain of a twin that never had the import (E-33, E-34)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from certifications.chains import Entry, Link, Retold, Run, Standing, Visit, live_through, replay_chain
from certifications.choices import Action, Method
from certifications.planning import Choices, CurrentStatus, Facts, KnownRecord, Recording, plan_certifications
from certifications.terms import CertificationTerms
from lms.core.periods import Period
from lms.imports.importer import RowFacts

FIRST = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
TERMS = CertificationTerms(
    certification_id=1,
    active_period=Period.parse("30 days"),
    recertification_window=Period.parse("10 days"),
    minimum_active_period=Period.parse("15 days"),
)
PAIR = (0, 1)


def day(offset: int) -> dt.date:
    """The day so many days after the first one."""
    return FIRST.date() + dt.timedelta(days=offset)


@dataclass(frozen=True)
class Step:
    """What happens at an hour: an import, a night, or something by hand."""

    kind: str
    hours: int  # after the step before
    rows: tuple[tuple[int, int | None], ...] = ()  # completed on, due on, as offsets
    action: str = ""


@dataclass
class Life:
    """One person and certification: what the real importer keeps in tables."""

    terms: CertificationTerms
    records: dict[int, Entry] = field(default_factory=dict)
    standing: Standing = field(default_factory=Standing)
    links: list[Link] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    files: dict[int, tuple[Step, dt.datetime]] = field(default_factory=dict)

    def live(self, steps: Iterable[Step], *, without: frozenset[int] = frozenset()) -> "Life":
        now = FIRST
        for number, step in enumerate(steps, start=1):
            now += dt.timedelta(hours=step.hours)
            if number not in without:
                getattr(self, step.kind)(number, step, now)
        return self

    def night(self, _: int, __: Step, now: dt.datetime) -> None:
        self.runs.append(Run(now, now.date()))
        self.standing = live_through(self.standing, runs=[self.runs[-1]])

    def by_hand(self, number: int, step: Step, now: dt.datetime) -> None:
        """A record of an odd day, so that it is none of a file's; it becomes current if the step says so."""
        ((offset, _),) = step.rows
        done = day(offset)
        entry = Entry(
            id=number, completed_on=done, expires_on=done + dt.timedelta(days=25),
            window_opens_on=done + dt.timedelta(days=20), active_period="30 days", is_entered=True,
        )  # fmt: skip
        if any(found.completed_on == done for found in self.records.values()):
            return
        self.records[number] = entry
        if step.action != Action.HISTORY:
            self._become(entry, None, now)

    def take_away(self, _: int, __: Step, now: dt.datetime) -> None:
        """Somebody removes the current certification."""
        if self.standing.state:
            self.links.append(Link(None, None, 7, "gone", now, self.standing, Standing()))
            self.standing = Standing()

    def file(self, number: int, step: Step, now: dt.datetime) -> None:
        self.files[number] = (step, now)
        newest = max(offset for offset, _ in step.rows)
        rows = [
            RowFacts(place, *PAIR, day(offset), {"due_on": day(due).isoformat()} if due is not None else {},
                     is_newest=offset == newest)
            for place, (offset, due) in enumerate(sorted(step.rows), start=2)
        ]  # fmt: skip
        known = {(*PAIR, found.completed_on): KnownRecord(found.id, found.due_on) for found in self.records.values()}
        facts = Facts(
            records=known, statuses={PAIR: self._status()} if self.standing.state else {}, assigned=frozenset({PAIR}),
            terms={1: self.terms},
        )  # fmt: skip
        for row, plan in zip(
            rows, plan_certifications(rows, facts=facts, choices=Choices(now.date(), step.action)), strict=True
        ):
            recording: Recording = plan.action
            if not recording.creates or recording.dates is None:
                continue
            entry = Entry(
                id=number * 100 + row.row_no, completed_on=row.day, due_on=recording.due_on, batch_id=number,
                row_no=row.row_no, active_period=recording.active_period, expires_on=recording.dates.expires_on,
                window_opens_on=recording.dates.window_opens_on,
            )  # fmt: skip
            self.records[entry.id] = entry
            if recording.certifies:
                self._become(entry, number, now)

    def _status(self) -> CurrentStatus:
        shown = self.standing
        record = self.records.get(shown.record_id or 0)
        last = (record.completed_on, record.expires_on, record.window_opens_on) if record else (None, None, None)
        return CurrentStatus(
            0, shown.state, shown.record_id, shown.completed_on, shown.window_opens_on, shown.expires_on, None, *last
        )

    def _become(self, entry: Entry, number: int | None, now: dt.datetime) -> None:
        after = Standing("certified", entry.id, entry.completed_on, entry.window_opens_on, entry.expires_on, now.date())
        self.links.append(Link(number, entry.row_no, None, "", now, self.standing, after))
        self.standing = after

    # --- what the statements of `undoing` do ------------------------------------------------------------------------

    def undo(self, number: int) -> None:
        """Take an import out: its records pass to who saw them or go, its link leaves the chain, the rest is retold."""
        since = self.files.pop(number)[1]
        for entry in [found for found in self.records.values() if found.batch_id == number]:
            heir = next(
                (batch for batch in sorted(self.files) if batch > number and entry.completed_on in self._days(batch)),
                None,
            )
            if heir is None:
                del self.records[entry.id]
            else:
                days = self._days(heir)
                self.records[entry.id] = replace(
                    entry,
                    batch_id=heir,
                    row_no=sorted(days).index(entry.completed_on) + 2,
                    due_on=days[entry.completed_on],
                    is_passed=True,
                )
        own = next((link for link in self.links if link.batch_id == number), None)
        earlier = [link for link in self.links if link.changed_at < since]
        if own is not None:
            before = own.before
        else:
            before, since = (earlier[-1].after, earlier[-1].changed_at) if earlier else (Standing(), since)
        retold = replay_chain(
            before,
            since=since,
            tail=[link for link in self.links if link not in earlier and link is not own],
            visits=self._visits(since=since),
            entries=self.records,
            runs=self.runs,
            terms=self.terms,
        )
        self._write(retold, earlier=earlier)

    def _write(self, retold: Retold, *, earlier: list[Link]) -> None:
        self.links, self.standing = [*earlier, *retold.links], retold.standing
        for record_id, found in retold.dates.items():
            changed = replace(
                self.records[record_id], expires_on=found.expires_on, window_opens_on=found.window_opens_on
            )
            self.records[record_id] = changed
        self.records = {key: replace(entry, is_passed=False) for key, entry in self.records.items()}

    def _visits(self, *, since: dt.datetime) -> list[Visit]:
        owners = {entry.batch_id for entry in self.records.values()}
        return [
            Visit(
                batch_id=batch, actor_id=None, action=step.action, at=at, on=at.date(), newest_on=max(self._days(batch))
            )
            for batch, (step, at) in self.files.items()
            if batch in owners and at > since
        ]

    def _days(self, batch: int) -> dict[dt.date, dt.date | None]:
        return {day(done): day(due) if due is not None else None for done, due in self.files[batch][0].rows}

    # --- comparing twins --------------------------------------------------------------------------------------------

    def picture(self) -> dict[str, Any]:
        """Everything, with days in place of ids."""

        def shows(standing: Standing) -> tuple[Any, ...]:
            record = self.records.get(standing.record_id or 0)
            shown = replace(standing, record_id=None)
            return (shown, record.completed_on if record else standing.record_id)

        return {
            "standing": shows(self.standing),
            "links": [
                (link.batch_id, link.row_no, link.changed_at, shows(link.before), shows(link.after))
                for link in self.links
            ],
            "records": sorted(
                (entry.completed_on, entry.batch_id or 0, entry.due_on or 0, entry.expires_on, entry.window_opens_on)
                for entry in self.records.values()
            ),
        }


completed = st.integers(-7, 1).map(lambda offset: offset * 6)
due = st.none() | st.integers(-6, 4).map(lambda offset: offset * 10)
files = st.builds(
    Step,
    kind=st.just("file"),
    hours=st.integers(1, 200),
    rows=st.lists(st.tuples(completed, due), min_size=1, max_size=3, unique_by=lambda row: row[0]).map(tuple),
    action=st.sampled_from([action.value for action in Action]),
)
nights = st.builds(Step, kind=st.just("night"), hours=st.integers(1, 400))
hands = st.builds(
    Step,
    kind=st.just("by_hand"),
    hours=st.integers(1, 200),
    rows=st.tuples(st.tuples(completed.map(lambda offset: offset + 1), st.none())),
    action=st.sampled_from([Action.HISTORY.value, "certify"]),
)
taken = st.builds(Step, kind=st.just("take_away"), hours=st.integers(1, 50))


@settings(max_examples=600, deadline=None)
@given(
    steps=st.lists(st.one_of(files, files, files, nights, hands), min_size=2, max_size=9),
    method=st.sampled_from([method.value for method in Method]),
    chance=st.randoms(use_true_random=False),
)
def test_E33_E34_undone_in_any_order_the_chain_is_that_of_a_twin(steps: list[Step], method: str, chance: Any) -> None:
    terms = replace(TERMS, method=method)
    imports = [number for number, step in enumerate(steps, start=1) if step.kind == "file"]
    undone = chance.sample(imports, chance.randint(1, len(imports))) if imports else []
    life = Life(terms).live(steps)
    for number in undone:
        life.undo(number)
    assert life.picture() == Life(terms).live(steps, without=frozenset(undone)).picture()


def told(
    steps: list[Step], *, undone: int, terms: CertificationTerms = TERMS, later: CertificationTerms | None = None
) -> Life:
    """Live through the steps, undo one; `later` are the settings by then."""
    life = Life(terms).live(steps)
    life.terms = later or terms
    life.undo(undone)
    return life


def imported(*rows: int, action: str = "certify_if_more_recent", hours: int = 24) -> Step:
    return Step("file", hours, tuple((offset, None) for offset in rows), action)


def ends(life: Life) -> list[tuple[int | None, dt.date]]:
    """Import and expiry of every record, oldest completion first."""
    return [(batch, expires) for _, batch, _, expires, _ in life.picture()["records"]]


def test_E33_an_expiry_that_was_counted_from_what_is_gone_is_counted_again() -> None:
    """30 days from the first expiry; without the first, from the completion itself."""
    terms = replace(TERMS, method="expiry_date")
    steps = [imported(-20), imported(5)]
    assert ends(Life(terms).live(steps)) == [(1, day(10)), (2, day(40))]
    assert ends(told(steps, undone=1, terms=terms)) == [(2, day(35))]


def test_E33_what_keeps_its_base_keeps_its_dates_whatever_the_settings_say_today() -> None:
    later = replace(TERMS, active_period=Period.parse("90 days"), recertification_window=Period.parse("60 days"))
    steps = [imported(-20), imported(-30), imported(5)]
    life = told(steps, undone=2, later=later)
    assert ends(life) == [(1, day(10)), (3, day(35))]
    assert life.standing.window_opens_on == day(25)


def test_E33_what_is_counted_again_has_the_settings_of_today_with_its_own_active_period() -> None:
    terms = replace(TERMS, method="expiry_date")
    later = replace(terms, active_period=Period.parse("90 days"), recertification_window=Period.parse("3 days"))
    life = told([imported(-20), imported(5)], undone=1, terms=terms, later=later)
    assert (life.standing.expires_on, life.standing.window_opens_on) == (day(35), day(32))


def test_T80_an_import_that_certified_still_does_where_the_certification_was_archived_since() -> None:
    archived = replace(TERMS, is_active=False)
    steps = [imported(-20), imported(5), imported(5, 2)]
    assert told(steps, undone=1, later=archived).standing.completed_on == day(5)
    assert told(steps, undone=2, later=archived).standing.completed_on == day(-20), "heard for the first time: history"


def test_E34_a_certification_taken_away_by_a_person_stays_away_and_later_imports_certify_on_that() -> None:
    steps = [imported(-20), Step("take_away", 24), imported(-10, action="certify_uncertified")]
    life = told(steps[:2], undone=1)
    assert (life.standing, [(link.batch_id, link.reason) for link in life.links]) == (Standing(), [(None, "gone")])
    life = told(steps, undone=1)
    assert [(link.batch_id, link.before.state) for link in life.links] == [(None, ""), (3, "")]


def test_E34_a_record_edited_by_a_person_keeps_its_dates_on_another_base() -> None:
    terms = replace(TERMS, method="expiry_date")
    life = Life(terms).live([imported(-20), imported(5)])
    entry = life.records[202]
    life.records[202] = replace(entry, edited_at=FIRST + dt.timedelta(days=9), expires_on=day(77))
    after = replace(life.standing, expires_on=day(77))
    life.links.append(Link(None, None, 7, "typo", FIRST + dt.timedelta(days=9), life.standing, after))
    life.standing = after
    life.undo(1)
    assert ends(life) == [(2, day(77))]
    assert life.standing == after
    assert [link.batch_id for link in life.links] == [2, None]


def test_T52_contradicting_dates_are_archived_also_when_told_again() -> None:
    """Somebody set dates that contradict each other; the import after them certifies on no base, with or without the first."""
    life = Life(replace(TERMS, method="fixed_date")).live([imported(-20)])
    broken = replace(life.standing, window_opens_on=day(200))
    life.links.append(Link(None, None, 7, "odd", FIRST + dt.timedelta(days=2), life.standing, broken))
    life.standing = broken
    life.file(3, imported(-22, action="certify_uncertified"), FIRST + dt.timedelta(days=3))
    before = life.picture()["standing"]
    life.undo(1)
    assert life.picture()["standing"] == before
    assert before[1] == day(-22)


def test_T48_the_daily_job_passes_over_who_has_nothing_and_who_is_expired() -> None:
    run = [Run(FIRST, day(500))]
    expired = Standing("expired", 4)
    assert (live_through(Standing(), runs=run), live_through(expired, runs=run)) == (Standing(), expired)
    window = Standing("certified", 4, day(0), day(5), day(9), day(1))
    assert live_through(window, runs=[]) == window
    assert live_through(window, runs=[Run(FIRST, day(5))]) == replace(window, state="window_open")
    assert live_through(window, runs=[Run(FIRST, day(9))]) == replace(window, state="window_open")
    assert live_through(window, runs=[Run(FIRST, day(10))]) == Standing(
        "expired", 4, messages_suppressed_through=day(1)
    )
