"""A list of offline records as a file: typed cells, the organisation's own fields as columns.

Public: `iterate_file`, `FILE_ROWS`, `WIDTHS`.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from lms.core.exports import Cell
from offline_records.choices import Kind, Origin
from offline_records.models import CustomField, OfflineRecord
from offline_records.records.lists import Line, Selection, iterate_lines
from offline_records.records.values import Labels

# More rows make no file that anybody opens; one import always fits.
FILE_ROWS: Final = 100_000
WIDTHS: Final = (28, 20, 16, 20, 20, 16, 36, 14, 12, 10, 10, 12, 24, 24, 20, 14, 14, 40)


def list_custom_fields(activity_id: int) -> list[CustomField]:
    """Return the fields an activity has beside the common ones, in their order; those taken off last."""
    return list(CustomField.objects.filter(activity_id=activity_id).order_by("-is_active", "position", "pk"))


def iterate_file(selection: Selection) -> Iterator[list[Cell]]:
    """Yield the column names, then every record of a selection.

    Of one activity, each custom field is a column. Of several they stand together in one, with their names.
    """
    if selection.activity_id is not None:
        fields = list_custom_fields(selection.activity_id)
        yield [*_head(), *(field.label for field in fields), *_foot()]
        for line in iterate_lines(selection):
            yield [*_begin(line), *_custom_cells(line.record, fields), *_end(line)]
        return
    labels = Labels.of(CustomField.objects.order_by("-is_active", "position", "pk"))
    yield [*_head(), _("Further fields"), *_foot()]
    for line in iterate_lines(selection):
        yield [*_begin(line), _join_custom(line.record, labels), *_end(line)]


def _head() -> list[Cell]:
    return [
        _("Name"), _("Username"), _("Employee id"), _("User domain"), _("Category"), _("Code"), _("Offline activity"),
        _("Completed on"), _("Result"), _("Score"), _("Hours"), _("CPD points"), _("Provider"), _("Location"),
        _("Certificate number"), _("Valid until"), _("State"), _("Notes"),
    ]  # fmt: skip


def _foot() -> list[Cell]:
    return [_("Origin"), _("Import"), _("Row"), _("Recorded"), _("Edited by hand")]


def _begin(line: Line) -> list[Cell]:
    record, person, activity = line.record, line.record.person, line.record.activity
    return [
        person.full_name, person.username, person.employee_id, person.domain.name if person.domain else "",
        activity.category.name, activity.code, activity.name, record.completed_on,
        str(record.get_result_display()) if record.result else "", record.score, record.hours, record.cpd_points,
        record.provider, record.location, record.certificate_number, record.expires_on, str(line.state.label), record.notes,
    ]  # fmt: skip


def _end(line: Line) -> list[Cell]:
    record = line.record
    edited = timezone.localtime(record.edited_at).replace(tzinfo=None) if record.edited_at else None
    return [
        str(Origin(record.origin).label),
        line.number,
        record.row_no,
        timezone.localtime(record.recorded_at).replace(tzinfo=None),
        edited,
    ]


def _custom_cells(record: OfflineRecord, fields: Sequence[CustomField]) -> list[Cell]:
    return [_custom_cell(field, record.custom.get(str(field.pk), "")) for field in fields]


def _custom_cell(field: CustomField, text: str) -> Cell:
    if not text:
        return None
    match field.kind:
        case Kind.NUMBER:
            return Decimal(text)
        case Kind.DATE:
            return date.fromisoformat(text)
        case _:
            return text


def _join_custom(record: OfflineRecord, labels: Labels) -> str:
    held = {f"field_{pk}": str(text) for pk, text in record.custom.items() if text}
    return "; ".join(f"{labels.name(key)}: {labels.say(key, held[key])}" for key in labels.order(held))
