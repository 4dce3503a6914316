"""Shows what was measured: a table for the terminal, numbers as JSON, a part of docs/performance.md."""

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import connection

from bench.ours import Run

BEGIN: Final = "<!-- written by make bench: begin -->"
END: Final = "<!-- written by make bench: end -->"


def say(text: str) -> None:
    """Write to the terminal at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Measured:
    """One contestant's time for 50,000 rows; `scaled_from` is the number of rows it really did, where fewer."""

    key: str
    label: str
    seconds: float
    rows: int
    scaled_from: int | None = None
    processor_seconds: float | None = None  # of everything that took part, the database included
    run: Run | None = None

    @property
    def note(self) -> str:
        """What has to be known about the number."""
        if self.scaled_from not in (None, self.rows):
            return f"scaled from {self.scaled_from:,} rows"
        return f"{self.processor_seconds:.1f} processor seconds" if self.processor_seconds else ""

    def as_json(self) -> dict[str, Any]:
        """Return the numbers."""
        numbers: dict[str, Any] = {
            "key": self.key,
            "seconds": round(self.seconds, 3),
            "rows": self.rows,
            "rows_per_second": round(self.rows / self.seconds),
            "scaled_from": self.scaled_from,
            "all_processor_seconds": self.processor_seconds and round(self.processor_seconds, 2),
        }
        if self.run is not None:
            numbers |= {
                "upload_seconds": round(self.run.upload_seconds, 3),
                "phases": {name: round(seconds, 3) for name, seconds in self.run.phases.items()},
                "counts": self.run.counts,
                "peak_megabytes": {name: round(used.peak_megabytes) for name, used in self.run.used.items()},
                "processor_seconds": {name: round(used.processor_seconds, 2) for name, used in self.run.used.items()},
            }
        return numbers


def describe_machine() -> dict[str, str]:
    """Return what the numbers depend on; nothing that names a machine or its owner."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (server,) = cursor.fetchone()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GB",
        "python": platform.python_version(),
        "postgresql": str(server).split()[0],
    }


def format_table(measured: Sequence[Measured]) -> str:
    """Return the table for the terminal."""
    floor, ours = _seconds(measured, "floor"), _seconds(measured, "ours_csv")
    lines = [f"{'50,000 rows':24}{'seconds':>9}{'rows/s':>9}{'x floor':>9}{'x ours':>9}   note"]
    lines += [
        f"{one.label:24}{one.seconds:9.2f}{one.rows / one.seconds:9,.0f}{one.seconds / floor:9.2f}"
        f"{one.seconds / ours:9.2f}   {one.note}".rstrip()
        for one in measured
    ]
    for one in measured:
        if one.run is not None:
            lines += ["", one.label, *_describe_run(one.run)]
    return "\n".join(lines)


def _describe_run(run: Run) -> list[str]:
    phases = ", ".join(f"{name} {seconds:.2f}" for name, seconds in run.phases.items())
    memory = ", ".join(f"{name} {used.peak_megabytes:.0f}" for name, used in run.used.items() if name != "database")
    work = ", ".join(f"{name} {used.processor_seconds:.2f}" for name, used in run.used.items())
    return [
        f"  upload answered in {run.upload_seconds:.2f} s",
        f"  seconds by phase: {phases}",
        f"  peak memory (MB): {memory}",
        f"  processor seconds: {work}",
    ]


def write_page(
    path: Path, measured: Sequence[Measured], *, machine: dict[str, str], existing: int, is_quick: bool
) -> None:
    """Replace the generated part of the page."""
    page = path.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    made = "\n".join(_write_part(measured, machine=machine, existing=existing, is_quick=is_quick))
    path.write_text(f"{head}{BEGIN}\n\n{made}\n\n{END}{tail}", encoding="utf-8")


def _write_part(measured: Sequence[Measured], *, machine: dict[str, str], existing: int, is_quick: bool) -> list[str]:
    floor, ours = _seconds(measured, "floor"), _seconds(measured, "ours_csv")
    xlsx, peer = _seconds(measured, "ours_xlsx"), _seconds(measured, "peer")
    command = "make bench QUICK=1" if is_quick else "make bench"
    conditions = (
        f"One run of `{command}`: {machine['cores']} cores, {machine['memory']}, {machine['system']}, "
        f"Python {machine['python']}, PostgreSQL {machine['postgresql']}; {existing:,} completions there before."
    )
    ratios = (
        f"Rollbook took {ours / floor:.2f} times the floor ({ours - floor:.2f} s more) and was {peer / ours:.1f} times as "
        f"fast as django-import-export; XLSX took {xlsx / ours:.2f} times as long as CSV."
    )
    lines = [
        conditions,
        "",
        "| 50,000 rows | seconds | rows a second | against the floor | against Rollbook, CSV | |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    lines += [
        f"| {one.label} | {one.seconds:.2f} | {one.rows / one.seconds:,.0f} | {one.seconds / floor:.2f} x | "
        f"{one.seconds / ours:.2f} x | {one.note} |"
        for one in measured
    ]
    lines += [
        "",
        ratios,
        "",
        "| | upload answered | worker, peak | parser, peak | worker, processor | parser | database |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in measured:
        if one.run is not None:
            used = one.run.used
            lines.append(
                f"| {one.label} | {one.run.upload_seconds:.2f} s | {used['worker'].peak_megabytes:.0f} MB | "
                f"{used['parser'].peak_megabytes:.0f} MB | {used['worker'].processor_seconds:.1f} s | "
                f"{used['parser'].processor_seconds:.1f} s | {used['database'].processor_seconds:.1f} s |"
            )
    return lines


def _seconds(measured: Sequence[Measured], key: str) -> float:
    return next(one.seconds for one in measured if one.key == key)
