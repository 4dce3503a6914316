"""What the review shows, made from a batch's stored summary: problems by value and code, changes, what stays (E-17).

Public: `ProblemGroup`, `ProblemValue`, `Change`, `Newer`, `Review`, `build_review`, `word_problem`, `label_field`,
`suggest_values`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lms.core.components import Bar
from lms.core.wording import say_number
from lms.imports import suggesting
from lms.imports.effects import KEPT, Example, count_effects, count_newer, find_examples
from lms.imports.importer import Importer
from lms.imports.kind_words import KindWords
from lms.imports.mapping import FIND_BY
from lms.imports.models import ImportBatch, Outcome, State
from lms.imports.problems import Level, describe_parts, is_fatal, level_of
from lms.people.models import User

VALUES_SHOWN: Final = 10
_ISO: Final = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_TITLES: Final[dict[str, Any]] = {
    "R101": gettext_lazy("Person is empty"),
    "R102": gettext_lazy("People not found"),
    "R103": gettext_lazy("Several people match"),
    "R104": gettext_lazy("Deactivated people"),
    "R105": gettext_lazy("Changed by a spreadsheet"),
    "R106": gettext_lazy("Name does not fit the person"),
    "R107": gettext_lazy("Deactivated people"),
    "R201": gettext_lazy("Code is empty"),
    "R202": gettext_lazy("Not found by its code"),
    "R206": gettext_lazy("Closed for imports"),
    "R207": gettext_lazy("Status is not completed"),
    "R108": gettext_lazy("Not in the user domain"),
    "R208": gettext_lazy("Sample rows of the template"),
    "R209": gettext_lazy("Rows for something else"),
    "R210": gettext_lazy("Not open to the user domain"),
    "R211": gettext_lazy("Left out after the check"),
    "R301": gettext_lazy("Date is empty"),
    "R302": gettext_lazy("Not a date"),
    "R303": gettext_lazy("In the future"),
    "R304": gettext_lazy("Too early"),
    "R306": gettext_lazy("Completed after the due date"),
    "R401": gettext_lazy("Already recorded"),
    "R402": gettext_lazy("Would replace a newer completion"),
    "R403": gettext_lazy("The same row twice in the file"),
    "R404": gettext_lazy("Kept as history"),
    "R405": gettext_lazy("Lapsed already"),
    "R407": gettext_lazy("Already recorded with other details"),
    "R501": gettext_lazy("Not a valid number"),
    "R502": gettext_lazy("Too long"),
    "R503": gettext_lazy("Not in the list"),
    "R504": gettext_lazy("Errors of the spreadsheet"),
    "R505": gettext_lazy("Invisible characters"),
    "R506": gettext_lazy("Needed cells are empty"),
    "R507": gettext_lazy("Dates that contradict each other"),
    "R601": gettext_lazy("Wrong number of cells"),
}
# Infos that only say what the totals and "What is not changed" already say, where they do not fail a row.
_SAID_ELSEWHERE: Final = frozenset({"R401", "R404", "R207", "R208", "R211", "R403"})
_WHY_NOT: Final = ("R401", "R403", "R407", "R207", "R208", "R211")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemValue:
    """One distinct value with its problem: rows, the first of them, and what may have been meant."""

    value: str
    rows: int
    first_row: int
    sentence: str
    suggestions: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemGroup:
    """One code in one field."""

    code: str
    title: str
    level: str
    tone: str
    field_label: str
    rows: int
    distinct: int
    first_rows: list[int]
    sentence: str  # only where the group has no values of its own
    fix: str
    values: list[ProblemValue]
    more_values: int


@dataclass(frozen=True, slots=True)
class Change:
    """One line of "What changes" or "What is not changed", with its rows behind it and some of them by name."""

    rows: int
    words: str
    href: str = ""
    tone: str = "neutral"
    examples: Sequence[Example] = ()
    more: int = 0  # rows that are not among the examples


@dataclass(frozen=True, slots=True)
class Newer:
    """People who have a newer completion than the file's, and whether that one is kept (W9)."""

    people: int
    is_kept: bool
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The whole review; its order on the page is the specification's."""

    years: list[Bar]
    unusual: list[str]
    failing: list[ProblemGroup]
    noting: list[ProblemGroup]
    changes: list[Change]
    unchanged: list[Change]
    likely_cause: str
    importable: int
    failed: int
    left_out: int
    newer: Newer | None = None
    statuses: list[dict[str, Any]] = field(default_factory=list)


def word_problem(
    code: str, params: Mapping[str, Any], *, field_key: str, importer: Importer, find_by: str = "username"
) -> tuple[str, str]:
    """Return (what is wrong, what to do) with labels, days and states in words."""
    shown: dict[str, Any] = {"item": str(importer.item_label), **params}
    shown.setdefault("field", label_field(importer, field_key, find_by=find_by))
    if code == "F008" and shown.get("state") in State.values:
        shown["state"] = str(State(shown["state"]).label)
    return describe_parts(code, shown, words=importer.problem_words)


def label_field(importer: Importer, key: str, *, find_by: str = "username") -> str:
    """Return the name of a field as people know it; the person's is the identifier they are found by."""
    for column in importer.columns:
        if column.key == key:
            return str(FIND_BY.get(find_by, column.label) if column.kind == "person" else column.label)
    return key


def build_review(importer: Importer, *, batch: ImportBatch, actor: User) -> Review:
    """Return the review; one query at most for W9, three for names, two for suggestions."""
    summary, planned = batch.summary or {}, batch.planned or {}
    find_by = batch.mapping.get("find_by", "username")
    found = summary.get("problems") or []
    elsewhere = {code for code in _SAID_ELSEWHERE if not is_fatal(code, levels=importer.problem_levels)}
    elsewhere.update(importer.panel_codes)
    problems = [problem for problem in found if problem["code"] not in elsewhere]
    # Where every bad row is listed, what may have been meant stands there.
    suggestions = {} if importer.lists_bad_rows else _suggest(importer, problems, find_by=find_by, actor=actor)
    groups = [_present_group(importer, problem, suggestions, find_by=find_by) for problem in problems]
    importable = sum(
        planned.get(outcome, 0)
        for outcome in (Outcome.CREATED, Outcome.UPDATED, Outcome.ADDED_TO_HISTORY, Outcome.EVIDENCE)
    )
    failed = planned.get(Outcome.REJECTED, 0) + planned.get(Outcome.ERRORED, 0)
    failing = [group for group in groups if group.level == Level.ROW]
    rows_url = reverse("imports:rows", args=[batch.number])
    return Review(
        years=[Bar(year, rows) for year, rows in sorted((summary.get("by_year") or {}).items())],
        unusual=_unusual(importer, batch),
        failing=failing,
        noting=[group for group in groups if group.level != Level.ROW],
        changes=[
            *_changes(summary.get("effects") or {}, words=importer.words),
            *_effect_changes(
                importer, batch, named=find_examples(batch, importer=importer, actor=actor), rows_url=rows_url
            ),
        ],
        unchanged=_unchanged(importer, found),
        likely_cause=_likely_cause(failing, batch)
        if failed and not importable + planned.get(Outcome.UNCHANGED, 0)
        else "",
        importable=importable,
        failed=failed,
        left_out=planned.get(Outcome.SKIPPED, 0) + planned.get(Outcome.UNCHANGED, 0),
        newer=_newer(batch, rows_url=rows_url),
        statuses=summary.get("statuses") or [],
    )


def _suggest(
    importer: Importer, problems: Sequence[Mapping[str, Any]], *, find_by: str, actor: User
) -> dict[tuple[str, str], list[str]]:
    values = [(problem["code"], entry["value"]) for problem in problems for entry in problem["values"][:VALUES_SHOWN]]
    return suggest_values(importer, values, find_by=find_by, actor=actor)


def suggest_values(
    importer: Importer, wanted: Iterable[tuple[str, str]], *, find_by: str, actor: User
) -> dict[tuple[str, str], list[str]]:
    """Return what may have been meant by values of a shown page that were not found, by (code, value); two queries."""
    by_code: dict[str, list[str]] = {"R102": [], "R202": []}
    for code, value in wanted:
        if value and value not in by_code.get(code, [value]):
            by_code[code].append(value)
    found: dict[tuple[str, str], list[str]] = {}
    for code, values in by_code.items():
        if not values:
            continue
        near: Mapping[str, Sequence[str]] = (
            suggesting.suggest_people(values, find_by=find_by, reach=importer.template_people(actor))
            if code == "R102"
            else importer.suggest_items(values, actor=actor)
        )
        found |= {(code, value): list(names) for value, names in near.items()}
    return found


def _present_group(
    importer: Importer,
    problem: Mapping[str, Any],
    suggestions: Mapping[tuple[str, str], list[str]],
    *,
    find_by: str,
) -> ProblemGroup:
    code, key = problem["code"], problem["field"]
    entries = problem["values"]
    first = entries[0]["params"] if entries else {}
    sentence, fix = word_problem(code, first, field_key=key, importer=importer, find_by=find_by)
    named = [entry for entry in entries if entry["value"]]
    values = [
        ProblemValue(
            value=entry["value"],
            rows=entry["rows"],
            first_row=entry["first_row"],
            sentence=word_problem(code, entry["params"], field_key=key, importer=importer, find_by=find_by)[0],
            suggestions=suggestions.get((code, entry["value"]), []),
        )
        for entry in named[:VALUES_SHOWN]
    ]
    level = level_of(code, levels=importer.problem_levels)
    return ProblemGroup(
        code=code,
        title=str(importer.problem_titles.get(code) or _TITLES.get(code, sentence)),
        level=level,
        tone={Level.ROW: "danger", Level.WARNING: "warning"}.get(level, "info"),
        field_label=label_field(importer, key, find_by=find_by) if key else "",
        rows=problem["rows"],
        distinct=problem["distinct"],
        first_rows=problem["first_rows"],
        sentence="" if values else sentence,
        fix=fix,
        values=values,
        more_values=max(problem["distinct"] - len(values), 0) if values else 0,
    )


def _unusual(importer: Importer, batch: ImportBatch) -> list[str]:
    """Return warnings about the file as a whole, and dates that make sense in another order only (E-04)."""
    words = [
        " ".join(part for part in word_problem(p["code"], p["params"], field_key="", importer=importer) if part)
        for p in batch.problems
        if p["code"] in {"F007", "F008"}
    ]
    chosen = str(batch.mapping.get("date_format", ""))
    is_day_first = chosen.find("d") < chosen.find("m")
    for facts in (batch.summary.get("dates") or {}).values():
        other = facts.get("only", {}).get("mdy" if is_day_first else "dmy", 0)
        if other and not any(p["code"] == "F007" for p in batch.problems):
            sentence = (
                ngettext("%(n)s row only makes sense month-first.", "%(n)s rows only make sense month-first.", other)
                if is_day_first
                else ngettext("%(n)s row only makes sense day-first.", "%(n)s rows only make sense day-first.", other)
            )
            words.append(sentence % {"n": say_number(other)})
    cleaned = int(batch.summary.get("cleaned") or 0)
    if cleaned:
        words.append(
            ngettext(
                "%(n)s cell had blanks or invisible characters around its value; they were removed.",
                "%(n)s cells had blanks or invisible characters around their values; they were removed.",
                cleaned,
            )
            % {"n": say_number(cleaned)}
        )
    if batch.blank_rows:
        words.append(
            ngettext("%(n)s blank row was ignored.", "%(n)s blank rows were ignored.", batch.blank_rows)
            % {"n": say_number(batch.blank_rows)}
        )
    return words


def _changes(effects: Mapping[str, int], *, words: KindWords) -> list[Change]:
    current, changed, history = (effects.get(key, 0) for key in ("becomes_current", "changed_current", "history"))
    texts = (
        (current, words.becomes_current(current)),
        (changed, words.takes_place(changed)),
        (history, ngettext("is added to the history only", "are added to the history only", history)),
    )
    return [Change(number, text) for number, text in texts if number]


def _effect_changes(
    importer: Importer, batch: ImportBatch, *, named: Mapping[str, Sequence[Example]], rows_url: str
) -> list[Change]:
    """Return who changes standing, by number and name (spec: dates, cases B, D, H)."""
    changes = []
    counts = count_effects(batch, importer=importer)
    for effect in importer.effects:
        count = counts.get(effect.key)
        if count is None:
            continue
        number = count.people if effect.counts_people else count.rows
        # Who moves to the retake period is among the non-compliant already.
        examples = () if effect.is_part else named.get(effect.key, ())
        changes.append(
            Change(
                number,
                effect.say(number, count.days),
                href=f"{rows_url}?effect={effect.key}",
                tone=effect.tone,
                examples=examples,
                more=count.rows - len(examples) if examples else 0,
            )
        )
    return changes


def _newer(batch: ImportBatch, *, rows_url: str) -> Newer | None:
    replaced, kept = count_newer(batch)
    if replaced:
        return Newer(replaced, is_kept=False, href=f"{rows_url}?code=R402")
    return Newer(kept, is_kept=True, href=f"{rows_url}?effect={KEPT}") if kept else None


def _unchanged(importer: Importer, problems: Sequence[Mapping[str, Any]]) -> list[Change]:
    lines = []
    for problem in problems:
        code = problem["code"]
        if code not in _WHY_NOT or is_fatal(code, levels=importer.problem_levels):
            continue
        if code == "R207":
            lines += [
                Change(
                    entry["rows"], _("left out: the status is “%(value)s”") % {"value": entry["value"] or _("(empty)")}
                )
                for entry in problem["values"]
            ]
        elif code == "R211":
            lines.append(Change(problem["rows"], describe_parts(code, problem["values"][0]["params"])[0]))
        else:
            lines.append(Change(problem["rows"], str(importer.problem_titles.get(code, _TITLES[code]))))
    return lines


def _likely_cause(failing: Sequence[ProblemGroup], batch: ImportBatch) -> str:
    """Return the most likely reason why no row at all can be imported."""
    if not failing:
        return ""
    worst = max(failing, key=lambda group: group.rows)
    if worst.code == "R102" and worst.rows * 2 > batch.data_rows:
        return _("No %(field)s was found. Is it the right column?") % {"field": worst.field_label}
    if worst.code == "R202" and worst.rows * 2 > batch.data_rows:
        return _("No %(field)s was found. Is it the right column?") % {"field": worst.field_label}
    if worst.code == "R302":
        return _("No date could be read. Is it the right column, and the right date format?")
    return _("Every row fails. Most of them: %(title)s.") % {"title": worst.title}
