"""E-51, E-54: text files row by row."""

import io

import pytest

from lms.imports.readers import csv_reader
from lms.imports.readers.facts import FileRefused, ReadLimits, ReadOptions, Row
from lms.imports.readers.sniff import take_picture
from tests.lms.imports.readers.workbooks import read_all

HEAD = "username,course code\n"


def read(text: str | bytes, *, options: ReadOptions | None = None, limits: ReadLimits | None = None) -> list[Row]:
    data = text if isinstance(text, bytes) else text.encode()
    return [(row_no, cells) for row_no, cells, _ in read_all(data, options=options, limits=limits)]


def refuse(text: str, *, limits: ReadLimits | None = None) -> tuple[str, dict[str, str | int]]:
    with pytest.raises(FileRefused) as caught:
        read(text, limits=limits)
    return caught.value.code, caught.value.params


@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
def test_E54_line_ends(newline: str) -> None:
    text = newline.join(["a,b", "1,2", "3,4"])
    expected = [(1, ["a", "b"]), (2, ["1", "2"]), (3, ["3", "4"])]
    assert read(text) == expected
    assert read(text + newline) == expected


def test_E51_blank_rows_count_and_are_left_out() -> None:
    text = "a,b\n\n1,2\n,\n \t,\u00a0\n\u200b,\ufeff\n3,\n\n"
    assert read(text) == [(1, ["a", "b"]), (3, ["1", "2"]), (7, ["3", None])]


def test_E51_a_record_with_quoted_line_breaks_is_one_row() -> None:
    assert read('a,b\nann,"x\ny\r\nz"\nbob,w\n') == [(1, ["a", "b"]), (2, ["ann", "x\ny\r\nz"]), (3, ["bob", "w"])]


def test_E51_cr_cr_lf_gives_blank_rows_not_ghosts() -> None:
    assert read("a,b\r\r\n1,2\r\r\n") == [(1, ["a", "b"]), (3, ["1", "2"])]


def test_E54_text_comes_out_exactly_as_it_stands() -> None:
    assert read('a,b\n ann ,"say ""hi"" \u00a0"\n') == [(1, ["a", "b"]), (2, [" ann ", 'say "hi" \u00a0'])]


def test_E54_sep_line_is_no_row() -> None:
    assert read("sep=;\r\na;b\r\n1,5;2\r\n") == [(1, ["a", "b"]), (2, ["1,5", "2"])]


def test_E54_bom_inside_the_file_is_no_text() -> None:
    assert read("\ufeff\ufeffa,b\n1,2\n\ufeffbob,3\n".encode()) == [(1, ["a", "b"]), (2, ["1", "2"]), (3, ["bob", "3"])]


def test_E54_utf16_with_line_breaks_in_cells() -> None:
    text = '\ufeffa,b\r\n"x\r\ny",Zoë\r\n'
    assert read(text.encode("utf-16-be")) == [(1, ["a", "b"]), (2, ["x\r\ny", "Zoë"])]


def test_E54_chosen_delimiter_and_quote() -> None:
    assert read("a;b\n'x;y';2\n", options=ReadOptions(delimiter=";", quote="'")) == [(1, ["a", "b"]), (2, ["x;y", "2"])]
    assert read('a;b\n"x;2\n', options=ReadOptions(delimiter=";", quote="")) == [(1, ["a", "b"]), (2, ['"x', "2"])]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + 'ann,"SAFE-1\nbob,SAFE-2\ncy,SAFE-3\n',
        HEAD + 'ann,"SAFE-1',
        HEAD + 'ann,"SAFE-1\nbob,SAFE-2\ncy,"SAFE-3"\n',
        HEAD + '"ann,SAFE-1\n' + "bob,SAFE-2\n" * 200_000,
    ],
)
def test_F001_an_unclosed_quote_names_the_row_where_it_opened(text: str) -> None:
    assert refuse(text) == ("F001", {"kind": "quote", "row": 2})


def test_F001_a_quote_that_swallows_rows_and_closes_by_chance() -> None:
    text = "a,b,c\n" + "1,2,3\n" * 25 + 'ann,"x,1\nbob,y,2\ncy,z",3,4\n'
    with pytest.raises(FileRefused) as caught:
        take_picture(io.BytesIO(text.encode()), options=ReadOptions(), limits=ReadLimits(), known_headers=frozenset())
    assert (caught.value.code, caught.value.params) == ("F001", {"kind": "quote", "row": 27})


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('"ann"x,SAFE-1', [{"e": "quote"}, "SAFE-1"]),
        ('"jo\\"hn",SAFE-1', [{"e": "quote"}, "SAFE-1"]),
        ('jo"hn,SAFE-1', ['jo"hn', "SAFE-1"]),
    ],
)
def test_E54_broken_quoting_inside_a_line_spoils_that_row_only(line: str, cells: list[object]) -> None:
    assert read(HEAD + line + "\nbob,SAFE-2\n")[1:] == [(2, cells), (3, ["bob", "SAFE-2"])]


def test_E56_nul_becomes_an_unusable_cell_with_its_position() -> None:
    assert read(HEAD + "jsm\x00ith,SAFE-1\nbob,SAFE-2\n")[1:] == [
        (2, [{"e": "nul", "at": 4}, "SAFE-1"]),
        (3, ["bob", "SAFE-2"]),
    ]


@pytest.mark.parametrize("length", [32_767, 32_768, 200_000, 1_500_000])
def test_E53_a_long_cell_is_a_row_error(length: int) -> None:
    ((_, cells),) = read(HEAD + "ann," + "x" * length + "\n")[1:]
    if length <= 32_767:
        assert cells == ["ann", "x" * length]
    elif length <= 1_000_000:
        assert cells == ["ann", {"e": "too_long", "len": length}]
    else:
        assert cells == [{"e": "too_long", "len": length + 5}]


def test_F010_columns() -> None:
    names = ",".join(f"c{number}" for number in range(257))
    assert refuse(names + "\n") == ("F010", {"kind": "columns", "n": 257, "limit": 256, "row": 1})
    assert len(read(",".join("x" * 256) + "," * 300 + "\n")[0][1]) == 556


def test_F001_a_lost_line_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader's lines are held against a count made without it (E-55 for text)."""
    honest = csv_reader._Lines.__next__  # noqa: SLF001

    def lose_one(lines: csv_reader._Lines) -> str:
        line = honest(lines)
        if line.startswith("bob"):
            lines.lines -= 1
            return honest(lines)
        return line

    monkeypatch.setattr(csv_reader._Lines, "__next__", lose_one)  # noqa: SLF001
    assert refuse(HEAD + "ann,1\nbob,2\ncy,3\n") == (
        "F001",
        {"kind": "damaged", "detail": "count", "n": 3, "expected": 4},
    )
