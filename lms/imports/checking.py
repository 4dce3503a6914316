"""The check: stage the file, match its keys, plan every row, write the row log. Nothing outside the batch is written.

A killed worker loses nothing: the next one starts the check from the file again. Public: `request_check`,
`check_batch`, `describe_context`.
"""

from typing import Any, Final

from django.db import connection
from django.utils import timezone

from lms.core.failpoints import reach
from lms.imports.access import visible_batches
from lms.imports.blocks import BlockPlanner
from lms.imports.confirming import confirm_checked
from lms.imports.dates import DateFormat
from lms.imports.importer import RunContext, importer_of
from lms.imports.lanes import Claim, announce, finish_work, hold
from lms.imports.mapping import Mapping, missing_columns
from lms.imports.matching import match_keys
from lms.imports.messaging.counting import message_numbers
from lms.imports.models import ImportBatch, Outcome, State, WorkItem
from lms.imports.readers.facts import FileRefused, ReadOptions, Sniffed
from lms.imports.results import is_added_header, read_correction_of
from lms.imports.row_log import order_rows, read_block, write_log
from lms.imports.staging import ReadPlan, Stage, drop_stage, stage_file
from lms.imports.summary import Summary
from lms.imports.transitions import StateConflict, change_state
from lms.imports.uploading import open_upload, read_limits
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

CHECKABLE: Final = (State.UPLOADED, State.READY, State.REFUSED, State.FAILED)


class CheckCancelled(Exception):  # noqa: N818 - a person's wish
    """Somebody cancelled the import while it was being checked."""


def request_check(
    batch: ImportBatch,
    *,
    actor: User,
    mapping: dict[str, Any],
    options: dict[str, Any],
    read_options: dict[str, Any] | None = None,
    confirm_with: dict[str, Any] | None = None,
) -> None:
    """Have a worker check the import with this mapping; in the caller's scope.

    The actor's reach counts, as it is when a row's turn comes. `confirm_with` are the answers with which it confirms by
    itself if nothing is open afterwards (E-70). Rows that were left out stay out as long as nothing else is answered or
    read: their numbers and what was wrong with them belong to one check (S-39).
    Raises StateConflict if the import is not waiting for this, or a needed field has no column.
    """
    if not batch.sniffed or missing_columns(importer_of(batch), Mapping.from_json(mapping)):
        message = "the mapping is not complete"
        raise StateConflict(message)
    read_options = read_options if read_options is not None else batch.read_options
    is_same = (mapping, options, read_options) == (batch.mapping, batch.options, batch.read_options)
    change_state(
        batch,
        to=State.CHECKING,
        expected=CHECKABLE if batch.failed_in in ("", "checking") else CHECKABLE[:3],
        mapping=mapping,
        options=options,
        read_options=read_options,
        left_out_rows=batch.left_out_rows if is_same else [],
        left_out_by=batch.left_out_by if is_same else "",
        confirm_when_checked=confirm_with,
        problems=batch.upload_problems,
        failed_in="",
        reference="",
        phase="reading",
        progress=0,
        progress_total=batch.data_rows,
        phase_started_at=timezone.now(),
        cancel_requested=False,
        numbers_changed=False,
        confirmed_by=actor,
        # Nothing of an earlier confirmation is left: a check that is cancelled leaves nothing to go on with.
        confirmed_at=None,
        messages="",
        send_at=None,
        sequence=None,
        positions=0,
        attempts=0,
    )
    announce(tenant_id=batch.tenant_id, kind=WorkItem.Kind.CHECK, subject_id=batch.pk)


def describe_context(batch: ImportBatch, *, tenant: Tenant, actor: User) -> RunContext:
    """Return for whom and how a batch runs, with the tenant's day of now."""
    return RunContext(
        tenant=tenant,
        actor=actor,
        batch_id=batch.pk,
        number=batch.number,
        options={**batch.options, "completed_statuses": batch.mapping.get("completed_statuses")},
        today=today(tenant),
        now=timezone.now(),
    )


def check_batch(claim: Claim, *, tenant: Tenant) -> None:
    """Check a batch from its file to its row log; ends in `ready`, `refused` or `cancelled`. Commits block by block.

    Raises LostLease if another worker took over, and whatever our own code raises; the caller decides on those.
    """
    with tenant_scope(tenant.pk):
        hold(claim)
        batch = ImportBatch.objects.get(pk=claim.subject_id)
        if batch.state != State.CHECKING:
            finish_work(claim)
            return
        batch.rows().delete()
        context = describe_context(batch, tenant=tenant, actor=_current_actor(batch))
        last_change = timezone.now()
        check = _Check(claim, batch, context)
    try:
        stage = check.stage()
        reach("check.staged")
        if check.leaves_dates_open(stage):
            check.refuse([check.date_question(stage)])
            return
        check.plan(stage)
        check.finish(stage, checked_at=last_change)
    except FileRefused as refused:
        check.refuse([{"code": refused.code, "params": refused.params}])
    except CheckCancelled:
        with tenant_scope(tenant.pk):
            hold(claim)
            batch.rows().delete()
            nothing: dict[str, Any] = {"positions": 0, "planned": {}, "counts": {}, "summary": {}}
            ended = {"finished_at": timezone.now(), "phase": ""}
            change_state(batch, to=State.CANCELLED, expected=[State.CHECKING], **nothing, **ended)
            finish_work(claim)
    finally:
        if connection.is_usable():
            drop_stage()


def _current_actor(batch: ImportBatch) -> User:
    """Return whose reach counts, as they are now: who confirmed, or else who uploaded."""
    return User.objects.get(pk=batch.confirmed_by_id or batch.uploaded_by_id)


class _Check:
    """One run of a check over one batch, under one claim."""

    def __init__(self, claim: Claim, batch: ImportBatch, context: RunContext) -> None:
        self.claim, self.batch, self.context = claim, batch, context
        self.importer = importer_of(batch)
        self.sniffed = Sniffed.from_json(batch.sniffed or {})
        self.summary = Summary(importer=self.importer)

    def stage(self) -> Stage:
        """Read the file into the temporary table."""
        mapping = self.batch.mapping
        plan = ReadPlan(
            columns={field: int(index) for field, index in mapping.get("columns", {}).items()},
            fixed=mapping.get("fixed", {}),
            checks={field: int(index) for field, index in mapping.get("checks", {}).items()},
            date_format=DateFormat.parse(mapping["date_format"]),
            width=len(self.sniffed.headers),
            strict_width=self.sniffed.format == "csv",
            unescape=any(is_added_header(header) for header in self.sniffed.headers),
            left_out=frozenset(self.batch.left_out_rows),
            left_out_by=self.batch.left_out_by,
        )
        options = self.sniffed.resolve_options(ReadOptions(**self.batch.read_options))
        with open_upload(self.batch) as path:
            return stage_file(
                path,
                importer=self.importer,
                plan=plan,
                options=options,
                limits=read_limits(self.context.tenant),
                context=self.context,
                on_progress=self._report_reading,
            )

    def _report_reading(self, rows: int) -> None:
        self._report("reading", rows, max(self.sniffed.data_rows, rows))

    def _report(self, phase: str, done: int, total: int) -> None:
        with tenant_scope(self.context.tenant.pk):
            self._note_progress(phase, done, total)

    def _note_progress(self, phase: str, done: int, total: int) -> None:
        """Renew the lease, store progress, stop if somebody cancelled; in the open scope."""
        hold(self.claim)
        changes: dict[str, Any] = {"progress": done, "progress_total": total}
        if phase != self.batch.phase:
            changes |= {"phase": phase, "phase_started_at": timezone.now()}
            self.batch.phase = phase
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
        ImportBatch.objects.filter(pk=self.batch.pk).update(**changes)
        if ImportBatch.objects.filter(pk=self.batch.pk, cancel_requested=True).exists():
            raise CheckCancelled

    def leaves_dates_open(self, stage: Stage) -> bool:
        """Return whether every date of a column can be read two ways and nobody has answered yet (F006)."""
        if self.batch.mapping.get("date_order_answered"):
            return False
        return any(reader.evidence.is_undecided for reader in stage.dates.values())

    def date_question(self, stage: Stage) -> dict[str, Any]:
        """Return F006 for the first undecided column."""
        field, reader = next((f, r) for f, r in stage.dates.items() if r.evidence.is_undecided)
        return {"code": "F006", "params": {"field": field, "sample": reader.evidence.ambiguous_sample}}

    def plan(self, stage: Stage) -> None:
        """Match the keys, order the rows, plan them block by block and write the log."""
        if stage.data_rows == 0:
            raise FileRefused("F002")
        tenant_id = self.context.tenant.pk
        with tenant_scope(tenant_id):
            self._note_progress("matching", 0, stage.data_rows)
            find_by = self.batch.mapping.get("find_by", "username")
            match_keys(importer=self.importer, context=self.context, find_by=find_by)
        order_rows()
        reach("check.ordered")
        planner = BlockPlanner(importer=self.importer, context=self.context, summary=self.summary)
        after = 0
        while after < stage.data_rows:
            with tenant_scope(tenant_id):
                hold(self.claim)
                rows = read_block(after)
                after = rows[-1][-1]
                write_log(planner.plan(rows), batch=self.batch)
                self._note_progress("planning", after, stage.data_rows)
                reach("check.block")
        self.summary.positions = planner.position

    def finish(self, stage: Stage, *, checked_at: Any) -> None:
        """Store the numbers and leave the batch ready, refused, or confirmed by the answers given before."""
        summary = self.summary.as_json(stage)
        planned = dict(self.summary.outcomes)
        if sum(planned.values()) != stage.data_rows:  # E-50
            message = f"{planned} does not add up to {stage.data_rows}"
            raise AssertionError(message)
        has_bad_rows = any(planned.get(outcome) for outcome in (Outcome.REJECTED, Outcome.ERRORED))
        stops = has_bad_rows and self.batch.is_all_or_nothing
        with tenant_scope(self.context.tenant.pk):
            hold(self.claim)
            self._stop_if_cancelled()
            summary["existing_current"] = self.importer.count_current(context=self.context)
            correction = self._find_correction()
            if correction is not None:
                summary["corrects"] = correction
            expected = (self.batch.confirm_when_checked or {}).get("expected")
            found = {"planned": planned, "messages": message_numbers(summary)}
            change_state(
                self.batch,
                to=State.REFUSED if stops else State.READY,
                expected=[State.CHECKING],
                problems=[*self.batch.upload_problems, *self._file_warnings(stage)],
                data_rows=stage.data_rows,
                blank_rows=stage.blank_rows,
                positions=self.summary.positions,
                checkpoint=0,
                planned=planned,
                counts={},
                summary=summary,
                checked_at=checked_at,
                numbers_changed=expected is not None and expected != found,
                phase="",
                progress=stage.data_rows,
                attempts=0,
            )
            finish_work(self.claim)
            confirm_checked(self.batch)
            reach("check.before_finish")

    def _stop_if_cancelled(self) -> None:
        """Stop if somebody cancelled, and let nobody cancel from here on: a confirmation may follow (E-64, E-70)."""
        batch = ImportBatch.objects.select_for_update().only("cancel_requested").get(pk=self.batch.pk)
        if batch.cancel_requested:
            raise CheckCancelled

    def _find_correction(self) -> int | None:
        """Return the number of the import this file corrects, if the actor may see that import (E-29, P21)."""
        for _, cells in self.sniffed.sample_rows[:1]:
            number = read_correction_of(self.sniffed.headers, first_row_cells=cells)
            if number and visible_batches(self.context.actor).filter(number=number, kind=self.batch.kind).exists():
                return number
        return None

    def _file_warnings(self, stage: Stage) -> list[dict[str, Any]]:
        """Return F007 where a column proves both orders."""
        warnings = []
        for field, reader in stage.dates.items():
            rows = reader.evidence.first_row
            if "dmy" in rows and "mdy" in rows:
                warnings.append({"code": "F007", "params": {"field": field, "a": rows["dmy"], "b": rows["mdy"]}})
        return warnings

    def refuse(self, problems: list[dict[str, Any]]) -> None:
        """End the check with problems of the file as a whole."""
        with tenant_scope(self.context.tenant.pk):
            hold(self.claim)
            self.batch.rows().delete()
            change_state(
                self.batch,
                to=State.REFUSED,
                expected=[State.CHECKING],
                problems=[*problems, *self.batch.upload_problems],
                planned={},
                summary={},
                phase="",
            )
            finish_work(self.claim)
            confirm_checked(self.batch)
