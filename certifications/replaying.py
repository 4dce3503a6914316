"""What later imports and people make of current certifications once an undone import is out of their chains (E-33, E-34).

A later import may have found a record of the undone one, or a newer current certification, or have counted an expiry from
it. In a tenant that never had the undone import all this would be otherwise, so every later change of the person and
certification is told again. The decisions are `chains`; here they are read and written, in a constant number of statements.
Public: `FIELDS`, `name_columns`, `show_live`, `Start`, `Retelling`, `retell`; for `undoing`, in its transaction.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.backends.utils import CursorWrapper

from certifications.chains import Entry, Link, Retold, Run, Standing, Visit, replay_chain
from certifications.choices import Basis
from certifications.rules import CertificationDates
from certifications.selectors import load_terms

# A field of `Standing` is a column of a status, and with before_ and after_ of a link.
FIELDS: Final = tuple(found.name for found in fields(Standing))


def name_columns(prefix: str) -> str:
    """Return the columns of a standing, each with the prefix."""
    return ", ".join(prefix + name for name in FIELDS)


def show_live(link: str) -> str:
    """Return the values of `FIELDS` that a status takes from what the link `link` replaced, and the runs of the daily job since.

    `link` is an alias with the column `run_on`: the last day that has had its run since the link. `live_through` says why.
    """
    before = f"{link}.before_"
    expired = f"({before}state = 'expired' OR coalesce({link}.run_on > {before}expires_on, false))"
    is_open = f"({before}state = 'window_open' OR coalesce({link}.run_on >= {before}window_opens_on, false))"
    cleared = {"completed_on", "window_opens_on", "expires_on"}
    values = {name: f"CASE WHEN NOT {expired} OR {before}state = 'expired' THEN {before}{name} END" for name in cleared}
    values["state"] = f"CASE WHEN {expired} THEN 'expired' WHEN {is_open} THEN 'window_open' ELSE {before}state END"
    return ", ".join(values.get(name, before + name) for name in FIELDS)


# Looked up pair by pair (OFFSET keeps the planner from making joins of it, for which it knows too little of a new import).
_PAIRS: Final = "unnest(%(people)s::bigint[], %(certifications)s::bigint[]) AS pair (person_id, certification_id)"
_READ_LINKS: Final = f"""
SELECT link.person_id, link.certification_id, link.id, link.batch_id, link.row_no, link.actor_id, link.reason,
       link.changed_at, {name_columns("link.before_")}, {name_columns("link.after_")}
FROM {_PAIRS}
CROSS JOIN LATERAL (
    SELECT * FROM certifications_statuschange WHERE tenant_id = current_setting('app.tenant')::int
       AND person_id = pair.person_id AND certification_id = pair.certification_id OFFSET 0
) link
WHERE link.id <> ALL(%(undone)s::bigint[])
ORDER BY link.id
"""  # noqa: S608 - made of constants
_READ_ENTRIES: Final = f"""
SELECT own.person_id, own.certification_id, own.recorded_at, own.basis, own.id, own.completed_on, own.expires_on,
       own.window_opens_on, own.due_on, own.active_period, own.batch_id, own.row_no, own.edited_at
FROM {_PAIRS}
CROSS JOIN LATERAL (
    SELECT * FROM certifications_certificationrecord WHERE tenant_id = current_setting('app.tenant')::int
       AND person_id = pair.person_id AND certification_id = pair.certification_id OFFSET 0
) own
"""  # noqa: S608 - made of constants
_READ_SIGHTINGS: Final = """
SELECT record_id, batch_id FROM certifications_sighting
WHERE tenant_id = current_setting('app.tenant')::int AND record_id = ANY(%s::bigint[])
"""
_READ_BATCHES: Final = """
SELECT id, confirmed_by_id, options->>'action' FROM imports_importbatch
WHERE tenant_id = current_setting('app.tenant')::int AND id = ANY(%s::bigint[]) AND id <> %s AND state <> 'undone'
"""
_READ_STATUSES: Final = f"""
SELECT status.person_id, status.certification_id, {name_columns("status.")} FROM {_PAIRS}
CROSS JOIN LATERAL (
    SELECT * FROM certifications_certificationstatus WHERE tenant_id = current_setting('app.tenant')::int
       AND person_id = pair.person_id AND certification_id = pair.certification_id LIMIT 1
) status
"""  # noqa: S608 - made of constants
_READ_RUNS: Final = """
SELECT started_at, run_on FROM daily_dailyrun
WHERE tenant_id = current_setting('app.tenant')::int AND started_at > %s ORDER BY started_at
"""
_COLUMNS: Final = (
    "person_id, certification_id, batch_id, row_no, actor_id, reason, changed_at, "
    f"{name_columns('before_')}, {name_columns('after_')}"
)
_PREPARE: Final = f"""
DROP TABLE IF EXISTS retold_link, retold_dates, retold_status;
CREATE TEMPORARY TABLE retold_link ON COMMIT DROP AS
SELECT 0 AS place, {_COLUMNS} FROM certifications_statuschange WHERE false;
CREATE TEMPORARY TABLE retold_dates ON COMMIT DROP AS
SELECT id, expires_on, window_opens_on, basis, anchor_on, steps FROM certifications_certificationrecord WHERE false;
CREATE TEMPORARY TABLE retold_status ON COMMIT DROP AS
SELECT person_id, certification_id, {name_columns("")} FROM certifications_certificationstatus WHERE false
"""  # noqa: S608 - made of constants
_COPY_LINKS: Final = f"COPY retold_link (place, {_COLUMNS}) FROM STDIN"
_COPY_DATES: Final = "COPY retold_dates (id, expires_on, window_opens_on, basis, anchor_on, steps) FROM STDIN"
_COPY_STATUSES: Final = f"COPY retold_status (person_id, certification_id, {name_columns('')}) FROM STDIN"
_DELETE_LINKS: Final = "DELETE FROM certifications_statuschange WHERE id = ANY(%s::bigint[])"
_ADD_LINKS: Final = f"""
INSERT INTO certifications_statuschange (tenant_id, {_COLUMNS})
SELECT current_setting('app.tenant')::int, {_COLUMNS} FROM retold_link ORDER BY place
"""  # noqa: S608 - made of constants
_SET_DATES: Final = """
UPDATE certifications_certificationrecord own
SET expires_on = new.expires_on, window_opens_on = new.window_opens_on, basis = new.basis, anchor_on = new.anchor_on,
    steps = new.steps
FROM retold_dates new
WHERE own.id = new.id AND (own.expires_on, own.window_opens_on, own.basis, own.anchor_on, own.steps)
      IS DISTINCT FROM (new.expires_on, new.window_opens_on, new.basis, new.anchor_on, new.steps)
"""
_REMOVE_STATUSES: Final = """
DELETE FROM certifications_certificationstatus status USING retold_status new
WHERE new.state = '' AND status.tenant_id = current_setting('app.tenant')::int AND status.person_id = new.person_id
  AND status.certification_id = new.certification_id
RETURNING status.person_id, status.certification_id
"""
_SET_STATUSES: Final = f"""
INSERT INTO certifications_certificationstatus AS status
    (tenant_id, person_id, certification_id, {name_columns("")}, updated_at)
SELECT current_setting('app.tenant')::int, person_id, certification_id, {name_columns("")}, %s FROM retold_status
WHERE state <> '' ORDER BY person_id, certification_id
ON CONFLICT (tenant_id, person_id, certification_id) DO UPDATE
SET ({name_columns("")}, updated_at) = ROW ({name_columns("excluded.")}, excluded.updated_at)
WHERE ({name_columns("status.")}) IS DISTINCT FROM ({name_columns("excluded.")})
RETURNING status.person_id, status.certification_id
"""  # noqa: S608 - made of constants

_ENTRY_FIELDS: Final = (
    "id", "completed_on", "expires_on", "window_opens_on", "due_on", "active_period", "batch_id", "row_no", "edited_at",
)  # fmt: skip

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Start:
    """Where the telling begins: what the undone link replaced; without a link, what there was when it ran."""

    since: datetime
    link_id: int | None = None
    before: Standing | None = None


@dataclass(slots=True)
class Retelling:
    """What was found and written."""

    kept: int = 0  # a later change stands where the undone one was
    restored: int = 0  # nothing of what came later changes anything: as it was before
    changed: list[Pair] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Told:
    """Everything about the starting pairs."""

    links: Mapping[Pair, Sequence[tuple[int, Link]]]  # with their ids
    entries: Mapping[Pair, Mapping[int, Entry]]
    recorded: Mapping[int, datetime]  # record -> when
    seen: Mapping[int, set[int]]  # record -> imports that found it
    batches: Mapping[int, tuple[int | None, str]]  # import -> who, action
    statuses: Mapping[Pair, Standing]
    zone: ZoneInfo


def retell(
    cursor: CursorWrapper,
    starts: Mapping[Pair, Start],
    *,
    batch_id: int,
    passed: set[int],
    now: datetime,
    zone: ZoneInfo,
) -> Retelling:
    """Tell the chains of these pairs again without import `batch_id`; write links, dates and current certifications.

    `passed` are the records that are another import's now. The statuses are locked by the caller.
    """
    retelling = Retelling()
    if not starts:
        return retelling
    told = _read(cursor, starts, batch_id=batch_id, passed=passed, zone=zone)
    origins = {pair: _find_origin(start, told=told, pair=pair) for pair, start in starts.items()}
    cursor.execute(_READ_RUNS, [min(since for _, since in origins.values())])
    runs = [Run(*row) for row in cursor.fetchall()]
    terms = load_terms({certification for _, certification in starts})
    found: dict[Pair, Retold] = {}
    gone: list[int] = []
    for pair, start in starts.items():
        before, since = origins[pair]
        tail = [(link_id, link) for link_id, link in told.links.get(pair, ()) if _follows(link_id, link, start)]
        found[pair] = replay_chain(
            before,
            since=since,
            tail=[link for _, link in tail],
            visits=_list_visits(told, pair, since=start.since),
            entries=told.entries.get(pair, {}),
            runs=runs,
            terms=terms[pair[1]],
        )
        gone += [link_id for link_id, _ in tail]
        if start.link_id is not None:
            gone.append(start.link_id)
            retelling.kept += bool(found[pair].links)
            retelling.restored += not found[pair].links and bool(found[pair].standing.state)
    retelling.changed = _write(cursor, found, gone=gone, now=now)
    return retelling


def _follows(link_id: int, link: Link, start: Start) -> bool:
    return link_id > start.link_id if start.link_id is not None else link.changed_at > start.since


def _find_origin(start: Start, *, told: _Told, pair: Pair) -> tuple[Standing, datetime]:
    """Return what stood when the undone import ran, and since when."""
    if start.before is not None:
        return start.before, start.since
    links = [link for _, link in told.links.get(pair, ())]
    earlier = [link for link in links if link.changed_at <= start.since]
    if earlier:
        return earlier[-1].after, earlier[-1].changed_at
    if links:
        return links[0].before, start.since
    return told.statuses.get(pair, Standing()), start.since


def _list_visits(told: _Told, pair: Pair, *, since: datetime) -> Iterator[Visit]:
    """Yield the imports after `since` that brought records; one that found all of its own recorded decides nothing."""
    entries = told.entries.get(pair, {})
    changed_at = {link.batch_id: link.changed_at for _, link in told.links.get(pair, ())}
    owners = {entry.batch_id for entry in entries.values() if entry.batch_id is not None}
    for batch_id in sorted(owners & told.batches.keys()):
        own = [entry for entry in entries.values() if entry.batch_id == batch_id]
        seen = [entry for entry in entries.values() if batch_id in told.seen.get(entry.id, ())]
        at = changed_at.get(batch_id) or min(told.recorded[entry.id] for entry in own)
        if at <= since:
            continue
        actor_id, action = told.batches[batch_id]
        yield Visit(
            batch_id=batch_id,
            actor_id=actor_id,
            action=action,
            at=at,
            on=at.astimezone(told.zone).date(),
            newest_on=max(entry.completed_on for entry in (*own, *seen)),
        )


def _read(
    cursor: CursorWrapper, starts: Mapping[Pair, Start], *, batch_id: int, passed: set[int], zone: ZoneInfo
) -> _Told:
    people, certifications = zip(*starts, strict=True)
    undone = [start.link_id for start in starts.values() if start.link_id is not None]
    parameters = {"people": list(people), "certifications": list(certifications), "undone": undone}
    width = len(FIELDS)
    links: dict[Pair, list[tuple[int, Link]]] = defaultdict(list)
    cursor.execute(_READ_LINKS, parameters)
    for person, certification, link_id, by, row_no, actor, reason, changed_at, *values in cursor.fetchall():
        before, after = Standing(*values[:width]), Standing(*values[width:])
        links[person, certification].append((link_id, Link(by, row_no, actor, reason, changed_at, before, after)))
    entries: dict[Pair, dict[int, Entry]] = defaultdict(dict)
    recorded: dict[int, datetime] = {}
    cursor.execute(_READ_ENTRIES, parameters)
    for person, certification, recorded_at, basis, *values in cursor.fetchall():
        found = dict(zip(_ENTRY_FIELDS, values, strict=True))
        entry = Entry(**found, is_entered=basis == Basis.ENTERED, is_passed=found["id"] in passed)
        entries[person, certification][entry.id] = entry
        recorded[entry.id] = recorded_at
    seen: dict[int, set[int]] = defaultdict(set)
    cursor.execute(_READ_SIGHTINGS, [list(recorded)])
    for record_id, by in cursor.fetchall():
        seen[record_id].add(by)
    owners = {entry.batch_id for group in entries.values() for entry in group.values() if entry.batch_id is not None}
    cursor.execute(_READ_BATCHES, [sorted(owners), batch_id])
    batches = {found_id: (actor_id, action) for found_id, actor_id, action in cursor.fetchall()}
    cursor.execute(_READ_STATUSES, parameters)
    statuses = {(person, certification): Standing(*values) for person, certification, *values in cursor.fetchall()}
    return _Told(links, entries, recorded, seen, batches, statuses, zone)


def _write(cursor: CursorWrapper, found: Mapping[Pair, Retold], *, gone: list[int], now: datetime) -> list[Pair]:
    """Write links, dates and current certifications; return whose current certification is another now."""
    cursor.execute(_DELETE_LINKS, [gone])
    cursor.execute(_PREPARE)
    with cursor.copy(_COPY_LINKS) as copy:
        for place, (pair, link) in enumerate((pair, link) for pair, told in found.items() for link in told.links):
            columns = (link.batch_id, link.row_no, link.actor_id, link.reason, link.changed_at)
            copy.write_row((place, *pair, *columns, *_values(link.before), *_values(link.after)))
    with cursor.copy(_COPY_DATES) as copy:
        for told in found.values():
            for record_id, dates in told.dates.items():
                copy.write_row((record_id, *_date_values(dates)))
    with cursor.copy(_COPY_STATUSES) as copy:
        for pair, told in found.items():
            copy.write_row((*pair, *_values(told.standing)))
    cursor.execute(_ADD_LINKS)
    cursor.execute(_SET_DATES)
    cursor.execute(_REMOVE_STATUSES)
    changed: list[Pair] = cursor.fetchall()
    cursor.execute(_SET_STATUSES, [now])
    changed += cursor.fetchall()
    cursor.execute("DROP TABLE retold_link, retold_dates, retold_status")
    return changed


def _values(standing: Standing) -> tuple[Any, ...]:
    return tuple(getattr(standing, name) for name in FIELDS)


def _date_values(dates: CertificationDates) -> tuple[Any, ...]:
    return dates.expires_on, dates.window_opens_on, str(dates.basis), dates.anchor_on, dates.steps
