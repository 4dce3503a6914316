"""The certifications of a person on the Record of Learning: current ones, their history, other evidence (T-27, T-32, T-81, G-03).

Public: `CertificationLine`, `RecordEntry`, `EvidenceLine`, `CertificationPart`, `build_certifications`, `say_own_state`,
`say_evidence_name`. The same queries whatever is recorded.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from certifications.choices import Origin, State
from certifications.models import (
    Certification,
    CertificationAssignment,
    CertificationRecord,
    CertificationStatus,
    Evidence,
    StatusChange,
)
from certifications.rules import state_on
from certifications.wording import STATE_TONES, count_late_days, say_certified, say_reason
from lms.core.components import Tone, Words
from lms.core.wording import say_date, say_moment
from lms.imports.origins import Sources, Trace, load_sources, say_actor, say_origin
from lms.people.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEntry:
    """One dated completion, why it expires when it does (T-81), and where it comes from (W20)."""

    record: CertificationRecord
    certification: Certification
    is_imported: bool
    reason: str
    sentence: str
    batch_number: int | None
    facts: list[tuple[str, str]]
    late_days: int | None  # days after the due date in the file (T-42)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationLine:
    """A certification of the person as it stands: `state` is empty for who was never certified.

    `entry` is the completion behind it, also once it has expired; `expires_on` is then the day on which it did.
    """

    certification: Certification
    state: str
    label: Words
    tone: Tone
    completed_on: date | None
    expires_on: date | None
    window_opens_on: date | None
    assigned_on: date | None
    words: str  # how it stands, for the person's own eyes
    entry: RecordEntry | None
    changes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLine:
    """Learning that matches nothing in the catalogue (T-31, T-32)."""

    evidence: Evidence
    name: str
    is_imported: bool
    sentence: str
    batch_number: int | None
    facts: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class CertificationPart:
    """What a Record of Learning says about certifications; `history` is every completion that is not behind a current one."""

    current: list[CertificationLine]
    history: list[RecordEntry]
    evidence: list[EvidenceLine]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is recorded and nothing assigned."""
        return not (self.current or self.history or self.evidence)


def build_certifications(person: User, *, is_own: bool, day: date) -> CertificationPart:
    """Return the certifications and evidence of a person as they stand on `day`.

    `is_own`: a learner looks at their own; they see no file, row or colleague.
    """
    records = list(
        CertificationRecord.objects.filter(person=person)
        .select_related("certification")
        .order_by("-completed_on", "-pk")
    )
    statuses = {
        status.certification_id: status
        for status in CertificationStatus.objects.filter(person=person).select_related("certification")
    }
    assignments = {
        made.certification_id: made
        for made in CertificationAssignment.objects.filter(person=person).select_related("certification")
    }
    evidence = list(Evidence.objects.filter(person=person).order_by("-completed_on", "-pk"))
    changes = [] if is_own else list(StatusChange.objects.filter(person=person).order_by("pk"))
    traced: list[CertificationRecord | Evidence] = [*records, *evidence]
    sources = load_sources(
        batch_ids=[*(entry.batch_id for entry in traced), *(change.batch_id for change in changes)],
        actor_ids=[*(entry.recorded_by_id for entry in traced), *(change.actor_id for change in changes)],
        is_own=is_own,
    )
    words: dict[int, list[str]] = defaultdict(list)
    for change in changes:
        words[change.certification_id].append(_say_change(change, sources=sources))
    entries = {record.pk: _make_entry(record, sources=sources) for record in records}
    lines = [
        _make_line(
            certification,
            status=statuses.get(pk),
            assignment=assignments.get(pk),
            entries=entries,
            changes=words.get(pk, []),
            day=day,
        )
        for pk, certification in _list_certifications(statuses, assignments).items()
    ]
    shown = {line.entry.record.pk for line in lines if line.entry}
    return CertificationPart(
        current=sorted(lines, key=lambda line: (bool(line.state), line.certification.name, line.certification.pk)),
        history=[entries[record.pk] for record in records if record.pk not in shown],
        evidence=[_make_evidence(found, sources=sources) for found in evidence],
    )


def say_own_state(state: str, *, expires_on: date | None) -> str:
    """Return what a learner reads about one of their certifications: how it stands, and what to do by when."""
    if not state:
        return _("Not certified yet.")
    if state == State.EXPIRED:
        if expires_on is None:
            return _("Expired. Recertify to be certified again.")
        since = {"date": say_date(expires_on + timedelta(days=1))}
        return _("Expired since %(date)s. Recertify to be certified again.") % since
    if expires_on is None:
        return _("Certified.")
    until = {"date": say_date(expires_on)}
    if state == State.WINDOW_OPEN:
        return _("Your recertification window is open: recertify by %(date)s.") % until
    return _("Certified. Expires on %(date)s.") % until


def _list_certifications(
    statuses: Mapping[int, CertificationStatus], assignments: Mapping[int, CertificationAssignment]
) -> dict[int, Certification]:
    found = {pk: made.certification for pk, made in assignments.items()}
    return found | {pk: status.certification for pk, status in statuses.items()}


def _make_line(
    certification: Certification,
    *,
    status: CertificationStatus | None,
    assignment: CertificationAssignment | None,
    entries: Mapping[int, RecordEntry],
    changes: list[str],
    day: date,
) -> CertificationLine:
    entry = entries.get(status.record_id or 0) if status else None
    behind = entry.record if entry else None
    state, expires_on = "", None
    if status is not None:
        state = state_on(
            day, state=status.state, window_opens_on=status.window_opens_on, expires_on=status.expires_on
        ).value
        expires_on = status.expires_on or (behind.expires_on if behind else None)
    return CertificationLine(
        certification=certification,
        state=state,
        label=State(state).label if state else _("Not certified yet"),
        tone=STATE_TONES.get(state, "neutral"),
        completed_on=(status.completed_on if status else None) or (behind.completed_on if behind else None),
        expires_on=expires_on,
        window_opens_on=status.window_opens_on if status else None,
        assigned_on=assignment.assigned_on if assignment else None,
        words=say_own_state(state, expires_on=expires_on),
        entry=entry,
        changes=changes,
    )


def _make_entry(record: CertificationRecord, *, sources: Sources) -> RecordEntry:
    batch = sources.batch_of(record.batch_id)
    return RecordEntry(
        record=record,
        certification=record.certification,
        is_imported=record.origin == Origin.IMPORT,
        reason=say_reason(record),
        sentence=say_origin(_trace(record), sources=sources),
        batch_number=batch.number if batch else None,
        facts=_list_facts(record, sources=sources),
        late_days=count_late_days(record) or None,
    )


def _make_evidence(evidence: Evidence, *, sources: Sources) -> EvidenceLine:
    batch = sources.batch_of(evidence.batch_id)
    return EvidenceLine(
        evidence=evidence,
        name=say_evidence_name(evidence.short_name, evidence.id_number),
        is_imported=evidence.origin == Origin.IMPORT,
        sentence=say_origin(_trace(evidence), sources=sources),
        batch_number=batch.number if batch else None,
        facts=_list_facts(evidence, sources=sources),
    )


def say_evidence_name(short_name: str, id_number: str) -> str:
    """Return what an evidence is called: from its short name, else its id number (T-31)."""
    return _("Completed certification: %(reference)s") % {"reference": short_name or id_number}


def _trace(entry: CertificationRecord | Evidence) -> Trace:
    return Trace(
        recorded_at=entry.recorded_at,
        recorded_by_id=entry.recorded_by_id,
        is_imported=entry.origin == Origin.IMPORT,
        is_by_hand=entry.origin == Origin.MANUAL,
        batch_id=entry.batch_id,
        row_no=entry.row_no,
        date_text=entry.date_text,
    )


def _list_facts(entry: CertificationRecord | Evidence, *, sources: Sources) -> list[tuple[str, str]]:
    due = [(_("The due date stood there as"), entry.due_text)] if entry.due_text and not sources.is_own else []
    return [*due, *sources.describe_file(entry.batch_id)]


def _say_change(change: StatusChange, *, sources: Sources) -> str:
    batch = sources.batch_of(change.batch_id)
    words = _("%(when)s: from %(before)s to %(after)s, by %(who)s") % {
        "when": say_moment(change.changed_at),
        "before": say_certified(
            change.before_state, completed_on=change.before_completed_on, expires_on=change.before_expires_on
        ),
        "after": say_certified(
            change.after_state, completed_on=change.after_completed_on, expires_on=change.after_expires_on
        ),
        "who": say_actor(change.actor_id, sources=sources),
    }
    if batch:
        words += ", " + _("import %(number)s") % {"number": batch.number}
    return f"{words}. {change.reason}".strip()
