"""What later imports make of a result once an undone import is out of its chain (E-33, E-34).

A later import that changed nothing has no link: its completion was shown already, or a newer one was. Without the
undone import it might have become current, as in a twin that never had that import. Its link is added then.
Public: `replay_chain` (pure), `replay_later_imports`; both for `undoing`, in its transaction.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from django.db.backends.utils import CursorWrapper

from completions.models import Policy, Status

# Imports after the undone link that have rows of its person and course, but no link: the newest row of each.
_TOUCHES: Final = """
SELECT link.person_id, link.course_id, link.id, link.following_id IS NOT NULL,
       link.before_status, link.before_percent, link.before_completed_on, link.before_achievement_id,
       touch.batch_id, touch.row_no, touch.confirmed_by_id, touch.policy, touch.at, touch.day, touch.achievement_id
FROM undone_link link
JOIN courses_course course ON course.tenant_id = link.tenant_id AND course.id = link.course_id AND course.is_active
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (batch.id) batch.id AS batch_id, row.row_no, batch.confirmed_by_id,
           batch.options->>'policy' AS policy, coalesce(batch.finished_at, batch.started_at) AS at,
           row.completed_on AS day, row.achievement_id
    FROM (
        SELECT own.batch_id, own.row_no, own.completed_on, own.id AS achievement_id FROM completions_achievement own
        WHERE own.tenant_id = link.tenant_id AND own.person_id = link.person_id AND own.course_id = link.course_id
        UNION ALL
        SELECT seen.batch_id, seen.row_no, own.completed_on, own.id FROM completions_achievement own
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
ORDER BY link.person_id, link.course_id, touch.at, touch.batch_id
"""
_FOLLOWING: Final = """
SELECT later.person_id, later.course_id, later.batch_id, later.row_no, later.actor_id, later.reason, later.changed_at,
       later.before_status, later.before_percent, later.before_completed_on, later.before_achievement_id,
       later.after_status, later.after_percent, later.after_completed_on, later.after_achievement_id
FROM undone_link link
JOIN completions_resultchange later ON later.tenant_id = link.tenant_id AND later.person_id = link.person_id
 AND later.course_id = link.course_id AND later.id > link.id
WHERE link.id = ANY(%s::bigint[])
ORDER BY later.id
"""
_DELETE_FOLLOWING: Final = """
DELETE FROM completions_resultchange later USING undone_link link
WHERE link.id = ANY(%s::bigint[]) AND later.tenant_id = link.tenant_id AND later.person_id = link.person_id
  AND later.course_id = link.course_id AND later.id > link.id
"""
_PREPARE: Final = """
DROP TABLE IF EXISTS replayed_link;
CREATE TEMPORARY TABLE replayed_link (
    place int, person_id bigint, course_id bigint, batch_id bigint, row_no int, actor_id bigint, reason text,
    changed_at timestamptz, before_status text, before_percent int, before_completed_on date,
    before_achievement_id bigint, after_status text, after_percent int, after_completed_on date,
    after_achievement_id bigint
) ON COMMIT DROP
"""
_COLUMNS: Final = """person_id, course_id, batch_id, row_no, actor_id, reason, changed_at, before_status,
    before_percent, before_completed_on, before_achievement_id, after_status, after_percent, after_completed_on,
    after_achievement_id"""
_COPY: Final = f"COPY replayed_link (place, {_COLUMNS}) FROM STDIN"
_ADD_LINKS: Final = f"""
INSERT INTO completions_resultchange (tenant_id, {_COLUMNS})
SELECT current_setting('app.tenant')::int, {_COLUMNS} FROM replayed_link ORDER BY place
"""  # noqa: S608 - no input
_SHOW_LAST: Final = """
UPDATE completions_courseresult result
SET status = last.after_status, percent = last.after_percent, completed_on = last.after_completed_on,
    achievement_id = last.after_achievement_id, updated_at = %s
FROM (
    SELECT DISTINCT ON (person_id, course_id) * FROM replayed_link ORDER BY person_id, course_id, place DESC
) last
WHERE result.tenant_id = current_setting('app.tenant')::int
  AND result.person_id = last.person_id AND result.course_id = last.course_id
"""
# What is replayed is neither removed nor restored.
_SETTLE: Final = "DELETE FROM undone_link WHERE id = ANY(%s::bigint[])"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a current result shows; an empty status says that there is none."""

    status: str
    percent: int
    completed_on: date | None
    achievement_id: int | None


@dataclass(frozen=True, slots=True)
class Link:
    """One change in the chain of a current result; `batch_id` None is a change by a person."""

    batch_id: int | None
    row_no: int | None
    actor_id: int | None
    reason: str
    changed_at: datetime
    before: Standing
    after: Standing


@dataclass(frozen=True, slots=True)
class Touch:
    """The newest row of an import for a person and course whose result it did not change."""

    batch_id: int
    row_no: int
    actor_id: int | None
    policy: str
    at: datetime
    day: date
    achievement_id: int


def replay_chain(before: Standing, *, following: Sequence[Link], touches: Iterable[Touch]) -> list[Link]:
    """Return the chain that follows `before`: what was there, and the imports among `touches` that now become current.

    `following` is kept whole and in its order: what people and later imports changed stays (E-33).
    """
    chain: list[Link] = []
    standing = before
    kept = list(following)
    for touch in touches:
        while kept and kept[0].changed_at <= touch.at:
            chain.append(replace(kept.pop(0), before=standing))
            standing = chain[-1].after
        if _wins(touch, standing):
            after = Standing(Status.COMPLETED.value, 100, touch.day, touch.achievement_id)
            chain.append(Link(touch.batch_id, touch.row_no, touch.actor_id, "", touch.at, standing, after))
            standing = after
    for link in kept:
        chain.append(replace(link, before=standing))
        standing = link.after
    return chain


def _wins(touch: Touch, standing: Standing) -> bool:
    """Decide as `rules` did when the import ran (L-37, L-44)."""
    if touch.policy == Policy.HISTORY_ONLY:
        return False
    if standing.status == Status.COMPLETED and standing.achievement_id == touch.achievement_id:
        return False
    if touch.policy == Policy.LATEST_IMPORT or standing.completed_on is None:
        return True
    return touch.day > standing.completed_on


def replay_later_imports(cursor: CursorWrapper, *, now: datetime) -> int:
    """Add the links of later imports to the chains that lost one (`undone_link`); return how many results stay by it.

    Those chains leave `undone_link`. Their results are locked by the caller.
    """
    cursor.execute(_TOUCHES)
    touches: dict[tuple[int, int], list[Touch]] = defaultdict(list)
    starts: dict[tuple[int, int], tuple[int, bool, Standing]] = {}
    for person, course, link_id, is_inner, *values in cursor.fetchall():
        starts[person, course] = link_id, is_inner, Standing(*values[:4])
        batch_id, row_no, actor_id, policy, at, day, achievement_id = values[4:]
        touches[person, course].append(Touch(batch_id, row_no, actor_id, policy, at, day, achievement_id))
    following = _read_following(cursor, [link_id for link_id, is_inner, _ in starts.values() if is_inner])
    chains: dict[tuple[int, int], list[Link]] = {}
    for pair, (_, _, before) in starts.items():
        chain = replay_chain(before, following=following[pair], touches=touches[pair])
        if len(chain) > len(following[pair]):
            chains[pair] = chain
    if not chains:
        return 0
    ids = [starts[pair][0] for pair in chains]
    cursor.execute(_DELETE_FOLLOWING, [ids])
    cursor.execute(_PREPARE)
    with cursor.copy(_COPY) as copy:
        for pair, chain in chains.items():
            for place, link in enumerate(chain):
                copy.write_row((place, *pair, *_as_row(link)))
    cursor.execute(_ADD_LINKS)
    cursor.execute(_SHOW_LAST, [now])
    cursor.execute(_SETTLE, [ids])
    return sum(not starts[pair][1] for pair in chains)


def _read_following(cursor: CursorWrapper, link_ids: list[int]) -> dict[tuple[int, int], list[Link]]:
    found: dict[tuple[int, int], list[Link]] = defaultdict(list)
    if link_ids:
        cursor.execute(_FOLLOWING, [link_ids])
        for person, course, batch_id, row_no, actor_id, reason, changed_at, *standings in cursor.fetchall():
            before, after = Standing(*standings[:4]), Standing(*standings[4:])
            found[person, course].append(Link(batch_id, row_no, actor_id, reason, changed_at, before, after))
    return found


def _as_row(link: Link) -> tuple[Any, ...]:
    return (
        link.batch_id, link.row_no, link.actor_id, link.reason, link.changed_at,
        *(getattr(standing, name) for standing in (link.before, link.after) for name in Standing.__slots__),
    )  # fmt: skip
