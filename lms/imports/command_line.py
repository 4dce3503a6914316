"""The pipeline for operators and tests: the same steps as in the browser, driven by a command (issue of exit codes: docs).

Public: `Run`, `Columns`, `start_run`, `map_run`, `confirm_run`, `follow`, `describe_run`, `say_messages`. Opens its own
scopes. What its options say is `command_options`.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from lms.core.text import header_key, match_key
from lms.imports.access import may_import
from lms.imports.checking import request_check
from lms.imports.command_options import ChosenOptions, CommandRefused, clean_options, read_absent
from lms.imports.confirming import ConfirmationRefused, confirm_batch
from lms.imports.importer import Importer, get_importer, importer_of
from lms.imports.mapping import CHECK_FIELDS, header_names, missing_columns, suggest_mapping
from lms.imports.mapping import Mapping as ColumnMapping
from lms.imports.message_words import say_ahead, say_choice
from lms.imports.messaging.counting import read_totals
from lms.imports.models import ImportBatch, Outcome, State
from lms.imports.outcomes import final_outcome
from lms.imports.problems import describe_problem
from lms.imports.uploading import UploadRefused, store_upload
from lms.imports.working import work_once
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

OK: Final = 0
ROWS_REJECTED: Final = 1
REFUSED: Final = 2
FAILED: Final = 3

_BLOCK: Final = 1024 * 1024
_PAUSE_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Run:
    """One import driven from the command line."""

    tenant: Tenant
    actor: User
    importer: Importer
    batch_id: int

    def load(self) -> ImportBatch:
        """Return the batch as it is now."""
        with tenant_scope(self.tenant.pk):
            return ImportBatch.objects.get(pk=self.batch_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What the command says about fields: which column holds them, one value for all rows (E-09), compare only (E-10)."""

    fields: Mapping[str, str] = field(default_factory=dict)  # field -> header
    fixed: Mapping[str, str] = field(default_factory=dict)  # field -> value
    checks: Mapping[str, str] = field(default_factory=dict)  # field of the person -> header


def find_actor(slug: str, username: str) -> tuple[Tenant, User]:
    """Return tenant and person; raise CommandRefused if there is none."""
    tenant = Tenant.objects.filter(slug=slug, is_active=True).first()
    if tenant is None:
        raise CommandRefused(f"There is no organisation {slug!r}.")
    with tenant_scope(tenant.pk):
        actor = User.objects.filter(username_key=match_key(username), is_active=True).first()
    if actor is None:
        raise CommandRefused(f"There is no active person {username!r} in {slug}.")
    return tenant, actor


def start_run(
    importer_key: str,
    path: Path,
    *,
    slug: str,
    username: str,
    read_options: Mapping[str, Any],
    options: Mapping[str, str] | None = None,
) -> Run:
    """Upload the file and have it looked at; raise CommandRefused with the F-code's sentence if it cannot be read.

    A wrong option is refused before anything is stored. What the command says about the importer's own options is known
    when the file is looked at, because columns may depend on it.
    """
    try:
        importer = get_importer(importer_key)
    except LookupError:
        raise CommandRefused(f"There is no importer {importer_key!r}.") from None
    tenant, actor = find_actor(slug, username)
    with tenant_scope(tenant.pk):
        if not may_import(actor, importer):
            raise CommandRefused(f"{actor.username} may not import {importer.label}.")
        chosen = clean_options(importer, options or {}, tenant=tenant, actor=actor)
    try:
        with path.open("rb") as file:
            batch = store_upload(
                tenant=tenant,
                actor=actor,
                importer=importer,
                chunks=iter(lambda: file.read(_BLOCK), b""),
                file_name=path.name,
                idempotency_key=uuid.uuid4(),
                read_options=read_options,
                options={name: value for name, value in chosen.own.items() if name in (options or {})},
                is_remembered=False,
            )
    except UploadRefused as refused:
        raise CommandRefused(f"{refused.code} {describe_problem(refused.code, refused.params)}") from None
    run = Run(tenant, actor, importer, batch.pk)
    for looked_at in follow(run, lambda found: found.sniffed is None):
        if not looked_at.sniffed:
            raise CommandRefused(_file_problems(looked_at, importer))
        if not looked_at.sniffed.get("encoding_certain", True) and "encoding" not in read_options:
            proposal = looked_at.sniffed["encoding"]
            raise CommandRefused(f"The file is not UTF-8. Name its encoding, perhaps --encoding {proposal}.")
    return run


def _file_problems(batch: ImportBatch, importer: Importer) -> str:
    codes = [problem for problem in batch.problems if problem["code"] not in ("F007", "F008")]
    words = importer.problem_words
    return "\n".join(
        f"{found['code']} {describe_problem(found['code'], found['params'], words=words)}" for found in codes
    )


def follow(run: Run, is_going: Callable[[ImportBatch], bool]) -> Iterator[ImportBatch]:
    """Yield the batch once it has stopped going; meanwhile work in this process by the workers' own loop."""
    yield from watch(run, is_going, on_progress=None)


def watch(
    run: Run, is_going: Callable[[ImportBatch], bool], *, on_progress: Callable[[ImportBatch], None] | None
) -> Iterator[ImportBatch]:
    """As `follow`, telling `on_progress` about the batch between slices of work."""
    batch = run.load()
    while is_going(batch):
        if not work_once():
            time.sleep(_PAUSE_SECONDS)
        batch = run.load()
        if on_progress is not None:
            on_progress(batch)
    yield batch


def map_run(run: Run, *, columns: Columns, options: Mapping[str, str], confirm_with: dict[str, Any] | None) -> None:
    """Map by names, remembered choices and what the command says, take the options, and start the check."""
    with tenant_scope(run.tenant.pk):
        batch = ImportBatch.objects.get(pk=run.batch_id)
        importer = importer_of(batch)
        chosen = clean_options(importer, options, tenant=run.tenant, actor=run.actor)
        _refuse_open_questions(batch, options, importer=importer, chosen=chosen)
        mapping = _build_mapping(batch, importer=importer, actor=run.actor, given=columns, options=options)
        missing = missing_columns(importer, mapping)
        if missing:
            words = [f"F004 {describe_problem('F004', {'field': str(column.label)})}" for column in missing]
            raise CommandRefused("\n".join(words))
        request_check(
            batch,
            actor=run.actor,
            mapping=mapping.to_json(),
            options={**chosen.own, **batch.options, "failure_mode": chosen.failure_mode},
            read_options={**batch.read_options, **_reading_answers(options)},
            confirm_with=confirm_with,
        )


def _refuse_open_questions(
    batch: ImportBatch, options: Mapping[str, str], *, importer: Importer, chosen: ChosenOptions
) -> None:
    if importer.open_question(batch):
        answers = {**chosen.own, **batch.options}
        missing = [name for name in chosen.own if answers[name] in (None, "")]
        words = " ".join(f"--option {name}=..." for name in missing or chosen.own)
        raise CommandRefused(f"Neither the command nor the file says what it is for. Choose with {words}.")
    question = next((found for found in batch.problems if found["code"] == "F011"), None)
    if question is not None and "hidden_rows" not in options:
        words = describe_problem("F011", question["params"])
        raise CommandRefused(f"F011 {words} Choose with --option hidden_rows=all or --option hidden_rows=visible.")


def _reading_answers(options: Mapping[str, str]) -> dict[str, Any]:
    return {"hidden_rows": options["hidden_rows"]} if "hidden_rows" in options else {}


def _build_mapping(
    batch: ImportBatch, *, importer: Importer, actor: User, given: Columns, options: Mapping[str, str]
) -> ColumnMapping:
    mapping = suggest_mapping(importer, batch=batch, actor=actor).mapping
    known = {column.key: column for column in importer.columns}
    columns, fixed, checks = dict(mapping.columns), dict(mapping.fixed), dict(mapping.checks)
    for name, header in given.fields.items():
        _refuse_unknown(name, known)
        place = _find_column(batch, header)
        columns = {key: index for key, index in columns.items() if index != place} | {name: place}
        fixed.pop(name, None)
    for name, value in given.fixed.items():
        _refuse_unknown(name, {key: column for key, column in known.items() if column.kind in ("item", "date")})
        columns.pop(name, None)
        fixed[name] = value
    for name, header in given.checks.items():
        _refuse_unknown(name, CHECK_FIELDS)
        checks[name] = _find_column(batch, header)
    absent = read_absent(importer, options)
    columns = {key: place for key, place in columns.items() if key not in absent}
    # E-04: on the command line the given or the preset format counts.
    return replace(
        mapping,
        columns=columns,
        fixed=fixed,
        checks=checks,
        find_by=options.get("find_by", mapping.find_by),
        date_format=options.get("date_format", mapping.date_format),
        date_order_answered=True,
        absent=absent,
    )


def _refuse_unknown(name: str, known: Mapping[str, Any]) -> None:
    if name not in known:
        raise CommandRefused(f"There is no field {name!r} here; there are {', '.join(sorted(known))}.")


def _find_column(batch: ImportBatch, header: str) -> int:
    names = header_names(batch)
    for place, name in enumerate(names):
        if header_key(name) == header_key(header):
            return place
    raise CommandRefused(f"The file has no column {header!r}; it has {', '.join(names)}.")


def confirm_run(run: Run, *, answers: Mapping[str, str]) -> None:
    """Confirm the checked import; raise CommandRefused, with the counts, if an answer is missing or will not do (E-60)."""
    with tenant_scope(run.tenant.pk):
        batch = ImportBatch.objects.get(pk=run.batch_id)
        try:
            confirm_batch(batch, actor=run.actor, answers=answers)
        except ConfirmationRefused as refused:
            raise CommandRefused(_explain(refused, batch), details=_describe_check(batch)) from None


def _explain(refused: ConfirmationRefused, batch: ImportBatch) -> str:
    if refused.reason == "messages":
        return f"{' '.join(say_ahead(read_totals(batch)))} Choose with --messages send or --messages suppress."
    if refused.reason == "number":
        return f"{refused.words} Confirm with --confirm-changes {refused.number}."
    return refused.words


def _describe_check(batch: ImportBatch) -> dict[str, Any]:
    """Return what stands beside a refusal: the import waits at its review, as this."""
    return {"batch": batch.number, "counts": batch.planned, **_describe_messages(batch)}


def _describe_messages(batch: ImportBatch) -> dict[str, Any]:
    """Return the message numbers of the check, by kind, and what was chosen."""
    totals = read_totals(batch)
    return {
        "messages": {total.kind: total.messages for total in totals.kinds},
        "emails": totals.emails,
        "people_with_email": totals.people_with_email,
        "people_without_email": totals.people_without_email,
        "most_emails_of_one_person": totals.most,
        "message_choice": batch.messages or None,
        "send_at": batch.send_at.isoformat() if batch.send_at else None,
    }


def describe_run(run: Run, *, with_rows: bool) -> dict[str, Any]:
    """Return the import as one JSON object: number, state, counts per outcome, messages by kind, problems, rows if asked."""
    with tenant_scope(run.tenant.pk):
        batch = ImportBatch.objects.get(pk=run.batch_id)
        answer: dict[str, Any] = {
            "batch": batch.number,
            "state": batch.state,
            "data_rows": batch.data_rows,
            "counts": batch.counts or batch.planned,
            "problems": [
                {"code": found["code"], "sentence": describe_problem(found["code"], found["params"])}
                for found in batch.problems
            ],
            "reference": batch.reference,
            **_describe_messages(batch),
        }
        if with_rows:
            answer["rows"] = [
                {
                    "row": row.row_no,
                    "outcome": final_outcome(row, batch=batch),
                    "codes": [problem[0] for problem in row.problems],
                }
                for row in batch.rows().order_by("row_no").iterator(chunk_size=5_000)
            ]
        return answer


def say_messages(run: Run) -> list[str]:
    """Return in words what the import would send, and what was chosen; nothing where there is nothing to send."""
    with tenant_scope(run.tenant.pk):
        batch = ImportBatch.objects.get(pk=run.batch_id)
        totals = read_totals(batch)
        if not totals.messages:
            return []
        return [f"Messages: {say_choice(batch)}."] if batch.messages else say_ahead(totals)


def exit_code(batch: ImportBatch) -> int:
    """Return 0 all rows fine, 1 some rows rejected, 2 refused or cancelled, 3 failed on our side."""
    if batch.state == State.FAILED:
        return FAILED
    if batch.state in (State.REFUSED, State.CANCELLED):
        return REFUSED
    counts = batch.counts or batch.planned
    if counts.get(Outcome.ERRORED):
        return FAILED
    return ROWS_REJECTED if counts.get(Outcome.REJECTED) else OK
