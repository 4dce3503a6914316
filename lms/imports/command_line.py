"""The pipeline for operators and tests: the same steps as in the browser, driven by a command (issue of exit codes: docs).

Public: `CommandRefused`, `Run`, `Columns`, `start_run`, `map_run`, `confirm_run`, `follow`, `describe_run`,
`say_messages`. Opens its own scopes.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from django import forms

from lms.core.text import header_key, match_key
from lms.imports.access import may_import
from lms.imports.checking import request_check
from lms.imports.confirming import ConfirmationRefused, confirm_batch
from lms.imports.date_formats import DATE_FORMATS
from lms.imports.dates import DateFormat
from lms.imports.importer import Importer, get_importer
from lms.imports.mapping import CHECK_FIELDS, FIND_BY, header_names, missing_columns, suggest_mapping
from lms.imports.mapping import Mapping as ColumnMapping
from lms.imports.message_words import say_ahead, say_choice
from lms.imports.messaging.counting import read_totals
from lms.imports.models import FailureMode, ImportBatch, Outcome, State
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
_TICKS: Final = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}
# Answers of the engine itself; everything else belongs to the importer's option form.
ENGINE_OPTIONS: Final = ("failure_mode", "find_by", "date_format", "hidden_rows", "sheet", "header_row", "quote")


class CommandRefused(Exception):  # noqa: N818 - an answer for the terminal, with exit code 2
    """The command cannot do this: misuse, a missing choice, or a file that cannot be imported.

    `details` stand beside the sentence where JSON is printed.
    """

    def __init__(self, sentence: str, *, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.details = dict(details or {})


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


def start_run(importer_key: str, path: Path, *, slug: str, username: str, read_options: Mapping[str, Any]) -> Run:
    """Upload the file and have it looked at; raise CommandRefused with the F-code's sentence if it cannot be read."""
    try:
        importer = get_importer(importer_key)
    except LookupError:
        raise CommandRefused(f"There is no importer {importer_key!r}.") from None
    tenant, actor = find_actor(slug, username)
    with tenant_scope(tenant.pk):
        if not may_import(actor, importer):
            raise CommandRefused(f"{actor.username} may not import {importer.label}.")
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
            )
    except UploadRefused as refused:
        raise CommandRefused(f"{refused.code} {describe_problem(refused.code, refused.params)}") from None
    run = Run(tenant, actor, importer, batch.pk)
    for looked_at in follow(run, lambda found: found.sniffed is None):
        if not looked_at.sniffed:
            raise CommandRefused(_file_problems(looked_at))
        if not looked_at.sniffed.get("encoding_certain", True) and "encoding" not in read_options:
            proposal = looked_at.sniffed["encoding"]
            raise CommandRefused(f"The file is not UTF-8. Name its encoding, perhaps --encoding {proposal}.")
    return run


def _file_problems(batch: ImportBatch) -> str:
    codes = [problem for problem in batch.problems if problem["code"] not in ("F007", "F008")]
    return "\n".join(f"{found['code']} {describe_problem(found['code'], found['params'])}" for found in codes)


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
        _refuse_open_questions(batch, options)
        mapping = _build_mapping(batch, run=run, given=columns, options=options)
        missing = missing_columns(run.importer, mapping)
        if missing:
            words = [f"F004 {describe_problem('F004', {'field': str(column.label)})}" for column in missing]
            raise CommandRefused("\n".join(words))
        request_check(
            batch,
            actor=run.actor,
            mapping=mapping.to_json(),
            options=_clean_options(run, options),
            read_options={**batch.read_options, **_reading_answers(options)},
            confirm_with=confirm_with,
        )


def _refuse_open_questions(batch: ImportBatch, options: Mapping[str, str]) -> None:
    question = next((found for found in batch.problems if found["code"] == "F011"), None)
    if question is not None and "hidden_rows" not in options:
        words = describe_problem("F011", question["params"])
        raise CommandRefused(f"F011 {words} Choose with --option hidden_rows=all or --option hidden_rows=visible.")


def _reading_answers(options: Mapping[str, str]) -> dict[str, Any]:
    return {"hidden_rows": options["hidden_rows"]} if "hidden_rows" in options else {}


def _build_mapping(batch: ImportBatch, *, run: Run, given: Columns, options: Mapping[str, str]) -> ColumnMapping:
    mapping = suggest_mapping(run.importer, batch=batch, actor=run.actor).mapping
    known = {column.key: column for column in run.importer.columns}
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
    find_by = options.get("find_by", mapping.find_by)
    if find_by not in FIND_BY:
        raise CommandRefused(f"find_by is one of {', '.join(FIND_BY)}, not {find_by!r}.")
    absent = _read_absent(run.importer, options)
    columns = {key: place for key, place in columns.items() if key not in absent}
    date_format = options.get("date_format", mapping.date_format)
    _refuse_date_format(run, date_format)
    # E-04: on the command line the given or the preset format counts.
    return replace(
        mapping,
        columns=columns,
        fixed=fixed,
        checks=checks,
        find_by=find_by,
        date_format=date_format,
        date_order_answered=True,
        absent=absent,
    )


def _read_absent(importer: Importer, options: Mapping[str, str]) -> list[str]:
    """Return the needed fields that the command says the file does not have (T-75)."""
    return [
        column.key
        for column in importer.columns
        if column.absent_option in options and _read_tick(column.absent_option, options[column.absent_option])
    ]


def _refuse_date_format(run: Run, name: str) -> None:
    """Refuse a name that is not on offer; of the engine's own formats any way of writing them is (E-03)."""
    offered = run.importer.date_formats(run.actor)
    if name in dict(offered):
        return
    if offered is not DATE_FORMATS:
        names = ", ".join(f'"{known}"' if " " in known else known for known, _label in offered)
        raise CommandRefused(f"{name!r} is not a date format here; there are {names}.")
    try:
        DateFormat.parse(name)
    except ValueError:
        raise CommandRefused(f"{name!r} is not a date format; one is dd/mm/yyyy.") from None


def _refuse_unknown(name: str, known: Mapping[str, Any]) -> None:
    if name not in known:
        raise CommandRefused(f"There is no field {name!r} here; there are {', '.join(sorted(known))}.")


def _find_column(batch: ImportBatch, header: str) -> int:
    names = header_names(batch)
    for place, name in enumerate(names):
        if header_key(name) == header_key(header):
            return place
    raise CommandRefused(f"The file has no column {header!r}; it has {', '.join(names)}.")


def _clean_options(run: Run, options: Mapping[str, str]) -> dict[str, Any]:
    defaults = run.importer.default_options(run.tenant)
    engine = [*ENGINE_OPTIONS, *(column.absent_option for column in run.importer.columns if column.absent_option)]
    own = {name: value for name, value in options.items() if name not in engine}
    form: forms.Form = run.importer.options_form(defaults, tenant=run.tenant, initial={})
    ticks = {name: _read_tick(name, own[name]) for name in own if isinstance(form.fields.get(name), forms.BooleanField)}
    form = run.importer.options_form({**defaults, **own, **ticks}, tenant=run.tenant, initial={})
    unknown = sorted(set(own) - set(form.fields))
    if unknown:
        names = ", ".join([*form.fields, *engine])
        raise CommandRefused(f"There is no option {unknown[0]!r}; there are {names}.")
    if not form.is_valid():
        raise CommandRefused("; ".join(f"{name}: {errors[0]}" for name, errors in form.errors.items()))
    mode = options.get("failure_mode", FailureMode.IMPORT_GOOD.value)
    if mode not in run.importer.failure_modes:
        raise CommandRefused(f"failure_mode is one of {', '.join(run.importer.failure_modes)}, not {mode!r}.")
    return {**form.cleaned_data, "failure_mode": mode}


def _read_tick(name: str, text: str) -> bool:
    if text.lower() not in _TICKS:
        raise CommandRefused(f"{name} is on or off, not {text!r}.")
    return _TICKS[text.lower()]


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
