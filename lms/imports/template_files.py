"""Import templates: what an empty file of an importer looks like, as CSV and as a workbook (L-14, L-15, L-16, S-11, S-12).

Public: `is_sample_text` (the one rule by which staging leaves sample rows out), `is_name_header`, `TemplateContent`,
`TemplatePerson`, `show_date`, `header_row`, `data_rows`, `sample_rows`, `show_row`, `name_column`, `list_choices`,
`write_csv_template`. The workbook is written by `template_workbook`. Knows no table; what goes in is gathered by
`template_contents`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import IO, Final

from django.utils.translation import gettext as _

from lms.core.exports import write_csv
from lms.core.text import header_key, match_key
from lms.imports.columns import Column

# A sample row says so in the cell that names the person: "sample: jane.doe". The marker is the same in every language,
# so that a template made by a German administrator is recognised when an English one uploads it.
SAMPLE_MARKER: Final = "sample:"
SAMPLE_ROWS: Final = 2
_DAYS_BETWEEN_SAMPLES: Final = 40
_DAYS_BETWEEN_DATES: Final = 14  # of one sample row
# Over the names that stand beside people filled in beforehand, in every language of the templates.
_NAME_KEYS: Final = frozenset({"name"})
_STRFTIME: Final = {"dd": "%d", "mm": "%m", "yyyy": "%Y", "yy": "%y"}
_DATE_PARTS: Final = re.compile("yyyy|yy|mm|dd")

Cell = str | date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePerson:
    """A person who is filled in beforehand: the identifier as it must stand in the file, and the name to read."""

    identifier: str
    name: str
    cells: Mapping[str, Cell] = field(default_factory=dict)  # what is known besides, by column


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateContent:
    """Everything a template shows. `columns` are all fields of the importer; the file has the required ones (L-14).

    With `has_all` the file has every one of them (S-11).
    """

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
    has_all: bool = False
    signature: str = ""  # by which the file is recognised when it comes back

    @property
    def needed(self) -> list[Column]:
        """The columns of the file."""
        return [column for column in self.columns if column.required or self.has_all]

    @property
    def offers_codes(self) -> bool:
        """Whether there are codes to choose from; not where the template fills them in."""
        return any(column.kind == "item" and not column.filled for column in self.needed) and bool(self.codes)

    def place_of(self, column: Column) -> int:
        """Return the place of a column among those of its kind: where the sheet of codes has what an item column takes."""
        return [other.key for other in self.needed if other.kind == column.kind].index(column.key)


def is_sample_text(identifier_text: str) -> bool:
    """Return whether the cell that names the person marks its row as a sample, never to be imported (L-15).

    The rule: its text begins with `sample:`, without regard to case, white space at its ends or invisible characters.
    """
    return match_key(identifier_text).startswith(SAMPLE_MARKER)


def is_name_header(header: str) -> bool:
    """Return whether a column is the one with the names of the people who were filled in beforehand; it is not read."""
    return header_key(header) in _NAME_KEYS


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
    if column.filled:
        return column.filled
    if column.kind == "person":
        return mark_as_sample(column.sample)
    if column.kind == "item" and content.codes:
        return content.codes[number % len(content.codes)][content.place_of(column)]
    if column.kind == "date":
        return _sample_day(column, number, content)
    if column.choices:
        words = list_choices(column)
        return words[number % len(words)]
    return column.sample


def _sample_day(column: Column, number: int, content: TemplateContent) -> date:
    """Return a day of the past for the first date of a row, and one some time after it for each further date."""
    place = content.place_of(column)
    first = content.today - timedelta(days=_DAYS_BETWEEN_SAMPLES * (number + 1))
    later = int(column.sample) if place and column.sample.isdecimal() else _DAYS_BETWEEN_DATES * place
    return first + timedelta(days=later)


def list_choices(column: Column) -> list[str]:
    """Return what one may choose in a column of choices, each by its own word."""
    return [spellings[0] if spellings else value for value, spellings in column.choices.items()]


def data_rows(content: TemplateContent) -> list[list[Cell]]:
    """Return the rows below the column names: the people asked for, or else the samples. People have their name at the end."""
    if not content.people:
        return sample_rows(content)
    return [
        [
            *(
                person.identifier if column.kind == "person" else column.filled or person.cells.get(column.key)
                for column in content.needed
            ),
            person.name,
        ]
        for person in content.people
    ]


def header_row(content: TemplateContent) -> list[str]:
    """Return the column names of the file, in their order."""
    names = [name_column(column) for column in content.needed]
    return [*names, _("Name")] if content.people else names


def name_column(column: Column) -> str:
    """Return the name of a column in its template."""
    return column.header or str(column.label)


def show_row(row: Sequence[Cell], *, date_format: str) -> list[str]:
    """Return the cells of a row as a person reads them."""
    return [show_date(cell, date_format=date_format) if isinstance(cell, date) else cell or "" for cell in row]


def write_csv_template(content: TemplateContent, *, to: IO[bytes]) -> None:
    """Write the template as CSV in UTF-8 with byte order mark; dates stand in the profile's format."""
    rows = [show_row(row, date_format=content.date_format) for row in data_rows(content)]
    write_csv([header_row(content), *rows], to=to, delimiter=content.delimiter)
