"""Starts the check of a file by itself, where its upload said everything and nothing about it is open.

Public: `start_by_itself`, `is_encoding_guessed`, `compose_options`.
"""

from typing import Any, Final

from lms.imports.access import may_import, may_manage
from lms.imports.asking import ask_about, needs_answer
from lms.imports.checking import request_check
from lms.imports.importer import Importer, importer_of
from lms.imports.mapping import Proposal, missing_columns, remember_mapping, suggest_mapping, unused_columns
from lms.imports.models import ImportBatch, State
from lms.imports.recognising import STARTS_CHECK
from lms.imports.template_files import is_name_header
from lms.people.models import User
from lms.tenancy.models import Tenant

_FAILURE_MODE: Final = "failure_mode"


def start_by_itself(batch: ImportBatch) -> None:
    """Start the check of a file that has just been looked at, if its upload asked for that and nothing is open.

    Everything needed has to stand under the fields' own names, and of a kind whose templates have all columns nothing
    else may stand there. Otherwise the import waits at its mapping page, or where its importer has a question.
    Runs in the open transaction; the batch is locked and up to date.
    """
    if not batch.mapping.get(STARTS_CHECK):
        return
    importer = importer_of(batch)
    actor = User.objects.select_related("tenant").get(pk=batch.uploaded_by_id)
    proposal = suggest_mapping(importer, batch=batch, actor=actor)
    if is_clear(importer, batch=batch, actor=actor, proposal=proposal):
        options = compose_options(importer, batch=batch, tenant=actor.tenant, proposal=proposal)
        remember_mapping(batch, actor=actor, mapping=proposal.mapping, options=options)
        request_check(batch, actor=actor, mapping=proposal.mapping.to_json(), options=options)
        return
    # Asked once: from here on a person presses the button.
    batch.mapping = {**batch.mapping, STARTS_CHECK: False}
    ImportBatch.objects.filter(pk=batch.pk).update(mapping=batch.mapping)


def is_clear(importer: Importer, *, batch: ImportBatch, actor: User, proposal: Proposal) -> bool:
    """Return whether nobody has to say anything before the check."""
    return (
        (batch.state == State.UPLOADED or (batch.state in (State.READY, State.REFUSED) and not batch.planned))
        and bool(batch.sniffed)
        and may_import(actor, importer)
        and may_manage(batch, actor)
        and not is_encoding_guessed(batch)
        and not importer.open_question(batch)
        and proposal.is_exact
        and not any(suggestion.candidates for suggestion in proposal.suggestions.values())
        and not (importer.template_has_all and has_strange_columns(batch, proposal))
        and not missing_columns(importer, proposal.mapping)
        and not needs_answer(ask_about(importer, batch=batch, actor=actor), proposal.mapping)
    )


def has_strange_columns(batch: ImportBatch, proposal: Proposal) -> bool:
    """Return whether the file has columns that are not read, other than the names our templates add for the eye."""
    return not all(is_name_header(name) for name in unused_columns(batch, proposal.mapping))


def is_encoding_guessed(batch: ImportBatch) -> bool:
    """Return whether the encoding of the text is a guess that nobody has confirmed (E-54)."""
    is_certain = (batch.sniffed or {}).get("encoding_certain", True)
    return not is_certain and not batch.read_options.get("encoding")


def compose_options(
    importer: Importer, *, batch: ImportBatch, tenant: Tenant, proposal: Proposal, failure_mode: str = ""
) -> dict[str, Any]:
    """Return the options of a check: the kind's own, over them what is remembered, then what was said of this file."""
    options = {
        **importer.default_options(tenant),
        **{name: value for name, value in proposal.options.items() if name not in importer.fresh_options},
        **batch.options,
    }
    mode = failure_mode or options.get(_FAILURE_MODE)
    return {**options, _FAILURE_MODE: mode if mode in importer.failure_modes else importer.failure_modes[0]}
