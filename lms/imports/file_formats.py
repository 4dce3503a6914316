"""Writes docs/file-formats.md from what the code knows: importers, limits, date formats, problem codes.

Public: `describe_file_formats`. Words are English whatever language is active, so that the page is the same everywhere.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from django.conf import settings
from django.utils.translation import override

from lms.core.text import header_key
from lms.imports.columns import Column
from lms.imports.importer import Importer
from lms.imports.problems import CATALOGUE, F001_BY_KIND, Level
from lms.imports.readers.facts import DELIMITERS, HEADER_SEARCH_ROWS, MEBIBYTE, QUOTES, ReadLimits
from lms.imports.template_files import SAMPLE_MARKER
from lms.tenancy.models import DateFormat

_KINDS: Final = {
    "person": "identifier of a person",
    "item": "code",
    "date": "date",
    "number": "number",
    "text": "text",
    "choice": "one of a list",
    "status": "status",
    "check": "compared, never stored",
}
_LEVELS: Final = {
    Level.FILE: "the file is not imported",
    Level.QUESTION: "asks before anything is imported",
    Level.ROW: "the row fails",
    Level.WARNING: "warning",
    Level.INFO: "information",
}
_DELIMITER_NAMES: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", ":": "colon"}
_QUOTE_NAMES: Final = {'"': "double", "'": "single", "": "none"}


def describe_file_formats(importers: list[Importer]) -> str:
    """Return the page as Markdown."""
    with override("en"):
        lines = [
            "# File formats",
            "",
            "This page is written by `manage.py write_file_formats` from the code; a test keeps it true.",
            "",
            *_describe_files(),
            *_describe_dates(),
        ]
        for importer in importers:
            lines += _describe_importer(importer)
        lines += _describe_problems()
    return "\n".join(lines).rstrip() + "\n"


def _describe_files() -> Iterator[str]:
    limits = ReadLimits()
    delimiters = ", ".join(_DELIMITER_NAMES[delimiter] for delimiter in DELIMITERS)
    quotes = ", ".join(_QUOTE_NAMES[quote] for quote in QUOTES)
    yield from (
        "## Files",
        "",
        "`.csv`, `.tsv`, `.txt` and `.xlsx`, recognised by their content, not by their name.",
        "",
        f"- CSV: separated by {delimiters}; quotation marks {quotes}; UTF-8, UTF-16, or an encoding you choose. What was",
        "  recognised is shown before anything is imported, and can be changed there.",
        "- XLSX: the first visible sheet with data, or the one you choose. Formulas count by their last result.",
        f"- The column names stand in one of the first {HEADER_SEARCH_ROWS} rows; rows above them are ignored.",
        "- Columns are found by their names, in any order; columns that are not needed are ignored.",
        f"- Rows whose person begins with `{SAMPLE_MARKER}` are the template's samples and are never imported.",
        "- Blank rows are ignored and do not count.",
        "",
        "| limit | value |",
        "| --- | --- |",
        f"| rows | {settings.IMPORT_ROW_CEILING:,}, or what your organisation allows |",
        f"| size of the upload | {settings.IMPORT_UPLOAD_BYTES // MEBIBYTE} MB |",
        f"| columns | {limits.max_columns} |",
        f"| characters in a cell | {limits.max_cell_chars:,} |",
        f"| an .xlsx unpacked | {limits.max_unpacked // MEBIBYTE} MB |",
        "",
    )


def _describe_dates() -> Iterator[str]:
    yield from (
        "## Dates",
        "",
        "Real date cells of a workbook are taken as they are, whatever they look like. Texts are read in one order of day,",
        "month and year: that of your profile, unless you choose another one when you map the columns.",
        "",
        "| format | example: 3 April 2024 |",
        "| --- | --- |",
    )
    examples = {"d/M/yyyy": "3/4/2024", "M/d/yyyy": "4/3/2024", "d.M.yyyy": "3.4.2024"}
    examples |= {"yyyy-MM-dd": "2024-04-03", "d-M-yyyy": "3-4-2024"}
    yield from (f"| {label} | {examples[str(label)]} |" for label in DateFormat.labels)
    yield from (
        "",
        "`-`, `/`, `.` and a space are the same, zeros in front are optional, and a time of day is cut off. Names of months",
        "in English and German (`3 April 2024`, `3. Apr 2024`) and `yyyy-mm-dd` are always read. Two-digit years are read",
        "only if you choose a format that has them: 00 to 69 are 20.., 70 to 99 are 19...",
        "",
    )


def _describe_importer(importer: Importer) -> Iterator[str]:
    yield from (
        f"## {importer.title}",
        "",
        f"`manage.py import_file {importer.key} FILE --tenant SLUG --as USERNAME`",
        "",
        "| column | needed | what it holds | also recognised as |",
        "| --- | --- | --- | --- |",
    )
    columns = importer.possible_columns()
    yield from (_describe_column(column) for column in columns)
    yield ""
    if importer.columns_note:
        yield from (str(importer.columns_note), "")
    for column in columns:
        if column.choices:
            yield from (f"{column.label} is one of these, in any of its spellings:", "")
            yield from (f"- {', '.join(spellings)}" for spellings in map(_spellings, column.choices.items()))
            yield ""


def _spellings(choice: tuple[str, Sequence[str]]) -> list[str]:
    value, spellings = choice
    return [f"`{spelling}`" for spelling in spellings or (value,)]


def _describe_column(column: Column) -> str:
    needed = "yes" if column.required else ""
    size = ""
    if column.kind in ("person", "item", "text", "status"):
        size = f", up to {column.max_length} characters"
    elif column.kind == "number" and column.minimum is not None and column.maximum is not None:
        size = f", {column.minimum} to {column.maximum}"
    own = () if header_key(column.key) in map(header_key, (str(column.label), *column.aliases)) else (column.key,)
    aliases = ", ".join(f"`{alias}`" for alias in (*own, *column.aliases))
    what = f"{column.help} ({_KINDS[column.kind]}{size})".strip()
    return f"| {column.label} | {needed} | {what} | {aliases} |"


def _describe_problems() -> Iterator[str]:
    yield from (
        "## Codes",
        "",
        "F concerns the file, R a row. Words in brackets are filled in where the sentence is shown.",
        "",
        "| code | weight | sentence | what to do |",
        "| --- | --- | --- | --- |",
    )
    for code, problem in sorted(CATALOGUE.items()):
        yield f"| {code} | {_LEVELS[problem.level]} | {_show(problem.sentence)} | {_show(problem.fix)} |"
    yield from ("", "F001 says what kind of file it is:", "", "| kind | sentence | what to do |", "| --- | --- | --- |")
    for kind, (sentence, fix) in sorted(F001_BY_KIND.items()):
        yield f"| {kind} | {_show(sentence)} | {_show(fix)} |"


class _Brackets(dict[str, str]):
    """Parameters as their own names in brackets."""

    def __missing__(self, key: str) -> str:
        return f"[{key}]"


def _show(sentence: object) -> str:
    return (str(sentence) % _Brackets()).replace("|", "\\|")
