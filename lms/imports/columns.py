"""Columns of an importer: what they are called, and how a cell becomes a value or a problem. Pure functions.

A `Cell` is what the readers deliver: text, None, or a typed XLSX cell such as {"n": "123"} or {"d": "2024-05-01"}.
A parser returns (value, problem): exactly one of the two is set, or neither for an empty cell.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from django.utils.translation import gettext_lazy as _

from lms.core.text import clean_text, find_control_character, header_key, match_key

Cell = str | dict[str, Any] | None
# (code, field key, parameters): the stored form of a row's problem.
RowProblem = tuple[str, str, dict[str, Any]]
Kind = Literal["person", "item", "date", "number", "text", "choice", "status", "check"]

_EXPONENT: Final = re.compile(r"^[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+$")
_SHORTENED: Final = re.compile(r"^[0-9][.,][0-9]+E\+[0-9]+$")  # as a spreadsheet writes a long number into a .csv
_NUMBER: Final = re.compile(r"^[+-]?[0-9]{1,12}([.,][0-9]{1,6})?$")
SHOWN_CHARACTERS: Final = 80
# By which the column with the day of a completion is recognised, whatever was completed.
COMPLETION_DATE_NAMES: Final = (
    "completion date",
    "date completed",
    "completed",
    "completed on",
    "date",
    "date done",
    "finished",
    "finish date",
    "abgeschlossen am",
    "abschlussdatum",
    "datum",
    "absolviert am",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One field an importer understands.

    `kind` says how a cell is read; "check" columns are compared and never stored (E-10). `aliases` are further
    column names by which the field is recognised, English and German. `label` and `help` are translatable.
    `sample` is the text of a sample row; of a date after the first, the number of days after that one.
    """

    key: str
    label: Any
    kind: Kind
    help: Any = ""
    required: bool = False
    aliases: Sequence[str] = ()
    sample: str = ""
    max_length: int = 255
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    # Of a choice: value as stored -> spellings by which it is recognised, its own word first (R503 otherwise).
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unreadable: str = "R302"  # the problem of a date that cannot be read
    is_code: bool = False  # a text that is a number or code of its own: what a spreadsheet has changed is R105
    header: str = ""  # its name in the template, where that is not the label; it is recognised by it too
    filled: str = ""  # what the template fills into each of its cells, samples and people alike (S-11)
    absent_label: Any = ""  # the choice that a file does not have this needed column (T-75)
    absent_option: str = ""  # the same on the command line
    header_keys: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        names = {self.key, *self.aliases, *([self.header] if self.header else [])}
        object.__setattr__(self, "header_keys", frozenset(header_key(name) for name in names))


def make_person_column(*, header: str = "") -> Column:
    """Return the column by which the person of a row is found."""
    return Column(
        key="username",
        header=header,
        label=_("Username"),
        kind="person",
        required=True,
        max_length=100,
        sample="jane.doe",
        help=_("The person's username, or the identifier chosen at “Find people by”."),
        aliases=(
            "user name",
            "user",
            "user id",
            "login",
            "login name",
            "benutzername",
            "benutzer",
            "anmeldename",
            "kennung",
            "personalnr",
            "personalnr.",
            "personalnummer",
            "e-mail",
            "email",
            "employee id",
            "employee number",
            "mitarbeiternummer",
            "mitarbeiter id",
        ),
    )


def shorten(value: str) -> str:
    """Return a value cut for display in a problem."""
    return value if len(value) <= SHOWN_CHARACTERS else value[: SHOWN_CHARACTERS - 1] + "…"


def cell_text(cell: Cell) -> str:
    """Return the text of any cell as a person would read it; empty for an empty one."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if "b" in cell:
        return "TRUE" if cell["b"] else "FALSE"
    return str(next(iter(cell.values())))


def _cell_error(cell: Cell, column: Column) -> RowProblem | None:
    if not isinstance(cell, dict) or "e" not in cell:
        return None
    if cell["e"] == "too_long":
        return "R502", column.key, {"n": cell.get("len", 0), "max": column.max_length}
    if cell["e"] == "nul":
        return "R505", column.key, {"character": "U+0000", "n": cell.get("at", 1)}
    return "R504", column.key, {"value": str(cell["e"])}


def parse_identifier(cell: Cell, column: Column) -> tuple[str | None, RowProblem | None]:
    """Read an identifier of a person or an item exactly as written (E-55, E-56, R105, R502, R505)."""
    if isinstance(cell, dict):
        error = _cell_error(cell, column)
        if error is None and ("n" not in cell or cell.get("x")):
            error = "R105", column.key, {"value": shorten(cell_text(cell))}
        if error is not None:
            return None, error
        cell = str(cell["n"])
    text = clean_text(cell or "")
    if not text:
        return None, None
    if len(text) > column.max_length:
        return None, ("R502", column.key, {"n": len(text), "max": column.max_length, "value": shorten(text)})
    if text[0].isdigit() and _EXPONENT.match(text):
        return None, ("R105", column.key, {"value": text})
    strange = find_control_character(text)
    if strange is not None:
        return None, ("R505", column.key, {"character": strange[0], "n": strange[1]})
    return text, None


def parse_text(cell: Cell, column: Column) -> tuple[str | None, RowProblem | None]:
    """Read free text, trimmed (R502)."""
    error = _cell_error(cell, column)
    if error is not None:
        return None, error
    text = clean_text(cell_text(cell))
    if not text:
        return None, None
    if len(text) > column.max_length:
        return None, ("R502", column.key, {"n": len(text), "max": column.max_length})
    return text, None


def parse_code(cell: Cell, column: Column) -> tuple[str | None, RowProblem | None]:
    """Read a code that nobody is found by, exactly as written; unlike an identifier, "12E5" as a text is one (R105)."""
    if isinstance(cell, dict):
        is_changed = "e" not in cell and ("n" not in cell or bool(cell.get("x")))
    else:
        is_changed = _SHORTENED.match(clean_text(cell or "")) is not None
    if is_changed:
        return None, ("R105", column.key, {"value": shorten(cell_text(cell))})
    return parse_text(cell, column)


def parse_number(cell: Cell, column: Column) -> tuple[str | None, RowProblem | None]:
    """Read a plain decimal number with point or comma; return it as canonical text, rounded to two places (R501).

    ASCII digits only, no exponent, no grouping, no NaN: `Decimal` itself would take more than a person means.
    """
    error = _cell_error(cell, column)
    if error is not None:
        return None, error
    text = clean_text(cell_text(cell))
    if not text:
        return None, None
    number: Decimal | None = None
    if len(text) <= SHOWN_CHARACTERS and text.isascii():
        plain = text.removesuffix("%").rstrip()
        if isinstance(cell, dict) and "n" in cell and "." in plain:
            plain = plain[: plain.index(".") + 7]  # 0.30000000000000004 is 0.3: a spreadsheet's arithmetic
        if _NUMBER.match(plain):
            number = Decimal(plain.replace(",", ".")).quantize(Decimal("0.01"))
    low, high = column.minimum, column.maximum
    if number is None or (low is not None and number < low) or (high is not None and number > high):
        return None, ("R501", column.key, {"value": shorten(text), "min": str(low), "max": str(high)})
    return format(number, "f"), None


def parse_choice(cell: Cell, column: Column) -> tuple[str | None, RowProblem | None]:
    """Read one of a column's choices, however it is spelled; return the value as stored (R503)."""
    text, problem = parse_text(cell, column)
    if text is None:
        return None, problem
    key = match_key(text)
    for value, spellings in column.choices.items():
        if key in {match_key(spelling) for spelling in (value, *spellings)}:
            return value, None
    words = ", ".join(spellings[0] if spellings else value for value, spellings in column.choices.items())
    return None, ("R503", column.key, {"value": shorten(text), "list": words})
