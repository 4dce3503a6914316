"""Import templates: what an empty file of an importer looks like, as CSV and as a workbook (L-14, L-15, L-16).

Public: `is_sample_text` (the one rule by which staging leaves sample rows out), `TemplateContent`, `TemplatePerson`,
`show_date`, `sample_rows`, `write_csv_template`, `write_xlsx_template`. Knows no table; what goes in is gathered by
`template_contents`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import IO, Any, Final

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from lms.core.exports import write_csv
from lms.core.text import match_key
from lms.core.wording import say_date_format, say_number
from lms.imports.columns import Column

# A sample row says so in the cell that names the person: "sample: jane.doe". The marker is the same in every language,
# so that a template made by a German administrator is recognised when an English one uploads it.
SAMPLE_MARKER: Final = "sample:"
SAMPLE_ROWS: Final = 2
_DAYS_BETWEEN_SAMPLES: Final = 40
_DAYS_BETWEEN_DATES: Final = 14  # of one sample row
_WIDTHS: Final = {"person": 32, "item": 24, "date": 20, "number": 12, "text": 40, "status": 20, "check": 28}
_NAME_WIDTH: Final = 44
_EARLIEST: Final = date(1970, 1, 1)
_STRFTIME: Final = {"dd": "%d", "mm": "%m", "yyyy": "%Y", "yy": "%y"}
_DATE_PARTS: Final = re.compile("yyyy|yy|mm|dd")
_MOST_VALIDATION_TEXT: Final = 255

Cell = str | date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePerson:
    """A person who is filled in beforehand: the identifier as it must stand in the file, and the name to read."""

    identifier: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateContent:
    """Everything a template shows. `columns` are all fields of the importer; the file has the required ones (L-14)."""

    title: str
    columns: Sequence[Column]
    date_format: str  # of the person's profile, such as "dd/mm/yyyy" (L-16)
    today: date
    row_limit: int
    item_label: str
    code_names: Sequence[str]  # columns of the sheet of codes: those of the item columns first, in their order
    codes: Sequence[Sequence[str]]  # its rows: the items the person may use
    people: Sequence[TemplatePerson] = ()
    delimiter: str = ","

    @property
    def needed(self) -> list[Column]:
        """The columns of the file."""
        return [column for column in self.columns if column.required]

    def place_of(self, column: Column) -> int:
        """Return the place of a column among those of its kind: where the sheet of codes has what an item column takes."""
        return [other.key for other in self.needed if other.kind == column.kind].index(column.key)


def is_sample_text(identifier_text: str) -> bool:
    """Return whether the cell that names the person marks its row as a sample, never to be imported (L-15).

    The rule: its text begins with `sample:`, without regard to case, white space at its ends or invisible characters.
    """
    return match_key(identifier_text).startswith(SAMPLE_MARKER)


def mark_as_sample(identifier_text: str) -> str:
    """Return the text of the cell that names the person in a sample row."""
    return f"{SAMPLE_MARKER} {identifier_text}"


def show_date(day: date, *, date_format: str) -> str:
    """Return a date as text in a profile's format, such as 14/11/2026 for dd/mm/yyyy."""
    return _DATE_PARTS.sub(lambda part: day.strftime(_STRFTIME[part[0]]), date_format.lower())


def sample_rows(content: TemplateContent) -> list[list[Cell]]:
    """Return the marked sample rows in the order of the file's columns; dates as dates."""
    return [[_sample_cell(column, number, content) for column in content.needed] for number in range(SAMPLE_ROWS)]


def _sample_cell(column: Column, number: int, content: TemplateContent) -> Cell:
    if column.kind == "person":
        return mark_as_sample(column.sample)
    if column.kind == "item":
        if not content.codes:
            return column.sample
        return content.codes[number % len(content.codes)][content.place_of(column)]
    if column.kind == "date":
        before_today = _DAYS_BETWEEN_SAMPLES * (number + 1) - _DAYS_BETWEEN_DATES * content.place_of(column)
        return content.today - timedelta(days=before_today)
    return column.sample


def _data_rows(content: TemplateContent) -> list[list[Cell]]:
    """The rows below the column names: the people asked for, or else the samples. People have their name at the end."""
    if not content.people:
        return sample_rows(content)
    return [
        [*(person.identifier if column.kind == "person" else None for column in content.needed), person.name]
        for person in content.people
    ]


def _header(content: TemplateContent) -> list[str]:
    names = [_name_column(column) for column in content.needed]
    return [*names, _("Name")] if content.people else names


def _name_column(column: Column) -> str:
    return column.header or str(column.label)


def write_csv_template(content: TemplateContent, *, to: IO[bytes]) -> None:
    """Write the template as CSV in UTF-8 with byte order mark; dates stand in the profile's format."""
    rows = [
        [show_date(cell, date_format=content.date_format) if isinstance(cell, date) else cell for cell in row]
        for row in _data_rows(content)
    ]
    write_csv([_header(content), *rows], to=to, delimiter=content.delimiter)


def write_xlsx_template(content: TemplateContent, *, to: IO[bytes]) -> None:
    """Write the template as a workbook: Data to fill in, Instructions, Codes.

    Columns of codes and usernames are text, so that 00123 stays 00123; the date column is of dates, shown in the
    profile's format. Excel offers the codes to choose from and warns of what is not a date.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(to, options) as workbook:
        formats = _add_formats(workbook, date_format=content.date_format)
        data = workbook.add_worksheet(_("Data"))
        _write_data(data, content, formats)
        _write_instructions(workbook.add_worksheet(_("Instructions")), content, formats)
        _write_codes(workbook.add_worksheet("Codes"), content, formats)
        data.activate()


def _add_formats(workbook: Any, *, date_format: str) -> dict[str, Any]:
    # The separators stand behind a backslash: a bare / would turn into the separator of the reader's own country.
    shown = "".join(letter if letter.isalpha() else f"\\{letter}" for letter in date_format.lower())
    plain = {"font_name": "Calibri", "font_size": 11, "valign": "vcenter"}
    sample = {"italic": True, "font_color": "#5B6470", "bg_color": "#EEF1F5"}
    head = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#1F4E79", "border": 1, "border_color": "#1F4E79"}
    return {
        "head": workbook.add_format({**plain, **head, "num_format": "@"}),
        "text": workbook.add_format({**plain, "num_format": "@"}),
        "date": workbook.add_format({**plain, "num_format": shown, "align": "left"}),
        "number": workbook.add_format({**plain, "num_format": "General", "align": "left"}),
        "sample text": workbook.add_format({**plain, **sample, "num_format": "@"}),
        "sample date": workbook.add_format({**plain, **sample, "num_format": shown, "align": "left"}),
        "title": workbook.add_format({**plain, "bold": True, "font_size": 14}),
        "wrap": workbook.add_format({**plain, "text_wrap": True, "valign": "top", "num_format": "@"}),
        "strong": workbook.add_format({**plain, "bold": True, "valign": "top", "num_format": "@"}),
    }


def _write_data(page: Worksheet, content: TemplateContent, formats: dict[str, Any]) -> None:
    for place, column in enumerate(content.needed):
        kind = column.kind if column.kind in ("date", "number") else "text"
        page.set_column(place, place, _WIDTHS[column.kind], formats[kind])
        page.write_string(0, place, _name_column(column), formats["head"])
        _add_validation(page, place, column, content)
    if content.people:
        page.set_column(len(content.needed), len(content.needed), _WIDTHS["check"], formats["text"])
        page.write_string(0, len(content.needed), _("Name"), formats["head"])
    prefix = "" if content.people else "sample "
    for number, row in enumerate(_data_rows(content), start=1):
        for place, cell in enumerate(row):
            if isinstance(cell, date):
                page.write_datetime(number, place, datetime(cell.year, cell.month, cell.day), formats[f"{prefix}date"])  # noqa: DTZ001
            elif cell:
                page.write_string(number, place, cell, formats[f"{prefix}text"])
    page.freeze_panes(1, 0)
    page.set_row(0, 22)


def _add_validation(page: Worksheet, place: int, column: Column, content: TemplateContent) -> None:
    """Offer the codes, and ask for real dates; both only warn, because the check judges better than a spreadsheet."""
    first, last = 1, content.row_limit
    if column.kind == "item" and content.codes:
        letter = xl_col_to_name(content.place_of(column))
        source = f"=Codes!${letter}$2:${letter}${len(content.codes) + 1}"
        rule: dict[str, Any] = {"validate": "list", "source": source}
    elif column.kind == "date":
        rule = {"validate": "date", "criteria": ">=", "value": datetime(_EARLIEST.year, 1, 1)}  # noqa: DTZ001
    else:
        return
    message = _describe_column(column, content)[:_MOST_VALIDATION_TEXT]
    page.data_validation(
        first, place, last, place, {**rule, "error_type": "warning", "error_message": message, "ignore_blank": True}
    )


def _write_instructions(page: Worksheet, content: TemplateContent, formats: dict[str, Any]) -> None:
    page.set_column(0, 0, 28, formats["strong"])
    page.set_column(1, 1, 100, formats["wrap"])
    page.write_string(0, 0, content.title, formats["title"])
    lines = [(_name_column(column), _describe_column(column, content)) for column in content.needed]
    further = ", ".join(str(column.label) for column in content.columns if not column.required)
    lines += [(_("Optional columns"), further)] if further else []
    if content.people:
        lines.append(
            (_("Rows"), _("Delete the rows of people who did not take part. The column Name is for you only."))
        )
    else:
        marked = _(
            "Rows whose first cell begins with “%(marker)s” are samples. They are never imported; write over them."
        )
        lines.append((_("Sample rows"), marked % {"marker": SAMPLE_MARKER}))
    limit = _("Up to %(limit)s rows below the column names. Blank rows do not count.")
    lines.append((_("Limit"), limit % {"limit": say_number(content.row_limit)}))
    lines.append((_("Codes"), _("The sheet Codes lists every %(item)s you can use.") % {"item": content.item_label}))
    for number, (name, text) in enumerate(lines, start=2):
        page.write_string(number, 0, name, formats["strong"])
        page.write_string(number, 1, text, formats["wrap"])


def _describe_column(column: Column, content: TemplateContent) -> str:
    text = str(column.help)
    if column.kind == "date":
        shown = show_date(content.today, date_format=content.date_format)
        text = f"{text} " + _("Format: %(format)s, for example %(sample)s.") % {
            "format": say_date_format(content.date_format),
            "sample": shown,
        }
    return text.strip()


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
