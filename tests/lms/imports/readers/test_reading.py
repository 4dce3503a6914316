"""The parser child from the outside: limits, crashes, memory (E-53, reliability 5.2, S52)."""

import io
import json
import os
import signal
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import Workbook

from lms.imports.readers import reading
from lms.imports.readers.facts import MEBIBYTE, FileRefused, ReadLimits, ReadOptions, Row
from lms.imports.readers.reading import read_rows, sniff_file
from tests.lms.imports.readers.workbooks import ANN_ROW, HEADER_ROW, build_workbook

HEAD = "username,course code\n"


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    return tmp_path / "stored-upload"


def read(path: Path, *, limits: ReadLimits | None = None, options: ReadOptions | None = None) -> list[Row]:
    limits = limits or ReadLimits()
    resolved = sniff_file(path, options=options or ReadOptions(), limits=limits).resolve_options(
        options or ReadOptions()
    )
    with read_rows(path, options=resolved, limits=limits) as stream:
        return list(stream)


def test_rows_below_the_header_with_their_numbers(upload: Path) -> None:
    upload.write_text("title,\n\n" + HEAD + "ann,SAFE-1\n\nbob,\n", encoding="utf-8")
    options = sniff_file(
        upload, options=ReadOptions(), limits=ReadLimits(), known_headers=frozenset({"username", "coursecode"})
    ).resolve_options(ReadOptions())
    with read_rows(upload, options=options, limits=ReadLimits()) as stream:
        assert list(stream) == [(4, ["ann", "SAFE-1"]), (6, ["bob", None])]
        assert (stream.data_rows, stream.blank_rows, stream.hidden_left_out) == (2, 1, 0)


def test_E02_hidden_rows_are_left_out_by_choice(upload: Path) -> None:
    upload.write_bytes(
        build_workbook(HEADER_ROW + ANN_ROW + ANN_ROW.replace('"2"', '"3" hidden="1"').replace("2", "3"))
    )
    for choice, rows in (("all", 2), ("visible", 1)):
        options = ReadOptions(sheet="Sheet1", header_row=1, hidden_rows=choice)
        with read_rows(upload, options=options, limits=ReadLimits()) as stream:
            assert len(list(stream)) == rows
            assert stream.hidden_left_out == 2 - rows


@pytest.mark.parametrize("writer", ["openpyxl", "xlsxwriter"])
def test_E55_workbooks_of_common_writers_against_calamine(upload: Path, writer: str) -> None:
    import python_calamine

    rows = [["username", "day", "points"]] + [
        [f"u{n:03d}", date(2024, 1, 1 + n % 28), n + n % 2 / 2] for n in range(200)
    ]
    if writer == "openpyxl":
        book = Workbook(write_only=True)
        sheet = book.create_sheet("Data")
        for row in rows:
            sheet.append(row)
        book.save(upload)
    else:
        with xlsxwriter.Workbook(str(upload), {"default_date_format": "dd/mm/yyyy", "constant_memory": True}) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    oracle = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(upload.read_bytes()))
    assert [cells for _, cells in read(upload)] == [
        [
            name,
            {"d": str(day)},
            {"n": str(points).removesuffix(".0"), **({"x": 1} if str(points).endswith("5") else {})},
        ]
        for name, day, points in oracle.get_sheet_by_index(0).to_python()[1:]
    ]


def test_F003_reading_more_rows_than_allowed_refuses_too(upload: Path) -> None:
    upload.write_text(HEAD + "ann,1\n" * 30, encoding="utf-8")
    options = sniff_file(upload, options=ReadOptions(), limits=ReadLimits()).resolve_options(ReadOptions())
    with (
        pytest.raises(FileRefused) as caught,
        read_rows(upload, options=options, limits=ReadLimits(max_rows=20)) as stream,
    ):
        list(stream)
    assert (caught.value.code, caught.value.params) == ("F003", {"n": 30, "limit": 20})


def test_leaving_early_ends_the_child(upload: Path) -> None:
    upload.write_text(HEAD + "ann,1\n" * 40_000, encoding="utf-8")
    options = ReadOptions(header_row=1, encoding="utf-8", delimiter=",", quote='"')
    with read_rows(upload, options=options, limits=ReadLimits()) as stream:
        next(iter(stream))
        process = stream._child.process  # noqa: SLF001
        assert process.poll() is None
    assert process.returncode == -signal.SIGKILL


def fake_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Put another program in the child's place."""
    program = tmp_path / "child.py"
    program.write_text("import os, sys, time, signal\nsys.stdin.read()\n" + textwrap.dedent(body), encoding="utf-8")
    monkeypatch.setattr(reading, "_CHILD", program)


@pytest.mark.parametrize(
    ("body", "params"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", {"kind": "damaged", "detail": "reader"}),
        ("os.kill(os.getpid(), signal.SIGKILL)", {"kind": "too_complex", "detail": "limit"}),
        ("os.kill(os.getpid(), signal.SIGXCPU)", {"kind": "too_complex", "detail": "limit"}),
        ("sys.exit(0)", {"kind": "damaged", "detail": "reader"}),
        ("print('[2, [\"ann\"]]')", {"kind": "damaged", "detail": "reader"}),
        ("print('Traceback')", {"kind": "damaged", "detail": "reader"}),
        ('print(\'{"fault": ["ValueError", "x.py:1"]}\')', {"kind": "damaged", "detail": "reader"}),
        ("sys.stdout.write('x' * 20_000_000); time.sleep(60)", {"kind": "damaged", "detail": "reader"}),
        ("time.sleep(60)", {"kind": "too_complex", "detail": "time"}),
        (
            'print(\'[2, ["ann"]]\'); print(\'{"end": {"data_rows": 2, "blank_rows": 0, "hidden_left_out": 0}}\')',
            {"kind": "damaged", "detail": "count", "n": 1, "expected": 2},
        ),
    ],
)
def test_F001_a_child_that_dies_or_talks_nonsense_is_a_refusal(
    upload: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, params: dict[str, object]
) -> None:
    upload.write_text(HEAD, encoding="utf-8")
    fake_child(tmp_path, monkeypatch, body)
    with (
        pytest.raises(FileRefused) as caught,
        read_rows(upload, options=ReadOptions(), limits=ReadLimits(wall_seconds=1)) as stream,
    ):
        list(stream)
    assert (caught.value.code, caught.value.params) == ("F001", params)


def may_leave_network() -> bool:
    """Whether this host lets a process have a network of its own."""
    program = "import ctypes; u = ctypes.CDLL(None).unshare; raise SystemExit(u(0x40000000) and u(0x50000000))"
    return subprocess.run([sys.executable, "-I", "-c", program], check=False).returncode == 0


def test_S52_what_the_child_is_allowed(upload: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real child sets its limits; its environment, folder and open files are what the parent gives it."""
    monkeypatch.setenv("SECRET_KEY", "must not be seen")
    real = reading._CHILD.read_text(encoding="utf-8")  # noqa: SLF001
    probe = """
    def report(task, *, file_descriptor, out):
        import resource
        names = ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_CORE")
        return {"end": {
            "limits": {name: resource.getrlimit(getattr(resource, name)) for name in names},
            "environment": sorted(name for name in os.environ if name not in ("LC_CTYPE",)),
            "folder": os.listdir("."), "files": sorted(os.listdir("/proc/self/fd")),
            "modules": sorted(sys.modules), "network": open("/proc/self/net/dev").read(),
        }}
    _run = report
    """
    program = tmp_path / "child.py"
    program.write_text(
        real.replace('if __name__ == "__main__":', textwrap.dedent(probe) + '\nif __name__ == "__main__":'),
        encoding="utf-8",
    )
    monkeypatch.setattr(reading, "_CHILD", program)
    upload.write_text(HEAD, encoding="utf-8")
    with reading._start_child(upload, task="read", options=ReadOptions(), limits=ReadLimits()) as child:  # noqa: SLF001
        (message,) = child.messages()
    seen = message["end"]
    assert seen["limits"] == {
        "RLIMIT_AS": [1024 * MEBIBYTE, 1024 * MEBIBYTE],
        "RLIMIT_CPU": [60, 60],
        "RLIMIT_FSIZE": [0, 0],
        "RLIMIT_NOFILE": [64, 64],
        "RLIMIT_CORE": [0, 0],
    }
    assert seen["environment"] == ["LC_ALL", "LD_LIBRARY_PATH"]
    assert seen["folder"] == []
    # Standard input, output, error, the upload, and the listing's own descriptor.
    assert len(seen["files"]) == 5
    assert [name for name in seen["modules"] if name.startswith(("django", "lms", "celery"))] == []
    if may_leave_network():
        assert [line.split(":")[0].strip() for line in seen["network"].splitlines() if ":" in line] == ["lo"]


def test_S52_the_real_modules_bring_no_django(upload: Path) -> None:
    upload.write_bytes(build_workbook(HEADER_ROW + ANN_ROW))
    program = (
        "import sys, io; sys.path.append(sys.argv[1]);"
        "import lms.imports.readers.emit, lms.imports.readers.reading;"
        "print([name for name in sys.modules if name.split('.')[0] in ('django', 'celery', 'psycopg', 'openpyxl')])"
    )
    project = str(Path(reading.__file__).parents[3])
    done = subprocess.run([sys.executable, "-I", "-c", program, project], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_E53_address_space_is_enforced(upload: Path) -> None:
    upload.write_text(HEAD + "😀" * 10_000_000, encoding="utf-8")
    with pytest.raises(FileRefused) as caught:
        sniff_file(upload, options=ReadOptions(), limits=ReadLimits(address_space=64 * MEBIBYTE))
    assert (caught.value.code, caught.value.params) == ("F010", {"kind": "memory", "limit": 64 * MEBIBYTE})


def test_E53_cpu_time_is_enforced(upload: Path) -> None:
    upload.write_text(HEAD + "ann,1\n" * 2_000_000, encoding="utf-8")
    limits = ReadLimits(cpu_seconds=1, max_rows=10_000_000)
    with pytest.raises(FileRefused) as caught:
        sniff_file(upload, options=ReadOptions(), limits=limits)
    assert (caught.value.code, caught.value.params) == ("F001", {"kind": "too_complex", "detail": "limit"})


def test_S42_a_mistake_of_the_reader_is_logged_without_contents(
    upload: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fake_child(tmp_path, monkeypatch, """print('{"fault": ["KeyError", "xlsx_sheet.py:12"]}')""")
    upload.write_text(HEAD, encoding="utf-8")
    with pytest.raises(FileRefused):
        sniff_file(upload, options=ReadOptions(), limits=ReadLimits())
    assert [record.getMessage() for record in caplog.records] == [
        "The parser child failed: KeyError at xlsx_sheet.py:12"
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_E53_memory_of_the_child_is_flat(upload: Path, kind: str) -> None:
    """Ten times the rows may cost the child no more memory (performance.md: flat within 15 MB)."""
    peaks = []
    for rows in (3_000, 30_000):
        if kind == "csv":
            upload.write_text(HEAD + "".join(f"user{n},SAFE-{n % 500}\n" for n in range(rows)), encoding="utf-8")
        else:
            row = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>user{0}</t></is></c><c r="B{0}"><v>{0}</v></c></row>'
            upload.write_bytes(build_workbook(HEADER_ROW + "".join(row.format(n) for n in range(2, rows + 2))))
        peaks.append(peak_memory(upload))
    assert peaks[1] - peaks[0] < 15 * 1024
    assert peaks[1] < 150 * 1024


def peak_memory(path: Path) -> int:
    """Return the peak resident memory, in KiB, of reading `path` in a child of a fresh process."""
    program = textwrap.dedent("""
        import sys, json, resource
        sys.path.append(sys.argv[1])
        from lms.imports.readers.reading import ReadLimits, ReadOptions, read_rows, sniff_file
        options = sniff_file(sys.argv[2], options=ReadOptions(), limits=ReadLimits()).resolve_options(ReadOptions())
        with read_rows(sys.argv[2], options=options, limits=ReadLimits()) as stream:
            rows = sum(1 for _ in stream)
        print(json.dumps(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
    """)
    project = str(Path(reading.__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, project, os.fspath(path)], capture_output=True, text=True, check=True
    )
    return int(json.loads(done.stdout))
