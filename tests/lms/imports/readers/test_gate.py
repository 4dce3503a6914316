"""What a file is, by its content; and whether a package may be unpacked."""

import io
import zipfile

import pytest

from lms.imports.readers.facts import FileRefused, ReadLimits
from lms.imports.readers.gate import detect_format, open_package, read_part
from tests.lms.imports.readers.workbooks import (
    ANN_ROW,
    HEADER_ROW,
    bomb_part,
    build_parts,
    build_workbook,
    lie_about_size,
    pack,
    sheet_xml,
)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504
HONEST = build_parts({"Sheet1": sheet_xml(HEADER_ROW + ANN_ROW)})


def refuse_format(data: bytes) -> tuple[str, dict[str, str | int]]:
    with pytest.raises(FileRefused) as caught:
        detect_format(io.BytesIO(data))
    return caught.value.code, caught.value.params


def unpack_everything(data: bytes, *, limits: ReadLimits) -> None:
    package = open_package(io.BytesIO(data), limits=limits)
    for name in package.namelist():
        for _ in read_part(package, name, limits=limits):
            pass


def refuse_package(data: bytes, *, limits: ReadLimits | None = None) -> tuple[str, dict[str, str | int]]:
    with pytest.raises(FileRefused) as caught:
        unpack_everything(data, limits=limits or ReadLimits())
    return caught.value.code, caught.value.params


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"username,course code\nann,SAFE-1\n", "csv"),
        (b"\xef\xbb\xbfusername\nann\n", "csv"),
        (b"[ID],Name\n1,Ann\n", "csv"),
        ("username;Größe\n".encode("cp1252"), "csv"),
        (build_workbook(HEADER_ROW + ANN_ROW), "xlsx"),
    ],
)
def test_E52_format_is_recognised_by_content(data: bytes, expected: str) -> None:
    assert detect_format(io.BytesIO(data)) == expected


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (OLE, "xls"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\x09\x08\x10\x00\x00\x06\x05\x00", "xls"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\x1f\x8b\x08\x00abc", "gzip"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"GIF89a" + build_workbook(ANN_ROW), "image"),
        (b"<html><body><table>", "html"),
        (b"\n  <table><tr><td>", "html"),
        (b"<!DOCTYPE html>" + build_workbook(ANN_ROW), "html"),
        (b'<?xml version="1.0"?><Workbook/>', "xml"),
        (b'{"rows": []}', "json"),
        (b'[\n {"username": "ann"}]', "json"),
        (b"\x7fELF\x02\x01\x01", "binary"),
        (bytes(range(1, 32)) * 40, "binary"),
    ],
)
def test_F001_names_what_the_file_is(data: bytes, kind: str) -> None:
    code, params = refuse_format(data)
    assert (code, params["kind"]) == ("F001", kind)


def test_F002_empty_file() -> None:
    assert refuse_format(b"") == ("F002", {"detail": "empty"})


def test_F001_only_an_end_record_is_a_damaged_archive() -> None:
    assert refuse_format(b"PK\x05\x06" + b"\x00" * 18) == ("F001", {"kind": "damaged", "detail": "archive"})


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ({**HONEST, "xl/vbaProject.bin": b"x"}, "xlsm"),
        ({**HONEST, "xl/macrosheets/sheet1.xml": b"x"}, "xlsm"),
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}, "ods"),
        ({"Index/Document.iwa": b"x"}, "numbers"),
        ({"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b"x"}, "xlsb"),
        ({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"x"}, "unknown"),
        ({"completions.csv": b"username\nann\n"}, "zip"),
        ({**HONEST, "../evil.xml": b"x"}, "damaged"),
        ({**HONEST, "/etc/passwd": b"x"}, "damaged"),
        ({**HONEST, "xl\\sheet.xml": b"x"}, "damaged"),
        ({**HONEST, "XL/Workbook.xml": b"x"}, "damaged"),
    ],
)
def test_F001_packages_that_are_no_plain_workbook(parts: dict[str, bytes], kind: str) -> None:
    code, params = refuse_package(pack(parts))
    assert (code, params["kind"]) == ("F001", kind)


def test_F001_cut_off_archives_are_damaged() -> None:
    whole = build_workbook(HEADER_ROW + ANN_ROW)
    for length in (len(whole) // 2, len(whole) - 10):
        assert refuse_package(whole[:length]) == ("F001", {"kind": "damaged", "detail": "cut off"})


def test_F001_something_between_entries_and_directory_is_damaged() -> None:
    """An archive behind another file has its directory in the wrong place: two programs would see two files."""
    assert refuse_package(b"PK\x03\x04" + b"\x00" * 40 + build_workbook(ANN_ROW)) == (
        "F001",
        {"kind": "damaged", "detail": "archive"},
    )


def test_F010_ratio_is_judged_before_anything_is_unpacked() -> None:
    code, params = refuse_package(pack({**HONEST, "xl/sharedStrings.xml": bomb_part(size=20_000_000)}))
    assert (code, params["kind"], params["limit"]) == ("F010", "ratio", 200)


def test_F010_all_parts_together() -> None:
    limits = ReadLimits(max_unpacked=5_000)
    data = pack({**HONEST, "xl/media/a.bin": b"x" * 9_000}, method=zipfile.ZIP_STORED)
    assert refuse_package(data, limits=limits)[1]["kind"] == "unpacked"


def test_F010_number_of_entries() -> None:
    parts = {**HONEST, **{f"xl/media/{number}.png": b"" for number in range(1_100)}}
    assert refuse_package(pack(parts)) == ("F010", {"kind": "entries", "n": 1_104 + 1, "limit": 1_000})


def test_F010_one_part_is_counted_while_it_is_unpacked() -> None:
    limits = ReadLimits(max_part=70_000)
    data = pack({**HONEST, "xl/styles.xml": bytes(range(256)) * 1_000})
    assert refuse_package(data, limits=limits)[1]["kind"] == "part"


def test_F001_a_lie_about_the_size_is_found() -> None:
    name = "xl/worksheets/sheet1.xml"
    data = lie_about_size(pack({**HONEST, name: b"x" * 500_000}), name=name, declared=2_000)
    assert refuse_package(data) == ("F001", {"kind": "damaged", "detail": name})


def test_external_links_are_ignored_not_refused() -> None:
    """A workbook that looks something up in another one is everyday work; its cached values are all that is read."""
    package = open_package(
        io.BytesIO(pack({**HONEST, "xl/externalLinks/externalLink1.xml": b"x"})), limits=ReadLimits()
    )
    assert "xl/externalLinks/externalLink1.xml" in package.namelist()
