"""XML of a workbook, safely: expat without DTDs, entities or external anything, with bounded depth and token size (E-53).

Public: MAIN, RELATIONSHIPS, local_name, make_parser, parse_part, each_element.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from typing import Final
from xml.parsers import expat

from lms.imports.readers.facts import MEBIBYTE, FileRefused, ReadLimits
from lms.imports.readers.gate import read_part

# The namespaces of ordinary and of strict workbooks.
MAIN: Final = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
RELATIONSHIPS: Final = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
MAX_DEPTH: Final = 64
_ENCODINGS: Final = frozenset({"utf-8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})
# expat reads an unfinished token again with every block: a limit keeps a giant attribute from costing quadratic time.
_MAX_TOKEN: Final = 8 * MEBIBYTE
_TEXT_BUFFER: Final = 65_536


def local_name(name: str) -> str:
    """Return an element or attribute name without its namespace."""
    return name.rpartition(" ")[2]


def make_parser() -> expat.XMLParserType:
    """Return a parser that reports names as "namespace local" and refuses every document type declaration."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.buffer_size = _TEXT_BUFFER
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    parser.XmlDeclHandler = _judge_declaration
    return parser


def parse_part(
    package: zipfile.ZipFile, name: str, *, parser: expat.XMLParserType, limits: ReadLimits
) -> Iterator[bytes]:
    """Feed one part to `parser`; yield each block after it was parsed, so that the caller can take what came out of it.

    Raises FileRefused F001 "damaged" when the XML is not well formed, "too_complex" for a token beyond all reason.
    """
    fed = 0
    try:
        for block in read_part(package, name, limits=limits):
            parser.Parse(block, False)  # noqa: FBT003 - expat's signature
            fed += len(block)
            if fed - parser.CurrentByteIndex > _MAX_TOKEN:
                raise FileRefused("F001", {"kind": "too_complex", "detail": name})
            yield block
        parser.Parse(b"", True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise FileRefused("F001", {"kind": "damaged", "detail": name, "line": error.lineno}) from None
    # Handlers may have produced something at the very end.
    yield b""


def each_element(
    package: zipfile.ZipFile, name: str, *, limits: ReadLimits, handle: Callable[[str, dict[str, str]], None]
) -> None:
    """Call `handle(local name, attributes by local name)` for every element of one small part, in document order."""
    depth = 0
    parser = make_parser()

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise FileRefused("F001", {"kind": "too_complex", "detail": name})
        handle(local_name(tag), {local_name(key): value for key, value in attributes.items()})

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    for _ in parse_part(package, name, parser=parser, limits=limits):
        pass


def _judge_declaration(_version: str, encoding: str | None, _standalone: int) -> None:
    """Refuse encodings beyond the plain ones: expat would look any other name up among Python's codecs."""
    if encoding is not None and encoding.lower() not in _ENCODINGS:
        raise FileRefused("F001", {"kind": "damaged", "detail": "xml encoding"})


def _refuse_doctype(*_arguments: object) -> None:
    raise FileRefused("F001", {"kind": "damaged", "detail": "doctype"})
