"""The template as a workbook: a sheet to fill in, one that explains each column, the codes, and a signature (L-15, S-11, S-12).

Public: `write_xlsx_template`. Knows no table; what goes in is gathered by `template_contents`.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Final

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from lms.core.wording import say_date_format, say_number
from lms.imports.columns import Column
from lms.imports.template_files import (
    SAMPLE_MARKER,
    TemplateContent,
    data_rows,
    header_row,
    list_choices,
    name_column,
    show_date,
)

_WIDTHS: Final = {
    "person": 32, "item": 24, "date": 20, "number": 12, "text": 40, "choice": 24, "status": 20, "check": 28,
}  # fmt: skip
_NAME_WIDTH: Final = 44
_EARLIEST: Final = date(1970, 1, 1)
_MOST_VALIDATION_TEXT: Final = 255
# Where the signature stands among the instructions: at their top, beside what a person reads.
_SIGNATURE_CELL: Final = (0, 4)
_CODES: Final = "Codes"
_LISTS: Final = "Lists"


def write_xlsx_template(content: TemplateContent, *, to: IO[bytes]) -> None:
    """Write the template as a workbook: Data to fill in, Instructions, Codes; what may be chosen from stands in Lists.

    Columns of codes and identifiers are text, so that 00123 stays 00123; columns of dates and numbers are typed. Excel
    offers codes and choices, and warns of what is not a date or out of range. Lists is hidden: nobody has to read it.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(to, options) as workbook:
        formats = _add_formats(workbook, date_format=content.date_format)
        data = workbook.add_worksheet(_("Data"))
        _write_data(data, content, formats)
        _write_instructions(workbook.add_worksheet(_("Instructions")), content, formats)
        if content.offers_codes:
            _write_codes(workbook.add_worksheet(_CODES), content, formats)
        if any(column.choices for column in content.needed):
            _write_lists(workbook.add_worksheet(_LISTS), content, formats)
        data.activate()


def _add_formats(workbook: Any, *, date_format: str) -> dict[str, Any]:
    # The separators stand behind a backslash: a bare / would turn into the separator of the reader's own country.
    shown = "".join(letter if letter.isalpha() else f"\\{letter}" for letter in date_format.lower())
    plain = {"font_name": "Calibri", "font_size": 11, "valign": "vcenter"}
    sample = {"italic": True, "font_color": "#5B6470", "bg_color": "#EEF1F5"}
    head = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#1F4E79", "border": 1, "border_color": "#1F4E79"}
    small = {"font_size": 8, "font_color": "#9AA3AE"}
    return {
        "head": workbook.add_format({**plain, **head, "num_format": "@"}),
        "text": workbook.add_format({**plain, "num_format": "@"}),
        "date": workbook.add_format({**plain, "num_format": shown, "align": "left"}),
        "number": workbook.add_format({**plain, "num_format": "General", "align": "left"}),
        "sample text": workbook.add_format({**plain, **sample, "num_format": "@"}),
        "sample date": workbook.add_format({**plain, **sample, "num_format": shown, "align": "left"}),
        "sample number": workbook.add_format({**plain, **sample, "num_format": "General", "align": "left"}),
        "title": workbook.add_format({**plain, "bold": True, "font_size": 14}),
        "wrap": workbook.add_format({**plain, "text_wrap": True, "valign": "top", "num_format": "@"}),
        "strong": workbook.add_format({**plain, "bold": True, "valign": "top", "num_format": "@"}),
        "small": workbook.add_format({**plain, **small, "num_format": "@"}),
    }


def _write_data(page: Worksheet, content: TemplateContent, formats: dict[str, Any]) -> None:
    for place, (column, name) in enumerate(zip(content.needed, header_row(content), strict=False)):
        kind = column.kind if column.kind in ("date", "number") else "text"
        page.set_column(place, place, _WIDTHS[column.kind], formats[kind])
        page.write_string(0, place, name, formats["head"])
        _add_validation(page, place, column, content)
    if content.people:
        page.set_column(len(content.needed), len(content.needed), _WIDTHS["check"], formats["text"])
        page.write_string(0, len(content.needed), _("Name"), formats["head"])
    prefix = "" if content.people else "sample "
    numbers = {place for place, column in enumerate(content.needed) if column.kind == "number"}
    for number, row in enumerate(data_rows(content), start=1):
        for place, cell in enumerate(row):
            if isinstance(cell, date):
                page.write_datetime(number, place, datetime(cell.year, cell.month, cell.day), formats[f"{prefix}date"])  # noqa: DTZ001
            elif cell and place in numbers:
                page.write_number(number, place, Decimal(cell), formats[f"{prefix}number"])
            elif cell:
                page.write_string(number, place, cell, formats[f"{prefix}text"])
    page.freeze_panes(1, 0)
    page.set_row(0, 22)


def _add_validation(page: Worksheet, place: int, column: Column, content: TemplateContent) -> None:
    """Offer codes and choices, ask for dates and numbers; all only warn, because the check judges better than a spreadsheet."""
    rule = _rule_for(column, content)
    if rule is None:
        return
    message = _describe_column(column, content)[:_MOST_VALIDATION_TEXT]
    page.data_validation(
        1,
        place,
        content.row_limit,
        place,
        {**rule, "error_type": "warning", "error_message": message, "ignore_blank": True},
    )


def _rule_for(column: Column, content: TemplateContent) -> dict[str, Any] | None:
    if column.kind == "item" and content.offers_codes:
        return {"validate": "list", "source": _range(_CODES, content.place_of(column), rows=len(content.codes))}
    if column.choices:
        listed = [other.key for other in content.needed if other.choices].index(column.key)
        return {"validate": "list", "source": _range(_LISTS, listed, rows=len(column.choices))}
    if column.kind == "date":
        return {"validate": "date", "criteria": ">=", "value": datetime(_EARLIEST.year, 1, 1)}  # noqa: DTZ001
    if column.kind == "number" and column.minimum is not None and column.maximum is not None:
        limits = {"minimum": float(column.minimum), "maximum": float(column.maximum)}
        return {"validate": "decimal", "criteria": "between", **limits}
    return None


def _range(sheet: str, place: int, *, rows: int) -> str:
    letter = xl_col_to_name(place)
    return f"={sheet}!${letter}$2:${letter}${rows + 1}"


def _write_instructions(page: Worksheet, content: TemplateContent, formats: dict[str, Any]) -> None:
    page.set_column(0, 0, 28, formats["strong"])
    page.set_column(1, 1, 100, formats["wrap"])
    page.set_column(2, 2, 16, formats["wrap"])
    page.write_string(0, 0, content.title, formats["title"])
    if content.signature:
        page.write_string(*_SIGNATURE_CELL, content.signature, formats["small"])
    for number, texts in enumerate(_explain(content), start=2):
        for place, text in enumerate(texts):
            page.write_string(number, place, text, formats["wrap" if place else "strong"])


def _explain(content: TemplateContent) -> Iterator[Sequence[str]]:
    """Yield the lines of the instructions: one a column, then what holds for the file."""
    for column in content.needed:
        line = (name_column(column), _describe_column(column, content))
        yield (*line, _("required") if column.required else _("may be empty")) if content.has_all else line
    further = ", ".join(str(column.label) for column in content.columns if column not in content.needed)
    if further:
        yield _("Optional columns"), further
    if content.people:
        yield _("Rows"), _("Delete the rows of people who did not take part. The column Name is for you only.")
    else:
        marked = _(
            "Rows whose first cell begins with “%(marker)s” are samples. They are never imported; write over them."
        )
        yield _("Sample rows"), marked % {"marker": SAMPLE_MARKER}
    limit = _("Up to %(limit)s rows below the column names. Blank rows do not count.")
    yield _("Limit"), limit % {"limit": say_number(content.row_limit)}
    if content.offers_codes:
        yield _("Codes"), _("The sheet Codes lists every %(item)s you can use.") % {"item": content.item_label}
    if content.signature:
        yield _("This sheet"), _("Keep it: by it the file is recognised, so that nobody has to say what it is for.")


def _describe_column(column: Column, content: TemplateContent) -> str:
    parts = [str(column.help)]
    if column.kind == "date":
        shown = show_date(content.today, date_format=content.date_format)
        parts.append(
            _("Format: %(format)s, for example %(sample)s.")
            % {"format": say_date_format(content.date_format), "sample": shown}
        )
    if content.has_all:
        parts += _describe_limits(column)
    return " ".join(part for part in parts if part)


def _describe_limits(column: Column) -> Iterator[str]:
    """Yield what a cell of the column may hold (S-12)."""
    if column.choices:
        yield _("One of: %(list)s.") % {"list": ", ".join(list_choices(column))}
    elif column.kind == "number" and column.minimum is not None and column.maximum is not None:
        limits = {"min": _say_limit(column.minimum), "max": _say_limit(column.maximum)}
        yield _("A number from %(min)s to %(max)s.") % limits
    elif column.kind == "text" and not column.filled:
        yield _("Up to %(n)s characters.") % {"n": say_number(column.max_length)}


def _say_limit(limit: Decimal) -> str:
    """Return a limit in words, without zeros behind the point."""
    return say_number(int(limit) if limit == limit.to_integral_value() else limit.normalize())


def _write_codes(page: Worksheet, content: TemplateContent, formats: dict[str, Any]) -> None:
    items = sum(column.kind == "item" for column in content.needed)
    for place, name in enumerate(content.code_names):
        page.set_column(place, place, _WIDTHS["item"] if place < items else _NAME_WIDTH, formats["text"])
        page.write_string(0, place, name, formats["head"])
    for number, row in enumerate(content.codes, start=1):
        for place, text in enumerate(row):
            if not text:
                continue
            page.write_string(number, place, text, formats["text"])
    page.freeze_panes(1, 0)


def _write_lists(page: Worksheet, content: TemplateContent, formats: dict[str, Any]) -> None:
    """Write what may be chosen in each column of choices; a list of its own may be longer than a cell's rule takes."""
    for place, column in enumerate(column for column in content.needed if column.choices):
        page.write_string(0, place, name_column(column), formats["head"])
        for number, text in enumerate(list_choices(column), start=1):
            page.write_string(number, place, text, formats["text"])
    page.hide()
