"""E-54: which encoding a text is in, never guessed in silence."""

import codecs
import io

import pytest

from lms.imports.readers.encodings import Encoding, TextFacts, check_text, detect_encoding
from lms.imports.readers.facts import FileRefused

TEXT = "username;name\r\nann;Zoë Brontë\r\n"


def detect(data: bytes, *, chosen: str | None = None) -> Encoding:
    return detect_encoding(io.BytesIO(data), chosen=chosen)


def refuse(data: bytes, *, chosen: str | None = None) -> tuple[str, dict[str, str | int]]:
    with pytest.raises(FileRefused) as caught:
        check_text(io.BytesIO(data), encoding=detect(data, chosen=chosen).name)
    return caught.value.code, caught.value.params


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16-be"),
        (codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), "utf-32-le"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (b"username\nann\n", "utf-8"),
    ],
)
def test_E54_certain_encodings(data: bytes, name: str) -> None:
    assert detect(data) == Encoding(name=name, certain=True, offered=(name,))


def test_E54_utf8_that_turns_out_late_in_the_file() -> None:
    data = b"username\n" + b"ann\n" * 100_000 + "Zoë\n".encode()
    assert detect(data).name == "utf-8"


def test_E54_other_encodings_are_proposed_with_the_first_bad_byte() -> None:
    found = detect(TEXT.encode("cp1252"))
    assert (found.name, found.certain, found.first_undecodable) == ("cp1252", False, (2, 21))
    assert found.offered[:2] == ("cp1252", "iso-8859-15")


def test_E54_offers_only_what_decodes() -> None:
    assert "iso-8859-15" not in detect("name\n\u201cAnn\u201d\n".encode("cp1252")).offered


def test_E54_a_chosen_encoding_is_taken() -> None:
    found = detect(TEXT.encode("cp850"), chosen="cp850")
    assert (found.name, found.certain) == ("cp850", True)


@pytest.mark.parametrize("name", ["rot13", "hex", "unicode_escape", "utf-7", "idna", "no-such-thing"])
def test_F001_encodings_that_unescape_or_do_not_exist_cannot_be_chosen(name: str) -> None:
    assert refuse(b"username\nann\n", chosen=name)[1]["kind"] == "encoding"


@pytest.mark.parametrize(
    ("data", "row", "offset"),
    [
        (b"username\nbad\xff\xfe\xc3(\n", 2, 12),
        (b"username\na\xc0\xafb\n", 2, 10),
        ("username\nZoë\nSøren\n".encode() + b"Andr\xe9\n", 4, 25),
    ],
)
def test_F001_damaged_utf8_names_row_and_byte(data: bytes, row: int, offset: int) -> None:
    assert refuse(data) == ("F001", {"kind": "encoding", "row": row, "byte": offset, "encoding": "utf-8"})


def test_F001_bytes_that_do_not_fit_the_chosen_encoding() -> None:
    assert refuse(b"name\nZo\xeb\n", chosen="utf-8") == (
        "F001",
        {"kind": "encoding", "row": 2, "byte": 7, "encoding": "utf-8"},
    )


def test_F001_position_across_blocks_and_cut_characters() -> None:
    good = "ë" * 131_073 + "\n"
    data = good.encode() + b"\xff\n"
    with pytest.raises(FileRefused) as caught:
        check_text(io.BytesIO(data), encoding="utf-8")
    assert caught.value.params == {"kind": "encoding", "row": 2, "byte": len(data) - 2, "encoding": "utf-8"}


def test_F001_wide_text_without_bom_is_not_read_as_nuls() -> None:
    nul = {"kind": "damaged", "detail": "nul", "row": 1, "byte": 1}
    assert refuse("username\nann\n".encode("utf-32-le")) == ("F001", nul)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", TextFacts(characters=0, line_breaks=0, ends_with_break=False, newline=None)),
        ("a", TextFacts(characters=1, line_breaks=0, ends_with_break=False, newline=None)),
        ("a\r\nb\r\n", TextFacts(characters=6, line_breaks=2, ends_with_break=True, newline="crlf")),
        ("a\rb", TextFacts(characters=3, line_breaks=1, ends_with_break=False, newline="cr")),
        ("a\r\r\nb\n", TextFacts(characters=6, line_breaks=3, ends_with_break=True, newline="mixed")),
    ],
)
def test_E54_line_ends_are_counted(text: str, expected: TextFacts) -> None:
    assert check_text(io.BytesIO(text.encode()), encoding="utf-8") == expected


def test_E54_a_line_end_cut_by_a_block_counts_once() -> None:
    text = "x" * 262_143 + "\r\n" + "y\r\n"
    assert check_text(io.BytesIO(text.encode()), encoding="utf-8").lines == 2
