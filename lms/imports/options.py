"""The chosen options of an import in words. Public: `describe_options`."""

from typing import Any

from django.utils.translation import gettext as _

from lms.imports.importer import Importer
from lms.imports.mapping import FIND_BY
from lms.imports.models import FailureMode, ImportBatch
from lms.tenancy.models import Tenant


def describe_options(importer: Importer, *, batch: ImportBatch, tenant: Tenant) -> list[tuple[Any, Any]]:
    """Return label and answer of everything that was chosen; the importer's own options by its form's labels."""
    form = importer.options_form(None, tenant=tenant, initial=batch.options)
    facts: list[tuple[Any, Any]] = []
    for bound in form:
        if bound.name in batch.options:
            choices = dict(getattr(bound.field, "choices", ()))
            value = batch.options[bound.name]
            answer = (_("yes") if value else _("no")) if isinstance(value, bool) else choices.get(value, value)
            facts.append((bound.label, answer))
    mode = batch.options.get("failure_mode")
    if mode in FailureMode.values:
        facts.append((_("If some rows are bad"), FailureMode(mode).label))
    if batch.mapping.get("find_by") in FIND_BY:
        facts.append((_("People found by"), FIND_BY[batch.mapping["find_by"]]))
    if batch.note:
        facts.append((_("Note"), batch.note))
    return facts
