"""The table of the mapping page: one line a field, with the column proposed, its sample values and why (E-57).

Public: `MappingLine`, `present_mapping`.
"""

from dataclasses import dataclass
from typing import Any

from django.forms import BoundField
from django.utils.translation import gettext as _

from lms.imports.forms import ABSENT, FIXED, MappingForm
from lms.imports.importer import Importer
from lms.imports.mapping import Proposal, header_names, sample_values
from lms.imports.models import ImportBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingLine:
    """One field of the importer."""

    label: Any
    help: Any
    is_required: bool
    choice: BoundField
    fixed: BoundField | None  # shown where one value holds for the whole file (E-09)
    samples: list[str]
    reason: str
    is_open: bool  # needed, and nothing chosen


def present_mapping(
    importer: Importer, *, batch: ImportBatch, form: MappingForm, proposal: Proposal
) -> list[MappingLine]:
    """Return the lines of the table as the form stands now."""
    names = header_names(batch)
    lines = []
    for column in importer.columns:
        choice = form[f"column_{column.key}"]
        value = str(choice.value() or "")
        place = int(value) if value.isdecimal() else None
        suggestion = proposal.suggestions[column.key]
        if place is None:
            candidates = [] if value else [names[candidate] for candidate in suggestion.candidates]
            reason = _("chosen by you") if value == ABSENT else _say_candidates(candidates)
        elif place == suggestion.column:
            reason = _say_reason(suggestion.reason)
        else:
            reason = _("chosen by you")
        lines.append(
            MappingLine(
                label=column.label,
                help=column.help,
                is_required=column.required,
                choice=choice,
                fixed=form[f"fixed_{column.key}"] if value == FIXED else None,
                samples=sample_values(batch, place) if place is not None else [],
                reason=reason,
                is_open=column.required and not value,
            )
        )
    return lines


def _say_reason(reason: str) -> str:
    return {
        "exact": _("recognised by name"),
        "name": _("recognised by name"),
        "remembered": _("remembered"),
        "chosen": _("chosen by you"),
    }.get(reason, "")


def _say_candidates(names: list[str]) -> str:
    if not names:
        return ""
    return _("%(names)s fit equally well: choose one") % {"names": ", ".join(f"“{name}”" for name in names)}
