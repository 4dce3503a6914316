"""Small builders of honest and hostile files for the reader tests, so that they need no corpus."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

from lms.imports.readers.facts import Cell, ReadLimits, ReadOptions
from lms.imports.readers.sniff import open_source

MAIN_NAMESPACE: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
HEADER_ROW: Final = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>username</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>course code</t></is></c></row>'
)
ANN_ROW: Final = (
    '<row r="2"><c r="A2" t="inlineStr"><is><t>ann</t></is></c><c r="B2" t="inlineStr"><is><t>SAFE-1</t></is></c></row>'
)


def sheet_xml(rows: str, *, before: str = "", prolog: str = XML) -> str:
    """Return a worksheet part around the given row elements."""
    return f'{prolog}<worksheet xmlns="{MAIN_NAMESPACE}">{before}<sheetData>{rows}</sheetData></worksheet>'


def build_parts(
    sheets: Mapping[str, str],
    *,
    states: Mapping[str, str] | None = None,
    strings: str | None = None,
    styles: str | None = None,
    workbook_properties: str = "",
) -> dict[str, bytes]:
    """Return the parts of a workbook with the given worksheet parts by sheet name."""
    states = states or {}
    entries, relations = [], []
    parts: dict[str, bytes] = {}
    for number, (name, xml) in enumerate(sheets.items(), start=1):
        state = f' state="{states[name]}"' if name in states else ""
        entries.append(f'<sheet name="{name}" sheetId="{number}"{state} r:id="rId{number}"/>')
        relations.append((f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml"))
        parts[f"xl/worksheets/sheet{number}.xml"] = xml.encode("utf-8")
    if strings is not None:
        relations.append(("rIdStrings", "sharedStrings", "sharedStrings.xml"))
        parts["xl/sharedStrings.xml"] = f'{XML}<sst xmlns="{MAIN_NAMESPACE}">{strings}</sst>'.encode()
    if styles is not None:
        relations.append(("rIdStyles", "styles", "styles.xml"))
        parts["xl/styles.xml"] = f'{XML}<styleSheet xmlns="{MAIN_NAMESPACE}">{styles}</styleSheet>'.encode()
    return {
        "[Content_Types].xml": (
            f'{XML}<Types xmlns="{PACKAGE}/content-types"><Override PartName="/xl/workbook.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
        ).encode(),
        "_rels/.rels": write_relations([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": (
            f'{XML}<workbook xmlns="{MAIN_NAMESPACE}" xmlns:r="{RELATIONS}">{workbook_properties}'
            f"<sheets>{''.join(entries)}</sheets></workbook>"
        ).encode(),
        "xl/_rels/workbook.xml.rels": write_relations(relations),
        **parts,
    }


def write_relations(relations: list[tuple[str, str, str]]) -> bytes:
    """Return a relationships part for (id, kind, target)."""
    body = "".join(
        f'<Relationship Id="{key}" Type="{RELATIONS}/{kind}" Target="{target}"/>' for key, kind, target in relations
    )
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{body}</Relationships>'.encode()


def pack(parts: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP of the parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def build_workbook(rows: str, *, before: str = "", **rest: str) -> bytes:
    """Return a workbook of one sheet with the given row elements; `rest` as in `build_parts`."""
    return pack(build_parts({"Sheet1": sheet_xml(rows, before=before)}, **rest))  # type: ignore[arg-type]


def lie_about_size(archive: bytes, *, name: str, declared: int) -> bytes:
    """Return the archive with a wrong unpacked size for one entry in its central directory and local header."""
    data = bytearray(archive)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        local_at = opened.getinfo(name).header_offset
    data[local_at + 22 : local_at + 26] = declared.to_bytes(4, "little")
    central_at = data.rfind(b"PK\x01\x02", 0, data.rfind(name.encode()))
    data[central_at + 24 : central_at + 28] = declared.to_bytes(4, "little")
    return bytes(data)


def bomb_part(*, size: int) -> bytes:
    """Return `size` zero bytes; they pack a thousand to one."""
    return zlib.decompress(zlib.compress(b"\x00" * size))


def read_all(
    data: bytes, *, options: ReadOptions | None = None, limits: ReadLimits | None = None
) -> list[tuple[int, list[Cell], bool]]:
    """Return every non-blank row of a file as (row number, cells, hidden), read in this process."""
    source = open_source(io.BytesIO(data), options=options or ReadOptions(), limits=limits or ReadLimits())
    if source.format == "xlsx" and source.sheet is None:  # type: ignore[union-attr]
        source.sheet = source.list_sheets_with_data()[0]  # type: ignore[union-attr]
    return list(source.rows())


def read_cells(row_xml: str, **rest: str) -> list[Cell]:
    """Return the cells of a single row element of a workbook."""
    ((_, cells, _),) = read_all(build_workbook(row_xml, **rest))
    return cells
