"""Questions a file asks before it can be checked: date order, hidden rows, and whether row 1 is a record.

F006 (W4), F011 (W5) and L-18 have no default answer. Public: `Question`, `Answer`, `ask_about`, `needs_answer`,
`note_first_row_answered`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from lms.core.text import header_key
from lms.core.wording import say_date, say_number
from lms.imports.columns import cell_text
from lms.imports.dates import DateFormat, read_date
from lms.imports.importer import Importer
from lms.imports.mapping import Mapping, header_names, own_date_format
from lms.imports.models import ImportBatch
from lms.people.models import User

_ANSWERED: Final = "first_row_answered"  # kept with the batch's options
# The format that stands for an order where the profile's own has another one.
_STANDARD: Final = {"dmy": "dd/mm/yyyy", "mdy": "mm/dd/yyyy"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One way to answer; `note` marks what the profile would say."""

    value: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question about the file. `field` is the form field that takes the answer.

    `blocks_reading`: it is answered by reading the file again, not with the mapping.
    """

    code: str
    text: str
    field: str
    answers: tuple[Answer, ...]
    blocks_reading: bool


def ask_about(importer: Importer, *, batch: ImportBatch, actor: User) -> list[Question]:
    """Return the open questions about this file."""
    questions = [_ask_hidden_rows(problem) for problem in batch.problems if problem["code"] == "F011"]
    first_row = _ask_first_row(importer, batch)
    if first_row is not None:
        questions.append(first_row)
    questions += [
        _ask_date_order(importer, batch, problem, actor=actor)
        for problem in batch.problems
        if problem["code"] == "F006"
    ]
    return questions


def needs_answer(questions: Iterable[Question], mapping: Mapping) -> bool:
    """Return whether a question is still open with this mapping."""
    return any(question.blocks_reading or not mapping.date_order_answered for question in questions)


def _ask_hidden_rows(problem: dict[str, Any]) -> Question:
    params = problem["params"]
    numbers = {key: say_number(params.get(key)) for key in ("n", "total", "m")}
    return Question(
        code="F011",
        text=_(
            "%(n)s rows of this sheet are hidden, probably by a filter. Import all %(total)s rows, or only the %(m)s "
            "you can see?"
        )
        % numbers,
        field="read-hidden_rows",
        answers=(
            Answer("all", _("All %(total)s rows") % numbers),
            Answer("visible", _("Only the %(m)s you can see") % numbers),
        ),
        blocks_reading=True,
    )


def _ask_first_row(importer: Importer, batch: ImportBatch) -> Question | None:
    """Ask "Is row 1 a record?" where the header box and row 1 disagree (L-18)."""
    sniffed = batch.sniffed or {}
    top_rows = sniffed.get("top_rows") or []
    if sniffed.get("header_row") or not top_rows:
        return None
    row_no, cells = top_rows[0]
    chosen = (batch.read_options or {}).get("header_row")
    known = frozenset().union(*(column.header_keys for column in importer.columns))
    holds_names = any(header_key(cell_text(cell)) in known for cell in cells if cell is not None)
    is_agreed = chosen == 0 and not holds_names
    if is_agreed or bool((batch.options or {}).get(_ANSWERED)):
        return None
    shown = ", ".join(text for text in (cell_text(cell) for cell in cells[:5]) if text)
    return Question(
        code="L-18",
        text=_("Is row %(n)s a record? It reads: %(cells)s.") % {"n": row_no, "cells": shown},
        field="read-header_row",
        answers=(
            Answer(str(row_no), _("No, it holds the column names")),
            Answer("0", _("Yes, import it; the file has no column names")),
        ),
        blocks_reading=True,
    )


def note_first_row_answered(batch: ImportBatch) -> None:
    """Remember that somebody has said on the mapping page where the column names stand."""
    batch.options = {**(batch.options or {}), _ANSWERED: True}
    ImportBatch.objects.filter(pk=batch.pk).update(options=batch.options)


def _ask_date_order(importer: Importer, batch: ImportBatch, problem: dict[str, Any], *, actor: User) -> Question:
    sample = str(problem["params"].get("sample", ""))
    # The format that counts unless somebody answers otherwise: that of the profile, or of the person's last upload.
    own = own_date_format(actor)
    note = _("as in your profile")
    if importer.remembers_settings and batch.mapping.get("date_format"):
        own, note = str(batch.mapping["date_format"]), _("as chosen")
    own_order = DateFormat.parse(own).order
    column = (batch.mapping.get("columns") or {}).get(problem["params"].get("field"))
    names = header_names(batch)
    where = names[column] if isinstance(column, int) and column < len(names) else ""
    answers = []
    orders = dict(_STANDARD)
    if read_date(sample, date_format=DateFormat.parse(own)) is not None:
        orders.setdefault(own_order, own)  # years of two digits can stand first
    for order, standard in orders.items():
        is_own = own_order == order
        name = own if is_own else standard
        day = read_date(sample, date_format=DateFormat.parse(name)) or read_date(
            sample, date_format=DateFormat(order, two_digit_year=True)
        )
        if read_date(sample, date_format=DateFormat.parse(name)) is None:
            name = name.replace("yyyy", "yy")
        answers.append(Answer(name, say_date(day), note if is_own else ""))
    answers.sort(key=lambda answer: not answer.note)
    return Question(
        code="F006",
        text=_("Every date in “%(column)s” can be read two ways. What is %(sample)s?")
        % {"column": where, "sample": sample},
        field="date_order",
        answers=tuple(answers),
        blocks_reading=False,
    )
