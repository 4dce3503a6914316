"""The rows of the certification import report in words: values as they stood, outcome, problems, links (T-63, T-64, T-35).

Public: `ReportLine`, `present_rows`, `name_code`, `iterate_file`, `VALUE_LABELS`, `OUTCOME_LABELS`. A constant number of
statements for any rows.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certifications.models import Certification
from certifications.report.reading import OUTCOME_GROUPS, Report
from certifications.report.rows import Row
from lms.core.components import Tone, Words
from lms.core.exports import Cell
from lms.imports.columns import cell_text
from lms.imports.importer import get_importer
from lms.imports.models import ImportBatch, Outcome, State
from lms.imports.problems import describe_parts, describe_problem
from lms.people.models import User

# The columns of a certification file (T-07), as the report shows them.
VALUE_LABELS: Final[dict[str, Words]] = {
    "username": _("Username"),
    "certificationshortname": _("Short name"),
    "certificationidnumber": _("ID number"),
    "completiondate": _("Completion date"),
    "duedate": _("Due date"),
}
OUTCOME_LABELS: Final[dict[str, Words]] = {
    Outcome.CREATED: _("Imported, became the current certification"),
    Outcome.UPDATED: _("Imported, replaced the current certification"),
    Outcome.ADDED_TO_HISTORY: _("Imported, added to history"),
    Outcome.EVIDENCE: _("Imported as other evidence"),
    Outcome.UNCHANGED: _("Already recorded"),
    Outcome.SKIPPED: _("Left out"),
    Outcome.REJECTED: _("Failed"),
    Outcome.ERRORED: _("Failed on our side"),
    Outcome.NOT_PROCESSED: _("Not processed"),
}
# What stands on a badge, and beside it what it means for the current certification.
_BADGES: Final[dict[str, tuple[Words, Words]]] = {
    Outcome.CREATED: (_("Imported"), _("became the current certification")),
    Outcome.UPDATED: (_("Imported"), _("replaced the current certification")),
    Outcome.ADDED_TO_HISTORY: (_("Imported"), _("added to history")),
    Outcome.EVIDENCE: (_("Imported"), _("as other evidence")),
}
_TONES: Final[dict[str, Tone]] = {"imported": "success", "errors": "danger", "evidence": "info"}
_GROUP_OF: Final = {str(outcome): name for name, (_words, outcomes) in OUTCOME_GROUPS.items() for outcome in outcomes}
_MIDNIGHT: Final = re.compile(r"T00:00(:00(\.0+)?)?$")
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIND_RECORDS: Final = """
SELECT wanted.person_id, wanted.certification_id, wanted.day, record.id
FROM unnest(%(people)s::bigint[], %(certifications)s::bigint[], %(days)s::date[])
     AS wanted (person_id, certification_id, day)
CROSS JOIN LATERAL (
    SELECT id FROM certifications_certificationrecord
    WHERE tenant_id = current_setting('app.tenant')::int AND person_id = wanted.person_id
      AND certification_id = wanted.certification_id AND completed_on = wanted.day
    LIMIT 1
) record
"""


class Values(NamedTuple):
    """The five cells of a row, as they stood in the file."""

    username: str
    short_name: str
    id_number: str
    completed_on: str
    due_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """One row for people."""

    number: int  # of the import
    is_undone: bool
    row_no: int
    values: Values
    outcome: str
    badge: Words  # the outcome in a word
    detail: Words  # what that means, if there is more to say
    tone: Tone
    problems: list[tuple[str, str]]  # code, sentence
    is_evidence: bool
    person: User | None  # found, and in the reader's reach
    who: str
    at: datetime | None
    record_url: str = ""
    editor_url: str = ""


def present_rows(rows: Sequence[tuple[ImportBatch, Row]], *, report: Report, may_edit: bool) -> list[ReportLine]:
    """Return the rows as lines, with the way to the record that is there now, and to its editor."""
    people = report.name_people({row.person_id for _, row in rows if row.person_id})
    items = {row.item_id for _, row in rows if row.item_id}
    certifications = Certification.objects.in_bulk(items)
    records = _find_records([row for _, row in rows if row.person_id in people and row.item_id])
    words = _Sentences()
    return [
        _present(
            batch,
            row,
            person=people.get(row.person_id or 0),
            certification=certifications.get(row.item_id or 0),
            record_id=records.get((row.person_id, row.item_id, row.day)),
            words=words,
            may_edit=may_edit,
        )
        for batch, row in rows
    ]


def _present(
    batch: ImportBatch,
    row: Row,
    *,
    person: User | None,
    certification: Certification | None,
    record_id: int | None,
    words: "_Sentences",
    may_edit: bool,
) -> ReportLine:
    is_evidence = row.outcome == Outcome.EVIDENCE
    outcome = words.outcomes.get(row.outcome, row.outcome)
    badge, detail = _BADGES.get(row.outcome, (outcome, ""))
    record_url = editor_url = ""
    if record_id is not None:
        record_url = f"{reverse('certification_record', args=[row.person_id, row.item_id])}#record-{record_id}"
        if may_edit:
            editor_url = reverse("certification_record_edit", args=[row.person_id, row.item_id, record_id])
    elif is_evidence and person is not None and batch.state != State.UNDONE:
        record_url = f"{reverse('record_of_learning', args=[person.pk])}#evidence"
    return ReportLine(
        number=batch.number,
        is_undone=batch.state == State.UNDONE,
        row_no=row.row_no,
        values=_values_of(batch, row) if row.cells is not None else _values_kept(row, person, certification),
        outcome=outcome,
        badge=badge,
        detail=detail,
        tone=_TONES.get(_GROUP_OF.get(row.outcome, ""), "neutral"),
        problems=[(code, words.say(code, key, params)) for code, key, params in row.problems or ()],
        is_evidence=is_evidence,
        person=person,
        who=batch.confirmed_by.full_name if batch.confirmed_by else batch.uploader_name,
        at=ended_at(batch),
        record_url=record_url,
        editor_url=editor_url,
    )


def ended_at(batch: ImportBatch) -> datetime | None:
    """Return when an import was over; one that our fault ended counts from when it was confirmed."""
    return batch.finished_at or batch.confirmed_at


def _values_of(batch: ImportBatch, row: Row) -> Values:
    """Return what stood in the mapped cells, or the one value for all rows."""
    columns, fixed = batch.mapping.get("columns") or {}, batch.mapping.get("fixed") or {}
    return Values(*(_cell(row.cells or [], columns.get(key)) or str(fixed.get(key, "")) for key in VALUE_LABELS))


def _cell(cells: Sequence[Any], place: int | None) -> str:
    if place is None or place >= len(cells):
        return ""
    return _MIDNIGHT.sub("", cell_text(cells[place]))


def _values_kept(row: Row, person: User | None, certification: Certification | None) -> Values:
    """Return what the record or evidence keeps of its row (T-79)."""
    return Values(
        username=person.username if person else "",
        short_name=certification.short_name if certification else row.short_name,
        id_number=certification.id_number if certification else row.id_number,
        completed_on=row.date_text or (row.day.isoformat() if row.day else ""),
        due_on=row.due_text or (row.due_on.isoformat() if row.due_on else ""),
    )


def _find_records(rows: Sequence[Row]) -> Mapping[tuple[int | None, int | None, date | None], int]:
    """Return the records that are there now for the persons, certifications and days of rows. One statement."""
    if not rows:
        return {}
    parameters: dict[str, Any] = {
        "people": [row.person_id for row in rows],
        "certifications": [row.item_id for row in rows],
        "days": [row.day for row in rows],
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIND_RECORDS, parameters)
        return {(person, certification, day): pk for person, certification, day, pk in cursor.fetchall()}


class _Sentences:
    """Words in the active language, outcomes each made once; problems in the importer's own words where it has some."""

    def __init__(self) -> None:
        self.outcomes = {str(outcome): str(label) for outcome, label in OUTCOME_LABELS.items()}
        importer = get_importer("certifications")
        self._labels = {column.key: str(column.label) for column in importer.columns}
        self._item = str(importer.item_label)
        self._words = importer.problem_words

    def say(self, code: str, key: str, params: Mapping[str, Any]) -> str:
        """Return what is wrong and what to do."""
        known = {"item": self._item, **({"field": self._labels[key]} if key in self._labels else {})}
        return describe_problem(code, {**known, **params}, words=self._words)

    def say_kind(self, code: str) -> str:
        """Return what is wrong in general."""
        return describe_parts(code, {"item": self._item}, words=self._words)[0]


def name_code(code: str) -> str:
    """Return a kind of problem for choosing one, without the values of a row."""
    return f"{_Sentences().say_kind(code)} ({code})"


def iterate_file(report: Report) -> Iterator[list[Cell]]:
    """Yield the column names, then every row of the report, in pages."""
    yield [
        str(_("Import")),
        str(_("Row")),
        *(str(words) for words in VALUE_LABELS.values()),
        str(_("Person")),
        str(_("Outcome")),
        str(_("Problems")),
        str(_("Imported as evidence")),
        str(_("Codes")),
        str(_("Imported by")),
        str(_("When")),
        str(_("Undone")),
    ]
    moments = {
        batch.number: timezone.localtime(ended).replace(tzinfo=None)
        for batch in report.batches
        if (ended := ended_at(batch))
    }
    for page in report.iterate_rows():
        for line in present_rows(page, report=report, may_edit=False):
            yield [
                line.number,
                line.row_no,
                *line.values,
                line.person.full_name if line.person else "",
                str(line.outcome),
                " ".join(sentence for _code, sentence in line.problems),
                line.is_evidence,
                " ".join(dict.fromkeys(code for code, _sentence in line.problems)),
                line.who,
                moments.get(line.number),
                line.is_undone,
            ]
