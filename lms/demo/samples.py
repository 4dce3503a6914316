"""The sample files of the demo, each with what importing it is expected to give (spec: demo).

A test imports every file by the real pipeline and compares. Public: `make_samples`, `write_samples`.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings

from certifications.choices import Action
from lms.demo import bergmann, big_file, northfield, old_certificates, old_lms, sign_in_sheet, small_files
from lms.demo.expectations import (
    NO_MESSAGES,
    Expected,
    count_arrivals,
    expect_big,
    expect_certificates,
    expect_created,
    expect_old_lms,
    expect_sheet,
    with_file_problems,
)
from lms.demo.sample_writing import Filter, write_csv_file, write_ole_file, write_xlsx_file
from lms.imports.models import Outcome, State

_ZONES: Final = {"northfield": ZoneInfo(northfield.TIME_ZONE), "bergmann": ZoneInfo(bergmann.TIME_ZONE)}
BIG_FILE: Final = "00-big-50000.csv"
_OLD_LMS_HEADER: Final = ("Personalnr.", "Name", "Kurs-Nr.", "Kurstitel", "Abgeschlossen am", "Status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What has to be chosen on the mapping page beyond what is suggested there; empty: as suggested."""

    find_by: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)  # field -> column name
    fixed: Mapping[str, str] = field(default_factory=dict)  # field -> one value for the whole file (E-09)
    checks: Mapping[str, str] = field(default_factory=dict)  # check-only field of a person -> column name (E-10)
    date_format: str = ""
    hidden_rows: str = ""
    options: Mapping[str, str | bool] = field(default_factory=dict)  # of the kind of import, where not as proposed
    encoding: str = ""  # of a file that is not UTF-8: proposed on the mapping page, to be named on the command line

    def describe(self) -> list[str]:
        """Return the choices as "name=value"."""
        plain = {"find_by": self.find_by, "date_format": self.date_format, "hidden_rows": self.hidden_rows}
        plain |= {"encoding": self.encoding}
        chosen = {key: "on" if value is True else value for key, value in self.options.items()}
        named = {**{key: value for key, value in plain.items() if value}, **self.columns, **self.fixed, **chosen}
        return [f"{key}={value}" for key, value in named.items()] + [f"compare {key}" for key in self.checks]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One file: what it shows, who imports it, what has to be chosen, what is expected."""

    name: str
    shows: str
    write: Callable[[Path], None]
    expected: Expected
    kind: str = "completions"
    organisation: str = "northfield"
    username: str = "maria.keller"
    choices: Choices = field(default_factory=Choices)

    def describe(self) -> dict[str, Any]:
        """Return the sample as plain data, without how it is written."""
        return {
            "file": self.name,
            "shows": self.shows,
            "kind": self.kind,
            "organisation": self.organisation,
            "as": self.username,
            "choices": {key: value for key, value in asdict(self.choices).items() if value},
            **{key: value for key, value in asdict(self.expected).items() if value and value != State.READY},
        }


def samples_directory() -> Path:
    """Return the folder the demo writes its sample files to."""
    return Path(settings.DATA_DIR) / "samples"


def write_samples(directory: Path, *, at: datetime, signature: str = "") -> list[Path]:
    """Write the files that are missing, and what to expect at that time beside them; return the files of all samples.

    `signature` is that of the template of the sign-in sheet, which only a loaded organisation can give.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for sample in make_samples(at, signature):
        path = directory / sample.name
        if not path.exists():
            part = directory / f".{sample.name}"
            sample.write(part)
            part.replace(path)
    described = [sample.describe() for sample in make_samples(at)]
    (directory / "expected.json").write_text(json.dumps(described, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (directory / "EXPECTED.md").write_text(format_expected(at), "utf-8")
    return [directory / sample.name for sample in make_samples(at)]


def format_expected(at: datetime) -> str:
    """Return the table of expected numbers as Markdown."""
    outcomes = (
        *(Outcome.CREATED, Outcome.UPDATED, Outcome.ADDED_TO_HISTORY, Outcome.EVIDENCE, Outcome.UNCHANGED),
        Outcome.SKIPPED,
    )
    heads = [
        "file",
        "what it shows",
        "rows",
        *(str(o.value).replace("_", " ") for o in outcomes),
        "rejected",
        "codes",
        "e-mails",
    ]
    lines = [
        "# The sample files, and what importing them gives",
        "",
        "Numbers hold on fresh demo data, with what the mapping page suggests unless choices are named.",
        f"Who has lapsed or expired (R405) or may renew already (R406) is as of {at:%d/%m/%Y}.",
        "",
        f"| {' | '.join(heads)} |",
        f"|{' --- |' * len(heads)}",
    ]
    for sample in make_samples(at):
        expected = sample.expected
        counts = [f"{expected.outcomes.get(outcome, 0):,}" for outcome in (*outcomes, Outcome.REJECTED)]
        codes = [*expected.file_problems, *(f"{code}: {rows:,}" for code, rows in sorted(expected.problems.items()))]
        if expected.refused:
            counts, codes = ["-"] * len(counts), [f"refused: {expected.refused}"]
        chosen = sample.choices.describe()
        shows = sample.shows + (f" (with {', '.join(chosen)})" if chosen else "")
        rows = f"{expected.rows:,}" if expected.rows else "-"
        mails = "" if expected.messages is None else f"{expected.messages['emails']:,}"
        lines.append(
            f"| {sample.name} | {shows} | {rows} | {' | '.join(counts)} | {', '.join(codes) or '-'} | {mails} |"
        )
    return "\n".join(lines) + "\n"


def _texts(rows: small_files.Rows) -> list[list[str]]:
    return [["" if cell is None else str(cell) for cell in row] for row in rows]


def _write_csv(make: Callable[[], small_files.Rows], *, delimiter: str = ",") -> Callable[[Path], None]:
    return lambda path: write_csv_file(path, _texts(make()), delimiter=delimiter)


def _write_xlsx(make: Callable[[], small_files.Rows], *, sheet: str, **how: Any) -> Callable[[Path], None]:
    return lambda path: write_xlsx_file(path, make(), sheet=sheet, **how)


def _write_big(path: Path) -> None:
    write_csv_file(path, [big_file.HEADER, *big_file.make_rows()])


def _write_too_big(path: Path) -> None:
    rows = [row.cells() for row in big_file.make_good_rows()]
    write_csv_file(path, [big_file.HEADER, *rows, *rows[: 50_001 - len(rows)]])


def _write_old_lms(path: Path) -> None:
    titles = [["Schulungsexport Lernportal 4.2"], ["Stand: 14.11.2026"], []]
    rows: list[tuple[str, ...] | list[str]] = [*titles, _OLD_LMS_HEADER]
    rows += [row.cells() for row in old_lms.make_export_rows()]
    write_csv_file(path, rows, delimiter=";", encoding="cp1252")


def _add_arrivals(sample: Sample, current: Iterable[tuple[str, date]], *, at: datetime) -> Sample:
    expected, today = sample.expected, at.astimezone(_ZONES[sample.organisation]).date()
    problems = {**expected.problems, **count_arrivals(current, today=today)}
    return replace(sample, expected=replace(expected, problems=problems))


@cache
def make_samples(at: datetime, signature: str = "") -> tuple[Sample, ...]:
    """Return all samples, in the order of their names, with what to expect at that time; `signature`: `write_samples`."""
    arrivals = {
        BIG_FILE: big_file.list_current(),
        "02-old-lms-export.csv": old_lms.list_current(),
        **small_files.list_current(),
    }
    samples = [_add_arrivals(sample, arrivals.get(sample.name, ()), at=at) for sample in _make_samples()]
    samples += [_make_certificates(at=at), *_make_sign_in_sheet(signature)]
    return tuple(sorted(samples, key=lambda sample: sample.name))


def _make_certificates(*, at: datetime) -> Sample:
    return Sample(
        name="11-certifications-with-old-expiry.csv",
        shows="certificates of a merged trust: expired ones, a mistyped short name, old expiries taken for due dates",
        write=lambda path: write_csv_file(path, old_certificates.make_rows()),
        kind="certifications",
        choices=Choices(
            date_format="dd/mm/yyyy", options={"action": Action.CERTIFY_IF_MORE_RECENT.value, "evidence": True}
        ),
        expected=expect_certificates(today=at.astimezone(_ZONES["northfield"]).date()),
    )


def _make_sign_in_sheet(signature: str) -> tuple[Sample, ...]:
    return (
        Sample(
            name="12-first-aid-sign-in.xlsx",
            shows="the filled-in template of a first aid course; three rows are wrong, and it is all or nothing",
            write=lambda path: sign_in_sheet.write_sheet(path, signature=signature),
            kind="offline_records",
            expected=expect_sheet(),
        ),
        Sample(
            name="12-scan.pdf",
            shows="the paper everybody signed, scanned: nothing to import",
            write=sign_in_sheet.write_scan,
            kind="offline_records",
            expected=Expected(refused="F001"),
        ),
    )


def _make_samples() -> tuple[Sample, ...]:
    _, lost = small_files.make_lost_zero_rows()
    by_department = Filter(column=0, shown=small_files.SHOWN_DEPARTMENT)
    return (
        Sample(
            name=BIG_FILE,
            shows="50,000 completions; 2 % of them wrong in several ways, 5 % repeats",
            write=_write_big,
            expected=expect_big(),
        ),
        Sample(
            name="01-clean.xlsx",
            shows="nothing to say: every row can be imported, and nobody is told",
            write=_write_xlsx(small_files.make_clean_rows, sheet="Completions"),
            expected=replace(expect_created(small_files.CLEAN_ROWS), messages=NO_MESSAGES),
        ),
        Sample(
            name="02-old-lms-export.csv",
            shows="the export of a German learning system: semicolons, Windows-1252, column names in row 4",
            write=_write_old_lms,
            choices=Choices(encoding="cp1252", options={"opens_retakes": True}),
            expected=expect_old_lms(),
        ),
        Sample(
            name="03-trainer-sheet.xlsx",
            shows="a trainer's sheet: names and e-mail addresses, no course code, no date",
            write=_write_xlsx(small_files.make_trainer_rows, sheet="Attendance", header_at=2, bold_rows=(0,)),
            choices=Choices(
                find_by="email",
                columns={"username": "E-mail"},
                fixed={"course_code": "MH-105", "completed_on": "13/11/2026"},
            ),
            expected=expect_created(24, R102=1, R103=1),
        ),
        Sample(
            name="04-us-dates-all-below-13.csv",
            shows="month/day/year, and nothing in the file proves it",
            write=_write_csv(small_files.make_us_rows),
            choices=Choices(date_format="mm/dd/yyyy"),
            expected=with_file_problems(expect_created(120), "F006"),
        ),
        Sample(
            name="05-day-and-month-mixed.csv",
            shows="two date orders in one column",
            write=_write_csv(small_files.make_mixed_rows),
            expected=with_file_problems(expect_created(100, R302=30), "F007"),
        ),
        Sample(
            name="06-lost-zeros.csv",
            shows="employee ids that lost their leading zeros in a spreadsheet",
            write=_write_csv(lambda: small_files.make_lost_zero_rows()[0]),
            choices=Choices(find_by="employee_id"),
            expected=expect_created(60, R105=lost),
        ),
        Sample(
            name="07-filtered.xlsx",
            shows="5,000 rows, 3,214 of them hidden by a filter",
            write=_write_xlsx(small_files.make_filtered_rows, sheet="All departments", filtered=by_department),
            choices=Choices(hidden_rows="visible"),
            expected=with_file_problems(expect_created(small_files.FILTERED_ROWS - small_files.HIDDEN_ROWS), "F011"),
        ),
        Sample(
            name="08-dragged-down.xlsx",
            shows="a course code that was dragged down: FS-101, FS-102, FS-103",
            write=_write_xlsx(small_files.make_dragged_rows, sheet="Sheet1"),
            expected=expect_created(40, R202=39),
        ),
        Sample(
            name="09-sorted-one-column.xlsx",
            shows="usernames and dates sorted each by itself: every row looks right",
            write=_write_xlsx(small_files.make_sorted_rows, sheet="Sheet1"),
            expected=expect_created(300),
        ),
        Sample(
            name="10-merger-jsmith.csv",
            shows="the list of a merged hospital, where somebody else was jsmith; names are compared",
            write=_write_csv(small_files.make_merger_rows),
            choices=Choices(checks={"first_name": "First name", "last_name": "Last name"}),
            expected=expect_created(60, R102=3, R106=6),
        ),
        Sample(
            name="13-benutzer-schulungen.csv",
            shows="a German list for Bergmann",
            write=_write_csv(small_files.make_bergmann_rows, delimiter=";"),
            organisation="bergmann",
            username="sabine.vogt",
            expected=expect_created(1_200, R102=40, R202=60),
        ),
        Sample(
            name="14-too-big.csv",
            shows="50,001 rows",
            write=_write_too_big,
            expected=Expected(refused="F003"),
        ),
        Sample(
            name="15-old.xls",
            shows="a workbook of Excel 97",
            write=lambda path: write_ole_file(path, streams=("Workbook",)),
            expected=Expected(refused="F001"),
        ),
        Sample(
            name="16-password.xlsx",
            shows="a workbook with a password",
            write=lambda path: write_ole_file(path, streams=("EncryptionInfo", "EncryptedPackage")),
            expected=Expected(refused="F001"),
        ),
    )
