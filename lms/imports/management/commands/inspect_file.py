"""manage.py inspect_file FILE: say how a file would be read, or why it cannot be. Needs no database."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from lms.imports.importer import all_importers
from lms.imports.problems import describe_problem
from lms.imports.readers.reading import FileRefused, ReadLimits, ReadOptions, Sniffed, sniff_file

DELIMITER_NAMES: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "colon": ":", "\\t": "\t"}
_SHOWN_NAMES: Final = {value: name for name, value in DELIMITER_NAMES.items() if len(name) > 2}
REFUSED: Final = 2


class Command(BaseCommand):
    """Print format, sheet, encoding, delimiter, column names and number of data rows; or the F-code and its sentence.

    Exit 0 if the file can be read, 2 if not (or if the arguments make no sense).
    """

    help = "Says how a file would be read, or why it cannot be. Exit 0 or 2. Needs no database."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file and what may be fixed instead of detected."""
        parser.add_argument("file", help="a .csv, .tsv, .txt or .xlsx")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--encoding", help="for example utf-8 or cp1252 (default: detected)")
        parser.add_argument("--delimiter", help=f"one of , ; | : or {', '.join(DELIMITER_NAMES)} (default: detected)")
        parser.add_argument("--no-header", action="store_true", help="the first row is data, not column names")

    def handle(self, *_args: object, **given: Any) -> None:
        """Sniff the file and print what came out."""
        path = Path(given["file"])
        if not path.is_file():
            raise CommandError(f"There is no file {given['file']}.", returncode=REFUSED)
        delimiter = given["delimiter"]
        delimiter = DELIMITER_NAMES.get(delimiter, delimiter)
        if delimiter is not None and delimiter not in DELIMITER_NAMES.values():
            raise CommandError(f"{given['delimiter']!r} is not a delimiter.", returncode=REFUSED)
        options = ReadOptions(
            encoding=given["encoding"], delimiter=delimiter, header_row=0 if given["no_header"] else None
        )
        try:
            sniffed = inspect_path(path, options=options)
        except FileRefused as refused:
            sentence = describe_problem(refused.code, refused.params)
            if given["json"]:
                answer = {"file": path.name, "code": refused.code, "sentence": sentence, "params": refused.params}
                self.stdout.write(json.dumps(answer, ensure_ascii=True))
            else:
                self.stdout.write(f"{refused.code} {sentence}")
            raise SystemExit(REFUSED) from None
        if given["json"]:
            self.stdout.write(json.dumps({"file": path.name, **sniffed.to_json()}, ensure_ascii=True))
        else:
            self.stdout.write("\n".join(f"{name + ':':<15}{value}" for name, value in _describe(sniffed)))


def inspect_path(path: Path, *, options: ReadOptions) -> Sniffed:
    """Return the picture of a file, its header row found by the names of all importers, else guessed (E-01, L-18).

    Raises FileRefused.
    """
    known = frozenset(key for importer in all_importers() for column in importer.columns for key in column.header_keys)
    sniffed = sniff_file(path, options=options, limits=ReadLimits(), known_headers=known)
    if sniffed.header_row or options.header_row is not None:
        return sniffed
    try:
        guessed = sniff_file(path, options=options, limits=ReadLimits())
    except FileRefused:
        # The guess took the only row for column names; as data, the file can be read.
        return sniffed
    return guessed


def _describe(sniffed: Sniffed) -> list[tuple[str, str]]:
    lines = [("format", sniffed.format)]
    if sniffed.format == "xlsx":
        others = [name for name in sniffed.sheets if name != sniffed.sheet]
        lines.append(("sheet", f"{sniffed.sheet!r}" + (f" (also: {', '.join(map(repr, others))})" if others else "")))
    else:
        encoding = str(sniffed.encoding)
        if not sniffed.encoding_certain:
            row, offset = sniffed.first_undecodable or (0, 0)
            offered = ", ".join(sniffed.encodings_offered)
            encoding += f" (proposed: not UTF-8 from row {row}, byte {offset}; confirm with --encoding: {offered})"
        lines += [
            ("encoding", encoding),
            ("delimiter", _SHOWN_NAMES.get(str(sniffed.delimiter), repr(sniffed.delimiter))),
            ("quote", sniffed.quote or "none"),
            ("line ends", sniffed.newline or "none"),
        ]
    certain = "" if sniffed.header_certain else " (guessed)"
    lines += [
        ("header row", f"{sniffed.header_row or 'none'}{certain}"),
        ("headers", ", ".join(repr(name) for name in sniffed.headers)),
        ("data rows", str(sniffed.data_rows)),
        ("blank rows", str(sniffed.blank_rows)),
    ]
    if sniffed.ignored_rows_above:
        lines.append(("rows above", f"{sniffed.ignored_rows_above} ignored"))
    if sniffed.hidden_rows:
        question = describe_problem(
            "F011", {"n": sniffed.hidden_rows, "total": sniffed.data_rows, "m": sniffed.visible_rows}
        )
        lines.append(("F011", question))
    return lines
