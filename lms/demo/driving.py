"""Take a file through the real pipeline as its administrator would: upload, choose, check, confirm. Opens its own scopes."""

from dataclasses import replace
from pathlib import Path

from lms.core.text import header_key
from lms.demo.samples import Choices, Sample
from lms.imports.checking import request_check
from lms.imports.command_line import Run, follow, start_run
from lms.imports.confirming import confirm_batch, needs_typed_number
from lms.imports.importer import importer_of
from lms.imports.mapping import Mapping, header_names, suggest_mapping
from lms.imports.models import FailureMode, ImportBatch, State
from lms.tenancy.scope import tenant_scope


def upload_sample(sample: Sample, *, directory: Path) -> Run:
    """Upload the file and have it looked at. Raises CommandRefused where it cannot be read."""
    path = directory / sample.name
    encoding = sample.choices.encoding
    reading = {"encoding": encoding} if encoding else {}
    return start_run(sample.kind, path, slug=sample.organisation, username=sample.username, read_options=reading)


def check_sample(run: Run, *, choices: Choices, is_answered: bool = True) -> ImportBatch:
    """Check the uploaded file with these choices; return the batch when the check has ended.

    `is_answered`: the question for the order of the dates, should there be one, counts as answered by the choices.
    """
    request_sample_check(run, choices=choices, is_answered=is_answered)
    return next(follow(run, lambda found: found.state == State.CHECKING))


def request_sample_check(run: Run, *, choices: Choices, is_answered: bool = True) -> None:
    """Have the uploaded file checked with these choices, by whoever works next."""
    with tenant_scope(run.tenant.pk):
        batch = run_batch(run)
        importer = importer_of(batch)
        mapping = _choose_mapping(run, batch, choices=choices)
        good = FailureMode.IMPORT_GOOD.value
        request_check(
            batch,
            actor=run.actor,
            mapping=replace(mapping, date_order_answered=is_answered).to_json(),
            options={
                **importer.default_options(run.tenant),
                **batch.options,
                "failure_mode": good if good in importer.failure_modes else importer.failure_modes[0],
                **choices.options,
            },
            read_options={**batch.read_options, "hidden_rows": choices.hidden_rows or None},
        )


def confirm_sample(run: Run, *, messages: str) -> None:
    """Confirm the checked import as somebody who has read the review: typing the number it asks for, if it asks for one.

    `messages`: what to choose if anything would be sent.
    """
    with tenant_scope(run.tenant.pk):
        batch = run_batch(run)
        number = needs_typed_number(batch, messages=messages)
        typed = str(number.number) if number else ""
        confirm_batch(batch, actor=run.actor, answers={"messages": messages, "typed": typed})


def run_batch(run: Run) -> ImportBatch:
    """Return the batch of a run, inside an open scope."""
    return ImportBatch.objects.get(pk=run.batch_id)


def _choose_mapping(run: Run, batch: ImportBatch, *, choices: Choices) -> Mapping:
    suggested = suggest_mapping(importer_of(batch), batch=batch, actor=run.actor).mapping
    places = {header_key(name): place for place, name in enumerate(header_names(batch))}
    chosen = {key: places[header_key(name)] for key, name in choices.columns.items()}
    kept = {key: place for key, place in suggested.columns.items() if place not in chosen.values()}
    return replace(
        suggested,
        columns={**kept, **chosen},
        find_by=choices.find_by or suggested.find_by,
        fixed=dict(choices.fixed),
        checks={key: places[header_key(name)] for key, name in choices.checks.items()},
        date_format=choices.date_format or suggested.date_format,
    )
