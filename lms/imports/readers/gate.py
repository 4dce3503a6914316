"""The first look at a file: what it is by its content, and whether an .xlsx may be unpacked at all (E-52, E-53, F001, F010).

Public: detect_format, open_package, read_part. Nothing here parses XML or writes a file.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from lms.imports.readers.facts import FileRefused, ReadLimits

_LOOK: Final = 65_536
_CHUNK: Final = 65_536
_MAX_DIRECTORY: Final = 1024 * 1024
_OLE_BLOCK: Final = 1024 * 1024

_MAGIC: Final = (
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "gzip"),
    (b"Rar!\x1a\x07", "gzip"),
    (b"\xfd7zXZ\x00", "gzip"),
    (b"\x28\xb5\x2f\xfd", "gzip"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"\x09\x08\x10\x00", "xls"),
    (b"\x09\x08\x08\x00", "xls"),
    (b"\x09\x04\x06\x00", "xls"),
    (b"\x09\x02\x06\x00", "xls"),
    (b"{\\rtf", "unknown"),
    (b"\x7fELF", "binary"),
    (b"MZ\x90\x00", "binary"),
)
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = ("EncryptedPackage".encode("utf-16-le"), "EncryptionInfo".encode("utf-16-le"))
_BIFF_FILEPASS: Final = b"\x2f\x00\x36\x00"
_TEXT_BOMS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
# White space, escape and the end-of-file mark of old systems do occur in honest text.
_END_RECORD: Final = 22  # bytes of a ZIP's end record without its comment
_ZIP64_LOCATOR: Final = 20
_CONTROL: Final = bytes(set(range(32)) - {9, 10, 11, 12, 13, 26, 27})


def detect_format(file: BinaryIO) -> str:
    """Return "csv" or "xlsx" by the content of `file`, whatever its name says (E-52).

    Raises FileRefused F001 with the kind of file it is, F002 when there is nothing in it. Leaves the position at 0.
    """
    file.seek(0)
    head = file.read(_LOOK)
    file.seek(0)
    if not head:
        raise FileRefused("F002", {"detail": "empty"})
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"PK"):
        raise _refuse("damaged", detail="archive")
    if head.startswith(_OLE):
        raise _refuse(_name_ole_kind(file))
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            raise _refuse(kind)
    if head.startswith(_TEXT_BOMS):
        return "csv"
    _refuse_markup(head)
    if b"\x00" not in head and len(head.translate(None, _CONTROL)) < 0.9 * len(head):
        raise _refuse("binary")
    return "csv"


def open_package(file: BinaryIO, *, limits: ReadLimits) -> zipfile.ZipFile:
    """Return the .xlsx in `file` as an open archive after judging its directory alone; nothing is unpacked.

    Raises FileRefused: F001 for other packages (.ods, Numbers, .xlsm), damage and hostile names; F010 for sizes.
    """
    _judge_directory_size(file, limits=limits)
    try:
        package = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error, EOFError) as error:
        raise _refuse("damaged", detail="archive") from error
    entries = package.infolist()
    names = [entry.filename.casefold() for entry in entries]
    _judge_kind(set(names))
    if len(entries) > limits.max_entries:
        raise FileRefused("F010", {"kind": "entries", "n": len(entries), "limit": limits.max_entries})
    if len(set(names)) != len(names):
        raise _refuse("damaged", detail="duplicate entry")
    for entry in entries:
        _judge_entry(entry, limits=limits)
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.max_unpacked:
        raise FileRefused("F010", {"kind": "unpacked", "n": unpacked, "limit": limits.max_unpacked})
    return package


def read_part(package: zipfile.ZipFile, name: str, *, limits: ReadLimits) -> Iterator[bytes]:
    """Yield the bytes of one part in blocks, counted while they are unpacked; the declared size is not believed.

    Raises FileRefused: F001 damaged (wrong checksum, cut off, method unknown), F010 (more than a part may have).
    """
    total = 0
    try:
        with package.open(name) as part:
            while block := part.read(_CHUNK):
                total += len(block)
                if total > limits.max_part:
                    raise FileRefused("F010", {"kind": "part", "n": total, "limit": limits.max_part})
                yield block
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise _refuse("damaged", detail=name) from error


def _refuse(kind: str, **details: str | int) -> FileRefused:
    return FileRefused("F001", {"kind": kind, **details})


def _name_ole_kind(file: BinaryIO) -> str:
    """Tell a password-protected workbook from an old .xls: both are OLE2 containers."""
    file.seek(0)
    found = "xls"
    carry = b""
    while block := file.read(_OLE_BLOCK):
        window = carry + block
        if any(mark in window for mark in _ENCRYPTED):
            found = "password"
            break
        carry = window[-64:]
    if found == "xls":
        file.seek(0)
        # FILEPASS follows the first BOF record of an encrypted BIFF8 stream, which starts on a sector border.
        start = file.read(4096)
        if _BIFF_FILEPASS in start:
            found = "password"
    file.seek(0)
    return found


def _refuse_markup(head: bytes) -> None:
    """Refuse HTML, XML and JSON under the name of a table."""
    start = head.lstrip()[:200]
    if start[:1] == b"<" and (start[1:2] in (b"!", b"?") or start[1:2].isalpha()):
        raise _refuse("xml" if start[:5].lower() == b"<?xml" else "html")
    rest = start[1:].lstrip()
    if start[:1] == b"{" and (rest[:1] in (b'"', b"}", b"'")):
        raise _refuse("json")
    if start[:1] == b"[" and (rest[:1] in (b"{", b"[") or (rest[:1] == b'"' and b"]" not in start)):
        raise _refuse("json")


def _judge_directory_size(file: BinaryIO, *, limits: ReadLimits) -> None:
    """Refuse a directory that would cost memory before its entries can be counted, and archives with something in front."""
    size = file.seek(0, io.SEEK_END)
    tail_start = max(0, size - 65_557)
    file.seek(tail_start)
    tail = file.read()
    file.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_RECORD:
        raise _refuse("damaged", detail="cut off")
    entries, directory_size, directory_at = struct.unpack_from("<HLL", tail, at + 10)
    end_at = tail_start + at
    if at >= _ZIP64_LOCATOR and tail[at - _ZIP64_LOCATOR : at - 16] == b"PK\x06\x07":
        (record_at,) = struct.unpack_from("<Q", tail, at - 12)
        if record_at + 56 > size:
            raise _refuse("damaged", detail="archive")
        file.seek(record_at)
        record = file.read(56)
        file.seek(0)
        entries, directory_size, directory_at = struct.unpack_from("<QQQ", record, 32)
        end_at = record_at
    if directory_size > _MAX_DIRECTORY or entries > limits.max_entries:
        raise FileRefused("F010", {"kind": "entries", "n": entries, "limit": limits.max_entries})
    if directory_at + directory_size != end_at:
        raise _refuse("damaged", detail="archive")


def _judge_kind(names: set[str]) -> None:
    """Refuse packages that are not macro-free workbooks, by their parts."""
    if any(name.endswith((".iwa", "index.apxl")) or name == "index.zip" for name in names):
        raise _refuse("numbers")
    if "[content_types].xml" not in names:
        if "content.xml" in names or "meta-inf/manifest.xml" in names:
            raise _refuse("ods")
        raise _refuse("zip")
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name or "/activex/" in name for name in names):
        raise _refuse("xlsm")
    if any(name.endswith("workbook.bin") for name in names):
        raise _refuse("xlsb")
    if any(name.startswith(("word/", "ppt/", "visio/")) for name in names):
        raise _refuse("unknown", detail="document")


def _judge_entry(entry: zipfile.ZipInfo, *, limits: ReadLimits) -> None:
    """Refuse hostile names, encryption and impossible sizes of one entry."""
    name = entry.filename
    if name.startswith("/") or "\\" in name or ".." in name.split("/") or ":" in name or "\x00" in entry.orig_filename:
        raise _refuse("damaged", detail="entry name")
    if entry.flag_bits & 0x1:
        raise _refuse("password")
    if entry.file_size > limits.ratio_applies_above and entry.file_size > limits.max_ratio * max(
        1, entry.compress_size
    ):
        ratio = entry.file_size // max(1, entry.compress_size)
        raise FileRefused("F010", {"kind": "ratio", "n": ratio, "limit": limits.max_ratio})
