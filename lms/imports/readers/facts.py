"""What the readers are told and what they answer: options, limits, refusals and the sniffed picture of a file.

Public: ReadOptions, ReadLimits, FileRefused, Sniffed, Cell, Row. Shared by the parent and the parser child, so this module
imports the standard library only: no Django, no database.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, TypeAlias

# One cell: text exactly as in the file, None (empty), or one of
#   {"n": "123"} number as an identifier column shows it, plus "x": 1 if Excel may have changed it (R105),
#   {"d": "2024-05-01"} or {"d": "2024-05-01T10:00:00"} real date cell, {"b": True} truth value,
#   {"e": name} cell that cannot be used: an Excel error such as "#N/A", or one of CELL_FAULTS
#     ("nul" comes with "at", the 1-based position; "too_long" with "len", its number of characters).
Cell: TypeAlias = str | dict[str, str | int | bool] | None
Row: TypeAlias = tuple[int, list[Cell]]

CELL_FAULTS: Final = ("#FORMULA", "nul", "surrogate", "quote", "too_long", "number", "date")

DELIMITERS: Final = (",", ";", "\t", "|", ":")
QUOTES: Final = ('"', "'", "")
HEADER_SEARCH_ROWS: Final = 20  # E-01
SIGNATURE_MARKER: Final = "rollbook-template:"  # how the cell begins by which a template says what it is for (S-11)
SIGNATURE_SEARCH_ROWS: Final = 80
MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a person chose about reading; None means: detect."""

    sheet: str | None = None
    header_row: int | None = None  # 1-based row of the column names; 0 = the file has none (E-01, L-18)
    encoding: str | None = None
    delimiter: str | None = None  # one of DELIMITERS
    quote: str | None = None  # one of QUOTES; "" = no quoting
    hidden_rows: str | None = None  # "all" | "visible" (E-02, F011)


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """The limits of E-53; sizes in bytes, times in seconds."""

    max_rows: int = 50_000
    max_columns: int = 256
    max_cell_chars: int = 32_767
    max_row_chars: int = 1_000_000
    max_unpacked: int = 200 * MEBIBYTE  # all parts of an .xlsx together, and all text given out
    max_part: int = 100 * MEBIBYTE
    max_ratio: int = 200
    ratio_applies_above: int = 10 * MEBIBYTE
    max_entries: int = 1_000
    cpu_seconds: int = 60
    wall_seconds: int = 120
    address_space: int = 1024 * MEBIBYTE


class FileRefused(Exception):  # noqa: N818 - nothing went wrong: refusing is an answer
    """The file cannot be imported as it is: the F-code and what its sentence needs."""

    def __init__(self, code: str, params: dict[str, str | int] | None = None) -> None:
        super().__init__(code, params or {})
        self.code = code
        self.params: dict[str, str | int] = params or {}


@dataclass(frozen=True, slots=True)
class Sniffed:
    """The picture of a file after one full read: how it was read, its names, samples and counts (E-54, E-01, E-02).

    `data_rows` counts non-blank rows below the header, hidden ones too unless they were left out by choice;
    `hidden_rows` and `visible_rows` split all of them. Texts of samples and headers are cut for showing.
    """

    format: str  # "csv" | "xlsx"
    sheets: list[str] = field(default_factory=list)  # visible sheets with data
    sheet: str | None = None
    encoding: str | None = None
    encoding_certain: bool = True
    encodings_offered: list[str] = field(default_factory=list)
    first_undecodable: list[int] | None = None  # [row, byte offset] of the first byte that is not UTF-8
    delimiter: str | None = None
    quote: str | None = None
    newline: str | None = None  # "crlf" | "lf" | "cr" | "mixed"
    header_row: int = 0
    header_certain: bool = False
    headers: list[str] = field(default_factory=list)
    top_rows: list[tuple[int, list[Cell]]] = field(default_factory=list)
    sample_rows: list[tuple[int, list[Cell]]] = field(default_factory=list)
    data_rows: int = 0
    blank_rows: int = 0
    ignored_rows_above: int = 0
    hidden_rows: int = 0
    visible_rows: int = 0
    signature: str = ""  # by which a template says what it is for (S-11); a text file has none

    def to_json(self) -> dict[str, Any]:
        """Return plain data that fits a jsonb column."""
        data = asdict(self)
        data["top_rows"] = [list(row) for row in self.top_rows]
        data["sample_rows"] = [list(row) for row in self.sample_rows]
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Sniffed:
        """Return the picture stored by `to_json`."""
        values = dict(data)
        for name in ("top_rows", "sample_rows"):
            values[name] = [(row_no, cells) for row_no, cells in values[name]]
        return cls(**values)

    def resolve_options(self, chosen: ReadOptions) -> ReadOptions:
        """Return `chosen` with everything that was left open filled from this picture: what `read_rows` needs."""
        return replace(
            chosen,
            sheet=self.sheet,
            header_row=self.header_row,
            encoding=self.encoding,
            delimiter=self.delimiter,
            quote=self.quote,
        )
