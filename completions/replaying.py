"""What later changes make of a result once an undone import is out of its chain (E-33, E-34).

A later import that changed nothing has no link: its completion was shown already, or a newer one was. Without the
undone import it might have become current, as in a twin that never had that import. Its link is added then. A change by a
person that left the completion alone (progress) goes on top of what is there now. The decisions are `chains`.
Public: `FIELDS`, `name_columns`, `show`, `replay_chains`; for `undoing`, in its transaction.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final

from django.db.backends.utils import CursorWrapper

from completions.chains import Link, Run, Standing, Touch, replay_chain

# A field of `Standing` is a column of a result, and with before_ and after_ of a link.
FIELDS: Final = tuple(field.name for field in fields(Standing))


def name_columns(prefix: str) -> str:
    """Return the columns of a standing, each with the prefix."""
    return ", ".join(prefix + name for name in FIELDS)


def show(link: str, *, which: str) -> str:
    """Return the values a result takes from the standing `which` of a link, opened where the job has run meanwhile (E-33).

    `link` is an alias with the column `can_open`: whether the job looks at its person and course at all.
    """
    prefix = f"{link}.{which}_"
    opened = f"""{link}.can_open AND {prefix}status = 'completed' AND NOT {prefix}lapsed_on_arrival
        AND {prefix}retake_opens_on <= (
            SELECT max(run.run_on) FROM daily_dailyrun run
            WHERE run.tenant_id = current_setting('app.tenant')::int AND run.started_at > {link}.changed_at)"""  # noqa: S608
    values = {"status": f"CASE WHEN {opened} THEN 'not_started' ELSE {prefix}status END"}
    values["percent"] = f"CASE WHEN {opened} THEN 0 ELSE {prefix}percent END"
    return ", ".join(values.get(name, prefix + name) for name in FIELDS)


# Imports after the undone link that have rows of its person and course, but no link: the newest row of each.
_TOUCHES: Final = """
SELECT link.person_id, link.course_id, touch.batch_id, touch.row_no, touch.confirmed_by_id, touch.policy,
       touch.opens_retakes, touch.at, touch.applied_on, touch.day, touch.achievement_id, touch.compliant_until,
       CASE WHEN pushed.day IS NULL THEN touch.compliant_until
            ELSE (touch.day + course.compliant_for::interval)::date END, course.retake_days, pushed.day
FROM undone_link link
JOIN courses_course course ON course.tenant_id = link.tenant_id AND course.id = link.course_id AND course.is_active
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (batch.id) batch.id AS batch_id, row.row_no, batch.confirmed_by_id,
           batch.options->>'policy' AS policy, coalesce((batch.options->>'opens_retakes')::boolean, false) AS opens_retakes,
           coalesce(batch.finished_at, batch.started_at) AS at,
           (batch.started_at AT TIME ZONE %(zone)s)::date AS applied_on, row.completed_on AS day, row.achievement_id,
           row.compliant_until
    FROM (
        SELECT own.batch_id, own.row_no, own.completed_on, own.id AS achievement_id, own.compliant_until
        FROM completions_achievement own
        WHERE own.tenant_id = link.tenant_id AND own.person_id = link.person_id AND own.course_id = link.course_id
        UNION ALL
        SELECT seen.batch_id, seen.row_no, own.completed_on, own.id, own.compliant_until FROM completions_achievement own
        JOIN completions_sighting seen ON seen.tenant_id = own.tenant_id AND seen.achievement_id = own.id
        WHERE own.tenant_id = link.tenant_id AND own.person_id = link.person_id AND own.course_id = link.course_id
    ) row
    JOIN imports_importbatch batch ON batch.tenant_id = link.tenant_id AND batch.id = row.batch_id
    WHERE batch.id <> link.batch_id AND batch.state <> 'undone'
      AND coalesce(batch.finished_at, batch.started_at) > link.changed_at
      AND NOT EXISTS (
        SELECT 1 FROM completions_resultchange other
        WHERE other.tenant_id = link.tenant_id AND other.person_id = link.person_id
          AND other.course_id = link.course_id AND other.batch_id = batch.id)
    ORDER BY batch.id, row.completed_on DESC, row.row_no
) touch
CROSS JOIN LATERAL (
    SELECT (max(push.done_at) AT TIME ZONE %(zone)s)::date AS day FROM completions_settingspush push
    WHERE push.tenant_id = link.tenant_id AND push.course_id = link.course_id AND push.to_completed
      AND push.done_at > touch.at
) pushed
ORDER BY link.person_id, link.course_id, touch.at, touch.batch_id
"""
# The undone links whose chains have to be told again: a later import may win now, a person built on their completion,
# or the job would have opened a retake before the next change.
_STARTS: Final = f"""
SELECT link.id, link.person_id, link.course_id, link.following_id IS NOT NULL, link.can_open, link.changed_at,
       {name_columns("link.before_")}
FROM undone_link link
LEFT JOIN completions_resultchange following ON following.id = link.following_id
WHERE following.batch_id IS NULL AND following.before_achievement_id = following.after_achievement_id
   OR link.following_id IS NOT NULL AND link.can_open AND link.before_status = 'completed'
      AND NOT link.before_lapsed_on_arrival AND link.before_retake_opens_on IS NOT NULL
   OR (link.person_id, link.course_id) IN (SELECT * FROM unnest(%(people)s::bigint[], %(courses)s::bigint[]))
"""  # noqa: S608 - no input
_FOLLOWING: Final = f"""
SELECT later.person_id, later.course_id, later.batch_id, later.row_no, later.actor_id, later.reason, later.changed_at,
       {name_columns("later.before_")}, {name_columns("later.after_")}
FROM undone_link link
JOIN completions_resultchange later ON later.tenant_id = link.tenant_id AND later.person_id = link.person_id
 AND later.course_id = link.course_id AND later.id > link.id
WHERE link.id = ANY(%s::bigint[])
ORDER BY later.id
"""  # noqa: S608 - no input
_RUNS: Final = """
SELECT started_at, run_on FROM daily_dailyrun
WHERE tenant_id = current_setting('app.tenant')::int AND started_at > (SELECT min(changed_at) FROM undone_link)
ORDER BY started_at
"""
_DELETE_FOLLOWING: Final = """
DELETE FROM completions_resultchange later USING undone_link link
WHERE link.id = ANY(%s::bigint[]) AND later.tenant_id = link.tenant_id AND later.person_id = link.person_id
  AND later.course_id = link.course_id AND later.id > link.id
"""
_PREPARE: Final = """
DROP TABLE IF EXISTS replayed_link;
CREATE TEMPORARY TABLE replayed_link ON COMMIT DROP AS
SELECT 0 AS place, false AS shows, false AS can_open, changed.* FROM completions_resultchange changed WHERE false
"""
_COLUMNS: Final = (
    "person_id, course_id, batch_id, row_no, actor_id, reason, changed_at, "
    f"{name_columns('before_')}, {name_columns('after_')}"
)
_COPY: Final = f"COPY replayed_link (place, shows, can_open, {_COLUMNS}) FROM STDIN"
_ADD_LINKS: Final = f"""
INSERT INTO completions_resultchange (tenant_id, {_COLUMNS})
SELECT current_setting('app.tenant')::int, {_COLUMNS} FROM replayed_link ORDER BY place
"""  # noqa: S608 - no input
# What the last link says, unless the result shows it already.
_SHOW_LAST: Final = f"""
UPDATE completions_courseresult result
SET ({name_columns("")}, updated_at) = ({show("last", which="after")}, %s)
FROM replayed_link last
WHERE last.shows AND result.tenant_id = current_setting('app.tenant')::int
  AND result.person_id = last.person_id AND result.course_id = last.course_id
"""  # noqa: S608 - no input
# What is replayed is neither removed nor restored.
_SETTLE: Final = "DELETE FROM undone_link WHERE id = ANY(%s::bigint[])"

Pair = tuple[int, int]


def replay_chains(cursor: CursorWrapper, *, now: datetime, zone: str) -> int:
    """Tell the chains again that lost a link (`undone_link`), where that changes more than the next `before`.

    Those links leave `undone_link`. Their results are locked by the caller. Returns how many results stay as they are
    only because of a later import that had not changed them.
    """
    cursor.execute(_TOUCHES, {"zone": zone})
    touches: dict[Pair, list[Touch]] = defaultdict(list)
    for person, course, *values in cursor.fetchall():
        touches[person, course].append(Touch(*values))
    people, courses = zip(*touches, strict=True) if touches else ((), ())
    cursor.execute(_STARTS, {"people": list(people), "courses": list(courses)})
    starts = cursor.fetchall()
    if not starts:
        return 0
    following = _read_following(cursor, [link_id for link_id, _, _, is_inner, *_ in starts if is_inner])
    cursor.execute(_RUNS)
    runs = [Run(*row) for row in cursor.fetchall()]
    told: list[tuple[Any, ...]] = []
    settled: list[int] = []
    stays = 0
    for link_id, person, course, is_inner, can_open, since, *values in starts:
        pair, before = (person, course), Standing(*values)
        kept = following[pair]
        chain = replay_chain(
            before, since=since, following=kept, touches=touches.get(pair, ()), runs=runs if can_open else ()
        )
        if chain == [replace(link, before=before) if place == 0 else link for place, link in enumerate(kept)]:
            continue  # the next link takes over what was there before
        told += _list_links(chain, kept=kept, pair=pair, can_open=can_open)
        settled.append(link_id)
        stays += not is_inner
    _rewrite(cursor, told, settled=settled, now=now)
    return stays


def _rewrite(cursor: CursorWrapper, told: Sequence[tuple[Any, ...]], *, settled: list[int], now: datetime) -> None:
    if not settled:
        return
    cursor.execute(_DELETE_FOLLOWING, [settled])
    cursor.execute(_PREPARE)
    with cursor.copy(_COPY) as copy:
        for row in told:
            copy.write_row(row)
    cursor.execute(_ADD_LINKS)
    cursor.execute(_SHOW_LAST, [now])
    cursor.execute(_SETTLE, [settled])


def _read_following(cursor: CursorWrapper, link_ids: list[int]) -> dict[Pair, list[Link]]:
    found: dict[Pair, list[Link]] = defaultdict(list)
    if link_ids:
        cursor.execute(_FOLLOWING, [link_ids])
        width = len(FIELDS)
        for person, course, batch_id, row_no, actor_id, reason, changed_at, *standings in cursor.fetchall():
            before, after = Standing(*standings[:width]), Standing(*standings[width:])
            found[person, course].append(Link(batch_id, row_no, actor_id, reason, changed_at, before, after))
    return found


def _list_links(
    chain: Sequence[Link], *, kept: Sequence[Link], pair: Pair, can_open: bool
) -> Iterator[tuple[Any, ...]]:
    """Return the rows of a chain; the last link is to be shown unless it is there already and says the same."""
    is_shown = bool(kept) and chain[-1].changed_at == kept[-1].changed_at and chain[-1].after == kept[-1].after
    for place, link in enumerate(chain):
        standings = (getattr(standing, name) for standing in (link.before, link.after) for name in FIELDS)
        yield (
            place, place == len(chain) - 1 and not is_shown, can_open, *pair, link.batch_id, link.row_no, link.actor_id,
            link.reason, link.changed_at, *standings,
        )  # fmt: skip
