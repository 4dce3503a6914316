"""Which encoding a text file is in, and proof that it is (E-54).

Public: Encoding, detect_encoding, check_text, TextFacts. BOM, then NUL pattern, then strict UTF-8, else the person's choice with
a proposal: nothing is ever decoded with replacement characters.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from lms.imports.readers.facts import FileRefused

_BLOCK: Final = 262_144
_LOOK: Final = 8_192
# UTF-32 first: its little-endian BOM begins with the one of UTF-16.
_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Offered when a file is not UTF-8, the likeliest first.
_SINGLE_BYTE: Final = (
    "cp1252",
    "iso-8859-15",
    "cp1250",
    "iso-8859-2",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp850",
    "mac-roman",
)
# By codec name: plain character sets only, none that unescapes or unpacks.
_CHOOSABLE: Final = re.compile(
    r"ascii|utf-(8|16|32)(-[lb]e)?|iso8859-\d+|cp\d+|mac-\w+|koi8-\w|gbk|gb18030|big5|shift_jis|euc_\w\w"
)
_FEW: Final = 16
_DENSE: Final = 0.3  # above it the text is of another alphabet, where any two bytes may meet
_MAX_NULS: Final = 0.2  # more are a wide encoding nobody declared, or no text at all
_ASCII: Final = bytes(range(128))
_MULTIBYTE: Final = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# Bytes that no text in a one-byte encoding has side by side: overlong forms, and a BOM in the middle of another file.
_NEVER_TEXT: Final = re.compile(rb"[\xc0\xc1][\x80-\xbf]|\xff\xfe|\xfe\xff|\xff\xff")


@dataclass(frozen=True, slots=True)
class Encoding:
    """A detected or chosen encoding; `certain` is False when a person has to look at it."""

    name: str
    certain: bool
    offered: tuple[str, ...] = ()
    first_undecodable: tuple[int, int] | None = None  # (row as a text editor counts lines, byte offset)


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What a plain pass over the decoded text counts, independent of the CSV reader."""

    characters: int
    line_breaks: int
    ends_with_break: bool
    newline: str | None  # "crlf" | "lf" | "cr" | "mixed"

    @property
    def lines(self) -> int:
        """Number of physical lines."""
        return self.line_breaks + (0 if self.ends_with_break or not self.characters else 1)


def detect_encoding(file: BinaryIO, *, chosen: str | None) -> Encoding:
    """Return how to decode `file`; a chosen encoding is taken as it is if it exists.

    Raises FileRefused F001: "encoding" for a damaged UTF-8 file and for an unknown name, "damaged" for a text full of NULs.
    Leaves the position at 0.
    """
    file.seek(0)
    head = file.read(_LOOK)
    file.seek(0)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return Encoding(name=name, certain=True, offered=(name,))
    if chosen is not None:
        return _take_chosen(file, chosen=chosen)
    wide = _guess_utf16(head)
    if wide is not None:
        return Encoding(name=wide, certain=True, offered=(wide,))
    if head.count(0) > _MAX_NULS * len(head):
        row = _count_breaks(head[: head.index(0)].decode("latin-1")) + 1
        raise FileRefused("F001", {"kind": "damaged", "detail": "nul", "row": row, "byte": head.index(0)})
    bad = _find_undecodable(file, encoding="utf-8")
    if bad is None:
        return Encoding(name="utf-8", certain=True, offered=("utf-8",))
    return _propose(file, bad=bad)


def check_text(file: BinaryIO, *, encoding: str) -> TextFacts:
    """Decode the whole of `file` strictly and count its characters and line ends; nothing is kept.

    Raises FileRefused F001 "encoding" with the row and the byte offset of the first byte that does not decode.
    """
    characters = crlf = cr = lf = 0
    last = ""
    try:
        for text in _decode_blocks(file, encoding=encoding):
            characters += len(text)
            crlf += text.count("\r\n") + (last == "\r" and text[0] == "\n")
            cr += text.count("\r")
            lf += text.count("\n")
            last = text[-1]
    except UnicodeDecodeError:
        row, offset = _find_undecodable(file, encoding=encoding) or (0, 0)
        raise FileRefused("F001", {"kind": "encoding", "row": row, "byte": offset, "encoding": encoding}) from None
    lone_cr, lone_lf = cr - crlf, lf - crlf
    present = [name for name, count in (("crlf", crlf), ("lf", lone_lf), ("cr", lone_cr)) if count]
    newline = present[0] if len(present) == 1 else "mixed" if present else None
    return TextFacts(
        characters=characters,
        line_breaks=crlf + lone_cr + lone_lf,
        ends_with_break=last in {"\r", "\n"},
        newline=newline,
    )


def _decode_blocks(file: BinaryIO, *, encoding: str) -> Iterator[str]:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    while block := file.read(_BLOCK):
        if text := decoder.decode(block):
            yield text
    if text := decoder.decode(b"", final=True):
        yield text
    file.seek(0)


def _take_chosen(file: BinaryIO, *, chosen: str) -> Encoding:
    try:
        info = codecs.lookup(chosen)
    except LookupError:
        raise FileRefused("F001", {"kind": "encoding", "encoding": chosen[:40], "row": 0, "byte": 0}) from None
    if not _CHOOSABLE.fullmatch(info.name):
        raise FileRefused("F001", {"kind": "encoding", "encoding": chosen[:40], "row": 0, "byte": 0})
    offered = _offer(_non_ascii_bytes(file))
    return Encoding(name=info.name, certain=True, offered=tuple(dict.fromkeys((info.name, *offered))))


def _guess_utf16(head: bytes) -> str | None:
    """Tell UTF-16 without BOM by its NULs: Latin text has one in every pair of bytes, always on the same side."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    pairs = max(1, len(head) // 2)
    if odd > 0.4 * pairs and even < 0.05 * pairs:
        return "utf-16-le"
    if even > 0.4 * pairs and odd < 0.05 * pairs:
        return "utf-16-be"
    return None


def _find_undecodable(file: BinaryIO, *, encoding: str) -> tuple[int, int] | None:
    """Return (row, byte offset) of the first byte that does not decode, rows counted by line ends; None if all do."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    offset = 0
    breaks = 0
    try:
        while True:
            block = file.read(_BLOCK)
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                good = codecs.decode(error.object[: error.start], encoding, "strict")
                return breaks + _count_breaks(good) + 1, offset - pending + error.start
            if not block:
                return None
            breaks += _count_breaks(text)
            offset += len(block)
    finally:
        file.seek(0)


def _count_breaks(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _non_ascii_bytes(file: BinaryIO) -> bytes:
    """Return each byte above 127 that occurs in `file`, once."""
    file.seek(0)
    found: set[int] = set()
    while block := file.read(_BLOCK):
        found.update(block.translate(None, _ASCII))
    file.seek(0)
    return bytes(sorted(found))


def _offer(present: bytes) -> list[str]:
    """Return the one-byte encodings in which every byte that occurs means something."""
    offered = []
    for name in _SINGLE_BYTE:
        try:
            text = present.decode(name)
        except UnicodeDecodeError:
            continue
        if not any("\x80" <= character <= "\x9f" for character in text):
            offered.append(name)
    return offered


def _propose(file: BinaryIO, *, bad: tuple[int, int]) -> Encoding:
    """Propose a one-byte encoding for a file that is not UTF-8, or refuse a UTF-8 file that is damaged."""
    row, offset = bad
    refusal = FileRefused("F001", {"kind": "encoding", "row": row, "byte": offset, "encoding": "utf-8"})
    file.seek(0)
    sample = b"".join(_keep_non_ascii_lines(file, upto=_BLOCK))
    file.seek(0)
    high = len(sample.translate(None, _ASCII))
    multibyte = sum(len(match) for match in _MULTIBYTE.findall(sample))
    if multibyte > 0.5 * high:
        raise refusal
    if (high <= _FEW or high < _DENSE * len(sample)) and _NEVER_TEXT.search(sample):
        raise refusal
    present = _non_ascii_bytes(file)
    offered = _offer(present)
    if not offered:
        raise refusal
    name = _ask_chardet(sample, offered=offered) or offered[0]
    ordered = tuple(dict.fromkeys((name, *offered)))
    return Encoding(name=name, certain=False, offered=ordered, first_undecodable=bad)


def _keep_non_ascii_lines(file: BinaryIO, *, upto: int) -> Iterator[bytes]:
    kept = 0
    while kept < upto and (line := file.readline(_BLOCK)):
        if not line.isascii():
            kept += len(line)
            yield line


def _ask_chardet(sample: bytes, *, offered: list[str]) -> str | None:
    """Return chardet's proposal if it is one of `offered`; Latin-1 counts as Windows-1252, its superset for text."""
    import chardet  # costs start-up time, and few files need it

    found = str(chardet.detect(sample)["encoding"] or "").lower().replace("_", "-")
    found = {"windows-1252": "cp1252", "iso-8859-1": "cp1252", "macroman": "mac-roman"}.get(found, found)
    found = found.replace("windows-", "cp").replace("ibm", "cp")
    if found not in offered:
        return None
    # A few letters look the same in most encodings of Western Europe: then the commonest one is proposed.
    same = "cp1252" in offered and sample.decode(found) == sample.decode("cp1252")
    return "cp1252" if same else found
