"""manage.py undo_import NUMBER --tenant SLUG --as USERNAME: undo an import from the command line."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.imports.access import may_undo, visible_batches
from lms.imports.command_line import FAILED, REFUSED, Run, find_actor, follow
from lms.imports.command_options import CommandRefused
from lms.imports.importer import get_importer
from lms.imports.models import State
from lms.imports.transitions import StateConflict
from lms.imports.undoing import request_undo
from lms.tenancy.scope import tenant_scope


class Command(BaseCommand):
    """Undo an import and wait for its end. Exit 0 undone, 2 refused or misused, 3 failed on our side."""

    help = "Undoes an import. Exit 0 undone, 2 refused, 3 our fault."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("number", type=int, help="number of the import in its organisation")
        parser.add_argument("--tenant", required=True)
        parser.add_argument("--as", required=True, dest="username")
        parser.add_argument("--reason", default="undone from the command line")
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: object, **given: Any) -> None:
        """Request the undo, work along, report."""
        try:
            run = self._request(given)
        except (CommandRefused, StateConflict) as refused:
            raise CommandError(str(refused), returncode=REFUSED) from None
        batch = next(follow(run, lambda found: found.state == State.UNDOING))
        if given["json"]:
            self.stdout.write(
                json.dumps(
                    {"batch": batch.number, "state": batch.state, "undo": batch.undo_summary, "counts": batch.counts}
                )
            )
        else:
            went = batch.undo_summary
            self.stdout.write(
                f"Import {batch.number}: {batch.state}. {went.get('removed', 0):,} records removed, "
                f"{went.get('restored', 0):,} current results restored, {went.get('kept', 0):,} kept."
            )
        if batch.state != State.UNDONE:
            raise SystemExit(FAILED)

    def _request(self, given: dict[str, Any]) -> Run:
        tenant, actor = find_actor(given["tenant"], given["username"])
        with tenant_scope(tenant.pk):
            batch = visible_batches(actor).filter(number=given["number"]).first()
            if batch is None:
                raise CommandRefused(f"There is no import {given['number']} that {actor.username} can see.")
            if not may_undo(batch, actor):
                raise CommandRefused(f"{actor.username} may not undo import {batch.number}.")
            request_undo(batch, tenant=tenant, actor=actor, reason=given["reason"])
            return Run(tenant, actor, get_importer(batch.kind), batch.pk)
