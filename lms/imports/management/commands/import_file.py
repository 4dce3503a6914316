"""manage.py import_file IMPORTER FILE --tenant SLUG --as USERNAME: the pipeline from the command line."""

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.imports.command_line import (
    REFUSED,
    Columns,
    Run,
    confirm_run,
    describe_run,
    exit_code,
    map_run,
    say_messages,
    start_run,
    watch,
)
from lms.imports.command_options import CommandRefused
from lms.imports.models import ImportBatch, State
from lms.imports.transitions import StateConflict
from lms.notifications.choices import MessageChoice

_GOING_ON = (State.CHECKING, State.QUEUED, State.APPLYING)


class Command(BaseCommand):
    """Upload, map, check and import a file through the same pipeline as the browser.

    Exit 0 all rows fine, 1 some rows rejected, 2 refused, misused or a choice missing, 3 failed on our side.
    """

    help = "Imports a file: upload, map, check, apply. Exit 0 fine, 1 rows rejected, 2 refused, 3 our fault."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("importer", help="kind of import, for example completions")
        parser.add_argument("file", type=Path)
        parser.add_argument("--tenant", required=True, help="short name of the organisation")
        parser.add_argument("--as", required=True, dest="username", help="whose rights and reach count")
        parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE")
        parser.add_argument("--map", action="append", default=[], metavar="FIELD=HEADER", dest="fields")
        parser.add_argument(
            "--fixed", action="append", default=[], metavar="FIELD=VALUE", help="one item or date for the whole file"
        )
        parser.add_argument(
            "--check",
            action="append",
            default=[],
            metavar="FIELD=HEADER",
            dest="checks",
            help="compare a column with the person found: first_name, last_name, full_name, email, employee_id",
        )
        parser.add_argument("--no-header", action="store_true", help="the first row is a record")
        parser.add_argument("--encoding")
        parser.add_argument("--delimiter")
        parser.add_argument(
            "--messages",
            choices=MessageChoice.values,
            help="what becomes of the messages this import would send; required when there are any",
        )
        parser.add_argument(
            "--send-at", metavar="TIME", help="with --messages send: 2026-03-02T08:00, at once if left out"
        )
        parser.add_argument("--check-only", action="store_true", help="stop at the review; nothing is saved")
        parser.add_argument("--confirm-changes", metavar="N", help="the number that many changes or messages ask for")
        parser.add_argument("--wait", action="store_true", help="follow the import to its end, working along")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: object, **given: Any) -> None:
        """Run the pipeline and exit with its code."""
        if not given["file"].is_file():
            raise CommandError(f"There is no file {given['file']}.", returncode=REFUSED)
        try:
            run = self._start(given)
            self._import(run, given)
        except CommandRefused as refused:
            if given["json"]:
                self.stdout.write(json.dumps({"state": "refused", "sentence": str(refused), **refused.details}))
                raise SystemExit(REFUSED) from None
            raise CommandError(str(refused), returncode=REFUSED) from None
        except StateConflict as conflict:
            raise CommandError(str(conflict), returncode=REFUSED) from None

    def _start(self, given: dict[str, Any]) -> Run:
        if given["send_at"] and given["messages"] != MessageChoice.SEND:
            raise CommandRefused("--send-at goes with --messages send.")
        options = _pairs(given["option"], flag="--option")
        reading = {
            "encoding": given["encoding"],
            "delimiter": {"tab": "\t", "\\t": "\t"}.get(given["delimiter"], given["delimiter"]),
            "header_row": 0 if given["no_header"] else int(options["header_row"]) if "header_row" in options else None,
            "sheet": options.get("sheet"),
            "quote": options.get("quote"),
            "hidden_rows": options.get("hidden_rows"),
        }
        return start_run(
            given["importer"],
            given["file"],
            slug=given["tenant"],
            username=given["username"],
            read_options={name: value for name, value in reading.items() if value is not None},
            options=options,
        )

    def _import(self, run: Run, given: dict[str, Any]) -> None:
        confirms_itself = not given["wait"] and not given["check_only"]
        answers = {
            "typed": given["confirm_changes"] or "",
            "messages": given["messages"] or "",
            "send_at": given["send_at"] or "",
        }
        map_run(
            run,
            columns=Columns(
                fields=_pairs(given["fields"], flag="--map"),
                fixed=_pairs(given["fixed"], flag="--fixed"),
                checks=_pairs(given["checks"], flag="--check"),
            ),
            options=_pairs(given["option"], flag="--option"),
            confirm_with={"actor": run.actor.pk, "answers": answers} if confirms_itself else None,
        )
        if confirms_itself:
            self._report(run, given, with_rows=False)
            return
        batch = self._follow(run, given)
        if batch.state == State.READY and not given["check_only"]:
            confirm_run(run, answers=answers)
            batch = self._follow(run, given)
        self._report(run, given, with_rows=True)
        raise SystemExit(exit_code(batch))

    def _follow(self, run: Run, given: dict[str, Any]) -> ImportBatch:
        shown = _Progress(self, quiet=given["json"])
        return next(watch(run, lambda batch: batch.state in _GOING_ON, on_progress=shown.show))

    def _report(self, run: Run, given: dict[str, Any], *, with_rows: bool) -> None:
        answer = describe_run(run, with_rows=with_rows and given["json"])
        if given["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=True))
            return
        counts = ", ".join(f"{rows:,} {outcome.replace('_', ' ')}" for outcome, rows in answer["counts"].items())
        self.stdout.write(f"Import {answer['batch']}: {answer['state'].replace('_', ' ')}. {counts}".rstrip())
        for sentence in say_messages(run):
            self.stdout.write(sentence)
        for found in answer["problems"]:
            self.stdout.write(f"{found['code']} {found['sentence']}")


class _Progress:
    """Shows phase and rows while an import runs, one line a change and at most two a second."""

    def __init__(self, command: BaseCommand, *, quiet: bool) -> None:
        self.command, self.quiet = command, quiet
        self.last = ("", -1)
        self.shown_at = 0.0

    def show(self, batch: ImportBatch) -> None:
        """Write a line if something moved."""
        now = (batch.phase or batch.state, batch.progress)
        if self.quiet or now == self.last or (now[0] == self.last[0] and time.monotonic() - self.shown_at < 0.5):
            return
        self.last, self.shown_at = now, time.monotonic()
        total = f" of {batch.progress_total:,} rows" if batch.progress_total else ""
        self.command.stderr.write(f"  {now[0].replace('_', ' ')}: {batch.progress:,}{total}")


def _pairs(given: list[str], *, flag: str) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator:
            raise CommandRefused(f"{flag} takes name=value, not {text!r}.")
        pairs[name.strip()] = value
    return pairs
