"""Every file of the shared corpus gets rows or a clean F-code, quickly and in little memory.

The corpus stays outside the project and these tests skip where it is absent. VERDICTS was written by holding each verdict against
what the corpus's index expects of the file; where the index leaves a choice, docs/decisions/reading-spreadsheets.md says which.
"""

import gzip
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, Final

import pytest

from lms.imports.readers.facts import FileRefused, ReadLimits, ReadOptions, Row
from lms.imports.readers.reading import read_rows, sniff_file

PROJECT: Final = Path(__file__).resolve().parents[4]
CORPUS: Final = PROJECT / ".." / "shared" / "corpus"
INDEX: Final = CORPUS / "index.json"
MAX_SECONDS: Final = 10
MAX_MEBIBYTES: Final = 300

VERDICTS: Final = {
    "gen_csv_utf8.csv": "rows 2",
    "gen_csv_bom_in_middle.csv": "rows 2",
    "gen_csv_utf16le_bom.csv": "rows 2",
    "gen_csv_utf16le_nobom.csv": "rows 2",
    "gen_csv_utf16be_nobom.csv": "rows 2",
    "gen_csv_utf32le_bom.csv": "rows 2",
    "gen_csv_cp1252.csv": "rows 2",
    "gen_csv_latin1.csv": "rows 1",
    "gen_csv_invalid_utf8.csv": "F001 encoding",
    "gen_csv_overlong_utf8.csv": "F001 encoding",
    "gen_csv_crcrlf.csv": "rows 2",
    "gen_csv_nul_in_field.csv": "rows 2",
    "gen_csv_nul_block_tail.csv": "F001 damaged",
    "gen_csv_empty.csv": "F002",
    "gen_csv_only_bom.csv": "F002",
    "gen_csv_only_header.csv": "F002",
    "gen_csv_no_header.csv": "rows 2",
    "gen_csv_blank_header.csv": "rows 1",
    "gen_csv_header_nbsp.csv": "rows 1",
    "gen_csv_unbalanced_quote_mid.csv": "F001 quote",
    "gen_csv_quote_in_unquoted.csv": "rows 2",
    "gen_csv_text_after_quote.csv": "rows 2",
    "gen_csv_backslash_escape.csv": "rows 1",
    "gen_csv_quoted_newlines.csv": "rows 2",
    "gen_csv_semicolon.csv": "rows 2",
    "gen_csv_tab.csv": "rows 2",
    "gen_csv_single_column.csv": "rows 1",
    "gen_csv_comment_lines.csv": "rows 1",
    "gen_csv_json_masquerade.csv": "F001 json",
    "gen_xlsx_is_html.xlsx": "F001 html",
    "gen_xls_is_html.xls": "F001 html",
    "gen_csv_gzip.csv": "F001 gzip",
    "gen_csv_50001_rows.csv": "F003",
    "gen_csv_100k_dup_rows.csv": "rows 30000",
    "gen_csv_header_20000_cols.csv": "F010 columns",
    "gen_csv_quote_swallow_20MB.csv.gz": "F001 gzip",
    "gen_csv_formula_injection.csv": "rows 26",
    "gen_csv_dates.csv": "rows 33",
    "gen_csv_grades.csv": "rows 24",
    "gen_csv_long_fields.csv": "rows 3",
    "gen_filenames_traversal.txt": "rows 40",
    "gen_xlsx_ok.xlsx": "rows 1",
    "gen_xlsx_no_dimension.xlsx": "rows 1",
    "gen_xlsx_dimension_lie_huge.xlsx": "rows 1",
    "gen_xlsx_dimension_lie_small.xlsx": "rows 2",
    "gen_xlsx_far_cell.xlsx": "F010 columns",
    "gen_xlsx_row_beyond_limit.xlsx": "F001 damaged",
    "gen_xlsx_duplicate_rows_refs.xlsx": "F001 damaged",
    "gen_xlsx_16384_cols.xlsx": "F010 columns",
    "gen_xlsx_zipbomb_sst_1GB.xlsx": "F010 ratio",
    "gen_xlsx_zipbomb_unused_part.xlsx": "F010 ratio",
    "gen_xlsx_zip_size_lie.xlsx": "F001 damaged",
    "gen_xlsx_zip_slip.xlsx": "F001 damaged",
    "gen_xlsx_truncated.xlsx": "F001 damaged",
    "gen_xlsx_truncated_half.xlsx": "F001 damaged",
    "gen_xlsx_dimension_wide_5000_rows.xlsx": "rows 4999",
    "gen_xlsx_sst_negative_index.xlsx": "F001 damaged",
    "gen_xlsx_dup_cell_ref.xlsx": "F001 damaged",
    "gen_xlsx_prefixed_junk.xlsx": "F001 image",
    "gen_xlsx_html_polyglot.xlsx": "F001 html",
    "gen_xlsx_billion_laughs_sheet.xlsx": "F001 damaged",
    "gen_xlsx_billion_laughs_sst.xlsx": "F001 damaged",
    "gen_xlsx_quadratic_blowup.xlsx": "F001 damaged",
    "gen_xlsx_xxe_file.xlsx": "F001 damaged",
    "gen_xlsx_xxe_http.xlsx": "F001 damaged",
    "gen_xlsx_utf7_or_utf16_sheet.xlsx": "rows 1",
    "gen_xlsx_deep_nesting.xlsx": "F001 too_complex",
    "gen_xlsx_huge_attr.xlsx": "rows 1",
    "gen_xlsx_cell_over_32767.xlsx": "rows 1",
    "gen_xlsx_formula_cells.xlsx": "rows 1",
    "gen_xlsx_error_cells.xlsx": "rows 1",
    "gen_xlsx_types_mixed.xlsx": "rows 3",
    "gen_xlsx_sst_index_out_of_range.xlsx": "F001 damaged",
    "gen_xlsx_missing_sheet_part.xlsx": "F001 damaged",
    "gen_xlsx_rel_traversal.xlsx": "F001 damaged",
    "gen_xlsx_external_links.xlsx": "rows 1",
    "gen_xlsm_macro.xlsm": "F001 xlsm",
    "gen_xlsx_encrypted_stub.xlsx": "F001 xls",
    "gen_xlsx_xescape.xlsx": "rows 1",
    "gen_xlsx_pi_comment_cdata.xlsx": "rows 1",
    "gen_xlsx_phonetic_rich.xlsx": "rows 1",
    "csvspec__empty.csv": "rows 2",
    "csvspec__escaped_quotes.csv": "rows 2",
    "csvspec__quotes_and_newlines.csv": "rows 2",
    "csvspec__utf8.csv": "rows 2",
    "openspout__attack_billion_laughs.xlsx": "F001 damaged",
    "openspout__attack_quadratic_blowup.xlsx": "F001 damaged",
    "openspout__attack_billion_laughs.ods": "F001 ods",
    "openspout__one_sheet_with_pre_encoded_html_entities.xlsx": "rows 1",
    "openspout__sheet_with_no_shared_strings_file.xlsx": "rows 2",
    "openspout__one_sheet_with_capital_shared_strings_filename.xlsx": "rows 4",
    "openspout__sheet_with_missing_cell_reference.xlsx": "rows 1",
    "openspout__sheet_with_empty_rows_and_missing_row_index.xlsx": "rows 2",
    "openspout__sheet_without_dimensions_and_empty_cells.xlsx": "rows 1",
    "openspout__sheet_with_different_numeric_value_dates_1904_calendar.xlsx": "rows 2",
    "openspout__csv_with_encoding_utf16le_no_bom.csv": "rows 2",
    "poi__poc-xmlbomb.xlsx": "F001 damaged",
    "poi__poc-shared-strings.xlsx": "F001 damaged",
    "poi__xxe_in_schema.xlsx": "rows 1",
    "poi__xlsx-corrupted.xlsx": "F001 damaged",
    "poi__invalid.xlsx": "F001 damaged",
    "poi__SimpleMacro.xlsm": "F001 xlsm",
    "poi__xlmmacro.xlsm": "F001 xlsm",
    "poi__protected_passtika.xlsx": "F001 password",
    "poi__link-external-workbook-a.xlsx": "rows 1",
    "poi__noSharedStringTable.xlsx": "rows 1",
    "poi__TwoSheetsOneHidden.xlsx": "rows 1",
    "poi__password.xls": "F001 password",
    "poi__crash-274d6342e4842d61be0fb48eaadad6208ae767ae.xlsx": "F001 damaged",
    "poi__fuzz-POIXSSFFuzzer-4828727001088000.xlsx": "F001 damaged",
    "poi__fuzz-POIXSSFFuzzer-5089447305609216.xlsx": "F001 damaged",
    "poi__fuzz-POIXSSFFuzzer-5185049589579776.xlsx": "F001 damaged",
    "poi__fuzz-POIXSSFFuzzer-5265527465181184.xlsx": "F001 damaged",
    "poi__fuzz-POIXSSFFuzzer-5937385319563264.xlsx": "rows 18",
    "poi__fuzz-XLSX2CSVFuzzer-5025401116950528.xlsx": "F001 damaged",
    "poi__fuzz-XLSX2CSVFuzzer-5542865479270400.xlsx": "F001 damaged",
    "calamine__pass_protected.xlsx": "F001 password",
    "calamine__empty_sheet.xlsx": "F002",
    "calamine__empty_s_attribute.xlsx": "rows 4",
    "calamine__encoded_entities.xlsx": "rows 1",
    "calamine__nonstandard-xml-ns-prefix.xlsx": "rows 2",
    "calamine__any_sheets.xlsx": "rows 4",
    "phpss__premiere.utf16lebom.csv": "rows 1",
    "phpss__line_break_escaped_32le.csv": "F001 damaged",
    "phpss__utf16be.line_break_in_enclosure.csv": "rows 5",
    "phpss__line_break_in_enclosure_with_escaped_quotes.csv": "rows 4",
    "phpss__escape.csv": "rows 3",
    "phpss__issue.2778.xlsx": "rows 7",
    "duckdb__case_58.csv": "F001 quote",
    "duckdb__incomplete_multibyte_delimiter.csv": "rows 1",
    "duckdb__complex_unterminated_quote.csv": "rows 1",
    "duckdb__unterminated_quote_escape.csv": "F001 quote",
    "duckdb__latin1.csv": "rows 12",
    "duckdb__csv_quoted_newline_odd.csv": "rows 2",
    "duckdb__quoted_newline.csv": "rows 1",
    "duckdb__csv_error.csv": "rows 3102",
    "duckdb__dr_who.csv": "rows 1",
    "duckdb__invalid_utf_cast.csv": "F001 encoding",
    "duckdb__quote_escape.csv": "rows 3",
    "csvlint__cr-line-endings.csv": "rows 2",
    "csvlint__inconsistent-line-endings.csv": "rows 2",
    "csvlint__title-row.csv": "rows 2",
    "csvlint__invalid_many_rows.csv": "rows 9",
    "datatable__unescaped.csv": "rows 2",
    "datatable__doublequote_newline.csv": "rows 36",
    "datatable__russellCRCRLF.csv": "rows 19",
    "datatable__utf16le.txt": "rows 1",
    "datatable__1680-fread-header-encoding.csv": "rows 4",
    "frictionless__blank-rows-multiple.csv": "rows 2",
    "frictionless__ascii-notvalid.csv": "rows 1",
    "frictionless__encoding-issue-274.csv": "rows 507",
    "frictionless__doublequote.csv": "rows 5",
    "frictionless__adjust-floating-point-error.xlsx": "rows 5",
    "frictionless__cast-int-to-string-issue-1251.xlsx": "rows 2",
    "tabulator__multiline-headers.xlsx": "rows 3",
    "roo__bad_link.xlsx": "rows 1",
    "roo__formula_string_error.xlsx": "rows 1",
    "roo__number_with_zero_prefix.xlsx": "rows 50",
    "exceljs__invalid-xml.xlsx": "F001 damaged",
    "exceljs__shared_string_with_escape.xlsx": "rows 1",
    "exceljs__bogus-defined-name.xlsx": "rows 1",
    "readxl__no-styles-or-sharedStrings-parts.xlsx": "rows 11",
    "readxl__texty-dates-xlsx.xlsx": "rows 2",
    "readxl__style-only-cells.xlsx": "rows 3",
    "readxl__big-texty-numbers-xlsx.xlsx": "rows 6",
    "readxl__missing-v-node-xlsx.xlsx": "rows 1",
    "readxl__new_line_errors.xlsx": "rows 2",
    "excelize__BadWorkbook.xlsx": "F001 damaged",
}

pytestmark = pytest.mark.skipif(not INDEX.exists(), reason="the shared corpus is not beside the project")


@pytest.fixture(scope="module")
def verdicts() -> dict[str, dict[str, Any]]:
    """Verdict, seconds and peak memory of every file, by the code of inspect_file, in one process beside this one."""
    program = textwrap.dedent("""
        import json, pathlib, resource, sys, time
        sys.path.append(sys.argv[1])
        import django
        django.setup()
        from lms.imports.management.commands.inspect_file import FileRefused, ReadOptions, inspect_path
        peak = lambda: resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        for name in sys.stdin.read().splitlines():
            started = time.monotonic()
            try:
                verdict = f"rows {inspect_path(pathlib.Path(sys.argv[2], name), options=ReadOptions()).data_rows}"
            except FileRefused as refused:
                verdict = " ".join([refused.code, *[refused.params["kind"] for _ in "x" if "kind" in refused.params]])
            found = {"verdict": verdict, "seconds": time.monotonic() - started, "peak": peak()}
            print(json.dumps([name, found]))
    """)
    names = "\n".join(entry["file"] for entry in read_index())
    done = subprocess.run(
        [sys.executable, "-c", program, str(PROJECT), str(CORPUS)],
        input=names,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "lms.settings"},
    )
    return dict(json.loads(line) for line in done.stdout.splitlines())


def read_index() -> list[dict[str, str]]:
    entries: list[dict[str, str]] = json.loads(INDEX.read_text(encoding="utf-8")) if INDEX.exists() else []
    return entries


def read(name: str, *, header_row: int | None = None, encoding: str | None = None) -> list[Row]:
    options = ReadOptions(header_row=header_row, encoding=encoding)
    resolved = sniff_file(CORPUS / name, options=options, limits=ReadLimits()).resolve_options(options)
    with read_rows(CORPUS / name, options=resolved, limits=ReadLimits()) as stream:
        return list(stream)


def test_the_table_names_every_file_of_the_index() -> None:
    assert sorted(VERDICTS) == sorted(entry["file"] for entry in read_index())


@pytest.mark.parametrize("name", VERDICTS)
def test_E53_rows_or_a_clean_code(name: str, verdicts: dict[str, dict[str, Any]]) -> None:
    found = verdicts[name]
    assert found["verdict"] == VERDICTS[name]
    assert found["seconds"] < MAX_SECONDS


def test_E53_memory_over_the_whole_corpus(verdicts: dict[str, dict[str, Any]]) -> None:
    assert max(found["peak"] for found in verdicts.values()) < MAX_MEBIBYTES


def test_F001_a_quote_that_swallows_20_megabytes(tmp_path: Path) -> None:
    unpacked = tmp_path / "swallow.csv"
    unpacked.write_bytes(gzip.decompress((CORPUS / "gen_csv_quote_swallow_20MB.csv.gz").read_bytes()))
    with pytest.raises(FileRefused) as caught:
        sniff_file(unpacked, options=ReadOptions(), limits=ReadLimits())
    assert (caught.value.code, caught.value.params) == ("F001", {"kind": "quote", "row": 2})


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        (
            "gen_csv_bom_in_middle.csv",
            [(2, ["jsmith", "CS101", "2026-01-31", "95.00"]), (3, ["bob", "CS102", "2026-02-01", "80"])],
        ),
        (
            "gen_csv_cp1252.csv",
            [(2, ["müller", "CS102", "2026-02-01", "80"]), (3, ["“smart”", "CS103", "2026-02-01", "€5"])],
        ),
        (
            "gen_csv_nul_in_field.csv",
            [(2, [{"e": "nul", "at": 4}, "CS101", "2026-01-01", "1"]), (3, ["ok", "CS101", "2026-01-01", "1"])],
        ),
        (
            "gen_csv_quoted_newlines.csv",
            [(2, ["jsmith", "CS\r\n101", "2026-01-01", "1"]), (3, ["bob", "CS101", "2026-01-01", "1"])],
        ),
        ("gen_csv_backslash_escape.csv", [(2, [{"e": "quote"}, "CS101", "2026-01-01", "1"])]),
        ("gen_xlsx_error_cells.xlsx", [(2, [{"e": "#N/A"}, {"e": "#REF!"}, {"e": "#DIV/0!"}, {"e": "#VALUE!"}])]),
        ("gen_xlsx_formula_cells.xlsx", [(2, ["jsmith", "CS101", {"n": "46053"}, {"e": "#FORMULA"}])]),
        ("gen_xlsx_cell_over_32767.xlsx", [(2, [{"e": "too_long", "len": 40_000}, "CS1", "2026-01-01", "1"])]),
        ("gen_xlsx_xescape.xlsx", [(2, [{"e": "nul", "at": 3}, "CS\r101", "2026-01-01", "=1+1"])]),
        ("gen_xlsx_pi_comment_cdata.xlsx", [(2, ["jsmith"])]),
        ("gen_xlsx_phonetic_rich.xlsx", [(2, ["jsmith"])]),
        (
            "gen_xlsx_types_mixed.xlsx",
            [
                (2, [{"n": "12345678901234567890", "x": 1}, {"b": True}, {"n": "46053"}, {"n": "0.1", "x": 1}]),
                (3, [{"n": "123"}, {"n": "1000", "x": 1}, {"d": "2026-01-31"}, {"n": "95"}]),
                (4, [{"n": "123"}, {"n": "7"}, {"n": "-1"}, {"n": "1E400", "x": 1}]),
            ],
        ),
    ],
)
def test_E55_what_comes_out_of_the_trickiest_files(name: str, rows: list[Row]) -> None:
    assert read(name, header_row=1) == rows


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        (
            "openspout__sheet_with_different_numeric_value_dates_1904_calendar.xlsx",
            [{"d": "2019-09-02"}, {"d": "2019-09-03"}, {"d": "2019-09-02T22:23:00"}],
        ),
        ("poi__noSharedStringTable.xlsx", [{"d": "2006-04-12"}, {"n": "123"}]),
    ],
)
def test_E55_first_rows(name: str, rows: list[object]) -> None:
    assert read(name, header_row=0)[0][1] == rows
