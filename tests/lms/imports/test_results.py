"""Results files: what stands in them, in which form, and that they come back."""

import csv
import datetime as dt
import io
from typing import Any, BinaryIO
from typing import cast as typed

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import override
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from lms.core.exports import restore_formula
from lms.imports.lanes import claim_work
from lms.imports.models import ImportBatch, ResultsFile, State, WorkItem
from lms.imports.results import (
    DetailsDeleted,
    Download,
    OpenRows,
    added_headers,
    count_open_rows,
    downloads,
    is_added_header,
    open_original,
    read_correction_of,
    request_results,
    send_download,
    write_results,
    write_results_file,
)
from lms.notifications.kinds import find_kind
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.batch_data import HEADERS, LogRow, make_batch, write_log
from tests.plugins.cast import Cast

ADDED = [
    "Rollbook row",
    "Rollbook outcome",
    "Rollbook problem codes",
    "Rollbook problems",
    "Rollbook current before",
    "Rollbook current after",
    "Rollbook compliant until before",
    "Rollbook compliant until",
    "Rollbook assigned",
    "Rollbook messages",
    "Rollbook import",
]
UNKNOWN = ["R102", "username", {"value": "nobody"}]
UNKNOWN_WORDS = 'No person with Username "nobody" that you manage. Check the spelling, or ask an administrator.'
NO_CODE_WORDS = "Course Code is empty. Fill it in."
KINDS = f"{find_kind('course_assigned').label}; {find_kind('retake_open').label}"  # type: ignore[union-attr]
KNOWN_WORDS = "Already recorded. Nothing will change."
ROWS = [
    LogRow(
        2,
        "updated",
        ["bob", "03.04.2024", "SAFE-1"],
        plan={
            "before": "2020-01-01",
            "after": "2024-04-03",
            "until_before": "2021-01-01",
            "until": "2025-04-03",
            "assigned": True,
            "messages": ["course_assigned", "retake_open"],
        },
        position=1,
    ),
    LogRow(3, "rejected", ["nobody", "03.04.2024", None], problems=[UNKNOWN, ["R201", "course_code", {}]]),
    LogRow(5, "unchanged", [" ben ", "03.04.2024", "SAFE-1"], problems=[["R401", "", {}]], position=2),
]


def written(batch: ImportBatch, *, content: str = "all", file_format: str = "csv") -> bytes:
    file = io.BytesIO()
    with tenant_scope(batch.tenant_id):
        write_results(batch, content=content, file_format=file_format, to=file)
    return file.getvalue()


def read_csv(content: bytes, *, encoding: str = "utf-8-sig", delimiter: str = ";") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter))


def read_sheet(content: bytes) -> list[list[Any]]:
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    return [[unescape(cell) if isinstance(cell, str) else cell for cell in row] for row in sheet.values]


def test_L66_E65_E28_all_rows_stand_in_their_order_with_original_cells_and_what_became_of_them(cast: Cast) -> None:
    batch = make_batch(cast, positions=2, checkpoint=2)
    write_log(batch, ROWS)

    assert read_csv(written(batch)) == [
        [*HEADERS, *ADDED],
        ["bob", "03.04.2024", "SAFE-1", "2", "Imported, became current", "", "", "2020-01-01", "2024-04-03",
         "2021-01-01", "2025-04-03", "yes", KINDS, "41"],
        ["nobody", "03.04.2024", "", "3", "Failed", "R102 R201", f"{UNKNOWN_WORDS} {NO_CODE_WORDS}", *[""] * 6, "41"],
        [" ben ", "03.04.2024", "SAFE-1", "5", "Already recorded", "R401", KNOWN_WORDS, *[""] * 6, "41"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "checkpoint", "messages", "words"),
    [
        (State.READY, 0, "", KINDS),
        (State.COMPLETED, 2, "send", KINDS),
        (State.COMPLETED, 2, "suppress", f"not sent: {KINDS}"),
        (State.CANCELLED, 0, "send", ""),
    ],
)
def test_E28_the_messages_of_a_row_are_those_that_were_sent(
    cast: Cast, state: str, checkpoint: int, messages: str, words: str
) -> None:
    batch = make_batch(cast, state=state, positions=2, checkpoint=checkpoint, messages=messages)
    write_log(batch, ROWS)

    assert [row[ADDED.index("Rollbook messages") + 3] for row in read_csv(written(batch))[1:]] == [words, "", ""]


def test_E65_the_failed_rows_file_holds_failed_rows_only(cast: Cast) -> None:
    batch = make_batch(cast, positions=2, checkpoint=2)
    write_log(batch, ROWS)

    assert [row[:4] for row in read_csv(written(batch, content="failed"))] == [
        [*HEADERS, "Rollbook row"],
        ["nobody", "03.04.2024", "", "3"],
    ]


def test_E65_a_cancelled_import_hands_out_what_was_not_reached(cast: Cast) -> None:
    batch = make_batch(cast, state=State.CANCELLED, positions=2, checkpoint=1)
    write_log(batch, ROWS)

    assert [(row[3], row[4]) for row in read_csv(written(batch, content="failed"))[1:]] == [
        ("3", "Failed"),
        ("5", "Not processed"),
    ]


def test_E17_before_the_import_the_file_says_what_would_happen(cast: Cast) -> None:
    batch = make_batch(cast, state=State.READY, positions=2)
    write_log(batch, ROWS)

    assert [row[4] for row in read_csv(written(batch))[1:]] == [
        "Will be imported and become current",
        "Failed",
        "Already recorded",
    ]


def test_E65_added_words_follow_the_reader_and_are_recognised_in_every_language(cast: Cast) -> None:
    batch = make_batch(cast, positions=2, checkpoint=2)
    write_log(batch, ROWS)

    with override("de"):
        german = added_headers()
        head = read_csv(written(batch))[0]

    assert head == [*HEADERS, *german]
    assert all(is_added_header(name) for name in [*german, *ADDED, " rollbook_ROW "])
    assert not any(is_added_header(name) for name in [*HEADERS, "row", "import"])


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["Rollbook expires before", "Rollbook expires"]),
        ("de", ["Rollbook: läuft ab vorher", "Rollbook: läuft ab"]),
    ],
)
def test_E65_a_certification_expires_and_its_columns_are_recognised_too(
    cast: Cast, language: str, names: list[str]
) -> None:
    batch = make_batch(cast, kind="certifications", positions=2, checkpoint=2)
    write_log(batch, ROWS)

    with override(language):
        head = read_csv(written(batch))[0]
        compliant = added_headers()

    places = [place for place, name in enumerate(head[len(HEADERS) :]) if name != compliant[place]]
    assert [head[len(HEADERS) + place] for place in places] == names
    assert all(is_added_header(name) for name in [*head[len(HEADERS) :], *compliant])


def test_E65_typed_cells_come_out_as_what_they_were(cast: Cast) -> None:
    batch = make_batch(cast, sniffed={"headers": ["A", "B", "C", "D", "E", "F", "G"], "header_row": 1})
    cells = [
        {"d": "2024-05-01"},
        {"d": "2024-05-01T10:30:00"},
        {"n": "123"},
        {"n": "00123"},
        {"b": True},
        {"e": "#N/A"},
        "x",
    ]
    write_log(batch, [LogRow(2, "rejected", cells)])

    assert read_csv(written(batch), delimiter=",")[1][:7] == [
        "2024-05-01", "2024-05-01 10:30:00", "123", "00123", "TRUE", "#N/A", "x"
    ]  # fmt: skip
    assert read_sheet(written(batch, file_format="xlsx"))[1][:7] == [
        dt.datetime(2024, 5, 1),  # noqa: DTZ001 - a cell has no time zone
        dt.datetime(2024, 5, 1, 10, 30),  # noqa: DTZ001
        123,
        "00123",
        True,
        "#N/A",
        "x",
    ]


def test_E65_the_workbook_says_the_same_as_the_csv(cast: Cast) -> None:
    batch = make_batch(cast, positions=2, checkpoint=2)
    rows = [*ROWS, LogRow(6, "rejected", ['<a&b> "q"', "two\nlines", "tab\there _x0041_ \u00e4\U0001f600\x07"])]
    write_log(batch, rows)

    text = read_csv(written(batch))
    sheet = [
        ["" if cell is None else str(cell) for cell in row] for row in read_sheet(written(batch, file_format="xlsx"))
    ]

    assert sheet == text


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+49 30",
        "-5",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u200b=1",
        "\uff1d1",
        "'=1",
        "''=1",
        "'quoted",
        "plain",
    ],
)
def test_E66_S11_no_cell_runs_and_every_cell_comes_back(cast: Cast, file_format: str, cell: str) -> None:
    batch = make_batch(cast)
    write_log(batch, [LogRow(2, "rejected", [cell, cell, cell], problems=[["R106", "", {"username": cell}]])])

    content = written(batch, file_format=file_format)
    row = (read_csv(content) if file_format == "csv" else read_sheet(content))[1]

    assert [text.lstrip(" \u200b")[0] in "=+-@\t\r\n\uff1d" for text in (row[0], row[6])] == [False, False]
    assert restore_formula(row[0]) == cell


def test_E07_a_csv_comes_out_in_the_encoding_it_came_in(cast: Cast) -> None:
    batch = make_batch(cast, sniffed={"headers": ["Name"], "header_row": 1, "delimiter": "\t", "encoding": "cp1252"})
    write_log(batch, [LogRow(2, "created", ["Jörg Müller"])])

    content = written(batch)

    assert read_csv(content, encoding="cp1252", delimiter="\t")[1][0] == "Jörg Müller"
    assert content.endswith(b"\r\n")


def test_E07_utf8_with_a_mark_where_a_character_does_not_fit(cast: Cast) -> None:
    batch = make_batch(cast, sniffed={"headers": ["Name"], "header_row": 1, "delimiter": ";", "encoding": "cp1252"})
    write_log(batch, [LogRow(2, "created", ["Jörg"]), LogRow(3, "created", ["Łukasz"])])

    content = written(batch)

    assert content.startswith(b"\xef\xbb\xbf")
    assert [row[0] for row in read_csv(content)] == ["Name", "Jörg", "Łukasz"]


def test_E65_rows_wider_than_the_header_keep_their_cells(cast: Cast) -> None:
    batch = make_batch(cast)
    write_log(batch, [LogRow(2, "rejected", ["a", "b", "c", "d"]), LogRow(3, "rejected", ["a"])])

    assert [row[:5] for row in read_csv(written(batch))] == [
        [*HEADERS, "", "Rollbook row"],
        ["a", "b", "c", "d", "2"],
        ["a", "", "", "", "3"],
    ]


def test_E65_pages_of_the_log_join_without_loss(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.imports.results.rows.PAGE_ROWS", 3)
    batch = make_batch(cast)
    write_log(batch, [LogRow(number, "created", [str(number)]) for number in range(2, 12)])

    assert [row[0] for row in read_csv(written(batch))[1:]] == [str(number) for number in range(2, 12)]


def test_E29_a_failed_rows_file_names_the_import_it_corrects() -> None:
    assert read_correction_of([*HEADERS, *ADDED], first_row_cells=["x"] * 13 + ["41"]) == 41
    assert read_correction_of([*HEADERS, *ADDED], first_row_cells=["x"] * 13 + [{"n": "41"}]) == 41
    assert read_correction_of([*HEADERS, *ADDED], first_row_cells=["x"] * 13 + ["=41"]) is None
    assert read_correction_of(HEADERS, first_row_cells=["41", "41", "41"]) is None


def test_E29_open_rows_count_down_through_corrections(cast: Cast) -> None:
    first = make_batch(cast, number=41, counts={"created": 10, "rejected": 8})
    make_batch(cast, number=42, counts={"created": 3, "unchanged": 1, "rejected": 4}, summary={"corrects": 41})
    make_batch(cast, number=43, counts={"created": 2, "rejected": 2}, summary={"corrects": 42})
    make_batch(cast, number=44, state=State.UNDONE, counts={"created": 2}, summary={"corrects": 42})
    make_batch(cast, number=45, counts={"created": 9}, summary={"corrects": 7})

    with tenant_scope(cast.acme.pk):
        assert count_open_rows(first) == OpenRows(failed=8, came_in=((42, 4), (43, 2)), open=2)


def test_S7_S9_a_small_file_is_made_at_once_and_sent_as_an_attachment(cast: Cast) -> None:
    batch = make_batch(cast, positions=2, checkpoint=2)
    write_log(batch, ROWS)

    with tenant_scope(cast.acme.pk):
        download = request_results(batch, content="failed", file_format="xlsx", actor=cast.alice)
        response = send_download(typed("Download", download))

    assert {
        name: response.headers[name]
        for name in ("Content-Disposition", "Content-Security-Policy", "X-Content-Type-Options", "Content-Type")
    } == {
        "Content-Disposition": 'attachment; filename="import-41-failed-rows.xlsx"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
    assert len(read_sheet(b"".join(typed("Any", response.streaming_content)))) == 2
    response.close()


def test_E65_a_large_file_is_made_by_a_worker_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "AT_ONCE_ROWS", 1)
    batch = make_batch(cast, positions=2, checkpoint=2)
    write_log(batch, ROWS)

    def ask() -> Download | ResultsFile:
        with tenant_scope(cast.acme.pk), override("de"):
            return request_results(batch, content="all", file_format="csv", actor=cast.alice)

    first, second = ask(), ask()
    claim = claim_work()
    assert claim is not None
    write_results_file(claim, tenant=cast.acme)
    ready = ask()

    assert (first, claim.kind, claim.subject_id) == (second, "results", typed("ResultsFile", first).pk)
    assert WorkItem.objects.count() == 0
    assert isinstance(ready, Download)
    with ready.file as file:
        assert read_csv(file.read())[0][3] == "Rollbook-Zeile"


@pytest.mark.parametrize("fields", [{"rows_deleted_on": dt.date(2026, 1, 1)}, {"purge_on": dt.date(2026, 1, 1)}])
def test_F63_after_the_purge_nothing_is_handed_out(cast: Cast, fields: dict[str, Any]) -> None:
    batch = make_batch(cast, **fields)

    with tenant_scope(cast.acme.pk):
        with pytest.raises(DetailsDeleted):
            request_results(batch, content="all", file_format="csv", actor=cast.alice)
        with pytest.raises(DetailsDeleted):
            open_original(batch)


def test_E65_the_original_comes_back_byte_for_byte(cast: Cast) -> None:
    key = default_storage.save("tenants/1/imports/original", ContentFile(b"a;b\n"))
    batch = make_batch(cast, file_key=key)
    with tenant_scope(cast.acme.pk):
        download = open_original(batch)

    with typed("BinaryIO", download.file) as file:
        assert (download.name, file.read()) == ("old-lms-export.csv", b"a;b\n")
    default_storage.delete(key)
