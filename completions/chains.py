"""The chain of changes of one current result without an import that is taken out of it: pure decisions (E-33, E-34).

What people and later imports changed stays; imports that changed nothing become current where they would have been; the
daily job's consequences follow. Public: `Standing`, `Link`, `Touch`, `Run`, `replay_chain`, `open_retake`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from completions.models import Policy, Status


@dataclass(frozen=True, slots=True)
class Standing:
    """What a current result shows; an empty status says that there is none."""

    status: str
    percent: int = 0
    completed_on: date | None = None
    achievement_id: int | None = None
    compliant_until: date | None = None
    retake_opens_on: date | None = None
    lapsed_on_arrival: bool = False
    messages_suppressed_through: date | None = None


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

    @property
    def keeps_completion(self) -> bool:
        """Whether it left the completion alone: progress, or a retake opened by hand."""
        is_progress = self.batch_id is None and self.after.status != Status.COMPLETED
        shown = self.before.achievement_id
        return is_progress and shown is not None and shown == self.after.achievement_id


@dataclass(frozen=True, slots=True)
class Touch:
    """The newest row of an import for a person and course whose result it did not change."""

    batch_id: int
    row_no: int
    actor_id: int | None
    policy: str
    opens_retakes: bool
    at: datetime
    applied_on: date  # the tenant's day
    day: date
    achievement_id: int
    recorded_until: date | None  # compliant until, by the settings when it was recorded
    compliant_until: date | None  # by those that were pushed to people since
    retake_days: int | None
    pushed_on: date | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the daily job."""

    started_at: datetime
    day: date


def replay_chain(
    before: Standing,
    *,
    since: datetime,
    following: Sequence[Link],
    touches: Iterable[Touch],
    runs: Sequence[Run] = (),
) -> list[Link]:
    """Return the chain that follows `before`: what was there, and the imports among `touches` that now become current.

    `following` stays whole and in its order; a change that left the completion alone leaves alone the one that is there
    now. `since` is when `before` began to count; `runs` those that can have opened a retake in between, oldest first.
    """
    chain: list[Link] = []
    standing, moment = before, since
    kept = list(following)

    def add(link: Link) -> None:
        nonlocal standing, moment
        opened = open_retake(standing, runs=[run for run in runs if moment < run.started_at <= link.changed_at])
        chain.append(_rebase(link, opened))
        standing, moment = chain[-1].after, link.changed_at

    for touch in touches:
        while kept and kept[0].changed_at <= touch.at:
            add(kept.pop(0))
        if _wins(touch, standing):
            after = _complete(touch)
            add(Link(touch.batch_id, touch.row_no, touch.actor_id, "", touch.at, standing, after))
    for link in kept:
        add(link)
    return chain


def open_retake(standing: Standing, *, runs: Sequence[Run]) -> Standing:
    """Return what the daily job's runs make of a standing."""
    opens_on = standing.retake_opens_on
    if standing.status != Status.COMPLETED or standing.lapsed_on_arrival or opens_on is None:
        return standing
    if any(opens_on <= run.day for run in runs):
        return replace(standing, status=Status.NOT_STARTED.value, percent=0)
    return standing


def _rebase(link: Link, before: Standing) -> Link:
    """Return the change on top of another standing: of what it left alone it takes what is there now."""
    if not link.keeps_completion:
        return replace(link, before=before)
    old, new = link.before, link.after
    changed_mark = new.lapsed_on_arrival != old.lapsed_on_arrival
    changed_day = new.messages_suppressed_through != old.messages_suppressed_through
    after = replace(
        before,
        status=new.status,
        percent=new.percent,
        lapsed_on_arrival=new.lapsed_on_arrival if changed_mark else before.lapsed_on_arrival,
        messages_suppressed_through=new.messages_suppressed_through
        if changed_day
        else before.messages_suppressed_through,
    )
    return replace(link, before=before, after=after)


def _complete(touch: Touch) -> Standing:
    """Return what the import would have made of the result, and a push of settings of that (L-47, L-52, D-01)."""
    until, recorded = touch.compliant_until, touch.recorded_until
    lapsed = recorded is not None and touch.applied_on > recorded
    opens = lapsed and touch.opens_retakes
    settled_on = max(touch.applied_on, touch.pushed_on or touch.applied_on)
    return Standing(
        status=Status.NOT_STARTED.value if opens else Status.COMPLETED.value,
        percent=0 if opens else 100,
        completed_on=touch.day,
        achievement_id=touch.achievement_id,
        compliant_until=until,
        retake_opens_on=until - timedelta(days=touch.retake_days) if until and touch.retake_days is not None else None,
        lapsed_on_arrival=lapsed and not opens and until is not None and settled_on > until,
        messages_suppressed_through=settled_on,
    )


def _wins(touch: Touch, standing: Standing) -> bool:
    """Decide as `planning` did when the import ran (L-37, L-44)."""
    if touch.policy == Policy.HISTORY_ONLY or standing.achievement_id == touch.achievement_id:
        return False
    if touch.policy == Policy.LATEST_IMPORT or standing.completed_on is None:
        return True
    return touch.day > standing.completed_on
