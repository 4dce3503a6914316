"""The chosen options of an import in words. Public: `describe_options`."""

from typing import Any, Final

from django.utils.translation import gettext as _

from lms.imports.importer import Importer
from lms.imports.leaving_out import say_ranges
from lms.imports.mapping import FIND_BY
from lms.imports.models import FailureMode, ImportBatch
from lms.tenancy.models import Tenant

_RANGES_SHOWN: Final = 20


def describe_options(importer: Importer, *, batch: ImportBatch, tenant: Tenant) -> list[tuple[Any, Any]]:
    """Return label and answer of everything that was chosen; the importer's own options by its form's labels."""
    form = importer.options_form(None, tenant=tenant, initial=batch.options)
    facts: list[tuple[Any, Any]] = []
    for bound in form:
        if bound.name in batch.options:
            choices = dict(getattr(bound.field, "choices", ()))
            value = batch.options[bound.name]
            answer = choices.get(value) or bound.field.prepare_value(value)
            if isinstance(value, bool):
                answer = _("yes") if value else _("no")
            facts.append((bound.label, answer))
    mode = batch.options.get("failure_mode")
    if mode in FailureMode.values and len(importer.failure_modes) > 1:
        facts.append((_("If some rows are bad"), FailureMode(mode).label))
    if batch.left_out_rows:
        rows = say_ranges(batch.left_out_rows, most=_RANGES_SHOWN)
        left_out = _("%(person)s, rows %(rows)s") % {"person": batch.left_out_by, "rows": rows}
        facts.append((_("Left out after the check"), left_out))
    if batch.mapping.get("find_by") in FIND_BY and not importer.find_by:
        facts.append((_("People found by"), FIND_BY[batch.mapping["find_by"]]))
    if batch.note:
        facts.append((_("Note"), batch.note))
    return facts
