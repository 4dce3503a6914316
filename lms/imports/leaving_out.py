"""Leaving bad rows out of an import of all or nothing, so that what is then created has no errors (S-39, S-40).

Public: `find_bad_rows`, `is_all_recorded`, `leave_out_rows`, `say_ranges`, `ALREADY_RECORDED`.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final

from lms.audit.services import record_event
from lms.imports.checking import request_check
from lms.imports.importer import Importer, importer_of
from lms.imports.models import ImportBatch, Outcome, State
from lms.imports.problems import is_fatal
from lms.imports.transitions import StateConflict
from lms.people.models import User

ALREADY_RECORDED: Final = "R401"
_BAD: Final = (Outcome.REJECTED, Outcome.ERRORED)
# So many ranges of rows stand in the audit history; the log of the import names every single one.
_RANGES_NAMED: Final = 100


def leave_out_rows(batch: ImportBatch, *, actor: User, code: str = "") -> int:
    """Leave the bad rows of the last check out and check again with the same answers; return how many they are.

    With `code`, only the rows in which nothing else is wrong (S-40). The audit history names the rows and the person.
    None found: nothing happens. Raises StateConflict if the import does not wait at its review, or is none of all or
    nothing. Runs in the open scope.
    """
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.state not in (State.READY, State.REFUSED) or not (batch.planned and batch.is_all_or_nothing):
        message = f"no rows of {batch} can be left out now"
        raise StateConflict(message)
    found = find_bad_rows(importer_of(batch), batch=batch, code=code)
    if not found:
        return 0
    batch.left_out_rows = sorted({*batch.left_out_rows, *found})
    batch.left_out_by = _add_name(batch.left_out_by, actor.full_name)
    batch.save(update_fields=["left_out_rows", "left_out_by"])
    record_event(
        action="imports.batch.rows_left_out",
        actor=actor,
        subject=batch,
        batch_id=batch.pk,
        details={"rows": say_ranges(found), "number": len(found)} | ({"code": code} if code else {}),
    )
    request_check(batch, actor=actor, mapping=batch.mapping, options=batch.options)
    return len(found)


def find_bad_rows(importer: Importer, *, batch: ImportBatch, code: str = "") -> list[int]:
    """Return the numbers of the rows that fail; with `code`, of those in which only this is wrong."""
    bad = batch.rows().filter(outcome__in=_BAD).order_by("row_no")
    if not code:
        return list(bad.values_list("row_no", flat=True))
    with_code = bad.filter(problems__contains=[[code]]).values_list("row_no", "problems")
    return [row_no for row_no, problems in with_code if _fatal_codes(problems, importer=importer) == {code}]


def is_all_recorded(importer: Importer, *, batch: ImportBatch) -> bool:
    """Return whether every error of a check is that a row is already recorded (S-40). No query.

    What says so are the numbers of the check, which must be of this state of the import.
    """
    levels = importer.problem_levels
    fatal = {
        problem["code"]
        for problem in (batch.summary or {}).get("problems") or []
        if is_fatal(problem["code"], levels=levels)
    }
    return fatal == {ALREADY_RECORDED}


def say_ranges(rows: Iterable[int], *, most: int = _RANGES_NAMED) -> str:
    """Return row numbers as ranges, "2, 5-9, 12", at most so many of them."""
    ranges = [_say_range(members) for members in _runs(rows)]
    return ", ".join([*ranges[:most], *(["…"] if len(ranges) > most else [])])


def _runs(rows: Iterable[int]) -> list[Sequence[int]]:
    ordered = enumerate(sorted(rows))
    return [[row for _, row in run] for _, run in groupby(ordered, key=lambda entry: entry[1] - entry[0])]


def _say_range(members: Sequence[int]) -> str:
    return str(members[0]) if len(members) == 1 else f"{members[0]}-{members[-1]}"


def _fatal_codes(problems: Iterable[Any], *, importer: Importer) -> set[str]:
    levels = importer.problem_levels
    return {code for code, _, _ in problems if is_fatal(code, levels=levels)}


def _add_name(names: str, name: str) -> str:
    """Return who has left rows out so far; a row is not told apart from those that somebody else left out before."""
    if f", {name}, " in f", {names}, ":
        return names
    return ", ".join(part for part in (names, name) if part)[:200]
