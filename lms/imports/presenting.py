"""Words of an import: states, totals, and the sentences W3, W6, W11 to W17 (spec: screens). No queries, no HTML.

Public: `say_state`, `state_tone`, `step_address`, `wizard_steps`, `say_read_as`, `say_totals`, `say_time_left`,
`undo_until` and the `say_*` functions of single sentences.
"""

import datetime as dt
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lms.core.components import Step, Tone, steps_until
from lms.core.wording import say_bytes, say_date, say_number
from lms.imports.dates import parse_day
from lms.imports.importer import find_words, get_importer
from lms.imports.kind_words import CountWords, KindWords
from lms.imports.models import ImportBatch, State
from lms.imports.outcome_words import count_outcomes, words_for
from lms.notifications.choices import MessageChoice

_TONES: Final[dict[str, Tone]] = {
    State.UPLOADED: "warning",
    State.CHECKING: "info",
    State.READY: "warning",
    State.REFUSED: "danger",
    State.QUEUED: "info",
    State.APPLYING: "info",
    State.COMPLETED: "success",
    State.COMPLETED_WITH_ERRORS: "warning",
    State.FAILED: "danger",
    State.CANCELLED: "neutral",
    State.UNDOING: "info",
    State.UNDONE: "neutral",
}
_PHASES: Final[dict[str, Any]] = {
    "reading": gettext_lazy("Reading the rows"),
    "planning": gettext_lazy("Working out what changes"),
    "applying": gettext_lazy("Importing"),
    "undoing": gettext_lazy("Undoing"),
}
_DELIMITERS: Final[dict[str, Any]] = {
    ",": gettext_lazy("commas"),
    ";": gettext_lazy("semicolons"),
    "\t": gettext_lazy("tabs"),
    "|": gettext_lazy("vertical bars"),
    ":": gettext_lazy("colons"),
}
_ENCODINGS: Final = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "cp1252": "Windows-1252",
    "windows-1252": "Windows-1252",
    "latin-1": "Latin-1",
    "iso-8859-1": "Latin-1",
    "iso-8859-15": "Latin-9",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp850": "DOS 850",
    "mac-roman": "Macintosh",
}
_STEPS: Final = (
    gettext_lazy("Upload"),
    gettext_lazy("Map Fields"),
    gettext_lazy("Check"),
    gettext_lazy("Review"),
)  # and the last one, as its kind says it


def is_looking(batch: ImportBatch) -> bool:
    """Return whether the worker has not yet looked at the file (again)."""
    return batch.sniffed is None and batch.state in {State.UPLOADED, State.READY, State.REFUSED}


def has_open_question(batch: ImportBatch) -> bool:
    """Return whether the file waits for an answer (F006, F011) rather than for a correction."""
    return any(problem["code"] in {"F006", "F011"} for problem in batch.problems)


def say_state(batch: ImportBatch) -> str:  # noqa: PLR0911 - one return a state
    """Return the state as a sentence of a few words (screens: "states, not sentences" is what confuses)."""
    if is_looking(batch):
        return _("Looking at the file")
    if batch.state == State.READY and not batch.planned:
        return str(State.UPLOADED.label)
    if batch.state == State.COMPLETED_WITH_ERRORS:
        return _("Finished, %(n)s failed") % {"n": say_number(batch.failed)}
    if batch.state == State.FAILED and batch.reference:
        return _("Failed on our side (reference %(reference)s)") % {"reference": batch.reference}
    if batch.state == State.REFUSED and has_open_question(batch):
        return _("A question is open")
    if batch.state == State.CANCELLED and batch.imported:
        return _("Cancelled, %(n)s rows are in") % {"n": say_number(batch.imported)}
    if batch.state in {State.CHECKING, State.APPLYING, State.UNDOING} and has_percent(batch):
        return f"{batch.get_state_display()}, {percent_done(batch)} %"
    return str(batch.get_state_display())


def state_tone(batch: ImportBatch) -> Tone:
    """Return the tone of the state's badge."""
    if is_looking(batch):
        return "info"
    return "warning" if batch.state == State.REFUSED and has_open_question(batch) else _TONES[batch.state]


def step_address(batch: ImportBatch) -> str:
    """Return the page on which this import goes on: the step its state stands at."""
    return reverse(f"imports:{step_name(batch)}", args=[batch.number])


def step_name(batch: ImportBatch) -> str:
    """Return the name of the page that belongs to the state: map, checking, review or batch."""
    if is_looking(batch) or batch.state == State.UPLOADED:
        return "map"
    if batch.state == State.CHECKING:
        return "checking"
    if batch.state in {State.READY, State.REFUSED}:
        # Without a check that holds (the file is read otherwise since, or was refused as a file) it is to be mapped.
        return "review" if batch.planned else "map"
    if batch.state == State.FAILED and batch.failed_in == State.CHECKING:
        return "checking"
    return "batch"


def wizard_steps(batch: ImportBatch | None, *, current: int) -> list[Step]:
    """Return the five steps of the wizard; the mapping stays reachable until the import is confirmed."""
    urls = ["", reverse("imports:map", args=[batch.number])] if batch else []
    words = find_words(batch.kind if batch else "")
    return steps_until([*_STEPS, words.last_step], current=current, urls=urls)


def has_percent(batch: ImportBatch) -> bool:
    """Return whether it can be said how far an import is: what is written in one transaction is in all at once (E-63)."""
    is_whole = batch.state == State.APPLYING and batch.is_all_or_nothing
    return bool(batch.progress_total) and batch.state != State.QUEUED and not is_whole


def percent_done(batch: ImportBatch) -> int:
    """Return whole percent of the phase; 100 only when everything is done (E-64)."""
    if not batch.progress_total:
        return 0
    percent = 100 * batch.progress // batch.progress_total
    return min(percent, 99) if batch.is_working else min(percent, 100)


def say_phase(batch: ImportBatch) -> str:
    """Return what a worker is doing, in words."""
    if batch.waiting_because:
        return _("Waiting: %(why)s") % {"why": _(batch.waiting_because)}
    if batch.state == State.QUEUED:
        return _("Waiting for its turn")
    if batch.phase == "matching":
        return str(find_words(batch.kind).looking_up)
    if batch.state == State.APPLYING and batch.is_all_or_nothing:
        return _count(find_words(batch.kind).writing, batch.positions)
    return str(_PHASES.get(batch.phase, batch.get_state_display()))


def say_time_left(batch: ImportBatch, *, now: dt.datetime | None = None) -> str:
    """Return how long the phase will take, roughly; empty as long as nobody can know."""
    if not (batch.phase_started_at and batch.progress and has_percent(batch) and batch.progress_total > batch.progress):
        return ""
    spent = ((now or timezone.now()) - batch.phase_started_at).total_seconds()
    if spent <= 0:
        return ""
    left = spent / batch.progress * (batch.progress_total - batch.progress)
    if left < 60:
        return _("less than a minute left")
    minutes = round(left / 60)
    return ngettext("about %(n)s minute left", "about %(n)s minutes left", minutes) % {"n": minutes}


def name_encoding(name: str | None) -> str:
    """Return an encoding as people know it."""
    return _ENCODINGS.get((name or "").lower().replace("_", "-"), (name or "").upper())


def name_delimiter(sign: str | None) -> str:
    """Return a delimiter in words."""
    return str(_DELIMITERS.get(sign or "", sign or ""))


def say_read_as(batch: ImportBatch) -> str:
    """Return how the file was read (W3, first half)."""
    sniffed = batch.sniffed or {}
    parts = []
    if sniffed.get("format") == "xlsx":
        parts.append(_("sheet “%(sheet)s”") % {"sheet": sniffed.get("sheet") or ""})
    else:
        parts += [name_delimiter(sniffed.get("delimiter")), name_encoding(sniffed.get("encoding"))]
    row = sniffed.get("header_row")
    parts.append(_("column names in row %(n)s") % {"n": row} if row else _("no column names"))
    rows = int(sniffed.get("data_rows") or 0)
    parts.append(ngettext("%(n)s row", "%(n)s rows", rows) % {"n": say_number(rows)})
    return _("Read as: %(how)s.") % {"how": ", ".join(parts)}


def say_totals(batch: ImportBatch) -> str:
    """Return the one sentence with the totals of a check (W6)."""
    summary = batch.summary
    people, items = int(summary.get("people") or 0), int(summary.get("items") or 0)
    first, last = parse_day(summary.get("first_day")), parse_day(summary.get("last_day"))
    head = _("%(rows)s for %(people)s and %(items)s") % {
        "rows": ngettext("%(n)s row", "%(n)s rows", batch.data_rows) % {"n": say_number(batch.data_rows)},
        "people": ngettext("%(n)s person", "%(n)s people", people) % {"n": say_number(people)},
        "items": get_importer(batch.kind).say_items(items),
    }
    if first and last:
        span = {"first": say_date(first), "last": say_date(last)}
        head += (
            ", "
            + (_("completed on %(first)s") if first == last else _("completed between %(first)s and %(last)s")) % span
        )
    numbers = count_outcomes(batch.planned)
    by_status = sum(problem["rows"] for problem in summary.get("problems") or [] if problem["code"] == "R207")
    is_by_status = by_status == numbers["skipped"]
    return f"{head}. {_say_outcomes(numbers, words=words_for(batch), is_by_status=is_by_status)}"


def _say_outcomes(numbers: dict[str, int], *, words: KindWords, is_by_status: bool) -> str:
    parts = [_count(words.planned, numbers["imported"])]
    for key, text in (
        (
            "evidence",
            ngettext(
                "%(n)s will be kept as other evidence", "%(n)s will be kept as other evidence", numbers["evidence"]
            ),
        ),
        ("unchanged", ngettext("%(n)s is already recorded", "%(n)s are already recorded", numbers["unchanged"])),
        (
            "skipped",
            ngettext("%(n)s is left out (not completed)", "%(n)s are left out (not completed)", numbers["skipped"])
            if is_by_status
            else ngettext("%(n)s is left out", "%(n)s are left out", numbers["skipped"]),
        ),
        ("failed", words.failing(numbers["failed"])),
    ):
        if numbers[key]:
            parts.append(text % {"n": say_number(numbers[key])})
    return ", ".join(parts) + "."


def _count(words: CountWords, count: int, **more: str) -> str:
    return words(count) % {"n": say_number(count), **more}


def _count_written(batch: ImportBatch) -> int:
    """Return how many rows the import would write, as records or as evidence."""
    numbers = count_outcomes(batch.planned)
    return numbers["imported"] + numbers["evidence"]


def say_import_button(batch: ImportBatch) -> str:
    """Return the words of the button that imports (L-83)."""
    return _count(find_words(batch.kind).button, _count_written(batch))


def say_stopped(batch: ImportBatch) -> str:
    """Return why nothing of an import of all or nothing is saved, with its numbers (W19)."""
    bad = count_outcomes(batch.planned)["failed"]
    return _count(find_words(batch.kind).stopped, bad, rows=say_number(batch.data_rows))


def say_changed(batch: ImportBatch) -> str:
    """Return that rows have changed since the check, so that nothing of the import was saved (S-25)."""
    bad = batch.changed_rows
    words = ngettext(
        "Nothing was saved: %(n)s of %(rows)s rows has changed since the check.",
        "Nothing was saved: %(n)s of %(rows)s rows have changed since the check.",
        bad,
    )
    return words % {"n": say_number(bad), "rows": say_number(batch.data_rows)}


def has_changed_rows(batch: ImportBatch) -> bool:
    """Return whether an import was refused while it was written, because rows had changed since its check (S-25)."""
    return batch.state == State.REFUSED and any(problem["code"] == "F015" for problem in batch.problems)


def say_nothing_to_do(batch: ImportBatch) -> str:
    """Return why a check without errors leaves nothing to import (S-13)."""
    samples = sum(problem["rows"] for problem in batch.summary.get("problems") or [] if problem["code"] == "R208")
    if samples == batch.data_rows:
        return _(
            "This is the template as it was downloaded: there is nothing in it but sample rows. Fill in your own rows and "
            "upload it again."
        )
    return _("Nothing to do: all %(n)s rows are already recorded or left out.") % {"n": say_number(batch.data_rows)}


def say_confirmation(batch: ImportBatch, *, messages: str | None = None) -> str:
    """Return what pressing Import means (W11); `messages` is the choice, None as long as nobody has made it."""
    words = find_words(batch.kind)
    question = words.ask_and_send if messages == MessageChoice.SEND else words.ask_silently
    if messages is None:
        question = words.ask
    until = _("You can undo this until %(date)s.") % {"date": say_date(undo_until(batch))}
    return f"{_count(question, _count_written(batch))} {until}"


def say_queued() -> str:
    """Return what is said after an import was confirmed (W12, L-64)."""
    return _(
        "Your file has been uploaded and is queued for import. Large files take a while: follow it here or under "
        "Dashboard > Recent Imports. You can close this page."
    )


def say_result(batch: ImportBatch) -> str:
    """Return what a finished import did (W15)."""
    sentence = _count(find_words(batch.kind).done, batch.imported)
    evidence = count_outcomes(batch.counts)["evidence"]
    if evidence:
        words = ngettext("%(n)s kept as other evidence", "%(n)s kept as other evidence", evidence)
        sentence += f", {words % {'n': say_number(evidence)}}"
    if not batch.failed:
        return sentence + "."
    return (
        sentence
        + ", "
        + _("%(n)s failed. Download the failed rows, correct them and upload that file: only these rows are imported.")
        % {"n": say_number(batch.failed)}
    )


def rows_not_in(batch: ImportBatch) -> int:
    """Return how many rows an interrupted import has not reached."""
    return max(batch.positions - batch.checkpoint, 0)


def say_interrupted(batch: ImportBatch) -> str:
    """Return where an import stopped (W16, and the cancelled state)."""
    numbers = {
        "reference": batch.reference,
        "in": say_number(batch.imported),
        "out": say_number(rows_not_in(batch)),
    }
    if batch.state == State.FAILED:
        return (
            _(
                "We could not finish this import; the fault is ours (reference %(reference)s). %(in)s rows are in, "
                "%(out)s are not, none is half done."
            )
            % numbers
        )
    return _("%(in)s rows are in, %(out)s are not.") % numbers


def undo_until(batch: ImportBatch) -> dt.date:
    """Return the last day on which the import can be undone (E-37, E-67)."""
    return batch.purge_on - dt.timedelta(days=1)


def say_retention(batch: ImportBatch) -> str:
    """Return until when an import can be undone and when its row details go (E-37)."""
    if batch.rows_deleted_on is not None:
        return _("The row details of this import were deleted on %(date)s. The records and this page stay.") % {
            "date": say_date(batch.rows_deleted_on)
        }
    dates = {"undo": say_date(undo_until(batch)), "purge": say_date(batch.purge_on)}
    if batch.state == State.UNDONE:
        return _("Row details are deleted on %(purge)s.") % dates
    return _("Can be undone until %(undo)s; row details are deleted on %(purge)s.") % dates


def describe_file(batch: ImportBatch) -> list[tuple[str, str]]:
    """Return the facts about the uploaded file."""
    return [
        (_("File"), batch.file_name),
        (_("Size"), say_bytes(batch.file_size)),
        (_("SHA-256"), batch.file_sha256),
    ]
