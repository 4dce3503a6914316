"""The picture of a file: E-01, E-02, E-51, L-12, L-13, L-18."""

import io
from collections.abc import Iterator
from typing import Any

import pytest

from lms.imports.readers.facts import FileRefused, ReadLimits, ReadOptions, Sniffed
from lms.imports.readers.sniff import open_source, take_picture
from lms.imports.readers.xlsx_package import SheetPart
from lms.imports.readers.xlsx_reader import XlsxSource
from tests.lms.imports.readers.workbooks import ANN_ROW, HEADER_ROW, build_parts, build_workbook, pack, sheet_xml

KNOWN = frozenset({"username", "coursecode"})
HEAD = "username,course code\n"


def sniff(
    data: bytes | str,
    *,
    options: ReadOptions | None = None,
    limits: ReadLimits | None = None,
    known: frozenset[str] = KNOWN,
) -> Sniffed:
    file = io.BytesIO(data.encode() if isinstance(data, str) else data)
    return take_picture(file, options=options or ReadOptions(), limits=limits or ReadLimits(), known_headers=known)


def refuse(data: bytes | str, *, limits: ReadLimits | None = None, options: ReadOptions | None = None) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        sniff(data, limits=limits, options=options)
    return caught.value


def test_the_picture_of_a_text_file() -> None:
    assert sniff("Report,\n\n" + HEAD + "ann,SAFE-1\n\nbob,SAFE-2\n") == Sniffed(
        format="csv",
        encoding="utf-8",
        encodings_offered=["utf-8"],
        delimiter=",",
        quote='"',
        newline="lf",
        header_row=3,
        header_certain=True,
        headers=["username", "course code"],
        top_rows=[
            (1, ["Report", None]),
            (3, ["username", "course code"]),
            (4, ["ann", "SAFE-1"]),
            (6, ["bob", "SAFE-2"]),
        ],
        sample_rows=[(4, ["ann", "SAFE-1"]), (6, ["bob", "SAFE-2"])],
        data_rows=2,
        blank_rows=1,
        ignored_rows_above=1,
        visible_rows=2,
    )


def test_the_picture_of_a_workbook() -> None:
    parts = build_parts(
        {"Notes": sheet_xml(""), "Data": sheet_xml(HEADER_ROW + ANN_ROW), "More": sheet_xml(ANN_ROW)},
    )
    assert sniff(pack(parts)) == Sniffed(
        format="xlsx",
        sheets=["Data", "More"],
        sheet="Data",
        header_row=1,
        header_certain=True,
        headers=["username", "course code"],
        top_rows=[(1, ["username", "course code"]), (2, ["ann", "SAFE-1"])],
        sample_rows=[(2, ["ann", "SAFE-1"])],
        data_rows=1,
        visible_rows=1,
    )


def test_the_picture_survives_json() -> None:
    import json

    picture = sniff(HEAD + "ann,SAFE-1\n")
    assert Sniffed.from_json(json.loads(json.dumps(picture.to_json()))) == Sniffed.from_json(picture.to_json())
    assert picture.resolve_options(ReadOptions(hidden_rows="all")) == ReadOptions(
        header_row=1, encoding="utf-8", delimiter=",", quote='"', hidden_rows="all"
    )


def test_E01_the_header_is_found_in_row_20_and_not_beyond() -> None:
    rows = "x,y\n" * 19 + HEAD + "ann,1\n"
    assert (sniff(rows).header_row, sniff(rows).ignored_rows_above) == (20, 19)
    assert sniff("x,y\n" + rows).header_row == 0


def test_E01_any_row_can_be_chosen() -> None:
    picture = sniff("a,b\nc,d\n" + HEAD + "ann,1\n", options=ReadOptions(header_row=2))
    assert (picture.header_row, picture.headers, picture.data_rows, picture.ignored_rows_above) == (2, ["c", "d"], 2, 1)


def test_L18_without_header_columns_are_counted() -> None:
    picture = sniff("ann,SAFE-1\nbob,SAFE-2\n", options=ReadOptions(header_row=0))
    assert (picture.headers, picture.data_rows, picture.header_certain) == (["", ""], 2, True)


def test_L12_the_limit_and_the_count_are_named() -> None:
    limits = ReadLimits(max_rows=100)
    assert sniff(HEAD + "ann,1\n" * 100, limits=limits).data_rows == 100
    refused = refuse(HEAD + "ann,1\n" * 101, limits=limits)
    assert (refused.code, refused.params) == ("F003", {"n": 101, "limit": 100})


def test_L12_counting_stops_at_five_times_the_limit() -> None:
    refused = refuse(HEAD + "ann,1\n" * 1_000, limits=ReadLimits(max_rows=100))
    assert (refused.code, refused.params) == ("F003", {"n": 501, "limit": 100, "more": 1})


def test_L13_header_and_blank_rows_do_not_count() -> None:
    picture = sniff(HEAD + "ann,1\n" * 100 + "\n" * 20, limits=ReadLimits(max_rows=100))
    assert (picture.data_rows, picture.blank_rows) == (100, 20)


@pytest.mark.parametrize(
    "data", ["\ufeff", "\n\n \n", HEAD, HEAD + "\n,\n", build_workbook(""), build_workbook(HEADER_ROW)]
)
def test_F002_no_rows(data: bytes | str) -> None:
    assert refuse(data).code == "F002"


def test_E02_hidden_rows_are_counted_and_the_choice_is_followed() -> None:
    hidden = '<row r="{}" hidden="1"><c t="inlineStr"><is><t>h</t></is></c></row>'
    data = build_workbook(HEADER_ROW + ANN_ROW + "".join(hidden.format(number) for number in range(3, 103)))
    pictures = {choice: sniff(data, options=ReadOptions(hidden_rows=choice)) for choice in (None, "all", "visible")}
    counts = {choice: (seen.data_rows, seen.hidden_rows, seen.visible_rows) for choice, seen in pictures.items()}
    assert counts == {None: (101, 100, 1), "all": (101, 100, 1), "visible": (1, 100, 1)}


def test_E02_hidden_rows_count_towards_the_limit_only_if_wanted() -> None:
    hidden = '<row r="{}" hidden="1"><c t="inlineStr"><is><t>h</t></is></c></row>'
    data = build_workbook(HEADER_ROW + ANN_ROW + "".join(hidden.format(number) for number in range(3, 103)))
    limits = ReadLimits(max_rows=50)
    assert sniff(data, limits=limits, options=ReadOptions(hidden_rows="visible")).data_rows == 1
    assert refuse(data, limits=limits, options=ReadOptions(hidden_rows="all")).params == {"n": 101, "limit": 50}


def test_samples_are_cut_for_showing() -> None:
    picture = sniff(HEAD + "x" * 5_000 + ",1\n")
    assert picture.sample_rows == [(2, ["x" * 200, "1"])]


def signed_sheet(*, row: int, text: str = "rollbook-template:abc") -> str:
    """A sheet with text in its first rows and a signature in column E."""
    rows = "".join(f'<row r="{number}"><c t="inlineStr"><is><t>x</t></is></c></row>' for number in range(1, row))
    return sheet_xml(f'{rows}<row r="{row}"><c r="E{row}" t="inlineStr"><is><t> {text} </t></is></c></row>')


def test_S11_the_signature_of_a_template_is_found_in_any_visible_sheet() -> None:
    data = sheet_xml(HEADER_ROW + ANN_ROW)
    sheets = {"Data": data, "Instructions": signed_sheet(row=1)}
    damaged = sheet_xml(HEADER_ROW + '<row r="1"/>')

    def sign_of(parts: dict[str, bytes]) -> str:
        return sniff(pack(parts)).signature

    assert sniff(pack(build_parts(sheets))).sheet == "Data"
    assert sign_of(build_parts(sheets)) == "rollbook-template:abc"
    assert sign_of(build_parts({**sheets, "Instructions": signed_sheet(row=80)})) == "rollbook-template:abc"
    assert sign_of(build_parts({"Data": data, "Torn": damaged, "Instructions": signed_sheet(row=2)})) != ""
    assert sign_of(build_parts({**sheets, "Instructions": signed_sheet(row=81)})) == ""
    assert sign_of(build_parts(sheets, states={"Instructions": "hidden"})) == ""
    assert sign_of(build_parts({**sheets, "Instructions": signed_sheet(row=1, text="see rollbook-template:")})) == ""
    assert sniff(HEAD + "rollbook-template:abc,1\n").signature == ""


def test_S11_no_more_than_the_top_of_a_sheet_is_read_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet that nobody chose may be as long as it likes."""
    rows = "".join(f'<row r="{number}"><c><v>1</v></c></row>' for number in range(1, 60_000))
    data = pack(build_parts({"Data": sheet_xml(HEADER_ROW + ANN_ROW), "Long": sheet_xml(rows)}))
    source = open_source(io.BytesIO(data), options=ReadOptions(), limits=ReadLimits())
    read: list[int] = []
    whole = XlsxSource.read_sheet

    def note(self: XlsxSource, sheet: SheetPart, *, last: int | None = None) -> Iterator[Any]:
        for row in whole(self, sheet, last=last):
            read.append(row[0])
            yield row

    monkeypatch.setattr(XlsxSource, "read_sheet", note)
    assert isinstance(source, XlsxSource)
    assert source.find_signature(source.workbook.sheets) == ""
    assert read == [1, 2, *range(1, 81)]


def test_a_picture_that_was_stored_before_there_were_signatures_is_read() -> None:
    stored = sniff(HEAD + "ann,SAFE-1\n").to_json()
    del stored["signature"]
    assert Sniffed.from_json(stored) == sniff(HEAD + "ann,SAFE-1\n")
