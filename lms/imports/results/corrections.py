"""How many failed rows of an import are still open, after corrected files came in (E-29). Public: `count_open_rows`."""

from dataclasses import dataclass

from lms.imports.models import FINISHED_STATES, ImportBatch, Outcome

# A corrected row has come in if it was imported now, or turned out to be in already.
_CAME_IN = (
    Outcome.CREATED,
    Outcome.UPDATED,
    Outcome.ADDED_TO_HISTORY,
    Outcome.EVIDENCE,
    Outcome.UNCHANGED,
)


@dataclass(frozen=True, slots=True)
class OpenRows:
    """The countdown of one import: 1,057 failed; 1,001 came in with import 43; 56 open."""

    failed: int
    came_in: tuple[tuple[int, int], ...]  # (number of the later import, rows)
    open: int


def count_open_rows(batch: ImportBatch) -> OpenRows:
    """Return the countdown of `batch`. One query.

    Counts finished imports whose file was the failed-rows file of this one (`summary["corrects"]` is its number), or
    of one that corrected it in turn. Undone ones no longer count.
    """
    later = (
        ImportBatch.objects.filter(number__gt=batch.number, kind=batch.kind, summary__has_key="corrects")
        .filter(state__in=FINISHED_STATES)
        .order_by("number")
        .only("number", "counts", "summary")
    )
    family = {batch.number}
    came_in = []
    for other in later:
        if other.summary["corrects"] in family:
            family.add(other.number)
            rows = sum(other.counts.get(outcome, 0) for outcome in _CAME_IN)
            if rows:
                came_in.append((other.number, rows))
    left = max(batch.failed - sum(rows for _, rows in came_in), 0)
    return OpenRows(failed=batch.failed, came_in=tuple(came_in), open=left)
