"""The parts of a workbook around its sheets: sheet list, number formats, shared strings (E-52, E-55).

Public: Workbook, SheetPart, open_workbook, SharedStrings.
"""

from __future__ import annotations

import posixpath
import zipfile
from array import array
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from lms.imports.readers.facts import Cell, FileRefused, ReadLimits
from lms.imports.readers.gate import open_package
from lms.imports.readers.xlsx_cells import CellFormat, decode_escapes, read_format
from lms.imports.readers.xml_parts import MAIN, MAX_DEPTH, each_element, make_parser, parse_part

_MAX_SHEETS: Final = 1_000
_MAX_STYLES: Final = 70_000
_MACRO_TYPES: Final = ("macroenabled", "addin", "sheet.binary")


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One visible worksheet: its name and the part it is stored in."""

    name: str
    part: str


@dataclass(frozen=True, slots=True)
class Workbook:
    """An opened workbook: visible worksheets in their order, and what is needed to read cells."""

    package: zipfile.ZipFile
    sheets: tuple[SheetPart, ...]
    epoch_1904: bool
    styles_part: str | None
    strings_part: str | None


@dataclass(slots=True)
class _WorkbookFacts:
    sheets: list[tuple[str, str, str]] = field(default_factory=list)
    epoch_1904: bool = False


def open_workbook(file: BinaryIO, *, limits: ReadLimits) -> Workbook:
    """Open the .xlsx in `file`, judged by the gate. Raises FileRefused F001 or F010."""
    package = open_package(file, limits=limits)
    parts = {name.casefold(): name for name in package.namelist()}
    _judge_content_types(package, parts, limits=limits)
    main = _find_main_part(package, parts, limits=limits)
    facts = _WorkbookFacts()

    def handle(name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            facts.epoch_1904 = attributes.get("date1904", "0") in {"1", "true", "on"}
        elif name == "sheet" and "id" in attributes:
            facts.sheets.append((attributes.get("name", ""), attributes["id"], attributes.get("state", "visible")))
            if len(facts.sheets) > _MAX_SHEETS:
                raise FileRefused("F001", {"kind": "too_complex", "detail": "sheets"})

    each_element(package, main, limits=limits, handle=handle)
    relations = _read_relations(package, parts, source=main, limits=limits)
    sheets = []
    for name, relation_id, state in facts.sheets:
        kind, part = relations.get(relation_id, ("", None))
        if kind != "worksheet" or state != "visible":
            continue
        if part is None:
            raise FileRefused("F001", {"kind": "damaged", "detail": "sheet missing"})
        sheets.append(SheetPart(name=name, part=part))
    if not sheets:
        raise FileRefused("F001", {"kind": "damaged", "detail": "no visible sheet"})
    by_kind = {kind: part for kind, part in relations.values() if part is not None}
    return Workbook(
        package=package,
        sheets=tuple(sheets),
        epoch_1904=facts.epoch_1904,
        styles_part=by_kind.get("styles"),
        strings_part=by_kind.get("sharedStrings"),
    )


def read_formats(workbook: Workbook, *, limits: ReadLimits) -> dict[str | None, CellFormat]:
    """Return the number formats that matter, by the style index as it stands in a cell's `s` attribute."""
    if workbook.styles_part is None:
        return {}
    codes: dict[int, str] = {}
    formats: dict[str | None, CellFormat] = {}
    position = -1
    inside = False

    def handle(name: str, attributes: dict[str, str]) -> None:
        nonlocal position, inside
        if name == "numFmt" and len(codes) < _MAX_STYLES:
            codes[_to_int(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            inside = True
        elif name in {"cellStyles", "cellStyleXfs", "dxfs"}:
            inside = False
        elif name == "xf" and inside and position < _MAX_STYLES:
            position += 1
            format_id = _to_int(attributes.get("numFmtId"))
            found = read_format(format_id, codes.get(format_id))
            if found is not None:
                formats[str(position)] = found

    each_element(workbook.package, workbook.styles_part, limits=limits, handle=handle)
    return formats


class SharedStrings:
    """The workbook's table of texts, kept as one block of bytes: 50 bytes less per text than a list of str.

    `get` raises FileRefused F001 for an index that is not in the table: never another row's text.
    """

    def __init__(self, workbook: Workbook, *, limits: ReadLimits) -> None:
        """Read the whole table. Raises FileRefused F001 (damaged, missing)."""
        if workbook.strings_part is None:
            raise FileRefused("F001", {"kind": "damaged", "detail": "shared strings missing"})
        self._limits = limits
        self._block = bytearray()
        self._ends = array("I")
        self._faults: dict[int, Cell] = {}
        self._read(workbook, part=workbook.strings_part)

    def get(self, raw: str) -> Cell:
        """Return the text at the index written in a cell."""
        raw = raw.strip()
        if not raw.isdigit() or not raw.isascii() or (index := int(raw[:12])) >= len(self._ends):
            raise FileRefused("F001", {"kind": "damaged", "detail": "shared string index"})
        start = self._ends[index - 1] if index else 0
        end = self._ends[index]
        if start == end:
            return dict(fault) if isinstance(fault := self._faults.get(index), dict) else None
        return self._block[start:end].decode("utf-8")

    def _read(self, workbook: Workbook, *, part: str) -> None:  # noqa: C901 - handlers share the state of one pass
        items = {f"{space} si" for space in MAIN} | {"si"}
        texts = {f"{space} t" for space in MAIN} | {"t"}
        phonetic = {f"{space} rPh" for space in MAIN} | {"rPh"}
        text: list[str] = []
        pieces: list[str] = []
        depth = skipping = 0

        def start(name: str, _attributes: dict[str, str]) -> None:
            nonlocal depth, skipping
            depth += 1
            if depth > MAX_DEPTH:
                raise FileRefused("F001", {"kind": "too_complex", "detail": part})
            if name in texts:
                text.clear()
            elif name in items:
                pieces.clear()
            elif name in phonetic:
                skipping += 1

        def end(name: str) -> None:
            nonlocal depth, skipping
            depth -= 1
            if name in texts:
                if not skipping:
                    pieces.append("".join(text))
            elif name in items:
                self._add("".join(pieces))
            elif name in phonetic:
                skipping -= 1

        parser = make_parser()
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text.append
        for _ in parse_part(workbook.package, part, parser=parser, limits=self._limits):
            pass

    def _add(self, text: str) -> None:
        value: Cell = (
            {"e": "too_long", "len": len(text)} if len(text) > self._limits.max_cell_chars else decode_escapes(text)
        )
        if isinstance(value, str):
            self._block += value.encode("utf-8")
        elif value is not None:
            self._faults[len(self._ends)] = value
        self._ends.append(len(self._block))


def _to_int(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _judge_content_types(package: zipfile.ZipFile, parts: dict[str, str], *, limits: ReadLimits) -> None:
    """Refuse workbooks that declare macros, whatever their name is."""

    def handle(_name: str, attributes: dict[str, str]) -> None:
        declared = attributes.get("ContentType", "").lower()
        if any(word in declared for word in _MACRO_TYPES):
            raise FileRefused("F001", {"kind": "xlsm"})

    each_element(package, parts["[content_types].xml"], limits=limits, handle=handle)


def _find_main_part(package: zipfile.ZipFile, parts: dict[str, str], *, limits: ReadLimits) -> str:
    for kind, part in _read_relations(package, parts, source="", limits=limits).values():
        if kind == "officeDocument" and part is not None:
            return part
    if "xl/workbook.xml" in parts:
        return parts["xl/workbook.xml"]
    raise FileRefused("F001", {"kind": "damaged", "detail": "workbook missing"})


def _read_relations(
    package: zipfile.ZipFile, parts: dict[str, str], *, source: str, limits: ReadLimits
) -> dict[str, tuple[str, str | None]]:
    """Return relation id -> (kind, part or None): targets outside the package or not in it are None, never opened."""
    folder, name = posixpath.split(source)
    relations_part = parts.get(posixpath.join(folder, "_rels", f"{name}.rels").casefold())
    found: dict[str, tuple[str, str | None]] = {}
    if relations_part is None:
        return found

    def handle(element: str, attributes: dict[str, str]) -> None:
        if element != "Relationship" or attributes.get("TargetMode") == "External" or len(found) > limits.max_entries:
            return
        target = attributes.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        kind = attributes.get("Type", "").rpartition("/")[2]
        found[attributes.get("Id", "")] = (kind, parts.get(path.casefold()))

    each_element(package, relations_part, limits=limits, handle=handle)
    return found
