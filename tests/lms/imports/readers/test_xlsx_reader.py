"""E-51, E-52, E-55: worksheets row by row."""

import pytest

from lms.imports.readers.facts import Cell, FileRefused, ReadLimits, ReadOptions
from lms.imports.readers.tag_count import TagCount
from tests.lms.imports.readers.workbooks import (
    ANN_ROW,
    HEADER_ROW,
    build_parts,
    build_workbook,
    pack,
    read_all,
    read_cells,
    sheet_xml,
)

ANN: list[Cell] = ["ann", "SAFE-1"]
HEADER: list[Cell] = ["username", "course code"]


def refuse(data: bytes, *, limits: ReadLimits | None = None) -> tuple[str, dict[str, str | int]]:
    with pytest.raises(FileRefused) as caught:
        read_all(data, limits=limits)
    return caught.value.code, caught.value.params


def inline(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


@pytest.mark.parametrize("dimension", ["", '<dimension ref="A1"/>', '<dimension ref="A1:XFD1048576"/>'])
def test_E55_the_declared_dimension_is_ignored(dimension: str) -> None:
    assert read_all(build_workbook(HEADER_ROW + ANN_ROW, before=dimension)) == [(1, HEADER, False), (2, ANN, False)]


def test_E51_rows_keep_the_numbers_a_person_sees() -> None:
    rows = f'{HEADER_ROW}<row r="3" s="1"/><row r="5">{inline("B5", "x")}</row><row r="9"><c r="A9" s="2"/></row>'
    assert read_all(build_workbook(rows)) == [(1, HEADER, False), (5, [None, "x"], False)]


def test_E51_rows_and_cells_without_addresses_follow_each_other() -> None:
    rows = "<row><c><v>1</v></c><c/><c><v>3</v></c></row><row/><row><c r='B3'><v>2</v></c><c><v>3</v></c></row>"
    assert read_all(build_workbook(rows)) == [
        (1, [{"n": "1"}, None, {"n": "3"}], False),
        (3, [None, {"n": "2"}, {"n": "3"}], False),
    ]


def test_E02_hidden_rows_are_told_apart() -> None:
    rows = HEADER_ROW + ANN_ROW.replace('<row r="2"', '<row r="2" hidden="1"')
    assert read_all(build_workbook(rows)) == [(1, HEADER, False), (2, ANN, True)]


def test_E56_rows_of_white_space_are_blank() -> None:
    blank = inline("A2", " \u200b\u00a0")
    assert read_all(build_workbook(f'{HEADER_ROW}<row r="2">{blank}</row>')) == [(1, HEADER, False)]


def test_E55_typed_cells() -> None:
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode="00000"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs>'
        '<cellStyles/><dxfs><dxf><xf numFmtId="14"/></dxf></dxfs>'
    )
    row = (
        '<row r="1"><c r="A1"><v>7</v></c><c r="B1" s="1"><v>45413</v></c><c r="C1" s="2"><v>42</v></c>'
        '<c r="D1" t="b"><v>1</v></c><c r="E1" t="e"><v>#N/A</v></c><c r="F1" t="d"><v>2024-05-01</v></c>'
        '<c r="G1" s=""><v>7.0</v></c><c r="H1" s="99"><v>1</v></c></row>'
    )
    assert read_cells(row, styles=styles) == [
        {"n": "7"},
        {"d": "2024-05-01"},
        {"n": "00042"},
        {"b": True},
        {"e": "#N/A"},
        {"d": "2024-05-01"},
        {"n": "7"},
        {"n": "1"},
    ]


def test_E55_dates_of_the_1904_calendar() -> None:
    cells = read_cells(
        '<row r="1"><c r="A1" s="0"><v>43951</v></c></row>',
        styles='<cellXfs><xf numFmtId="14"/></cellXfs>',
        workbook_properties='<workbookPr date1904="1"/>',
    )
    assert cells == [{"d": "2024-05-01"}]


def test_E55_formulas_give_their_cached_value_or_a_row_error() -> None:
    row = (
        '<row r="1"><c r="A1" t="str"><f>"js"</f><v>js</v></c><c r="B1"><f>1+1</f><v>2</v></c><c r="C1"><f>1/0</f></c>'
        '<c r="D1"><f>1+1</f><v></v></c><c r="E1" t="str"><f>""</f><v></v></c><c r="F1"><f t="shared" si="0"/><v>3</v></c></row>'
    )
    assert read_cells(row) == ["js", {"n": "2"}, {"e": "#FORMULA"}, {"e": "#FORMULA"}, None, {"n": "3"}]


def test_E55_shared_strings() -> None:
    strings = (
        "<si><t>ann</t></si><si><r><t>SA</t></r><r><t>FE</t></r><rPh><t>no</t></rPh></si><si/><si><t>_x0000_</t></si>"
        f"<si><t>{'x' * 32_768}</t></si><si><t>&amp;amp;</t></si>"
    )
    row = '<row r="1">' + "".join(f'<c t="s"><v>{index}</v></c>' for index in range(6)) + "</row>"
    assert read_cells(row, strings=strings) == [
        "ann",
        "SAFE",
        None,
        {"e": "nul", "at": 1},
        {"e": "too_long", "len": 32_768},
        "&amp;",
    ]


@pytest.mark.parametrize("index", ["-1", "1", "x", "1e0", "", "\u0661", "99999999999999999999"])
def test_F001_a_string_index_outside_the_table_never_gives_another_text(index: str) -> None:
    row = f'<row r="1"><c r="A1" t="s"><v>{index}</v></c></row>'
    assert refuse(build_workbook(row, strings="<si><t>LAST</t></si>")) == (
        "F001",
        {"kind": "damaged", "detail": "shared string index"},
    )


def test_F001_shared_strings_that_are_missing() -> None:
    assert refuse(build_workbook('<row r="1"><c t="s"><v>0</v></c></row>'))[1]["detail"] == "shared strings missing"


def test_E55_inline_text_with_runs_phonetics_comments_and_cdata() -> None:
    row = (
        '<row r="1"><c r="A1" t="inlineStr"><is><r><t>js</t></r><r><t>mith</t></r><rPh><t>no</t></rPh></is></c>'
        '<c r="B1" t="inlineStr"><is><t>j<!-- x -->s<![CDATA[mi]]>t<?pi x?>h</t></is></c></row>'
    )
    assert read_cells(row) == ["jsmith", "jsmith"]


@pytest.mark.parametrize(
    ("rows", "detail", "row"),
    [
        (ANN_ROW + ANN_ROW, "row order", 2),
        (ANN_ROW + HEADER_ROW, "row order", 1),
        ('<row r="0"/>', "row order", 0),
        ('<row r="1048577"/>', "row order", 1_048_577),
        ('<row r="4294967295"/>', "row order", 0),
        ('<row r="1"><row r="2"/></row>', "row order", 2),
        (f'<row r="1">{inline("A1", "a")}{inline("A1", "b")}</row>', "cell twice", 1),
        (f'<row r="1">{inline("B1", "a")}{inline("A1", "b")}</row>', "cell twice", 1),
        (f'<row r="1">{inline("A2", "a")}</row>', "cell address", 1),
        (f'<row r="1">{inline("XFE1", "a")}</row>', "cell address", 1),
        (f'<row r="1">{inline("$A$1", "a")}</row>', "cell address", 1),
        ('<row r="1"><c r="A1" t="zz"><v>1</v></c></row>', "cell type", 1),
        ("<c><v>1</v></c>", "cell", 0),
    ],
)
def test_F001_grids_that_could_be_read_in_two_ways(rows: str, detail: str, row: int) -> None:
    assert refuse(build_workbook(rows)) == ("F001", {"kind": "damaged", "detail": detail, "row": row})


def test_F010_a_cell_beyond_the_last_column() -> None:
    assert refuse(build_workbook(f'<row r="7">{inline("IW7", "x")}</row>')) == (
        "F010",
        {"kind": "columns", "n": 257, "limit": 256, "row": 7},
    )
    empty_far_away = f'<row r="1">{inline("A1", "x")}<c r="XFD1" s="3"/></row>'
    assert read_all(build_workbook(empty_far_away)) == [(1, ["x"], False)]


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_E53_document_types_and_entities_are_refused(prolog: str, encoding: str) -> None:
    parts = build_parts({"Sheet1": sheet_xml(ANN_ROW)})
    parts["xl/worksheets/sheet1.xml"] = sheet_xml(ANN_ROW, prolog=prolog).encode(encoding)
    assert refuse(pack(parts)) == ("F001", {"kind": "damaged", "detail": "doctype"})


def test_E53_a_wide_encoding_is_read() -> None:
    parts = build_parts({"Sheet1": sheet_xml(HEADER_ROW + ANN_ROW)})
    parts["xl/worksheets/sheet1.xml"] = sheet_xml(HEADER_ROW + ANN_ROW, prolog="").encode("utf-16")
    assert read_all(pack(parts)) == [(1, HEADER, False), (2, ANN, False)]


@pytest.mark.parametrize("name", ["UTL-8", "utf-7", "rot13", "big5"])
def test_F001_an_xml_encoding_beyond_the_plain_ones(name: str) -> None:
    data = pack(build_parts({"Sheet1": sheet_xml(ANN_ROW, prolog=f'<?xml version="1.0" encoding="{name}"?>')}))
    assert refuse(data) == ("F001", {"kind": "damaged", "detail": "xml encoding"})


def test_E55_a_part_in_windows_1252() -> None:
    parts = build_parts({"Sheet1": ""})
    rows = ANN_ROW.replace("ann", "zoë")
    parts["xl/worksheets/sheet1.xml"] = sheet_xml(rows, prolog='<?xml version="1.0" encoding="Windows-1252"?>').encode(
        "cp1252"
    )
    assert read_all(pack(parts)) == [(2, ["zoë", "SAFE-1"], False)]


def test_E53_deep_nesting_is_refused() -> None:
    deep = "<a>" * 100_000 + "</a>" * 100_000
    assert refuse(build_workbook(ANN_ROW + deep)) == ("F001", {"kind": "too_complex", "detail": "nesting"})


def test_E53_a_giant_attribute_is_refused() -> None:
    limits = ReadLimits(max_ratio=2_000)
    rows = f'<row r="1" x="{"y" * 12_000_000}"/>'
    assert refuse(build_workbook(rows), limits=limits)[1]["kind"] == "too_complex"


def test_E53_a_cell_of_megabytes_is_a_row_error() -> None:
    limits = ReadLimits(max_ratio=2_000)
    data = build_workbook(HEADER_ROW + f'<row r="2">{inline("A2", "x" * 5_000_000)}{inline("B2", "y")}</row>')
    assert read_all(data, limits=limits)[1:] == [(2, [{"e": "too_long", "len": 5_000_000}, "y"], False)]


def test_E55_other_namespace_prefix_and_strict_workbooks() -> None:
    prefixed = sheet_xml(HEADER_ROW + ANN_ROW)
    for name in ("worksheet", "sheetData", "row", "is", "c", "t"):
        prefixed = prefixed.replace(f"<{name} ", f"<x:{name} ").replace(f"<{name}>", f"<x:{name}>")
        prefixed = prefixed.replace(f"</{name}>", f"</x:{name}>")
    prefixed = prefixed.replace("xmlns=", "xmlns:x=")
    strict = sheet_xml(HEADER_ROW + ANN_ROW).replace(
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"
    )
    expected = [(1, HEADER, False), (2, ANN, False)]
    assert read_all(pack(build_parts({"Sheet1": prefixed}))) == expected
    assert read_all(pack(build_parts({"Sheet1": strict}))) == expected


def test_E52_the_first_visible_sheet_with_data_is_read() -> None:
    parts = build_parts(
        {
            "Secret": sheet_xml(ANN_ROW),
            "Very": sheet_xml(ANN_ROW),
            "Empty": sheet_xml('<row r="1"><c r="A1" s="1"/></row>'),
            "People": sheet_xml(HEADER_ROW),
            "Other": sheet_xml(ANN_ROW),
        },
        states={"Secret": "hidden", "Very": "veryHidden"},
    )
    assert read_all(pack(parts)) == [(1, HEADER, False)]
    assert read_all(pack(parts), options=ReadOptions(sheet="Other")) == [(2, ANN, False)]
    with pytest.raises(FileRefused) as caught:
        read_all(pack(parts), options=ReadOptions(sheet="Secret"))
    assert caught.value.params == {"kind": "damaged", "detail": "no such sheet"}


def test_E52_chart_sheets_are_no_sheets() -> None:
    parts = build_parts({"Chart": "<chartsheet/>", "Data": sheet_xml(ANN_ROW)})
    relations = parts["xl/_rels/workbook.xml.rels"].replace(
        b'relationships/worksheet" Target="worksheets/sheet1', b'relationships/chartsheet" Target="worksheets/sheet1'
    )
    assert read_all(pack({**parts, "xl/_rels/workbook.xml.rels": relations})) == [(2, ANN, False)]


@pytest.mark.parametrize("target", ["worksheets/missing.xml", "../../etc/passwd", "file:///etc/passwd"])
def test_F001_a_sheet_outside_the_package_is_never_opened(target: str) -> None:
    parts = build_parts({"Sheet1": sheet_xml(ANN_ROW)})
    relations = parts["xl/_rels/workbook.xml.rels"].replace(b"worksheets/sheet1.xml", target.encode())
    assert refuse(pack({**parts, "xl/_rels/workbook.xml.rels": relations})) == (
        "F001",
        {"kind": "damaged", "detail": "sheet missing"},
    )


def test_part_names_are_found_without_regard_to_case_and_from_the_root() -> None:
    parts = build_parts({"Sheet1": sheet_xml('<row r="1"><c t="s"><v>0</v></c></row>')}, strings="<si><t>ann</t></si>")
    parts["xl/SharedStrings.xml"] = parts.pop("xl/sharedStrings.xml")
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        b'"sharedStrings', b'"/xl/sharedStrings'
    )
    assert read_all(pack(parts)) == [(1, ["ann"], False)]


def test_F001_macros_are_told_by_content_type() -> None:
    parts = build_parts({"Sheet1": sheet_xml(ANN_ROW)})
    types = parts["[Content_Types].xml"].replace(
        b"openxmlformats-officedocument.spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main"
    )
    assert refuse(pack({**parts, "[Content_Types].xml": types})) == ("F001", {"kind": "xlsm"})


def test_F001_xml_that_is_not_well_formed() -> None:
    code, params = refuse(build_workbook(ANN_ROW + "<row"))
    assert (code, params["kind"], params["detail"]) == ("F001", "damaged", "xl/worksheets/sheet1.xml")


def test_E55_a_row_the_reader_failed_to_see_refuses_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The independent count is not decoration: a reader that sees less is noticed."""
    honest = TagCount.finish

    def see_more(self: TagCount) -> dict[str, int] | None:
        counts = honest(self)
        return {**counts, "row": counts["row"] + 1} if counts else None

    monkeypatch.setattr(TagCount, "finish", see_more)
    assert refuse(build_workbook(HEADER_ROW + ANN_ROW)) == (
        "F001",
        {"kind": "damaged", "detail": "count", "n": 2, "expected": 3},
    )
