"""Imports of completions in plain Python: no database, no chunks, nothing that runs at once. The oracle of the tests.

A tenant is what its imports say, told in the order in which they were applied. Undoing one is telling the rest again:
the twin that never had it (E-33). Row by row: `Told` is what the real importer has to say too.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Pair = tuple[str, str]
TODAY = dt.datetime.now(tz=dt.UTC).date()
EARLIEST = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Line:
    """One row of a file, as it was typed."""

    username: str
    code: str
    day: str
    score: str = ""

    def text(self) -> str:
        """The row as it stands in the file."""
        return f"{self.username},{self.code},{self.day},{self.score}"


@dataclass(frozen=True)
class File:
    """A file and what was chosen for it."""

    lines: tuple[Line, ...]
    policy: str = "latest_import"
    stops_if_any: bool = False
    actor: str = "adam"

    def text(self) -> str:
        """The file."""
        return "\n".join(["username,course code,completion date,score", *(line.text() for line in self.lines)]) + "\n"


@dataclass(frozen=True)
class World:
    """People and courses by their keys, and over whom and what each actor may import."""

    people: Mapping[str, str]
    courses: Mapping[str, str]
    archived: frozenset[str]
    closed: frozenset[str]
    reach: Mapping[str, frozenset[str]]
    usable: Mapping[str, frozenset[str]]


@dataclass
class Completion:
    """A completion in the history."""

    score: str | None
    told_by: int


@dataclass
class Standing:
    """What is recorded."""

    history: dict[tuple[str, str, dt.date], Completion] = field(default_factory=dict)
    current: dict[Pair, dt.date] = field(default_factory=dict)
    assigned: dict[Pair, tuple[dt.date, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """What became of one row."""

    row_no: int
    outcome: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Fit:
    """A row without a fault of its own."""

    row_no: int
    pair: Pair
    day: dt.date
    score: str | None


def import_file(file: File, *, number: int, standing: Standing, world: World) -> tuple[str, list[Told]]:
    """Tell one file to the standing; return the state it ends in and what became of its rows."""
    told: dict[int, Told] = {}
    fit: list[Fit] = []
    for row_no, line in enumerate(file.lines, start=2):
        found = read_line(line, row_no=row_no, actor=file.actor, world=world)
        if isinstance(found, Fit):
            fit.append(found)
        elif found is not None:
            told[row_no] = found
    stops = file.stops_if_any and any(row.outcome == "rejected" for row in told.values())
    target = Standing() if stops else standing
    if stops:
        target = Standing(
            {key: Completion(one.score, one.told_by) for key, one in standing.history.items()},
            dict(standing.current),
            dict(standing.assigned),
        )
    for rows in group(fit):
        for row in tell_group(rows, file=file, number=number, standing=target, world=world):
            told[row.row_no] = row
    rows_told = [told[row_no] for row_no in sorted(told)]
    if stops:
        return "refused", rows_told
    is_clean = all(row.outcome != "rejected" for row in rows_told)
    return "completed" if is_clean else "completed_with_errors", rows_told


def read_line(line: Line, *, row_no: int, actor: str, world: World) -> Fit | Told | None:
    """Return the row if nothing is wrong with it, what is wrong otherwise, or None for a blank one."""
    if not (line.username + line.code + line.day + line.score).strip():
        return None
    codes: list[str] = []
    day = read_day(line.day)
    if not line.day.strip():
        codes.append("R301")
    elif day is None:
        codes.append("R302")
    elif day > TODAY + dt.timedelta(days=1):  # days near now are not generated: the clock ticks
        codes.append("R303")
    elif day < EARLIEST:
        codes.append("R304")
    score = line.score.strip() or None
    if score is not None and not score.isdigit():
        codes.append("R501")
    person = look_up(line.username, world.people, world.reach[actor], blank="R101", absent="R102", codes=codes)
    course = look_up(line.code, world.courses, world.usable[actor], blank="R201", absent="R202", codes=codes)
    if course in world.closed:
        codes.append("R206")
    if codes or day is None:
        return Told(row_no, "rejected", tuple(sorted(codes)))
    return Fit(row_no, (person, course), day, score)


def look_up(
    text: str, known: Mapping[str, str], reach: frozenset[str], *, blank: str, absent: str, codes: list[str]
) -> str:
    """Return the name behind an identifier; note the code where there is none."""
    key = text.strip().casefold()
    if not key:
        codes.append(blank)
        return ""
    name = known.get(key, "")
    if name not in reach:
        codes.append(absent)
        return ""
    return name


def read_day(text: str) -> dt.date | None:
    """Return the day of an ISO or a day-first date."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(text.strip(), form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    return None


def group(rows: Iterable[Fit]) -> list[list[Fit]]:
    """Return the rows of each person and course, by day and row."""
    groups: dict[Pair, list[Fit]] = {}
    for row in sorted(rows, key=lambda row: (row.day, row.row_no)):
        groups.setdefault(row.pair, []).append(row)
    return list(groups.values())


def tell_group(rows: Sequence[Fit], *, file: File, number: int, standing: Standing, world: World) -> list[Told]:
    """Tell the rows of one person and course."""
    pair = rows[0].pair
    is_archived = pair[1] in world.archived
    is_history = is_archived or file.policy == "history_only"
    newest = max(row.day for row in rows)
    current = standing.current.get(pair)
    told: dict[dt.date, Told] = {}
    repeats = []
    for row in rows:
        if row.day in told:
            repeats.append(Told(row.row_no, "unchanged", ("R403",)))
            continue
        known = standing.history.get((*pair, row.day))
        shows = not is_history and row.day == newest != current and beats(row.day, current, policy=file.policy)
        told[row.day] = tell_row(row, known=known, current=current, shows=shows, is_archived=is_archived)
        if known is None:
            standing.history[*pair, row.day] = Completion(row.score, number)
        if shows:
            standing.current[pair] = row.day
    if not is_history:
        standing.assigned.setdefault(pair, (rows[0].day, number))
    return [*told.values(), *repeats]


def tell_row(row: Fit, *, known: Completion | None, current: dt.date | None, shows: bool, is_archived: bool) -> Told:
    """Return outcome and codes of a row that is no repeat; `shows`: it becomes the current one."""
    codes = ["R409"] if is_archived else []
    if known is not None and row.score is not None and row.score != known.score:
        codes.append("R407")
    if shows:
        outcome = "updated" if known is not None or current is not None else "created"
        if current is not None and current > row.day:
            codes.append("R402")
    elif known is None:
        outcome = "added_to_history"
        codes.append("R404")
    else:
        outcome = "unchanged"
        if "R407" not in codes:
            codes.append("R401")
    return Told(row.row_no, outcome, tuple(sorted(codes)))


def beats(day: dt.date, current: dt.date | None, *, policy: str) -> bool:
    """Return whether the newest row of a file becomes the current one."""
    return policy == "latest_import" or current is None or day > current


def tell_all(files: Mapping[int, File], *, world: World) -> Standing:
    """Return the tenant that has lived through these imports, in the order of their numbers."""
    standing = Standing()
    for number in sorted(files):
        import_file(files[number], number=number, standing=standing, world=world)
    return standing


Listing = dict[str, list[tuple[object, ...]]]


def list_standing(standing: Standing, *, number_of: Callable[[int], int] = lambda number: number) -> Listing:
    """Return the standing as `tests.plugins.standing.describe_standing` does."""
    return {
        "results": sorted(
            ((person, course, "completed", 100, day) for (person, course), day in standing.current.items()), key=repr
        ),
        "completions": sorted(
            (
                (person, course, day, one.score, "import", number_of(one.told_by))
                for (person, course, day), one in standing.history.items()
            ),
            key=repr,
        ),
        "assignments": sorted(
            (
                (person, course, day, "import", number_of(number))
                for (person, course), (day, number) in standing.assigned.items()
            ),
            key=repr,
        ),
    }
